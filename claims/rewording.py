"""Changes of a claim's text where statements stand on it: what is asked, and what is done.

A stance is on the words of a claim. Where new words say the opposite, or something else, somebody
has to say what becomes of the statements: all entry points ask through ``check``, which
``Claim.full_clean`` calls, and call ``carry_out`` once the claim is saved.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.backends.utils import CursorWrapper
from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from claims.likeness import Wording, compare_wordings
from claims.models import Claim, Denial, Relation, Rewording, Stance, Statement
from claims.models.rewording import Reworded
from claimtracker.triggers import expect_many_rows

CODE = "reworded"

# What asserting and denying are reversed to. The others take no side, or take back what was said.
SIDED = Q(stance__in=[Stance.ASSERTS, Stance.DENIES])
# These are about the old words, and say nothing of their opposite.
NOT_REVERSIBLE = Q(stance__in=[Stance.DISMISSES, Stance.QUESTIONS]) | Q(
    denies_what__in=[Denial.RESPONSIBILITY, Denial.FRAMING]
)


class Standing(NamedTuple):
    """What stands on a claim: how many statements, and what of it can't be reversed."""

    statements: int
    not_reversible: int
    relations: int

    @property
    def why_not_reversed(self) -> str:
        """Return why stances on the claim can't be reversed, blank where they can."""
        reasons = []
        if self.not_reversible:
            reasons.append(
                f"{counted(self.not_reversible, 'statement')} here "
                f"{'dismisses or questions' if self.not_reversible == 1 else 'dismiss or question'}"
                " the claim, or deny only responsibility or framing: that has no opposite"
            )
        if self.relations:
            reasons.append(
                f"the claim has {counted(self.relations, 'relation')}, which would say something "
                "else: delete them first"
            )
        if not reasons:
            return ""
        said = ", and ".join(reasons)
        return f"The stances can't be reversed: {said}. Or add a new claim instead."


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def standing_on(claim: Claim) -> Standing:
    found = Statement.objects.filter(claim=claim).aggregate(
        statements=Count("pk"), not_reversible=Count("pk", filter=NOT_REVERSIBLE)
    )
    relations = Relation.objects.filter(Q(from_claim=claim) | Q(to_claim=claim)).count()
    return Standing(**found, relations=relations)


def question(found: Wording, statements: int) -> str:
    """Return what is asked where a new text isn't close to the old one."""
    stand = f"{counted(statements, 'statement')} {'is' if statements == 1 else 'are'} on this claim"
    if found == Wording.OPPOSITE:
        return f"{stand}, and the new text says the opposite of the old one."
    return f"{stand}, and the new text may say something else than the old one."


def check(claim: Claim) -> None:
    """Raise ValidationError where a claim's new text needs an answer that it doesn't have.

    The answer is ``claim.answers["reworded"]``. Notes in ``claim.reworded_from`` what
    ``carry_out`` has to know.
    """
    claim.reworded_from = ""
    before = Claim.objects.filter(pk=claim.pk).values_list("text", flat=True).first()
    if before is None or before == claim.text:
        return
    if not Statement.objects.filter(claim=claim).exists():
        return
    answer = claim.answers.get(CODE, "")
    found = compare_wordings(before, claim.text)
    if found == Wording.CLOSE and answer != Reworded.REVERSE:
        return
    standing = standing_on(claim)
    if answer not in Reworded.values:
        message = question(found, standing.statements)
        raise ValidationError({"text": ValidationError(message, code=CODE)})
    if answer == Reworded.REVERSE and (why := standing.why_not_reversed):
        raise ValidationError({"text": ValidationError(why, code=CODE)})
    claim.reworded_from = before


def carry_out(claim: Claim) -> None:
    """Do with the statements on a claim, which was saved with a new text, what was answered.

    *Reverse* makes asserts of denies and the reverse, drafts and retired statements included; a
    denial that becomes an assertion no longer says what it denies. Those that withdraw, comment,
    or find a source silent or unclear stay as they are.
    """
    before, claim.reworded_from = claim.reworded_from, ""
    if not before:
        return
    statements = Statement.objects.filter(claim=claim)
    answer = Reworded(claim.answers[CODE])
    done = reverse(statements) if answer == Reworded.REVERSE else 0
    Rewording.objects.create(
        claim=claim,
        before=before,
        after=claim.text,
        answer=answer,
        statements=statements.count(),
        reversed=done,
    )


def reverse(statements: QuerySet[Statement]) -> int:
    """Turn asserts into denies and the reverse; return how many."""
    expect_many_rows()
    opposite = Case(
        When(stance=Stance.ASSERTS, then=Value(Stance.DENIES)), default=Value(Stance.ASSERTS)
    )
    return statements.filter(SIDED).update(stance=opposite, denies_what="")


# Imports ------------------------------------------------------------------------------------------

# Claims that an import changes at once, with their text before and after.
CHANGED = """
    SELECT s.line, t.id, x.text, s.text FROM bundle_claims s
    JOIN bundle_claims_todo t ON t.line = s.line AND t.deed = 'changed' AND 'text' = ANY (t.fields)
    JOIN claims_claim x ON x.id = t.id
    WHERE EXISTS (SELECT FROM claims_statement y WHERE y.claim_id = t.id)
    ORDER BY s.line
"""
# What a bundle says of a statement itself is about its own text.
IN_THE_BUNDLE = "SELECT id FROM bundle_statements_todo WHERE deed <> 'left'"


def importing(cursor: CursorWrapper) -> Iterator[tuple[int, Wording, int, str]]:
    """Yield the claims of which an import asks: line, what is asked, how many statements stand
    on it, and why they can't be reversed. Keeps which they are for ``carry_out_import``."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.bundle_reworded")
    cursor.execute(
        "CREATE TEMP TABLE bundle_reworded (claim_id bigint, before text, after text) "
        "ON COMMIT DROP"
    )
    cursor.execute(CHANGED)
    for line, claim_id, before, after in cursor.fetchall():
        found = compare_wordings(before, after)
        if found == Wording.CLOSE:
            continue
        cursor.execute("INSERT INTO bundle_reworded VALUES (%s, %s, %s)", [claim_id, before, after])
        standing = standing_on(Claim(pk=claim_id))
        yield line, found, standing.statements, standing.why_not_reversed


def carry_out_import(cursor: CursorWrapper, answer: str) -> list[int]:
    """Do with the statements on claims that an import reworded what was answered.

    Statements that the bundle has too keep the stance that it gives them. Called when all else is
    written. Returns the ids of the rewordings that it noted.
    """
    noted = []
    cursor.execute("SELECT claim_id, before, after FROM bundle_reworded")
    for claim_id, before, after in cursor.fetchall():
        statements = Statement.objects.filter(claim=claim_id)
        done = 0
        if answer == Reworded.REVERSE:
            done = reverse(statements.exclude(pk__in=RawSQL(IN_THE_BUNDLE, [])))
        made = Rewording.objects.create(
            claim_id=claim_id,
            before=before,
            after=after,
            answer=answer,
            statements=statements.count(),
            reversed=done,
        )
        noted.append(made.pk)
    return noted


def is_asked(error: ValidationError) -> bool:
    """Return whether a refusal asks what becomes of the statements on a reworded claim."""
    if not hasattr(error, "error_dict"):
        return False
    return any(each.code == CODE for each in _all_of(error.error_dict.values()))


def _all_of(lists: Iterable[list[ValidationError]]) -> Iterable[ValidationError]:
    return (each for errors in lists for each in errors)
