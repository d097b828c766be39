"""Files to take away: what stands in them, for whom, and what happens when they break off."""

import csv
import gzip
import io
import json
import zipfile
from datetime import date

import pytest
from django.core.signals import request_finished
from django.db import DataError, close_old_connections, connection
from django.urls import resolve
from pyarrow import parquet

from claims.api.views import StatementViewSet
from claims.exchange import citing, exporting, format
from claims.exchange.exporting import export_bundle
from claims.exchange.importing import Bundle, import_given
from claims.exchange.sheet import Sheet
from claims.exchange.uploads import given_in
from claims.models import Statement
from claimtracker.rest import files
from claimtracker.rest.tables import cell
from claimtracker.spreadsheets import cell_in_sql, from_cell, to_cell
from tests.api.rows import make_world
from tests.exchange.bundles import content_of
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
)

pytestmark = pytest.mark.django_db

FORMATS = ["csv", "jsonl", "parquet"]
FILES = [*(f"statements.{each}" for each in FORMATS), "bundle.zip"]
MEDIA_TYPES = {
    "statements.csv": "text/csv; charset=utf-8; header=present",
    "statements.jsonl": "application/jsonl",
    "statements.parquet": "application/vnd.apache.parquet",
    "bundle.zip": "application/zip",
}
STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
ODD = '"Ոչ",\r\n\\N\\.\t\x85\u2028\x7f'


@pytest.fixture
def export(client):
    """Return the content of an export: export("statements.csv", claim="x")."""

    def get(name, **parameters):
        answer = client.get(f"/api/v1/exports/{name}", parameters)
        assert answer.status_code == 200, answer.content
        return b"".join(answer)

    return get


@pytest.fixture
def rows(export):
    """Return the rows of an export of statements, as its format has them."""

    def get(format="jsonl", **parameters):
        content = export(f"statements.{format}", **parameters)
        if format == "csv":
            encoding = "utf-8-sig" if "for" in parameters else "utf-8"
            text = content.decode(encoding)
            return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        if format == "jsonl":
            return [json.loads(line) for line in content.split(b"\n") if line]
        return parquet.read_table(io.BytesIO(content)).to_pylist()

    return get


def as_cells(row):
    """Return a row of JSON as CSV has it."""
    return {name: cell(value) for name, value in row.items()}


# What stands in them


def test_a_statement_has_a_row_for_each_citation_in_the_order_of_recording(rows):
    make_world()
    make_statement(slug="aaa-uncited")

    found = [(row["statement"], row["document"], row["via"]) for row in rows()]

    assert found == [
        ("bea-yes", "article", None),
        ("carl-no", "readout", None),
        ("carl-no", "article", "readout"),
        ("aaa-uncited", None, None),
    ]


@pytest.mark.parametrize(("first", "part"), [(1, 1), (1, 2), (2, 1), (3, 50)])
@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_the_parts_in_which_rows_are_put_in_order_do_not_show(
    export, monkeypatch, format, first, part
):
    make_world()
    make_statement(review_state="draft")
    Statement.objects.filter(pk=make_statement().pk).delete()
    for n in range(4):
        make_citation(via=make_citation(document=make_document(slug=f"z{n}")))
    whole = export(f"statements.{format}")
    monkeypatch.setattr(citing, "FIRST", first)
    monkeypatch.setattr(citing, "PART", part)

    assert export(f"statements.{format}") == whole


