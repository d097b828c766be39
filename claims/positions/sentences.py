"""Sentences ready to print: who took which stance, when, and where that can be read."""

import functools
import re
from collections.abc import Iterable, Sequence
from typing import Any

from claimtracker.edtf import in_words

# {it} is the claim as what was said: “it”, or that “…”. {thing} is the claim as a thing: “it”, or
# the claim “…”.
VERBS = {
    "asserts": "asserted {it}",
    "denies": "denied {it}",
    "dismisses": "dismissed {thing}",
    "questions": "questioned {thing}",
    "comments": "commented on {thing} without taking a side",
    "withdraws": "withdrew an earlier statement on {thing}",
    "silent": "did not address {thing}",
}
# Of a demand one calls for what is demanded, of a characterisation one agrees or disputes.
VERBS_OF_KIND = {
    ("demand", "asserts"): "called for {thing}",
    ("demand", "denies"): "rejected {thing}",
    ("characterisation", "asserts"): "agreed with {thing}",
    ("characterisation", "denies"): "disputed {thing}",
}
VERBS_OF_DENIAL = {
    "responsibility": "denied responsibility for {thing}",
    "framing": "disputed how {thing} is framed",
}
# What ends a sentence, in the scripts that have a full stop of their own: a quoted claim is part of
# a longer sentence.
FULL_STOPS = " .\u0589\u06d4\u0964\u1362\u3002\uff0e\uff61"

# What one would say by what one said of something else.
WOULD = {"asserts": "assert {it}", "denies": "deny {it}"}
WOULD_OF_KIND = {
    ("demand", "asserts"): "call for {thing}",
    ("demand", "denies"): "reject {thing}",
    ("characterisation", "asserts"): "agree with {thing}",
    ("characterisation", "denies"): "dispute {thing}",
}
# One calls for what is demanded, but makes a demand; one is not responsible for a claim.
WHERE_QUOTED = {
    "called for {thing}": "made {thing}",
    "call for {thing}": "make {thing}",
    "denied responsibility for {thing}": "denied responsibility for what is said in {thing}",
}
THINGS = {"demand": "the demand", "characterisation": "the characterisation"}
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
# One says an article by its author, but a ruling of a court.
BY = {"article", "post", "video", "report"}
MANNERS = {
    "": "according to",
    "verbatim": "as quoted in",
    "paraphrase": "as paraphrased in",
    "reported": "as reported in",
}


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
    source = sources[statement["source"]]
    who, when = named(source), in_words(statement["said"])
    if statement["stance"] == "undeclared":
        said = f"{_of('where {who} stood on {thing}', claim, quoted, who=who)} was not clear {when}"
    else:
        said = f"{who} {_of(_verb(statement, claim['kind']), claim, quoted)} {when}"
    if statement["stance"] == "silent":
        said += ", though expected to"
    if statement["personal_capacity"]:
        said = f"in a personal capacity, {said}"
    text = f"{said}{_where(statement['citations'], documents, source)}."
    return text[0].upper() + text[1:]


def follows(
    stances: Sequence[str],
    *,
    claim: dict[str, Any],
    source: dict[str, Any],
    bases: Sequence[str],
    quoted: bool = False,
) -> str:
    """Return as a sentence what follows for a source, and from which sentences.

    ``stances`` are those that follow on the claim, one for each base.
    """
    verbs = (WOULD_OF_KIND.get((claim["kind"], stance)) or WOULD[stance] for stance in stances)
    would = dict.fromkeys(_of(verb, claim, quoted) for verb in verbs)
    what = f"{named(source)} would {' and would also '.join(would)}"
    return f"It follows that {what}: {' '.join(bases)}"


def _of(words: str, claim: dict[str, Any], quoted: bool, **others: str) -> str:
    """Return words of a claim, as “it” or quoted."""
    if not quoted:
        return words.format(it="it", thing="it", **others)
    text = claim["text"].rstrip(FULL_STOPS).translate({ord("“"): "‘", ord("”"): "’"})
    thing = f"{THINGS.get(claim['kind'], 'the claim')} “{text}”"
    return WHERE_QUOTED.get(words, words).format(it=f"that “{text}”", thing=thing, **others)


def _verb(statement: dict[str, Any], kind: str) -> str:
    if statement["denies_what"] in VERBS_OF_DENIAL:
        return VERBS_OF_DENIAL[statement["denies_what"]]
    stance = statement["stance"]
    return VERBS_OF_KIND.get((kind, stance)) or VERBS[stance]


def _where(
    citations: Sequence[dict[str, Any]],
    documents: dict[str, dict[str, Any]],
    speaker: dict[str, Any],
) -> str:
    """Return where it can be read: the origins, then who passed them on."""
    if not citations:
        return "; no document is cited"
    of_document = {citation["document"]: citation for citation in citations}
    # An origin that is not itself among them was published too late to count, but is known.
    origins = _in_turn({citation["chain"][0] for citation in citations}, documents)
    relays = _in_turn((c["document"] for c in citations if len(c["chain"]) > 1), documents)
    text = _alike(origins, of_document, documents) or listed(
        [
            f"{_manner(of_document.get(slug))} {_document(documents[slug], speaker)}"
            + (f", {taken_back}" if (taken_back := _retracted(documents[slug])) else "")
            for slug in origins
        ]
    )
    passed_on = list(
        dict.fromkeys(
            _publisher(documents[slug])
            + (f" ({taken_back})" if (taken_back := _retracted(documents[slug])) else "")
            for slug in relays
        )
    )
    return f", {text}" + (f", passed on by {listed(passed_on)}" if passed_on else "")


