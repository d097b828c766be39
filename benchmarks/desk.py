"""Asks for every page of the admin, in a database that is left as it was."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from furnishing import furnish, with_statements

from claims import likeness
from claims.models import Claim
from sources.models import Source
from tests.admin_pages import Asked, pages

FURTHER_ON = (2, 20)


class Cost(NamedTuple):
    """What a page costs: how it was answered, its queries, and milliseconds.

    ``sql`` is how long the queries took; ``work`` how long the server worked on them, where it is
    on this machine and that can be read, else 0; ``whole`` how long the request took, and ``size``
    how many bytes were sent.
    """

    page: str
    status: int
    queries: int
    sql: float
    work: float
    whole: float
    size: int


@contextmanager
def left_as_it_was() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def costs(role: str, *, only: str = "") -> Iterator[Cost]:
    """Yield what every page costs a role; those that are about ``only``, where it is given."""
    plain_files()
    with left_as_it_was():
        world, users = furnish()
        client = Client(raise_request_exception=False, SERVER_NAME="localhost")
        client.force_login(users[role])
        cookies = client.cookies.output(header="", sep=";")
        for asked in pages(world, users[role], pages_on=FURTHER_ON):
            if only in str(asked):
                client.cookies.load(cookies)
                yield cost_of(client, asked)


def plain_files() -> None:
    """Name static files as they are: none are collected for this."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES["staticfiles"] = plain


def deeds() -> dict[str, float]:
    """Return how many milliseconds it takes to retire a row with all that was said, and settle it.

    After a small one, so that nothing is planned for many.
    """
    took = {}
    for model, column, many in ((Source, "source_id", 5000), (Claim, "claim_id", 2000)):
        for size in (1, many):
            row = with_statements(column, model, size)
            with left_as_it_was():
                start = time.perf_counter()
                model.objects.filter(pk=row.pk).update(review_state="retired")
                connection.check_constraints()
                spent = (time.perf_counter() - start) * 1000
            name = model._meta.verbose_name
            took[f"a {name} of {size:,} statement{'' if size == 1 else 's'}"] = spent
    return took


def cost_of(client: Client, asked: Asked) -> Cost:
    """Return what a page costs at the second time, as after a write: nothing is remembered."""
    return min((_once(client, asked) for _ in range(2)), key=lambda each: each.sql)


def _once(client: Client, asked: Asked) -> Cost:
    for known in (likeness._known_claims, likeness._known_sources):
        known.cache_clear()
    took: list[float] = []

    def note(execute: Callable, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        start = time.perf_counter()
        try:
            return execute(sql, parameters, many, context)
        finally:
            took.append(time.perf_counter() - start)

    with left_as_it_was():
        worked, start = work(), time.perf_counter()
        with connection.execute_wrapper(note):
            if asked.sent:
                answer = client.post(asked.address, asked.sent)
            else:
                answer = client.get(asked.address)
            sent = b"".join(answer.streaming_content) if answer.streaming else answer.content
        whole, worked = time.perf_counter() - start, work() - worked
    status, sql = answer.status_code, sum(took) * 1000
    return Cost(str(asked), status, len(took), sql, worked, whole * 1000, len(sent))


def work() -> float:
    """Return how many milliseconds our server process has had a processor, as Linux counts it.

    A busy machine makes queries wait; this it leaves alone.
    """
    try:
        counted = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    except OSError:
        return 0
    return int(counted.split()[0]) / 1e6
