from django.core.management.base import BaseCommand, CommandError

from claims import groups


class Command(BaseCommand):
    help = "Hold what the groups may do against what they should, or put it right."

    def add_arguments(self, parser):
        deed = parser.add_mutually_exclusive_group(required=True)
        deed.add_argument(
            "--check", action="store_true", help="Print each difference; exit 1 if there is one."
        )
        deed.add_argument(
            "--restore", action="store_true", help="Give each group its rights; members stay."
        )

    def handle(self, *, restore, **options):
        if restore:
            groups.restore()
            self.stdout.write("Each group has its rights.")
            return
        differences = groups.differences()
        for difference in differences:
            self.stdout.write(difference)
        if differences:
            raise CommandError(
                "If nobody meant this, put it right with: manage.py groups --restore"
            )
        self.stdout.write("Each group has its rights.")
