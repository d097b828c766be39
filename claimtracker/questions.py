"""What is asked, or only said, before something is saved that is likely to be a mistake.

A *question* blocks until it is answered: with a tick in a form, with the code in ``confirm`` over
the API. A *warning* is asked in forms, and only shown elsewhere.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import models

# What one says by confirming, by the code of what was asked.
ANSWERS = {
    "same_document": "It’s a different document",
    "like_document": "It’s a different document",
    "like_source": "It’s another source",
    "same_statement": "It’s another statement",
    "implausible_date": "The date is right",
}


class Question(NamedTuple):
    """What may be wrong with a row: a code, the field, a sentence, and the rows it is about."""

    code: str
    field: str
    detail: str
    rows: tuple[models.Model, ...] = ()

    @property
    def answer(self) -> str:
        return ANSWERS.get(self.code, "It’s right")

    def as_json(self) -> dict[str, str]:
        return {"code": self.code, "field": self.field, "detail": self.detail}


class UnansweredError(ValidationError):
    """Something is asked first; ``questions`` are what."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self.questions = list(questions)
        by_field: dict[str, list[str]] = {}
        for each in self.questions:
            by_field.setdefault(each.field, []).append(each.detail)
        super().__init__(by_field)


def check_answered(questions: Iterable[Question], confirmed: Collection[str]) -> None:
    """Raise UnansweredError where one of the questions is not among the confirmed codes."""
    if left := [each for each in questions if each.code not in confirmed]:
        raise UnansweredError(left)
