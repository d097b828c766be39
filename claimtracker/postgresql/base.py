"""Django's PostgreSQL backend, for many short reads: a round trip less, queries planned once."""

import select
import time

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

# After so many seconds of rest, something between us and the server may have dropped a connection.
REST = 60


class PreparedCursor(psycopg.Cursor):
    # pghistory puts a command before each query that may write, and leaves named cursors alone.
    name = "prepared"

    def execute(self, query, params=None):
        return super().execute(query, params, prepare=True)


class DatabaseOperations(base.DatabaseWrapper.ops_class):
    def sql_flush(self, *args, **kwargs):
        """Say that all tables are emptied on purpose: TRUNCATE is refused otherwise."""
        statements = super().sql_flush(*args, **kwargs)
        return ["SET LOCAL claimtracker.may_truncate = 'on'", *statements] if statements else []


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations

    def get_connection_params(self):
        parameters = super().get_connection_params()
        # Without a number psycopg prepares nothing, even where asked. Django's own cursors still
        # send each query whole.
        parameters["prepare_threshold"] = parameters["prepare_threshold"] or 5
        return parameters

    def get_new_connection(self, conn_params):
        connection = super().get_new_connection(conn_params)
        while self.pool and not is_there(connection):
            self.pool.putconn(connection)  # it is closed, so that the pool opens another
            connection = super().get_new_connection(conn_params)
        return connection

    def _configure_connection(self, connection):
        commit = super()._configure_connection(connection)
        # See claimtracker.overload.limit_statements.
        if seconds := self.settings_dict.get("STATEMENT_TIMEOUT"):
            connection.execute(f"SET statement_timeout = '{int(seconds)}s'")
            return True
        return commit

    def prepared_cursor(self):
        """Return a cursor whose queries PostgreSQL parses and plans once a connection.

        For large queries that are asked again and again with other values, none of which changes
        which plan is best: a plan made once is for any values.
        """
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(PreparedCursor(self.connection))


def is_there(connection: psycopg.Connection) -> bool:
    """Return whether a connection still has its server; close it where it has not.

    A server that ends says so, or its socket does: the server need be asked only where something
    has come, or after a rest.
    """
    now = time.monotonic()
    rested = now - getattr(connection, "last_taken", now) > REST
    connection.last_taken = now
    try:
        if rested or has_something_to_read(connection):
            ConnectionPool.check_connection(connection)
    except psycopg.Error:
        connection.close()
        return False
    return True


def has_something_to_read(connection: psycopg.Connection) -> bool:
    """Raises psycopg.OperationalError where the connection is closed."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
