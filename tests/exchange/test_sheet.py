"""A CSV of statements: what it brings, what it leaves alone, what is wrong with it and where."""

import pytest

from claims.models import Citation, Claim, Statement
from sources.models import Document, Source
from tests.exchange.sheets import ROW, SAID, as_csv, load, refusal
from tests.factories import make_citation, make_claim, make_document, make_source, make_statement

pytestmark = pytest.mark.django_db


def made():
    return Statement.objects.get()


# What it brings -----------------------------------------------------------------------------------


def test_a_row_brings_a_statement_with_all_that_it_needs(tmp_path):
    load(tmp_path, ROW)

    statement = made()
    assert statement.slug == "spokesman--road-is-open--2023-09-07"
    assert (statement.source.name, statement.claim.text) == ("The Spokesman", "The road is open.")
    assert (statement.stance, statement.said) == ("denies", "2023-09-07")
    citation = statement.citations.get()
    assert (citation.document.title, citation.quote) == ("Readout of the call", "It is not.")


def test_the_same_file_again_changes_nothing(tmp_path):
    load(tmp_path, ROW)

    assert load(tmp_path, ROW).changes_nothing()


def test_keys_may_name_what_is_there(tmp_path):
    make_source(slug="spokesman", name="Kept")
    make_claim(slug="road-is-open", text="Kept.")
    make_document(slug="readout", title="Kept")

    load(tmp_path, SAID)

    assert made().citations.get().document.title == "Kept"
    assert (made().source.name, made().claim.text) == ("Kept", "Kept.")


def test_rows_of_one_statement_are_its_citations(tmp_path):
    make_document(slug="report")

    load(tmp_path, ROW, SAID | {"document": "report", "via": "readout", "quote": "“It is not.”"})

    origin, report = made().citations.order_by("document__slug")
    assert (origin.document.slug, report.document.slug) == ("readout", "report")
    assert report.via == origin


def test_rows_of_a_statement_with_a_key_need_not_repeat_it(tmp_path):
    load(
        tmp_path,
        ROW | {"statement": "denial", "note": "As read."},
        {
            "statement": "denial",
            "document": "report",
            "document_kind": "article",
            "document_title": "R",
        },
    )

    assert (made().slug, made().note, made().citations.count()) == ("denial", "As read.", 2)


def test_statements_of_one_day_are_told_apart_by_their_order(tmp_path):
    load(tmp_path, ROW | {"order": "1"}, SAID | {"stance": "asserts", "order": "2"})

    assert Statement.objects.count() == 2


def test_a_row_may_only_describe(tmp_path):
    load(tmp_path, {name: ROW[name] for name in ("source", "source_kind", "source_name")})

    assert (Source.objects.count(), Statement.objects.count()) == (1, 0)


def test_words_are_read_as_spreadsheets_bend_them(tmp_path):
    load(
        tmp_path,
        ROW
        | {"stance": " Denies", "claim_kind": "Fact ", "personal_capacity": "TRUE", "order": " 3"},
    )

    assert (made().stance, made().personal_capacity, made().order) == ("denies", True, 3)


def test_lists_stand_in_one_cell(tmp_path):
    load(tmp_path, ROW | {"claim_topics": "roads | the convoy", "source_aliases": "Sp. | A\\|B"})

    assert Source.objects.get().aliases == ["Sp.", "A|B"]
    assert set(Claim.objects.get().topics.values_list("name", flat=True)) == {"roads", "the convoy"}


def test_text_is_kept_as_it_is_written(tmp_path):
    quote = '  “Two lines,\nand a "quote";\ta tab”\n'

    load(tmp_path, ROW | {"quote": quote})

    assert Citation.objects.get().quote == quote


def test_an_apostrophe_before_a_formula_is_taken_away_in_a_csv_for_spreadsheets(tmp_path):
    row = ROW | {"quote": "'=1+1", "occasion": "'tis", "note": "-3"}
    load(tmp_path, content=as_csv(row, encoding="utf-8-sig"))

    assert Citation.objects.get().quote == "=1+1"
    assert (made().occasion, made().note) == ("'tis", "-3")


