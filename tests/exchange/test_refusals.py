"""What is refused, and that it is said where and why, while the database stays as it was."""

import json

import pytest

from claims.exchange import reading
from claims.exchange.importing import import_bundle
from claims.exchange.problems import BundleError
from claims.models import Claim, Statement
from sources.models import Affiliation, Source
from tests.exchange.bundles import (
    CLAIM,
    DENIAL,
    MINISTRY,
    READOUT,
    REPORT,
    SPOKESMAN,
    WORLD,
    load,
    refusal,
    write,
)
from tests.factories import (
    make_affiliation,
    make_claim,
    make_relation,
    make_source,
    make_statement,
)

pytestmark = pytest.mark.django_db

A_SOURCE = json.dumps(SPOKESMAN).encode()


def with_quote(quote):
    return [DENIAL | {"citations": [{"document": "readout", "quote": quote}]}]


LINES = {
    "broken JSON": (
        b'{"key": "a", "kind": }\n',
        "sources.jsonl:1: column 22: it is not JSON: Expecting value",
    ),
    "two objects on a line": (A_SOURCE + b" {}\n", "column 65: it is not JSON: Extra data"),
    "half a line": (A_SOURCE[:18], "it is not JSON: Unterminated string"),
    "no object": (b"[1, 2]\n", "sources.jsonl:1: [1, 2] is not an object"),
    "not UTF-8": (
        A_SOURCE.replace(b"The", b"Th\xe9"),
        "byte 51 (0xE9) is not UTF-8. Save the file as UTF-8",
    ),
    "half of a character": (b'{"key": "\xed\xa0\x80"}', "byte 10 (0xED) is not UTF-8"),
    "UTF-16": (A_SOURCE.decode().encode("utf-16"), "sources.jsonl:1: it is UTF-16"),
    "NUL": (A_SOURCE + b"\0\n", "column 64: it holds a NUL character"),
    "NUL in a text": (A_SOURCE.replace(b"The", b"\0"), "column 49: it holds a NUL character"),
    "NUL as an escape": (A_SOURCE.replace(b"The", b"\\u0000"), "name: It holds a NUL character"),
    "lone surrogate": (
        A_SOURCE.replace(b"The", b"\\ud800"),
        "sources.jsonl:1: name: It holds half of a character",
    ),
    "lone surrogate in a list": (
        A_SOURCE.replace(b"}", b', "aliases": ["\\udc00"]}'),
        "sources.jsonl:1: aliases: It holds half of a character",
    ),
    "byte order mark": (b"\xef\xbb\xbf" + A_SOURCE, "it begins with a byte order mark"),
    "CR LF": ((A_SOURCE + b"\r\n"), "sources.jsonl:1: it ends in CR LF"),
    "blank line": (A_SOURCE + b"\n\n", "sources.jsonl:2: the line is blank. Remove it"),
    "U+0085": (
        A_SOURCE.replace(b"The ", b"The\xc2\x85"),
        "column 52: U+0085 is an end of a line to many programs. Write it as \\u0085",
    ),
    "a name twice": (
        A_SOURCE.replace(b"}", b', "key": "other"}'),
        'sources.jsonl:1: "key" stands twice in one object',
    ),
    "NaN": (A_SOURCE.replace(b"}", b', "description": NaN}'), "NaN is no number in JSON"),
    "number beyond all": (
        A_SOURCE.replace(b"}", b', "description": 1e400}'),
        "description: Infinity is not text",
    ),
    "number of thousands of digits": (
        A_SOURCE.replace(b"}", b', "description": ' + b"9" * 5000 + b"}"),
        "sources.jsonl:1: a number in it has thousands of digits",
    ),
    "deep nesting": (
        A_SOURCE.replace(b"}", b', "aliases": ' + b"[" * 100000 + b"]" * 100000 + b"}"),
        "sources.jsonl:1: it is nested too deeply to be read",
    ),
    "unknown field": (
        A_SOURCE.replace(b'"name"', b'"nmae"'),
        "sources.jsonl:1: nmae: there is no such field. Did you mean name?",
    ),
    "unknown field of no kind": (
        A_SOURCE.replace(b"}", b', "\\ud800\\n": 1}'),
        "sources.jsonl:1: \\ud800\\n: there is no such field",
    ),
}


@pytest.mark.parametrize("content, words", LINES.values(), ids=LINES)
def test_line_that_cannot_be_read_is_one_error(tmp_path, content, words):
    lines = [line for line in refusal(tmp_path, sources=content) if "it is missing" not in line]

    assert len(lines) == 1
    assert words in lines[0]
    assert not Source.objects.exists()


