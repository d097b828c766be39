import sys
from contextlib import nullcontext
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from claims.exchange.importing import import_given
from claims.exchange.listing import ListingFile
from claims.exchange.problems import REWORDED, Answers, BundleError
from claims.exchange.progress import on_terminal
from claims.exchange.uploads import given_at
from claimtracker.spreadsheets import PARAMETER, USES


class Command(BaseCommand):
    help = "Import a bundle or a table of statements: all of it or nothing. Safe to run twice."

    def add_arguments(self, parser):
        parser.add_argument(
            "given",
            type=Path,
            help="A folder of sources.jsonl, claims.jsonl, …, a zip of it, or a table of "
            "statements: CSV, .xlsx, or the JSON Lines of an export.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Show what would change, and change nothing."
        )
        add_report(parser)
        parser.add_argument(
            "--reworded",
            choices=REWORDED,
            default="",
            help="What becomes of statements whose claim the file rewords: reverse their stances, "
            "or they still hold.",
        )

    def handle(self, *, given, dry_run, report, reworded, **options):
        try:
            with (
                listing_in(report, options[PARAMETER]) as listing,
                given_at(given) as found,
                on_terminal(sys.stderr) as progress,
            ):
                done = import_given(
                    given=found,
                    dry_run=dry_run,
                    answers=Answers(asks=False, reworded=reworded),
                    listing=listing,
                    progress=progress,
                )
        except BundleError as error:
            raise CommandError(refusal(error, report)) from error
        tell(self.stdout, done, report)


def add_report(parser):
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="Write all errors, questions and notes to this file: JSON Lines, or CSV where it "
        "ends in .csv.",
    )
    parser.add_argument(
        f"--{PARAMETER}",
        choices=USES,
        help="Make a CSV of --report for spreadsheets: with a byte order mark, and a ' before "
        "text that a spreadsheet would calculate.",
    )


def listing_in(report, use):
    return ListingFile(report, is_guarded=use is not None) if report else nullcontext()


def refusal(error, report):
    """Return why nothing was imported, and how to see the rest of it."""
    if error.problems and error.problems.is_grouped:
        return f"{error}\n{where_all_are(report)}"
    return str(error)


def tell(stdout, done, report):
    if remarks := done.problems.remarks():
        stdout.write(remarks)
    if done.problems.is_grouped:
        stdout.write(where_all_are(report))
    stdout.write(done.summary())


def where_all_are(report):
    return f"All of them are in {report}." if report else "See all of them with --report FILE."
