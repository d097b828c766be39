"""The database of a test run: the embedded PostgreSQL, unless DATABASE_URL names another."""

import hashlib
import os
import re
import socket

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from psycopg import sql

from claimtracker import bootstrap, embedded_postgres

# The name says whose it is: two runs at once do not meet, and what a dead run left is found.
HOST = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]
RUN = "CLAIMTRACKER_TEST_RUN"


def pytest_configure(config):
    # A server has collected its static files; a test has not, whatever database it uses.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


def pytest_sessionstart(session):
    # Only the process in front, not the workers that it starts after this.
    if hasattr(session.config, "workerinput") or session.config.option.collectonly:
        return
    os.environ[RUN] = str(os.getpid())
    if not bootstrap.has_own_server():
        try:
            hold = embedded_postgres.in_use(settings.BASE_DIR, "test")
            hold.__enter__()
        except embedded_postgres.EmbeddedPostgresError as error:
            pytest.exit(str(error), returncode=1)
        session.config.add_cleanup(lambda: hold.__exit__(None, None, None))
    drop_databases_of_dead_runs()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request):
    default = connections.settings["default"]
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    default["TEST"]["NAME"] = f"test_claimtracker_{HOST}_{os.environ[RUN]}_{worker}"
    # Nobody misses a test's data after a crash.
    options = default.setdefault("OPTIONS", {})
    options["options"] = f"{options.get('options', '')} -c synchronous_commit=off".strip()


def drop_databases_of_dead_runs():
    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    known = {"host", "port", "user", "password", "dbname", "sslmode"}
    parameters = {key: value for key, value in parameters.items() if key in known}
    with psycopg.connect(**parameters, autocommit=True) as server:
        names = server.execute("SELECT datname FROM pg_database").fetchall()
        for (name,) in names:
            found = re.fullmatch(rf"test_claimtracker_{HOST}_(\d+)_\w+", name)
            if found and not embedded_postgres.is_alive(int(found[1])):
                drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                server.execute(drop.format(sql.Identifier(name)))
