"""Every rule that the database keeps: PostgreSQL refuses what breaks it, full_clean says so first.

``test_every_rule_has_a_case`` asks the database which rules there are.
"""

from uuid import uuid4

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone

from claims.models import (
    Change,
    Citation,
    Claim,
    Different,
    Import,
    Merge,
    Proposal,
    Relation,
    Rewording,
    Statement,
    Topic,
)
from claimtracker.explain import explain
from sources.models import Affiliation, Document, Source
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

pytestmark = pytest.mark.django_db

CASES = {}


def breaks(rule, **case):
    """Register a function that returns a row which, once saved, would break a rule."""

    def register(make):
        CASES[rule] = lambda: make(**case)
        return make

    return register


def each(**cases):
    """Register a function once a rule, each with arguments of its own."""

    def register(make):
        for rule, case in cases.items():
            breaks(rule, **case)(make)
        return make

    return register


# Sources ---------------------------------------------------------------------------------------


@each(
    source_review_state_is_known={"review_state": "secret"},
    source_slug_is_a_slug={"slug": "no blanks"},
    source_version_counts_from_one={"version": 0},
    source_name_says_something={"name": " \t\u3164"},
    source_aliases_say_something={"aliases": ["Baku", ""]},
    source_kind_is_known={"kind": "oracle"},
    source_wikidata_id_is_an_item={"wikidata_id": "P31"},
)
def source(**fields):
    return Source(**{"slug": "az", "name": "Azerbaijan", "kind": "state"} | fields)


@breaks("source_is_not_merged_into_itself")
def source_merged_into_itself():
    row = make_source(review_state="retired")
    row.merged_into = row
    return row


@breaks("source_merged_is_not_public")
def published_source_merged():
    return source(review_state="published", merged_into=make_source())


@breaks("source_is_merged_in_one_hop")
def source_merged_in_two_hops():
    first = make_source(review_state="retired", merged_into=make_source())
    return source(review_state="retired", merged_into=first)


@breaks("slug_stays")
def published_source_moved():
    row = make_source()
    row.slug = "elsewhere"
    return row


# Affiliations ----------------------------------------------------------------------------------


@each(
    affiliation_since_is_a_date={"since": "last week"},
    affiliation_until_is_a_date={"until": "2023-02-30"},
    affiliation_ends_after_it_begins={"since": "2023-09", "until": "2023-08"},
)
def affiliation(**fields):
    return Affiliation(member=make_source(), body=make_source(), **fields)


@breaks("affiliation_body_is_another")
def affiliation_with_itself():
    row = make_source()
    return Affiliation(member=row, body=row)


@breaks("affiliation_begins_once")
def affiliation_twice_since_some_day():
    # In years as vague as these, the two do not certainly overlap.
    first = make_affiliation(role="President", since="2023", until="2023")
    return Affiliation(
        member=first.member, body=first.body, role="President", since="2023", until="2023"
    )


@breaks("affiliation_periods_do_not_overlap")
def affiliation_twice_at_once():
    first = make_affiliation(role="President", since="2003-10-31", until="2010")
    return Affiliation(member=first.member, body=first.body, role="President", since="2009-06")


@breaks("affiliation_makes_no_cycle")
def affiliation_in_a_circle():
    upper = make_affiliation(since="2020")
    lower = make_affiliation(body=upper.member, since="2021", until="2023")
    return Affiliation(member=upper.body, body=lower.member, since="2022-05")


# Documents -------------------------------------------------------------------------------------


@each(
    document_review_state_is_known={"review_state": "secret"},
    document_slug_is_a_slug={"slug": "a/b"},
    document_version_counts_from_one={"version": 0},
    document_text_has_two_megabytes_at_most={"text": "é" * 1_000_001},
    document_text_has_few_marks_in_a_row={"text": "e" + "\u0301\u0323" * 16},
    document_doubts_are_about_pages={"doubts": "right_to_left: 0"},
    document_kind_is_known={"kind": "scroll"},
    document_published_is_a_date={"published": "2023-13-07"},
    document_retracted_is_a_date={"retracted": "soon"},
    document_language_is_a_tag={"language": "Azerbaijani!"},
    document_url_is_a_web_address={"url": "javascript:alert(1)"},
    document_archived_url_is_a_web_address={"archived_url": "https://"},
    document_sha256_is_a_digest={"sha256": "ABC"},
)
def document(**fields):
    return Document(**{"slug": "d", "kind": "article", "title": "Bayramov, Kim speak"} | fields)


