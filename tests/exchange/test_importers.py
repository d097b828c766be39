"""With whose rights an import writes: what is a draft, what waits for review, what is shown."""

import pytest
from django.conf import settings as project
from django.contrib.auth.models import Permission

from claims.exchange.importing import Bundle, import_given, importer_for, may_import
from claims.exchange.problems import BundleError
from claims.exchange.proposing import MOST
from claims.models import Citation, Claim, Proposal, Relation, Statement, Topic
from sources.models import Document, Source
from tests.exchange.bundles import CLAIM, DENIAL, SPOKESMAN, WORLD, write
from tests.exchange.sheets import ROW, SAID, load
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora():
    return importer_for(make_user("dora", group="contributors"), publish=True)


@pytest.fixture
def ada():
    return make_user("ada")


def bundle(folder, importer, **files):
    return import_given(given=Bundle(write(folder, **files)), importer=importer)


def states():
    return {
        row.review_state
        for model in (Source, Document, Claim, Statement)
        for row in model.objects.all()
    }


# Who may ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "may"),
    [("contributors", True), ("editors", True), ("administrators", True), ("analysts", False)],
)
def test_who_may_import(group, may):
    assert may_import(make_user("eve", group=group)) is may


def test_who_may_not_add_one_kind_of_row_does_not_import():
    user = make_user("dora", group="contributors")
    user.groups.get().permissions.remove(Permission.objects.get(codename="add_document"))

    assert not may_import(user)


# Drafts and what is published ---------------------------------------------------------------------


def test_what_a_contributor_imports_is_drafts(tmp_path, dora):
    load(tmp_path, ROW, importer=dora)

    assert states() == {"draft"}


def test_what_an_editor_imports_is_drafts_unless_he_publishes(tmp_path, ada):
    load(tmp_path, ROW, importer=importer_for(ada, publish=False))
    assert states() == {"draft"}

    load(tmp_path, ROW, importer=importer_for(ada, publish=True))
    assert states() == {"published"}


def test_history_names_who_imported(tmp_path, dora):
    load(tmp_path, ROW, importer=dora)

    context = Statement.pgh_event_models["insert"].objects.get().pgh_context.metadata
    assert (context["user"], context["reason"]) == (dora.user.pk, "Import of statements.csv")


def test_a_draft_that_a_contributor_imports_again_changes_and_stays_a_draft(tmp_path, dora):
    make_source(slug="spokesman", name="Old", review_state="in_review")

    load(tmp_path, {"source": "spokesman", "source_name": "New"}, importer=dora)

    source = Source.objects.get()
    assert (source.name, source.review_state) == ("New", "in_review")


def test_a_draft_may_be_of_what_readers_see(tmp_path, dora):
    make_source(slug="spokesman")
    make_claim(slug="road-is-open")
    make_document(slug="readout")

    load(tmp_path, SAID, importer=dora)

    assert Statement.objects.get().review_state == "draft"
    assert not Proposal.objects.exists()


def test_an_editor_changes_what_readers_see_without_publishing_drafts(tmp_path, ada):
    make_source(slug="spokesman", name="Old")
    draft = make_claim(slug="road-is-open", review_state="draft", text="Old.", kind="event")

    load(tmp_path, ROW, importer=importer_for(ada, publish=False))

    draft.refresh_from_db()
    assert Source.objects.get().name == "The Spokesman"
    assert (draft.text, draft.review_state) == ("The road is open.", "draft")
    assert not Proposal.objects.exists()


def test_a_published_statement_keeps_a_published_claim_whoever_imports(tmp_path, ada):
    make_statement(slug="denial")
    make_claim(slug="hidden", review_state="draft")

    with pytest.raises(
        BundleError, match=r'2: claim: "hidden" is a draft in the database\. Publish'
    ):
        load(
            tmp_path,
            {"statement": "denial", "claim": "hidden"},
            importer=importer_for(ada, publish=False),
        )


def test_with_a_second_pair_of_eyes_nobody_publishes_by_importing(tmp_path, ada, settings):
    settings.SECOND_PAIR_OF_EYES = True
    make_source(slug="spokesman", name="Old")

    load(tmp_path, ROW, importer=importer_for(ada, publish=True))

    assert Source.objects.get().name == "Old"
    assert Claim.objects.get().review_state == "draft"
    assert Proposal.objects.get().target == Source.objects.get()


def test_what_is_retired_is_left_alone(tmp_path, dora):
    make_source(slug="spokesman", name="Old", review_state="retired")

    report = load(tmp_path, {"source": "spokesman", "source_name": "New"}, importer=dora)

    assert Source.objects.get().name == "Old"
    assert report.files["sources"].left == 1


