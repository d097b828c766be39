import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from claims.exchange.exporting import export_bundle
from claims.exchange.problems import BundleError
from claims.exchange.progress import on_terminal


class Command(BaseCommand):
    help = "Export what is published as a bundle."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="A folder that is new or empty.")
        parser.add_argument(
            "--replace", action="store_true", help="Replace the bundle files that are there."
        )

    def handle(self, *, folder, replace, **options):
        try:
            with on_terminal(sys.stderr) as progress:
                counts = export_bundle(folder=folder, replace=replace, progress=progress)
        except BundleError as error:
            raise CommandError(str(error)) from error
        for name, count in counts.items():
            self.stdout.write(f"{name:<13}{count:>9,}")
