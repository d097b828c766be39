import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from claims.exchange.importing import import_bundle
from claims.exchange.problems import BundleError
from claims.exchange.progress import on_terminal


class Command(BaseCommand):
    help = "Import a bundle: all of it or nothing. Safe to run twice."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="A folder of sources.jsonl, claims.jsonl, …")
        parser.add_argument(
            "--dry-run", action="store_true", help="Show what would change, and change nothing."
        )

    def handle(self, *, folder, dry_run, **options):
        try:
            with on_terminal(sys.stderr) as progress:
                report = import_bundle(folder=folder, dry_run=dry_run, progress=progress)
        except BundleError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(report.summary())
