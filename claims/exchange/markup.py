"""Reads schema.org markup out of a file: JSON, JSON Lines, or a page that has it in scripts.

It is read as it comes, as most of it was never checked: names with or without a prefix, one value
or a list of them, things that are named elsewhere by their id.
"""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from claims.exchange.problems import BundleError, Problems
from sources import web_pages
from sources.limited import BusyError

LARGEST = 64 * 1024 * 1024
# What a page was read into: see ``page_read``.
SCRIPTS, ITEMS = "claimtracker:scripts", "claimtracker:items"
PREFIX = re.compile(r"(?:https?://(?:www\.)?schema\.org/|schema:)", re.IGNORECASE)
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
# Around JSON in a script, so that old browsers passed it over.
WRAPPING = re.compile(
    r"^\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\*/)?)|(?:(?://\s*)?-->|(?://|/\*)?\s*\]\]>(?:\s*\*/)?)\s*$"
)


class Thing(NamedTuple):
    """A thing of the markup, and those that can be referred to by their id."""

    made: dict[str, Any]
    known: dict[str, dict[str, Any]]

    def values(self, *names: str) -> list[Any]:
        """Return the values of the first of some properties that has any; objects as things."""
        for name in names:
            given = [
                each for key, each in self.made.items() if PREFIX.sub("", key, count=1) == name
            ]
            if found := list(self._flat(given)):
                return found
        return []

    def texts(self, *names: str) -> list[str]:
        """Return those of the values that are texts, plain."""
        found = (plain(each) for each in self.values(*names) if isinstance(each, str))
        return [each for each in found if each]

    def types(self) -> set[str]:
        found = (each for each in self.values("@type") if isinstance(each, str))
        return {PREFIX.sub("", each.strip(), count=1) for each in found}

    def _flat(self, given: list[Any]) -> Iterator[Any]:
        stack = given[::-1]
        while stack:
            value = stack.pop()
            if isinstance(value, list):
                stack += value[::-1]
            elif not isinstance(value, dict):
                if value is not None:
                    yield value
            elif inner := next((key for key in ("@value", "@list", "@set") if key in value), None):
                stack.append(value[inner])
            else:
                if value.keys() == {"@id"} and isinstance(value["@id"], str):
                    value = self.known.get(value["@id"], value)
                yield Thing(value, self.known)


def plain(text: str) -> str:
    """Return a text without entities, tags, and what no text can hold, on one line."""
    for _ in range(2):  # some are escaped twice
        text = html.unescape(text)
    text = TAG.sub(" ", text)
    kept = "".join(
        each if each.isspace() or not (ord(each) < 32 or "\ud800" <= each <= "\udfff") else " "
        for each in text
    )
    return " ".join(kept.split())


def read_things(
    path: Path, name: str, of_type: str, notes: Problems
) -> Iterator[tuple[int, Thing]]:
    """Yield the things of a type in a file, each with its place: its line, or its number.

    What cannot be read is noted. Raises BundleError where the whole file cannot be.
    """
    number = 0
    for line, value in _read(path, name, notes):
        everything = [made for each in _objects(value) for made in (each, *_from_google(each))]
        known = {each["@id"]: each for each in everything[::-1] if len(each) > 1 and _has_id(each)}
        for each in everything:
            thing = Thing(each, known)
            if of_type in thing.types():
                number += 1
                yield line or number, thing


