"""An import is undone as one batch: what it added goes, what it changed is as it was before."""

import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections
from django.urls import reverse

from claims.actions import propose
from claims.exchange import undoing
from claims.exchange.importing import Bundle, import_bundle, import_given, importer_for
from claims.exchange.problems import Answers
from claims.models import Citation, Claim, Import, Proposal, Rewording, Statement, Topic
from claims.positions import kept
from sources.models import Affiliation, Document, Source
from tests.desk import log_in, page
from tests.exchange.bundles import CLAIM, DENIAL, MINISTRY, SPOKESMAN, WORLD, load, write
from tests.factories import make_claim, make_source, make_statement, make_user, settle

pytestmark = pytest.mark.django_db

ALL = [Source, Affiliation, Document, Claim, Topic, Statement, Citation]


@pytest.fixture
def editor():
    return make_user("eve", group="editors")


def counts():
    return {model.__name__: model.objects.count() for model in ALL}


def dump():
    """Return all rows as the public sees them, without what the database keeps for itself."""
    fields = {
        Source: ["slug", "name", "kind", "aliases", "review_state"],
        Document: ["slug", "title", "url", "review_state"],
        Claim: ["slug", "text", "kind", "review_state", "topics__name"],
        Statement: ["slug", "claim__slug", "source__slug", "stance", "said", "review_state"],
        Citation: ["statement__slug", "document__slug", "quote", "via"],
    }
    return {
        model.__name__: list(model.objects.order_by(*names[:2]).values_list(*names))
        for model, names in fields.items()
    }


def last():
    return Import.objects.latest("pk")


def undo(user, done=None, reason="The wrong file."):
    made = undoing.undo(done=done or last(), user=user, reason=reason)
    settle()
    return made


# What it does -------------------------------------------------------------------------------------


def test_undoing_an_import_leaves_nothing_of_what_it_added(tmp_path, editor):
    load(
        tmp_path,
        **WORLD
        | {
            "claims": [CLAIM | {"topics": ["Roads"]}],
            "affiliations": [{"member": "spokesman", "body": "ministry", "role": "spokesperson"}],
        },
    )
    settle()
    assert all(counts().values())

    undo(editor)

    assert not any(counts().values())
    assert kept.check() == []


def test_undoing_an_import_writes_back_what_it_changed(tmp_path, editor):
    load(tmp_path, **WORLD | {"claims": [CLAIM | {"topics": ["Roads"]}]})
    settle()
    before = dump()
    load(
        tmp_path,
        **WORLD
        | {
            "sources": [SPOKESMAN | {"name": "The Voice", "aliases": ["Voice"]}, MINISTRY],
            "claims": [CLAIM | {"topics": ["Bridges"]}],
            "statements": [
                DENIAL | {"said": "2023-09-08"},
                DENIAL | {"key": "another", "source": "ministry"},
            ],
        },
    )
    settle()
    assert dump() != before

    undo(editor)

    assert dump() == before
    assert kept.check() == []


def test_what_was_imported_and_undone_can_be_imported_again(tmp_path, editor):
    load(tmp_path, **WORLD)
    first = dump()
    settle()
    undo(editor)

    load(tmp_path, **WORLD)

    assert dump() == first


def test_only_the_import_that_was_chosen_is_undone(tmp_path, editor):
    load(tmp_path / "a", **WORLD)
    first = last()
    load(tmp_path / "b", claims=[CLAIM | {"key": "other", "text": "The bridge is open."}])
    settle()

    undo(editor, first)

    assert [claim.slug for claim in Claim.objects.all()] == ["other"]


def test_undoing_a_rewording_writes_back_the_text_and_the_stances(tmp_path, editor):
    load(tmp_path, **WORLD)
    settle()
    write(tmp_path, claims=[CLAIM | {"text": "The road is not open."}])
    (tmp_path / "statements.jsonl").unlink()
    import_given(given=Bundle(tmp_path), answers=Answers(reworded="reverse"))
    settle()
    assert Statement.objects.get().stance == "asserts"

    undo(editor)

    assert Claim.objects.get().text == "The road is open."
    assert Statement.objects.get().stance == "denies"
    assert not Rewording.objects.exists()


