"""Imports a bundle: all of it or nothing, in one transaction, as often as one likes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pghistory
from django.db import Error as DatabaseError
from django.db import ProgrammingError, connection, models
from django.db.backends.utils import CursorWrapper

from claims import rewording
from claims.exchange import applying, details, difference, proposing, staging
from claims.exchange.bundle_names import Names
from claims.exchange.checking import Checks
from claims.exchange.details import FileChanges
from claims.exchange.format import ALL, CITATIONS, BundleFile
from claims.exchange.listing import Listing
from claims.exchange.naming import name_topics
from claims.exchange.problems import QUESTIONS, Answers, BundleError, Problems
from claims.exchange.reading import Progress, files_of, read
from claims.models import ClaimTopic, Import, Proposal, Topic
from claimtracker.batches import Written, last_events, written_since
from claimtracker.explain import explain
from claimtracker.retry import atomic_with_retry, is_conflict
from claimtracker.review import writes_at_once
from claimtracker.triggers import expect_many_rows

# One import at a time: the next one waits, and then finds what the first one wrote.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('claims.import_bundle'))"
NAMED = 5  # rows in each line of the summary


@dataclass(frozen=True)
class Importer:
    """Who imports, and what becomes of it.

    What is brought becomes published where ``publishes``; else new rows are drafts, and others stay
    in their state. Where not ``decides``, changes of what readers see wait for review instead.
    """

    user: Any = None
    publishes: bool = True
    decides: bool = True


# Who runs a command on the server.
OPERATOR = Importer()


def may_import(user: Any) -> bool:
    """Return whether a user may add and change all that a bundle brings."""
    opts = [file.model._meta for file in ALL]
    return all(
        user.has_perm(f"{each.app_label}.{deed}_{each.model_name}")
        for each in opts
        for deed in ("add", "change")
    )


def importer_for(user: Any, *, publish: bool) -> Importer:
    """Return with which rights a user imports; ``publish`` where the user asks for it."""
    decides = all(writes_at_once(user, file.model) for file in difference.CURATED)
    return Importer(user, publishes=publish and decides, decides=decides)


class Given(Protocol):
    """What is imported: a bundle's folder, or a sheet. Its rows are its lines, or rows."""

    name: str
    unit: str

    def problems(self) -> Problems: ...
    def stage(self, cursor: CursorWrapper, problems: Problems, progress: Progress) -> None: ...
    def complete(self, cursor: CursorWrapper, problems: Problems) -> None: ...


class Bundle:
    """A folder of JSON Lines."""

    unit = "line"

    def __init__(self, folder: Path, name: str = "") -> None:
        self.folder, self.name = folder, name or folder.resolve().name

    def problems(self) -> Problems:
        return Problems()

    def stage(self, cursor: CursorWrapper, problems: Problems, progress: Progress) -> None:
        files = files_of(self.folder, problems)
        names = Names(cursor, files)
        for file, path in files:
            progress(f"reading {file.file_name}")
            staging.stage(cursor, file, read(file, path, problems, progress, names.put_keys))

    def complete(self, cursor: CursorWrapper, problems: Problems) -> None:
        """Add nothing: what a bundle does not say is a default."""


@dataclass
class Difference:
    """What becomes of the rows of one file."""

    new: int = 0
    changed: int = 0
    same: int = 0
    left: int = 0
    proposed: int = 0
    # Field, how many rows change there, and the first of them.
    fields: list[tuple[str, int, list[str]]] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)


@dataclass
class Report:
    """What an import did, or would do."""

    name: str
    dry_run: bool
    files: dict[str, Difference]
    # Tells this difference from any other.
    mark: str
    changes: list[FileChanges] = field(default_factory=list)
    # Its notes and questions.
    problems: Problems = field(default_factory=Problems)
    unit: str = "line"
    # By which it is undone; None where nothing was written.
    remembered: Import | None = None

    def changes_nothing(self) -> bool:
        return not any(one.new or one.changed or one.proposed for one in self.files.values())

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
            lines.append(f"Imported {self.name}.")
        return "\n".join(lines)


ON_THE_COMMAND_LINE = Answers(asks=False)


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
    return import_given(given=Bundle(folder), dry_run=dry_run, progress=progress)


