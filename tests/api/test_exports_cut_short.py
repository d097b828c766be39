"""Files over a socket: a reader who goes away, and a database that does."""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
from contextlib import closing
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.db import connection

from claimtracker.rest.files import NOT_WHOLE
from tests.factories import make_citation
from tests.waiting import LONG, wait_until

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

CSV = "/api/v1/exports/statements.csv"
FILES = [CSV, "/api/v1/exports/statements.jsonl", "/api/v1/exports/bundle.zip"]


@pytest.fixture
def much(db):
    """Have more rows than fit between a server and a reader who does not read."""
    for n in range(5):
        # No zip makes it small.
        make_citation(quote=f"{n} {secrets.token_hex(2_000_000)}")


def others():
    """Return the state of each other session of this database that is in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, state FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = "
            "'client backend'"
        )
        return cursor.fetchall()


def begin(port, path):
    """Ask for a file, and read the first thousand bytes of the answer."""
    reader = socket.create_connection(("localhost", port), timeout=LONG)
    reader.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert reader.recv(1000).startswith(b"HTTP/1.1 200")
    return reader


@pytest.mark.parametrize("path", FILES)
def test_a_reader_who_goes_away_leaves_no_transaction_and_no_connection(live_server, much, path):
    def connections_taken():
        stats = connection.pool.get_stats()
        return stats["pool_size"] - stats["pool_available"]

    before = connections_taken()
    reader = begin(live_server.thread.port, path)
    wait_until(lambda: len(others()) == 1 and connections_taken() > before, "it is sent")

    reader.close()

    wait_until(lambda: not others(), "no transaction is open")
    wait_until(lambda: connections_taken() == before, "the pool has its connection back")


@pytest.fixture
def granian(db):
    """Serve the database of this test as the image does, and return the port."""
    info = connection.get_connection_params()
    where = urlencode({"host": info["host"], "port": info.get("port", "")})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{quote(info['user'])}@/{info['dbname']}?{where}",
        "DATABASE_PASSWORD": info.get("password", ""),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "localhost",
        "DEBUG": "1",  # static files are not collected
        "DJANGO_SETTINGS_MODULE": "claimtracker.settings",
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--workers", "1", "claimtracker.wsgi:application"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def serves():
        with socket.socket() as there:
            return there.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(serves, "granian serves")
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_a_file_that_the_database_breaks_off_is_not_taken_for_whole(granian, much):
    with closing(http.client.HTTPConnection("localhost", granian, timeout=LONG)) as server:
        server.request("GET", CSV)
        sent = broken_off(server.getresponse())

        assert sent.endswith(b'\r\n"' + NOT_WHOLE.encode())
        assert sent.count(b'"') % 2 == 1
        server.request("GET", "/api/v1/claims/")
        assert server.getresponse().status == 200


def broken_off(answer):
    """Return what is sent of an answer whose session in the database ends on the way."""
    sent = answer.read(1000)
    [(pid, _)] = others()

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    # Whether the server lets it be seen that an answer broke off is the server's to say.
    try:
        sent += answer.read()
    except http.client.IncompleteRead as broken:
        sent += broken.partial
    return sent


def test_a_reader_of_the_image_who_goes_away_leaves_no_transaction(granian, much):
    reader = begin(granian, CSV)
    wait_until(lambda: len(others()) == 1, "it is sent")

    reader.close()

    wait_until(lambda: not others(), "no transaction is open")
