"""Runs a program that reads a file from elsewhere, with limits on time, memory and output.

Such a file may be made to take all memory, or forever. The program that reads it gets nothing but
the file, and only a few of them run at once on a machine, so that the server keeps answering.
"""

import contextlib
import os
import resource
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

# Of one reading: seconds of work, seconds on the clock, bytes of memory, bytes that it may write.
SECONDS = 20
PATIENCE = 30
MEMORY = 1_000_000_000
OUTPUT = 64_000_000
# How many readings run at once on this machine, and how long one waits for a place, in seconds.
PLACES = 2
WAIT = 1.0

# All that a reader has of our environment, where our passwords are: some systems need it to start
# Python at all.
ENVIRONMENT = {"LD_LIBRARY_PATH"}
READERS = Path(__file__).parent / "readers"


class TooMuchWorkError(Exception):
    """A file took more time, memory or room than a reading may take."""


class BusyError(Exception):
    """As many files as may be are being read."""

    def __init__(self) -> None:
        super().__init__("The server is reading other files right now. Try again in a minute.")


def read(
    reader: str, content: bytes, *args: str, seconds: int = SECONDS, patience: float = PATIENCE
) -> bytes:
    """Return what a program in ``readers/`` writes about a file; it gets the file's path, and args.

    Raises TooMuchWorkError, or BusyError where other files are being read.
    """
    with tempfile.TemporaryDirectory(prefix="claimtracker-reading-") as folder:
        file, output = Path(folder, "file"), Path(folder, "output")
        file.write_bytes(content)
        command = [sys.executable, "-I", __file__, str(seconds), str(READERS / f"{reader}.py")]
        with place() as lock, output.open("wb") as stream:
            process = subprocess.Popen(
                [*command, str(file), *args],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in ENVIRONMENT & os.environ.keys()},
                # Its place stays taken as long as it runs, even if this process ends first.
                pass_fds=[lock],
                # A group of its own, so that what it started ends with it.
                start_new_session=True,
            )
            try:
                code = process.wait(patience)
            except subprocess.TimeoutExpired:
                raise TooMuchWorkError from None
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if code:
            raise TooMuchWorkError
        return output.read_bytes()


@contextlib.contextmanager
def place() -> Iterator[int]:
    """Hold one of the places for readings; yield the open file that is locked for it.

    The locks are the system's: all threads and processes of a server see them, and they end with
    the process that holds them.
    """
    import fcntl

    folder = places()
    until = time.monotonic() + WAIT
    while True:
        for number in range(PLACES):
            lock = os.open(folder / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            try:
                yield lock
            finally:
                os.close(lock)
            return
        if time.monotonic() > until:
            raise BusyError
        time.sleep(0.05)


def places() -> Path:
    """Return the folder of the locks, which belongs to the user that this server runs as."""
    folder = Path(tempfile.gettempdir(), f"claimtracker-{os.getuid()}-readings")
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user. Delete it.")
    return folder


def limit(seconds: int) -> None:
    """Have the system end this process above these seconds of work, or above MEMORY."""
    # Hard a second later: the first signal ends it, too.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT, OUTPUT))
    # macOS knows no such limit, and says so.
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # Whoever waits for a page comes first.
    os.nice(5)


if __name__ == "__main__":
    limit(int(sys.argv[1]))
    del sys.argv[:2]
    runpy.run_path(sys.argv[0], run_name="__main__")
