"""Bad input in a fixture gets one clear sentence, and nothing is half-written."""

import json
import sys
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from claims.models import Citation, Claim, Statement, Topic
from sources.models import Affiliation, Document, Source

MODELS = [Topic, Source, Affiliation, Document, Claim, Statement, Citation]


def a_source(**fields):
    stated = {"slug": "icrc", "review_state": "published", "kind": "organisation", "name": "ICRC"}
    return {"model": "sources.source", "fields": stated | fields}


def a_document(slug="icrc-2023-07-25", **fields):
    stated = {"slug": slug, "review_state": "published", "kind": "statement", "title": "Statement"}
    return {"model": "sources.document", "fields": stated | fields}


def a_claim(**fields):
    stated = {"slug": "free-passage", "review_state": "published", "kind": "fact", "text": "So."}
    return {"model": "claims.claim", "fields": stated | fields}


def a_statement(**fields):
    stated = {"slug": "icrc--free-passage--2023-07-25", "review_state": "published"}
    stated |= {"claim": ["free-passage"], "source": ["icrc"], "stance": "denies"}
    return {"model": "claims.statement", "fields": stated | {"said": "2023-07-25"} | fields}


def a_citation(document="icrc-2023-07-25", **fields):
    stated = {"statement": ["icrc--free-passage--2023-07-25"], "document": [document]}
    return {"model": "claims.citation", "fields": stated | fields}


# Each is sound by itself; what is refused stands after them, so that something could be left.
SOUND = [a_source(), a_document(), a_claim(), a_statement(), a_citation()]


@pytest.fixture
def refused(tmp_path):
    """Load objects, or the bytes of a file; return what the one who loads them is told."""

    def load(content, name="bad.json"):
        path = tmp_path / name
        if not isinstance(content, bytes):
            lines = ",\n".join(json.dumps(one) for one in content)  # an object a line
            content = f"[\n{lines}\n]".encode()
        path.write_bytes(content)
        with pytest.raises(CommandError) as caught:
            call_command("loaddata", path, verbosity=0)
        said = str(caught.value)
        assert said.startswith(str(path))
        assert said.endswith(" Nothing was written.")
        assert "\n" not in said
        assert not any(model.objects.exists() for model in MODELS)
        return said.removeprefix(str(path)).lstrip(":, ").removesuffix(" Nothing was written.")

    return load


