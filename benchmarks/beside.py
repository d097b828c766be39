"""Datasette beside the API: the same rows, the same client, in turn, each behind its own server.

Datasette reads SQLite, so what is public of a world is written into such a file, with what whoever
publishes it there would prepare: tallies and days that stand in a claim's row, a table of the rows
to cite with all that they tell, an index for each question that is asked, full text by FTS5.
"""

import csv
import http.client
import json
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import chain
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import psycopg
from servers import BASE_DIR, SIZES, make_world
from workers import Worker

VERSION = "0.65.5"
HOME = BASE_DIR / "var" / "benchmark-datasette"
SECONDS = 3.0  # measured of each question, at each size
ROUNDS = {"100k": 3, "1m": 1}  # of a whole file, which nobody keeps ready
PAGE = 50

# Tables of the SQLite file, each with the query of its rows. All have an id, which is their rowid.
TABLES = {
    "sources": "SELECT t.id, slug, kind, name, aliases::text, description FROM sources_source t "
    "WHERE is_public",
    "documents": "SELECT t.id, t.slug, t.kind, p.slug AS publisher, t.title, t.url, t.published, "
    "t.language FROM sources_document t LEFT JOIN sources_source p ON p.id = t.publisher_id "
    "AND p.is_public WHERE t.is_public",
    "claims": "SELECT t.id, slug, kind, text, language, asserts, denies, "
    "(asserts > 0 AND denies > 0)::int AS contested, (SELECT json_agg(o.name) "
    "FROM claims_claim_topics h JOIN claims_topic o ON o.id = h.topic_id "
    "WHERE h.claim_id = t.id)::text AS topics "
    "FROM claims_claim t JOIN claims_tally y ON y.claim_id = t.id WHERE is_public",
}
PREPARED = """
CREATE INDEX to_cite_claim ON to_cite (claim);
ALTER TABLE claims ADD statements; ALTER TABLE claims ADD first_said;
ALTER TABLE claims ADD last_said;
UPDATE claims SET (statements, first_said, last_said) = (
  SELECT count(DISTINCT statement), min(said_from), max(said_to)
  FROM to_cite WHERE to_cite.claim = claims.slug
);
CREATE UNIQUE INDEX claims_slug ON claims (slug);
CREATE INDEX claims_contested ON claims (contested, id);
CREATE VIRTUAL TABLE found USING fts5 (text, kind UNINDEXED, slug UNINDEXED,
  tokenize = 'porter unicode61');
INSERT INTO found SELECT name || ' ' || coalesce(aliases, ''), 'source', slug FROM sources;
INSERT INTO found SELECT text, 'claim', slug FROM claims;
INSERT INTO found SELECT quote || ' ' || coalesce(translation, ''), 'statement', statement
  FROM to_cite WHERE quote <> '';
INSERT INTO found SELECT title, 'document', slug FROM documents;
INSERT INTO found (found) VALUES ('optimize');
ANALYZE;
"""
SEARCH = (
    "SELECT kind, slug, snippet(found, 0, '<mark>', '</mark>', '…', 30) AS text FROM found "
    f"WHERE found MATCH :q ORDER BY rank LIMIT {PAGE}"
)
OF_SEARCH = (
    "whose quote on which claim it is, in which document; names as they sound or with a slip of "
    "the pen; endings of any language but English"
)
LIST = f"_sort_desc=id&_size={PAGE}&_nocount=1&_nofacet=1&_shape=objects"


def search(words: str) -> tuple[str, str]:
    return (
        f"/api/v1/search/?{urlencode({'q': words})}",
        f"/world/search.json?{urlencode({'q': words, '_shape': 'objects'})}",
    )


