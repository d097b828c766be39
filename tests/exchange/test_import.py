"""What an import writes, and what it leaves alone."""

import pghistory.models
import pytest
from django.apps import apps

from claims.exchange.importing import import_bundle
from claims.merging import merge
from claims.models import Citation, Claim, Relation, Statement, Topic
from sources.models import Affiliation, Document, Source
from tests.exchange.bundles import (
    CLAIM,
    DENIAL,
    MINISTRY,
    READOUT,
    REPORT,
    SPOKESMAN,
    WORLD,
    load,
    write,
)
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
)

pytestmark = pytest.mark.django_db


def count_of_events():
    return {
        model.__name__: model.objects.count()
        for model in apps.get_models()
        if issubclass(model, pghistory.models.Event) and not model._meta.abstract
    } | {"contexts": pghistory.models.Context.objects.count()}


def rows():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Source, Affiliation, Document, Topic, Claim, Relation, Statement, Citation)
    ]


def test_import_publishes_what_it_brings(tmp_path):
    load(tmp_path, **WORLD)

    assert Source.objects.public().count() == 2
    assert Document.objects.public().count() == 2
    assert Claim.objects.public().count() == 1
    assert Statement.objects.public().count() == 1
    assert Citation.objects.public().count() == 1


def test_every_field_arrives(tmp_path):
    load(
        tmp_path,
        sources=[
            SPOKESMAN | {"aliases": ["Sp.", 'the "voice"', "back\\slash"], "wikidata": "Q42"},
            MINISTRY | {"description": "Two\nlines\tand a tab"},
        ],
        affiliations=[
            {
                "member": "spokesman",
                "body": "ministry",
                "role": "spokesman",
                "since": "2020",
                "until": "2024-05~",
                "speaks_for": True,
            }
        ],
        documents=[
            READOUT
            | {
                "publisher": "ministry",
                "url": "https://example.org/a",
                "published": "2023-09",
                "retracted": "2024",
                "language": "en",
                "retrieved": "2024-02-29",
                "archived_url": "https://example.org/b",
                "sha256": "0" * 64,
            },
            REPORT,
        ],
        claims=[CLAIM | {"kind": "demand", "language": "en", "topics": ["Roads", "Ճանապարհ"]}],
        relations=[],
        statements=[
            DENIAL
            | {
                "denies_what": "proposal",
                "said": "2023-09-07/2023-09-08",
                "order": 2,
                "occasion": "a call",
                "personal_capacity": True,
                "note": "A note.",
                "citations": [
                    {"document": "report", "via": "readout", "manner": "reported"},
                    {
                        "document": "readout",
                        "manner": "verbatim",
                        "quote": "Ոչ",
                        "prefix": "He said: ",
                        "suffix": ".",
                        "locator": "p. 2",
                        "language": "hy",
                        "translation": "No",
                        "as_named": "the official",
                        "note": "Twice.",
                    },
                ],
            }
        ],
    )

    spokesman = Source.objects.get(slug="spokesman")
    assert spokesman.aliases == ["Sp.", 'the "voice"', "back\\slash"]
    assert (spokesman.kind, spokesman.name, spokesman.wikidata_id) == (
        "person",
        "The Spokesman",
        "Q42",
    )
    ministry = Source.objects.get(slug="ministry")
    assert ministry.description == "Two\nlines\tand a tab"
    post = Affiliation.objects.get()
    assert (post.member, post.body, post.role) == (spokesman, ministry, "spokesman")
    assert (post.since, post.until, post.speaks_for) == ("2020", "2024-05~", True)
    readout = Document.objects.get(slug="readout")
    assert (readout.publisher, readout.published, readout.retracted) == (
        ministry,
        "2023-09",
        "2024",
    )
    assert (readout.url, readout.archived_url) == ("https://example.org/a", "https://example.org/b")
    assert (readout.language, str(readout.retrieved)) == ("en", "2024-02-29")
    assert (readout.sha256, readout.text) == ("0" * 64, "")
    claim = Claim.objects.get()
    assert (claim.kind, claim.language) == ("demand", "en")
    assert {topic.name for topic in claim.topics.all()} == {"Roads", "Ճանապարհ"}
    denial = Statement.objects.get()
    assert (denial.claim, denial.source, denial.stance) == (claim, spokesman, "denies")
    assert (denial.denies_what, denial.said, denial.order) == (
        "proposal",
        "2023-09-07/2023-09-08",
        2,
    )
    assert (denial.occasion, denial.personal_capacity, denial.note) == ("a call", True, "A note.")
    own, passed_on = denial.citations.order_by("document__slug")
    assert (own.document, passed_on.document.slug, passed_on.via) == (readout, "report", own)
    assert (own.manner, own.quote, own.prefix, own.suffix) == ("verbatim", "Ոչ", "He said: ", ".")
    assert (own.locator, own.language, own.translation) == ("p. 2", "hy", "No")
    assert (own.as_named, own.note, own.via) == ("the official", "Twice.", None)


