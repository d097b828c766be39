"""Holds the history against the rows: finds what was rewritten, removed, or written past it."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import Model
from pghistory.models import Context

from claimtracker.events import event_models

SHOWN = 20  # of each kind of fault of each table; the rest is counted


def faults() -> Iterator[str]:
    """Yield in a line each what is wrong with the history of any table."""
    for model, events in sorted(event_models().items(), key=lambda each: each[0]._meta.label):
        for told, query in _questions(model, events):
            yield from _lines(model, told, query)


def _lines(model: type[Model], told: str, query: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) OVER (), key, event FROM ({query}) f ORDER BY key, event")
        found = cursor.fetchmany(SHOWN)
    for _, key, event in found:
        where = "" if event is None else f", event {event}"
        yield f"{model._meta.verbose_name} {key}{where}: {told}"
    if found and (more := found[0][0] - len(found)) > 0:
        yield f"{model._meta.verbose_name}: {more:,} more of which {told}"


def _record(alias: str, columns: list[str]) -> str:
    return "ROW(" + ", ".join(f'{alias}."{column}"' for column in columns) + ")"


def _questions(model: Any, events: Any) -> list[tuple[str, str]]:
    """Return what may be wrong, with the query for the rows and events where it is."""
    table, kept = f'"{model._meta.db_table}"', f'"{events._meta.db_table}"'
    columns = [f.column for f in model._meta.local_concrete_fields if not f.generated]
    row, said, before = (_record(alias, columns) for alias in ("r", "e", "b"))
    last = f"""
        SELECT DISTINCT ON (pgh_obj_id) * FROM {kept} ORDER BY pgh_obj_id, pgh_id DESC
    """
    pairs = f"""
        (SELECT pgh_id, pgh_obj_id,
           lag(pgh_id) OVER (PARTITION BY pgh_obj_id ORDER BY pgh_id) AS before FROM {kept}) p
        JOIN {kept} e ON e.pgh_id = p.pgh_id LEFT JOIN {kept} b ON b.pgh_id = p.before
    """
    found = [
        (
            "no event says that it was recorded",
            f"""
            SELECT r.id AS key, NULL::bigint AS event FROM {table} r
            WHERE NOT EXISTS (SELECT FROM {kept} e WHERE e.pgh_obj_id = r.id)
            """,
        ),
        (
            "the row is not as its last event says",
            f"""
            SELECT r.id AS key, e.pgh_id AS event FROM {table} r
            JOIN ({last}) e ON e.pgh_obj_id = r.id
            WHERE e.pgh_label = 'delete' OR {row} IS DISTINCT FROM {said}
            """,
        ),
        (
            "the row is gone, and no event says that it was deleted",
            f"""
            SELECT e.pgh_obj_id AS key, e.pgh_id AS event FROM ({last}) e
            WHERE e.pgh_label <> 'delete'
              AND NOT EXISTS (SELECT FROM {table} r WHERE r.id = e.pgh_obj_id)
            """,
        ),
        (
            "an event before this one is missing",
            f"""
            SELECT e.pgh_obj_id AS key, e.pgh_id AS event FROM {pairs}
            WHERE (e.pgh_label = 'insert') <> (b.pgh_id IS NULL OR b.pgh_label = 'delete')
              OR (e.pgh_label = 'delete' AND {before} IS DISTINCT FROM {said})
            """,
        ),
        (
            "who wrote it, and why, is missing",
            f"""
            SELECT e.pgh_obj_id AS key, e.pgh_id AS event FROM {kept} e
            WHERE e.pgh_context_id IS NOT NULL AND NOT EXISTS (
              SELECT FROM "{Context._meta.db_table}" c WHERE c.id = e.pgh_context_id)
            """,
        ),
    ]
    if "version" in columns:
        found.append(
            (
                "versions between this event and the one before it are missing",
                f"""
                SELECT e.pgh_obj_id AS key, e.pgh_id AS event FROM {pairs}
                WHERE e.pgh_label = 'update' AND e.version NOT IN (b.version, b.version + 1)
                """,
            )
        )
    return found