@breaks("document_is_not_merged_into_itself")
def document_merged_into_itself():
    row = make_document(review_state="retired")
    row.merged_into = row
    return row


@breaks("document_merged_is_not_public")
def published_document_merged():
    return document(review_state="published", merged_into=make_document())


@breaks("document_is_merged_in_one_hop")
def document_merged_in_two_hops():
    first = make_document(review_state="retired", merged_into=make_document())
    return document(review_state="retired", merged_into=first)


# Topics, claims, relations ---------------------------------------------------------------------


@each(topic_name_says_something={"name": " "}, topic_slug_is_a_slug={"slug": "ä"})
def topic(**fields):
    return Topic(**{"slug": "roads", "name": "Roads"} | fields)


@each(
    claim_review_state_is_known={"review_state": "secret"},
    claim_slug_is_a_slug={"slug": ""},
    claim_version_counts_from_one={"version": 0},
    claim_text_says_something={"text": "\n\u200b"},
    claim_kind_is_known={"kind": "rumour"},
    claim_language_is_a_tag={"language": "e"},
)
def claim(**fields):
    return Claim(**{"slug": "c", "kind": "fact", "text": "The road is closed."} | fields)


@breaks("claim_is_not_merged_into_itself")
def claim_merged_into_itself():
    row = make_claim(review_state="retired")
    row.merged_into = row
    return row


@breaks("claim_merged_is_not_public")
def published_claim_merged():
    return claim(review_state="published", merged_into=make_claim())


@breaks("claim_is_merged_in_one_hop")
def claim_merged_in_two_hops():
    first = make_claim(review_state="retired", merged_into=make_claim())
    return claim(review_state="retired", merged_into=first)


@each(relation_kind_is_known={"kind": "resembles"})
def relation(**fields):
    return Relation(from_claim=make_claim(), to_claim=make_claim(), **fields)


@breaks("relation_is_between_two_claims")
def relation_to_itself():
    row = make_claim()
    return Relation(from_claim=row, to_claim=row, kind="implies")


@breaks("relation_is_stored_once")
def relation_twice():
    first = make_relation(kind="implies")
    return Relation(from_claim=first.from_claim, to_claim=first.to_claim, kind="implies")


@breaks("relation_symmetric_is_stored_once")
def relation_turned_round():
    first = make_relation(kind="negates")
    return Relation(from_claim=first.to_claim, to_claim=first.from_claim, kind="negates")


@each(rewording_answer_is_known={"answer": "shrug"})
def rewording(**fields):
    return Rewording(
        claim=make_claim(), before="It is.", after="It is not.", statements=1, **fields
    )


@breaks("relation_stays_within_one_mood")
def relation_of_a_demand_to_a_fact():
    return Relation(
        from_claim=make_claim(kind="demand"), to_claim=make_claim(kind="fact"), kind="implies"
    )


# Statements ------------------------------------------------------------------------------------


@each(
    statement_review_state_is_known={"review_state": "secret"},
    statement_slug_is_a_slug={"slug": "a.b"},
    statement_version_counts_from_one={"version": 0},
    statement_said_is_a_date={"said": "2023-13"},
    statement_stance_is_known={"stance": "shrugs"},
    statement_denial_is_known={"stance": "denies", "denies_what": "everything"},
    statement_only_a_denial_denies_something={"denies_what": "fact"},
    statement_withdrawal_is_dated={"stance": "withdraws"},
)
def statement(**fields):
    given = {"claim": make_claim(), "source": make_source(), "slug": "s", "stance": "asserts"}
    return Statement(**given | fields)


@breaks("statement_only_of_a_demand_is_a_proposal_denied")
def statement_denying_a_proposal_that_is_none():
    return statement(claim=make_claim(kind="fact"), stance="denies", denies_what="proposal")


@breaks("statement_published_claim_is_published")
def published_statement_on_a_draft_claim():
    return statement(claim=make_claim(review_state="draft"), review_state="published")


@breaks("statement_published_source_is_published")
def published_statement_of_a_draft_source():
    return statement(source=make_source(review_state="draft"), review_state="published")


# Citations and proposals -----------------------------------------------------------------------


