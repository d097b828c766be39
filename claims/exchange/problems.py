"""What an import finds in a file: errors, questions and notes, each with its place.

An *error* stops the import. A *question* needs an answer first (see ``Problems.ask``). A *note*
says what was left out or is worth a look. Findings of one class are counted together and a few
of them are kept as examples, so that a frequent class hides no rare one and memory stays small;
``Problems.every`` hears of all of them.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator

from claims.exchange.format import FILES

LISTED = 20  # so many findings are listed one by one; more are grouped
KEPT = 20  # examples of each class
EXAMPLES = 3  # of them are shown where findings are grouped
MOST_CLASSES = 200  # beyond them, findings of a file are one class: "others"
POSITION = {file.name: position for position, file in enumerate(FILES)}

# What differs between two messages of one class: values in quotes, numbers, and what was guessed.
VARYING = re.compile(
    r'"(?:[^"\\]|\\.)*(?:"|…)|“[^”]*”|^[\[{].*?(?= is )|\bU\+[0-9A-F]+|(?<![\w-])\d[\d,.]*(?![\w-])'
    r"|\s*Did you mean .*$",
    re.DOTALL,
)
INDEX = re.compile(r"\[\d+\]")

# What is asked, and the words of the tick that answers it. Others may add their codes here.
QUESTIONS = {
    "same_document": (
        "Documents that are here already",
        "Import them anyway, as further documents.",
    ),
    "like_document": (
        "Documents that are nearly the same as others",
        "Import them anyway, as further documents.",
    ),
    "same_statement": (
        "Statements that may be here already",
        "Import them anyway, as further statements.",
    ),
    "like_source": (
        "Sources that are named like others",
        "Import them anyway, as further sources.",
    ),
    "like_claim": (
        "Claims that say nearly the same as others",
        "Import them anyway, as further claims.",
    ),
    "implausible_date": ("Dates that are unlikely", "These dates are right."),
    "untrusted_text": (
        "Quotes from text that may be read wrongly",
        "I compared them with the document.",
    ),
    "reworded": ("Claims that would say something else", "What becomes of their statements?"),
}
# The one question with a choice: what becomes of statements whose claim says something else.
REWORDED = {
    "reverse": "Reverse the stances of their statements.",
    "still_hold": "Their statements still hold.",
}


class BundleError(Exception):
    """A bundle that was not imported, or not exported; its text says why, line by line.

    ``problems`` has what was found in it, where it was read so far.
    """

    def __init__(self, message: str, problems: "Problems | None" = None) -> None:
        super().__init__(message)
        self.problems = problems


@dataclasses.dataclass(frozen=True)
class Answers:
    """How the questions of an import were answered: the codes confirmed, and ``reworded``.

    On the command line nobody can be asked: there all but *reworded* are only listed as notes.
    """

    confirm: frozenset[str] = frozenset()
    reworded: str = ""
    asks: bool = True

    def answer(self, code: str) -> bool:
        """Return whether the question of a code is answered."""
        if code == "reworded":
            return self.reworded in REWORDED
        return not self.asks or code in self.confirm


@dataclasses.dataclass(frozen=True, order=True)
class Problem:
    """One finding, ordered as the files are read."""

    position: int
    line: int
    field: str
    message: str
    file_name: str = dataclasses.field(compare=False)

    @property
    def place(self) -> str:
        return f"{self.file_name}:{self.line}" if self.line else self.file_name

    def __str__(self) -> str:
        return printable(": ".join(filter(None, [self.place, self.field, self.message])))

    @property
    def in_class(self) -> str:
        """Return what findings of one class have in common: file, field and message."""
        field = INDEX.sub("[…]", self.field)
        message = VARYING.sub(lambda found: "" if "Did you" in found[0] else "…", self.message)
        return printable(": ".join(filter(None, [self.file_name, field, message])))


def printable(text: str) -> str:
    """Return a text that can be printed on one line, whatever a file holds."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


@dataclasses.dataclass
class Group:
    """Findings of one class: what they have in common, how many, and the first of them."""

    label: str
    count: int = 0
    first: list[Problem] = dataclasses.field(default_factory=list)

    @property
    def examples(self) -> list[Problem]:
        return sorted(self.first)[:EXAMPLES]

    @property
    def more(self) -> int:
        return self.count - len(self.examples)


class Findings:
    """Findings of one kind, grouped by their class."""

    def __init__(self) -> None:
        self.count = 0
        self.by_class: dict[str, Group] = {}

    def add(self, found: Problem, group: str = "") -> None:
        self.count += 1
        label = f"{found.file_name}: {group}" if group else found.in_class
        if label not in self.by_class and len(self.by_class) >= MOST_CLASSES:
            label = f"{found.file_name}: others"
        kept = self.by_class.setdefault(label, Group(label))
        kept.count += 1
        if len(kept.first) < KEPT:
            kept.first.append(found)

    def groups(self) -> list[Group]:
        """Return the classes in the order in which their first findings stand in the files."""
        return sorted(self.by_class.values(), key=lambda one: min(one.first))

    @property
    def is_grouped(self) -> bool:
        """Return whether there are too many to list them one by one."""
        return self.count > LISTED

    def all_listed(self) -> list[Problem]:
        """Return all findings in their order, where there are few enough."""
        return sorted(each for group in self.by_class.values() for each in group.first)

    def lines(self) -> Iterator[str]:
        if not self.is_grouped:
            yield from map(str, self.all_listed())
            return
        for group in self.groups():
            if group.count == 1:
                yield str(group.first[0])
                continue
            yield f"{group.count:,} × {group.label}"
            yield from (f"    {each}" for each in group.examples)
            if group.more:
                yield f"    … and {group.more:,} more like these."

    def report(self) -> str:
        """Return all of them, or where they are many each class with its number and examples."""
        return "\n".join(self.lines())


