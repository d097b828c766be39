from django.core.management.base import BaseCommand, CommandError

from claims.positions.contradictions import all_relations, reach_their_negation


class Command(BaseCommand):
    help = "List the claims that reach their own negation by the relations between claims."

    def add_arguments(self, parser):
        parser.add_argument(
            "--check",
            action="store_true",
            required=True,
            help="Print each with a shortest way; exit 1 if there is one.",
        )

    def handle(self, **options):
        found = reach_their_negation(all_relations())
        for contradiction in found:
            self.stdout.write(str(contradiction))
        if found:
            claims = len({contradiction.claim for contradiction in found})
            raise CommandError(f"Claims that reach their own negation: {claims}.")
        self.stdout.write("No claim reaches its own negation.")
