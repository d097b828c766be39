"""Answers that the database writes as JSON: the view passes them on as they are.

Of lists, querysets still say which rows and in which order, and SQL what is told of them; together
they are one query, that tells it of the rows of a page only. Nothing is done here for each row.
"""

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django_filters import ChoiceFilter
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from claimtracker.curated import may_edit
from claimtracker.rest.filters import YesNoFilter, fields_asked, is_filtered
from claimtracker.rest.pagination import InOrder

# SQL with its parameters.
Rows = tuple[str, tuple[Any, ...]] | None
Names = list[str]
# Text may hold them, and in a script they would end a line. JSONRenderer escapes them likewise.
LINE_ENDS = {"\u2028".encode(): b"\\u2028", "\u2029".encode(): b"\\u2029"}


class ReadyInOrder:
    """The rows of a queryset, each as the text of its JSON.

    ``rows`` is the SQL of their ids and of the columns of their ``key``, with its parameters; None
    where there cannot be any. ``told`` is the SQL of what is told of such rows, likewise; those
    that are asked for have their ids in ``page``. ``fields`` are those of the JSON, each with its
    SQL, where ``r`` is a row of ``told``; ``sites`` are their parameters, for ``url`` and
    ``page_url`` the addresses below which the rows and their pages are. Where the rows are
    ``filtered``, which plan is best depends on what for.
    """

    def __init__(self, rows, key, *, told, fields, sites, filtered):
        self.rows, self.key, self.told = rows, key, told
        self.fields, self.sites, self.filtered = fields, sites, filtered

    def keyed(self, *, after, descending, limit):
        """Return the first rows beyond a key, each with its own key."""
        if self.rows is None:
            return []
        rows, of_rows = self.rows
        told, of_told = self.told
        fields = ", ".join(f'{value} AS "{name}"' for name, value in self.fields.items())
        key = ", ".join(f'p."{name}"' for name in self.key)
        turn, side = ("DESC", "<") if descending else ("ASC", ">")
        order = ", ".join(f'p."{name}" {turn}' for name in self.key)
        beyond = f"({key}) {side} ({', '.join(['%s'] * len(self.key))})" if after else "true"
        query = f"""
            WITH page AS (
              SELECT * FROM ({rows}) p WHERE {beyond} ORDER BY {order} LIMIT {limit:d}
            )
            SELECT (SELECT row_to_json(j)::text FROM (SELECT {fields}) j), {key}
            FROM page p JOIN ({told}) r ON r.id = p.id
            ORDER BY {order}
        """
        with connection.cursor() if self.filtered else connection.prepared_cursor() as cursor:
            # In the order of the fields.
            sites = [self.sites[name] for name in self.fields if name in self.sites]
            cursor.execute(query, [*of_rows, *(after or []), *sites, *of_told])
            return [(text, key) for text, *key in cursor.fetchall()]


class Ready(str):
    """An answer that is the text of its JSON."""


class ReadyPage(dict):
    """A page whose ``results`` are texts of JSON."""

    def parsed(self) -> dict[str, Any]:
        return {**self, "results": [json.loads(text) for text in self["results"]]}


def ready_page(paginator, rows, request, ordering) -> Response:
    """Return the page that is asked for of rows that are texts of JSON."""
    page = paginator.paginate(rows, request, ordering=ordering)
    response = paginator.get_paginated_response(page)
    response.data = ReadyPage(response.data)
    return response


class ReadyJSONRenderer(JSONRenderer):
    """Writes JSON, and takes what is Ready, or a ReadyPage, as it is."""

    def render(self, data, accepted_media_type=None, renderer_context=None):
        if not isinstance(data, Ready | ReadyPage):
            return super().render(data, accepted_media_type, renderer_context)
        # Asked for with an indent, as the browsable pages do.
        if self.get_indent(accepted_media_type or "", renderer_context or {}) is not None:
            parsed = json.loads(data) if isinstance(data, Ready) else data.parsed()
            return super().render(parsed, accepted_media_type, renderer_context)
        if isinstance(data, Ready):
            return written(data)
        links = super().render({name: data[name] for name in ("next", "previous")})
        return b'%b,"results":[%b]}' % (links[:-1], written(",".join(data["results"])))