def test_second_import_changes_nothing_not_even_history(tmp_path):
    world = WORLD | {
        "affiliations": [{"member": "spokesman", "body": "ministry", "since": "2020"}],
        "claims": [CLAIM | {"topics": ["Roads"]}, {"key": "closed", "kind": "fact", "text": "No."}],
        "relations": [{"from": "road-is-open", "kind": "negates", "to": "closed"}],
    }
    load(tmp_path, **world)
    before, events = rows(), count_of_events()

    report = load(tmp_path, **world)

    assert report.changes_nothing()
    assert rows() == before
    assert count_of_events() == events


def test_changed_field_updates_the_row_and_its_version(tmp_path):
    load(tmp_path, **WORLD)

    load(tmp_path, **WORLD | {"sources": [SPOKESMAN | {"name": "The Voice"}, MINISTRY]})

    spokesman = Source.objects.get(slug="spokesman")
    assert (spokesman.name, spokesman.version) == ("The Voice", 2)
    assert Source.objects.get(slug="ministry").version == 1


def test_field_left_out_goes_back_to_its_default(tmp_path):
    load(tmp_path, sources=[SPOKESMAN | {"description": "He speaks."}])

    load(tmp_path, sources=[SPOKESMAN])

    assert Source.objects.get().description == ""


def test_null_is_the_same_as_left_out(tmp_path):
    load(tmp_path, sources=[SPOKESMAN | {"description": None, "aliases": None}])

    assert Source.objects.get().description == ""


def test_rows_that_are_not_in_the_bundle_stay(tmp_path):
    load(tmp_path, **WORLD)

    load(tmp_path, sources=[MINISTRY])

    assert Statement.objects.count() == 1
    assert Source.objects.count() == 2


def test_citation_that_is_not_in_the_bundle_stays(tmp_path):
    load(tmp_path, **WORLD)
    make_citation(statement=Statement.objects.get(), document=Document.objects.get(slug="report"))

    load(tmp_path, **WORLD)

    assert Citation.objects.count() == 2


def test_citation_is_matched_by_its_document(tmp_path):
    load(tmp_path, **WORLD)
    citation = Citation.objects.get()

    changed = DENIAL | {"citations": [{"document": "readout", "quote": "It is shut."}]}
    load(tmp_path, statements=[changed])

    citation.refresh_from_db()
    assert citation.quote == "It is shut."
    assert Statement.objects.get().version == 1


def test_citation_of_this_bundle_may_be_via_one_that_is_there(tmp_path):
    load(tmp_path, **WORLD)

    load(
        tmp_path,
        statements=[DENIAL | {"citations": [{"document": "report", "via": "readout"}]}],
    )

    assert Citation.objects.get(document__slug="report").via.document.slug == "readout"