def test_line_that_is_too_long_is_one_error(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LONGEST_LINE", 1000)
    content = b'{"key": "' + b"x" * 5000 + b'"}\n' + A_SOURCE + b"\n{}"

    long, *rest = refusal(tmp_path, sources=content)

    assert long == "sources.jsonl:1: it has 5,012 bytes; a line has at most 1,000"
    assert all(line.startswith("sources.jsonl:3") for line in rest)


def test_line_ends_of_windows_are_said_once(tmp_path):
    rows = [SPOKESMAN, MINISTRY]
    content = b"".join(json.dumps(row).encode() + b"\r\n" for row in rows)

    assert len(refusal(tmp_path, sources=content)) == 1


FIELDS = {
    "text that is a list": ("sources", SPOKESMAN | {"name": ["x"]}, 'name: ["x"] is not text'),
    "text that is a number": ("sources", SPOKESMAN | {"name": 1}, "name: 1 is not text"),
    "list that is a text": (
        "sources",
        SPOKESMAN | {"aliases": "Sp."},
        'aliases: "Sp." is not a list of texts',
    ),
    "list of numbers": ("sources", SPOKESMAN | {"aliases": [1]}, "aliases: 1 is not text"),
    "blank alias": ("sources", SPOKESMAN | {"aliases": [" "]}, "aliases: one of them is blank"),
    "flag that is a number": (
        "statements",
        DENIAL | {"personal_capacity": 1},
        "personal_capacity: 1 is not true or false",
    ),
    "number that is a flag": (
        "statements",
        DENIAL | {"order": True},
        "order: true is not a whole number from 0 to 2147483647",
    ),
    "number that is a fraction": ("statements", DENIAL | {"order": 1.5}, "order: 1.5 is not a"),
    "number below zero": ("statements", DENIAL | {"order": -1}, "order: -1 is not a whole"),
    "number over 2^53": (
        "statements",
        DENIAL | {"order": 2**53 + 1},
        "order: 9007199254740993 is not a whole number from 0 to 2147483647",
    ),
    "unknown choice": (
        "statements",
        DENIAL | {"stance": "shrugs"},
        'stance: "shrugs" is not one of asserts, denies, dismisses, questions, comments',
    ),
    "choice that is a list": ("statements", DENIAL | {"stance": []}, "stance: [] is not one of"),
    "nothing where something is needed": (
        "statements",
        {name: value for name, value in DENIAL.items() if name != "stance"},
        "stance: it is missing",
    ),
    "null where something is needed": (
        "sources",
        SPOKESMAN | {"name": None},
        "name: it cannot be null",
    ),
    "blank name": ("sources", SPOKESMAN | {"name": " "}, "name: It can't be blank"),
    "key with a look-alike letter": (
        "sources",
        SPOKESMAN | {"key": "spоkesman"},
        "is not a key: 1 to 200 letters, digits, - and _",
    ),
    "key that is too long": ("sources", SPOKESMAN | {"key": "k" * 201}, "is not a key"),
    "key that is blank beside no name": (
        "documents",
        READOUT | {"key": "", "title": ""},
        'key: "" is not a key',
    ),
    "text that is too long": (
        "claims",
        CLAIM | {"text": "x" * 2001},
        "text: it has 2,001 characters; at most 2,000 fit",
    ),
    "topic twice": ("claims", CLAIM | {"topics": ["a", "a"]}, "topics: one of them stands twice"),
    "date that is none": (
        "statements",
        DENIAL | {"said": "2023-02-30"},
        'said: "2023-02-30": There is no 30 February in 2023',
    ),
    "date that is a number": (
        "statements",
        DENIAL | {"said": 2023},
        "said: 2023 is not a date (EDTF) or null",
    ),
    "day that is none": (
        "documents",
        READOUT | {"retrieved": "2023-02-30"},
        'retrieved: "2023-02-30": There is no 30 February in 2023',
    ),
    "web address of another kind": (
        "documents",
        READOUT | {"url": "javascript:alert(1)"},
        'url: "javascript:alert(1)": Write a whole address',
    ),
    "language that is no tag": ("claims", CLAIM | {"language": "e"}, 'language: "e": Write a'),
    "wikidata id that is none": (
        "sources",
        SPOKESMAN | {"wikidata": "P31"},
        'wikidata: "P31": A Wikidata id is a Q and a number',
    ),
    "assertion that denies something": (
        "statements",
        DENIAL | {"stance": "asserts", "denies_what": "fact"},
        'denies_what: "fact": Only a denial can say what it denies',
    ),
    "withdrawal without a date": (
        "statements",
        DENIAL | {"stance": "withdraws", "said": None},
        "said: Say when it was withdrawn",
    ),
    "proposal denied of a fact": (
        "statements",
        DENIAL | {"denies_what": "proposal"},
        "denies_what: Only of a demand can a denial deny the proposal",
    ),
    "unknown claim": (
        "statements",
        DENIAL | {"claim": "road-is-opne"},
        'claim: "road-is-opne" is no claim of the bundle or the database. '
        "Did you mean road-is-open?",
    ),
    "unknown source": (
        "statements",
        DENIAL | {"source": "spokewoman"},
        "Did you mean spokesman?",
    ),
    "unknown publisher": (
        "documents",
        READOUT | {"publisher": "minstry"},
        'publisher: "minstry" is no source of the bundle or the database. Did you mean ministry?',
    ),
    "citations that are no list": (
        "statements",
        DENIAL | {"citations": {"document": "readout"}},
        "citations: {",
    ),
    "citation that is no object": (
        "statements",
        DENIAL | {"citations": ["readout"]},
        'citations[0]: "readout" is not an object',
    ),
    "unknown field of a citation": (
        "statements",
        DENIAL | {"citations": [{"document": "readout", "page": 2}]},
        "citations[0].page: there is no such field",
    ),
    "unknown document": (
        "statements",
        DENIAL | {"citations": [{"document": "readout"}, {"document": "raedout"}]},
        'citations[1].document: "raedout" is no document of the bundle or the database. '
        "Did you mean readout?",
    ),
    "document twice": (
        "statements",
        DENIAL | {"citations": [{"document": "readout"}, {"document": "readout"}]},
        'citations[1].document: "readout" stands twice here',
    ),
    "language of a citation that is no tag": (
        "statements",
        DENIAL | {"citations": [{"document": "readout", "language": "?"}]},
        'citations[0].language: "?": Write a language tag',
    ),
    "via what the statement does not cite": (
        "statements",
        DENIAL | {"citations": [{"document": "readout", "via": "report"}]},
        'citations[0].via: "report" is no document that this statement cites',
    ),
    "via itself": (
        "statements",
        DENIAL | {"citations": [{"document": "readout", "via": "readout"}]},
        "citations[0].via: it would be taken, in a circle, from itself",
    ),
    "via in a circle": (
        "statements",
        DENIAL
        | {
            "citations": [
                {"document": "readout", "via": "report"},
                {"document": "report", "via": "readout"},
            ]
        },
        "it would be taken, in a circle, from itself",
    ),
}


@pytest.mark.parametrize("file, row, words", FIELDS.values(), ids=FIELDS)
def test_field_that_is_wrong_is_one_error_at_its_line(tmp_path, file, row, words):
    world = WORLD | {file: [row, *WORLD[file][1:]]}
    if file != "statements":
        world["statements"] = []

    lines = refusal(tmp_path, **world)

    assert len(lines) == 1
    assert lines[0].startswith(f"{file}.jsonl:1: ")
    assert words in lines[0]
    assert not Source.objects.exists()


TWICE = {
    "source": ({"sources": [SPOKESMAN, MINISTRY, SPOKESMAN]}, "sources.jsonl:3: key: "),
    "statement": ({**WORLD, "statements": [DENIAL, DENIAL]}, "statements.jsonl:2: key: "),
    "affiliation": (
        {
            "sources": [SPOKESMAN, MINISTRY],
            "affiliations": [
                {"member": "spokesman", "body": "ministry"},
                {"member": "spokesman", "body": "ministry", "until": "2020"},
            ],
        },
        "affiliations.jsonl:2: it stands already on line 1",
    ),
    "symmetric relation": (
        {
            "claims": [CLAIM, CLAIM | {"key": "b"}],
            "relations": [
                {"from": "road-is-open", "kind": "negates", "to": "b"},
                {"from": "b", "kind": "negates", "to": "road-is-open"},
            ],
        },
        "relations.jsonl:2: it stands already on line 1",
    ),
}


@pytest.mark.parametrize("files, words", TWICE.values(), ids=TWICE)
def test_what_stands_twice_is_an_error_that_names_the_first_line(tmp_path, files, words):
    lines = refusal(tmp_path, **files)

    assert lines[0].startswith(words)
    assert "line 1" in lines[0]


def test_two_statements_without_key_or_order_on_one_day_are_told_apart_by_order(tmp_path):
    keyless = {name: value for name, value in DENIAL.items() if name != "key"}

    (line,) = refusal(tmp_path, **WORLD | {"statements": [keyless, keyless]})

    assert 'say with "order"' in line


def test_forward_reference_within_a_file_is_fine(tmp_path):
    load(
        tmp_path,
        claims=[CLAIM, CLAIM | {"key": "b"}],
        relations=[{"from": "b", "kind": "implies", "to": "road-is-open"}],
    )

    assert Claim.objects.count() == 2


@pytest.mark.parametrize(
    "state, words",
    [
        ("draft", "is a draft in the database. Publish that source first, or put it into the"),
        ("in_review", "is in review in the database"),
        ("retired", "is retired in the database. Publish that source first: "),
    ],
)
def test_statement_needs_a_source_that_is_published(tmp_path, state, words):
    make_source(slug="spokesman", review_state=state)

    (line,) = refusal(tmp_path, **WORLD | {"sources": []})

    assert line.startswith('statements.jsonl:1: source: "spokesman" is')
    assert words in line


def test_statement_needs_a_claim_that_is_published(tmp_path):
    make_claim(slug="road-is-open", review_state="retired")

    (line,) = refusal(tmp_path, **WORLD)

    assert line.startswith('statements.jsonl:1: claim: "road-is-open" is retired')


def test_claim_stays_a_demand_while_a_proposal_of_it_is_denied(tmp_path):
    claim = make_claim(slug="road-is-open", kind="demand")
    make_statement(claim=claim, stance="denies", denies_what="proposal")

    (line,) = refusal(tmp_path, claims=[CLAIM])

    assert line.startswith("claims.jsonl:1: kind: ")


def test_affiliation_with_itself(tmp_path):
    (line,) = refusal(
        tmp_path,
        sources=[MINISTRY],
        affiliations=[{"member": "ministry", "body": "ministry"}],
    )

    assert line == "affiliations.jsonl:1: body: A source cannot be affiliated with itself"


def test_relation_with_itself(tmp_path):
    (line,) = refusal(
        tmp_path,
        claims=[CLAIM],
        relations=[{"from": "road-is-open", "kind": "implies", "to": "road-is-open"}],
    )

    assert line == "relations.jsonl:1: to: A claim cannot be related to itself"


def test_affiliation_that_ends_before_it_begins(tmp_path):
    (line,) = refusal(
        tmp_path,
        sources=[SPOKESMAN, MINISTRY],
        affiliations=[
            {"member": "spokesman", "body": "ministry", "since": "2020", "until": "2019"}
        ],
    )

    assert line == 'affiliations.jsonl:1: until: "2019": It would end before it begins'


def test_periods_that_overlap_within_the_bundle(tmp_path):
    row = {"member": "spokesman", "body": "ministry"}

    (line,) = refusal(
        tmp_path,
        sources=[SPOKESMAN, MINISTRY],
        affiliations=[row | {"since": "2020"}, row | {"since": "2021"}],
    )

    assert line.startswith("affiliations.jsonl:2: since: the period overlaps with that of line 1")


def test_period_that_overlaps_with_one_that_is_there(tmp_path):
    member, body = make_source(slug="spokesman"), make_source(slug="ministry")
    make_affiliation(member=member, body=body, since="2020")

    (line,) = refusal(
        tmp_path, affiliations=[{"member": "spokesman", "body": "ministry", "since": "2021"}]
    )

    assert "since: the period overlaps with one here (2020/)" in line


def test_affiliations_in_a_circle(tmp_path):
    a, b = make_source(slug="a"), make_source(slug="b")
    make_affiliation(member=a, body=b)

    lines = refusal(
        tmp_path,
        sources=[SPOKESMAN],
        affiliations=[{"member": "b", "body": "spokesman"}, {"member": "spokesman", "body": "a"}],
    )

    assert [line.split(": ")[:2] for line in lines] == [
        ["affiliations.jsonl:1", "body"],
        ["affiliations.jsonl:2", "body"],
    ]
    assert Affiliation.objects.count() == 1


def test_via_in_a_circle_with_one_that_is_there_is_refused_by_the_database(tmp_path):
    load(
        tmp_path,
        **WORLD
        | {
            "statements": [
                DENIAL
                | {"citations": [{"document": "readout"}, {"document": "report", "via": "readout"}]}
            ]
        },
    )

    (line,) = refusal(
        tmp_path,
        statements=[DENIAL | {"citations": [{"document": "readout", "via": "report"}]}],
    )

    assert "in a circle" in line


def test_many_errors_of_one_class_are_counted_with_examples(tmp_path):
    sources = [SPOKESMAN | {"key": f"s-{n}", "kind": "robot"} for n in range(250)]

    lines = refusal(tmp_path, sources=sources)

    assert lines[0].startswith("250 × sources.jsonl: kind: … is not one of")
    assert lines[1].startswith("    sources.jsonl:1: ")
    assert lines[-1] == "    … and 247 more like these."


def test_errors_that_the_sets_find_are_counted_alike(tmp_path):
    statements = [DENIAL | {"key": f"s-{n}", "said": "soon"} for n in range(250)]

    lines = refusal(tmp_path, **WORLD | {"statements": statements})

    assert lines[0].startswith("250 × statements.jsonl: said: …: ")
    assert lines[-1] == "    … and 247 more like these."


def test_errors_come_in_the_order_of_files_and_lines(tmp_path):
    lines = refusal(
        tmp_path,
        sources=[SPOKESMAN | {"kind": "robot"}, MINISTRY | {"wikidata": "x"}],
        claims=[CLAIM | {"language": "?"}],
        statements=[DENIAL | {"stance": "shrugs"}, DENIAL | {"key": "b", "said": "soon"}],
        documents=[READOUT, REPORT],
    )

    assert [line.split(": ")[0] for line in lines] == [
        "sources.jsonl:1",
        "sources.jsonl:2",
        "claims.jsonl:1",
        "statements.jsonl:1",
        "statements.jsonl:2",
    ]


def test_wrong_row_is_still_one_that_others_may_refer_to(tmp_path):
    (line,) = refusal(tmp_path, **WORLD | {"sources": [SPOKESMAN | {"kind": "robot"}, MINISTRY]})

    assert "robot" in line


def test_error_is_one_line_whatever_the_bundle_holds(tmp_path):
    (line,) = refusal(tmp_path, sources=[SPOKESMAN | {"kind": "a\nb\u2028c\x1b[31m\u202e"}])

    assert line.isprintable()


def test_long_value_is_shown_cut(tmp_path):
    (line,) = refusal(tmp_path, sources=[SPOKESMAN | {"kind": "x" * 100000}])

    assert len(line) < 250


def test_folder_that_is_missing(tmp_path):
    with pytest.raises(BundleError, match="No such file or directory"):
        import_bundle(folder=tmp_path / "none")


def test_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(BundleError, match="Not a directory"):
        import_bundle(folder=tmp_path / "file")


def test_folder_with_none_of_the_files(tmp_path):
    with pytest.raises(BundleError, match=r"none of the files of a bundle: sources\.jsonl, "):
        import_bundle(folder=tmp_path)


@pytest.mark.parametrize(
    "name", ["statement.jsonl", "Statements.jsonl", "statements.json", "statements.jsonl.gz"]
)
def test_file_with_a_name_like_that_of_a_bundle_file(tmp_path, name):
    (tmp_path / name).touch()

    (line,) = refusal(tmp_path, sources=[SPOKESMAN])

    assert line.startswith(f"{name}: ")
    assert "Did you mean statements.jsonl?" in line


def test_file_that_an_export_left_unfinished(tmp_path):
    (tmp_path / "claims.jsonl.partial").touch()

    (line,) = refusal(tmp_path, sources=[SPOKESMAN])

    assert line.startswith("claims.jsonl.partial: an export did not come to its end here")


def test_file_that_is_a_folder(tmp_path):
    (tmp_path / "claims.jsonl").mkdir()

    (line,) = refusal(tmp_path, sources=[SPOKESMAN])

    assert line == "claims.jsonl: it cannot be read: Is a directory"


def test_nothing_is_imported_where_one_line_is_wrong(tmp_path):
    make_relation()
    before = Claim.objects.count()
    write(tmp_path, **WORLD)
    with (tmp_path / "statements.jsonl").open("a") as file:
        file.write("{}\n")

    with pytest.raises(BundleError, match=r"Nothing was imported: 3 things are wrong"):
        import_bundle(folder=tmp_path)

    assert Claim.objects.count() == before
    assert not Statement.objects.exists()