# What waits for review ----------------------------------------------------------------------------


def test_changes_of_what_readers_see_wait_for_review(tmp_path, dora):
    source = make_source(slug="spokesman", name="Old", kind="person")

    report = load(tmp_path, {"source": "spokesman", "source_name": "New"}, importer=dora)

    source.refresh_from_db()
    proposal = Proposal.objects.get()
    assert source.name == "Old"
    assert (proposal.target, proposal.fields) == (source, {"name": "New"})
    assert (proposal.author, proposal.note) == (dora.user, "Import of statements.csv")
    assert (report.files["sources"].proposed, report.files["sources"].changed) == (1, 0)


def test_the_same_import_again_proposes_nothing_twice(tmp_path, dora):
    make_source(slug="spokesman", name="Old")

    for _ in range(2):
        load(tmp_path, {"source": "spokesman", "source_name": "New"}, importer=dora)

    assert Proposal.objects.count() == 1


def test_topics_and_references_are_proposed_as_rows(tmp_path, dora):
    publisher = make_source(slug="mfa")
    make_claim(slug="road-is-open", text="The road is open.", kind="fact")
    make_document(slug="readout", kind="readout", title="Readout of the call")

    load(
        tmp_path,
        {
            "claim": "road-is-open",
            "claim_topics": "roads",
            "document": "readout",
            "document_publisher": "mfa",
        },
        importer=dora,
    )

    claim, document = Proposal.objects.order_by("target_type__model")
    assert claim.fields == {"topics": [Topic.objects.get(name="roads").pk]}
    assert document.fields == {"publisher": publisher.pk}
    assert not Claim.objects.get().topics.exists()


def test_a_statement_and_its_citations_are_one_proposal(tmp_path, dora):
    statement = make_statement(slug="denial", note="Old")
    cited = make_citation(statement=statement, quote="Old")
    document = make_document(slug="report")

    load(
        tmp_path,
        {"statement": "denial", "note": "New", "document": cited.document.slug, "quote": "New"},
        {"statement": "denial", "document": "report", "quote": "Added"},
        importer=dora,
    )

    fields = Proposal.objects.get().fields
    changed, added = fields["citations"]
    assert (fields["note"], changed) == ("New", {"id": cited.pk, "quote": "New"})
    assert (added["document"], added["quote"], "id" in added) == (document.pk, "Added", False)
    assert Citation.objects.get().quote == "Old"


def test_a_citation_alone_is_a_proposal_of_its_statement(tmp_path, dora):
    statement = make_statement(slug="denial")
    make_document(slug="report")

    load(tmp_path, {"statement": "denial", "document": "report"}, importer=dora)

    proposal = Proposal.objects.get()
    assert proposal.target == statement
    assert [each["document"] for each in proposal.fields["citations"]] == [
        Document.objects.get().pk
    ]


def test_a_citation_in_a_new_document_waits_for_its_statement_and_the_document_is_a_draft(
    tmp_path, dora
):
    make_statement(slug="denial")

    load(
        tmp_path,
        {
            "statement": "denial",
            "document": "new",
            "document_kind": "article",
            "document_title": "New",
        },
        importer=dora,
    )

    assert Document.objects.get().review_state == "draft"
    assert Proposal.objects.get().fields["citations"][0]["document"] == Document.objects.get().pk


def test_a_chain_of_new_citations_of_what_readers_see_is_refused_by_row(tmp_path, dora):
    make_statement(slug="denial")
    make_document(slug="a")
    make_document(slug="b")

    with pytest.raises(BundleError, match=r"statements\.csv:3: via: readers see this statement"):
        load(
            tmp_path,
            {"statement": "denial", "document": "a"},
            {"statement": "denial", "document": "b", "via": "a"},
            importer=dora,
        )

    assert not Proposal.objects.exists()


def test_relations_and_affiliations_between_what_readers_see_wait(tmp_path, dora):
    make_claim(slug="a")
    make_claim(slug="b")
    make_source(slug="bea")
    make_source(slug="mfa", kind="state")

    bundle(
        tmp_path,
        dora,
        relations=[{"from": "a", "kind": "contradicts", "to": "b"}],
        affiliations=[{"member": "bea", "body": "mfa", "role": "minister"}],
    )

    assert not Relation.objects.exists()
    assert sorted(each.target_type.model for each in Proposal.objects.all()) == [
        "affiliation",
        "relation",
    ]
    assert {each.deed for each in Proposal.objects.all()} == {"add"}


