"""The words of files that editors upload."""

import io
import resource

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from sources import pdf as pdf_reader
from sources.models import Document
from sources.pdf import UnreadablePDFError, text_of
from sources.texts import LONGEST_FILE, words_of
from tests.desk import errors, filled, log_in, page
from tests.factories import make_document

WORDS = "Дорога открыта. Yol açıqdır. الطريق مفتوح\n"


def pdf(*pages, password=None, lock="AES-256"):
    """Return a PDF with such words on its pages; without any, with one page that has none."""
    writer = PdfWriter()
    helvetica = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    font = {NameObject(key): NameObject(value) for key, value in helvetica.items()}
    for words in pages or [""]:
        drawn = DecodedStreamObject()
        drawn.set_data(f"BT /F 12 Tf 10 100 Td ({words}) Tj ET".encode("latin-1"))
        page = writer.add_blank_page(300, 300)
        page[NameObject("/Contents")] = drawn.flate_encode()
        fonts = DictionaryObject({NameObject("/F"): DictionaryObject(font)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    if password is not None:
        writer.encrypt(password, "the owner's", algorithm=lock)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_plain_text_is_taken_as_it_is(encoding):
    assert words_of("article.txt", WORDS.encode(encoding)) == WORDS


def test_a_pdf_is_read_page_after_page():
    assert words_of("a.PDF", pdf("It is shut.", "It is open.")) == "It is shut.\n\nIt is open."


@pytest.mark.parametrize("lock", ["RC4-128", "AES-128", "AES-256"])
def test_a_pdf_that_only_may_not_be_changed_is_read(lock):
    assert words_of("a.pdf", pdf("It is shut.", password="", lock=lock)) == "It is shut."


@pytest.mark.parametrize("name", ["a.txt", "a.html"])
def test_a_pdf_is_read_as_one_whatever_it_is_called(name):
    assert words_of(name, pdf("It is shut.")) == "It is shut."


def test_what_reads_a_pdf_knows_nothing_of_our_environment(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@host/name")
    run, seen = pdf_reader.subprocess.run, {}

    def watched(*args, env, **kwargs):
        seen.update(env)
        return run(*args, env=env, **kwargs)

    monkeypatch.setattr(pdf_reader.subprocess, "run", watched)

    assert words_of("a.pdf", pdf("It is shut.")) == "It is shut."
    assert seen.keys() <= {"LD_LIBRARY_PATH"}


def test_a_system_that_knows_no_limit_of_memory_reads_without_one(monkeypatch):
    limits = []

    def as_on_macos(which, limit):
        if which == resource.RLIMIT_AS:
            raise ValueError("current limit exceeds maximum limit")
        limits.append(limit)

    monkeypatch.setattr(resource, "setrlimit", as_on_macos)
    pdf_reader._limit(7)

    assert limits == [(7, 7)]


def test_a_pdf_that_unpacks_to_too_much_is_given_up():
    with pytest.raises(UnreadablePDFError, match="too much work"):
        text_of(pdf(" " * 100_000_000))


def test_a_pdf_that_takes_too_much_work_is_given_up():
    with pytest.raises(UnreadablePDFError, match="too much work"):
        text_of(pdf(") Tj (".join(["word"] * 500_000)), seconds=1)


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


@pytest.mark.parametrize("way", ["text", "text_file"])
def test_a_text_is_pasted_or_uploaded_and_leads_on_to_reading(editor, way):
    response = add(editor, **{way: WORDS if way == "text" else file()})

    document = Document.objects.get()
    assert document.text == WORDS
    assert response["Location"] == f"/admin/sources/document/{document.pk}/read/"


def test_an_uploaded_pdf_is_read(editor):
    add(editor, text_file=file("a.pdf", pdf("It is shut.")))

    assert Document.objects.get().text == "It is shut."


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