def test_the_history_says_who_undid_an_import_and_why(tmp_path, editor):
    load(tmp_path, **WORLD)
    settle()

    made = undo(editor, reason="It was last year's file.")

    assert (made.undone_by, made.undone_because) == (editor, "It was last year's file.")
    events = Claim._meta.apps.get_model("claims.ClaimEvent").objects.order_by("pgh_id")
    gone = events.last()
    assert gone.pgh_label == "delete"
    assert gone.pgh_context.metadata["reason"] == "It was last year's file."
    assert gone.pgh_context.metadata["deed"].startswith("undid the import of")


def test_a_topic_that_other_claims_are_filed_under_by_now_stays(tmp_path, editor):
    load(tmp_path, **WORLD | {"claims": [CLAIM | {"topics": ["Roads"]}]})
    make_claim(text="Another.").topics.add(Topic.objects.get())
    settle()

    plan = undoing.undoing(last())
    undo(editor)

    assert plan.notes == ["Topics that other claims are filed under stay: Roads."]
    assert Topic.objects.get().name == "Roads"


def test_proposals_of_an_import_that_wait_are_refused_when_it_is_undone(tmp_path, editor):
    dora = make_user("dora", group="contributors")
    load(tmp_path, **WORLD)
    settle()
    write(tmp_path, sources=[SPOKESMAN | {"name": "The Voice"}, MINISTRY])
    import_given(given=Bundle(tmp_path), importer=importer_for(dora, publish=False))
    assert Proposal.objects.get().state == "waiting"

    undo(editor)

    assert Proposal.objects.get().state == "refused"
    assert Source.objects.get(slug="spokesman").name == "The Spokesman"


# What is refused ----------------------------------------------------------------------------------


def refusal(user, done=None):
    before = dump()
    with pytest.raises(ValidationError) as raised:
        undo(user, done)
    assert dump() == before
    return " ".join(raised.value.messages)


def test_an_import_isnt_undone_where_somebody_changed_a_row_since(tmp_path, editor):
    load(tmp_path, **WORLD)
    settle()
    Claim.objects.update(text="The road is wide open.")
    settle()

    assert "Changed since: claim “The road is wide open.”" in refusal(editor)


def test_an_import_isnt_undone_where_a_row_was_deleted_that_it_changed(tmp_path, editor):
    source = make_source(slug="spokesman", kind="person", name="Somebody")
    load(tmp_path, sources=[SPOKESMAN])
    settle()
    source.delete()

    assert "Changed since: source “The Spokesman”" in refusal(editor)


def test_an_import_is_undone_where_a_row_is_gone_that_it_added(tmp_path, editor):
    load(tmp_path, **WORLD)
    settle()
    Statement.objects.all().delete()
    settle()

    undo(editor)

    assert not Claim.objects.exists()


def test_an_import_isnt_undone_where_another_row_refers_to_what_it_added(tmp_path, editor):
    load(tmp_path, **WORLD)
    settle()
    make_statement(claim=Claim.objects.get(), source=make_source(name="A witness"))
    settle()

    assert "These refer to rows that would go: statement “A witness" in refusal(editor)


@pytest.mark.parametrize("about", ["the row", "another that would name it", "a part"])
def test_an_import_isnt_undone_where_a_proposal_waits_that_is_about_its_rows(
    tmp_path, editor, about
):
    dora = make_user("dora", group="contributors")
    other = make_statement(claim=make_claim(text="Other."), source=make_source(name="Wit"))
    load(tmp_path, **WORLD)
    settle()
    source = Source.objects.get(slug="spokesman")
    if about == "the row":
        propose(target=source, fields={"name": "The Voice"}, author=dora)
    elif about == "a part":
        document = Document.objects.get(slug="readout")
        propose(target=other, fields={"citations": [{"document": document.pk}]}, author=dora)
    else:
        propose(target=other, fields={"source": source.pk}, author=dora)

    assert "These refer to rows that would go: proposal “Proposal by dora" in refusal(editor)