def import_given(
    *,
    given: Given,
    importer: Importer = OPERATOR,
    dry_run: bool = False,
    only: str | None = None,
    in_detail: bool = False,
    waits: bool = True,
    answers: Answers = ON_THE_COMMAND_LINE,
    listing: Listing | None = None,
    progress: Progress = lambda _: None,
) -> Report:
    """Import what is given and return what changed, ``in_detail`` with the values before and after.

    With ``only``, the mark of an earlier report, another difference is not imported: the report
    then says that it was a dry run. So it does where ``answers`` leave a question open that the
    report has. ``listing`` gets all errors, questions and notes. Raises BundleError, and then
    nothing changed; also where another import is running, unless it ``waits``.
    """
    try:
        return import_once(
            given, importer, dry_run, only, in_detail, waits, answers, listing, progress
        )
    except DryRun as done:
        return done.report
    except ProgrammingError:
        raise  # a fault of ours, not of the bundle
    except DatabaseError as error:
        if is_conflict(error):
            raise BundleError("Others are writing here all the time. Try again.") from error
        raise BundleError(f"{explain(error)}\nNothing was imported.") from error


@atomic_with_retry
def import_once(
    given: Given,
    importer: Importer,
    dry_run: bool,
    only: str | None,
    in_detail: bool,
    waits: bool,
    answers: Answers,
    listing: Listing | None,
    progress: Progress,
) -> Report:
    problems = given.problems()
    problems.answers = answers
    if listing:
        listing.begin()
        problems.every = listing
    with connection.cursor() as cursor:
        begin(cursor, waits, progress)
        staging.make_tables(cursor)
        given.stage(cursor, problems, progress)
        name_topics(cursor)
        progress("comparing with what is there")
        difference.compute(
            cursor,
            publishes=importer.publishes,
            complete=lambda cursor: given.complete(cursor, problems),
        )
        if not importer.decides:
            difference.let_wait(cursor)
        progress("checking")
        Checks(cursor, problems, importer.publishes).run()
        problems.raise_if_any()
        refuse_unasked(problems)
        files = {file.name: differs(cursor, file) for file in ALL}
        changes = details.of_all(cursor) if in_detail else []
        report = Report(
            given.name, dry_run, files, details.mark(cursor), changes, problems, given.unit
        )
        if (only is not None and report.mark != only) or problems.unanswered():
            report.dry_run = True
        user = importer.user and importer.user.pk
        deed = "import_bundle" if importer is OPERATOR else "Import of"
        with pghistory.context(user=user, reason=f"{deed} {given.name}") as context:
            before = last_events(context.id, written_by_imports())
            applying.apply(cursor, progress, publishes=importer.publishes)
            noted = rewording.carry_out_import(cursor, answers.reworded) if answers.reworded else []
            if not importer.decides:
                progress("proposing what readers would see")
                proposing.let_wait(cursor, problems, importer.user, f"Import of {given.name}")
                problems.raise_if_any()
            if not report.dry_run:
                written = written_since(context.id, before)
                report.remembered = remember(report, importer, context.id, written, noted)
        # What the database checks at COMMIT, so that a dry run sees it too.
        progress("checking that everything fits together")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        if report.dry_run:
            raise DryRun(report)
        progress("committing")
    return report


def written_by_imports() -> list[type[models.Model]]:
    """Return the models of the rows that an import may write."""
    return [Proposal, Topic, ClaimTopic._meta.concrete_model, *(file.model for file in ALL)]


def remember(
    report: Report, importer: Importer, context: Any, written: Written, rewordings: list[int]
) -> Import | None:
    """Note what an import wrote, so that it can be undone; nothing where it wrote nothing."""
    if not written:
        return None
    counts = {
        name: {"new": each.new, "changed": each.changed, "proposed": each.proposed}
        for name, each in report.files.items()
    }
    done = Import(
        name=report.name[-255:],
        user=importer.user,
        context=context,
        written=written,
        counts=counts,
        rewordings=rewordings,
    )
    done.full_clean()
    done.save()
    return done


def refuse_unasked(problems: Problems) -> None:
    """Raise where a question needs an answer and nobody can be asked."""
    if problems.answers.asks:
        return
    for code in problems.unanswered():
        raise BundleError(
            f"{QUESTIONS[code][0]}:\n{problems.questions[code].report()}\n"
            "Nothing was imported: say what becomes of their statements, with "
            "--reworded reverse (reverse their stances) or --reworded still_hold.",
            problems,
        )


def begin(cursor: CursorWrapper, waits: bool, progress: Progress) -> None:
    # Compiling queries that run once costs more than it saves; sorting a million keys wants memory.
    cursor.execute("SET LOCAL jit = off")
    cursor.execute("SET LOCAL work_mem = '64MB'")
    # Little more than the size of a table is asked for; autovacuum looks closer after COMMIT.
    cursor.execute("SET LOCAL default_statistics_target = 10")
    expect_many_rows()
    cursor.execute(LOCK.replace("pg_advisory_xact_lock", "pg_try_advisory_xact_lock"))
    if not cursor.fetchone()[0]:
        if not waits:
            raise BundleError("Another import is running. Try again in a minute.")
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
    rows, name = details.rows_of(file), details.name_of_row(file)
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
