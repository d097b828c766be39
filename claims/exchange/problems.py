"""What is wrong with a bundle: where, which field, and what was expected."""

import dataclasses
import heapq

from claims.exchange.format import FILES

SHOWN = 100
POSITION = {file.name: position for position, file in enumerate(FILES)}


class BundleError(Exception):
    """A bundle that was not imported, or not exported; its text says why, line by line."""


@dataclasses.dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, ordered as the files are read."""

    position: int
    line: int
    field: str
    message: str
    file_name: str = dataclasses.field(compare=False)

    def __str__(self) -> str:
        place = f"{self.file_name}:{self.line}" if self.line else self.file_name
        text = ": ".join(filter(None, [place, self.field, self.message]))
        # Whatever a bundle holds, the sentence can be printed, on one line.
        return "".join(
            one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
        )


@dataclasses.dataclass
class Problems:
    """The first hundred problems of a bundle, and how many there are."""

    count: int = 0
    first: list[Problem] = dataclasses.field(default_factory=list)

    def add(
        self, file: str, line: int, where: str, message: str, *, file_name: str = "", of: int = 1
    ) -> None:
        """Note a problem; ``of`` is how many it stands for, where the others are not listed."""
        self.count += of
        position = POSITION.get(file, len(POSITION))
        self.first.append(Problem(position, line, where, message, file_name or f"{file}.jsonl"))
        if len(self.first) > 20 * SHOWN:
            self._forget()

    def _forget(self) -> None:
        self.first = heapq.nsmallest(SHOWN, self.first)

    def lines_of(self, file: str) -> set[int]:
        """Return the lines of a file that have a problem, as far as they are remembered."""
        return {one.line for one in self.first if one.position == POSITION[file]}

    def report(self) -> str:
        self._forget()
        lines = [str(one) for one in self.first]
        if rest := self.count - len(lines):
            lines.append(f"… and {rest:,} more.")
        return "\n".join(lines)

    def raise_if_any(self) -> None:
        if self.count:
            things = "one thing is" if self.count == 1 else f"{self.count:,} things are"
            raise BundleError(f"{self.report()}\nNothing was imported: {things} wrong.")
