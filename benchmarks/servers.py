"""The databases that are measured, beside the project's own on its server."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from filling import fill
from world import World

BASE_DIR = Path(__file__).resolve().parent.parent
SIZES = {"100k": 100_000, "1m": 1_000_000}
EMPTY, SCRATCH = "claimtracker_benchmark_empty", "claimtracker_benchmark_scratch"


def database_url(name: str) -> str:
    """Return the URL of a database on the server that the project uses."""
    if "DATABASE_URL" in os.environ:
        return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    from claimtracker.embedded_postgres import NAME, database_settings

    server = database_settings(BASE_DIR, user=NAME)
    host = quote(server["HOST"], safe="")
    return f"postgresql://{server['USER']}@/{name}?host={host}&port={server['PORT']}"


def connect() -> psycopg.Connection:
    """Return a connection on which databases can be made and dropped."""
    url = os.environ.get("DATABASE_URL") or database_url("postgres")
    return psycopg.connect(url, autocommit=True)


def make_world(size: str, say: Callable[[str], None]) -> str:
    """Make the database of a size, unless it is there whole, and return its URL."""
    name = f"claimtracker_benchmark_{size}"
    url = database_url(name)
    with closing(connect()) as server:
        found = server.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        ).fetchone()
        if found == ("whole",):
            migrate(url)
            return url
        say(f"Making a world of {SIZES[size]:,} statements …")
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name}")
        migrate(url)
        with closing(psycopg.connect(url)) as connection:
            fill(connection, World(SIZES[size]), say)
        server.execute(f"COMMENT ON DATABASE {name} IS 'whole'")
    return url


def make_empty() -> None:
    """Make the database anew that has the tables and no rows: afresh() copies it."""
    with closing(connect()) as server:
        server.execute(f"DROP DATABASE IF EXISTS {EMPTY} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {EMPTY}")
    migrate(database_url(EMPTY))


def afresh() -> str:
    """Return the URL of a database that is empty again."""
    with closing(connect()) as server:
        server.execute(f"DROP DATABASE IF EXISTS {SCRATCH} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {SCRATCH} TEMPLATE {EMPTY}")
    return database_url(SCRATCH)


def drop_what_is_empty() -> None:
    with closing(connect()) as server:
        for name in (SCRATCH, EMPTY):
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def migrate(url: str) -> None:
    environment = os.environ | {"DATABASE_URL": url, "SECRET_KEY": secrets.token_urlsafe(50)}
    subprocess.run(
        [sys.executable, str(BASE_DIR / "manage.py"), "migrate", "--verbosity=0"],
        env=environment,
        check=True,
    )