def _in_turn(slugs: Iterable[str], documents: dict[str, dict[str, Any]]) -> list[str]:
    """Return documents in the order in which they were published, then by name."""
    found = [*slugs]
    if len(found) > 1:
        found.sort(key=lambda slug: _by_date_and_name(documents[slug]))
    return found


def _alike(
    origins: Sequence[str],
    of_document: dict[str, dict[str, Any]],
    documents: dict[str, dict[str, Any]],
) -> str:
    """Return several origins of one kind in one noun; blank where they are not."""
    if len(origins) < 2:
        return ""
    first = origins[0]
    for slug in origins:
        if (
            documents[slug]["kind"] != documents[first]["kind"]
            or _by(documents[slug]) != _by(documents[first])
            or _retracted(documents[slug]) != _retracted(documents[first])
            or _manner(of_document.get(slug)) != _manner(of_document.get(first))
        ):
            return ""
    nouns = NOUNS[documents[first]["kind"]].partition(" ")[2] + "s"
    publishers = f"{_by(documents[first])} {_publishers(origins, documents)}"
    taken_back = _retracted(documents[first])
    which = f", {taken_back}" if taken_back else ""
    return f"{_manner(of_document.get(first))} {nouns} {publishers}{which}"


def _retracted(document: dict[str, Any]) -> str:
    """Return that and when a document was taken back by its publisher; blank if it was not."""
    day = document.get("retracted")
    return f"retracted {in_words(day)}" if day else ""


def _manner(citation: dict[str, Any] | None) -> str:
    return MANNERS[citation["manner"] if citation else ""]


def _by(document: dict[str, Any]) -> str:
    if document["kind"] in BY:
        return "by"
    # What an outlet prints of others is not its own.
    return "published by" if document["publisher_kind"] == "outlet" else "of"


def _document(document: dict[str, Any], speaker: dict[str, Any]) -> str:
    noun = NOUNS[document["kind"]]
    if document["publisher_name"] is None and document["title"]:
        return f"the {noun.partition(' ')[2]} “{document['title']}”"
    if document["publisher"] == speaker["slug"] and speaker["kind"] != "person":
        return f"{noun} of {'their' if speaker['kind'] == 'group' else 'its'} own"
    return f"{noun} {_by(document)} {_publisher(document)}"


def _publishers(slugs: Iterable[str], documents: dict[str, dict[str, Any]]) -> str:
    return listed(list(dict.fromkeys(_publisher(documents[slug]) for slug in slugs)))


def _publisher(document: dict[str, Any]) -> str:
    if document["publisher_name"] is None:
        return "an unnamed publisher"
    return _named(document["publisher_name"], document["publisher_kind"])


def _by_date_and_name(document: dict[str, Any]) -> tuple[str, str, str]:
    # What has no date comes last.
    day = document["published_to"] or "9999"
    return day, document["publisher_name"] or "", document["slug"]


def listed(names: Sequence[str]) -> str:
    """Return names as a list in words: three of them at the most, then how many others."""
    if len(names) > 3:
        others = len(names) - 3
        names = [*names[:3], "1 other" if others == 1 else f"{others} others"]
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


LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
HAS_ARTICLE = re.compile(r"(?:L[aeo]s?|El|Il|Gli|D(?:er|ie|as)|Het|Al)[ -]|L['’]")
# First words of what is called rather by what it is than by a name: "Foreign ministry".
_DESCRIPTIVE = (
    "de self foreign defence defense interior justice finance health education economy "
    "economic energy transport culture agriculture environment trade labour labor state "
    "national federal regional local provincial municipal central supreme constitutional "
    "public general military civil border customs police presidential prime election "
    "electoral human city county district government parliamentary royal coast air"
)
DESCRIPTIVE = frozenset(_DESCRIPTIVE.split())


def named(source: dict[str, Any]) -> str:
    """Return a source's name within a sentence, with its article where it takes one."""
    return _named(source["name"], source["kind"])


# The same few stand in most sentences of an answer.
@functools.lru_cache(maxsize=1000)
def _named(name: str, kind: str) -> str:
    if name.startswith("The "):
        return f"the {name[4:]}"
    of_some_kind = kind in {"government-body", "authority"}
    by_its_words = kind in {"state", "organisation"} and (
        ARTICLE_FIRST.search(name) or ARTICLE_LAST.search(name) or " of " in name
    )
    # English gives no article to a name that it does not write.
    if not (of_some_kind or by_its_words) or not LATIN.match(name) or HAS_ARTICLE.match(name):
        return name
    return f"the {_in_the_middle(name)}"


def _in_the_middle(name: str) -> str:
    """Return a name without the capital that only its place at the head gave it.

    Only where the first word is known to be no name itself: "Ostrian embassy" keeps its capital.
    """
    first, second = (name.split() + ["", ""])[:2]
    descriptive = (
        second[:1].islower()
        and second not in {"of", "for", "and", "on", "in", "the"}
        and first.lower() in DESCRIPTIVE
    )
    return first.lower() + name[len(first) :] if descriptive else name
