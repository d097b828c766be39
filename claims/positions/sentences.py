"""Sentences ready to print: who took which stance, when, and where that can be read."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

VERBS = {
    "asserts": "asserted {it}",
    "denies": "denied {it}",
    "dismisses": "dismissed {it}",
    "questions": "questioned {it}",
    "comments": "commented on {it} without taking a side",
    "withdraws": "took back what was said of {it} before",
    "silent": "did not address {it}",
}
# Of a demand one calls for what is demanded, of a characterisation one agrees or disputes.
VERBS_OF_KIND = {
    ("demand", "asserts"): "called for {it}",
    ("demand", "denies"): "rejected {it}",
    ("characterisation", "asserts"): "agreed with {it}",
    ("characterisation", "denies"): "disputed {it}",
}
VERBS_OF_DENIAL = {
    "responsibility": "denied responsibility for {it}",
    "framing": "disputed how {it} is framed",
}
# What one would say by what one said of something else.
WOULD = {"asserts": "assert it", "denies": "deny it"}
WOULD_OF_KIND = {
    ("demand", "asserts"): "call for it",
    ("demand", "denies"): "reject it",
    ("characterisation", "asserts"): "agree with it",
    ("characterisation", "denies"): "dispute it",
}
NOUNS = {
    "article": "an article",
    "post": "a post",
    "readout": "a readout",
    "statement": "a statement",
    "ruling": "a ruling",
    "transcript": "a transcript",
    "video": "a video",
    "report": "a report",
    "record": "a record",
    "other": "a document",
}
MANNERS = {
    "": "according to",
    "verbatim": "as quoted in",
    "paraphrase": "as paraphrased in",
    "reported": "as reported in",
}
MONTHS = [
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
]


def sentence(
    statement: dict[str, Any],
    *,
    claim: dict[str, Any],
    sources: dict[str, dict[str, Any]],
    documents: dict[str, dict[str, Any]],
    quoted: bool = False,
) -> str:
    """Return a statement as a sentence about “it”, the claim, or with the claim quoted.

    Statement, claim, sources and documents are those of ``acts.Acts``, the last two by slug.
    """
    it = f"“{claim['text'].rstrip('.')}”" if quoted else "it"
    source = sources[statement["source"]]
    who, when = named(source), date_in_words(statement["said"])
    if statement["stance"] == "undeclared":
        said = f"where {who} stood on {it} was not clear {when}"
    else:
        said = f"{who} {_verb(statement, claim['kind']).format(it=it)} {when}"
    if statement["stance"] == "silent":
        said += ", though expected to"
    if statement["personal_capacity"]:
        said = f"in a personal capacity, {said}"
    text = f"{said}{_where(statement['citations'], documents)}."
    return text[0].upper() + text[1:]


def follows(
    stances: Sequence[str], *, kind: str, source: dict[str, Any], bases: Sequence[str]
) -> str:
    """Return as a sentence what follows for a source, and from which sentences.

    ``stances`` are those that follow on a claim of this kind, one for each base.
    """
    who = named(source)
    would = dict.fromkeys(WOULD_OF_KIND.get((kind, stance)) or WOULD[stance] for stance in stances)
    what = f"{who} would {' and would also '.join(would)}"
    return f"It follows that {what}: {' '.join(bases)}"


def _verb(statement: dict[str, Any], kind: str) -> str:
    if statement["denies_what"] in VERBS_OF_DENIAL:
        return VERBS_OF_DENIAL[statement["denies_what"]]
    stance = statement["stance"]
    return VERBS_OF_KIND.get((kind, stance)) or VERBS[stance]


def _where(citations: Sequence[dict[str, Any]], documents: dict[str, dict[str, Any]]) -> str:
    """Return where it can be read: the origins, then who passed them on."""
    if not citations:
        return "; no document is cited"
    of_document = {citation["document"]: citation for citation in citations}
    # An origin that is not itself among them was published too late to count, but is known.
    origins = sorted(
        {citation["chain"][0] for citation in citations},
        key=lambda slug: _by_date_and_name(documents[slug]),
    )
    relays = sorted(
        (documents[c["document"]] for c in citations if len(c["chain"]) > 1),
        key=_by_date_and_name,
    )
    first = origins[0]
    alike = all(
        documents[slug]["kind"] == documents[first]["kind"]
        and _manner(of_document.get(slug)) == _manner(of_document.get(first))
        for slug in origins
    )
    if alike and len(origins) > 1:
        noun = NOUNS[documents[first]["kind"]].partition(" ")[2] + "s"
        text = f"{_manner(of_document.get(first))} {noun} of {_publishers(origins, documents)}"
    else:
        text = listed(
            [f"{_manner(of_document.get(slug))} {_document(documents[slug])}" for slug in origins]
        )
    passed_on = list(dict.fromkeys(_publisher(relay) for relay in relays))
    return f", {text}" + (f", passed on by {listed(passed_on)}" if passed_on else "")


def _manner(citation: dict[str, Any] | None) -> str:
    return MANNERS[citation["manner"] if citation else ""]


def _document(document: dict[str, Any]) -> str:
    if document["publisher_name"] is None:
        return f"{NOUNS[document['kind']]}, “{document['title']}”"
    return f"{NOUNS[document['kind']]} of {_publisher(document)}"


def _publishers(slugs: Iterable[str], documents: dict[str, dict[str, Any]]) -> str:
    return listed(list(dict.fromkeys(_publisher(documents[slug]) for slug in slugs)))


def _publisher(document: dict[str, Any]) -> str:
    if document["publisher_name"] is None:
        return "an unnamed publisher"
    return named({"name": document["publisher_name"], "kind": document["publisher_kind"]})


def _by_date_and_name(document: dict[str, Any]) -> tuple[str, str, str]:
    # What has no date comes last.
    day = document["published_to"] or "9999"
    return day, document["publisher_name"] or "", document["slug"]


def listed(names: Sequence[str]) -> str:
    """Return names as a list in words: three of them at the most, then how many others."""
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} others"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


# Names of states and organisations that English gives an article, by their first or last words.
ARTICLE_FIRST = re.compile(
    r"^(United|European|International|Islamic|Republic|Kingdom|African|Arab|Holy|World|UN|"
    r"Netherlands|Philippines|Gambia|Bahamas|Maldives|Comoros|Seychelles|Vatican)\b"
)
ARTICLE_LAST = re.compile(
    r"\b(Union|Nations|Court|Council|Committee|Commission|Federation|Republic|Kingdom|Bank|Fund|"
    r"Agency|Office|Organi[sz]ation|League|Islands|Emirates)$"
)


def named(source: dict[str, Any]) -> str:
    """Return a source's name within a sentence, with its article where it takes one."""
    name, kind = source["name"], source["kind"]
    if name.startswith("The "):
        return f"the {name[4:]}"
    of_some_kind = kind in {"government-body", "authority"}
    by_its_words = kind in {"state", "organisation"} and (
        ARTICLE_FIRST.search(name) or ARTICLE_LAST.search(name) or " of " in name
    )
    if not (of_some_kind or by_its_words):
        return name
    return f"the {_in_the_middle(name)}"


