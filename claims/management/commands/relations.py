from django.core.management.base import BaseCommand, CommandError

from claims.models import Relation
from claims.positions.contradictions import all_relations, reach_their_negation


class Command(BaseCommand):
    help = (
        "List the relations that nothing can follow from, and the claims that reach their own "
        "negation by their relations."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--check",
            action="store_true",
            required=True,
            help="Print each relation between two groups of claims, and each claim that reaches "
            "its negation with a shortest way; exit 1 if there is one.",
        )

    def handle(self, **options):
        crossing = Relation.objects.that_cross().select_related("from_claim", "to_claim")
        crossing = crossing.order_by("from_claim__slug", "kind", "to_claim__slug")
        for relation in crossing:
            ends = relation.from_claim, relation.to_claim
            one, other = (f"{end.slug} ({end.kind})" for end in ends)
            self.stdout.write(f"{one} {relation.kind} {other}: nothing follows.")
        found = reach_their_negation(all_relations())
        for contradiction in found:
            self.stdout.write(str(contradiction))
        wrong = []
        if crossing:
            wrong.append(f"Relations between different groups of claims: {len(crossing)}.")
        if found:
            claims = len({contradiction.claim for contradiction in found})
            wrong.append(f"Claims that reach their own negation: {claims}.")
        if wrong:
            raise CommandError(" ".join(wrong))
        self.stdout.write("No claim reaches its own negation.")
