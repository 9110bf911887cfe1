"""How the program gets to where it runs: images, Compose files, configuration of hosts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.facts.ci import WORKFLOWS
from bootstrap.facts.model import Evidence, Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.scan import Scan

# Host → the file that configures it, and the text that tells it from a namesake.
HOSTS = (
    ("vercel", ("vercel.json", "now.json"), ""),
    ("netlify", ("netlify.toml",), ""),
    ("fly", ("fly.toml",), r"^\s*(app|primary_region|\[(build|http_service|services))"),
    ("render", ("render.yaml", "render.yml"), r"^\s*(services|databases|previews|projects)\s*:"),
    ("heroku", ("app.json",), r"\"(formation|buildpacks|addons|environments|env|stack)\""),
    ("heroku", ("heroku.yml",), r"^build:"),
    ("heroku", ("Procfile",), ""),
    ("railway", ("railway.json", "railway.toml"), ""),
    ("cloudflare", ("wrangler.toml", "wrangler.json", "wrangler.jsonc"), ""),
    ("firebase", ("firebase.json",), ""),
    ("app-engine", ("app.yaml", "app.yml"), r"^runtime:"),
    ("digitalocean", ("app.yaml", "app.yml"), r"^(services|static_sites):"),
    ("serverless", ("serverless.yml", "serverless.yaml", "serverless.ts", "serverless.json"), ""),
    ("aws-sam", ("template.yaml", "template.yml", "sam.yaml"), r"AWS::Serverless"),
    ("aws-cdk", ("cdk.json",), ""),
    ("sst", ("sst.config.ts", "sst.config.js"), ""),
    ("amplify", ("amplify.yml", "amplify.yaml"), ""),
    ("azure", ("azure.yaml", "staticwebapp.config.json"), ""),
    ("kamal", ("deploy.yml",), r"^service:"),
    ("helm", ("Chart.yaml",), ""),
    ("kustomize", ("kustomization.yaml", "kustomization.yml"), ""),
    ("skaffold", ("skaffold.yaml", "skaffold.yml"), ""),
    ("tilt", ("Tiltfile",), ""),
    ("caprover", ("captain-definition",), ""),
    ("scalingo", ("scalingo.json",), ""),
    ("nixpacks", ("nixpacks.toml", "railpack.json"), ""),
    ("clever-cloud", ("clevercloud.json",), ""),
    ("platform-sh", (".platform.app.yaml", ".upsun.yaml"), ""),
)
MAX_DEPTH = 3
"""Configuration of a host stands near the root; deeper it belongs to an example."""
MAX_FILES = 100

# What a step of a workflow publishes to.
_ACTIONS = (
    ("vercel", r"uses:.*vercel-action|\bvercel\s+(deploy|--prod)"),
    ("netlify", r"uses:.*(actions-netlify|netlify/actions)|\bnetlify deploy"),
    ("fly", r"uses:.*(flyctl-actions|fly-pr-review-apps)|\bfly(ctl)? deploy"),
    ("heroku", r"uses:.*heroku-deploy|heroku container:release"),
    ("cloudflare", r"uses:.*cloudflare/(wrangler|pages)-action|\bwrangler (pages )?deploy"),
    ("firebase", r"uses:.*action-hosting-deploy|\bfirebase deploy"),
    ("github-pages", r"uses:.*(deploy-pages|gh-pages|github-pages-deploy)|mkdocs gh-deploy"),
    ("cloud-run", r"uses:.*deploy-cloudrun|gcloud run deploy"),
    ("app-engine", r"uses:.*deploy-appengine|gcloud app deploy"),
    ("azure", r"uses:.*azure/(webapps-|static-web-apps-|container-apps-|functions-)"),
    ("aws-ecs", r"uses:.*amazon-ecs-deploy-task-definition|aws ecs update-service"),
    ("kubernetes", r"uses:.*azure/k8s-deploy|\bhelm upgrade\b|kubectl (apply|set image|rollout)"),
    ("kamal", r"\bkamal deploy"),
    ("preview", r"uses:.*(pr-preview-action|preview-environment|uffizzi|surge-preview)"),
    ("image", r"uses:.*(build-push-action|setup-ko)|docker (buildx build .*--)?push"),
)  # fmt: skip
_PREVIEW = re.compile(r"preview|review[-_ ]?app|ephemeral|per[-_ ]?pr\b", re.IGNORECASE)


def deployments(scan: Scan) -> tuple[Fact[str], ...]:
    """Hosts that the repository is configured for or deployed to by CI, and `preview` workflows."""
    found: dict[str, Fact[str]] = {}
    for value, evidence in (*_configured(scan), *_published(scan)):
        if value not in found:
            found[value] = Fact(value, (evidence,))
    return tuple(found.values())


def _configured(scan: Scan) -> Iterator[tuple[str, Evidence]]:
    for host, names, text in HOSTS:
        for path in scan.named(*names)[:3]:
            evidence = scan.at(path, text)
            if path.count("/") <= MAX_DEPTH and (evidence.line or not text):
                yield host, evidence


def _published(scan: Scan) -> Iterator[tuple[str, Evidence]]:
    for path in scan.top:
        if not WORKFLOWS.match(path):
            continue
        for host, pattern in _ACTIONS:
            evidence = scan.at(path, rf"^(?![ \t]*#).*(?:{pattern})")
            if evidence.line:
                yield host, evidence
        if _PREVIEW.search(path.rpartition("/")[2]) and _on_pull_requests(scan, path):
            yield "preview", Evidence(path)


def _on_pull_requests(scan: Scan, path: str) -> bool:
    return scan.at(path, r"^[ \t]*[\"']?(on[\"']?:.*)?pull_request(_target)?\b").line > 0


_IMAGE = re.compile(r"^(.*[._-])?([Dd]ocker|[Cc]ontainer)file([._-][\w.-]+)?(?<!ignore)$")
_COMPOSE = re.compile(r"^(docker-)?compose([._-][\w.-]+)?\.ya?ml$", re.IGNORECASE)


def dockerfiles(scan: Scan) -> tuple[str, ...]:
    """Image recipes in any folder of the project itself, nearest to the root first."""
    return tuple(_named(scan, _IMAGE))


def compose_files(scan: Scan) -> tuple[str, ...]:
    """Compose files in any folder of the project itself, nearest to the root first."""
    return tuple(path for path in _named(scan, _COMPOSE) if _is_compose(scan, path))


_PARTS = ("ocker", "ontainer", "ompose")
"""One of these is in every name that the patterns match: quicker than they are."""


def _named(scan: Scan, pattern: re.Pattern[str]) -> list[str]:
    found = scan.holding(*_PARTS)
    return [path for path in found if pattern.match(path.rpartition("/")[2])][:MAX_FILES]


def _is_compose(scan: Scan, path: str) -> bool:
    return scan.at(path, r"^(services|include|x-[\w-]+|version|name|networks|volumes):").line > 0
