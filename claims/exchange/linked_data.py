"""What is public in the words that others share, as JSON-LD: schema.org and Web Annotations.

A claim is a schema.org Claim. It names no author: those who assert it and those who deny it stand
side by side under ``subjectOf``, each with a sentence. The quotes of a statement are Annotations
(https://www.w3.org/TR/annotation-model/). Nothing is rated.
"""

import re
from collections import defaultdict
from typing import Any

from claims.positions.acts import Acts, Row
from claims.positions.answers import sentence_of
from sources.naming import name_of

MEDIA_TYPE = "application/ld+json"
SCHEMA_ORG = "https://schema.org"
ANNOTATIONS = "http://www.w3.org/ns/anno.jsonld"
# An EDTF date that ISO 8601 has as well: a day, a month or a year.
ISO_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
QUALIFIED = re.compile("[~?%]")


def claim_as_linked_data(slug: str, acts: Acts, topics: list[Row], site: str) -> Row:
    """Return a claim as a schema.org Claim; ``site`` is the address of the API."""
    claim = acts.claims[slug]
    address = f"{site}claims/{slug}/"
    statements = sorted(acts.statements, key=_by_day_said)
    told = {each["slug"]: sentence_of(each, acts) for each in statements}
    parts: dict[str, list[Row]] = defaultdict(list)
    for statement in statements:
        for citation in statement["citations"]:
            if citation["quote"]:
                quotation = _quotation(statement, citation, told[statement["slug"]], acts, site)
                parts[citation["document"]].append(quotation)
    works = {
        each["slug"]: _work(each, parts[each["slug"]], site)
        for each in sorted(acts.documents.values(), key=_by_day)
    }
    first = first_appearance(acts)
    return _without_blanks(
        {
            "@context": SCHEMA_ORG,
            "@type": "Claim",
            "@id": address,
            "url": address,
            "identifier": slug,
            "text": claim["text"],
            "inLanguage": claim["language"],
            "about": [
                {"@type": "Thing", "@id": f"{site}topics/{each['slug']}/", "name": each["name"]}
                for each in topics
            ],
            "appearance": list(works.values()),
            # What else is told of it stands under appearance.
            "firstAppearance": first
            and {name: works[first][name] for name in ("@type", "@id", "url", "name")},
            "subjectOf": [
                {
                    "@type": "CreativeWork",
                    "@id": _statement(each["slug"], site),
                    "url": _annotations(each["slug"], site),
                    "encodingFormat": MEDIA_TYPE,
                    "description": told[each["slug"]],
                }
                for each in statements
            ],
        }
    )


def first_appearance(acts: Acts) -> str | None:
    """Return the document in which a claim certainly appeared first; None where none did.

    All others were certainly published on a later day, or were taken from it or from those, at
    however many removes. A date that is only about right, or doubted, makes nothing certain.
    """
    taken_by: dict[str, set[str]] = defaultdict(set)
    for statement in acts.statements:
        for citation in statement["citations"]:
            for earlier, later in zip(citation["chain"], citation["chain"][1:], strict=False):
                taken_by[earlier].add(later)
    relays = set().union(*taken_by.values())
    origins = [each for each in acts.documents.values() if each["slug"] not in relays]
    if not origins:
        return None
    first = min(origins, key=lambda each: (_certain(each, "published_to") or "9999", each["slug"]))
    last_day = _certain(first, "published_to")
    later = {first["slug"]} | {
        each["slug"]
        for each in acts.documents.values()
        if last_day and last_day < (_certain(each, "published_from") or "")
    }
    reached = list(later)
    while reached:
        onward = taken_by.get(reached.pop(), set()) - later
        reached += onward
        later |= onward
    return first["slug"] if later == acts.documents.keys() else None


def statement_as_linked_data(slug: str, acts: Acts, site: str) -> Row:
    """Return the quotes of a statement as a collection of Annotations, on one page."""
    [statement] = acts.statements
    found = [
        _annotation(statement, citation, acts, site)
        for citation in statement["citations"]
        if citation["quote"]
    ]
    address = _annotations(slug, site)
    return {
        "@context": ANNOTATIONS,
        "id": address,
        "type": "AnnotationCollection",
        "label": sentence_of(statement, acts, quoted=True),
        "total": len(found),
        "first": {
            "id": f"{address}#first",
            "type": "AnnotationPage",
            "startIndex": 0,
            "items": found,
        },
    }


