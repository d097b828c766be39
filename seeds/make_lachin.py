"""Make seeds/lachin.json, a Django fixture with natural keys, from the record.

python seeds/make_lachin.py ../shared/lachin/lachin.yaml > seeds/lachin.json

The same record gives the same bytes. A key that this does not know is refused, so that nothing
of the record is lost. Standard library and PyYAML only.
"""

import json
import re
import sys
from pathlib import Path

import yaml

# Stated, since a field left out takes a new default at each load. The record ends two days before.
CREATED_AT = "2023-09-20T00:00:00Z"

TOPICS = {
    "aghdam-road": "Aghdam road",
    "humanitarian-situation": "Humanitarian situation",
    "icj-case": "ICJ case",
    "lachin-corridor": "Lachin corridor",
    "landmines": "Landmines",
    "military-build-up": "Military build-up",
}

# What the record may say: of each entry, the keys and the type of each; those that it must.
KEYS = {
    "sources": {"key": str, "kind": str, "name": str, "aliases": list, "wikidata": str}
    | {"description": str},
    "affiliations": {"member": str, "body": str, "role": str, "from": str, "to": str}
    | {"speaks_for": bool},
    "documents": {"key": str, "kind": str, "publisher": str, "published": str, "title": str}
    | {"url": str},
    "claims": {"key": str, "kind": str, "text": str, "topics": list},
    "relations": {"from": str, "kind": str, "to": str},
    "statements": {"claim": str, "source": str, "stance": str, "denies": str, "said": str}
    | {"order": int, "document": str, "relayed_by": list, "also_in": list, "quote": str}
    | {"quote_in": str, "as_named": str, "note": str},
}
REQUIRED = {
    "sources": {"key", "kind", "name"},
    "affiliations": {"member", "body", "speaks_for"},
    "documents": {"key", "kind", "publisher", "published", "title"},
    "claims": {"key", "kind", "text", "topics"},
    "relations": {"from", "kind", "to"},
    "statements": {"claim", "source", "stance", "said", "document"},
}


class RecordError(Exception):
    """The record says what this script cannot carry over."""


def check(record):
    """Refuse whatever the fixture would lose or bend."""
    if not isinstance(record, dict) or set(record) != set(KEYS):
        raise RecordError(f"The record must have exactly these parts: {', '.join(KEYS)}.")
    for part, entries in record.items():
        for number, entry in enumerate(entries, 1):
            where = f"{part}, entry {number}"
            if not isinstance(entry, dict):
                raise RecordError(f"{where} has no keys.")
            if unknown := set(entry) - set(KEYS[part]):
                raise RecordError(f"{where}: unknown {', '.join(sorted(map(str, unknown)))}.")
            if missing := REQUIRED[part] - set(entry):
                raise RecordError(f"{where}: {', '.join(sorted(missing))} is missing.")
            for key, value in entry.items():
                if type(value) is not KEYS[part][key]:
                    raise RecordError(f"{where}: {key} is {value!r}; quote it if it is text.")
                if isinstance(value, list) and not all(isinstance(one, str) for one in value):
                    raise RecordError(f"{where}: {key} holds what is no text.")


def fixture_of(record):
    """Return the objects of the fixture, each after those it refers to."""
    check(record)
    has_url = {document["key"]: "url" in document for document in record["documents"]}
    objects = [
        *topics_of(record["claims"]),
        *map(source, record["sources"]),
        *map(affiliation, record["affiliations"]),
        *map(document, record["documents"]),
        *map(claim, record["claims"]),
        *map(relation, record["relations"]),
    ]
    for entry in record["statements"]:
        objects += [statement(entry), *citations(entry, has_url)]
    return objects


def topics_of(claims):
    used = {topic for claim in claims for topic in claim["topics"]}
    if used != set(TOPICS):
        raise RecordError(f"Give each topic a name in TOPICS: {', '.join(sorted(used))}.")
    return [
        {"model": "claims.topic", "fields": {"slug": slug, "name": name}}
        for slug, name in TOPICS.items()
    ]


def source(entry):
    return {
        "model": "sources.source",
        "fields": {
            "slug": entry["key"],
            "review_state": "published",
            "created_at": CREATED_AT,
            "merged_into": None,
            "kind": entry["kind"],
            "name": entry["name"],
            "aliases": entry.get("aliases", []),
            "wikidata_id": entry.get("wikidata", ""),
            "description": entry.get("description", ""),
        },
    }