def test_topics_of_a_claim_are_those_of_the_bundle(tmp_path):
    load(tmp_path, claims=[CLAIM | {"topics": ["Roads", "Trade"]}])

    load(tmp_path, claims=[CLAIM | {"topics": ["Trade", "Aid"]}])

    assert {topic.name for topic in Claim.objects.get().topics.all()} == {"Trade", "Aid"}
    assert Topic.objects.count() == 3


def test_order_of_topics_is_no_change(tmp_path):
    load(tmp_path, claims=[CLAIM | {"topics": ["Roads", "Trade"]}])

    assert load(tmp_path, claims=[CLAIM | {"topics": ["Trade", "Roads"]}]).changes_nothing()


def test_topic_is_found_by_its_name(tmp_path):
    topic = make_topic(name="Roads", slug="the-roads")

    load(tmp_path, claims=[CLAIM | {"topics": ["Roads"]}])

    assert Claim.objects.get().topics.get() == topic


def test_new_topics_get_slugs_of_their_own(tmp_path):
    make_topic(name="elsewhere", slug="roads")

    load(tmp_path, claims=[CLAIM | {"topics": ["Roads", "roads!", "Ճանապարհ", "Élan"]}])

    slugs = dict(Topic.objects.values_list("name", "slug"))
    assert slugs["Roads"].startswith("roads-")
    assert slugs["roads!"].startswith("roads-")
    assert slugs["Ճանապարհ"].startswith("topic-")
    assert slugs["Élan"] == "elan"


def test_draft_that_the_bundle_brings_is_published(tmp_path):
    make_source(slug="spokesman", name="The Spokesman", review_state="draft")

    report = load(tmp_path, sources=[SPOKESMAN])

    assert Source.objects.public().get().slug == "spokesman"
    assert "review state: 1 (spokesman)" in report.summary()


def test_retired_row_stays_retired_and_is_named(tmp_path):
    load(tmp_path, **WORLD)
    Statement.objects.update(review_state="retired")

    report = load(tmp_path, **WORLD)

    assert not Statement.objects.public().exists()
    assert "left alone: denial" in report.summary()


def test_text_of_a_document_survives_an_import(tmp_path):
    make_document(slug="readout", kind="readout", title="Old", text="private words")

    load(tmp_path, documents=[READOUT])

    assert Document.objects.get().text == "private words"


def test_statement_without_key_gets_the_slug_of_the_database(tmp_path):
    keyless = {name: value for name, value in DENIAL.items() if name != "key"}

    load(tmp_path, **WORLD | {"statements": [keyless, keyless | {"order": 2}]})

    assert set(Statement.objects.values_list("slug", flat=True)) == {
        "spokesman--road-is-open--2023-09-07",
        "spokesman--road-is-open--2023-09-07--2",
    }
    assert load(
        tmp_path, **WORLD | {"statements": [keyless, keyless | {"order": 2}]}
    ).changes_nothing()


@pytest.mark.parametrize("said", ["", "2023", "2023-09-07/..", "../2023-09", "2023-09-07~"])
@pytest.mark.parametrize("length", [5, 90, 96, 97, 98, 200])
@pytest.mark.parametrize("order", [0, 7, 12345])
def test_default_slug_is_what_the_database_makes(tmp_path, said, length, order):
    source, claim = "s" * length, "c" * length
    statement = {"claim": claim, "source": source, "stance": "asserts", "order": order}

    load(
        tmp_path,
        sources=[SPOKESMAN | {"key": source}],
        claims=[CLAIM | {"key": claim}],
        statements=[statement | {"said": said or None}],
    )

    made = Statement.objects.get()
    assert made.slug == made.default_slug()


def test_merged_key_means_its_survivor(tmp_path):
    survivor = make_source(slug="survivor")
    make_source(slug="spokesman", merged_into=survivor, review_state="retired")

    report = load(tmp_path, **WORLD)

    assert Statement.objects.get().source == survivor
    assert "left alone: spokesman" in report.summary()


