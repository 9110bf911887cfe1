"""10: agents and people can ask the system's data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bootstrap.checks import Result, no, not_applicable, yes
from bootstrap.checks._read import manifests, matching, pages, seen, some, text

if TYPE_CHECKING:
    from bootstrap.repo import Repo

NUMBER, SLUG, TITLE = 10, "data", "Data Accessible"
PROMISE = "Any data of the system is two calls away, read-only: the catalog, then the query."

_CATALOGS = (
    *(".process/catalog.y*ml", "*datacontract*.y*ml", "*.odcs.y*ml", "dbt_project.yml"),
    *("*/dbt_project.yml", "tools.yaml", "data/catalog.y*ml", "*/catalog-info.yaml"),
)
_SERVERS = (
    *(".mcp.json", ".vscode/mcp.json", ".cursor/mcp.json", ".gemini/settings.json"),
    *(".codex/config.toml", "opencode.json"),
)
_SOURCE = re.compile(
    r"(?i)postgres|mysql|mariadb|sqlite|duckdb|motherduck|bigquery|snowflake|clickhouse|redshift"
    r"|mongo|supabase|databricks|toolbox|dbhub|\bdbt\b|sqlalchemy|alchemy|prisma|\.process/data"
)
_DRIVER = (
    r"(?i)psycopg|asyncpg|sqlalchemy|django\b|\"pg\"|mysql|mongo|prisma|typeorm|sequelize|drizzle"
    r"|activerecord|\brails\b|ecto_sql|gorm|lib/pq|pgx|sqlx|diesel|hibernate|spring.*data|jdbc"
    r"|EntityFrameworkCore|doctrine|laravel/framework|sqlite|redis|duckdb|peewee|sqlmodel"
)
_STORES = ("*/migrations/*", "migrations/*", "*.sql", "*.prisma", "*/schema.rb", "schema.rb")
_PASSWORD = re.compile(r"\w+://[\w.-]+:(?!\$|\*|<|%)[^@\s'\"/{}]+@")


class Catalog:
    """A catalog names every source, its tables and who owns it."""

    def check(self, repo: Repo) -> Result:
        """Write `.process/catalog.yml`: each source with its tables, its owner, an example query
        and the name of the variable that holds its address; never a secret.
        """
        found = pages(repo, *_CATALOGS)
        if found:
            return yes(*found[:3])
        return no("no catalog of data") if _stores(repo) else not_applicable(_NOTHING)


class DoorForQueries:
    """A command or an MCP server lets agents ask the data."""

    def check(self, repo: Repo) -> Result:
        """Name an MCP server for the database in `.mcp.json`, one that connects with a role that
        can only read and that limits rows and time.
        """
        door = seen(repo, [path for path in _SERVERS if path in repo.files], _SOURCE)
        found = [".process/data"] if ".process/data" in repo.files else [door] if door else []
        if found:
            return yes(*found)
        return (
            no("no command or MCP server for data") if _stores(repo) else not_applicable(_NOTHING)
        )


class NoSecretsInTheDoor:
    """The door's settings hold no password."""

    def check(self, repo: Repo) -> Result:
        """Replace the password by the name of a variable, and change it: it is in the history."""
        files = [path for path in (*_SERVERS, *matching(repo, *_CATALOGS)) if text(repo, path)]
        if not files:
            return not_applicable("no settings that could hold one")
        found = [place for path in files if (place := seen(repo, [path], _PASSWORD))]
        return no(*some(found, "holds a password")) if found else yes(*files[:1])


_NOTHING = "nothing stores data: no database driver, migration, schema or query"


def _stores(repo: Repo) -> str | None:
    """What shows that the repository's system stores data, or None."""
    files = matching(repo, *_STORES)
    return files[0] if files else seen(repo, manifests(repo), _DRIVER)
