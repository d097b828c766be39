from django.core.management.commands import migrate

from claimtracker.postgresql.roles import as_owner, grant_to_application


class Command(migrate.Command):
    """Migrates as the owner of the tables, and gives the application its rights."""

    def handle(self, *args, **options):
        with as_owner():
            super().handle(*args, **options)
            if not (options["plan"] or options["check_unapplied"]):
                grant_to_application()
