"""Two roles: the owner makes tables; the application writes rows, and rewrites no history."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management.base import CommandError
from django.db import ProgrammingError, connection
from psycopg import sql

# Only the owner changes what is there; the triggers of the application's writes add to it.
ADDED_TO_ONLY = r"^(claims|sources)_\w+event$|^claims_change(subject)?$"
# What triggers write as the owner, whoever fires them, and what only migrations write.
NOT_WRITTEN = {"pghistory_context", "django_migrations"}


@contextmanager
def as_owner() -> Iterator[None]:
    """Have the default connection be the owner's meanwhile, where there are two roles."""
    owner, here = settings.DATABASE_OWNER, connection.settings_dict
    if owner is None or owner["USER"] == here["USER"]:
        yield
        return
    names = ("USER", "PASSWORD", "HOST", "PORT")
    application = {name: here[name] for name in names}
    _connect_with({name: owner[name] for name in names})
    try:
        yield
    finally:
        _connect_with(application)


def _connect_with(given: dict[str, str]) -> None:
    connection.close()
    connection.close_pool()
    connection.settings_dict.update(given)


def grant_to_application() -> None:
    """Make the application's role if it is missing, and give it its rights; asked as the owner."""
    role, password = settings.APPLICATION_ROLE
    if settings.DATABASE_OWNER is None or settings.DATABASE_OWNER["USER"] == role:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            try:
                cursor.execute(_made(role, password))
            except ProgrammingError as error:
                raise CommandError(
                    f"There is no role {role}, and this one may not make it. As a superuser: "
                    f"CREATE ROLE {role} LOGIN PASSWORD '…', then migrate again."
                ) from error
    grant(role)


def _made(role: str, password: str) -> str:
    made = sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role))
    if password:
        made += sql.SQL(" PASSWORD {}").format(sql.Literal(password))
    return made.as_string(connection.connection)


def grant(role: str) -> None:
    """Give a role the rights of the application, no more and no less."""
    name = connection.ops.quote_name(role)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            GRANT USAGE ON SCHEMA public TO {name};
            GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON ALL TABLES IN SCHEMA public TO {name};
            REVOKE TRUNCATE, TRIGGER, REFERENCES ON ALL TABLES IN SCHEMA public FROM {name};
            GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {name};
            """
        )
        for table in connection.introspection.table_names(cursor):
            kept = connection.ops.quote_name(table)
            if re.search(ADDED_TO_ONLY, table):
                cursor.execute(f"REVOKE UPDATE, DELETE ON {kept} FROM {name}")
            elif table in NOT_WRITTEN:
                cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON {kept} FROM {name}")
