"""The Atom feeds: what changed about a claim, a source or a topic, the latest first."""

from typing import Any

from django.db.models import Model
from django.utils.html import format_html
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from claims.api.changes import address_of
from claims.api.positions import AboutRow
from claims.feed import Entry, Feed
from claims.models import Claim, Topic
from claims.positions.acts import Acts, acts_by_slug
from claims.positions.clocks import NOW
from claims.positions.sentences import sentence
from claimtracker.rest.atom import AnswersInAtom, AtomEntry, AtomFeed
from claimtracker.rest.filters import StrictFilterSet
from claimtracker.rest.pagination import MAX_SIZE, SIZE, KeysetPagination
from claimtracker.rest.views import AnswerView
from sources.models import Document, Source

AUTHOR = "Claim tracker"
# What rows are called that have a name of their own.
NAMES: dict[str, tuple[type[Model], str]] = {
    "claim": (Claim, "text"),
    "source": (Source, "name"),
    "document": (Document, "title"),
    "topic": (Topic, "name"),
}


class NoParameters(StrictFilterSet):
    """A feed is about all that changed."""


class AtomView(AnswersInAtom, AnswerView):
    """What changed, as an Atom feed, the latest first."""

    parameters = NoParameters

    def known_parameters(self):
        return ["cursor", "page_size"]

    def feed(self, *, title: str, about: str, subjects: dict[str, str]) -> Response:
        """Return a page of the entries that concern all the subjects."""
        request = self.request
        pages = KeysetPagination()
        page = pages.paginate(Feed(subjects=subjects), request, ordering="-recorded")
        here = request.build_absolute_uri(request.path)
        links = {
            "self": request.build_absolute_uri(),
            "first": here,
            "next": pages.next,
            "previous": pages.previous,
        }
        return Response(
            AtomFeed(
                id=here,
                about=about,
                title=title,
                author=AUTHOR,
                links={relation: address for relation, address in links.items() if address},
                entries=written(page, request),
            )
        )


def described(name: str):
    """Return the description of a feed."""
    return extend_schema(
        operation_id=f"{name}_retrieve",
        responses={(200, "application/atom+xml"): OpenApiTypes.STR},
        parameters=[
            OpenApiParameter("cursor", description="Where a page starts: as the feed links to it."),
            OpenApiParameter(
                "page_size",
                type={"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": SIZE},
                description="How many entries a page has.",
            ),
        ],
    )


class AllChanges(AtomView):
    """All that changed, as an Atom feed, the latest first."""

    @described("feed")
    def get(self, request: Request) -> Response:
        return self.feed(title=AUTHOR, about=reverse("api-root", request=request), subjects={})


class AboutSubject(AtomView, AboutRow):
    """What changed about one row."""

    kind: str

    def answer(self, slug: str) -> Response:
        _, name = NAMES[self.kind]
        row = self.model._default_manager.public().filter(slug=slug).first()
        if row is None:
            return self.nothing(slug, NOW)
        return self.feed(
            title=f"{AUTHOR}: {getattr(row, name)}",
            about=reverse(f"{self.kind}-detail", [slug], request=self.request),
            subjects={self.kind: slug},
        )


class ClaimFeed(AboutSubject):
    """What changed about a claim, as an Atom feed: statements on it, relations, its own words."""

    model, kind = Claim, "claim"

    @described("claims_feed")
    def get(self, request: Request, slug: str) -> Response:
        return self.answer(slug)


class SourceFeed(AboutSubject):
    """What changed about a source, as an Atom feed: its statements, its affiliations, its name."""

    model, kind = Source, "source"

    @described("sources_feed")
    def get(self, request: Request, slug: str) -> Response:
        return self.answer(slug)


class TopicFeed(AboutSubject):
    """What changed about a topic, as an Atom feed: its claims and the statements on them."""

    model, kind = Topic, "topic"

    @described("topics_feed")
    def get(self, request: Request, slug: str) -> Response:
        return self.answer(slug)


# How entries are written --------------------------------------------------------------------------


def written(entries: list[Entry], request: Request) -> list[AtomEntry]:
    """Return entries in words; what is no longer public is told by its slug alone."""
    acts = acts_by_slug([each.slug for each in entries if each.kind == "statement"], NOW)
    names = _names(entries)
    return [_written(entry, acts, names, request) for entry in entries]


def _names(entries: list[Entry]) -> dict[tuple[str, str], str]:
    """Return what rows are called that are public, by kind and slug: a query a kind."""
    wanted: dict[str, set[str]] = {kind: set() for kind in NAMES}
    for entry in entries:
        about = entry.about or {}
        if entry.kind in wanted:
            wanted[entry.kind] |= {entry.slug, entry.survivor}
        elif entry.kind == "relation":
            wanted["claim"] |= {about["from_claim"], about["to_claim"]}
        elif entry.kind == "affiliation":
            wanted["source"] |= {about["member"], about["body"]}
    return {
        (kind, slug): name
        for kind, slugs in wanted.items()
        if slugs
        for slug, name in NAMES[kind][0]
        ._default_manager.public()
        .filter(slug__in=slugs)
        .values_list("slug", NAMES[kind][1])
    }


def _written(
    entry: Entry, acts: Acts, names: dict[tuple[str, str], str], request: Request
) -> AtomEntry:
    url = address_of(entry, request)
    statements = {each["slug"]: each for each in acts.statements}
    statement = statements.get(entry.slug) if entry.kind == "statement" else None
    if statement is not None:
        what = sentence(
            statement,
            claim=acts.claims[statement["claim"]],
            sources=acts.sources,
            documents=acts.documents,
            quoted=True,
        )
    else:
        what = _called(entry, names)
    lines = [format_html("<p>{}</p>", what)]
    if entry.change == "corrected":
        lines.append(format_html("<p>Corrected: {}.</p>", ", ".join(entry.fields)))
    if entry.change == "merged":
        into = names.get((entry.kind, entry.survivor), entry.survivor)
        lines.append(format_html("<p>It was merged into “{}”.</p>", into))
    if statement is not None:
        lines += map(_cited, statement["citations"])
    elif entry.change != "merged" and entry.slug and (entry.kind, entry.slug) not in names:
        lines.append(format_html("<p>{}</p>", "It is not public any more."))
    return AtomEntry(
        # The address is for ever; which of its changes this is, the place tells.
        id=f"{url}#{entry.place}",
        url=url,
        title=f"{entry.change.capitalize()}: {what}",
        html="".join(lines),
        at=entry.at,
        categories=[entry.kind, entry.change],
    )


def _called(entry: Entry, names: dict[tuple[str, str], str]) -> str:
    about = entry.about or {}
    if entry.kind == "relation":
        one, other = (
            names.get(("claim", about[end]), about[end]) for end in ("from_claim", "to_claim")
        )
        return f"“{one}” {about['kind']} “{other}”"
    if entry.kind == "affiliation":
        member, body = (names.get(("source", about[end]), about[end]) for end in ("member", "body"))
        return f"{member} – {about['role'] + ', ' if about['role'] else ''}{body}"
    return names.get((entry.kind, entry.slug), entry.slug)


def _cited(citation: dict[str, Any]) -> str:
    """Return a document in which a statement was read, and the very words, in HTML."""
    title = citation["title"]
    if citation["url"]:
        title = format_html('<a href="{}">{}</a>', citation["url"], title)
    if not citation["quote"]:
        return format_html("<p>{}</p>", title)
    return format_html(
        '<blockquote dir="auto"{}>{}</blockquote><p>{}</p>',
        format_html(' lang="{}"', citation["language"]) if citation["language"] else "",
        citation["quote"],
        title,
    )
