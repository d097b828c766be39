import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from claims.exchange.claim_reviews import import_claim_reviews
from claims.exchange.problems import BundleError
from claims.exchange.progress import on_terminal
from claims.management.commands.import_bundle import add_report, listing_in, refusal, tell
from claimtracker.spreadsheets import PARAMETER


class Command(BaseCommand):
    help = "Import schema.org ClaimReview as drafts: all of it or nothing. Safe to run twice."

    def add_arguments(self, parser):
        parser.add_argument(
            "file", type=Path, help="JSON, JSON Lines, or a page with <script> of JSON-LD."
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Show what would change, and change nothing."
        )
        add_report(parser)

    def handle(self, *, file, dry_run, report, **options):
        try:
            with (
                listing_in(report, options[PARAMETER]) as listing,
                on_terminal(sys.stderr) as progress,
            ):
                done, _ = import_claim_reviews(
                    path=file, dry_run=dry_run, listing=listing, progress=progress
                )
        except BundleError as error:
            raise CommandError(refusal(error, report)) from error
        tell(self.stdout, done, report)