# What is asked: of the API, of Datasette, and what Datasette's answer lacks.
ASKED = {
    "list of claims": (
        "/api/v1/claims/",
        f"/world/claims.json?{LIST}",
        "nothing: tallies and days are kept in its rows",
    ),
    "list of contested claims": (
        "/api/v1/claims/?contested=true",
        f"/world/claims.json?contested=1&{LIST}",
        "nothing: so is whether it is contested",
    ),
    "claim, 100 statements": (
        "/api/v1/claims/{claim_100}/",
        "/world/to_cite.json?claim={claim_100}&_size=1000&_nocount=1&_nofacet=1&_shape=objects",
        "the claim's tally; a statement with its citations in it: rows repeat claim and statement",
    ),
    "search, a rare word": (*search("lighthouse"), OF_SEARCH),
    "search, a word in one quote of 60": (*search("ferry"), "the same"),
    "search, a common word": (
        *search("road"),
        "the same; but it ranks all that is found, where ours ranks the newest 500 of a kind",
    ),
    "statements.csv": (
        "/api/v1/exports/statements.csv",
        "/world/to_cite.csv?_stream=on&_size=max",
        "nothing: its rows are those of our file, joined and made safe for spreadsheets before",
    ),
}
WHOLE_FILES = ("statements.csv",)


def beside(say: Callable[[str], None]) -> list[str]:
    """Return the table of what the API takes over what Datasette takes."""
    datasette = installed(say)
    took: dict[str, dict[str, list[float]]] = {}
    sizes: dict[str, list[int]] = {}
    for size in SIZES:
        url = make_world(size, say)
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=HOME)))
            say(f"Writing {size} as SQLite")
            file = written(url, folder / "world.db")
            with closing(Worker(url)) as worker:
                names = {"claim_100": worker.ask("row_with", "claim", 100)}
            ours = stack.enter_context(served(our_server(url)))
            theirs = stack.enter_context(served(their_server(datasette, file, folder)))
            for what, (of_us, of_them, _) in ASKED.items():
                say(f"Measuring at {size}: {what}")
                addresses = ((ours, of_us.format(**names)), (theirs, of_them.format(**names)))
                times, sizes[what] = in_turn(
                    addresses, ROUNDS[size] if what in WHOLE_FILES else None
                )
                took.setdefault(what, {})[size] = times
    lines = [
        "| asked for | p50 over Datasette's, 100 k statements | 1 M | ours | theirs "
        "| what theirs lacks |",
        "|---|---|---|---|---|---|",
    ]
    for what, (_, _, lacks) in ASKED.items():
        ratios = (ours / theirs for ours, theirs in (took[what][size] for size in SIZES))
        figures = [*(f"{one:.2f}" for one in ratios), *map(told, sizes[what])]
        lines.append(f"| {' | '.join([what, *figures, lacks])} |")
    return [
        *lines,
        "",
        f"Datasette {VERSION} tells what was public when its file was made: nothing that was "
        "written since, and no clocks.",
    ]


def told(length: int) -> str:
    return f"{length / 1e6:,.0f} MB" if length > 1e6 else f"{length / 1e3:,.0f} kB"


def installed(say: Callable[[str], None]) -> Path:
    """Return Datasette's command, from an environment of its own below var/."""
    command = HOME / VERSION / "bin" / "datasette"
    if not command.exists():
        say(f"Installing Datasette {VERSION} into {HOME / VERSION}")
        venv.create(HOME / VERSION, with_pip=True, clear=True)
        pip = [str(HOME / VERSION / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, f"datasette=={VERSION}"], check=True)
    return command


