"""The seeds say what the record says: here the record is told again from what was loaded."""

import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils.dateparse import parse_datetime

from claims.models import Citation, Claim, Relation, Statement, Topic
from sources.models import Affiliation, Document, Source

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loaded")]

MODELS = [Topic, Source, Affiliation, Document, Claim, Relation, Statement, Citation]
CURATED = [Source, Document, Claim, Statement]


def told(**words):
    """Return the words that are said: the record leaves out what is blank."""
    return {name.rstrip("_"): word for name, word in words.items() if word not in ("", [], 0, None)}


def sources_told():
    for source in Source.objects.order_by("pk"):
        yield told(
            key=source.slug,
            kind=source.kind,
            name=source.name,
            aliases=source.aliases,
            wikidata=source.wikidata_id,
            description=source.description,
        )


def affiliations_told():
    for affiliation in Affiliation.objects.select_related("member", "body").order_by("pk"):
        yield told(
            member=affiliation.member.slug,
            body=affiliation.body.slug,
            role=affiliation.role,
            from_=affiliation.since,
            to=affiliation.until,
        ) | {"speaks_for": affiliation.speaks_for}


def documents_told():
    for document in Document.objects.select_related("publisher").order_by("pk"):
        yield told(
            key=document.slug,
            kind=document.kind,
            publisher=document.publisher.slug,
            published=document.published,
            title=document.title,
            url=document.url,
        )


def claims_told():
    for claim in Claim.objects.order_by("pk"):
        yield told(
            key=claim.slug,
            kind=claim.kind,
            text=claim.text,
            topics=sorted(claim.topics.values_list("slug", flat=True)),
        )


def relations_told():
    for relation in Relation.objects.select_related("from_claim", "to_claim").order_by("pk"):
        yield told(from_=relation.from_claim.slug, kind=relation.kind, to=relation.to_claim.slug)


def statements_told():
    for statement in Statement.objects.select_related("claim", "source").order_by("pk"):
        first, *others = statement.citations.select_related("document").order_by("pk")
        relays = [citation for citation in others if citation.via_id]
        assert first.via_id is None
        assert all(citation.via_id == first.pk for citation in relays)
        yield told(
            claim=statement.claim.slug,
            source=statement.source.slug,
            stance=statement.stance,
            denies=statement.denies_what,
            said=statement.said,
            order=statement.order,
            document=first.document.slug,
            relayed_by=[citation.document.slug for citation in relays],
            also_in=[citation.document.slug for citation in others if not citation.via_id],
            note=statement.note,
            **words_told([first, *relays], others),
        )


def words_told(in_turn, others):
    """Return quote and name, and where they were read if not in the first that has an address."""
    worded = [one for one in {*in_turn, *others} if one.quote or one.as_named]
    if not worded:
        return {}
    [citation] = worded
    expected = next((one for one in in_turn if one.document.url), None)
    return {
        "quote": citation.quote,
        "as_named": citation.as_named,
        "quote_in": "" if citation == expected else citation.document.slug,
    }


PARTS = {
    "sources": (sources_told, 59),
    "affiliations": (affiliations_told, 26),
    "documents": (documents_told, 49),
    "claims": (claims_told, 18),
    "relations": (relations_told, 2),
    "statements": (statements_told, 88),
}


def as_told(part, entry, record):
    """Return an entry as the database tells it: topics by slug, no quote_in that goes without."""
    if part == "claims":
        return entry | {"topics": sorted(entry["topics"])}
    if part == "statements" and "quote_in" in entry:
        addressed = {each["key"] for each in record["documents"] if "url" in each}
        in_turn = [entry["document"], *entry.get("relayed_by", [])]
        if entry["quote_in"] == next((key for key in in_turn if key in addressed), None):
            return {key: value for key, value in entry.items() if key != "quote_in"}
    return entry


def test_record_has_no_part_that_this_does_not_compare(record):
    assert set(record) == set(PARTS)


# An entry with a key that is not told again differs, so that no key is lost unseen.
@pytest.mark.parametrize("part", PARTS)
def test_database_tells_the_record_again_field_by_field(record, part):
    tell, count = PARTS[part]

    assert list(tell()) == [as_told(part, entry, record) for entry in record[part]]
    assert len(record[part]) == count


@pytest.mark.parametrize("part", PARTS)
def test_comparison_refuses_a_key_that_it_does_not_know(record, part):
    record[part][0]["mood"] = "grave"

    assert list(PARTS[part][0]()) != [as_told(part, entry, record) for entry in record[part]]


def test_there_are_153_citations():
    assert Citation.objects.count() == 153


def test_topics_have_readable_names():
    assert dict(Topic.objects.values_list("slug", "name")) == {
        "aghdam-road": "Aghdam road",
        "humanitarian-situation": "Humanitarian situation",
        "icj-case": "ICJ case",
        "lachin-corridor": "Lachin corridor",
        "landmines": "Landmines",
        "military-build-up": "Military build-up",
    }


