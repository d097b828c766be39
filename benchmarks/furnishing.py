"""What the desk of editors has and a made-up world has not: drafts that wait, proposals, merges."""

import uuid
from collections.abc import Sequence
from typing import Any

import pghistory
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Count

from claims import merging
from claims.actions import propose
from claims.exchange.sheet_writing import lines_of
from claims.models import (
    Citation,
    Claim,
    Different,
    Merge,
    Proposal,
    Relation,
    Statement,
    Topic,
    Upload,
)
from claimtracker.accounts.actions import make_token
from claimtracker.events import events_of
from sources.models import Affiliation, Document, Source
from tests.admin_pages import World

MANY = 3000
# How many statements the large rows have: see "How it is shown" of the editors' desk.
OF_CLAIM, OF_SOURCE = 2000, 5000
MERGED = 300  # statements of a claim that was merged
WORDS = ["bridge", "ceasefire election", "nobody wrote this", "claim-0012345"]


def furnish() -> tuple[World, dict[str, User]]:
    """Furnish the desk, and return what its pages are asked for with, and users by their group."""
    users = {name: member(name) for name in ("editors", "contributors")}
    users["superusers"] = User.objects.create_user("root", is_staff=True, is_superuser=True)
    editor, contributor = users["editors"], users["contributors"]
    claims = [with_statements("claim_id", Claim, many) for many in (OF_CLAIM, 100)]
    sources = [with_statements("source_id", Source, many) for many in (OF_SOURCE, 500)]
    documents = [most_cited("document_id", Document), Document.objects.public().first()]
    statements = [most_cited("statement_id", Statement), Statement.objects.public().first()]
    read(documents[0])
    submit(contributor)
    others = {
        "claim": with_statements("claim_id", Claim, OF_CLAIM - 200),
        "source": with_statements("source_id", Source, OF_SOURCE - 500),
        "document": most_cited("document_id", Document, 1),
    }
    changed_often(claims[1], editor)
    proposed = [
        propose(target=claims[0], fields={"text": "It is so."}, author=contributor),
        propose(target=statements[0], fields={"note": "Said twice."}, author=contributor),
    ]
    propose_much(contributor)
    merge_much(editor)
    gone = delete(editor)
    for user in users.values():
        import_of(user)
    token, _ = make_token(user=contributor, name="of a contributor", days=30)
    one, other = (with_statements("claim_id", Claim, many) for many in (MERGED, MERGED + 10))
    merged = merging.merge(
        loser=one, survivor=other, user=editor, reason="The same.", contradicts=True
    )
    rows = {
        "claim": claims,
        "source": sources,
        "document": documents,
        "statement": statements,
        "citation": [Citation.objects.order_by("pk").first()],
        "relation": [Relation.objects.order_by("pk").first()],
        "affiliation": [Affiliation.objects.order_by("pk").first()],
        "topic": [Topic.objects.order_by("pk").first()],
        "proposal": [*proposed, Proposal.objects.order_by("-pk").first()],
        "merge": [merged],
        "different": [Different.objects.order_by("pk").first()],
        "user": [contributor],
        "group": [Group.objects.get(name="editors")],
        "token": [token],
    }
    with connection.cursor() as cursor:
        for model in (Source, Document, Claim, Statement, Citation, Proposal, Merge, Different):
            cursor.execute(f"ANALYZE {model._meta.db_table}, {events_of(model)._meta.db_table}")
    return World(rows, gone, others, proposed, WORDS), users


def member(group: str) -> User:
    user = User.objects.create_user(f"one-of-{group}", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


def with_statements(column: str, model: type, many: int) -> Any:
    """Return the public row that has about so many statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column} FROM claims_statement WHERE is_public GROUP BY 1 "
            "ORDER BY abs(count(*) - %s), 1 LIMIT 1",
            [many],
        )
        return model.objects.get(pk=cursor.fetchone()[0])


def most_cited(column: str, model: type, place: int = 0) -> Any:
    """Return the row with the most citations, or the one so many places below it."""
    most = Citation.objects.values(column).annotate(many=Count("pk")).order_by("-many", column)
    return model.objects.get(pk=most[place][column])


def read(document: Document) -> None:
    """Store a long text, in which every other quote is."""
    quotes = (
        Citation.objects.filter(document=document).order_by("pk").values_list("quote", flat=True)
    )
    document.text = "\n\n".join(f"Then somebody said: {quote}" for quote in quotes[::2])
    document.save()


def submit(user: User) -> None:
    """Let drafts wait for review, submitted by somebody."""
    with pghistory.context(user=user.pk, reason="Ready."):
        for model in (Source, Document, Claim, Statement):
            keys = model.objects.filter(review_state="draft").order_by("pk").values("pk")[:MANY]
            model.objects.filter(pk__in=list(keys.values_list("pk", flat=True))).update(
                review_state="in_review"
            )


def changed_often(claim: Claim, user: User) -> None:
    for number in range(300):
        with pghistory.context(user=user.pk, reason=f"Again, {number}."):
            Claim.objects.filter(pk=claim.pk).update(language="en" if number % 2 else "az")


def propose_much(user: User) -> None:
    of_type = ContentType.objects.get_for_model(Statement)
    statements = Statement.objects.public().order_by("pk").values_list("pk", flat=True)[:MANY]
    Proposal.objects.bulk_create(
        Proposal(
            target_type=of_type,
            target_id=pk,
            fields={"note": "In other words."},
            base={"note": ""},
            base_version=1,
            author=user,
        )
        for pk in statements
    )


def merge_much(user: User) -> None:
    """Keep rows of merges and of pairs that are different; nothing is moved."""
    of_type = ContentType.objects.get_for_model(Claim)
    keys = list(Claim.objects.order_by("pk").values_list("pk", flat=True)[: 2 * MANY])
    pairs = list(zip(keys[::2], keys[1::2], strict=True))
    Merge.objects.bulk_create(
        Merge(
            target_type=of_type,
            loser_id=one,
            survivor_id=other,
            user=user,
            reason="The same.",
            context=uuid.uuid4(),
            written={},
        )
        for one, other in pairs
    )
    Different.objects.bulk_create(
        Different(target_type=of_type, first_id=one, second_id=other, user=user)
        for one, other in pairs
    )


def delete(user: User) -> Sequence[Any]:
    """Delete a claim with its relations, and many citations; return rows that are gone."""
    topic = Topic.objects.create(name="Gone", slug="gone")
    pk = topic.pk
    with pghistory.context(user=user.pk, reason="Here twice."):
        topic.delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM claims_citation WHERE id IN (SELECT id FROM claims_citation c "
                "WHERE NOT EXISTS (SELECT FROM claims_citation d WHERE d.via_id = c.id) "
                "ORDER BY id LIMIT %s)",
                [MANY],
            )
    topic.pk = pk
    return [topic]


def import_of(user: User) -> None:
    """Keep a CSV of statements that are here already, to be looked at."""
    some = Statement.objects.public().order_by("pk")[:1000]
    keys = list(some.values_list("pk", flat=True))
    content = "".join(lines_of(Statement.objects.filter(pk__in=keys))).encode()
    Upload.objects.create(user=user, name="statements.csv", content=content)
