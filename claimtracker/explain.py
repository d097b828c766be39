"""Says in an editor's words what the database refused.

``full_clean`` says the same before the database has to; this is for what it cannot see: fixtures,
bulk writes, and another editor who was quicker.
"""

from django.apps import apps
from django.db import models

HALF_A_CHARACTER = "It holds half of a character (a lone surrogate), which is no text. Remove it."
A_NUL = "It holds a NUL character, which text cannot have. Remove it."

# Rules that are triggers or foreign keys on generated columns, by the name the database gives
# them. The app that makes such a rule puts its message here.
MESSAGES: dict[str, str] = {
    "slug_stays": "What has been public keeps its slug: links to it must go on working.",
    "merged_stays": (
        "What is merged stays: its address leads to the one that it is merged into. Undo the merge "
        "first, then delete it."
    ),
    "id_stays": "A row keeps its id: history and other rows know it by that.",
    "history_is_not_truncated": (
        "TRUNCATE would leave no trace: delete the rows, or use manage.py flush to begin anew."
    ),
    "history_context_stays": "The history says who did what and why: nobody rewrites that.",
    "read_committed": (
        "Write this at READ COMMITTED or SERIALIZABLE: at REPEATABLE READ we can't see what "
        "another writer changes meanwhile, and the two changes together could break a rule."
    ),
}


def explain(error: Exception) -> str:
    """Return what a database error means, and what to do about it.

    Takes a ``django.db.Error`` of psycopg's making; anything else is returned as its own text.
    """
    cause = error.__cause__ or error
    diagnosis = getattr(cause, "diag", None)
    name = getattr(diagnosis, "constraint_name", None)
    if name:
        message = _messages().get(name)
        if message:
            return message
        if diagnosis.sqlstate == "23503":  # foreign_key_violation
            return f"Something refers to it, or it refers to what is not there ({name})."
        if diagnosis.sqlstate == "23505":  # unique_violation
            return f"There is one like it already: {diagnosis.message_detail or name}"
        return f"It breaks the rule {name}."
    if diagnosis is not None and diagnosis.message_primary:
        column = f" ({diagnosis.column_name})" if diagnosis.column_name else ""
        return f"{diagnosis.message_primary}{column}."
    if isinstance(cause, UnicodeEncodeError):
        return HALF_A_CHARACTER
    if "NUL" in str(cause):
        return A_NUL
    return str(error)


def _messages() -> dict[str, str]:
    default = models.BaseConstraint.default_violation_error_message
    written = {}
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.violation_error_message != default:
                written[constraint.name] = str(constraint.violation_error_message)
            elif constraint.name.endswith("_is_known"):
                written[constraint.name] = _choices_of(constraint.condition)
    return written | MESSAGES


def _choices_of(condition: models.Q) -> str:
    """Return what to choose from, of a condition that a field is one of some words."""
    # Either one pair, or several of which one allows the field to be blank.
    words = next(words for field, words in condition.children if field.endswith("__in"))
    return f"Choose one of: {', '.join(words)}."