def test_an_apostrophe_before_a_formula_stays_in_a_plain_csv_and_is_noted(tmp_path):
    done = load(tmp_path, ROW | {"quote": "'=1+1"})

    assert Citation.objects.get().quote == "'=1+1"
    assert "some cells begin with '" in done.problems.remarks()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_way_in_which_a_spreadsheet_saves_is_read(tmp_path, delimiter, encoding):
    row = ROW | {"quote": "Ճանապարհը փակ է, ; \t “ok”"}

    load(tmp_path, content=as_csv(row, delimiter=delimiter, encoding=encoding))

    assert Citation.objects.get().quote == row["quote"]


def test_excels_line_about_the_separator_is_no_row(tmp_path):
    load(tmp_path, content=b"sep=;\r\n" + as_csv(ROW, delimiter=";"))

    assert made().stance == "denies"


def test_names_of_columns_may_have_capitals_and_spaces(tmp_path):
    content = as_csv(ROW).replace(b"claim_text", b"Claim text").replace(b"stance", b" STANCE")

    load(tmp_path, content=content)

    assert made().claim.text == "The road is open."


def test_rows_and_columns_without_anything_are_passed_over(tmp_path):
    content = as_csv(ROW).replace(b"\r\n", b",,\r\n") + b",,,\r\n\r\n"

    load(tmp_path, content=content)

    assert Statement.objects.count() == 1


# What it leaves alone -----------------------------------------------------------------------------


def test_a_column_that_is_not_there_leaves_what_there_is(tmp_path):
    statement = make_statement(slug="s", note="Kept", occasion="Kept", personal_capacity=True)
    citation = make_citation(statement=statement, quote="Kept", locator="p. 1")

    load(tmp_path, {"statement": "s", "occasion": "New", "document": citation.document.slug})

    statement.refresh_from_db()
    citation.refresh_from_db()
    assert (statement.note, statement.occasion, statement.personal_capacity) == (
        "Kept",
        "New",
        True,
    )
    assert (citation.quote, citation.locator) == ("Kept", "p. 1")


def test_a_statement_found_by_source_claim_and_date_keeps_what_has_no_column(tmp_path):
    load(tmp_path, ROW | {"note": "Kept"})

    load(tmp_path, SAID | {"occasion": "A speech"})

    assert (made().note, made().occasion) == ("Kept", "A speech")


def test_a_blank_cell_of_a_statement_empties_its_field(tmp_path):
    make_statement(slug="s", note="Gone")

    load(tmp_path, {"statement": "s", "note": "", "occasion": "x"})

    assert made().note == ""


def test_a_blank_cell_of_what_is_described_leaves_it(tmp_path):
    make_source(slug="bea", name="Bea", description="Kept", aliases=["B."])

    load(
        tmp_path,
        {"source": "bea", "source_name": "Beatrix", "source_description": "", "source_aliases": ""},
    )

    source = Source.objects.get()
    assert (source.name, source.description, source.aliases) == ("Beatrix", "Kept", ["B."])


def test_a_document_keeps_its_publisher_and_its_dates(tmp_path):
    publisher = make_source()
    make_document(slug="d", publisher=publisher, published="2023", retrieved="2023-09-07")

    load(tmp_path, {"document": "d", "document_title": "New"})

    document = Document.objects.get()
    assert (document.publisher, document.published, str(document.retrieved)) == (
        publisher,
        "2023",
        "2023-09-07",
    )


def test_a_citation_keeps_what_it_was_taken_from(tmp_path):
    origin = make_citation()
    last = make_citation(via=origin)

    load(
        tmp_path,
        {"statement": origin.statement.slug, "document": last.document.slug, "quote": "New"},
    )

    last.refresh_from_db()
    assert (last.quote, last.via) == ("New", origin)


def test_topics_stay_where_their_cell_is_blank(tmp_path):
    load(tmp_path, ROW | {"claim_topics": "roads"})

    report = load(tmp_path, {"claim": "road-is-open", "claim_kind": "event", "claim_topics": ""})

    assert [one[0] for one in report.files["claims"].fields] == ["kind"]


