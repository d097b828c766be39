"""What an export holds, and that it comes back the same."""

import json

import pytest

from claims.exchange import exporting
from claims.exchange.exporting import export_bundle
from claims.exchange.importing import import_bundle
from claims.exchange.problems import BundleError
from tests.exchange.bundles import WORLD, content_of, empty_the_database, load
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
)

pytestmark = pytest.mark.django_db

FILES = [
    f"{name}.jsonl"
    for name in ("sources", "affiliations", "documents", "claims", "relations", "statements")
]


def exported(folder, **options):
    export_bundle(folder=folder, **options)
    return {
        path.stem: [json.loads(line) for line in path.read_text().split("\n") if line]
        for path in folder.iterdir()
    }


def test_export_import_export_gives_equal_files(tmp_path):
    citation = make_citation(quote='"Ոչ"\\\n\t\x85\u2028\u2029\x7f')
    make_citation(via=citation)
    make_affiliation(role="spokesman", since="2020~", speaks_for=True)
    make_relation(from_claim=make_claim(topics=[make_topic(), make_topic()]))
    make_document(publisher=make_source(aliases=["a", "b"]), retrieved="2020-02-29")
    export_bundle(folder=tmp_path / "first")
    empty_the_database()

    import_bundle(folder=tmp_path / "first")
    export_bundle(folder=tmp_path / "second")

    assert content_of(tmp_path / "first") == content_of(tmp_path / "second")
    assert list(content_of(tmp_path / "first")) == sorted(FILES)


def test_import_of_an_export_changes_nothing(tmp_path):
    make_citation(via=make_citation())
    make_relation(kind="negates")
    make_affiliation(since="2020")
    export_bundle(folder=tmp_path)

    assert import_bundle(folder=tmp_path).changes_nothing()


def test_lines_stand_in_the_order_of_their_keys(tmp_path):
    for slug in ("b", "a-b", "B", "a_b", "ab", "1"):
        make_source(slug=slug)

    keys = [row["key"] for row in exported(tmp_path)["sources"]]

    assert keys == ["1", "B", "a-b", "a_b", "ab", "b"]


def test_every_line_has_every_field(tmp_path):
    load(tmp_path / "in", **WORLD)

    (line,) = exported(tmp_path / "out")["statements"]

    assert list(line) == [
        *("key", "claim", "source", "stance", "denies_what", "said", "order", "occasion"),
        *("personal_capacity", "note", "citations"),
    ]
    assert list(line["citations"][0]) == [
        *("document", "via", "manner", "quote", "prefix", "suffix", "locator", "language"),
        *("translation", "as_named", "note"),
    ]


@pytest.mark.parametrize("state", ["draft", "in_review", "retired"])
def test_what_is_not_published_leaves_no_trace(tmp_path, state):
    hidden = {"review_state": state}
    make_source(slug="secret-source", **hidden)
    secret = make_source(slug="secret-member", **hidden)
    make_affiliation(member=secret, role="secret role")
    make_affiliation(body=secret, role="secret role")
    make_document(slug="secret-document", **hidden)
    make_document(slug="open-document", publisher=secret, text="secret text")
    claim = make_claim(slug="secret-claim", topics=[make_topic(name="secret topic")], **hidden)
    make_relation(to_claim=claim, rationale="secret reason")
    make_statement(slug="secret-statement", **hidden)
    statement = make_statement()
    document = make_document(slug="secret-paper", **hidden)
    first = make_citation(statement=statement, document=document, quote="secret quote")
    make_citation(statement=statement, via=first)

    exported(tmp_path)

    assert not [name for name, content in content_of(tmp_path).items() if b"secret" in content]


def test_citation_that_was_taken_from_a_draft_stays_without_via(tmp_path):
    draft = make_citation(document=make_document(review_state="draft"))
    make_citation(via=draft, document=make_document(slug="paper"))

    (statement,) = exported(tmp_path)["statements"]

    assert [(one["document"], one["via"]) for one in statement["citations"]] == [("paper", None)]


def test_merged_source_is_not_exported(tmp_path):
    make_source(slug="gone", merged_into=make_source(slug="here"), review_state="retired")

    assert [row["key"] for row in exported(tmp_path)["sources"]] == ["here"]


def test_line_is_one_line_to_every_program(tmp_path):
    make_source(description="a\x85b\u2028c\u2029d\x0be\x1cf")

    export_bundle(folder=tmp_path)

    assert len((tmp_path / "sources.jsonl").read_text().splitlines()) == 1


def test_folder_that_is_not_empty_is_refused(tmp_path):
    (tmp_path / "README.md").touch()

    with pytest.raises(BundleError, match=r"it is not empty \(it has README\.md\)"):
        export_bundle(folder=tmp_path)


def test_replace_replaces_the_bundle_files_and_no_others(tmp_path):
    (tmp_path / "README.md").write_text("Mine.")
    (tmp_path / "claims.jsonl").write_text("old")
    make_source()

    export_bundle(folder=tmp_path, replace=True)

    assert (tmp_path / "README.md").read_text() == "Mine."
    assert (tmp_path / "claims.jsonl").read_text() == ""


def test_folder_of_an_export_that_was_killed_can_be_written_to(tmp_path):
    (tmp_path / "claims.jsonl.partial").write_text("half")

    export_bundle(folder=tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


def test_export_that_fails_leaves_no_file(tmp_path, monkeypatch):
    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting.os, "fsync", fail)

    with pytest.raises(BundleError, match="No space left on device"):
        export_bundle(folder=tmp_path)

    assert not list(tmp_path.iterdir())


def test_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(BundleError, match="File exists"):
        export_bundle(folder=tmp_path / "file")


def test_empty_database_gives_six_empty_files(tmp_path):
    assert exported(tmp_path) == {name.removesuffix(".jsonl"): [] for name in FILES}
