from django.core.management.commands import makemigrations

from claimtracker.postgresql.roles import as_owner


class Command(makemigrations.Command):
    """Makes migrations; which are applied is asked as the owner, who has just made the tables."""

    def handle(self, *args, **options):
        with as_owner():
            return super().handle(*args, **options)
