from django.core.management.commands import flush

from claimtracker.postgresql.roles import as_owner


class Command(flush.Command):
    """Empties all tables, as their owner."""

    def handle(self, *args, **options):
        with as_owner():
            return super().handle(*args, **options)
