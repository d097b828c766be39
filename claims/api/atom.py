"""The Atom feeds: what changed about a claim, a source or a topic, the latest first."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Model
from django.utils.html import format_html
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api.positions import AboutRow
from claims.feed import EPOCH, MICROSECOND, Entry, Feed, beginning
from claims.models import Claim, Topic
from claims.positions.about import documents_named
from claims.positions.acts import Acts, acts_by_slug
from claims.positions.clocks import NOW, Clocks
from claims.positions.sentences import sentence
from claimtracker.edtf import in_words
from claimtracker.rest.atom import AnswersInAtom, AtomEntry, AtomFeed
from claimtracker.rest.filters import StrictFilterSet
from claimtracker.rest.pagination import MAX_SIZE, SIZE, KeysetPagination
from claimtracker.rest.views import AnswerView, site
from sources.models import Document, Source
from sources.naming import document_name

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
        began = beginning()
        links = {
            "self": request.build_absolute_uri(),
            "first": here,
            "next": pages.next,
            "previous": pages.previous,
        }
        return Response(
            AtomFeed(
                id=permanent(
                    began, "/".join(["feed", *(x for pair in subjects.items() for x in pair)])
                ),
                about=about,
                title=title,
                author=AUTHOR,
                links={relation: address for relation, address in links.items() if address},
                entries=written(page, began, request),
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
        return self.feed(title=AUTHOR, about=site(request, "start"), subjects={})


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
            about=site(self.request, f"page-{self.kind}", slug),
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


def permanent(began: datetime | None, what: str) -> str:
    """Return an id that stays (RFC 4287, 4.2.6), whatever the server is called: a tag (RFC 4151).

    An installation is told from others by when its feed began.
    """
    number = (began - EPOCH) // MICROSECOND if began else 0
    return f"tag:claimtracker.invalid,2026:{number}/{what}"


class Row(NamedTuple):
    """A row by its kind and slug, at a moment."""

    kind: str
    slug: str
    at: datetime


def written(entries: list[Entry], began: datetime | None, request: Request) -> list[AtomEntry]:
    """Return entries in the words of their time; what is no longer public is told by its slug.

    So an old entry stays as it was when the row is corrected, and is taken back with the row.
    """
    acts = _acts([each for each in entries if each.kind == "statement"])
    names = _names(_named_in(entries))
    return [_written(entry, acts, names, began, request) for entry in entries]


def _acts(entries: list[Entry]) -> dict[datetime, Acts]:
    """Return what statements said at the time of each entry, by that time.

    Those of which nothing changed since are asked for together, the others once for each time.
    """
    now = acts_by_slug([each.slug for each in entries], NOW)
    public = {row["slug"] for row in now.statements}
    entries = [each for each in entries if each.slug in public]
    changed = _changed_since(entries)
    found = dict.fromkeys((each.at for each in entries), now)
    for at in {each.at for each in changed}:
        slugs = [each.slug for each in entries if each.at == at]
        found[at] = acts_by_slug(slugs, Clocks(recorded_by=at))
    return found


def _changed_since(entries: list[Entry]) -> list[Entry]:
    """Return the entries of which the statement, or what its sentence names, was written later."""
    query = """
        SELECT w.n FROM unnest(%(slugs)s::text[], %(times)s::timestamptz[])
          WITH ORDINALITY w (slug, at, n)
        JOIN claims_statement s ON s.slug = w.slug
        WHERE EXISTS (
          SELECT FROM claims_statementevent e WHERE e.pgh_obj_id = s.id AND e.pgh_created_at > w.at
        ) OR EXISTS (
          SELECT FROM claims_claimevent e
          WHERE e.pgh_obj_id = s.claim_id AND e.pgh_created_at > w.at
        ) OR EXISTS (
          SELECT FROM sources_sourceevent e
          WHERE e.pgh_obj_id = s.source_id AND e.pgh_created_at > w.at
        ) OR EXISTS (
          SELECT FROM claims_citationevent e
          WHERE e.statement_id = s.id AND e.pgh_created_at > w.at
        ) OR EXISTS (
          SELECT FROM claims_citation c JOIN sources_documentevent e ON e.pgh_obj_id = c.document_id
          WHERE c.statement_id = s.id AND e.pgh_created_at > w.at
        )
    """
    given = {"slugs": [each.slug for each in entries], "times": [each.at for each in entries]}
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, given)
        return [entries[number - 1] for (number,) in cursor]


def _named_in(entries: list[Entry]) -> Iterable[Row]:
    """Yield the rows that entries call by their names, each at the time of its entry."""
    for entry in entries:
        about = entry.about or {}
        if entry.kind in NAMES:
            yield Row(entry.kind, entry.slug, entry.at)
            if entry.survivor:
                yield Row(entry.kind, entry.survivor, entry.at)
        elif entry.kind == "relation":
            for end in ("from_claim", "to_claim"):
                yield Row("claim", about[end], entry.at)
        elif entry.kind == "affiliation":
            for end in ("member", "body"):
                yield Row("source", about[end], entry.at)


def _names(rows: Iterable[Row]) -> dict[Row, str]:
    """Return what rows that are public now were called at a moment: two queries a kind."""
    by_kind: dict[str, list[Row]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    found: dict[Row, str] = {}
    for kind, wanted in by_kind.items():
        model, name = NAMES[kind]
        rows = model._default_manager.public().filter(slug__in={row.slug for row in wanted})
        now = {slug: (pk, called) for slug, pk, called in rows.values_list("slug", "pk", name)}
        wanted = [row for row in wanted if row.slug in now]
        query = f"""
            SELECT w.n, e.name FROM unnest(%(ids)s::bigint[], %(times)s::timestamptz[])
              WITH ORDINALITY w (id, at, n)
            CROSS JOIN LATERAL (
              SELECT "{name}" AS name FROM {model._meta.db_table}event e
              WHERE e.pgh_obj_id = w.id AND e.pgh_created_at <= w.at
              ORDER BY e.pgh_id DESC LIMIT 1
            ) e
        """
        given = {"ids": [now[row.slug][0] for row in wanted], "times": [row.at for row in wanted]}
        with connection.prepared_cursor() as cursor:
            cursor.execute(query, given)
            then = {wanted[number - 1]: called for number, called in cursor}
        found |= {row: then.get(row, now[row.slug][1]) for row in wanted}
    nameless = {row.slug for row, called in found.items() if row.kind == "document" and not called}
    named = documents_named(nameless, NOW)
    return {row: called or named.get(row.slug, row.slug) for row, called in found.items()}


def _written(
    entry: Entry,
    acts: dict[datetime, Acts],
    names: dict[Row, str],
    began: datetime | None,
    request: Request,
) -> AtomEntry:
    told = acts.get(entry.at) if entry.kind == "statement" else None
    statement = (
        next((row for row in told.statements if row["slug"] == entry.slug), None) if told else None
    )
    if told is not None and statement is not None:
        what = sentence(
            statement,
            claim=told.claims[statement["claim"]],
            sources=told.sources,
            documents=told.documents,
            quoted=True,
        )
    else:
        what = _called(entry, names)
    lines = [format_html("<p>{}</p>", what)]
    if entry.change == "corrected":
        lines.append(format_html("<p>Corrected: {}.</p>", ", ".join(entry.fields)))
    if entry.change == "merged":
        into = names.get(Row(entry.kind, entry.survivor, entry.at), entry.survivor)
        lines.append(format_html("<p>It was merged into “{}”.</p>", into))
    if told is not None and statement is not None:
        lines += [_cited(each, told.documents[each["document"]]) for each in statement["citations"]]
    elif entry.change != "merged" and entry.slug and Row(*entry[2:4], entry.at) not in names:
        lines.append(format_html("<p>{}</p>", "It is not public any more."))
    return AtomEntry(
        id=permanent(began, f"changes/{entry.place.number}"),
        url=page_of(entry, request),
        title=f"{entry.change.capitalize()}: {what}",
        html="".join(lines),
        at=entry.at,
        categories=[entry.kind, entry.change],
    )


def page_of(entry: Entry, request: Request) -> str:
    """Return the public page of the row of an entry, or where it has none, of its first end."""
    about = entry.about or {}
    if entry.kind == "relation":
        return site(request, "page-claim", about["from_claim"])
    if entry.kind == "affiliation":
        return site(request, "page-source", about["member"])
    return site(request, f"page-{entry.kind}", entry.slug)


def _called(entry: Entry, names: dict[Row, str]) -> str:
    about = entry.about or {}

    def name(kind: str, slug: str) -> str:
        return names.get(Row(kind, slug, entry.at)) or slug

    if entry.kind == "relation":
        one, other = (name("claim", about[end]) for end in ("from_claim", "to_claim"))
        return f"“{one}” {about['kind']} “{other}”"
    if entry.kind == "affiliation":
        member, body = (name("source", about[end]) for end in ("member", "body"))
        return f"{member} – {about['role'] + ', ' if about['role'] else ''}{body}"
    return name(entry.kind, entry.slug)


def _cited(citation: dict[str, Any], document: dict[str, Any]) -> str:
    """Return a document in which a statement was read, and the very words, in HTML."""
    title = document_name(
        citation["title"], document["kind"], document["publisher_name"], citation["published"]
    )
    if citation["url"]:
        title = format_html('<a href="{}">{}</a>', citation["url"], title)
    if citation["archived_url"]:
        title = format_html('{} (<a href="{}">archived copy</a>)', title, citation["archived_url"])
    if citation["retracted"]:
        title = format_html("{}, retracted {}", title, in_words(citation["retracted"]))
    if not citation["quote"]:
        return format_html("<p>{}</p>", title)
    return format_html(
        '<blockquote dir="auto"{}>{}</blockquote><p>{}</p>',
        format_html(' lang="{}"', citation["language"]) if citation["language"] else "",
        citation["quote"],
        title,
    )