def test_changes_of_relations_and_affiliations_wait_too(tmp_path, dora):
    relation = make_relation(from_claim=make_claim(slug="a"), to_claim=make_claim(slug="b"))
    affiliation = make_affiliation(
        member=make_source(slug="bea"), body=make_source(slug="mfa", kind="state"), role="minister"
    )

    bundle(
        tmp_path,
        dora,
        relations=[{"from": "a", "kind": "contradicts", "to": "b", "rationale": "Why."}],
        affiliations=[{"member": "bea", "body": "mfa", "role": "minister", "until": "2024"}],
    )

    assert {proposal.target for proposal in Proposal.objects.all()} == {relation, affiliation}


def test_a_relation_of_a_draft_is_written(tmp_path, dora):
    make_claim(slug="a")

    bundle(
        tmp_path,
        dora,
        claims=[CLAIM],
        relations=[{"from": "a", "kind": "negates", "to": CLAIM["key"]}],
    )

    assert Relation.objects.count() == 1
    assert not Proposal.objects.exists()


def test_what_cannot_be_proposed_is_refused_by_row(tmp_path, dora):
    make_statement(slug="denial", stance="denies", denies_what="fact")

    with pytest.raises(
        BundleError, match=r"statements\.csv:2: denies_what: \"fact\": Only a denial"
    ):
        load(tmp_path, {"statement": "denial", "stance": "asserts"}, importer=dora)


def test_more_proposals_than_anybody_reads_are_refused(tmp_path, dora):
    rows = [make_source(slug=f"s{n}", name="Old") for n in range(MOST + 1)]

    with pytest.raises(BundleError, match="more than 100 rows that readers see would change"):
        load(tmp_path, *({"source": row.slug, "source_name": "New"} for row in rows), importer=dora)

    assert not Proposal.objects.exists()


def test_a_dry_run_proposes_nothing(tmp_path, dora):
    make_source(slug="spokesman", name="Old")

    report = load(
        tmp_path, {"source": "spokesman", "source_name": "New"}, importer=dora, dry_run=True
    )

    assert report.files["sources"].proposed == 1
    assert not Proposal.objects.exists()


# What was shown is what is written ----------------------------------------------------------------


def test_only_what_was_shown_is_imported(tmp_path, ada):
    importer = importer_for(ada, publish=True)
    make_source(slug="spokesman", name="Old")
    shown = load(tmp_path, ROW, importer=importer, dry_run=True)
    Source.objects.update(name="Other")

    second = load(tmp_path, ROW, importer=importer, only=shown.mark)

    assert second.dry_run and second.mark != shown.mark
    assert Source.objects.get().name == "Other"
    assert not load(tmp_path, ROW, importer=importer, only=second.mark).dry_run


def test_what_others_do_elsewhere_is_no_other_difference(tmp_path, ada):
    importer = importer_for(ada, publish=True)
    shown = load(tmp_path, ROW, importer=importer, dry_run=True)
    make_statement()

    assert not load(tmp_path, ROW, importer=importer, only=shown.mark).dry_run


def test_details_have_the_values_before_and_after(tmp_path, ada):
    make_source(slug="spokesman", name="Old", aliases=["A"])
    make_document(slug="readout", publisher=make_source(slug="mfa"))
    row = ROW | {
        "source_aliases": "A | B",
        "document_publisher": "spokesman",
        "claim_topics": "roads",
    }

    report = load(
        tmp_path, row, importer=importer_for(ada, publish=True), dry_run=True, in_detail=True
    )

    shown = {each.file.name: each.rows for each in report.changes}
    [source] = shown["sources"]["changed"]
    [document] = shown["documents"]["changed"]
    [claim] = shown["claims"]["new"]
    assert (source.line, source.name) == (2, "spokesman")
    assert ("name", "Old", "The Spokesman") in source.fields
    assert ("aliases", "A", "A | B") in source.fields
    assert ("publisher", "mfa", "spokesman") in document.fields
    assert claim.words == "The road is open."


def test_a_bundle_is_imported_with_the_same_rights(tmp_path, dora):
    make_source(slug="spokesman", name="Old", kind="person")

    bundle(tmp_path, dora, **WORLD)

    assert Statement.objects.get().review_state == "draft"
    assert Proposal.objects.get().fields == {"name": SPOKESMAN["name"]}


def test_the_command_publishes_as_ever(tmp_path):
    import_given(given=Bundle(write(tmp_path, **WORLD | {"statements": [DENIAL]})))

    assert states() == {"published"}
    assert project.SECOND_PAIR_OF_EYES is False
