"""What a preview of an existing repository starts, from the facts of that repository."""

from __future__ import annotations

import pytest

from bootstrap import app, facts
from bootstrap.repo import Repo

DOCKERFILE = "FROM scratch\nEXPOSE 8080\n"

# sentence: (files, kind, why, what the first service has among the rest)
CASES = {
    "the service that is built and has a port, not the one that is built for mail": (
        {
            "Dockerfile": DOCKERFILE,
            "compose.yaml": "services:\n  mail:\n    build: mail\n    ports: ['1080:1080']\n"
            "  api:\n    build: {context: ., dockerfile: Dockerfile}\n    ports: ['80:8000']\n",
        },
        "server",
        "compose.yaml:5 builds api",
        {"name": "api", "service": "api", "dir": ".", "port": 8000, "dockerfile": "Dockerfile"},
    ),
    "the one that people open comes first": (
        {
            "compose.yaml": "services:\n  api:\n    build: api\n    expose: ['9000']\n"
            "  web:\n    build: web\n    ports:\n      - target: 3000\n",
        },
        "server",
        "compose.yaml:5 builds web",
        {"name": "web", "port": 3000, "dir": "web"},
    ),
    "the path of its health check is asked": (
        {
            "compose.yaml": "services:\n  api:\n    build: .\n    healthcheck:\n"
            "      test: curl -f http://localhost:8000/healthz\n"
        },
        "server",
        "compose.yaml:2 builds api",
        {"port": 8000, "health": "/healthz"},
    ),
    "images of others alone are no preview of this code": (
        {
            "Dockerfile": DOCKERFILE,
            "compose.yaml": "services:\n  app:\n    image: other/app\n    ports: ['1:1000']\n",
        },
        "server",
        "Dockerfile",
        {"dockerfile": "Dockerfile", "port": 8080},
    ),
    "a port that the image says by a variable": (
        {"docker/Dockerfile": "FROM scratch\nENV APP_PORT=9000\nEXPOSE ${APP_PORT}\n"},
        "server",
        "docker/Dockerfile",
        {"port": 9000},
    ),
    "a port that the image says by a variable with a default": (
        {"docker/dockerfile": "FROM scratch\nEXPOSE ${APP_PORT:-9001}\n"},
        "server",
        "docker/dockerfile",
        {"port": 9001},
    ),
    "an image of a tool that says no port is not the program": (
        {
            "extra/push/Dockerfile": "FROM scratch\n",
            "package.json": '{"scripts": {"start": "node server.js"}}',
            "server.js": 'listen("0.0.0.0:3001")\n',
        },
        "server",
        "package.json",
        {"start": "npm start", "port": 3001},
    ),
    "an image in the folder of images takes the port of the program": (
        {
            "docker/Dockerfile": "FROM scratch\n",
            "package.json": '{"scripts": {"start": "node server.js"}}',
            "server.js": 'listen("0.0.0.0:3001")\n',
        },
        "server",
        "docker/Dockerfile",
        {"dockerfile": "docker/Dockerfile", "port": 3001},
    ),
    "Laravel's server is told its port": (
        {
            "artisan": "#!/usr/bin/env php\n",
            "composer.json": '{"require": {"laravel/framework": "12"}}',
        },
        "server",
        "artisan",
        {"start": "php artisan serve --port={port}", "port": 8000},
    ),
    "an image for where people work is no service": (
        {".devcontainer/Dockerfile": DOCKERFILE, "lib.py": "x = 1\n"},
        "none",
        "no start command with a port, Dockerfile with a port, Compose file or site was found",
        None,
    ),
    "a start command is told its port": (
        {
            "manage.py": "import django\n",
            "requirements.txt": "django\n",
        },
        "server",
        "manage.py",
        {"start": "python manage.py runserver {port}", "port": 8000},
    ),
    "a library with documents has a site": (
        {"mkdocs.yml": "site_name: x\n", "docs/index.md": "# x\n", "lib.py": "x = 1\n"},
        "site",
        "mkdocs.yml",
        {"build": "mkdocs build", "output": "site"},
    ),
}


@pytest.mark.parametrize("sentence", CASES)
def test_what_is_started(repository, sentence):
    files, kind, why, wanted = CASES[sentence]
    repo = Repo.open(repository(files))
    found = app.of_facts(repo, facts.read(repo))
    assert (found["kind"], found["why"]) == (kind, why)
    if wanted is None:
        assert found["services"] == []
    else:
        assert wanted.items() <= found["services"][0].items()
