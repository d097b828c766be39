from itertools import chain

from django.core.management.base import BaseCommand, CommandError

from claims.feed_check import gaps
from claimtracker.history_check import faults


class Command(BaseCommand):
    help = "Hold the history, and the feed of changes, against the rows; exit 1 if they differ."

    def add_arguments(self, parser):
        parser.add_argument(
            "--check",
            action="store_true",
            required=True,
            help="Print what is missing or was rewritten, a line each.",
        )

    def handle(self, **options):
        count = 0
        for fault in chain(faults(), gaps()):
            count += 1
            self.stdout.write(fault)
        if count:
            raise CommandError("The history has gaps. Compare it with a backup.")
        self.stdout.write("The history is whole.")
