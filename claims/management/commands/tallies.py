from django.core.management.base import BaseCommand, CommandError

from claims.positions import kept


class Command(BaseCommand):
    help = "Hold the kept tallies against the statements, or make them anew."

    def add_arguments(self, parser):
        deed = parser.add_mutually_exclusive_group(required=True)
        deed.add_argument(
            "--check", action="store_true", help="Print each difference; exit 1 if there is one."
        )
        deed.add_argument(
            "--rebuild", action="store_true", help="Make them anew; writers wait meanwhile."
        )

    def handle(self, *, rebuild, **options):
        if rebuild:
            kept.rebuild()
            self.stdout.write("The tallies are made anew.")
            return
        differences = kept.check()
        for difference in differences:
            self.stdout.write(str(difference))
        if differences:
            raise CommandError("Put them right with: manage.py tallies --rebuild")
        self.stdout.write("The tallies are exact.")