class Lines:
    """Numbers of lines, a bit for each."""

    def __init__(self, bits: bytes | bytearray = b"") -> None:
        self.bits = bytearray(bits)

    def add(self, line: int) -> None:
        at, bit = divmod(line, 8)
        if at >= len(self.bits):
            self.bits.extend(bytes(max(at + 1 - len(self.bits), len(self.bits), 64)))
        self.bits[at] |= 1 << bit

    def __contains__(self, line: int) -> bool:
        at, bit = divmod(line, 8)
        return at < len(self.bits) and bool(self.bits[at] >> bit & 1)


class Problems:
    """What an import finds: its errors, questions and notes.

    ``every``, where it is set, is called with the kind ("error", "question", "note"), the code of a
    question and the finding, for each of them.
    """

    def __init__(self) -> None:
        self.errors = Findings()
        self.notes = Findings()
        self.questions: dict[str, Findings] = {}
        self.answers = Answers(asks=False)
        self.every: Callable[[str, str, Problem], None] | None = None
        self._wrong: dict[str, Lines] = {}

    @property
    def count(self) -> int:
        """Return how many errors there are."""
        return self.errors.count

    def where(self, file: str, line: int) -> str:
        """Return what a message calls another line of a file."""
        return f"line {line}"

    def locate(
        self, file: str, line: int, where: str, message: str, file_name: str
    ) -> Problem | None:
        """Return a finding as it is shown, or None where it is shown already."""
        position = POSITION.get(file, len(POSITION))
        return Problem(position, line, where, message, file_name or f"{file}.jsonl")

    def add(
        self,
        file: str,
        line: int,
        where: str,
        message: str,
        *,
        file_name: str = "",
        group: str = "",
    ) -> None:
        """Note an error in a field of a line; the import will be refused.

        ``group`` names its class, where the message has values that stand in no quotes.
        """
        self._wrong.setdefault(file, Lines()).add(line)
        found = self.locate(file, line, where, message, file_name)
        self._keep(self.errors, "error", "", found, group)

    def note(
        self,
        file: str,
        line: int,
        where: str,
        message: str,
        *,
        file_name: str = "",
        group: str = "",
    ) -> None:
        """Note what doesn't stop the import: something left out, or worth a look."""
        found = self.locate(file, line, where, message, file_name)
        self._keep(self.notes, "note", "", found, group)

    def ask(
        self,
        code: str,
        file: str,
        line: int,
        where: str,
        message: str,
        *,
        file_name: str = "",
        group: str = "",
    ) -> None:
        """Ask something about a field of a line, under one of the codes of ``QUESTIONS``.

        Call it while the import is checked (``checking.Checks``), with the bundle's names of the
        file ("documents"), the line as staged, and the field: it is told by row and column where
        a sheet is imported. The message says what was found and names both rows, as in
        ``"It has the address of the document az-mfa-2023, which is here."``

        In the admin's preview questions are listed by code, and each code needs one tick. On the
        command line they are listed as notes and don't stop the import; only *reworded* does,
        unless ``--reworded reverse|still_hold`` answers it. ``self.answers`` has the answers:
        who asks *reworded* acts on ``self.answers.reworded``, whenever it is set.
        """
        if code not in QUESTIONS:
            raise ValueError(f"{code} is no question: add it to QUESTIONS.")
        found = self.locate(file, line, where, message, file_name)
        self._keep(self.questions.setdefault(code, Findings()), "question", code, found, group)

    def _keep(
        self, among: Findings, kind: str, code: str, found: Problem | None, group: str
    ) -> None:
        if found is None:
            return
        among.add(found, group)
        if self.every:
            self.every(kind, code, found)

    def lines_of(self, file: str) -> Lines:
        """Return the lines of a file that have an error so far."""
        return Lines(self._wrong[file].bits) if file in self._wrong else Lines()

    def unanswered(self) -> list[str]:
        """Return the codes of the questions that nobody answered."""
        return [code for code in QUESTIONS if code in self.questions and not self.answered(code)]

    def answered(self, code: str) -> bool:
        return self.answers.answer(code)

    def report(self) -> str:
        return self.errors.report()

    def remarks(self) -> str:
        """Return the notes and the questions as lines, for the command line."""
        parts = [self.notes.report()]
        for code, found in self.questions.items():
            parts.append(f"{QUESTIONS[code][0]}:\n{found.report()}")
        return "\n".join(filter(None, parts))

    @property
    def is_grouped(self) -> bool:
        """Return whether more was found than reports list one by one."""
        return any(one.is_grouped for one in (self.errors, self.notes, *self.questions.values()))

    def raise_if_any(self) -> None:
        """Raise BundleError where there is an error."""
        if self.count:
            things = "one thing is" if self.count == 1 else f"{self.count:,} things are"
            raise BundleError(f"{self.report()}\nNothing was imported: {things} wrong.", self)