@pytest.mark.parametrize("model", CURATED)
def test_everything_is_published(model):
    assert set(model.objects.values_list("review_state", "version")) == {("published", 1)}


@pytest.mark.parametrize(
    ("model", "fields", "blank"),
    [
        (Source, ["merged_into"], None),
        (Document, ["retracted", "language", "archived_url", "sha256", "text"], ""),
        (Document, ["retrieved", "merged_into"], None),
        (Claim, ["language"], ""),
        (Claim, ["merged_into"], None),
        (Relation, ["rationale"], ""),
        (Statement, ["occasion"], ""),
        (Statement, ["personal_capacity"], False),
        (Citation, ["manner", "prefix", "suffix", "locator", "language", "translation"], ""),
        (Citation, ["note"], ""),
    ],
)
def test_what_the_record_does_not_say_stays_blank(model, fields, blank):
    said = set(model.objects.values_list(*fields))

    assert said == {(blank,) * len(fields)}


def test_statement_slugs_are_those_that_the_database_would_give():
    statements = Statement.objects.select_related("source", "claim")

    assert [one.slug for one in statements] == [one.default_slug() for one in statements]
    assert {
        "jeyhun-bayramov--corridor-blocked--2023-09-07",
        "hikmet-hajiyev--road-deal-reached--2023-09-09--2",
    } <= {one.slug for one in statements}


def test_quote_is_on_the_document_where_it_was_read():
    [citation] = Citation.objects.filter(quote="Baku has not been blocking")

    assert citation.document.slug == "azatutyun-2023-09-08"
    assert citation.via.document.slug == "az-mfa-readout-2023-09-07"


def test_quote_from_a_readout_without_an_address_is_on_the_first_that_relays_it():
    [citation] = Citation.objects.filter(quote="difficult humanitarian situation")

    assert citation.document.slug == "apa-2023-09-07"


def test_speaker_is_named_where_the_words_were_read():
    [citation] = Citation.objects.exclude(as_named="")

    assert citation.as_named == "Hasmik Andrian, a resident of Khramort"
    assert citation.quote == "We will never accept any aid from them"


def load():
    call_command("loaddata", "lachin", verbosity=0)


# What the feed of changes is kept in; what went and came again is told there.
FEED = {f"claims_{name}" for name in ("change", "changesubject", "changing")} | {
    *("claims_announced", "claims_announcing"),
}


def all_rows():
    """Return every row of both apps' tables and of the history."""
    rows = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("claims_", "sources_", "pghistory_")):
                cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')
                rows[table] = cursor.fetchall()
    return rows


def test_second_load_changes_nothing_not_even_history():
    before = all_rows()

    load()

    assert all_rows() == before
    assert {"claims_citationevent", "sources_sourceevent", "pghistory_context"} <= before.keys()


def test_load_over_some_of_the_rows_adds_only_the_others():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM claims_citation WHERE via_id IS NOT NULL")
        cursor.execute("DELETE FROM claims_claim_topics")
        cursor.execute("DELETE FROM claims_relation")
    before = all_rows()

    load()

    after = all_rows()
    assert Citation.objects.count() == 153
    changed = {table for table in after if after[table] != before[table]} - FEED
    assert changed == {
        *("claims_citation", "claims_citationevent"),
        *("claims_claim_topics", "claims_claimtopicevent"),
        *("claims_relation", "claims_relationevent"),
    }
    assert all(set(before[table]) < set(after[table]) for table in changed)


def test_load_over_an_edited_row_restores_it_and_counts_a_version():
    Source.objects.filter(slug="icrc").update(name="The Red Cross")

    load()

    icrc = Source.objects.get(slug="icrc")
    assert (icrc.name, icrc.version) == ("International Committee of the Red Cross", 3)


def test_load_leaves_rows_that_are_not_in_the_fixture():
    Source.objects.create(slug="tass", name="TASS", kind="outlet")

    load()

    assert Source.objects.get(slug="tass").version == 1


def test_created_at_is_what_the_fixture_states():
    moments = {moment for model in CURATED for moment in model.objects.values_list("created_at")}

    assert moments == {(parse_datetime("2023-09-20T00:00:00Z"),)}


def dump(path):
    labels = [model._meta.label for model in MODELS]
    keys = {"use_natural_foreign_keys": True, "use_natural_primary_keys": True}
    call_command("dumpdata", *labels, **keys, output=path, verbosity=0)
    objects = json.loads(path.read_text(encoding="utf-8"))
    for one in objects:
        one["fields"].get("topics", []).sort()  # which stand in no order
    return objects


def test_what_is_dumped_with_natural_keys_loads_as_the_same_rows(tmp_path):
    dumped = dump(tmp_path / "first.json")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM claims_claim_topics")
        for model in reversed(MODELS):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")

    call_command("loaddata", tmp_path / "first.json", verbosity=0)

    assert dump(tmp_path / "second.json") == dumped
    assert len(dumped) == 401
    assert not any("pk" in one for one in dumped)