@pytest.mark.django_db
def test_sound_objects_load(tmp_path):
    path = tmp_path / "good.json"
    path.write_text(json.dumps(SOUND))

    call_command("loaddata", path, verbosity=0)

    assert Citation.objects.get().statement.source.slug == "icrc"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "line 1, column 1: it is not JSON. Expecting value."),
        (b'[\n {"model": "a",}\n]', "line 2, column 16: it is not JSON. "),
        (b"[] []", "line 1, column 4: it is not JSON. Extra data."),
        (b'[\n"\xe9"]', "line 2: it is not UTF-8. Save the file as UTF-8."),
        (b"\xef\xbb\xbf[]", "it begins with a byte order mark. Save it as UTF-8 without one."),
        (b"{}", "it must be a list of objects: "),
        (b"[" * 100_000, "it is nested too deeply to be read."),
        (b'[{"a":' + b'{"a":' * 100_000, "it is nested too deeply to be read."),
        (b"[" + b"9" * 5000 + b"]", "a number in it has thousands of digits."),
    ],
)
def test_file_that_cannot_be_read_is_refused(refused, text, said):
    assert refused(text).startswith(said)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("one", "said"),
    [
        ("claims.claim", "an object looks like "),
        ({"model": "claims.claim"}, "an object looks like "),
        ({"model": "claims.claim", "fields": {}, "slug": "a"}, "'slug' belongs inside “fields”"),
        ({"model": "claims.clam", "fields": {}}, "there is no model 'claims.clam'."),
        ({"model": 5, "fields": {}}, "there is no model 5."),
    ],
)
def test_object_of_another_shape_is_refused_with_its_number_and_line(refused, one, said):
    assert refused([*SOUND, one]).startswith(f"object 6 (line 7): {said}")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("one", "said"),
    [
        (a_source(slug="x", nme="X"), "sources.source x: there is no field 'nme'. There are: id, "),
        (a_source(slug="x", name=["X"]), 'sources.source x: name is ["X"]; it takes text.'),
        (a_source(slug="x", name={"en": "X"}), "name is {"),
        (a_source(slug="x", name=5), "name is 5; it takes text."),
        (a_source(slug="x", kind="robot"), 'kind is "robot"; it takes one of: person, state, '),
        (a_source(slug="x", kind=""), 'kind is ""; it takes one of: person, state, '),
        (a_source(slug="x", name=None), "name cannot be null."),
        (a_source(slug="x", name="X" * 301), "name has 301 characters; at most 300 fit."),
        (a_source(slug="x", aliases=["X", 5]), "aliases is 5; it takes text."),
        (a_source(slug="x", aliases="X"), 'aliases is "X", which cannot be read.'),
        (a_source(slug="x", aliases={"a": 1}), 'aliases is {"a": 1}; it takes a list.'),
        (a_source(slug="x", created_at="soon"), 'created_at is "soon": “soon” value has an '),
        (a_source(slug="x", created_at=5), "created_at is 5; it takes a date as text."),
        (a_document("x", publisher="icrc"), 'publisher is "icrc"; it takes a natural key: [slug].'),
        (a_document("x", publisher=["a", "b"]), "publisher is ["),
        (a_document("x", publisher={"slug": "icrc"}), "publisher is {"),
        (a_claim(slug="x", topics="roads"), 'topics is "roads"; it takes a list of natural keys.'),
        (a_claim(slug="x", topics=["roads"]), 'topics is "roads"; it takes a natural key: [slug].'),
        (a_statement(slug="x", personal_capacity="yes"), "personal_capacity is "),
        (a_statement(slug="x", personal_capacity=1), "personal_capacity is 1; it takes true or "),
        (a_statement(slug="x", order="1"), 'order is "1"; it takes a whole number.'),
        (a_statement(slug="x", order=True), "order is true; it takes a whole number."),
        (a_statement(slug="x", order=10**30), "order is 1000000000000000000000000000000: "),
        (a_statement(slug="x", order=float("inf")), "order is Infinity; it takes a whole number."),
        ({"pk": "abc"} | a_source(slug="x"), 'pk is "abc"; it takes a whole number.'),
    ],
)
def test_value_of_another_type_is_refused_with_its_field(refused, one, said):
    told = refused([*SOUND, one])

    assert told.startswith(f"object 6 (line 7), {one['model']} x")
    assert said in told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("one", "said"),
    [
        (a_statement(slug="x", claim=["y"]), "x: claim refers to the claim y, which is neither"),
        (a_statement(slug="x", source=["y"]), "x: source refers to the source y, which is neither"),
        (a_document("x", publisher=["y"]), "x: publisher refers to the source y, "),
        (a_claim(slug="x", topics=[["y"]]), "x: topics refers to the topic y, "),
        (a_citation("y"), "icrc--free-passage--2023-07-25 y: document refers to the document y, "),
        (
            {
                "model": "sources.affiliation",
                "fields": {"member": ["y"], "body": ["icrc"], "role": "", "since": ""},
            },
            "sources.affiliation y icrc: member refers to the source y, ",
        ),
    ],
)
def test_reference_to_what_is_not_there_is_refused(refused, one, said):
    told = refused([*SOUND, one])

    assert told.startswith(f"object 6 (line 7), {one['model']} ")
    assert said in told
    assert told.endswith("Correct the name, or put it first.")


@pytest.mark.django_db
def test_via_that_is_nowhere_is_refused(refused):
    via = ["icrc--free-passage--2023-07-25", "y"]

    told = refused([*SOUND, a_document("x"), a_citation("x", via=via)])

    assert "claims.citation icrc--free-passage--2023-07-25 x: via refers to the citation" in told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("one", "said"),
    [
        (a_source(slug="x", wikidata_id="5"), "A Wikidata id is a Q and a number: Q1331327."),
        (a_source(slug="x y"), "Use letters, digits, - and _ only, at least one."),
        (a_statement(slug="x", said="soon"), "We couldn't read this date."),
        (a_statement(slug="x", stance="asserts", denies_what="fact"), "Only a denial can say"),
        (a_source(slug="x", name="a\0b"), "It holds a NUL character, which text cannot have."),
        (a_source(slug="x\0"), "It holds a NUL character"),
        (a_statement(slug="x", claim=["\0"]), "It holds a NUL character"),
        (a_source(slug="x", name="\ud800"), "It holds half of a character"),
        (a_source(slug="x\ud800"), "It holds half of a character"),
    ],
)
def test_broken_rule_is_told_with_its_object_and_remedy(refused, one, said):
    told = refused([*SOUND, one])

    assert told.startswith(f"object 6 (line 7), {one['model']} x")
    assert said in told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("objects", "culprit", "said"),
    [
        (
            [a_claim(slug="y", review_state="draft"), a_statement(slug="x", claim=["y"])],
            "object 7 (line 8), claims.statement x",
            "A published statement has a published claim: publish the claim first",
        ),
        (
            [
                a_claim(slug="y", review_state="draft"),
                a_statement(slug="w", claim=["y"], review_state="draft"),
                a_statement(slug="x", claim=["y"]),
            ],
            "object 8 (line 9), claims.statement x",
            "A published statement has a published claim: publish the claim first",
        ),
        (
            [a_statement(slug="x", denies_what="proposal")],
            "object 6 (line 7), claims.statement x",
            "Only of a demand can a denial deny the proposal.",
        ),
        (
            [
                a_statement(slug="x"),
                a_citation(
                    statement=["x"], via=["icrc--free-passage--2023-07-25", "icrc-2023-07-25"]
                ),
            ],
            "object 7 (line 8), claims.citation x icrc-2023-07-25",
            "Choose a citation of this same statement.",
        ),
        (
            [a_document("x", publisher=987654321)],
            "object 6 (line 7), sources.document x",
            "it refers to what is not there (sources_document_publisher_id_",
        ),
    ],
)
def test_rule_that_the_database_checks_last_still_names_the_object(refused, objects, culprit, said):
    told = refused([*SOUND, *objects])

    assert told.startswith(culprit)
    assert said in told