@each(
    citation_manner_is_known={"manner": "whispered"},
    citation_language_is_a_tag={"language": "az_AZ"},
    citation_quote_has_few_marks_in_a_row={"quote": "e" + "\u0301\u0323" * 16},
    citation_prefix_has_few_marks_in_a_row={"prefix": "e" + "\u0301\u0323" * 16},
    citation_suffix_has_few_marks_in_a_row={"suffix": "e" + "\u0301\u0323" * 16},
)
def citation(**fields):
    return Citation(statement=make_statement(), document=make_document(), **fields)


@breaks("citation_is_one_per_statement_and_document")
def citation_twice():
    first = make_citation()
    return Citation(statement=first.statement, document=first.document)


@breaks("citation_is_not_via_itself")
def citation_via_itself():
    row = make_citation()
    row.via = row
    return row


@breaks("citation_via_is_of_the_same_statement")
def citation_via_another_statements():
    return citation(via=make_citation())


@breaks("citation_via_makes_no_cycle")
def citation_via_in_a_circle():
    first = make_citation()
    third = make_citation(via=make_citation(via=first))
    first.via = third
    return first


@each(
    proposal_state_is_known={"state": "lost"},
    proposal_base_version_counts_from_one={"base_version": 0},
    proposal_deed_is_known={"deed": "burn"},
    proposal_waits_or_is_decided={"state": "accepted"},
)
def proposal(**fields):
    given = {
        "target": make_claim(),
        "fields": {"text": "…"},
        "base_version": 1,
        "author": make_user("ada"),
    }
    return Proposal(**given | fields)


@breaks("proposal_has_a_target")
def proposal_for_nothing():
    row = proposal()
    row.target_id = None
    return row


@breaks("proposal_refused_says_why")
def proposal_refused_without_a_word():
    by = make_user("eve", group="editors")
    return proposal(state="refused", decided_by=by, decided_at=timezone.now())


# Imports ---------------------------------------------------------------------------------------


@each(import_stands_or_is_undone={"undone_at": timezone.now()})
def an_import(**fields):
    return Import(**{"name": "statements.csv", "context": uuid4(), "written": {}} | fields)


# Merges ----------------------------------------------------------------------------------------


@each(
    merge_reason_says_something={"reason": " "},
    merge_is_of_two={"loser_id": 7, "survivor_id": 7},
    merge_stands_or_is_undone={"undone_at": timezone.now()},
)
def a_merge(**fields):
    given = {
        "target_type": ContentType.objects.get_for_model(Claim),
        "loser_id": 1,
        "survivor_id": 2,
        "user": fields.get("user") or make_user("ada"),
        "reason": "The same.",
        "context": uuid4(),
        "written": {"claims.claim": [1, 2]},
    }
    return Merge(**given | fields)


@breaks("merge_is_undone_before_the_next")
def merge_of_what_is_merged():
    a_merge().save()
    return a_merge(user=make_user("eve"))


@each(different_first_is_the_older={"first_id": 2, "second_id": 1})
def pair(**fields):
    given = {
        "target_type": ContentType.objects.get_for_model(Claim),
        "first_id": 1,
        "second_id": 2,
        "user": fields.get("user") or make_user("ada"),
    }
    return Different(**given | fields)


@breaks("different_is_said_once")
def pair_twice():
    pair().save()
    return pair(user=make_user("eve"))


# The feed of changes ---------------------------------------------------------------------------


@breaks("change_is_written_by_the_database")
def change_by_hand():
    return Change(id=1, at=timezone.now(), change="published", kind="claim", slug="x")


# The tests -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", CASES)
def test_postgresql_refuses_what_breaks(rule):
    row = CASES[rule]()

    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        row.save()
        settle()


@pytest.mark.parametrize("rule", CASES)
def test_full_clean_refuses_first_what_breaks(rule):
    row = CASES[rule]()

    with pytest.raises(ValidationError) as refused:
        row.full_clean()

    said = " ".join(refused.value.messages)
    assert rule not in said, "an editor does not know the constraint's name"


@pytest.mark.parametrize("rule", CASES)
def test_what_the_database_refuses_is_explained(rule):
    row = CASES[rule]()

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        row.save()
        settle()

    assert rule not in explain(refused.value)