def test_a_row_says_all_that_is_needed_to_cite_it(rows):
    publisher = make_source(slug="paper", name="The Paper", kind="outlet")
    document = make_document(
        slug="article",
        title="No, says Bea",
        publisher=publisher,
        url="https://example.org/a",
        archived_url="https://archive.example.org/a",
        published="2023-09",
        retracted="2024",
    )
    statement = make_statement(
        slug="bea-no",
        source=make_source(slug="bea", name="Bea", kind="person"),
        claim=make_claim(slug="road-shut", text="The road is shut.", kind="fact"),
        stance="denies",
        denies_what="fact",
        said="2023-09-07/..",
        order=2,
        occasion="At the door",
        personal_capacity=True,
        note="So",
    )
    make_citation(
        statement=statement,
        document=document,
        manner="verbatim",
        quote="Ոչ",
        prefix="a",
        suffix="b",
        locator="p. 3",
        language="hy",
        translation="No",
        as_named="Beatrix",
        note="Well",
    )

    assert rows() == [
        {
            "statement": "bea-no",
            "statement_url": "http://testserver/statements/bea-no/",
            "source": "bea",
            "source_name": "Bea",
            "source_kind": "person",
            "claim": "road-shut",
            "claim_text": "The road is shut.",
            "claim_kind": "fact",
            "stance": "denies",
            "denies_what": "fact",
            "said": "2023-09-07/..",
            "said_from": "2023-09-07",
            "said_to": None,
            "order": 2,
            "occasion": "At the door",
            "personal_capacity": True,
            "note": "So",
            "document": "article",
            "document_title": "No, says Bea",
            "document_kind": "article",
            "document_publisher": "paper",
            "document_publisher_name": "The Paper",
            "document_url": "https://example.org/a",
            "document_archived_url": "https://archive.example.org/a",
            "document_published": "2023-09",
            "document_published_from": "2023-09-01",
            "document_published_to": "2023-09-30",
            "document_retracted": "2024",
            "via": None,
            "manner": "verbatim",
            "quote": "Ոչ",
            "prefix": "a",
            "suffix": "b",
            "locator": "p. 3",
            "quote_language": "hy",
            "translation": "No",
            "as_named": "Beatrix",
            "citation_note": "Well",
        }
    ]


def test_the_formats_say_the_same(rows):
    make_world()
    make_citation(quote=ODD, statement=make_statement(said="../2023", note="=1"))
    make_statement(occasion="'=2", personal_capacity=True)

    told = rows("jsonl")

    assert rows("csv") == [as_cells(row) for row in told]
    days = [name for name in citing.NAMES if name.endswith(("_from", "_to"))]
    for row in told:
        row |= {name: row[name] and date.fromisoformat(row[name]) for name in days}
    assert rows("parquet") == told


def test_parquet_has_types(export):
    make_world()

    schema = parquet.read_schema(io.BytesIO(export("statements.parquet")))

    types = {field.name: str(field.type) for field in schema}
    assert types.keys() == set(citing.NAMES)
    assert {
        types["said_from"],
        types["personal_capacity"],
        types["order"],
        types["quote"],
    } == {"date32[day]", "bool", "int32", "string"}


@pytest.mark.parametrize("name", FILES)
def test_an_empty_export_is_a_whole_file(export, name):
    content = export(name)

    if name == "statements.csv":
        assert content.decode() == ",".join(citing.NAMES) + "\r\n"
    elif name == "statements.jsonl":
        assert content == b""
    elif name == "statements.parquet":
        table = parquet.read_table(io.BytesIO(content))
        assert (table.num_rows, table.column_names) == (0, citing.NAMES)
    else:
        assert len(zipfile.ZipFile(io.BytesIO(content)).namelist()) == 6


def test_csv_ends_each_row_as_rfc_4180_says(export):
    make_citation(quote="a\nb")

    lines = export("statements.csv").split(b"\r\n")

    assert (len(lines), lines[-1]) == (3, b"")
    assert b'"a\nb"' in lines[1]


@pytest.mark.parametrize("start", [*STARTS, "'=", "''-"])
def test_no_cell_of_a_csv_is_a_formula_and_each_comes_back(rows, start):
    text = f'{start}HYPERLINK("x")'
    make_citation(
        statement=make_statement(
            occasion=text, note=text, claim=make_claim(text=text), source=make_source(name=text)
        ),
        document=make_document(title=text, publisher=make_source(name=text)),
        **dict.fromkeys(
            ("quote", "prefix", "suffix", "locator", "translation", "as_named", "note"), text
        ),
    )

    [row] = rows("csv", **{"for": "spreadsheet"})
    [plain] = rows("csv")

    cells = [cell for cell in row.values() if "HYPERLINK" in cell]
    assert len(cells) == 13
    texts = [from_cell(cell) for cell in cells]
    assert [cell for cell in plain.values() if "HYPERLINK" in cell] == texts
    assert not any(cell.startswith(tuple(STARTS)) for cell in cells)
    # Line ends are line feeds once they are stored.
    assert {from_cell(cell).strip() for cell in cells} == {text.strip()}


def test_no_slug_is_a_formula(rows):
    make_citation(
        statement=make_statement(
            slug="-1", claim=make_claim(slug="-2"), source=make_source(slug="-3")
        ),
        document=make_document(slug="-4", publisher=make_source(slug="-5")),
    )

    [row] = rows("csv", **{"for": "spreadsheet"})

    names = ("statement", "claim", "source", "document", "document_publisher")
    assert [row[name] for name in names] == ["'-1", "'-2", "'-3", "'-4", "'-5"]


