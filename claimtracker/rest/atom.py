"""Atom feeds (RFC 4287), paged as RFC 5005 has it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.feedgenerator import Atom1Feed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer

from claimtracker.rest.ready import ReadyJSONRenderer
from claimtracker.tidying import without_directions

# Characters that XML cannot have, however they are written.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# When a feed was last changed that never had an entry.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def in_xml(text: str) -> str:
    """Return a text with a sign for each character that XML cannot have."""
    return NOT_XML.sub("\ufffd", text)


@dataclass(frozen=True)
class AtomEntry:
    """An entry: its permanent id, what it is about, and what happened, in HTML."""

    id: str
    url: str
    title: str
    html: str
    at: datetime
    categories: Sequence[str]


@dataclass(frozen=True)
class AtomFeed:
    """A page of a feed. Its id is permanent; links are those to other pages, by relation."""

    id: str
    about: str
    title: str
    author: str
    links: dict[str, str]
    entries: list[AtomEntry]


class _Written(Atom1Feed):
    def add_root_elements(self, handler):
        super().add_root_elements(handler)
        for relation, address in self.feed["links"].items():
            handler.addQuickElement("link", "", {"rel": relation, "href": address})

    def latest_post_date(self):
        # Never the time of the answer: it is the same as long as nothing changed.
        return max((item["updateddate"] for item in self.items), default=NEVER)


class AtomRenderer(BaseRenderer):
    media_type = "application/atom+xml"
    format = "atom"
    charset = "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        feed = _Written(
            in_xml(without_directions(data.title)),
            data.about,
            None,
            language="en",
            author_name=data.author,
            feed_guid=data.id,
            links=data.links,
        )
        for entry in data.entries:
            feed.add_item(
                in_xml(without_directions(entry.title)),
                entry.url,
                in_xml(entry.html),
                unique_id=entry.id,
                updateddate=entry.at,
                categories=entry.categories,
            )
        return feed.writeString("utf-8").encode()


class AtomOnly(BaseContentNegotiation):
    """The address itself says which format it has: readers of feeds ask for anything."""

    def select_parser(self, request, parsers):
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


class AnswersInAtom:
    """A view whose answer is an AtomFeed; whatever else it says, refusals too, is JSON."""

    renderer_classes = [AtomRenderer]
    content_negotiation_class = AtomOnly

    def finalize_response(self, request, response, *args, **kwargs):
        if not isinstance(response.data, AtomFeed) and response.status_code < 400:
            request.accepted_renderer = ReadyJSONRenderer()
            request.accepted_media_type = ReadyJSONRenderer.media_type
        return super().finalize_response(request, response, *args, **kwargs)