def test_statement_without_key_keeps_its_slug_when_its_source_is_merged(tmp_path):
    keyless = {name: value for name, value in DENIAL.items() if name != "key"}
    load(tmp_path, **WORLD | {"statements": [keyless]})
    survivor = make_source(slug="survivor")
    Statement.objects.update(source=survivor)
    Source.objects.filter(slug="spokesman").update(review_state="retired", merged_into=survivor)

    assert load(tmp_path, **WORLD | {"statements": [keyless]}).changes_nothing()


def test_affiliation_that_a_merge_made_a_twin_is_left_alone(tmp_path):
    make_source(slug="survivor")
    bundle = {
        "sources": [SPOKESMAN, MINISTRY],
        "affiliations": [
            {"member": "spokesman", "body": "ministry"},
            {"member": "survivor", "body": "ministry"},
            {"member": "spokesman", "body": "survivor"},
        ],
    }
    Source.objects.create(
        slug="spokesman",
        kind="person",
        name="x",
        review_state="retired",
        merged_into=Source.objects.get(slug="survivor"),
    )

    load(tmp_path, **bundle)

    assert Affiliation.objects.count() == 1
    assert load(tmp_path, **bundle).changes_nothing()


# A statement that cites two documents, which are merged below, and a third.
CITED_BOTH = {
    "sources": [SPOKESMAN, MINISTRY],
    "documents": [READOUT, REPORT, REPORT | {"key": "copy"}],
    "claims": [CLAIM],
    "statements": [
        DENIAL
        | {
            "citations": [
                {"document": READOUT["key"], "quote": "Not so."},
                {"document": "copy", "via": READOUT["key"], "quote": "Not so."},
                {"document": REPORT["key"], "via": "copy", "quote": "It is not so."},
            ]
        }
    ],
}


@pytest.fixture
def merged_documents(tmp_path):
    load(tmp_path, **CITED_BOTH)
    merge(
        loser=Document.objects.get(slug="copy"),
        survivor=Document.objects.get(slug=READOUT["key"]),
        user=make_user(),
        reason="The same.",
    )


def chains():
    rows = Citation.objects.order_by("document__slug")
    return list(rows.values_list("document__slug", "via__document__slug", "quote"))


def test_citations_that_a_merge_made_one_are_left_alone(tmp_path, merged_documents):
    assert load(tmp_path, **CITED_BOTH).changes_nothing()


def test_a_new_statement_cites_merged_documents_once(tmp_path, merged_documents):
    as_merged = chains()
    Citation.objects.update(via=None)
    Citation.objects.all().delete()
    Statement.objects.all().delete()

    load(tmp_path, **CITED_BOTH)

    assert chains() == as_merged
    assert len(as_merged) == 2


def test_affiliation_is_matched_by_member_body_role_and_since(tmp_path):
    row = {"member": "spokesman", "body": "ministry", "role": "head", "since": "2020"}
    load(tmp_path, sources=[SPOKESMAN, MINISTRY], affiliations=[row])

    load(
        tmp_path,
        affiliations=[row | {"until": "2022"}, row | {"since": "2023", "speaks_for": True}],
    )

    assert list(Affiliation.objects.order_by("since").values_list("since", "until")) == [
        ("2020", "2022"),
        ("2023", ""),
    ]


def test_period_may_end_where_the_next_begins_in_the_same_import(tmp_path):
    member, body = make_source(slug="spokesman"), make_source(slug="ministry")
    make_affiliation(member=member, body=body, since="2020")
    row = {"member": "spokesman", "body": "ministry"}

    load(
        tmp_path,
        affiliations=[row | {"since": "2020", "until": "2021"}, row | {"since": "2022"}],
    )

    assert Affiliation.objects.count() == 2


