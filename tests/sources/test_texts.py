"""The words of files that editors upload."""

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from claims.models import Proposal
from sources import limited
from sources.models import Document
from sources.texts import LONGEST_FILE, words_of
from tests.desk import errors, filled, log_in, page
from tests.factories import make_document
from tests.sources.pdf_files import made, pdf

WORDS = "Дорога открыта. Yol açıqdır. الطريق مفتوح\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_plain_text_is_taken_as_it_is(encoding):
    assert words_of("article.txt", WORDS.encode(encoding)) == WORDS


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"%PDF-1.7", "no PDF that can be read here. Copy its text and paste it"),
        ("a.pdf", pdf(), "only pictures of them"),
        ("a.pdf", pdf("It is shut.", password="secret"), "locked with a password. Copy its text"),
        ("a", b"words", "Upload a .txt, .html, .mhtml or .pdf file"),
        ("a.docx", b"PK", "copy the text and paste it"),
        ("a.txt", "Zeile\nGrün".encode("latin-1"), "not text in UTF-8 (line 2). Save it as UTF-8"),
        ("a.txt", b"wo\0rds", "NUL characters"),
        ("a.txt", b" \n", "has no words"),
        ("a.html", b"<p></p>", "has no words"),
        ("a.txt", b"a" * (LONGEST_FILE + 1), "larger than 10 MB"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(name, content, said):
    with pytest.raises(ValidationError) as refused:
        words_of(name, content)

    [message] = refused.value.messages
    assert said in message and name in message


# On the document's form ---------------------------------------------------------------------------


@pytest.fixture
def editor(client, db):
    log_in(client)
    return client


def file(name="article.txt", words=WORDS):
    return SimpleUploadedFile(name, words if isinstance(words, bytes) else words.encode())


def add(client, **changes):
    given = {"slug": "d", "title": "D", "kind": "article", "review_state": "draft", "_save": "1"}
    return client.post(page(Document, "add"), given | changes)


def told(response):
    """Return the messages that an editor is shown next."""
    return " ".join(str(each) for each in get_messages(response.wsgi_request))


def save(client, document, **changes):
    """Send the form of a document as it is, but for some fields."""
    return client.post(page(document), filled(client.get(page(document))) | changes)


@pytest.mark.parametrize("way", ["text", "text_file"])
def test_a_text_is_pasted_or_uploaded_and_leads_on_to_reading(editor, way):
    response = add(editor, **{way: WORDS if way == "text" else file()})

    document = Document.objects.get()
    assert document.text == WORDS
    assert response["Location"] == f"/admin/sources/document/{document.pk}/read/"


def test_an_uploaded_pdf_is_read(editor):
    add(editor, text_file=file("a.pdf", pdf("It is shut.")))

    assert Document.objects.get().text == "It is shut."


def test_pages_of_a_pdf_that_may_be_read_wrong_are_told_and_kept(editor):
    response = add(editor, text_file=file("a.pdf", made("persian-chromium")))

    assert Document.objects.get().doubts == "right_to_left: 1"
    assert "Compare it before you quote from it. Page 1: text from right to left" in told(response)


def test_pages_that_are_only_pictures_are_named(editor):
    response = add(editor, text_file=file("a.pdf", pdf("It is shut.", "", "")))

    assert "Pages 2 and 3 have no text" in told(response)
    assert Document.objects.get().text.count("\f") == 2


def test_the_doubt_stays_where_the_text_is_corrected(editor):
    document = make_document(text="One.\n\fTwo.", doubts="readers_differ: 2")

    save(editor, document, text="One.\n\fTwo!")

    document.refresh_from_db()
    assert (document.text, document.doubts) == ("One.\n\fTwo!", "readers_differ: 2")


@pytest.mark.parametrize(
    "changes", [{"was_compared": "1"}, {"text": ""}, {"text_file": ("a.txt", "New.")}]
)
def test_the_doubt_ends_where_the_text_was_compared_or_is_another(editor, changes):
    document = make_document(text="One.", doubts="readers_differ: 1")

    save(editor, document, **{n: file(*v) if n == "text_file" else v for n, v in changes.items()})

    document.refresh_from_db()
    assert document.doubts == ""


def test_which_pages_are_in_doubt_is_not_for_the_browser_to_say(editor):
    document = make_document(text="One.", doubts="readers_differ: 1")

    save(editor, document, doubts="", title="Another")

    document.refresh_from_db()
    assert (document.title, document.doubts) == ("Another", "readers_differ: 1")


def test_who_may_not_publish_proposes_an_upload_with_its_doubts(client, db):
    log_in(client, "dora", group="contributors")
    document = make_document(text="Old.", review_state="published")

    save(client, document, text_file=file("a.pdf", made("persian-chromium")))

    proposed = Proposal.objects.get().fields
    assert proposed["text"].startswith("وزارت")
    assert (proposed.keys(), proposed["doubts"]) == ({"text", "doubts"}, "right_to_left: 1")


def test_while_other_files_are_read_an_editor_is_asked_to_try_again(editor, monkeypatch):
    monkeypatch.setattr(limited, "PLACES", 0)
    monkeypatch.setattr(limited, "WAIT", 0)

    response = add(editor, text_file=file("a.pdf", pdf("It is shut.")))

    assert "Try again in a minute" in errors(response)["text_file"][0]


def test_without_a_text_the_list_follows(editor):
    assert add(editor)["Location"] == page(Document, "changelist")


def test_of_a_pasted_and_an_uploaded_text_neither_is_thrown_away(editor):
    response = add(editor, text="Pasted.", text_file=file())

    assert errors(response) == {"text_file": ["A text was pasted too. Leave one of the two out."]}
    assert "Pasted." in response.content.decode()


def test_an_upload_takes_the_place_of_the_text(editor):
    document = make_document(text="One.\nTwo.\n")
    given = filled(editor.get(page(document)))

    editor.post(page(document), given | {"text": "One.\r\nTwo.\r\n", "text_file": file()})

    document.refresh_from_db()
    assert document.text == WORDS


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [("a.pdf", b"%PDF", "paste it"), ("a.txt", b"\xff\xfe\xff", "UTF-16"), ("a.txt", "", "empty")],
)
def test_what_is_wrong_with_a_file_is_said_at_its_field(editor, name, words, said):
    response = add(editor, text_file=file(name, words))

    assert said in errors(response)["text_file"][0]
    assert not Document.objects.exists()


@pytest.mark.parametrize("way", ["text", "text_file"])
def test_a_text_that_is_too_long_is_refused(editor, way):
    words = "é" * 1_000_001

    response = add(editor, **{way: words if way == "text" else file(words=words)})

    assert "longer than 2 MB" in errors(response)["text"][0]


def test_what_is_too_long_to_be_sent_is_answered_in_words(editor, settings):
    response = add(editor, text="é" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    assert response.status_code == 400
    assert "2 MB" in response.content.decode()
