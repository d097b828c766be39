"""Answers what is asked of one database: a line of JSON in, a line of JSON out.

It is the WSGI application in a process of its own, so that its peak memory is a worker's.
"""

import functools
import io
import json
import os
import re
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import django
import psycopg

django.setup()

from django.conf import settings  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from claimtracker import urls  # noqa: E402
from claimtracker.postgresql.base import PreparedCursor  # noqa: E402

MODELS = {"claim": "claims_claim", "source": "sources_source"}


class Empty(APIView):
    """What a view costs that does nothing."""

    def get(self, request: Any) -> Response:
        return Response({})


urls.urlpatterns.insert(0, path("empty/", Empty.as_view()))
application = get_wsgi_application()


def answered(address: str) -> Iterator[bytes]:
    """Yield the body of an answer as it comes, through all of the middleware."""
    where, _, query = address.partition("?")
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": where,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "HTTP_ACCEPT": "application/json",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    status: list[str] = []
    answer = application(environ, lambda line, headers: status.append(line))
    try:
        if not status[0].startswith("200"):
            raise RuntimeError(f"{address}: {status[0]} {b''.join(answer).decode()[:300]}")
        yield from answer
    finally:
        answer.close()


def get(address: str) -> bytes:
    """Return the body of an answer."""
    return b"".join(answered(address))


class Query(NamedTuple):
    sql: str
    parameters: Any
    is_prepared: bool
    seconds: float


