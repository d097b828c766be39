import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from claims.exchange.claim_reviews import import_claim_reviews
from claims.exchange.problems import BundleError
from claims.exchange.progress import on_terminal


class Command(BaseCommand):
    help = "Import schema.org ClaimReview as drafts: all of it or nothing. Safe to run twice."

    def add_arguments(self, parser):
        parser.add_argument(
            "file", type=Path, help="JSON, JSON Lines, or a page with <script> of JSON-LD."
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Show what would change, and change nothing."
        )

    def handle(self, *, file, dry_run, **options):
        try:
            with on_terminal(sys.stderr) as progress:
                report, notes = import_claim_reviews(path=file, dry_run=dry_run, progress=progress)
        except BundleError as error:
            raise CommandError(str(error)) from error
        if notes.count:
            self.stdout.write(notes.report())
        self.stdout.write(report.summary())