def affiliation(entry):
    return {
        "model": "sources.affiliation",
        "fields": {
            "member": [entry["member"]],
            "body": [entry["body"]],
            "role": entry.get("role", ""),
            "since": entry.get("from", ""),
            "until": entry.get("to", ""),
            "speaks_for": entry["speaks_for"],
        },
    }


def document(entry):
    return {
        "model": "sources.document",
        "fields": {
            "slug": entry["key"],
            "review_state": "published",
            "created_at": CREATED_AT,
            "merged_into": None,
            "kind": entry["kind"],
            "publisher": [entry["publisher"]],
            "title": entry["title"],
            "url": entry.get("url", ""),
            "published": entry["published"],
            "retracted": "",
            "language": "",
            "retrieved": None,
            "archived_url": "",
            "sha256": "",
            "text": "",
            "doubts": "",
        },
    }


def claim(entry):
    return {
        "model": "claims.claim",
        "fields": {
            "slug": entry["key"],
            "review_state": "published",
            "created_at": CREATED_AT,
            "merged_into": None,
            "kind": entry["kind"],
            "text": entry["text"],
            "language": "",
            "topics": [[slug] for slug in entry["topics"]],
        },
    }


def relation(entry):
    return {
        "model": "claims.relation",
        "fields": {
            "from_claim": [entry["from"]],
            "kind": entry["kind"],
            "to_claim": [entry["to"]],
            "rationale": "",
        },
    }


def statement(entry):
    return {
        "model": "claims.statement",
        "fields": {
            "review_state": "published",
            "created_at": CREATED_AT,
            "slug": statement_slug(entry),
            "claim": [entry["claim"]],
            "source": [entry["source"]],
            "stance": entry["stance"],
            "denies_what": entry.get("denies", ""),
            "said": entry["said"],
            "order": entry.get("order", 0),
            "occasion": "",
            "personal_capacity": False,
            "note": entry.get("note", ""),
        },
    }


def statement_slug(entry):
    """Return source--claim--first possible day[--order], as the database would."""
    parts = [entry["source"], entry["claim"], first_day(entry["said"])]
    if entry.get("order"):
        parts.append(str(entry["order"]))
    return "--".join(parts)


def first_day(said):
    begins = re.match(r"(\d{4})(-\d\d)?(-\d\d)?[?~%]?(/|$)", said)
    if begins is None:
        raise RecordError(f"{said!r} has no first possible day.")
    year, month, day, _ = begins.groups()
    return f"{year}{month or '-01'}{day or '-01'}"


def citations(entry, has_url):
    """Return the citations of a statement, the first of which is the one that others took it from.

    The words are those of quote_in, else of the document, else of the first that relays it: of
    those, one that has an address, since the others were not read.
    """
    first, relays = entry["document"], entry.get("relayed_by", [])
    cited = [first, *relays, *entry.get("also_in", [])]
    read_in = entry.get("quote_in") or next((key for key in [first, *relays] if has_url[key]), None)
    words = {key: entry[key] for key in ("quote", "as_named") if key in entry}
    if len(set(cited)) < len(cited):
        raise RecordError(f"{statement_slug(entry)} cites a document twice.")
    if read_in not in cited and (words or "quote_in" in entry):
        raise RecordError(f"{statement_slug(entry)} has words, but no document to read them in.")
    return [
        {
            "model": "claims.citation",
            "fields": {
                "statement": [statement_slug(entry)],
                "document": [key],
                "via": [statement_slug(entry), first] if key in relays else None,
                "manner": "",
                "quote": words.get("quote", "") if key == read_in else "",
                "prefix": "",
                "suffix": "",
                "locator": "",
                "language": "",
                "translation": "",
                "as_named": words.get("as_named", "") if key == read_in else "",
                "note": "",
            },
        }
        for key in cited
    ]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        fixture = fixture_of(yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8")))
    except RecordError as error:
        sys.exit(str(error))
    text = json.dumps(fixture, indent=1, ensure_ascii=False) + "\n"
    sys.stdout.buffer.write(text.encode())
