"""Lists as CSV: the rows of a page as JSON has them, each of their values in a cell.

What is nested has a column for each of its fields (``tally`` has ``tally_asserts``); a list of
texts stands in one cell, with ``|`` between them, and a list of objects as its JSON.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from rest_framework.renderers import BaseRenderer
from rest_framework.serializers import Serializer

from claimtracker.rest.ready import ReadyPage
from claimtracker.spreadsheets import joined, to_cell

Table = tuple[list[str], Iterable[Iterable[Any]]]
# The names that lead to a value of a row: ("tally", "asserts").
Path = tuple[str, ...]


class CSVRenderer(BaseRenderer):
    """Writes the table that a view makes of its answer."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        columns, rows = renderer_context["view"].table(data)
        stream = io.StringIO(newline="")
        writer = csv.writer(stream)
        writer.writerow(map(to_cell, columns))
        writer.writerows(map(cell, row) for row in rows)
        return stream.getvalue().encode()


def cell(value: Any) -> str:
    """Return a value of JSON as a cell."""
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return to_cell(joined(value))
    if isinstance(value, list | dict):
        return to_cell(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return to_cell(value) if isinstance(value, str) else str(value)


def columns_of(shape: Serializer, above: Path = ()) -> Iterator[Path]:
    """Yield the path to each value of a row."""
    for name, field in shape.fields.items():
        path = (*above, name)
        if isinstance(field, Serializer):
            yield from columns_of(field, path)
        else:
            yield path


def at(path: Path, row: Any) -> Any:
    """Return what stands at a path, None where there is none in this row."""
    for name in path:
        row = row and row.get(name)
    return row


class Tabled:
    """A view that answers with a list, which can also be had as CSV."""

    def has_table(self) -> bool:
        return True

    def row_shape(self) -> Serializer:
        """Return the serializer that describes a row, with the fields that are asked for."""
        raise NotImplementedError

    def columns(self) -> list[Path]:
        """Return the paths to the values of a row."""
        return [*columns_of(self.row_shape())]

    def table(self, answer: dict[str, Any]) -> Table:
        """Return the names of the columns of an answer, and its rows."""
        rows = (answer.parsed() if isinstance(answer, ReadyPage) else answer)["results"]
        paths = self.columns()
        return ["_".join(path) for path in paths], (
            [at(path, row) for path in paths] for row in rows
        )

    def get_renderers(self):
        json_first, *others = super().get_renderers()
        return [json_first, *([CSVRenderer()] if self.has_table() else []), *others]

    def finalize_response(self, request, response, *args, **kwargs):
        if isinstance(getattr(request, "accepted_renderer", None), CSVRenderer):
            if response.status_code == 200:
                *_, name = filter(None, request.path.split("/"))
                response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
            else:
                # What is wrong is told as everywhere.
                request.accepted_renderer = super().get_renderers()[0]
                request.accepted_media_type = request.accepted_renderer.media_type
        return super().finalize_response(request, response, *args, **kwargs)
