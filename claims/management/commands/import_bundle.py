import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from claims.exchange.importing import Bundle, import_given
from claims.exchange.problems import BundleError
from claims.exchange.progress import on_terminal
from claims.exchange.sheet import Sheet


class Command(BaseCommand):
    help = "Import a bundle, or a CSV of statements: all of it or nothing. Safe to run twice."

    def add_arguments(self, parser):
        parser.add_argument(
            "given", type=Path, help="A folder of sources.jsonl, claims.jsonl, …, or a CSV."
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Show what would change, and change nothing."
        )

    def handle(self, *, given, dry_run, **options):
        try:
            with on_terminal(sys.stderr) as progress:
                report = import_given(
                    given=Sheet(given) if given.is_file() else Bundle(given),
                    dry_run=dry_run,
                    progress=progress,
                )
        except BundleError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(report.summary())
