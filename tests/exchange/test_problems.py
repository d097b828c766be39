"""What an import finds: grouped by class, all of it in a file, questions and their answers."""

import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from claims.exchange import checking
from claims.exchange.importing import Bundle, import_given
from claims.exchange.problems import MOST_CLASSES, Answers, BundleError, Problem, Problems
from claims.models import Claim
from tests.exchange.bundles import SPOKESMAN, WORLD, refusal, write

MANY = 300


def sources(*wrong):
    """Return sources without a name, and after them others that are wrong."""
    return [{"key": f"s{n}", "kind": "person"} for n in range(MANY)] + list(wrong)


@pytest.mark.django_db
def test_a_frequent_error_hides_no_rare_one(tmp_path):
    lines = refusal(tmp_path, sources=sources(SPOKESMAN | {"kind": "shrub"}))

    assert f"{MANY} × sources.jsonl: name: it is missing" in lines
    assert any(line.startswith('sources.jsonl:301: kind: "shrub" is not') for line in lines)
    assert len(lines) < 10


@pytest.mark.django_db
def test_a_frequent_error_that_the_database_finds_hides_no_rare_one(tmp_path):
    documents = [
        {"key": f"d{n}", "kind": "article", "title": "T", "url": "here"} for n in range(MANY)
    ] + [{"key": "last", "kind": "article", "title": "T", "published": "soon"}]

    lines = refusal(tmp_path, documents=documents)

    assert any(line.startswith("300 × documents.jsonl: url: …") for line in lines)
    assert any(line.startswith('documents.jsonl:301: published: "soon"') for line in lines)


@pytest.mark.django_db
def test_errors_of_one_class_are_counted_whatever_the_value(tmp_path):
    wrong = [SPOKESMAN | {"key": f"s{n}", "kind": f"kind {n}"} for n in range(MANY)]

    lines = refusal(tmp_path, sources=wrong)

    assert lines[0].startswith("300 × sources.jsonl: kind: … is not one of person")
    assert lines[-1] == "    … and 297 more like these."


def test_memory_is_bounded_however_many_classes_there_are():
    problems = Problems()
    for number in range(10 * MOST_CLASSES):
        word = "x" * (number + 1)
        problems.add("sources", number, "name", f"{word} it is")

    assert len(problems.errors.by_class) == MOST_CLASSES + 1
    assert problems.count == 10 * MOST_CLASSES
    assert "sources.jsonl: others" in problems.report()


@pytest.mark.django_db
def test_a_report_has_every_error_as_json_lines(tmp_path):
    folder, report = write(tmp_path / "b", sources=sources()), tmp_path / "report.jsonl"

    with pytest.raises(CommandError, match="All of them are in .*report.jsonl"):
        call_command("import_bundle", folder, report=report)

    rows = [json.loads(line) for line in report.read_text().splitlines()]
    assert len(rows) == MANY
    assert rows[-1] == {
        "kind": "error",
        "code": "",
        "place": "sources.jsonl:300",
        "field": "name",
        "message": "it is missing",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("use", "encoding", "field"),
    [({}, "utf-8", "=1"), ({"for": "spreadsheet"}, "utf-8-sig", "'=1")],
)
def test_a_report_as_csv_is_plain_or_for_a_spreadsheet(tmp_path, use, encoding, field):
    folder = write(tmp_path / "b", sources=[{"key": "a", "kind": "person", "name": "A", "=1": 2}])
    report = tmp_path / "report.csv"

    with pytest.raises(CommandError):
        call_command("import_bundle", folder, report=report, **use)

    (row,) = csv.DictReader(StringIO(report.read_text(encoding=encoding)))
    assert (row["place"], row["field"]) == ("sources.jsonl:1", field)


@pytest.mark.django_db
def test_a_report_that_cannot_be_written_is_said_and_nothing_is_imported(tmp_path):
    folder = write(tmp_path / "b", **WORLD)

    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("import_bundle", folder, report=tmp_path / "none" / "report.jsonl")

    assert not Claim.objects.exists()


@pytest.mark.django_db
def test_dates_that_were_dropped_are_told_among_many_other_notes(tmp_path):
    lines = [json.dumps({"@type": "ClaimReview"})] * 101
    good = {"@type": "ClaimReview", "claimReviewed": "The road is open.", "datePublished": "soon"}
    path = tmp_path / "reviews.jsonl"
    path.write_text("\n".join([*lines, json.dumps(good)]))
    out = StringIO()

    call_command("import_claimreview", path, stdout=out)

    assert "101 × reviews.jsonl: left out: it does not say which claim" in out.getvalue()
    assert "reviews.jsonl:102: datePublished: " in out.getvalue()


# Questions


@pytest.fixture
def asking(monkeypatch):
    """Have an import ask a question about each of its claims; returns the function to set which."""

    def ask(code):
        def run(checks):
            checks.cursor.execute("SELECT line FROM bundle_claims")
            for (line,) in checks.cursor.fetchall():
                checks.problems.ask(code, "claims", line, "text", "It is like another.")

        monkeypatch.setattr(checking.Checks, "run", run)

    return ask


@pytest.mark.django_db
def test_the_command_line_lists_a_question_as_a_note_and_imports(tmp_path, asking):
    asking("like_claim")
    out = StringIO()

    call_command("import_bundle", write(tmp_path / "b", **WORLD), stdout=out)

    assert "claims.jsonl:1: text: It is like another." in out.getvalue()
    assert Claim.objects.exists()


@pytest.mark.django_db
def test_the_command_line_refuses_a_reworded_claim_until_it_is_told_what_becomes_of_it(tmp_path):
    call_command("import_bundle", write(tmp_path / "a", **WORLD))
    reworded = [claim | {"text": "The moon is made of cheese."} for claim in WORLD["claims"]]
    folder = write(tmp_path / "b", **WORLD | {"claims": reworded})

    with pytest.raises(CommandError, match="--reworded reverse"):
        call_command("import_bundle", folder)
    assert not Claim.objects.filter(text__contains="moon").exists()

    call_command("import_bundle", folder, "--reworded", "still_hold")
    assert Claim.objects.filter(text__contains="moon").exists()


@pytest.mark.django_db
def test_where_it_can_be_asked_an_import_waits_for_the_answer(tmp_path, asking):
    asking("like_claim")
    answers = Answers(confirm=frozenset(["like_claim"]))
    given = Bundle(write(tmp_path / "b", **WORLD))

    assert import_given(given=given, answers=Answers()).dry_run
    assert not Claim.objects.exists()
    assert not import_given(given=given, answers=answers).dry_run
    assert Claim.objects.exists()


def test_a_question_of_an_unknown_code_is_a_fault():
    with pytest.raises(ValueError, match="shrug is no question"):
        Problems().ask("shrug", "claims", 1, "", "Really?")


def test_a_finding_is_printed_on_one_line():
    assert str(Problem(0, 1, "name", "a\nb", "f")) == "f:1: name: a\\nb"


def test_a_refusal_carries_what_was_found():
    problems = Problems()
    problems.add("claims", 1, "text", "it is missing")

    with pytest.raises(BundleError) as error:
        problems.raise_if_any()
    assert error.value.problems is problems
