"""What the pages of the admin cost: as many queries for 200 rows of everything as for 10.

Every page there is is asked for, its lists also filtered, in order and searched: ``admin_pages``.
"""

import logging
import uuid
from itertools import count

import pghistory
import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client

from claims.actions import propose
from claims.exchange.sheet_writing import lines_of
from claims.merging import merge
from claims.models import (
    Citation,
    Claim,
    Different,
    Import,
    Merge,
    Proposal,
    Relation,
    Statement,
    Topic,
    Upload,
)
from claimtracker.accounts.actions import make_token
from sources.models import Affiliation, Document, Source
from tests.admin_pages import World, admin_addresses, filled, pages
from tests.claimtracker.full import IS_FULL
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
    make_user,
    settle,
)

FEW, MANY = 10, 200

_numbers = count(1)


@pytest.fixture
def users(db):
    """Return those who look, by their group."""
    return {
        "editors": make_user("the-editor", group="editors", is_staff=True),
        "contributors": make_user("the-contributor", group="contributors", is_staff=True),
        "superusers": make_user("root", is_staff=True, is_superuser=True),
    }


def make_world(users):
    """Return rows of everything, one each: ``grow`` adds to each of them."""
    topic = make_topic()
    claim, source = make_claim(topics=[topic]), make_source()
    document = make_document(text="Word of “quote 1” came first.", publisher=source)
    statement = make_statement(claim=claim, source=source, said="2023")
    editor, contributor = users["editors"], users["contributors"]
    proposal = propose(target=claim, fields={"text": "It is so."}, author=contributor)
    merged = merge(loser=make_claim(), survivor=claim, user=editor, reason="The same.")
    gone = make_topic()
    pk = gone.pk
    gone.delete()
    gone.pk = pk
    of_type = ContentType.objects.get_for_model(Claim)
    apart = Different.objects.create(
        target_type=of_type, first_id=claim.pk, second_id=make_claim().pk, user=editor
    )
    rows = {
        "claim": [claim],
        "source": [source],
        "document": [document],
        "statement": [statement],
        "citation": [make_citation(statement=statement, document=document, quote="quote 1")],
        "relation": [make_relation(from_claim=claim)],
        "affiliation": [make_affiliation(member=source)],
        "topic": [topic],
        "proposal": [proposal],
        "merge": [merged],
        "import": [Import.objects.create(name="s.csv", context=uuid.uuid4(), written={})],
        "different": [apart],
        "user": [contributor],
        "group": [Group.objects.get(name="editors")],
        "token": [make_token(user=contributor, name="first", days=30)[0]],
    }
    others = {"claim": make_claim(), "source": make_source(), "document": make_document()}
    return World(rows, [gone], others, [proposal], ["claim"])


