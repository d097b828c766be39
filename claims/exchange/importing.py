"""Imports a bundle: all of it or nothing, in one transaction, as often as one likes."""

from dataclasses import dataclass, field
from pathlib import Path

import pghistory
from django.db import Error as DatabaseError
from django.db import ProgrammingError, connection
from django.db.backends.utils import CursorWrapper

from claims.exchange import applying, difference, staging
from claims.exchange.checking import Checks
from claims.exchange.format import ALL, CITATIONS, STATEMENTS, BundleFile
from claims.exchange.problems import BundleError, Problems
from claims.exchange.reading import Progress, files_of, read
from claimtracker.explain import explain
from claimtracker.retry import atomic_with_retry

# One import at a time: the next one waits, and then finds what the first one wrote.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('claims.import_bundle'))"
NAMED = 5  # rows in each line of the summary


@dataclass
class Difference:
    """What becomes of the rows of one file."""

    new: int = 0
    changed: int = 0
    same: int = 0
    left: int = 0
    # Field, how many rows change there, and the first of them.
    fields: list[tuple[str, int, list[str]]] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)


@dataclass
class Report:
    """What an import did, or would do."""

    folder: str
    dry_run: bool
    files: dict[str, Difference]

    def changes_nothing(self) -> bool:
        return not any(one.new or one.changed for one in self.files.values())

    def summary(self) -> str:
        lines = []
        for name, one in self.files.items():
            if not one.new + one.changed + one.same + one.left:
                continue
            text = f"{name:<13}{one.new:>9,} new {one.changed:>9,} changed {one.same:>9,} unchanged"
            lines.append(text + (f" {one.left:>6,} left alone" if one.left else ""))
            for field_name, count, rows in one.fields:
                lines.append(f"    {field_name}: {count:,} ({listed(rows, count)})")
            if one.left:
                names = listed(one.left_alone, one.left)
                lines.append(f"    retired or merged here, so left alone: {names}")
        if self.dry_run:
            lines.append("This was a dry run: nothing was written.")
        elif self.changes_nothing():
            lines.append("All of it was there already: nothing changed.")
        else:
            lines.append(f"Imported {self.folder}.")
        return "\n".join(lines)


class DryRun(Exception):
    """Rolls back what a dry run did, and carries its report out."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


def listed(names: list[str], count: int) -> str:
    return ", ".join(names[:NAMED]) + (", …" if count > len(names[:NAMED]) else "")


def import_bundle(
    *, folder: Path, dry_run: bool = False, progress: Progress = lambda _: None
) -> Report:
    """Import a bundle and return what changed. Raises BundleError, and then nothing changed."""
    try:
        return import_once(folder, dry_run, progress)
    except DryRun as done:
        return done.report
    except ProgrammingError:
        raise  # a fault of ours, not of the bundle
    except DatabaseError as error:
        raise BundleError(f"{explain(error)}\nNothing was imported.") from error


@atomic_with_retry
def import_once(folder: Path, dry_run: bool, progress: Progress) -> Report:
    problems = Problems()
    files = files_of(folder, problems)
    with connection.cursor() as cursor:
        begin(cursor, progress)
        staging.make_tables(cursor)
        for file, path in files:
            progress(f"reading {file.file_name}")
            staging.stage(cursor, file, read(file, path, problems, progress))
        progress("comparing with what is there")
        difference.compute(cursor)
        progress("checking")
        Checks(cursor, problems).run()
        problems.raise_if_any()
        report = Report(folder.name, dry_run, {file.name: differs(cursor, file) for file in ALL})
        with pghistory.context(user=None, reason=f"import_bundle {folder.resolve().name}"):
            applying.apply(cursor, progress)
        # What the database checks at COMMIT, so that a dry run sees it too.
        progress("checking that everything fits together")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        if dry_run:
            raise DryRun(report)
        progress("committing")
    return report


def begin(cursor: CursorWrapper, progress: Progress) -> None:
    # Compiling queries that run once costs more than it saves; sorting a million keys wants memory.
    cursor.execute("SET LOCAL jit = off")
    cursor.execute("SET LOCAL work_mem = '64MB'")
    # Little more than the size of a table is asked for; autovacuum looks closer after COMMIT.
    cursor.execute("SET LOCAL default_statistics_target = 10")
    # Unset, each row's triggers raise and catch an error, and that takes the longer the more checks
    # wait for COMMIT: hours, for a million rows. Nothing is ignored either way.
    cursor.execute("SET LOCAL pgtrigger.ignore = '{}'")
    cursor.execute(LOCK.replace("pg_advisory_xact_lock", "pg_try_advisory_xact_lock"))
    if not cursor.fetchone()[0]:
        progress("waiting for another import to end")
        cursor.execute(LOCK)


def differs(cursor: CursorWrapper, file: BundleFile) -> Difference:
    """Return how many rows of a file are new, changed or the same, and the first that change."""
    todo = f"{file.staged}_todo"
    cursor.execute(f"SELECT deed, count(*) FROM {todo} GROUP BY deed")
    made = Difference(**dict(cursor.fetchall()))
    if file is CITATIONS:
        cursor.execute(
            "SELECT count(*) FROM bundle_citations s JOIN bundle_statements_todo t "
            "ON t.line = s.line AND t.deed = 'new' WHERE NOT s.is_linked"
        )
        made.new += cursor.fetchone()[0]
    rows = f"{todo} t JOIN {file.staged} s ON s.line = t.line"
    name = NAME_OF_ROW.get(file.name, "s.key")
    if file is CITATIONS:
        rows += f" AND s.item = t.item JOIN {STATEMENTS.staged} st ON st.line = t.line"
    if made.changed:
        cursor.execute(
            f"SELECT field, count(*), (array_agg({name} ORDER BY s.line))[:{NAMED}] "
            f"FROM {rows} CROSS JOIN unnest(t.fields) field WHERE t.deed = 'changed' "
            "GROUP BY field ORDER BY field"
        )
        made.fields = cursor.fetchall()
    if made.left:
        cursor.execute(
            f"SELECT {name} FROM {rows} WHERE t.deed = 'left' ORDER BY s.line LIMIT {NAMED}"
        )
        made.left_alone = [one for (one,) in cursor.fetchall()]
    return made


NAME_OF_ROW = {
    "affiliations": "s.member || ' – ' || s.body",
    "relations": "s.from_claim || ' ' || s.kind || ' ' || s.to_claim",
    "citations": "st.key || ' in ' || s.document",
}
