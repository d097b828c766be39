"""What is known of a change form while a request for it is answered."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Page:
    """A change form.

    ``refusal`` is what the database said to the first try of a save; ``formsets`` are those that
    the editor may change; ``waits`` tells whether what is saved waits as a proposal, as readers
    would see it at once; ``proposal`` is the one that the form was filled in with.
    """

    refusal: str | None = None
    formsets: list = field(default_factory=list)
    waits: bool = False
    proposal: Any = None


def page_of(request) -> Page | None:
    """Return the change form that a request is for, None where it is for something else."""
    return getattr(request, "page", None)
