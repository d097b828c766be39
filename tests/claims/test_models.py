"""Statements, citations and what is public of them."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from claims.models import Citation, Claim, Relation, Statement, Topic
from sources.models import Document, Source
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
    make_user,
)

pytestmark = pytest.mark.django_db


# Slugs -----------------------------------------------------------------------------------------


def slug_of(**fields):
    source = make_source(slug=fields.pop("source", "ada"))
    claim = make_claim(slug=fields.pop("claim", "road-open"))
    return make_statement(slug="", source=source, claim=claim, **fields).slug


@pytest.mark.parametrize(
    ("fields", "slug"),
    [
        ({"said": "2023-09-07"}, "ada--road-open--2023-09-07"),
        ({"said": "2023-09"}, "ada--road-open--2023-09-01"),
        ({"said": "2023-09-07/2023-09-08"}, "ada--road-open--2023-09-07"),
        ({"said": "2023-08-30~", "order": 2}, "ada--road-open--2023-08-30--2"),
        ({"said": ""}, "ada--road-open--undated"),
        ({"said": "../2023", "order": 1}, "ada--road-open--undated--1"),
        ({"said": "0044"}, "ada--road-open--0044-01-01"),
    ],
)
def test_a_statement_without_a_slug_gets_one_of_source_claim_and_day(fields, slug):
    assert slug_of(**fields) == slug


def test_a_slug_that_would_be_too_long_is_cut_and_stays_apart_from_its_neighbours():
    slugs = [slug_of(source="s" * 190 + end, claim="c" * 199 + end, said="2023") for end in "ab"]

    assert [len(slug) for slug in slugs] == [200, 200]
    assert slugs[0] != slugs[1]
    assert all(slug.endswith("--2023-01-01") for slug in slugs)


def test_a_slug_that_is_given_stays():
    assert slug_of(claim="c") != make_statement(slug="mine").slug == "mine"


def test_full_clean_fills_in_the_slug_that_the_database_would():
    statement = Statement(
        claim=make_claim(slug="c"), source=make_source(slug="s"), stance="asserts", said="2023"
    )

    statement.full_clean()

    assert statement.slug == "s--c--2023-01-01"


def test_a_second_statement_of_one_day_is_told_to_take_an_order():
    first = make_statement(slug="", said="2023-09-09")
    second = Statement(claim=first.claim, source=first.source, stance="denies", said="2023-09-09")

    with pytest.raises(ValidationError, match="which came first"):
        second.full_clean()


@pytest.mark.parametrize("state", ["published", "retired", "draft", "in_review"])
@pytest.mark.parametrize("make", [make_source, make_document, make_claim, make_statement])
def test_what_was_ever_public_keeps_its_slug(make, state):
    row = make()
    type(row).objects.filter(pk=row.pk).update(review_state=state)
    row.refresh_from_db()
    row.slug = "another"

    with pytest.raises(ValidationError, match="its address stays"):
        row.full_clean()
    with pytest.raises(IntegrityError, match="slug_stays"), transaction.atomic():
        row.save()


@pytest.mark.parametrize("make", [make_source, make_document, make_claim, make_statement])
def test_nobody_unsays_that_a_row_was_public(make):
    row = make()

    type(row).objects.filter(pk=row.pk).update(was_public=False, review_state="draft")

    assert type(row).objects.get(pk=row.pk).was_public


@pytest.mark.parametrize("state", ["draft", "in_review", "retired"])
def test_a_row_that_was_never_published_was_never_public(state):
    assert not make_claim(review_state=state, was_public=True).was_public


@pytest.mark.parametrize("make", [make_source, make_document, make_claim, make_statement])
def test_a_draft_may_change_its_slug(make):
    row = make(review_state="draft")
    row.slug = "another"

    row.full_clean()
    row.save()


# Retiring --------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["claim", "source"])
def test_retiring_a_claim_or_a_source_retires_its_published_statements(end):
    statement = make_statement()
    draft = make_statement(review_state="draft", **{end: getattr(statement, end)})
    other = make_statement()

    row = getattr(statement, end)
    row.review_state = "retired"
    row.save()

    states = dict(Statement.objects.values_list("pk", "review_state"))
    assert states == {statement.pk: "retired", draft.pk: "draft", other.pk: "published"}


@pytest.mark.parametrize("end", ["claim", "source"])
def test_a_retired_one_that_is_retired_again_touches_nothing(end):
    statement = make_statement(review_state="draft")
    row = getattr(statement, end)
    type(row).objects.filter(pk=row.pk).update(review_state="retired")
    version = Statement.objects.get().version

    type(row).objects.filter(pk=row.pk).update(review_state="retired")

    assert Statement.objects.get().version == version


@pytest.mark.parametrize("model", [Claim, Source])
def test_a_claim_or_source_with_published_statements_is_not_made_a_draft(model):
    make_statement()

    with pytest.raises(Exception, match="is_published"), transaction.atomic():
        model.objects.update(review_state="draft")
        connection.check_constraints()


# What is public --------------------------------------------------------------------------------

STATES = ["draft", "in_review", "published", "retired"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("make", [make_source, make_document, make_claim, make_statement])
def test_only_what_is_published_is_public(make, state):
    row = make(review_state=state)

    assert type(row).objects.public().filter(pk=row.pk).exists() == (state == "published")


@pytest.mark.parametrize("statement_state", ["published", "draft"])
@pytest.mark.parametrize("document_state", ["published", "draft", "retired"])
def test_a_citation_is_public_when_its_statement_and_its_document_are(
    statement_state, document_state
):
    make_citation(
        statement=make_statement(review_state=statement_state),
        document=make_document(review_state=document_state),
    )

    public = statement_state == document_state == "published"
    assert Citation.objects.public().exists() == public


def test_a_relation_is_public_when_both_claims_are():
    both = make_relation()
    make_relation(to_claim=make_claim(review_state="draft"))
    make_relation(from_claim=make_claim(review_state="in_review"))

    assert list(Relation.objects.public()) == [both]


def test_a_topic_is_public_when_a_published_claim_has_it():
    topic = make_topic()
    make_claim(topics=[topic])
    make_claim(topics=[make_topic()], review_state="draft")
    make_topic()

    assert list(Topic.objects.public()) == [topic]


def test_who_may_edit_sees_drafts():
    draft = make_claim(review_state="draft")

    assert list(Claim.objects.visible_to(make_user("ada"))) == [draft]


@pytest.mark.parametrize("name", ["ben", "cleo"])
def test_who_may_not_edit_sees_no_draft(name):
    make_claim(review_state="draft")

    assert not Claim.objects.visible_to(make_user(name)).exists()


def test_a_visitor_who_is_not_logged_in_sees_no_draft():
    make_claim(review_state="draft")

    assert not Claim.objects.visible_to(AnonymousUser()).exists()


# Groups ----------------------------------------------------------------------------------------


def rights(group):
    return set(Group.objects.get(name=group).permissions.values_list("codename", flat=True))


CURATED = {"source", "document", "claim", "statement"}
EDITED = CURATED | {"affiliation", "topic", "relation", "citation"}


def test_contributors_add_and_change_and_nothing_else():
    assert rights("contributors") == {
        *(f"{deed}_{model}" for deed in ("add", "change", "view") for model in EDITED),
        *("add_proposal", "view_proposal", "view_merge", "view_different", "view_import"),
    }


def test_editors_also_publish_and_delete():
    more = {f"delete_{model}" for model in EDITED} | {f"publish_{model}" for model in CURATED}

    assert rights("editors") - rights("contributors") == more | {
        *("change_proposal", "delete_different"),
    }


def test_analysts_need_no_right_on_any_row():
    assert rights("analysts") == set()


# Natural keys ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make", [make_source, make_document, make_topic, make_claim, make_relation, make_statement]
)
def test_a_row_is_found_by_its_natural_key(make):
    row = make()

    assert type(row)._default_manager.get_by_natural_key(*row.natural_key()) == row


def test_a_citation_is_found_by_its_statement_and_its_document():
    row = make_citation()

    assert Citation.objects.get_by_natural_key(*row.natural_key()) == row


@pytest.mark.parametrize(
    ("text", "message"), [("NUL\0here", "NUL character"), ("half \ud83d", "lone surrogate")]
)
def test_what_is_no_text_is_refused_at_its_field(text, message):
    document = Document(slug="d", kind="article", title="D", text=text)

    with pytest.raises(ValidationError) as refused:
        document.full_clean()

    assert message in refused.value.message_dict["text"][0]


def test_what_is_no_text_is_refused_in_a_list_too():
    source = Source(slug="s", kind="person", name="S", aliases=["fine", "\0"])

    with pytest.raises(ValidationError) as refused:
        source.full_clean()

    assert "NUL character" in refused.value.message_dict["aliases"][0]