def test_only_a_csv_for_spreadsheets_has_a_byte_order_mark(export):
    plain = export("statements.csv")

    assert export("statements.csv", **{"for": "spreadsheet"}) == b"\xef\xbb\xbf" + plain


def test_an_unknown_use_of_a_csv_is_refused_with_those_there_are(api):
    answer = api("exports/statements.csv", **{"for": "excel"})

    assert answer.status_code == 400
    assert answer.json()["errors"]["for"] == [
        "“excel” is none of: spreadsheet. Leave it out for a plain CSV."
    ]


def test_postgresql_makes_the_cells_that_python_makes():
    marks = ["", "'", "''", " ", "a", "0", "A", "~", "«", "\ufeff", "￾", "😀", *STARTS]
    texts = [one + other for one in marks for other in [*marks, "1"]]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {cell_in_sql('t')} FROM unnest(%s::text[]) t", [texts])
        cells = [cell for (cell,) in cursor.fetchall()]

    assert cells == [to_cell(text) for text in texts]


def test_the_import_of_a_csv_reads_an_export_and_changes_nothing(export, tmp_path):
    make_world()
    make_citation(quote=ODD, statement=make_statement(note="=1", said="2023~", order=3))
    path = tmp_path / "statements.csv"
    path.write_bytes(export("statements.csv"))

    assert import_given(given=Sheet(path)).changes_nothing()


# Which


def test_they_are_filtered_as_the_list_is(api, rows):
    parts = make_world()
    make_statement()
    asked = [
        {"claim": "road-shut", "stance": "denies"},
        {"document": "readout"},
        {"topic": "roads"},
        {"said_from": "2023-09-08", "source": parts["denial"].source.slug},
        {"has_citation": "false"},
        {"personal_capacity": "true"},
    ]

    for filters in asked:
        listed = [row["slug"] for row in api("statements/", **filters).json()["results"]]
        assert sorted({row["statement"] for row in rows(**filters)}) == listed
    assert len(rows(document="readout")) == 2


@pytest.mark.parametrize("format", FORMATS)
def test_they_take_every_filter_of_the_list(format):
    view = resolve(f"/api/v1/exports/statements.{format}").func.view_class

    assert view.filterset_class is StatementViewSet.filterset_class


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        ("statements.csv", "nosuch", "1"),
        ("statements.csv", "stance", "shrugs"),
        ("statements.jsonl", "claim", "nosuch"),
        ("statements.parquet", "said_from", "yesterday"),
        ("statements.csv", "page_size", "10"),
        ("statements.csv", "format", "csv"),
        ("bundle.zip", "claim", "road-shut"),
    ],
)
def test_what_is_asked_for_wrongly_is_refused_by_its_name(client, name, parameter, value):
    answer = client.get(f"/api/v1/exports/{name}", {parameter: value})

    assert answer.status_code == 400
    assert parameter in answer.content.decode()


def test_a_format_that_there_is_none_of_is_not_found(client):
    assert client.get("/api/v1/exports/statements.xlsx", follow=True).status_code == 404


# For whom


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("reader", ["nobody", "ada"])
def test_drafts_change_no_byte_of_them_for_anybody(export, request, name, reader):
    world = make_world()
    before = export(name)
    secret = {"review_state": "draft"}
    paper = make_source(name="secret", **secret)
    make_citation(statement=world["statement"], document=make_document(title="secret", **secret))
    make_citation(statement=make_statement(note="secret", claim=world["claim"], **secret))
    make_statement(claim=make_claim(text="secret", **secret), **secret)
    make_statement(source=paper, **secret)
    make_document(publisher=paper, text="secret")
    if reader == "ada":
        request.getfixturevalue("ada")

    found = export(name)

    if name == "bundle.zip":  # the document without its publisher is public
        assert b"secret" not in b"".join(files_of(found).values())
    else:
        assert found == before


def test_a_publisher_and_a_via_that_are_drafts_are_not_told(rows):
    draft = {"review_state": "draft"}
    origin = make_citation(document=make_document(**draft))
    make_citation(
        via=origin, document=make_document(slug="open", publisher=make_source(name="x", **draft))
    )

    [row] = rows()

    assert (row["document"], row["via"], row["document_publisher_name"]) == ("open", None, None)