def test_symmetric_relation_is_found_from_either_side(tmp_path):
    a, b = make_claim(slug="a"), make_claim(slug="b")
    make_relation(from_claim=a, to_claim=b, kind="contradicts")

    load(tmp_path, relations=[{"from": "b", "kind": "contradicts", "to": "a", "rationale": "So."}])

    relation = Relation.objects.get()
    assert (relation.from_claim, relation.rationale) == (a, "So.")


def test_references_may_lead_to_what_is_in_the_database_only(tmp_path):
    make_source(slug="spokesman")
    make_claim(slug="road-is-open")
    make_document(slug="readout")

    load(tmp_path, statements=[DENIAL])

    assert Statement.objects.public().count() == 1


def test_citation_may_refer_to_a_draft_and_does_not_publish_it(tmp_path):
    make_document(slug="readout", review_state="draft")

    load(tmp_path, sources=[SPOKESMAN], claims=[CLAIM], statements=[DENIAL])

    assert Citation.objects.count() == 1
    assert not Citation.objects.public().exists()


def test_history_says_which_import_a_change_came_from(tmp_path):
    load(tmp_path / "north", sources=[SPOKESMAN])

    event = apps.get_model("sources.SourceEvent").objects.get()
    assert event.pgh_context.metadata == {"user": None, "reason": "import_bundle north"}


def test_statement_that_is_there_may_move_to_another_claim(tmp_path):
    load(tmp_path, **WORLD)

    moved = DENIAL | {"claim": "other"}
    load(tmp_path, claims=[CLAIM | {"key": "other"}], statements=[moved])

    assert Statement.objects.get().claim.slug == "other"


def test_dry_run_shows_the_difference_and_writes_nothing(tmp_path):
    load(tmp_path, **WORLD)
    before, events = rows(), count_of_events()
    changed = WORLD | {
        "sources": [SPOKESMAN | {"name": "The Voice"}, MINISTRY],
        "claims": [CLAIM, {"key": "closed", "kind": "fact", "text": "It is closed."}],
    }

    report = import_bundle(folder=write(tmp_path, **changed), dry_run=True)

    summary = " ".join(report.summary().split())
    assert "sources 0 new 1 changed 1 unchanged name: 1 (spokesman)" in summary
    assert "claims 1 new 0 changed 1 unchanged" in summary
    assert "nothing was written" in summary
    assert rows() == before
    assert count_of_events() == events


def test_dry_run_and_import_give_the_same_figures(tmp_path):
    folder = write(tmp_path, **WORLD)

    dry = import_bundle(folder=folder, dry_run=True)
    real = import_bundle(folder=folder)

    assert dry.files == real.files


def test_statement_of_a_claim_that_stops_being_a_demand_may_change_with_it(tmp_path):
    demand = CLAIM | {"kind": "demand"}
    load(
        tmp_path,
        **WORLD | {"claims": [demand], "statements": [DENIAL | {"denies_what": "proposal"}]},
    )

    load(tmp_path, **WORLD)

    assert Claim.objects.get().kind == "fact"


def test_text_may_hold_what_other_programs_take_for_the_end_of_a_line(tmp_path):
    row = b'{"key": "s", "kind": "person", "name": "A", "description": "x\\u0085y\\u2028z"}\n'

    load(tmp_path, sources=row)

    assert Source.objects.get().description == "x\x85y\u2028z"


def test_last_line_needs_no_line_feed(tmp_path):
    load(tmp_path, sources=b'{"key": "s", "kind": "person", "name": "A"}')

    assert Source.objects.count() == 1


def test_missing_file_is_an_empty_one(tmp_path):
    assert load(tmp_path, sources=b"").changes_nothing()


def test_other_files_in_the_folder_are_nobodys_business(tmp_path):
    (tmp_path / "README.md").write_text("Read me.")
    (tmp_path / "expected.json").write_text("{}")

    load(tmp_path, sources=[SPOKESMAN])

    assert Source.objects.count() == 1
    assert make_statement(source=Source.objects.get())
