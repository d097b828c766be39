"""A file that is sent while it is written."""

import io
from typing import Any


class Sink(io.RawIOBase):
    """Keeps what is written until it is taken. Nobody can go back in it."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = bytearray()
        self.written = 0

    def writable(self) -> bool:
        return True

    def write(self, block: Any) -> int:
        size = memoryview(block).nbytes
        self.waiting += block
        self.written += size
        return size

    @property
    def size(self) -> int:
        """How much waits to be taken."""
        return len(self.waiting)

    def tell(self) -> int:
        return self.written

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        block = bytes(self.waiting)
        self.waiting.clear()
        return block