def written(url: str, file: Path) -> Path:
    """Write what is public in a world into a SQLite file, as one would for Datasette."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode = off")
        database.execute("PRAGMA synchronous = off")
        with closing(psycopg.connect(url)) as world:
            for table, query in TABLES.items():
                fill(database, table, rows_of(world, query))
        with closing(Worker(url)) as worker, tempfile.TemporaryDirectory(dir=HOME) as folder:
            # The very rows of our own file: which they are is not what is measured.
            path = f"{folder}/statements.csv"
            worker.ask("save", "/api/v1/exports/statements.csv", path)
            with open(path, encoding="utf-8", newline="") as rows:
                fill(database, "to_cite", numbered(csv.reader(rows)))
        database.executescript(PREPARED)
    return file


def rows_of(world: psycopg.Connection, query: str) -> Iterator[tuple]:
    """Yield the names of the columns of a query, then its rows."""
    with world.cursor("rows") as cursor:
        cursor.itersize = 10_000
        cursor.execute(f"{query} ORDER BY t.id")
        first = cursor.fetchone()
        yield tuple(column.name for column in cursor.description)
        yield tuple(map(plain, first))
        for row in cursor:
            yield tuple(map(plain, row))


def plain(value: object) -> object:
    return value if value is None or isinstance(value, int | str) else str(value)


def numbered(rows: Iterator[list[str]]) -> Iterator[tuple]:
    yield ("id", *next(rows))
    for number, row in enumerate(rows, start=1):
        yield (number, *row)


def fill(database: sqlite3.Connection, table: str, rows: Iterator[tuple]) -> None:
    names, first = next(rows), next(rows)
    kinds = ("integer" if isinstance(value, int) else "text" for value in first[1:])
    columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(names[1:], kinds, strict=True))
    database.execute(f"CREATE TABLE {table} (id integer PRIMARY KEY, {columns})")
    values = ", ".join("?" * len(names))
    database.executemany(f"INSERT INTO {table} VALUES ({values})", chain([first], rows))
    database.commit()


Command = Callable[[int], tuple[list[str], dict[str, str]]]


def our_server(url: str) -> Command:
    """Return the command that serves the API as the image does."""
    environment = os.environ | {
        "DATABASE_URL": url,
        "DEBUG": "0",
        "ALLOWED_HOSTS": "localhost",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ANONYMOUS_RATE": "off",
    }
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", "1"]
    return lambda port: (
        [*granian, "--port", str(port), "claimtracker.wsgi:application"],
        environment,
    )


def their_server(datasette: Path, file: Path, folder: Path) -> Command:
    """Return the command that serves a file as Datasette's documentation has it for speed."""
    metadata = folder / "metadata.json"
    queries = {"search": {"sql": SEARCH}}
    metadata.write_text(json.dumps({"databases": {"world": {"queries": queries}}}))
    counts = folder / "counts.json"
    subprocess.run(
        [str(datasette), "inspect", str(file), "--inspect-file", str(counts)], check=True
    )
    setting = {
        "sql_time_limit_ms": "600000",
        "max_returned_rows": "1000",
        "max_csv_mb": "0",
        "suggest_facets": "off",
        "allow_facet": "off",
        "cache_size_kb": "262144",
    }
    command = [str(datasette), "serve", "--immutable", str(file), "--inspect-file", str(counts)]
    command += ["--metadata", str(metadata)]
    for name, value in setting.items():
        command += ["--setting", name, value]
    return lambda port: ([*command, "--port", str(port)], dict(os.environ))


@contextmanager
def served(command: Command) -> Iterator[int]:
    """Run a server on loopback, and yield its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments, environment = command(port)
    process = subprocess.Popen(arguments, env=environment, cwd=BASE_DIR, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise SystemExit("A server ended; what it said of that stands above.")
            with socket.socket() as there:
                if there.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def in_turn(
    addresses: tuple[tuple[int, str], ...], rounds: int | None
) -> tuple[list[float], list[int]]:
    """Return the p50 of each address, asked for in turn, and the sizes of their answers.

    With ``rounds``, so often; else for some seconds, of which the first round does not count.
    """
    took: list[list[float]] = [[] for _ in addresses]
    sizes = [0 for _ in addresses]
    connections = [http.client.HTTPConnection("127.0.0.1", port) for port, _ in addresses]
    spent = 0.0

    def is_enough() -> bool:
        if rounds:
            return len(took[0]) >= rounds
        return spent >= SECONDS * 2 and len(took[0]) > 7

    while not is_enough():
        for n, (connection, (_, address)) in enumerate(zip(connections, addresses, strict=True)):
            if rounds:
                connection.close()  # a server ends one that was idle for as long as a file takes
            start = time.perf_counter()
            connection.request("GET", address, headers={"Host": "localhost"})
            answer = connection.getresponse()
            sizes[n] = 0
            while block := answer.read(1 << 16):
                sizes[n] += len(block)
            took[n].append(time.perf_counter() - start)
            spent += took[n][-1]
            if answer.status != 200:
                raise SystemExit(f"{address}: {answer.status}")
    for connection in connections:
        connection.close()
    return [median(each if rounds else each[1:]) for each in took], sizes