def test_undoing_a_rewording_leaves_what_was_noted_of_another(tmp_path, editor):
    load(tmp_path, **WORLD)
    settle()
    texts = {"before": "The road is open.", "after": "The road is not open."}
    claim = Claim.objects.get()
    noted = Rewording.objects.create(claim=claim, answer="reverse", statements=1, **texts)
    write(tmp_path, claims=[CLAIM | {"text": "The road is not open."}])
    (tmp_path / "statements.jsonl").unlink()
    import_given(given=Bundle(tmp_path), answers=Answers(reworded="reverse"))
    settle()

    undo(editor)

    assert Rewording.objects.get() == noted


def test_an_import_is_undone_once(tmp_path, editor):
    load(tmp_path, **WORLD)
    settle()
    done = last()
    undo(editor, done)

    assert "It was undone already, by eve" in refusal(editor, done)


def test_a_contributor_cant_undo_an_import(tmp_path):
    load(tmp_path, **WORLD)

    with pytest.raises(PermissionDenied):
        undo(make_user("dora", group="contributors"))


def test_undoing_asks_why(tmp_path, editor):
    load(tmp_path, **WORLD)
    settle()

    with pytest.raises(ValidationError, match="Say why"):
        undo(editor, reason="  ")


def test_an_import_that_changed_nothing_isnt_listed(tmp_path):
    load(tmp_path, **WORLD)
    load(tmp_path, **WORLD)

    assert Import.objects.count() == 1


def test_a_dry_run_isnt_listed(tmp_path):
    import_bundle(folder=write(tmp_path, **WORLD), dry_run=True)

    assert not Import.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_edit_at_the_same_moment_is_never_lost(tmp_path, editor):
    """Whichever comes first: the edit stands and the undoing is refused, or the row is gone."""
    load(tmp_path, **WORLD)
    done, result = last(), {}

    def edit():
        try:
            result["edited"] = Claim.objects.filter(slug=CLAIM["key"]).update(text="Edited.")
        finally:
            connections.close_all()

    # The undoing holds the rows and has looked at them when the edit comes.
    plain = undoing.undoing
    thread = threading.Thread(target=edit)

    def look(done):
        plan = plain(done)
        thread.start()
        return plan

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(undoing, "undoing", look)
        undoing.undo(done=done, user=editor, reason="R.")
    thread.join()

    assert result["edited"] == 0
    assert not Claim.objects.exists()


# The pages ----------------------------------------------------------------------------------------


def test_an_editor_finds_an_import_and_undoes_it(client, tmp_path):
    load(tmp_path, **WORLD)
    settle()
    log_in(client)
    listed = client.get(reverse("admin:claims_import_changelist")).content.decode()
    assert tmp_path.name in listed and "the command line" in listed
    assert "claims: 1 new" in listed
    shown = client.get(page(last())).content.decode()
    assert (address := page(last(), "undo")) in shown

    looked = client.get(address).content.decode()
    assert "1 statement is deleted" in looked and "The road is open." in looked
    answer = client.post(address, {"reason": "The wrong file."}, follow=True)

    assert "is undone. All is as it was before it." in answer.content.decode()
    assert not Claim.objects.exists()
    assert "Undo this import" not in client.get(page(last())).content.decode()


def test_a_contributor_sees_imports_and_isnt_offered_to_undo_them(client, tmp_path):
    load(tmp_path, **WORLD)
    log_in(client, "dora", group="contributors")

    assert "Undo this import" not in client.get(page(last())).content.decode()
    assert "ask an editor" in client.get(page(last(), "undo")).content.decode()
    assert client.post(page(last(), "undo"), {"reason": "R."}).status_code == 403


def test_what_stands_in_the_way_is_shown_instead_of_the_form(client, tmp_path):
    load(tmp_path, **WORLD)
    settle()
    Claim.objects.update(text="The road is wide open.")
    settle()
    log_in(client)

    looked = client.get(page(last(), "undo")).content.decode()

    assert "Changed since: claim “The road is wide open.”" in looked
    assert 'name="reason"' not in looked