def test_every_rule_has_a_case():
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conname FROM pg_constraint
            WHERE conrelid::regclass::text ~ '^(claims|sources)_'
              AND contype IN ('c', 'u', 'x', 'f')
            UNION SELECT indexrelid::regclass::text FROM pg_index
            WHERE indrelid::regclass::text ~ '^(claims|sources)_' AND indisunique
            """
        )
        rules = {name for (name,) in cursor}

    # Django's own names begin with the app; those below only serve as targets of foreign keys.
    ours = {name for name in rules if not name.startswith(("claims_", "sources_"))}
    targets = {name for name in ours if "_id_and_" in name}
    raised_by_triggers = {
        "slug_stays",
        "affiliation_makes_no_cycle",
        "citation_via_makes_no_cycle",
        "change_is_written_by_the_database",
        "relation_stays_within_one_mood",
    }
    assert ours - targets | raised_by_triggers == CASES.keys()


@pytest.mark.parametrize("make", [make_source, make_document, make_claim, make_statement])
def test_no_two_rows_share_a_slug(make):
    with pytest.raises(IntegrityError, match="slug"):
        make(slug=make().slug)


@pytest.mark.parametrize("field", ["slug", "name"])
def test_no_two_topics_share_a_name_or_a_slug(field):
    with pytest.raises(IntegrityError, match=field):
        make_topic(**{field: getattr(make_topic(), field)})


@pytest.mark.parametrize("order", [-1, 2**31, 10**30])
def test_an_order_is_a_whole_number_of_32_bits(order):
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        make_statement(order=order)


@pytest.mark.parametrize("order", [-1, 2**31, 10**30])
def test_an_order_that_is_too_large_is_refused_at_its_field(order):
    row = statement(slug="", order=order)

    with pytest.raises(ValidationError) as refused:
        row.full_clean()

    assert "order" in refused.value.message_dict


@pytest.mark.parametrize("aliases", ["array[null]", "array['  ']", "array[array['a'], array['b']]"])
def test_aliases_are_a_plain_list_of_texts(aliases):
    make_source()

    with (
        pytest.raises(IntegrityError, match="source_aliases_say_something"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE sources_source SET aliases = {aliases}::varchar[]")


@pytest.mark.parametrize("make", [make_source, make_citation])
def test_a_row_keeps_its_id(make):
    row = make()

    with pytest.raises(IntegrityError, match="id_stays"), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(id=10**9)


@pytest.mark.parametrize("make", [make_source, make_document, make_claim])
def test_what_is_merged_stays_as_its_address_leads_on(make):
    merged = make(review_state="retired", merged_into=make())

    with pytest.raises(IntegrityError, match="merged_stays"), transaction.atomic():
        merged.delete()


# What is referred to stays -----------------------------------------------------------------------

REFERRED = {
    "the source of a statement": lambda: make_statement().source,
    "the claim of a statement": lambda: make_statement().claim,
    "a document that is cited": lambda: make_citation().document,
    "a statement that is cited": lambda: make_citation().statement,
    "a citation that was passed on": lambda: make_citation(via=make_citation()).via,
    "the publisher of a document": lambda: make_document(publisher=make_source()).publisher,
    "the member of an affiliation": lambda: make_affiliation().member,
    "the body of an affiliation": lambda: make_affiliation().body,
    "the claim of a relation": lambda: make_relation().from_claim,
    "the other claim of a relation": lambda: make_relation().to_claim,
    "the survivor of a merged source": lambda: (
        make_source(review_state="retired", merged_into=make_source()).merged_into
    ),
    "the survivor of a merged document": lambda: (
        make_document(review_state="retired", merged_into=make_document()).merged_into
    ),
    "the survivor of a merged claim": lambda: (
        make_claim(review_state="retired", merged_into=make_claim()).merged_into
    ),
}


@pytest.mark.parametrize("what", REFERRED)
def test_postgresql_refuses_to_delete(what):
    row = REFERRED[what]()

    with (
        pytest.raises(IntegrityError, match="foreign key"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk])
        settle()


# Django deletes a statement with its own citations.
@pytest.mark.parametrize("what", sorted(REFERRED.keys() - {"a statement that is cited"}))
def test_django_refuses_to_delete(what):
    row = REFERRED[what]()

    with pytest.raises(IntegrityError, match="protected|restricted"):
        row.delete()
