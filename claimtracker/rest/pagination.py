"""Pages that start where the last one ended: stable while rows are added, at any depth."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Protocol

from django.core import signing
from django.db.models import BooleanField, Func, Value
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.response import Response

SIZE, MAX_SIZE = 50, 200
# A row of which only some fields were asked for.
SOME_FIELDS = {
    "type": "object",
    "description": "With `fields`: those, and no others.",
    "minProperties": 1,
}
SIGNER = signing.Signer(salt="claimtracker.cursor")
# Of which form the content of a cursor is. Count it up where the key of any ordering changes: one
# of another form would be compared with columns of another type.
FORM = 2
FIRST_PAGE = "Leave it out to start at the first page."


def row(columns) -> Func:
    return Func(*columns, template="(%(expressions)s)")


def beyond(columns, values, *, descending) -> Func:
    """Return the condition that a row comes after these values: one comparison of whole rows."""
    return Func(
        row(columns),
        row(values),
        template="%(expressions)s",
        arg_joiner=" < " if descending else " > ",
        output_field=BooleanField(),
    )


def both_ways(orderings) -> Iterator[str]:
    """Yield the names of orderings, each also with the - that turns it round."""
    for name in orderings:
        yield from (name, f"-{name}")


def default_ordering(view) -> str:
    """Return the ordering of a view that holds where none is asked for."""
    return getattr(view, "default_ordering", None) or next(iter(view.orderings))


def value_of(row, name):
    """Return what a row has under a name such as ``slug`` or ``member__slug``."""
    for part in name.split("__"):
        row = getattr(row, part)
    return row


def packed(value):
    """Return a value of a key as JSON has it."""
    return {"day": value.isoformat()} if isinstance(value, date) else value


def unpacked(value):
    """Return a value of a key. Raises ValueError where it is none."""
    match value:
        case {"day": str(day)}:
            return date.fromisoformat(day)
        case str() | int() | float():
            return value
    raise ValueError("It is no value of a key.")


def content_of(cursor: str) -> tuple[str, str, bool, list | None]:
    """Return the address, the ordering, the way and the key that a cursor of ours has.

    Raises ValueError where it is of another form, signing.BadSignature where it is not ours.
    """
    match SIGNER.unsign_object(cursor):
        case [str(path), str(ordering), bool(backwards), list() | None as key, form]:
            if form == FORM:
                return path, ordering, backwards, key and [unpacked(each) for each in key]
    raise ValueError("It is of another form.")


class Keyed(Protocol):
    """Rows in an order, of which those beyond a key can be read."""

    # The columns that order them.
    key: Sequence

    def keyed(self, *, after: list | None, descending: bool, limit: int) -> list[tuple[Any, list]]:
        """Return the first rows beyond a key, each with its own key."""


class InOrder:
    """The rows of a queryset, by columns: field names or expressions."""

    def __init__(self, queryset, columns):
        self.key = [each if isinstance(each, str) else f"key_{n}" for n, each in enumerate(columns)]
        named = zip(self.key, columns, strict=True)
        self.queryset = queryset.annotate(**{name: each for name, each in named if name != each})

    def page(self, *, after, descending, limit):
        """Return the queryset of the first rows beyond a key."""
        queryset = self.queryset
        if after is not None:
            values = [Value(value) for value in after]
            queryset = queryset.filter(beyond(self.key, values, descending=descending))
        order = (f"-{name}" if descending else name for name in self.key)
        return queryset.order_by(*order)[:limit]

    def keyed(self, *, after, descending, limit):
        """Return the first rows beyond a key, each with its own key."""
        return [
            (row, [value_of(row, name) for name in self.key])
            for row in self.page(after=after, descending=descending, limit=limit)
        ]


def address(request, **changes) -> str:
    """Return the address of a request with some parameters changed, and none that is empty.

    The forms of the browsable pages send empty ones, which are refused elsewhere.
    """
    given = request.query_params.copy()
    for name in [name for name, value in given.items() if not value]:
        del given[name]
    for name, value in changes.items():
        given[name] = value
    return request.build_absolute_uri(f"{request.path}?{given.urlencode()}")


class KeysetPagination(BasePagination):
    """``{"next", "previous", "results"}``; both addresses are in the header Link, too (RFC 8288).

    The view's ``orderings`` name the columns of each ordering: field names or expressions, never
    null, the last of them unique. Where none is asked for, ``default_ordering`` holds, or the
    first of them. A cursor is the key of the row at the edge of a page, signed, with the ordering
    and address it belongs to.
    """

    def paginate_queryset(self, queryset, request, view=None):
        ordering = self.ordering(request, view)
        rows = InOrder(queryset, view.orderings[ordering.lstrip("-")])
        return self.paginate(rows, request, ordering=ordering)

    def paginate(self, rows: Keyed, request, *, ordering: str, falling: bool = False) -> list:
        """Return the page of some rows that is asked for, in an ordering that they are in.

        ``falling`` says that their key grows as what they are ordered by falls.
        """
        self.request = request
        size = self.page_size(request)
        backwards, key = self.read_cursor(request, ordering, len(rows.key))
        descending = (ordering.startswith("-") != falling) != backwards
        page = rows.keyed(after=key, descending=descending, limit=size + 1)
        more = len(page) > size
        page = page[:size]
        if backwards:
            page.reverse()

        def link(keyed, *, back):
            key = None if keyed is None else [packed(value) for value in keyed[1]]
            return self.link([request.path, ordering, back, key, FORM])

        came_from = key is not None or backwards
        first, last = (page[0], page[-1]) if page else (None, None)
        self.next = link(last, back=False) if (came_from if backwards else more) else None
        self.previous = link(first, back=True) if (more if backwards else came_from) else None
        return [row for row, _ in page]

    def ordering(self, request, view) -> str:
        known = list(both_ways(view.orderings))
        asked = request.query_params.get("ordering") or default_ordering(view)
        if asked not in known:
            raise ValidationError(
                {
                    "ordering": [
                        f"“{asked}” is no order that we have. Use one of: {', '.join(known)}."
                    ]
                }
            )
        return asked

    def page_size(self, request) -> int:
        asked = request.query_params.get("page_size") or str(SIZE)
        # Three digits at most: a longer number need not be read to be too large.
        if not re.fullmatch("[0-9]{1,3}", asked) or not 1 <= int(asked) <= MAX_SIZE:
            raise ValidationError(
                {"page_size": [f"“{asked}” is no page size. Use a number from 1 to {MAX_SIZE}."]}
            )
        return int(asked)

    def read_cursor(self, request, ordering, width):
        """Return which way a cursor goes, and the key of the row that it starts beyond."""
        cursor = request.query_params.get("cursor")
        if not cursor:
            return False, None
        try:
            path, its_ordering, backwards, key = content_of(cursor)
        except (signing.BadSignature, ValueError):
            raise ValidationError(
                {
                    "cursor": [
                        f"“{cursor}” is no cursor of ours, or one that is too old. Follow “next” "
                        f"and “previous” as they are given. {FIRST_PAGE}"
                    ]
                }
            ) from None
        if path != request.path or its_ordering != ordering:
            raise ValidationError(
                {
                    "cursor": [
                        f"“{cursor}” belongs to {path} in the order {its_ordering}. {FIRST_PAGE}"
                    ]
                }
            )
        if key is not None and len(key) != width:
            raise ValidationError(
                {"cursor": [f"“{cursor}” is no place in this list. {FIRST_PAGE}"]}
            )
        return backwards, key

    def link(self, content) -> str:
        return address(self.request, cursor=SIGNER.sign_object(content))

    def get_paginated_response(self, data):
        links = {"next": self.next, "prev": self.previous}
        told = ", ".join(f'<{link}>; rel="{name}"' for name, link in links.items() if link)
        return Response(
            {"next": self.next, "previous": self.previous, "results": data},
            headers={"Link": told} if told else None,
        )

    def get_paginated_response_schema(self, schema):
        address = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": address | {"description": "The next page, null on the last one."},
                "previous": address | {"description": "The page before, null on the first one."},
                "results": schema | {"items": {"anyOf": [schema["items"], SOME_FIELDS]}},
            },
        }

    def get_schema_operation_parameters(self, view):
        # The feed of changes comes in one order only.
        orderings = list(both_ways(getattr(view, "orderings", ())))
        ordering = [
            {
                "name": "ordering",
                "in": "query",
                "required": False,
                "description": "In which order; with - the other way round.",
                "schema": {"type": "string", "enum": orderings, "default": default},
            }
            for default in ([default_ordering(view)] if orderings else [])
        ]
        return [
            *ordering,
            {
                "name": "fields",
                "in": "query",
                "required": False,
                "description": "Which fields of each row, with commas between; else all.",
                "schema": {"type": "string", "pattern": "^[a-z0-9_]+(,[a-z0-9_]+)*$"},
            },
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "Where a page starts: taken from `next` and `previous`.",
                "schema": {"type": "string"},
            },
            {
                "name": "page_size",
                "in": "query",
                "required": False,
                "description": "How many rows a page has.",
                "schema": {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": SIZE},
            },
        ]