def _from_google(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield as ClaimReview what Google's Fact Check Tools answer with: of a claim, or of a page."""
    if isinstance(made.get("claimReview"), list) and "@type" not in made:
        for review in made["claimReview"]:
            if isinstance(review, dict) and "@type" not in review:
                publisher = review.get("publisher")
                house = publisher if isinstance(publisher, dict) else {}
                yield _review(
                    claimReviewed=made.get("text"),
                    itemReviewed=_claim_by(made.get("claimant"), made.get("claimDate")),
                    publisher=_organization(house.get("name") or house.get("site")),
                    url=review.get("url"),
                    headline=review.get("title"),
                    datePublished=review.get("reviewDate"),
                    inLanguage=review.get("languageCode"),
                    reviewRating={"alternateName": review.get("textualRating")},
                )
    elif isinstance(made.get("claimReviewMarkups"), list):
        author_of_page: Any = made.get("claimReviewAuthor")
        for review in made["claimReviewMarkups"]:
            if not isinstance(review, dict):
                continue
            author, rating = review.get("claimAuthor"), review.get("rating")
            item = _claim_by(_name_of(author), review.get("claimDate"))
            item["firstAppearance"] = review.get("claimFirstAppearance")
            item["appearance"] = review.get("claimAppearances")
            yield _review(
                claimReviewed=review.get("claimReviewed"),
                itemReviewed=item,
                publisher=_organization(_name_of(author_of_page)),
                url=review.get("url") or made.get("pageUrl"),
                datePublished=made.get("publishDate"),
                reviewRating={
                    "alternateName": rating.get("textualRating")
                    if isinstance(rating, dict)
                    else None
                },
            )


def _name_of(made: Any) -> Any:
    return made.get("name") if isinstance(made, dict) else None


def _review(**said: Any) -> dict[str, Any]:
    return {"@type": "ClaimReview"} | {name: value for name, value in said.items() if value}


def _claim_by(claimant: Any, day: Any) -> dict[str, Any]:
    return {"@type": "Claim", "author": claimant, "datePublished": day}


def _organization(name: Any) -> dict[str, Any] | None:
    return {"@type": "Organization", "name": name} if name else None


def _has_id(made: dict[str, Any]) -> bool:
    return isinstance(made.get("@id"), str)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield all objects in a value, however deep, in their order."""
    stack = [value]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            yield value
            stack += list(value.values())[::-1]
        elif isinstance(value, list):
            stack += value[::-1]


def page_read(content: bytes, name: str) -> bytes:
    """Return what a web page has to import as a small file that is read at once; others as is.

    A page is parsed in a process with limits: so it is parsed once, not at every look at it.
    Raises BundleError.
    """
    if not _is_a_page(content, name):
        return content
    try:
        found = web_pages.markup_of(content)
    except web_pages.UnreadablePageError as error:
        raise BundleError(f"{name} {error}") from None
    except BusyError as error:
        raise BundleError(str(error)) from None
    return json.dumps({SCRIPTS: found["scripts"], ITEMS: found["items"]}).encode()


def _is_a_page(content: bytes, name: str) -> bool:
    begins = content[:1000].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1]
    # A page saved as one message begins with words.
    return begins == b"<" or (web_pages.is_a_page(name) and begins not in {b"{", b"["})


def _read(path: Path, name: str, notes: Problems) -> Iterator[tuple[int, Any]]:
    """Yield the values that a file has, each with its line where a line is a value, else 0."""
    text = _text(path, name)
    value, wrong = _decoded(text)
    if not wrong and _is_read_page(value):
        yield from _of_page(value, name, notes)
        return
    if not wrong:
        yield 0, value
        return
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    read = [(number, *_decoded(line)) for number, line in lines]
    if len(lines) < 2 or all(problem for _, _, problem in read):
        raise BundleError(f"{name}: {wrong}.")
    for number, value, problem in read:
        if problem:
            notes.note("", number, "", f"left out: {problem}", file_name=name)
        else:
            yield number, value


def _is_read_page(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {SCRIPTS, ITEMS}:
        return False
    scripts, items = value[SCRIPTS], value[ITEMS]
    return (
        isinstance(scripts, list)
        and isinstance(items, list)
        and all(isinstance(each, str) for each in scripts)
    )


def _of_page(page: dict[str, Any], name: str, notes: Problems) -> Iterator[tuple[int, Any]]:
    """Yield what the scripts of a page hold, and its microdata."""
    scripts, items = page[SCRIPTS], page[ITEMS]
    if not scripts and not items:
        raise BundleError(
            f"{name}: the page has no <script type=“application/ld+json”>, and no microdata. Save "
            "it as the server sends it, with its scripts."
        )
    for position, script in enumerate(scripts, 1):
        value, wrong = _decoded(WRAPPING.sub("", WRAPPING.sub("", script)))
        if wrong:
            notes.note("", 0, f"script {position}", f"left out: {wrong}", file_name=name)
        else:
            yield 0, value
    if items:
        yield 0, items


def _text(path: Path, name: str) -> str:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            most = f"{LARGEST // 1024**2} MiB"
            raise BundleError(f"{name} has {size:,} bytes; at most {most} are read. Split it.")
        content = path.read_bytes()
    except OSError as error:
        raise BundleError(f"{name}: {error.strerror or error}.") from None
    content = page_read(content, name)
    is_utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise BundleError(
            f"{name}: byte {error.start + 1} is not UTF-8. Save it as UTF-8."
        ) from None


def _decoded(text: str) -> tuple[Any, str]:
    """Return the value that a JSON text stands for, and what is wrong with it: one of the two."""
    try:
        # A line end or a tab that stands bare in a text means what it looks like.
        return json.loads(text, strict=False), ""
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        return None, f"{where}: it is not JSON: {error.msg}"
    except RecursionError:
        return None, "it is nested too deeply to be read"
    except ValueError:
        return None, "a number in it has thousands of digits"
