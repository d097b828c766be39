import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# What these tests start is ended with Ctrl-C; it would inherit that a script in the background,
# as which the suite may run, ignores it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def place():
    """A folder that every user can reach: pytest's own are closed to the server's user."""
    folder = Path(tempfile.mkdtemp(prefix="claimtracker-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    for made in folder.rglob("*/"):
        if not made.is_symlink():
            made.chmod(0o755)  # some tests take away the right to write, which deleting needs
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def clean_environment():
    """The environment of a user who is not in the middle of a test run."""
    ours = (
        "PYTEST",
        "CLAIMTRACKER",
        "DJANGO",
        "DATABASE",
        "SECRET_KEY",
        "PYTHON",
        "PIP_",
        "VIRTUAL",
    )
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)}


@pytest.fixture(scope="session")
def bare_python():
    """A Python without our packages, as the machine has it."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))
