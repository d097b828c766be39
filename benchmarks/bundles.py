"""How bundles compare with COPY of the same rows, round by round."""

import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

import psycopg
from servers import afresh, drop_what_is_empty, make_empty, make_world
from workers import Worker
from world import COLUMNS

ROUNDS = 5


def bundles(say: Callable[[str], None]) -> list[str]:
    """Return the table of export and import of what 100,000 statements are."""
    url = make_world("100k", say)
    make_empty()
    took: dict[str, list[float]] = {}

    def note(what: str, seconds: float) -> None:
        took.setdefault(what, []).append(seconds)

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with closing(Worker(url)) as worker:
            for n in range(ROUNDS):
                say(f"Exporting, round {n + 1} of {ROUNDS}")
                note("export", worker.ask("export_bundle", f"{folder}/bundle{n}"))
                note("COPY of its lines", worker.ask("copy_lines", f"{folder}/lines{n}"))
                note("COPY of the tables", copy_to(url, folder / f"tables{n}"))
        for n in range(ROUNDS):
            say(f"Importing, round {n + 1} of {ROUNDS}")
            scratch = afresh()
            with closing(Worker(scratch)) as worker:
                note("import", worker.ask("import_bundle", f"{folder}/bundle0"))
            if n == 0:
                copy_to(scratch, folder / "imported")
            note("COPY of its rows", copy_from(afresh(), folder / "imported"))
    drop_what_is_empty()
    p50 = {what: median(seconds) for what, seconds in took.items()}
    return [
        "| a bundle of 100,000 statements | times as fast |",
        "|---|---|",
        "| import, over COPY of its rows into the same tables, triggers and all | "
        f"{p50['COPY of its rows'] / p50['import']:.2f} |",
        f"| export, over COPY TO of the same lines | "
        f"{p50['COPY of its lines'] / p50['export']:.2f} |",
        f"| export, over COPY TO of the tables as they are | "
        f"{p50['COPY of the tables'] / p50['export']:.2f} |",
    ]


def copy_to(url: str, folder: Path) -> float:
    """Write each table into a file, and return how long that took."""
    folder.mkdir()
    start = time.perf_counter()
    with closing(psycopg.connect(url)) as connection, connection.cursor() as cursor:
        for table, columns in COLUMNS.items():
            names = ", ".join(f'"{name}"' for name in columns)
            with (
                Path(folder, table).open("wb") as file,
                cursor.copy(f"COPY {table} ({names}) TO STDOUT") as copy,
            ):
                for block in copy:
                    file.write(block)
    return time.perf_counter() - start


def copy_from(url: str, folder: Path) -> float:
    """Fill each table from its file in one transaction, and return how long that took."""
    start = time.perf_counter()
    with closing(psycopg.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET pgtrigger.ignore = '{}'")  # as filling.py says
        for table, columns in COLUMNS.items():
            names = ", ".join(f'"{name}"' for name in columns)
            with (
                Path(folder, table).open("rb") as file,
                cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
            ):
                while block := file.read(1 << 18):
                    copy.write(block)
        connection.commit()
    return time.perf_counter() - start
