"""Shows on a terminal what is going on; elsewhere it says nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def on_terminal(stream: TextIO) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows one line, in the place of the one before."""
    if not stream.isatty():
        yield lambda text: None
        return

    def show(text: str) -> None:
        stream.write(f"\r\x1b[K{text}")
        stream.flush()

    try:
        yield show
    finally:
        show("")
