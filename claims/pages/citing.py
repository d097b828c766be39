"""How a page is cited: as text, as BibTeX, and by an address at which it stays as it is."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest

from claims.feed import Feed
from claims.positions.clocks import Clocks
from claimtracker.edtf import in_words

# What TeX takes for a command.
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_"},
}


def in_tex(text: str) -> str:
    """Return a text as BibTeX takes it literally."""
    return re.sub(r"[\\{}~^&%$#_]", lambda found: _TEX[found[0]], " ".join(text.split()))


@dataclass(frozen=True)
class Citing:
    """A claim as it was recorded at a moment: its permalink answers the same for ever."""

    slug: str
    text: str
    permalink: str
    recorded: str  # ISO 8601, a day or a time in UTC

    @classmethod
    def of(cls, request: HttpRequest, slug: str, text: str, clocks: Clocks) -> "Citing":
        """Return how to cite a claim at its clocks; without recorded_by, as it changed last."""
        given = {name: value for name, value in clocks.as_json().items() if value}
        if "recorded_by" not in given and (at := _last_change(slug)) is not None:
            given["recorded_by"] = at.isoformat().replace("+00:00", "Z")
        address = request.build_absolute_uri(request.path)
        permalink = f"{address}?{urlencode(given, safe=':')}" if given else address
        return cls(slug, text, permalink, given.get("recorded_by", ""))

    @property
    def day(self) -> str:
        return self.recorded[:10]

    @property
    def in_text(self) -> str:
        on = f", as recorded {in_words(self.day)} (UTC)" if self.day else ""
        return f"“{self.text}” Claim tracker{on}. {self.permalink}"

    @property
    def bibtex(self) -> str:
        fields = {
            "title": f"{{{in_tex(self.text)}}}",
            "author": "{Claim tracker}",
            "year": self.day[:4],
            "month": self.day[5:7].lstrip("0"),
            "note": f"As recorded by {in_tex(self.recorded)}" if self.recorded else "",
            "url": self.permalink,
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        return "\n".join([f"@misc{{{self.slug},", *lines, "}"])


def _last_change(slug: str) -> datetime | None:
    """Return when something about a claim changed last, as readers saw it."""
    last = Feed(subjects={"claim": slug}).keyed(descending=True, limit=1)
    return last[0][0].at if last else None
