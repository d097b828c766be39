"""Sees to it that manage.py runs on the pinned packages; uses the standard library only.

A ``.venv`` is there whole or not at all: it is built beside its place, stamped with what it was
made from, and renamed. Every start but the first only reads that stamp.
"""

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

OLDEST_PYTHON = (3, 11)
# Each list holds the ones before it: what a server needs, a checkout, a developer.
LISTS = ["requirements.txt", "requirements-local.txt", "requirements-dev.txt"]
STAMP = "claimtracker-stamp.json"
SENT_HERE = "CLAIMTRACKER_STARTED_AGAIN"  # guards against starting ourselves for ever
LONGEST_SHEBANG = 127  # bytes that a Linux kernel reads of a script's first line

NO_DEMO_ON_A_SERVER = (
    "DATABASE_URL is set, and demo would make accounts with printed passwords in that database. "
    "Unset DATABASE_URL for a demo, or set that database up with: migrate, loaddata, "
    "createsuperuser, runserver."
)


class SetupError(Exception):
    """One line that says what is wrong, and what to do."""


def has_own_server():
    """Return whether DATABASE_URL names a PostgreSQL, so that the embedded one stays alone."""
    return "DATABASE_URL" in os.environ


def ensure(base_dir, argv):
    """Return in a Python that has the pinned packages, or start again in one; exit with a line."""
    started_again = os.environ.pop(SENT_HERE, None)
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(
            "claimtracker needs Python 3.11 or newer, and this is %d.%d (%s). "
            "Try: python3.11 %s"
            % (sys.version_info[0], sys.version_info[1], sys.executable, " ".join(argv))
        )
    if os.name != "posix":
        sys.exit("claimtracker runs on Linux and macOS; on Windows, use WSL.")
    command = argv[1] if len(argv) > 1 else "help"
    if command == "demo" and has_own_server():
        sys.exit(NO_DEMO_ON_A_SERVER)
    if command == "test":
        wanted = "requirements-dev.txt"
        if has_own_server():
            # A run of the tests keeps nothing that a secret would have to protect.
            os.environ.setdefault("SECRET_KEY", os.urandom(32).hex())
    elif has_own_server():
        wanted = "requirements.txt"
    else:
        wanted = "requirements-local.txt"

    venv = os.path.join(base_dir, ".venv")
    inside = os.path.realpath(sys.prefix) == os.path.realpath(venv)
    try:
        is_made = _is_made_from(venv, base_dir, wanted)
        if inside and is_made:
            return
        is_foreign = not _read_stamp(venv)  # an image's Python, or a .venv made by hand
        if (inside or is_foreign) and has_pins(os.path.join(base_dir, wanted)):
            return
        if started_again == "made":
            raise SetupError("%s does not work as a Python environment; remove it." % venv)
        if is_foreign and not inside and not started_again and _has_python(venv):
            _start_again(venv, argv, "to look")
        if not is_made:
            _set_up(base_dir, wanted)
        _start_again(venv, argv, "made")
    except SetupError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        _say("Interrupted; the set-up begins anew next time.")
        sys.exit(130)
    except OSError as error:
        sys.exit(_explain(error, base_dir))


def _start_again(venv, argv, why):
    """Become the same command in the environment's Python, under the same process id."""
    python = os.path.join(venv, "bin", "python")
    environment = dict(os.environ)
    environment[SENT_HERE] = why
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(python, [python] + argv, environment)


# What is there


def has_pins(requirements):
    """Return whether this Python has every package of a list, at its very version."""
    from importlib import metadata

    for name, version, marker in _pins(requirements):
        if not _applies(marker):
            continue
        try:
            if metadata.version(name) != version:
                return False
        except metadata.PackageNotFoundError:
            return False
    return True


def _pins(requirements):
    with open(requirements, encoding="utf-8") as file:
        for line in file:
            found = re.match(r"([A-Za-z0-9._-]+)(?:\[.*?\])?==([^\s;\\]+)\s*(?:;([^\\]*))?", line)
            if found:
                yield found.group(1), found.group(2), (found.group(3) or "").strip()


class _Version(str):
    """A version that compares by its numbers: 3.9 comes before 3.11."""

    def _numbers(self, other=None):
        return [int(number) for number in re.findall(r"\d+", self if other is None else other)]

    def __lt__(self, other):
        return self._numbers() < self._numbers(other)

    def __le__(self, other):
        return self._numbers() <= self._numbers(other)

    def __gt__(self, other):
        return self._numbers() > self._numbers(other)

    def __ge__(self, other):
        return self._numbers() >= self._numbers(other)