@pytest.mark.django_db
def test_rule_broken_for_a_row_that_is_not_in_the_fixture_names_the_row(tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(SOUND))
    bad.write_text(json.dumps([a_claim(review_state="draft")]))
    call_command("loaddata", good, verbosity=0)

    with pytest.raises(
        CommandError, match=r"the row “ICRC denies: So\.” that is there: A published s"
    ):
        call_command("loaddata", bad, verbosity=0)

    assert Claim.objects.get().review_state == "published"


@pytest.mark.django_db
def test_circle_of_via_is_refused(refused):
    key = "icrc--free-passage--2023-07-25"
    circle = [a_citation("x", via=[key, "y"]), a_citation("y", via=[key, "x"])]

    told = refused([*SOUND, a_document("x"), a_document("y"), *circle])

    assert f"claims.citation {key} x: It would be taken, in a circle" in told


@pytest.mark.django_db
def test_object_that_stands_twice_is_refused(refused):
    told = refused([*SOUND, a_source(name="Red Cross")])

    assert told == (
        "object 6 (line 7), sources.source icrc: it is already there, "
        "as object 1 (line 2), sources.source icrc. Remove one."
    )


@pytest.mark.django_db
def test_key_that_stands_twice_is_refused(refused):
    told = refused(b'[\n{"model": "sources.source", "fields": {"slug": "a", "slug": "b"}}]')

    assert told == "object 1 (line 2): 'slug' stands twice. Remove one."


@pytest.mark.django_db
def test_citation_may_stand_before_the_one_it_was_taken_from(tmp_path):
    path = tmp_path / "good.json"
    via = ["icrc--free-passage--2023-07-25", "icrc-2023-07-25"]
    path.write_text(json.dumps([*SOUND[:4], a_document("x"), a_citation("x", via=via), SOUND[4]]))

    call_command("loaddata", path, verbosity=0)

    assert Citation.objects.get(document__slug="x").via.document.slug == "icrc-2023-07-25"


@pytest.mark.django_db
@pytest.mark.parametrize("label", ["nowhere", "seeds/nowhere.json", "/nowhere/lachin.json"])
def test_missing_file_is_named_as_it_was_asked_for(label):
    with pytest.raises(CommandError, match=f"^{label}: No fixture named "):
        call_command("loaddata", label)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bad.json.gz", b"[]", "Not a gzipped file"),
        ("bad.jsonl", b'{"model": "claims.clam"}', "object 1: Invalid model identifier: claims.cl"),
        ("bad.xml", b"<django-objects", "object 1: "),
    ],
)
def test_other_formats_are_refused_with_the_number_of_the_object(refused, name, content, said):
    assert refused(content, name).startswith(said)


@pytest.mark.django_db
def test_standard_input_is_read_as_strictly(monkeypatch):
    monkeypatch.setattr(sys, "stdin", StringIO(json.dumps([a_source(name=["ICRC"])])))

    with pytest.raises(
        CommandError, match='sources.source icrc: name is \\["ICRC"\\]; it takes text'
    ):
        call_command("loaddata", "-", format="json", verbosity=0)


@pytest.mark.django_db
def test_standard_input_loads(monkeypatch):
    monkeypatch.setattr(sys, "stdin", StringIO(json.dumps(SOUND)))

    call_command("loaddata", "-", format="json", verbosity=0)

    assert Citation.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize(
    "bad",
    [a_source(slug="x", wikidata_id="5"), a_statement(slug="x", denies_what="proposal")],
    ids=["at once", "at the end"],
)
def test_nothing_is_left_of_a_fixture_that_is_refused(refused, bad):
    assert refused([*SOUND, bad])
    assert not Source.pgh_event_model.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "pk", "fields"),
    [
        ("claims.tally", 1, {"asserts": 99, "denies": 99}),
        ("claims.position", [1, 1], {"statement": 1, "stance": "denies"}),
    ],
)
def test_what_the_database_derives_is_not_loaded(refused, model, pk, fields):
    assert "writes it itself" in refused([{"model": model, "pk": pk, "fields": fields}])