# What is wrong, and where -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([ROW | {"stance": "shrugs"}], '2: stance: "shrugs" is not one of asserts, denies, '),
        ([ROW | {"stance": ""}], "2: stance: it is missing"),
        (
            [ROW | {"claim": "", "claim_text": ""}],
            "2: claim: it is missing: claim_kind describes one",
        ),
        ([SAID | {"claim": ""}], "2: claim: it is missing"),
        ([ROW | {"source": "no key!"}], '2: source: "no key!" is not a key'),
        ([ROW | {"source_kind": ""}], "2: source_kind: it is missing"),
        ([ROW | {"claim_text": " "}], "2: claim_text: it is missing"),
        ([ROW | {"said": "07/09/2023"}], '2: said: "07/09/2023": '),
        (
            [ROW | {"order": "first"}],
            '2: order: "first" is not a whole number from 0 to 2147483647',
        ),
        ([ROW | {"order": "1e3"}], '2: order: "1e3" is not a whole number'),
        (
            [ROW | {"personal_capacity": "maybe"}],
            '2: personal_capacity: "maybe" is not true or false',
        ),
        ([ROW | {"quote": "\0"}], "2: quote: It holds a NUL character"),
        (
            [ROW | {"document": "", "document_title": "", "document_url": ""}],
            "2: document: it is missing: document_kind describes one",
        ),
        ([ROW, SAID | {"document": ""}], "3: document: it is missing: say where quote was read"),
        (
            [ROW, SAID | {"document": "nowhere"}],
            '3: document: "nowhere" is no document of the file or ',
        ),
        ([ROW, ROW], '3: document: "readout" stands twice here'),
        (
            [ROW, ROW | {"stance": "asserts"}],
            '3: stance: "asserts" is not "denies", which row 2 says of the same statement',
        ),
        (
            [ROW, ROW | {"source_name": "Other"}],
            '3: source_name: "Other" is not "The Spokesman", which row 2 says of',
        ),
        ([ROW | {"denies_what": "proposal"}], "2: denies_what: Only of a demand can a denial"),
        (
            [ROW | {"via": "elsewhere"}],
            '2: via: "elsewhere" is no document that this statement cites',
        ),
        ([ROW | {"via": "readout"}], "2: via: it would be taken, in a circle, from itself"),
        ([ROW | {"quote_language": "?"}], '2: quote_language: "?": Write a language tag'),
        ([ROW | {"document_url": "ftp://x"}], '2: document_url: "ftp://x": Write a whole address'),
        ([ROW | {"tone": "sharp"}], "1: tone: there is no such column."),
        ([ROW | {"stnace": "denies"}], "1: stnace: there is no such column. Did you mean stance?"),
    ],
)
def test_what_is_wrong_is_told_by_row_and_column(tmp_path, rows, said):
    lines = refusal(tmp_path, *rows)

    assert any(line.startswith(f"statements.csv:{said}") for line in lines), lines
    assert not Source.objects.exists()


def test_a_row_is_numbered_as_in_the_spreadsheet(tmp_path):
    lines = refusal(
        tmp_path, ROW | {"quote": "three\nlines\nhere"}, ROW | {"order": "1", "stance": "shrugs"}
    )

    assert lines[0].startswith("statements.csv:3: stance")


def test_the_citation_of_a_later_row_is_found_there(tmp_path):
    second = SAID | {"document": "report", "document_kind": "article", "document_title": "R"}

    lines = refusal(tmp_path, ROW, second | {"manner": "verbatim", "quote_language": "?"})

    assert lines[0].startswith('statements.csv:3: quote_language: "?"')


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "its first row does not name the columns"),
        (b"a,b\n1,2\n", "its first row does not name the columns"),
        (b"\xd0\xcf\x11\xe0 an old Excel file", "is not UTF-8"),
        (as_csv(ROW) + b'"never closed', "it is no CSV from here on"),
        (as_csv(ROW) + b'x,"a"b\n', "it is no CSV from here on"),
        (as_csv(ROW, encoding="utf-16")[:-1], "is not UTF-8"),
        (as_csv(ROW | {"quote": "é"}, encoding="latin-1"), "In Excel, save it as “CSV UTF-8”"),
        (as_csv(ROW) + b"x" * 13 + b"," * 13 + b"more\n", "it has more cells than the first row"),
        (as_csv(ROW, columns=[*ROW, "stance"]), "two columns have this name"),
    ],
)
def test_a_file_that_is_no_such_csv_is_refused(tmp_path, content, said):
    lines = refusal(tmp_path, content=content)

    assert said in " ".join(lines)


def test_a_file_of_more_rows_than_allowed_is_refused(tmp_path):
    rows = [ROW | {"order": str(n)} for n in range(4)]
    load(tmp_path, *rows, most_rows=4)

    [said] = refusal(tmp_path, *rows, most_rows=3)

    assert said == (
        "statements.csv has more than 3 rows. Import it on the server: manage.py import_bundle FILE"
    )
