"""Quotes from pages whose stored text may differ from the document: an editor confirms them.

See sources/doubts.py for the pages.
"""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from claims.models import Citation
from claims.reading import FoldedText, find
from sources.doubts import REASONS, reason_for
from sources.pdf import PAGE_BREAK

# What the box is called by which an editor says that the quote was compared.
CODE = "untrusted_text"


def doubt_about(citation: Citation, text: FoldedText | None = None) -> str:
    """Return why the text of a citation's quote may differ from the document; "" where it is sure.

    A quote that is not in the text was not taken from it. ``text`` is that of the document, where
    many quotes are looked for in it.
    """
    document = citation.document
    if not (citation.quote and document.doubts):
        return ""
    text = text or FoldedText(document.text)
    place = find(text, citation.quote, citation.prefix, citation.suffix)
    return reason_for(document.text, document.doubts, *place.span) if place else ""


def question(why: str, name: str = CODE) -> SafeString:
    """Return the error that asks whether a quote was compared, with the box that says so."""
    context = {"reason": REASONS[why], "name": name}
    return render_to_string("admin/untrusted.html", context)


def without_page_breaks(words: str) -> str:
    """Return a quote, or what stands around it, with a line break where a page ends."""
    return words.replace(f"\n{PAGE_BREAK}", "\n").replace(PAGE_BREAK, "\n")
