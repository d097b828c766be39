"""The database of a test run: the embedded PostgreSQL, unless DATABASE_URL names another."""

import contextlib
import gc
import hashlib
import os
import re
import socket
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from psycopg import sql
from pytest_django.plugin import blocking_manager_key

from claimtracker import bootstrap, embedded_postgres
from sources import limited

# The name says whose it is: two runs at once do not meet, and what a dead run left is found.
HOST = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]
RUN = "CLAIMTRACKER_TEST_RUN"
# The commands that put the rows of the migrations back.
KEPT: list[str] = []


def pytest_configure(config):
    # Tests make databases and look past the rules; those of the application's rights take its role.
    if settings.DATABASE_OWNER:
        names = ("USER", "PASSWORD", "HOST", "PORT")
        connection.settings_dict.update({name: settings.DATABASE_OWNER[name] for name in names})
    # A server has collected its static files; a test has not, whatever database it uses.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    # Each client would look at every static file before its first request.
    settings.WHITENOISE_AUTOREFRESH = True
    # One of Django's own hashes takes half a second: half the time of a test with a log-in.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Nor is anybody slowed, but where a test is about that.
    settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = {"anonymous": None, "account": None}


@pytest.fixture(autouse=True, scope="session")
def places_of_its_own(tmp_path_factory):
    """Let no other test run on this machine take the places in which files are read."""
    folder = tmp_path_factory.mktemp("readings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limited, "places", lambda: folder)
        yield


def pytest_collection_finish(session):
    # What is loaded by now stays to the end: there is no garbage in it to look for, and looking
    # takes a tenth of the run's time.
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


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
    with on_the_server() as server:
        drop_databases_of_dead_runs(server)
        with session.config.stash[blocking_manager_key].unblock():
            make_template(server)


def on_the_server() -> psycopg.Connection:
    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    known = {"host", "port", "user", "password", "dbname", "sslmode"}
    parameters = {key: value for key, value in parameters.items() if key in known}
    return psycopg.connect(**parameters, autocommit=True)


def template() -> str:
    """Return the name of the database that those of the workers are copies of.

    It says what made it: the migrations, what they import of ours, the packages, and this file.
    What they do not say is done to each copy, as migrations are run on it all the same.
    """
    ours = [settings.BASE_DIR / app for app in ("claimtracker", "claims", "sources")]
    files = [path for app in ours for path in sorted(app.rglob("migrations/*.py"))]
    files += [
        settings.BASE_DIR / "claimtracker" / name for name in ("edtf.py", "accounts/rights.py")
    ]
    files += [settings.BASE_DIR / "requirements-dev.txt", Path(__file__)]
    made_by = hashlib.sha256(b"".join(path.read_bytes() for path in files))
    return f"test_claimtracker_{HOST}_template_{made_by.hexdigest()[:12]}"


def make_template(server: psycopg.Connection):
    """Make the template unless there is one; templates of other migrations go."""
    name, unfinished = template(), f"{template()}_{os.getpid()}"
    found = {each for (each,) in server.execute("SELECT datname FROM pg_database")}
    for other in found - {name}:
        # One that is being made ends in the process that makes it.
        made = re.fullmatch(rf"test_claimtracker_{HOST}_template_\w{{12}}(?:_(\d+))?", other)
        if made and not (made[1] and embedded_postgres.is_alive(int(made[1]))):
            drop(server, other)
    if name in found:
        return
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
    default = connections.settings["default"]
    own = default["NAME"]
    default["NAME"] = connection.settings_dict["NAME"] = unfinished
    try:
        call_command("migrate", verbosity=0)
        leave_to_themselves()
    finally:
        connection.close()
        connection.close_pool()
        default["NAME"] = connection.settings_dict["NAME"] = own
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with contextlib.suppress(psycopg.errors.DuplicateDatabase):  # another run was as quick
        server.execute(rename.format(sql.Identifier(unfinished), sql.Identifier(name)))


def leave_to_themselves():
    """Turn autovacuum off for every table.

    Between two tests it finds them empty. The plans that triggers keep are then made for empty
    tables, and go through all that the next tests write, again and again: they take ten times as
    long, or more. A table that was never looked at is planned for as if it held something.
    """
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            table = connection.ops.quote_name(name)
            cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request):
    default = connections.settings["default"]
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    default["TEST"]["NAME"] = f"test_claimtracker_{HOST}_{os.environ[RUN]}_{worker}"
    default["TEST"]["TEMPLATE"] = template()
    # Nobody misses a test's data after a crash.
    options = default.setdefault("OPTIONS", {})
    options["options"] = f"{options.get('options', '')} -c synchronous_commit=off".strip()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Keep a copy of what migrations wrote: a test that commits ends by emptying every table."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA kept")
        for name in connection.introspection.django_table_names(only_existing=True):
            table = connection.ops.quote_name(name)
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
            if cursor.fetchone() == (True,):
                cursor.execute(f"CREATE TABLE kept.{table} AS TABLE {table}")
                KEPT.append(f"INSERT INTO {table} TABLE kept.{table}")
        # Django would load its own copy, row by row, and only for who asks for it.
        connection._test_serialized_contents = "[]"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    yield
    database = item.get_closest_marker("django_db")
    # With the last test goes its database.
    if nextitem and database and database.kwargs.get("transaction"):
        # The next test may be one that commits nothing, whatever order the workers take them in.
        with item.config.stash[blocking_manager_key].unblock(), connection.cursor() as cursor:
            cursor.execute("; ".join(KEPT))


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """Load the seeds once for a module; each test's own changes are rolled back to here."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("loaddata", "lachin", verbosity=0)
        yield
        transaction.set_rollback(True)


def drop_databases_of_dead_runs(server: psycopg.Connection):
    for (name,) in server.execute("SELECT datname FROM pg_database").fetchall():
        found = re.fullmatch(rf"test_claimtracker_{HOST}_(\d+)_\w+", name)
        if found and not embedded_postgres.is_alive(int(found[1])):
            drop(server, name)


def drop(server: psycopg.Connection, name: str):
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
