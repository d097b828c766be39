"""The words of a PDF, read in a process of its own.

A PDF is a small program: one may be made to take all memory, or for ever. What reads it has a
limit on both, and nothing else in it that could be lost.
"""

import contextlib
import io
import os
import re
import resource
import subprocess
import sys
import unicodedata

# Of the process that reads: seconds of work, bytes of memory, characters after which it stops,
# of which a document's text cannot have as many.
SECONDS = 30
MEMORY = 1_000_000_000
LONGEST = 2_000_000

TOO_MUCH = "takes too much work to read"
# Why it could not be read: what the process ends with, and what is said.
LOCKED = 3
ODD = 4
LARGE = 5
UNREADABLE = {
    LOCKED: "is locked with a password",
    ODD: "is no PDF that can be read here",
    LARGE: TOO_MUCH,
}

# What a PDF begins with, whatever its file is called.
BEGINS = b"%PDF-"
# All that it has of our environment, where our passwords are: some need it to start Python at all.
ENVIRONMENT = {"LD_LIBRARY_PATH"}

# Shapes of letters that a font has a picture for ("ﬁ"): nobody wrote them, or would look for them.
SHAPES = re.compile("[\ufb00-\ufd3d\ufd50-\ufdc7\ufe70-\ufefc]")


class UnreadablePDFError(Exception):
    """A PDF cannot be read: it is locked, damaged, or made to be too much."""


def text_of(content: bytes, *, seconds: int = SECONDS) -> str:
    """Return the words of a PDF, page after page with a blank line between; "" of pictures only.

    Raises UnreadablePDFError, which says why after the name of the file.
    """
    done = subprocess.run(
        [sys.executable, "-I", __file__, str(seconds)],
        input=content,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in ENVIRONMENT & os.environ.keys()},
        check=False,
    )
    if done.returncode:
        raise UnreadablePDFError(UNREADABLE.get(done.returncode, TOO_MUCH))
    text = done.stdout.decode("utf-8", "replace").replace("\0", "")
    return SHAPES.sub(lambda shape: unicodedata.normalize("NFKC", shape[0]), text)


def _read(content: bytes) -> str:
    from pypdf import PdfReader
    from pypdf.errors import (
        DependencyError,
        FileNotDecryptedError,
        LimitReachedError,
        WrongPasswordError,
    )

    try:
        reader = PdfReader(io.BytesIO(content))
        pages, length = [], 0
        for page in reader.pages:
            pages.append(page.extract_text().strip())
            length += len(pages[-1])
            if length > LONGEST:
                break
    except (DependencyError, FileNotDecryptedError, WrongPasswordError):
        sys.exit(LOCKED)
    except (LimitReachedError, MemoryError):
        sys.exit(LARGE)
    except Exception:  # it says in a dozen ways that a file is damaged
        sys.exit(ODD)
    return "\n\n".join(filter(None, pages))[: LONGEST + 1]


def _limit(seconds: int) -> None:
    """Have the system end this process above these seconds of work, or above MEMORY."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    # macOS knows no such limit, and says so.
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _main() -> None:
    _limit(int(sys.argv[1]))
    text = _read(sys.stdin.buffer.read())
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))


if __name__ == "__main__":
    _main()
