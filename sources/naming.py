"""What a document is called where it has no title."""

from django.utils.text import capfirst

from claimtracker.edtf import in_words


def document_name(title: str, kind: str, publisher: str | None, published: str | None) -> str:
    """Return a document's title, or else its kind, publisher and date: “Post, ICRC, 7 May 2023”."""
    if title:
        return title
    try:
        day = in_words(published).removeprefix("on ").removeprefix("in ") if published else ""
    except (ValueError, IndexError):  # not checked yet
        day = published or ""
    return ", ".join(filter(None, [capfirst(kind.replace("-", " ")), publisher, day]))


def name_of(row: dict) -> str:
    """Return the name of a document of which an answer tells kind, publisher's name and date."""
    return document_name(
        row["title"] or "", row["kind"], row.get("publisher_name"), row.get("published")
    )