def test_an_editor_cannot_ask_for_a_draft_either(client, ada):
    make_claim(slug="hidden", review_state="draft")

    answer = client.get("/api/v1/exports/statements.csv?claim=hidden")

    assert answer.status_code == 400
    assert "hidden" in answer.content.decode()


@pytest.mark.parametrize("name", FILES)
def test_where_anonymous_reading_is_closed_they_want_an_account(client, settings, readers, name):
    settings.ANONYMOUS_READING = False

    assert client.get(f"/api/v1/exports/{name}").status_code in {401, 403}
    readers["ben"]()
    answer = client.get(f"/api/v1/exports/{name}")
    assert answer.status_code == 200


# How they are answered


@pytest.mark.parametrize("accept", ["*/*", "text/csv", "application/json", "text/html"])
@pytest.mark.parametrize("name", FILES)
def test_the_address_says_which_format_it_is(client, name, accept):
    answer = client.get(f"/api/v1/exports/{name}", headers={"accept": accept})

    assert answer.streaming
    assert answer["Content-Type"] == MEDIA_TYPES[name]
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize("name", FILES)
def test_head_says_what_it_is_and_makes_none_of_it(client, name, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.head(f"/api/v1/exports/{name}")

    assert (answer.status_code, b"".join(answer)) == (200, b"")
    assert answer["Content-Type"] == MEDIA_TYPES[name]
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("statements.csv", "gzip"),
        ("statements.jsonl", "gzip"),
        ("statements.parquet", None),
        ("bundle.zip", None),
    ],
)
def test_what_is_compressed_already_is_sent_as_it_is(client, name, encoding):
    make_world()

    answer = client.get(f"/api/v1/exports/{name}", headers={"accept-encoding": "gzip"})

    assert answer.get("Content-Encoding") == encoding
    assert b"".join(answer)


def test_a_file_that_broke_off_cannot_be_unpacked_whole(client, failing):
    answer = client.get("/api/v1/exports/statements.csv", headers={"accept-encoding": "gzip"})

    with pytest.raises(EOFError):
        gzip.decompress(sent_of(answer))


def test_without_pyarrow_parquet_is_refused_and_says_what_to_do(client, monkeypatch):
    monkeypatch.setattr("claims.exchange.parquet.find_spec", lambda name: None)

    for ask in (client.get, client.head):
        answer = ask("/api/v1/exports/statements.parquet")
        assert answer.status_code == 501
    told = client.get("/api/v1/exports/statements.parquet").content.decode()
    assert "requirements-parquet.txt" in told and "statements.csv" in told
    csv = client.get("/api/v1/exports/statements.csv")
    assert csv.status_code == 200


def test_the_bundle_is_what_the_command_writes(export, tmp_path):
    make_world()
    make_source(description=ODD)
    export_bundle(folder=tmp_path)

    assert files_of(export("bundle.zip")) == content_of(tmp_path)


def test_the_bundle_can_be_imported_in_the_admin(export):
    make_world()

    with given_in(export("bundle.zip"), "bundle.zip") as given:
        assert isinstance(given, Bundle)
        assert import_given(given=given).changes_nothing()


def test_the_same_rows_give_the_same_bundle(export):
    make_world()

    assert export("bundle.zip") == export("bundle.zip")


def files_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


# When they break off


@pytest.fixture
def large(monkeypatch):
    """Have files of many blocks, all of them small."""
    monkeypatch.setattr("claimtracker.rest.files.BEGINNING", 1)
    monkeypatch.setattr(citing, "FIRST", 5)
    monkeypatch.setattr(citing, "PART", 3)
    monkeypatch.setattr("claims.exchange.copying.BLOCK", 1024)
    monkeypatch.setattr("claims.exchange.parquet.ROW_GROUP", 1024)
    monkeypatch.setattr("claims.exchange.exporting.PACKED", 0)
    for n in range(20):
        make_citation(statement=make_statement(slug=f"s{n:02}"), quote=f"{n} " * 300)


@pytest.fixture
def failing(monkeypatch, large):
    """Have a row on which PostgreSQL fails when some blocks are sent."""
    # What is volatile is worked out row by row, after they are put in order.
    fails = "nullif(1 / CASE WHEN s.slug = 's15' AND random() < 2 THEN 0 ELSE 1 END, 1)"
    fails = citing.Column("fails", fails, "number")
    monkeypatch.setattr(citing, "COLUMNS", [*citing.COLUMNS, fails])
    of_bundle = exporting.statements

    def statements():
        sql, parameters = of_bundle()
        fails_here = fails.sql.replace("s.slug", "j ->> $$key$$")
        return f"SELECT j FROM ({sql}) q(j) WHERE {fails_here} IS NULL", parameters

    monkeypatch.setitem(exporting.QUERIES, format.STATEMENTS, statements)


