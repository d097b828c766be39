"""Stamps: a short text for what a row and its parts say, another as soon as any of it is another.

What belongs to a row becomes public with it: citations with a statement, affiliations with a
source, relations with a claim, a topic with the first claim under it. Whoever publishes a row says
by its stamp what they saw; see docs/decisions/0021.
"""

from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from django.db import connection

from claimtracker.events import events_of, written_fields

NO_PARTS = "0"
LENGTH = 32  # hexadecimal digits: nobody finds two texts with one stamp


class HasVersion(Protocol):
    pk: Any
    version: int


class Stamp(NamedTuple):
    """The version of a row and a digest of its parts; blank where only the version is known."""

    version: int
    parts: str = ""

    def __str__(self) -> str:
        return f"{self.version}.{self.parts}" if self.parts else str(self.version)


class UnseenPartsError(Exception):
    """Somebody would publish a row of which they named the version, but not the parts they saw."""

    def __init__(self, row: Any) -> None:
        super().__init__(f"Nobody says that they saw what belongs to “{row}”.")
        self.row = row


def stamps(rows: Iterable[HasVersion]) -> dict[Any, Stamp]:
    """Return the stamps of rows of one model by key, with a query per kind of part.

    Lock the rows first where something is decided by it. The versions are those in memory.
    """
    by_key = {row.pk: row for row in rows}
    if not by_key:
        return {}
    parts = digests_of_parts(type(next(iter(by_key.values()))), list(by_key))
    return {key: Stamp(row.version, parts[key]) for key, row in by_key.items()}


def digests_of_parts(model: Any, keys: list) -> dict[Any, str]:
    """Return digests of what belongs to rows of a model, by the key of the row."""
    found: dict[Any, list[str]] = {key: [] for key in keys}
    for number, query in enumerate(_queries(model)):
        for key, digest in _asked(query, keys):
            found[key].append(f"{number}:{digest}")
    return {
        key: sha256(" ".join(parts).encode()).hexdigest()[:LENGTH] if parts else NO_PARTS
        for key, parts in found.items()
    }


def stamp_of(row: HasVersion) -> Stamp:
    """Return the stamp of a row, whose version is that in memory."""
    return stamps([row])[row.pk]


def seen_key(row: Any) -> str:
    """Return what a form sends to say that a row was seen as it is in memory, with its parts."""
    return f"{row._meta.label_lower}.{row.pk}.{stamp_of(row)}"


def has_seen(row: Any, seen: Collection[Stamp]) -> bool:
    """Return whether one of these stamps is that of a row, which is locked.

    A bare version counts as long as every part is as it was when a version of the row was made:
    whoever read the version read the parts. Raises UnseenPartsError where it is not.
    """
    if stamp_of(row) in seen:
        return True
    if Stamp(row.version) not in seen:
        return False
    if _is_known_by_version(row):
        return True
    raise UnseenPartsError(row)


def owning_fields(model: Any) -> list[Any]:
    """Return the fields in which rows of a model name a row that they belong to."""
    return [
        field
        for field in model._meta.local_concrete_fields
        if field.is_relation
        and field.remote_field.get_accessor_name() in getattr(field.related_model, "parts", ())
    ]


def parts_in_words(row: Any, *, most: int = 50) -> list[tuple[str, str]]:
    """Return what belongs to a row: of each part its kind, and what it says in its fields.

    Those beyond ``most`` of one kind are counted only.
    """
    told = []
    for name in row.parts:
        part = row._meta.get_field(name)
        opts = part.related_model._meta
        fields = [f for f in written_fields(part.related_model) if f.name != part.field.name]
        rows = getattr(row, name).select_related(*(f.name for f in fields if f.is_relation))
        kind = str(opts.verbose_name)
        for each in rows.order_by("-pk")[:most]:
            said = [(f, getattr(each, f.name)) for f in fields]
            told.append((kind, "; ".join(f"{f.verbose_name}: {_word(v)}" for f, v in said if v)))
        if (count := rows.count()) > most:
            told.append((kind, f"{count - most} more, which were there before these"))
    return told


def _word(value: Any) -> str:
    return "yes" if value is True else str(value)


def _queries(model: Any) -> list[str]:
    """Return the queries for digests of what belongs to rows of a model, by the key of the row."""
    queries = []
    for name in getattr(model, "parts", ()):
        part = model._meta.get_field(name)
        queries.append(
            _digests(
                f'"{part.related_model._meta.db_table}" p', f'p."{part.field.column}"',
                _columns("p", part.related_model),
            )
        )  # fmt: skip
    for tie in model._meta.many_to_many:
        # That a row is tied to another counts as a version; what has no review of its own is seen
        # with the row.
        if _is_reviewed(tie.related_model):
            continue
        other = tie.related_model._meta
        rows = (
            f'"{tie.m2m_db_table()}" t JOIN "{other.db_table}" p '
            f'ON p."{other.pk.column}" = t."{tie.m2m_reverse_name()}"'
        )
        queries.append(
            _digests(rows, f't."{tie.m2m_column_name()}"', _columns("p", tie.related_model))
        )
    return queries


def _is_reviewed(model: Any) -> bool:
    return any(field.name == "review_state" for field in model._meta.local_fields)


def _columns(alias: str, model: Any) -> str:
    names = ["id", *(field.column for field in written_fields(model))]
    return ", ".join(f'{alias}."{name}"' for name in names)


def _digests(rows: str, key: str, columns: str) -> str:
    return (
        f"SELECT {key}, encode(sha256(convert_to(string_agg(ROW({columns})::text, E'\\n' "
        f"ORDER BY p.id), 'UTF8')), 'hex') FROM {rows} WHERE {key} = ANY(%s) GROUP BY {key}"
    )


def _is_known_by_version(row: Any) -> bool:
    """Return whether every change of a row's parts was made together with a version of the row.

    Versions are made one after the other, each under the lock of the row: who reads one also reads
    what was written with it and with those before. What was written apart may have come later.
    """
    model = type(row)
    own = events_of(model)._meta.db_table
    params: dict[str, Any] = {"key": row.pk}
    parts = [
        f"""
        SELECT e.xmin FROM "{events_of(part.related_model)._meta.db_table}" e
        WHERE e."{part.field.column}" = %(key)s
        """
        for name in model.parts
        if (part := model._meta.get_field(name))
    ]
    for number, tie in enumerate(model._meta.many_to_many):
        if _is_reviewed(tie.related_model):
            continue
        # What readers see already changes by those only who may publish.
        params[f"tied_{number}"] = [
            each.pk for each in getattr(row, tie.name).all() if not each.readers_see
        ]
        parts.append(
            f"""
            SELECT e.xmin FROM "{events_of(tie.related_model)._meta.db_table}" e
            WHERE e.pgh_obj_id = ANY(%(tied_{number})s)
            """
        )
    if not parts:
        return True
    query = f"""
        SELECT NOT EXISTS (
          SELECT FROM ({" UNION ALL ".join(parts)}) written
          WHERE written.xmin NOT IN (
            SELECT o.xmin FROM "{own}" o WHERE o.pgh_obj_id = %(key)s AND NOT EXISTS (
              SELECT FROM "{own}" before WHERE before.pgh_obj_id = o.pgh_obj_id
              AND before.pgh_id < o.pgh_id AND before.version = o.version
            )
          )
        )
    """
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchone()[0]


def _asked(query: str, keys: list) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, [keys])
        return cursor.fetchall()
