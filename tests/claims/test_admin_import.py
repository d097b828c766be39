"""The pages that import: choose a file, look at what it would change, apply just that."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from claims.admin import importing
from claims.exchange import checking
from claims.models import Claim, Proposal, Statement, Upload
from sources import limited, web_pages
from sources.models import Document, Source
from tests.desk import act, log_in, said
from tests.exchange.bundles import WORLD, write
from tests.exchange.sheets import ROW, SAID, as_csv
from tests.exchange.test_uploads import zipped
from tests.factories import make_citation, make_document, make_source, make_statement, make_user

pytestmark = pytest.mark.django_db

CHOOSE, LOOK, TEMPLATE, FINDINGS = (
    f"/admin/import/{page}" for page in ("", "look/", "statements.csv", "findings.csv")
)


@pytest.fixture
def editor(client):
    log_in(client)
    return client


@pytest.fixture
def contributor(client):
    log_in(client, "dora", group="contributors")
    return client


def choose(client, *rows, content=None, name="statements.csv", **more):
    """Send a file, and return the page that shows what it would change."""
    file = SimpleUploadedFile(name, as_csv(*rows) if content is None else content)
    return client.post(CHOOSE, {"file": file, **more}, follow=True)


def apply(client, shown):
    return client.post(LOOK, {"mark": shown.context["report"].mark}, follow=True)


def text(response):
    return response.content.decode()


def test_looking_writes_nothing_and_shows_what_is_new(editor):
    shown = choose(editor, ROW)

    assert "The road is open." in text(shown)
    assert not Source.objects.exists()


def test_what_changes_is_shown_field_by_field_before_and_after(editor):
    make_source(slug="spokesman", name="The Old Name")

    shown = text(choose(editor, ROW))

    assert '<del dir="auto">The Old Name</del> <ins dir="auto">The Spokesman</ins>' in shown


def test_applying_writes_what_was_shown(editor):
    answer = apply(editor, choose(editor, ROW))

    assert said(answer).startswith("Imported statements.csv: 5 new. <a href=")
    assert Statement.objects.get().review_state == "draft"
    assert not Upload.objects.exists()


def test_an_editor_publishes_by_choice(editor):
    apply(editor, choose(editor, ROW, publish="on"))

    assert Statement.objects.get().review_state == "published"


def test_a_contributor_is_not_asked_and_a_forged_tick_publishes_nothing(contributor):
    assert "publish" not in contributor.get(CHOOSE).context["form"].fields

    apply(contributor, choose(contributor, ROW, publish="on"))

    assert Statement.objects.get().review_state == "draft"


def test_what_readers_see_waits_for_review_when_a_contributor_imports(contributor):
    make_source(slug="spokesman", name="Old")

    shown = choose(contributor, {"source": "spokesman", "source_name": "New"})
    answer = apply(contributor, shown)

    assert "Change once an editor accepts it" in text(shown)
    assert said(answer).startswith("Imported statements.csv: 1 waiting for review. <a")
    assert (Source.objects.get().name, Proposal.objects.count()) == ("Old", 1)


def test_an_editor_who_became_a_contributor_meanwhile_publishes_nothing(editor):
    shown = choose(editor, ROW, publish="on")
    ada = Upload.objects.get().user
    ada.groups.clear()
    ada.groups.add(make_user("dora", group="contributors").groups.get())

    apply(editor, shown)

    assert set(Statement.objects.values_list("review_state", flat=True)) <= {"draft"}


def test_what_somebody_wrote_since_is_shown_and_nothing_is_imported(editor):
    make_source(slug="spokesman", name="Old")
    shown = choose(editor, ROW)
    Source.objects.update(name="Newer")

    answer = apply(editor, shown)

    assert "Somebody wrote here since you looked" in text(answer)
    assert '<del dir="auto">Newer</del>' in text(answer)
    assert not Claim.objects.exists()
    assert said(apply(editor, answer)).startswith("Imported")


@pytest.mark.parametrize("mark", ["", "x", "\0"])
def test_a_forged_mark_imports_nothing(editor, mark):
    choose(editor, ROW)

    answer = editor.post(LOOK, {"mark": mark})

    assert "Somebody wrote here since you looked" in text(answer)
    assert not Claim.objects.exists()


def test_errors_are_listed_by_file_row_and_column(editor):
    shown = text(choose(editor, ROW | {"stance": "shrugs"}))

    assert "statements.csv:2: stance: &quot;shrugs&quot; is not one of asserts" in shown
    assert "Choose the corrected file" in shown


def test_a_file_with_a_name_of_markup_is_shown_as_text(editor):
    shown = text(choose(editor, ROW | {"stance": "<b>"}, name="<script>.csv"))

    assert "<script>.csv" not in shown
    assert "<b>" not in shown


def test_a_zipped_bundle_is_imported(editor, tmp_path):
    folder = write(tmp_path, **WORLD)
    content = zipped({path.name: path.read_bytes() for path in folder.iterdir()})

    apply(editor, choose(editor, content=content, name="north.zip"))

    assert Statement.objects.count() == 1


def test_a_zip_that_climbs_out_of_its_folder_is_refused(editor):
    shown = choose(editor, content=zipped({"../claims.jsonl": b""}), name="b.zip")

    assert "is no file of a bundle" in text(shown)


def test_a_file_that_is_too_large_is_refused_and_not_kept(editor, monkeypatch):
    monkeypatch.setattr(importing, "LARGEST", 10)

    shown = choose(editor, ROW)

    assert "It is larger than" in text(shown)
    assert not Upload.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"file": "no file"}])
def test_without_a_file_the_form_says_so(editor, sent):
    answer = editor.post(CHOOSE, sent)

    assert "file" in answer.context["form"].errors


def test_a_second_file_takes_the_place_of_the_first(editor):
    choose(editor, ROW)
    choose(editor, ROW, name="other.csv")

    assert Upload.objects.get().name == "other.csv"


def test_a_page_is_parsed_when_it_is_sent_and_not_at_each_look(editor, monkeypatch):
    page = b'<p>x<script type="application/ld+json">' + REVIEW + b"</script>"
    choose(editor, content=page, name="page.html")
    monkeypatch.setattr(web_pages, "markup_of", None)

    assert "The road is shut." in text(editor.get(LOOK))
    assert Upload.objects.get().content.startswith(b"{")


def test_a_page_that_cannot_be_read_is_refused_where_it_is_sent(editor):
    page = b"<meta charset=punycode><p>x"

    assert "browsers do not know" in text(choose(editor, content=page, name="page.html"))
    assert not Upload.objects.exists()


def test_while_other_files_are_read_one_is_asked_to_try_again(editor, monkeypatch):
    monkeypatch.setattr(limited, "PLACES", 0)
    monkeypatch.setattr(limited, "WAIT", 0)

    shown = choose(editor, content=b"<p>x", name="page.html")

    assert "Try again in a minute" in text(shown)


def test_a_broken_page_is_said_to_hold_nothing(editor):
    shown = choose(editor, content=b"<![<![", name="page.html")

    assert shown.status_code == 200
    assert "no microdata" in text(shown)


def test_a_file_that_we_fail_on_can_be_discarded(editor, monkeypatch):
    def fail(*args, **kwargs):
        raise AssertionError("expected name token")

    monkeypatch.setattr(importing, "import_given", fail)
    shown = choose(editor, ROW)

    assert shown.status_code == 500
    assert 'name="discard"' in text(shown)
    editor.post(LOOK, {"discard": "1"})
    assert not Upload.objects.exists()


@pytest.mark.parametrize(("doubts", "asked"), [("readers_differ: 1", True), ("", False)])
def test_a_quote_from_a_page_in_doubt_is_asked_about_before_it_is_imported(editor, doubts, asked):
    make_document(slug="readout", text="It is open. It is not.", doubts=doubts)

    shown = choose(editor, ROW)

    assert ("I compared them with the document." in text(shown)) == asked
    assert (
        "It is from a page of &quot;readout&quot; whose text may differ" in text(shown)
    ) == asked
    if asked:
        apply(editor, shown)
        assert not Statement.objects.exists()
    mark = shown.context["report"].mark
    editor.post(LOOK, {"mark": mark, "confirm": "untrusted_text"}, follow=True)
    assert Statement.objects.get().citations.get().quote == "It is not."


def test_a_quote_that_is_here_is_not_asked_about_again(editor):
    choose_and_apply = apply(editor, choose(editor, ROW))
    assert said(choose_and_apply).startswith("Imported")
    Document.objects.update(text="It is not.", doubts="readers_differ: 1")

    assert "I compared them" not in text(choose(editor, SAID | {"note": "Aside."}))


def test_a_file_can_be_discarded(editor):
    choose(editor, ROW)

    editor.post(LOOK, {"discard": "1"})

    assert not Upload.objects.exists()


def test_a_file_is_its_owners_alone(editor, client):
    choose(editor, ROW)
    client.logout()
    log_in(client, "eve", group="editors")

    answer = client.get(LOOK, follow=True)

    assert said(answer) == "No file is kept any more: choose it again."


def test_a_file_is_kept_for_a_day(editor):
    choose(editor, ROW)
    Upload.objects.update(created_at=timezone.now() - timedelta(days=1))

    assert "choose it again" in said(editor.get(LOOK, follow=True))
    log_in(editor, "eve", group="editors")
    choose(editor, ROW)
    assert [upload.user.username for upload in Upload.objects.all()] == ["eve"]


def test_all_that_is_here_already_is_said(editor):
    apply(editor, choose(editor, ROW))

    shown = text(choose(editor, ROW))

    assert "All of it is here already." in shown
    assert 'value="Import it"' not in shown


def test_the_first_page_links_to_it_for_those_who_may(client):
    log_in(client)
    assert f'href="{CHOOSE}"' in text(client.get(reverse("admin:index")))

    log_in(client, "otto", group="analysts")
    assert f'href="{CHOOSE}"' not in text(client.get(reverse("admin:index")))


@pytest.mark.parametrize("address", [CHOOSE, LOOK, TEMPLATE, FINDINGS])
def test_who_may_not_add_rows_does_not_import(client, address):
    log_in(client, "otto", group="analysts")

    assert client.get(address).status_code == 403


def test_the_template_is_a_csv(editor):
    answer = editor.get(TEMPLATE)

    assert answer["Content-Disposition"] == 'attachment; filename="statements.csv"'
    assert len(answer.content.decode().splitlines()) == 3
    assert editor.get(f"{TEMPLATE}?for=spreadsheet").content == b"\xef\xbb\xbf" + answer.content


@pytest.mark.parametrize("address", [TEMPLATE, FINDINGS])
def test_an_unknown_use_of_a_download_is_refused_with_those_there_are(editor, address):
    answer = editor.get(f"{address}?for=excel")

    assert answer.status_code == 400
    assert "none of: spreadsheet" in answer.content.decode()


@pytest.mark.parametrize(
    ("action", "cell"), [("download_selected", "=1"), ("download_for_spreadsheets", "'=1")]
)
def test_selected_statements_are_downloaded_as_csv(editor, action, cell):
    statement = make_statement(slug="one", review_state="draft", note="=1")
    make_citation(statement=statement)
    make_statement(slug="other")

    answer = act(editor, Statement, action, [statement])

    content = b"".join(answer.streaming_content).decode()
    assert content.startswith("\ufeff") == (action == "download_for_spreadsheets")
    lines = content.removeprefix("\ufeff").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("one,") and f",{cell}," in lines[1]


REVIEW = (
    b'{"@type": "ClaimReview", "claimReviewed": "The road is shut.", "author": "Checks", '
    b'"reviewRating": {"ratingValue": 9}}'
)


def test_claim_reviews_become_drafts_whatever_is_ticked(editor):
    shown = choose(editor, content=REVIEW, name="review.jsonld", publish="on")
    apply(editor, shown)

    assert "New rows become drafts." in text(shown)
    assert Claim.objects.get().review_state == "draft"


def test_what_is_left_out_of_claim_reviews_is_shown(editor):
    shown = text(choose(editor, content=REVIEW, name="review.json"))

    assert "it is only a number, which is not imported" in shown


def test_many_errors_are_grouped_and_all_can_be_downloaded(editor):
    rows = [ROW | {"statement": f"s{n}", "stance": "shrugs"} for n in range(200)]

    shown = choose(editor, *rows, ROW | {"claim_kind": "rumour"})
    found = list(csv.DictReader(io.StringIO(text(editor.get(FINDINGS)).removeprefix("\ufeff"))))

    assert "<strong>200 ×</strong>" in text(shown)
    assert "&quot;rumour&quot; is not one of" in text(shown)
    assert f'href="{FINDINGS}"' in text(shown)
    assert len(found) == 201
    assert found[0]["place"] == "statements.csv:2"


def test_all_notes_can_be_downloaded(editor):
    shown = choose(editor, content=REVIEW, name="review.json")

    assert f'href="{FINDINGS}"' in text(shown)
    assert "it is only a number" in text(editor.get(FINDINGS))


@pytest.fixture
def asks(monkeypatch):
    """Have an import ask whether its claim is another's."""

    def run(checks):
        checks.problems.ask("like_claim", "claims", 2, "text", "It is like another.")

    monkeypatch.setattr(checking.Checks, "run", run)


def test_a_question_is_listed_and_one_tick_per_code_answers_it(editor, asks):
    shown = choose(editor, ROW)
    refused = apply(editor, shown)

    assert "statements.csv:2: claim_text: It is like another." in text(shown)
    assert "Answer the questions below" in text(refused)
    assert "Somebody wrote here" not in text(refused)
    assert not Claim.objects.exists()

    mark = refused.context["report"].mark
    answer = editor.post(LOOK, {"mark": mark, "confirm": "like_claim"}, follow=True)
    assert said(answer).startswith("Imported")


def test_the_preview_calls_the_rows_of_a_table_rows(editor):
    shown = choose(editor, ROW).content.decode()

    assert "row 2" in shown and "line 2" not in shown