def sent_of(answer):
    """Return what is sent of an answer that fails on the way."""
    sent = []
    with pytest.raises(DataError, match="division by zero"):
        for block in answer:
            sent.append(block)
    return b"".join(sent)


@pytest.mark.parametrize("name", FILES)
def test_no_program_takes_a_file_that_broke_off_for_whole(client, failing, name):
    sent = sent_of(client.get(f"/api/v1/exports/{name}"))

    assert len(sent) > 1024
    whole = {
        "statements.csv": lambda: list(csv.reader(io.StringIO(sent.decode()), strict=True)),
        "statements.jsonl": lambda: [json.loads(line) for line in sent.splitlines()],
        "statements.parquet": lambda: parquet.read_table(io.BytesIO(sent)),
        "bundle.zip": lambda: zipfile.ZipFile(io.BytesIO(sent)),
    }
    with pytest.raises((csv.Error, ValueError, zipfile.BadZipFile)):
        whole[name]()


@pytest.mark.parametrize("name", ["statements.csv", "statements.jsonl"])
def test_a_file_that_broke_off_says_so_after_its_last_whole_row(client, failing, name):
    *lines, last = sent_of(client.get(f"/api/v1/exports/{name}")).splitlines()

    assert files.NOT_WHOLE in last.decode()
    assert len(lines) > 2
    assert b"s15" not in b"".join(lines)


@pytest.mark.parametrize("name", FILES)
def test_what_fails_at_once_is_no_file(client, failing, name):
    client.raise_request_exception = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("claimtracker.rest.files.BEGINNING", 10**9)
        answer = client.get(f"/api/v1/exports/{name}")

    assert (answer.status_code, answer.streaming) == (500, False)


def test_an_export_has_a_limit_of_its_own(export, settings):
    settings.EXPORT_TIMEOUT = 77

    export("statements.csv")

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("77s",)


def test_more_than_so_many_at_once_are_told_to_wait(client, settings):
    settings.EXPORTS_AT_ONCE = 1

    with files.PLACES.one():
        refused = client.get("/api/v1/exports/statements.csv")

    assert (refused.status_code, refused["Retry-After"]) == (503, "60")
    assert client.get("/api/v1/exports/statements.csv").status_code == 200


def test_a_file_that_broke_off_keeps_no_place(client, failing):
    sent_of(client.get("/api/v1/exports/statements.csv"))

    assert files.PLACES.taken == []


def is_free():
    """Return whether the connection of this thread is free for the next question."""
    return files.PLACES.taken == [] and not connection.connection.lock.locked()


def close(answer):
    """Close an answer as a server does, but for the connection, which has the test's rows."""
    request_finished.disconnect(close_old_connections)
    try:
        answer.close()
    finally:
        request_finished.connect(close_old_connections)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_closed_unread_frees_the_connection(client, large, name, encoding):
    answer = client.get(f"/api/v1/exports/{name}", headers={"accept-encoding": encoding})
    assert not is_free()

    close(answer)

    assert is_free()
    assert Statement.objects.count() == 20


@pytest.mark.parametrize("name", FILES)
def test_head_takes_no_connection(client, large, name):
    answer = client.head(f"/api/v1/exports/{name}")

    assert answer.status_code == 200
    assert is_free()


def failing_after_the_view(get_response):
    def middleware(request):
        get_response(request)
        raise RuntimeError("after the view")

    return middleware


@pytest.mark.parametrize("name", FILES)
def test_what_fails_after_the_view_frees_the_connection(client, settings, large, name):
    client.raise_request_exception = False
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.failing_after_the_view"]

    answer = client.get(f"/api/v1/exports/{name}")

    was_free = is_free()
    answer.wsgi_request.file.close()  # or the end of this test would wait for it
    assert (answer.status_code, answer.streaming, was_free) == (500, False, True)


def test_a_small_file_keeps_nothing_that_others_wait_for(client, settings):
    settings.EXPORTS_AT_ONCE = 1
    make_world()

    answers = [client.get(f"/api/v1/exports/{name}") for name in FILES]

    assert [answer.status_code for answer in answers] == [200] * 4