def _in_the_middle(name: str) -> str:
    """Return a name without the capital that only its place at the head gave it."""
    first, second = (name.split() + ["", ""])[:2]
    descriptive = second[:1].islower() and second not in {"of", "for", "and", "on", "in", "the"}
    return first.lower() + name[len(first) :] if descriptive else name


# Dates -------------------------------------------------------------------------------------------


def date_in_words(edtf: str | None) -> str:
    """Return an EDTF date as it stands in a sentence: “on 7 September 2023”, “in about 2023”."""
    if not edtf:
        return "on an unknown date"
    if "/" not in edtf:
        return _one(edtf, _preposition(edtf))
    first, last = edtf.split("/")
    if first == "..":
        return _one(last, f"{_preposition(last)} or before")
    if last == "..":
        return _one(first, f"{_preposition(first)} or after")
    same_month = len(first) == len(last) == 10 and first[:7] == last[:7]
    if same_month:
        return f"between {int(first[8:])} and {_words(last)}"
    return f"between {_marked(first)} and {_marked(last)}"


def _preposition(edtf: str) -> str:
    return "on" if len(edtf.rstrip("~?%")) == 10 else "in"


def _one(edtf: str, preposition: str) -> str:
    mark = edtf[-1]
    about = "about " if mark in "~%" else ""
    perhaps = "possibly " if mark in "?%" else ""
    return f"{perhaps}{preposition} {about}{_words(edtf)}"


def _marked(edtf: str) -> str:
    mark = edtf[-1]
    words = _words(edtf)
    return {"~": f"about {words}", "?": f"possibly {words}", "%": f"possibly about {words}"}.get(
        mark, words
    )


def _words(edtf: str) -> str:
    parts = [int(part) for part in edtf.rstrip("~?%").split("-")]
    names = [str(parts[0]) if parts[0] > 999 else f"the year {parts[0]}"]
    if len(parts) > 1:
        names.insert(0, MONTHS[parts[1] - 1])
    if len(parts) > 2:
        names.insert(0, str(parts[2]))
    return " ".join(names)