def queries_of(address: str) -> list[Query]:
    """Return the queries of a request."""
    found: list[Query] = []

    def note(execute: Callable, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        start = time.perf_counter()
        answer = execute(sql, parameters, many, context)
        took = time.perf_counter() - start
        is_prepared = isinstance(context["cursor"].cursor, PreparedCursor)
        found.append(Query(sql, parameters, is_prepared, took))
        return answer

    with connection.execute_wrapper(note):
        get(address)
    return found


def connect() -> psycopg.Connection:
    """Return a connection to the same database, without Django."""
    database = settings.DATABASES["default"]
    return psycopg.connect(
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        **{name: database[name.upper()] for name in ("host", "port") if database[name.upper()]},
        **{name: value for name, value in database["OPTIONS"].items() if name != "pool"},
        autocommit=True,
    )


def sent(query: Query, connection: psycopg.Connection) -> psycopg.Cursor:
    """Return a cursor of a connection that has sent a query as the application sends it."""
    if query.is_prepared:
        return psycopg.Cursor(connection).execute(query.sql, query.parameters, prepare=True)
    return psycopg.ClientCursor(connection).execute(query.sql, query.parameters)


def plan_of(query: Query) -> dict[str, Any]:
    """Return the plan of a query that was carried out; of a prepared one, that for any values."""
    with connect() as fresh, psycopg.ClientCursor(fresh) as cursor:
        explained, parameters = query.sql, query.parameters
        if query.is_prepared:
            cursor.execute("SET plan_cache_mode = force_generic_plan")
            sent(query, fresh).close()
            name = cursor.execute("SELECT name FROM pg_prepared_statements").fetchone()[0]
            if isinstance(parameters, dict):
                named = dict.fromkeys(re.findall(r"%\((\w+)\)s", query.sql))
                parameters = [parameters[name] for name in named]
            values = ", ".join(["%s"] * len(parameters))
            explained = f'EXECUTE "{name}"' + (f"({values})" if values else "")
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {explained}", parameters)
        return cursor.fetchone()[0][0]["Plan"]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


class Worker:
    # What only bundles need is imported there: it is no part of a worker's memory.

    def __init__(self) -> None:
        self.queries: dict[str, list[Query]] = {}

    @functools.cached_property
    def bare(self) -> psycopg.Connection:
        return connect()

    def prepare(self, address: str) -> int:
        """Note the queries of an address, and return how many they are."""
        get(address)
        self.queries[address] = queries_of(address)
        return len(self.queries[address])

    def http(self, address: str) -> float:
        start = time.perf_counter()
        get(address)
        return time.perf_counter() - start

    def sql(self, address: str) -> float:
        """Return how long the same queries take without Django, sent in the same way."""
        start = time.perf_counter()
        for query in self.queries[address]:
            with sent(query, self.bare) as cursor:
                cursor.fetchall()
        return time.perf_counter() - start

    def timed(self, address: str) -> tuple[float, list[float]]:
        """Return how long a request took, and each of its queries."""
        start = time.perf_counter()
        queries = queries_of(address)
        return time.perf_counter() - start, [query.seconds for query in queries]

    def reads_of(self, address: str) -> dict[str, list[Any]]:
        """Return of each table of a request's plans how many rows are read, and if one by one."""
        found: dict[str, list[Any]] = {}
        for query in queries_of(address):
            for node in nodes(plan_of(query)):
                if "Relation Name" in node:
                    table = found.setdefault(node["Relation Name"], [0, False])
                    read = sum(
                        node.get(rows, 0)
                        for rows in (
                            "Actual Rows",
                            "Rows Removed by Filter",
                            "Rows Removed by Index Recheck",
                        )
                    )
                    table[0] += read * node["Actual Loops"]
                    table[1] |= node["Node Type"] == "Seq Scan"
        return found

    def row_with(self, model: str, statements: int) -> str:
        """Return the slug of the public claim or source that has about so many statements."""
        return self.bare.execute(
            f"SELECT m.slug FROM claims_statement s JOIN {MODELS[model]} m ON m.id = s.{model}_id "
            f"WHERE s.is_public GROUP BY m.slug ORDER BY abs(count(*) - %s), m.slug LIMIT 1",
            [statements],
        ).fetchone()[0]

    def a_statement(self) -> str:
        """Return the slug of a public statement."""
        return self.bare.execute(
            "SELECT slug FROM claims_statement WHERE is_public ORDER BY id LIMIT 1"
        ).fetchone()[0]

    def claims(self) -> list[str]:
        """Return the slugs of all public claims."""
        found = self.bare.execute("SELECT slug FROM claims_claim WHERE is_public ORDER BY slug")
        return [slug for (slug,) in found]

    def next_page(self, address: str, pages: int) -> str:
        """Return the address so many pages further on."""
        for _ in range(pages):
            following = json.loads(get(address))["next"]
            if following is None:
                break
            address = following.removeprefix("http://localhost")
        return address

    def export_bundle(self, folder: str) -> float:
        from claims.exchange import exporting

        start = time.perf_counter()
        exporting.export_bundle(folder=Path(folder))
        return time.perf_counter() - start

    def copy_lines(self, folder: str) -> float:
        """Write what an export writes, through COPY alone, and return how long that took."""
        from claims.exchange import copying, exporting

        Path(folder).mkdir()
        start = time.perf_counter()
        with self.bare.transaction(), psycopg.ClientCursor(self.bare) as cursor:
            cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")  # as an export does
            for file, query in exporting.QUERIES.items():
                sql, parameters = query()
                command = f"COPY ({sql}) TO STDOUT WITH ({copying.AS_IT_IS})"
                with (
                    Path(folder, file.file_name).open("wb") as lines,
                    cursor.copy(command, parameters) as copy,
                ):
                    for line in copy:
                        lines.write(line)
        return time.perf_counter() - start

    def export(self, address: str) -> tuple[float, float, int]:
        """Read a file to its end, and return how long it took, its first byte, and its size."""
        start = time.perf_counter()
        blocks = answered(address)
        size = len(next(blocks))
        first = time.perf_counter() - start
        size += sum(map(len, blocks))
        return time.perf_counter() - start, first, size

    def save(self, address: str, path: str) -> None:
        """Write an answer into a file."""
        with Path(path).open("wb") as file:
            file.writelines(answered(address))

    def copied(self, of: str) -> float:
        """Read the rows of a file through COPY alone, as PostgreSQL likes to make them."""
        from claims.exchange import citing, copying, exporting
        from claims.models import Statement

        def plain() -> tuple[str, Any]:
            return citing.rows(Statement.objects.public(), "http://localhost/")

        if of == "csv":
            queries, options = [plain()], "FORMAT csv"
        elif of == "jsonl":
            sql, parameters = plain()
            rows = f"SELECT row_to_json(r) FROM ({sql}) r", parameters
            queries, options = [rows], copying.AS_IT_IS
        else:
            queries, options = [query() for query in exporting.QUERIES.values()], copying.AS_IT_IS
        start = time.perf_counter()
        with (
            Path(os.devnull).open("wb") as nowhere,
            self.bare.transaction(),
            psycopg.ClientCursor(self.bare) as cursor,
        ):
            # As an export does, by one process of the server.
            cursor.execute(
                "SET LOCAL jit = off; SET LOCAL work_mem = '64MB'; "
                "SET LOCAL max_parallel_workers_per_gather = 0"
            )
            for sql, parameters in queries:
                with cursor.copy(f"COPY ({sql}) TO STDOUT WITH ({options})", parameters) as copy:
                    for row in copy:
                        nowhere.write(row)
        return time.perf_counter() - start

    def import_bundle(self, folder: str) -> float:
        from claims.exchange import importing

        start = time.perf_counter()
        importing.import_bundle(folder=Path(folder))
        return time.perf_counter() - start

    def desk(self, role: str) -> list[list[Any]]:
        """Return of each page of the admin that a role is shown its queries and their times."""
        from desk import costs

        shown = (cost for cost in costs(role) if cost.status == 200)
        return [[cost.page, cost.queries, cost.sql, cost.work] for cost in shown]

    def page(self, address: str) -> list[float]:
        """Return what a public page costs: queries, their time, work, its own time, its bytes."""
        from desk import cost_of, plain_files
        from django.test import Client

        from tests.admin_pages import Asked

        plain_files()
        client = Client(SERVER_NAME="localhost")
        cost = min((cost_of(client, Asked(address)) for _ in range(3)), key=lambda each: each.work)
        assert cost.status == 200, cost
        return [cost.queries, cost.sql, cost.work, cost.whole, cost.size]

    def deeds(self) -> dict[str, float]:
        """Return how long it takes to retire rows of thousands of statements after small ones."""
        from desk import deeds

        return deeds()

    def peak(self) -> float:
        """Return the peak memory of this process, in megabytes."""
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    worker = Worker()
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(getattr(worker, name)(*arguments)), flush=True)


if __name__ == "__main__":
    main()