def grow(world, users, many):
    """Add so many rows to all that a page of the world shows."""
    row = {name: rows[0] for name, rows in world.rows.items()}
    editor, contributor = users["editors"], users["contributors"]
    numbers = [next(_numbers) for _ in range(many)]
    slugs = [f"of-many-{n}" for n in numbers]

    def of(model, **fields):
        return model.objects.bulk_create(
            model(slug=slug, **{name: value(n) for name, value in fields.items()})
            for slug, n in zip(slugs, numbers, strict=True)
        )

    def state(n):
        return ("published", "published", "draft", "in_review")[n % 4]

    with pghistory.context(user=contributor.pk, reason="Read."):
        Topic.objects.bulk_create(Topic(slug=slug, name=slug) for slug in slugs)
        topics = list(Topic.objects.filter(slug__in=slugs))
        sources = of(
            Source, name=lambda n: f"Source {n}", kind=lambda n: "person", review_state=state
        )
        claims = of(
            Claim, text=lambda n: f"Claim {n} is so.", kind=lambda n: "fact", review_state=state
        )
        documents = of(
            Document,
            title=lambda n: f"Document {n}",
            kind=lambda n: "article",
            publisher=lambda n: row["source"],
            text=lambda n: "Nothing of it.",
            review_state=state,
        )
    row["claim"].topics.add(*topics)
    for claim in claims:
        claim.topics.add(row["topic"])
    Relation.objects.bulk_create(
        Relation(from_claim=row["claim"], kind="implies", to_claim=claim) for claim in claims
    )
    Affiliation.objects.bulk_create(
        [Affiliation(member=row["source"], body=source, speaks_for=True) for source in sources[::2]]
        + [Affiliation(member=source, body=row["source"]) for source in sources[1::2]]
    )
    stances = ("asserts", "denies", "comments", "denies")
    said = [
        (n, a_claim, source)
        for n, claim, one in zip(numbers, claims, sources, strict=True)
        for a_claim, source in ((row["claim"], one), (claim, row["source"]))
    ]
    statements = Statement.objects.bulk_create(
        Statement(
            slug=f"said-{n}-{claim.pk}",
            claim=claim,
            source=source,
            stance=stances[n % 4],
            said=f"20{n % 90 + 10}",
            review_state="published"
            if {claim.review_state, source.review_state} == {"published"} and n % 8
            else ("draft", "in_review")[n % 2],
        )
        for n, claim, source in said
    )
    read = [
        *((row["statement"], document) for document in documents),
        *((statement, row["document"]) for statement in statements[::2]),
        *zip(statements[1::2], documents, strict=True),
    ]
    origins = Citation.objects.bulk_create(
        Citation(statement=statement, document=document, quote=f"quote {n}")
        for n, (statement, document) in enumerate(read)
    )
    others = [documents[-1], *documents[:-1]]
    Citation.objects.bulk_create(
        Citation(statement=origin.statement, document=other, via=origin)
        for origin, other in zip(origins[many : 2 * many], others, strict=True)
    )
    of_type = ContentType.objects.get_for_model(Claim)
    Proposal.objects.bulk_create(
        Proposal(
            target_type=of_type,
            target_id=claim.pk,
            fields={"text": "It is so."},
            base={"text": claim.text},
            base_version=1,
            author=(editor, contributor)[n % 2],
        )
        for n in range(2)
        for claim in [row["claim"]] * many + claims
    )
    Merge.objects.bulk_create(
        Merge(
            target_type=of_type,
            loser_id=one.pk,
            survivor_id=other.pk,
            user=editor,
            reason="The same.",
            context=uuid.uuid4(),
            written={},
        )
        for one, other in zip(claims[::2], claims[1::2], strict=True)
    )
    Import.objects.bulk_create(
        Import(name=f"{n}.csv", user=editor, context=uuid.uuid4(), written={}, counts={})
        for n in numbers
    )
    Different.objects.bulk_create(
        Different(target_type=of_type, first_id=one.pk, second_id=other.pk, user=editor)
        for one, other in zip(claims[::2], claims[1::2], strict=True)
    )
    for n in numbers:
        with pghistory.context(user=editor.pk, reason=f"Again, {n}."):
            for model in (Claim, Source, Document, Statement):
                name = model._meta.model_name
                if name in {"claim", "document"}:
                    model.objects.filter(pk=row[name].pk).update(language=("az", "en")[n % 2])
                elif name == "source":
                    model.objects.filter(pk=row[name].pk).update(description=f"{n}")
                else:
                    model.objects.filter(pk=row[name].pk).update(note=f"{n}")
    _delete_some(numbers)
    User.objects.bulk_create(User(username=f"user-{n}", is_staff=True) for n in numbers)
    Group.objects.bulk_create(Group(name=f"group {n}") for n in numbers)
    for n in numbers:
        make_token(user=contributor, name=f"of {n}", days=30)
    keys = [statement.pk for statement in statements]
    content = "".join(lines_of(Statement.objects.filter(pk__in=keys))).encode()
    for user in users.values():
        Upload.objects.update_or_create(
            user=user, defaults={"name": "statements.csv", "content": content}
        )
    settle()


def _delete_some(numbers):
    for n in numbers:
        with pghistory.context(reason=f"Gone, {n}."):
            Topic.objects.bulk_create([Topic(slug=f"gone-{n}", name=f"gone {n}")])
            Topic.objects.filter(slug=f"gone-{n}").delete()


def queries(world, users, role):
    """Return how many queries each page takes that somebody is shown, by its address."""
    client = Client()
    client.force_login(users[role])
    sent = []

    def note(execute, sql, *more):
        sent.append(sql)
        return execute(sql, *more)

    found = {}
    for asked in pages(world, users[role], briefly=True):
        if role == "superusers" and not str(asked).startswith(FOR_ADMINISTRATORS):
            continue
        sent.clear()
        with connection.execute_wrapper(note):
            if asked.sent:
                answer = client.post(asked.address, asked.sent)
            else:
                answer = client.get(asked.address)
            if answer.streaming:
                b"".join(answer.streaming_content)
        if answer.status_code == 200:
            found[str(asked)] = len(sent)
    return found


# The others are looked at as those who work there.
FOR_ADMINISTRATORS = ("/admin/auth/", "/admin/accounts/")
# That there are more rows than a page shows is asked by a few queries more, however many they are.
THAT_THERE_ARE_MORE = 4


# Contributors are shown the same lists and forms, with less on them.
ROLES = ["editors", "superusers", *(["contributors"] if IS_FULL else [])]


@pytest.mark.parametrize("role", ROLES)
def test_no_page_takes_more_queries_for_200_rows_than_for_10(users, role, caplog):
    caplog.set_level(logging.CRITICAL, "django.request")
    world = make_world(users)
    grow(world, users, FEW)
    few = queries(world, users, role)
    grow(world, users, MANY - FEW)
    many = queries(world, users, role)

    more = [
        f"{address}: {many[address]}, not {once}"
        for address, once in few.items()
        if many.get(address, 0) > once + THAT_THERE_ARE_MORE
    ]
    assert len(few.keys() & many.keys()) > len(few) // 2
    assert not more, "\n".join(more)


def test_every_page_of_the_admin_has_a_row_to_show(users):
    world = make_world(users)

    for address in admin_addresses():
        assert list(filled(address, world)), address