def written(text: str) -> bytes:
    """Return text of JSON as it is sent."""
    found = text.encode()
    for raw, escaped in LINE_ENDS.items():
        found = found.replace(raw, escaped)
    return found


class ReadyList:
    """A list whose rows are ready.

    The view declares ``told``, a queryset of all that is told of such rows, and ``ready_fields``,
    those of the JSON after slug and address, each with its SQL, where ``r`` is a row of it;
    ``ready_for_editors`` are those for who may edit such rows.
    """

    ready_for_editors: dict[str, str] = {}

    def list(self, request, *args, **kwargs):
        rows, key, ordering = self.asked()
        return ready_page(self.paginator, self.ready(rows, key), request, ordering)

    def asked(self) -> tuple[Rows, Names, str]:
        """Return the SQL of the rows that are asked for, the names of their key, and the ordering.

        Of what everyone may read it is kept, where no filter is given or one that takes one of a
        few words: to write it again takes Django as long as PostgreSQL takes to answer.
        """
        given = self.request.query_params
        filters = [
            (name, given[name], type(each) in {ChoiceFilter, YesNoFilter})
            for name, each in self.filterset_class.base_filters.items()
            if name in given
        ]
        is_kept = not self.request.user.is_authenticated and (
            not filters or (len(filters) == 1 and filters[0][2])
        )
        asked = (given.get("ordering"), *filters)
        kept = vars(type(self)).get("_kept", {})
        if is_kept and asked in kept:
            return kept[asked]
        queryset = self.filter_queryset(self.get_queryset())
        ordering = self.paginator.ordering(self.request, self)
        found = (*self.written(queryset, self.orderings[ordering.lstrip("-")]), ordering)
        if is_kept:
            type(self)._kept = kept | {asked: found}
        return found

    def written(self, queryset, columns) -> tuple[Rows, Names]:
        """Return the SQL of the rows of a queryset by these columns, and the names of its key."""
        rows = InOrder(queryset, columns)
        try:
            found = rows.queryset.order_by().values("id", *rows.key).query.sql_with_params()
        except EmptyResultSet:
            found = None
        return found, rows.key

    def ready(self, rows: Rows, key: Names) -> ReadyInOrder:
        """Return these rows as the reader may see them."""
        sees_all = may_edit(self.request.user, self.queryset.model)
        return ReadyInOrder(
            rows,
            key,
            told=self.told_in_sql(),
            fields=self.asked_of(
                {
                    "slug": "r.slug",
                    "url": "%s || r.slug || '/'",
                    "page_url": "%s || r.slug || '/'",
                    **self.ready_fields,
                    **(self.ready_for_editors if sees_all else {}),
                }
            ),
            sites={
                "url": self.reverse_action("list"),
                "page_url": self.pages_at(),
            },
            filtered=is_filtered(self.request, self) or "fields" in self.request.query_params,
        )

    def asked_of(self, fields: dict[str, str]) -> dict[str, str]:
        """Return those of the fields of a list's rows that are asked for."""
        if self.detail:
            return fields
        return {name: fields[name] for name in fields_asked(self.request, fields)}

    @classmethod
    def told_in_sql(cls):
        """Return the SQL of ``told``, made once: nothing in it depends on the request."""
        if "_told" not in vars(cls):
            cls._told = cls.told().query.sql_with_params()
        return cls._told


class ReadyRow(ReadyList):
    """Rows that are ready in a list, and each of them at its own address."""

    def retrieve(self, request, slug):
        rows = self.written(self.get_queryset().filter(slug=slug), ["slug"])
        for text, _ in self.ready(*rows).keyed(after=None, descending=False, limit=1):
            return Response(Ready(text))
        raise self.not_found()