def _applies(marker):
    """Return whether a marker holds here; one that we cannot read counts as holding."""
    import platform

    if not marker:
        return True
    known = {
        "implementation_name": sys.implementation.name,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_system": platform.system(),
        "python_full_version": _Version(platform.python_version()),
        "python_version": _Version("%d.%d" % sys.version_info[:2]),
        "sys_platform": sys.platform,
        "extra": "",
    }
    try:
        # Markers are Python expressions over these names; the lists are our own files.
        return bool(eval(marker, {"__builtins__": {}}, known))
    except Exception:
        return True


def _fingerprint(requirements):
    with open(requirements, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _read_stamp(venv):
    try:
        with open(os.path.join(venv, STAMP), encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def _is_made_from(venv, base_dir, wanted):
    """Return whether the environment is ours, made from this list as it is now, and stands here."""
    stamp = _read_stamp(venv)
    return (
        stamp.get("lists", {}).get(wanted) == _fingerprint(os.path.join(base_dir, wanted))
        and stamp.get("folder") == os.path.abspath(venv)
        and _has_python(venv)
    )


def _has_python(venv):
    # The link may lead to a Python that was removed, or that is another user's.
    return os.access(os.path.join(venv, "bin", "python"), os.X_OK)


# Setting up


@contextlib.contextmanager
def _locked(base_dir):
    """Let one set-up of a folder run at a time; a lock ends with the processes that hold it."""
    import fcntl

    var = os.path.join(base_dir, "var")
    os.makedirs(var, exist_ok=True)
    descriptor = os.open(os.path.join(var, "setup.lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another start is setting up this folder; waiting for it.")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _set_up(base_dir, wanted):
    """Put an environment made from the wanted list in its place."""
    venv = os.path.join(base_dir, ".venv")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)  # pip must end with us
    with _locked(base_dir) as lock:
        _remove_leftovers(base_dir)
        if _is_made_from(venv, base_dir, wanted):
            return
        stamp = _read_stamp(venv)
        # Nobody who has the test tools loses them because another list changed.
        for longer in LISTS[LISTS.index(wanted) :]:
            if longer in stamp.get("lists", {}):
                wanted = longer
        moved = dict(stamp, folder=os.path.abspath(venv))
        if stamp and stamp.get("folder") != moved["folder"]:
            _write_stamp(venv, moved)
            if _is_made_from(venv, base_dir, wanted):
                _point_scripts(venv, stamp["folder"], moved["folder"])
                return
        _build(base_dir, venv, wanted, lock)


def _interrupt(number, frame):
    raise KeyboardInterrupt


def _build(base_dir, venv, wanted, lock):
    for module in ("venv", "ensurepip"):
        if not _has_module(module):
            raise SetupError(
                "This Python (%s) has no %s module. On Debian and Ubuntu: apt install "
                "python3-venv" % (sys.executable, module)
            )
    draft = "%s.new-%d" % (venv, os.getpid())
    old = draft + "-old"
    log = os.path.join(base_dir, "var", "setup.log")
    _say(
        "Making .venv with Python %d.%d from %s; this takes a minute or so."
        % (sys.version_info[0], sys.version_info[1], wanted)
    )
    # Where this is an environment itself, the new one comes from the Python behind it.
    python = getattr(sys, "_base_executable", None) or sys.executable
    try:
        os.mkdir(draft)
        with open(log, "wb") as output:
            _run([python, "-m", "venv", draft], output, lock)
            pip = [os.path.join(draft, "bin", "python"), "-m", "pip", "--no-input", "install"]
            pip += ["--require-hashes", "--disable-pip-version-check"]
            _run(pip + ["-r", os.path.join(base_dir, wanted)], output, lock)
        _point_scripts(draft, draft, venv)
        held = LISTS[: LISTS.index(wanted) + 1]
        lists = {name: _fingerprint(os.path.join(base_dir, name)) for name in held}
        _write_stamp(draft, {"lists": lists, "folder": os.path.abspath(venv)})
        _flush_to_disk(draft)
        # A server that runs in the old one goes on: the new one is at the same place at once.
        if os.path.lexists(venv):
            os.rename(venv, old)
        os.rename(draft, venv)
    except subprocess.CalledProcessError:
        # No "from": it would be an error to Python 2, which has to get as far as our line.
        raise SetupError(_summarise(log))  # noqa: B904
    finally:
        _remove(draft)
        _remove(old)


def _has_module(name):
    from importlib import util

    return util.find_spec(name) is not None


def _run(command, output, lock):
    """Run a step of the set-up, which keeps the lock for as long as it lives, even without us."""
    environment = dict(os.environ, PIP_USER="0", PYTHONUNBUFFERED="1")
    # These would send the packages elsewhere.
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN", "VIRTUAL_ENV"):
        environment.pop(name, None)
    subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=environment,
        pass_fds=[lock],
        check=True,
    )


def _summarise(log):
    """Return one line for what pip, or venv, had to say."""
    with open(log, encoding="utf-8", errors="replace") as file:
        said = file.read()
    if shutil.disk_usage(os.path.dirname(log)).free < 1000000:
        said += "No space left on device"  # not even for the log
    errors = re.findall(r"^\s*(?:ERROR|Error):\s*(.+)$", said, re.MULTILINE)
    if "No space left on device" in said:
        why = "no space is left on the disk"
    elif "DO NOT MATCH THE HASHES" in said:
        why = "a package is not the one that the requirements name (its hash differs)"
    elif re.search(r"NewConnectionError|name resolution|unreachable|ConnectTimeout", said):
        why = "pip could not reach its package index; is there a network?"
    else:
        why = errors[-1].strip() if errors else (said.strip().splitlines() or ["no output"])[-1]
    return "Could not make .venv: %s (all that was said is in %s)" % (why.rstrip("."), log)


def _explain(error, base_dir):
    """Return one line for what the system refused."""
    if error.errno == errno.ENOSPC:
        return "No space is left on the disk of %s." % base_dir
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "Cannot write in %s: %s. Clone the project where you may write." % (
            base_dir,
            error.strerror,
        )
    return "Could not make .venv: %s" % error


def _write_stamp(venv, stamp):
    draft = os.path.join(venv, "%s.%d" % (STAMP, os.getpid()))
    with open(draft, "w", encoding="utf-8") as file:
        json.dump(stamp, file, indent=1)
    os.rename(draft, os.path.join(venv, STAMP))


def _point_scripts(venv, from_folder, to_folder):
    """Make the scripts that were written for one folder run from another."""
    before, after = os.fsencode(from_folder), os.fsencode(to_folder)
    python = os.path.join(after, b"bin", b"python")
    shebang = b"#!" + python + b"\n"
    if b" " in python or len(shebang) > LONGEST_SHEBANG:
        # What pip writes too: a line that is a command to sh and a string to Python.
        shebang = b"#!/bin/sh\n'''exec' \"" + python + b'" "$0" "$@"\n\' \'\'\'\n'
    header = re.compile(
        b"(?:#!/bin/sh\n'''exec' \"?%(bin)s[^\n]*\n' '''\n|#!\"?%(bin)s[^\n]*\n)"
        % {b"bin": re.escape(os.path.join(before, b"bin", b"python"))}
    )
    names = [os.path.join("bin", name) for name in os.listdir(os.path.join(venv, "bin"))]
    for name in names + ["pyvenv.cfg"]:
        path = os.path.join(venv, name)
        if os.path.islink(path) or not os.path.isfile(path):
            continue
        with open(path, "rb") as file:
            content = file.read()
        if before not in content[:65536] or b"\0" in content[:1024]:
            continue
        start = header.match(content)
        # Those without a header of this kind are activate and its kin, and pyvenv.cfg.
        content = shebang + content[start.end() :] if start else content.replace(before, after)
        with open(path, "r+b") as file:
            file.write(content)
            file.truncate()


def _flush_to_disk(folder):
    """Have the files on the disk before the rename that shows them, lest power fails between."""
    if hasattr(os, "sync"):
        os.sync()


def _remove_leftovers(base_dir):
    """Remove what set-ups that were killed left; we hold the lock, so none of them lives."""
    venv = os.path.join(base_dir, ".venv")
    for name in sorted(os.listdir(base_dir)):
        if name.startswith(".venv.new-"):
            leftover = os.path.join(base_dir, name)
            if _read_stamp(leftover) and not os.path.lexists(venv):
                os.rename(leftover, venv)  # killed between the two renames: it is whole
            else:
                _remove(leftover)


def _remove(folder):
    if os.path.islink(folder) or os.path.isfile(folder):
        os.unlink(folder)
    for _attempt in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(0.2)


def _say(line):
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
