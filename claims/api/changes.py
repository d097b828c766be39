"""What changed: the feed of changes, as the API answers it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api.filters import ChangesParameters
from claims.api.positions import Paged
from claims.api.shapes import ChangeSerializer
from claims.feed import Entry, Feed, is_subject
from claimtracker.moments import utc
from claimtracker.rest.filters import UNKNOWN
from claimtracker.rest.pagination import KeysetPagination
from claimtracker.rest.views import site

# What names a row of a kind, or what it is about, in the order in which that is told.
ABOUT = {
    "statement": ["claim", "source"],
    "relation": ["from_claim", "kind", "to_claim"],
    "affiliation": ["member", "body", "role", "since"],
}


class FeedPagination(KeysetPagination):
    """A page of the feed also says in ``after`` up to where it has been read."""

    after: str

    def get_paginated_response(self, data):
        response = super().get_paginated_response(data)
        results = response.data.pop("results")
        response.data |= {"after": self.after, "results": results}
        return response

    def get_paginated_response_schema(self, schema):
        page = super().get_paginated_response_schema(schema)
        after = {
            "type": "string",
            "description": "Give it as `after` to be answered what comes after this page, whenever "
            "you ask.",
        }
        properties = page["properties"]
        results = properties.pop("results")
        return page | {
            "required": ["next", "previous", "after", "results"],
            "properties": {**properties, "after": after, "results": results},
        }


class Changes(Paged):
    """What was published, corrected, retired or merged, in one order that only grows at its end.

    Keep “after” of the last page that you read, and give it to go on from there: nothing is missed
    and nothing comes twice.
    """

    pagination_class = FeedPagination
    parameters = ChangesParameters
    only_ordering = "recorded"
    shape = ChangeSerializer

    def has_table(self) -> bool:
        return False  # it could not say “after”

    @extend_schema(responses=shape(many=True))
    def get(self, request: Request) -> Response:
        given = self.given().form.cleaned_data
        subjects = {name: given[name] for name in ("claim", "source", "topic") if given.get(name)}
        feed = Feed(
            kind=given.get("kind") or None,
            change=given.get("change") or None,
            subjects=subjects,
            **({"after": given["after"]} if given.get("after") else {}),
        )
        page = self.page(feed)
        if not page:
            for name, slug in subjects.items():
                if not is_subject(name, slug):
                    raise ValidationError({name: [UNKNOWN.format(noun=name) % {"value": slug}]})
        self.paginator.after = str(page[-1].place if page else feed.after)
        return self.paged([told(entry, request) for entry in page])


def told(entry: Entry, request: Request) -> dict[str, Any]:
    """Return an entry as the API answers it."""
    about = entry.about and {name: entry.about[name] for name in ABOUT[entry.kind]}
    return {
        "at": utc(entry.at),
        "change": entry.change,
        "kind": entry.kind,
        "slug": entry.slug or None,
        "url": address_of(entry, request),
        "fields": entry.fields,
        "into": entry.survivor or None,
        "about": about,
    }


def address_of(entry: Entry, request: Request) -> str:
    """Return where the row of an entry is, or was; of one without an address, its list."""
    if entry.slug:
        return site(request, f"{entry.kind}-detail", entry.slug)
    at = site(request, f"{entry.kind}-list")
    about = entry.about or {}
    if entry.kind == "relation":
        return f"{at}?claim={about['from_claim']}"
    return f"{at}?member={about['member']}&body={about['body']}"
