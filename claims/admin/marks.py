"""The text of a document as HTML, with every cited quote under its mark."""

from collections.abc import Set
from dataclasses import dataclass

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from claims.models import Citation
from claims.models.choices import SIGNS, stance_word
from claims.reading import FoldedText, Segment, Span, find, lines
from claimtracker.desk import change_url
from claimtracker.edtf import in_words
from sources.models import Document
from sources.pdf import PAGE_BREAK

# Marks within marks are told apart by as many underlines.
UNDERLINES = 3


@dataclass
class Reading:
    """A document's text with its marks, and the citations that have none there.

    In the page the text is the same, character by character, as in the database: what is added
    to it are elements without text.
    """

    document: Document
    lines: list[SafeString]
    unmarked: list[Citation]
    # Marked, but perhaps at somebody else's words: those around them are gone.
    moved: list[Citation]
    _spans: dict[int, Span]

    def touched_by(self, citation: Citation) -> dict[int, SafeString]:
        """Return, by their number, the lines in which a citation's mark is."""
        span = self._spans.get(citation.pk)
        if span is None:
            return {}
        first = self.document.text.count("\n", 0, span.start)
        last = first + self.document.text.count("\n", span.start, span.end - 1)
        return {number: self.lines[number] for number in range(first, last + 1)}


def read(document: Document) -> Reading:
    """Return a document's text with the marks of its citations. One query."""
    citations = list(
        Citation.objects.filter(document=document)
        .select_related("statement__source", "statement__claim")
        .order_by("pk")
    )
    text = FoldedText(document.text)
    places = [find(text, each.quote, each.prefix, each.suffix) for each in citations]
    moved = {
        number for number, place in enumerate(places) if place is not None and not place.is_certain
    }
    spans = [place and place.span for place in places]
    html, page = [], 1
    of_several = PAGE_BREAK in document.text
    for number, segments in enumerate(lines(document.text, spans)):
        # Pages without words are passed over within one line.
        breaks = sum(segment.text.count(PAGE_BREAK) for segment in segments)
        begins = of_several and (breaks or not number)
        page += breaks
        html.append(_line(number, segments, citations, moved, page if begins else None))
    return Reading(
        document,
        html,
        [each for each, span in zip(citations, spans, strict=True) if span is None],
        [citations[number] for number in sorted(moved)],
        {each.pk: span for each, span in zip(citations, spans, strict=True) if span},
    )


def _line(
    number: int,
    segments: list[Segment],
    citations: list[Citation],
    moved: Set[int],
    page: int | None,
) -> SafeString:
    # By hand, as a long text has tens of thousands of lines.
    html = "".join(_segment(segment, citations, moved) for segment in segments)
    # Drawn by the style: it is no part of the text.
    begins = f' data-page="Page {page}"' if page else ""
    blank = not (page or any(segment.text.strip() for segment in segments))
    kind = "line blank" if blank else "line"
    return mark_safe(f'<div class="{kind}" dir="auto" data-line="{number}"{begins}>{html}</div>')


def _segment(segment: Segment, citations: list[Citation], moved: Set[int]) -> str:
    text = conditional_escape(segment.text)
    for under, number in enumerate(reversed(segment.marks)):
        stance = citations[number].statement.stance
        classes = f"quoted stance-{stance} under-{min(under, UNDERLINES - 1)}"
        if number in moved:
            classes += " is-moved"
        text = f'<mark class="{classes}">{text}</mark>'
    return "".join(_sign(citations[number], number in moved) for number in segment.begins) + text


def _sign(citation: Citation, is_moved: bool) -> str:
    """Return the link to a statement that stands before its quote: its sign, drawn by the style."""
    statement = citation.statement
    word = stance_word(statement.claim.kind, statement.stance)
    said = f", {in_words(statement.said)}" if statement.said else ""
    name = f"{statement.source} {word}{said}: {statement.claim}"
    if is_moved:
        name += ". Check this quote: the words around it have changed."
    return format_html(
        '<a class="quoted-by stance-{}" id="citation-{}" href="{}" data-sign="{}" '
        'aria-label="{}" title="{}"></a>',
        *(statement.stance, citation.pk, change_url(statement), SIGNS[statement.stance]),
        *(name, name),
    )