def _annotation(statement: Row, citation: Row, acts: Acts, site: str) -> Row:
    document = acts.documents[citation["document"]]
    target = {
        "source": document["url"] or _document(document["slug"], site),
        "selector": _without_blanks(
            {
                "type": "TextQuoteSelector",
                "exact": citation["quote"],
                "prefix": citation["prefix"],
                "suffix": citation["suffix"],
            }
        ),
    }
    if document["archived_url"]:
        target["state"] = {"type": "TimeState", "cached": document["archived_url"]}
    return {
        "id": _annotation_id(statement["slug"], document["slug"], site),
        "type": "Annotation",
        "motivation": "classifying",
        "body": [
            {"type": "TextualBody", "purpose": "classifying", "value": statement["stance"]},
            _named(f"{site}sources/{statement['source']}/", "identifying"),
            _named(f"{site}claims/{statement['claim']}/", "linking"),
            _named(_statement(statement["slug"], site), "linking"),
            {
                "type": "TextualBody",
                "purpose": "describing",
                "format": "text/plain",
                "language": "en",
                "value": sentence_of(statement, acts, quoted=True),
            },
        ],
        "target": target,
    }


def _named(address: str, purpose: str) -> Row:
    return {"type": "SpecificResource", "purpose": purpose, "source": address}


def _quotation(statement: Row, citation: Row, told: str, acts: Acts, site: str) -> Row:
    verbatim = citation["manner"] == "verbatim"
    return _without_blanks(
        {
            "@type": "Quotation",
            "@id": _annotation_id(statement["slug"], citation["document"], site),
            "url": _annotations(statement["slug"], site),
            "text": citation["quote"],
            "inLanguage": citation["language"],
            "description": told,
            # Of a paraphrase the words are the document's own.
            "author": verbatim and _agent(acts.sources[statement["source"]], site),
        }
    )


def _work(document: Row, parts: list[Row], site: str) -> Row:
    address = _document(document["slug"], site)
    published = document["published"] or ""
    publisher = document["publisher"] and {
        "slug": document["publisher"],
        "name": document["publisher_name"],
        "kind": document["publisher_kind"],
    }
    return _without_blanks(
        {
            "@type": "CreativeWork",
            "@id": address,
            "url": document["url"] or address,
            "archivedAt": document["archived_url"],
            "name": name_of(document),
            "publisher": publisher and _agent(publisher, site),
            "datePublished": published if ISO_DATE.fullmatch(published) else "",
            "creativeWorkStatus": document["retracted"] and f"Retracted {document['retracted']}",
            "inLanguage": document["language"],
            "hasPart": parts,
        }
    )


def _agent(source: Row, site: str) -> Row:
    kind = "Person" if source["kind"] == "person" else "Organization"
    return {"@type": kind, "@id": f"{site}sources/{source['slug']}/", "name": source["name"]}


def _statement(slug: str, site: str) -> str:
    return f"{site}statements/{slug}/"


def _document(slug: str, site: str) -> str:
    return f"{site}documents/{slug}/"


def _annotations(statement: str, site: str) -> str:
    return f"{_statement(statement, site)}?format=jsonld"


def _annotation_id(statement: str, document: str, site: str) -> str:
    return f"{_statement(statement, site)}#{document}"


def _certain(document: Row, end: str) -> str | None:
    return None if QUALIFIED.search(document["published"] or "") else document[end]


def _by_day(document: Row) -> tuple[str, str]:
    return document["published_to"] or "9999", document["slug"]


def _by_day_said(statement: Row) -> tuple[str, str, int]:
    return statement["said_to"] or "", statement["source"], statement["place"]


def _without_blanks(made: dict[str, Any]) -> Row:
    """Return what there is: blanks are left out, lists stay."""
    return {name: value for name, value in made.items() if value or isinstance(value, list)}
