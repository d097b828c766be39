"""What a claim, a relation, a statement or a citation can be."""

from django.db import models


class ClaimKind(models.TextChoices):
    FACT = "fact"
    INTENT = "intent"
    DEMAND = "demand"
    CHARACTERISATION = "characterisation"
    EVENT = "event"


# What a claim of a kind says: of how things are, of what somebody will do, of what should be done.
# Holding a claim of one mood says nothing of a claim of another.
MOODS = {
    ClaimKind.FACT: "how things are",
    ClaimKind.EVENT: "how things are",
    ClaimKind.CHARACTERISATION: "how things are",
    ClaimKind.INTENT: "what somebody will do",
    ClaimKind.DEMAND: "what should be done",
}


class RelationKind(models.TextChoices):
    CONTRADICTS = "contradicts", "contradicts (both cannot be true)"
    NEGATES = "negates", "negates (one of the two is true, never both)"
    IMPLIES = "implies", "implies (who asserts the first asserts the second)"


KINDS_IN_WORDS = {
    ClaimKind.FACT: "a fact",
    ClaimKind.EVENT: "an event",
    ClaimKind.CHARACTERISATION: "a characterisation",
    ClaimKind.INTENT: "an intent",
    ClaimKind.DEMAND: "a demand",
}

# These read the same in both directions, so they are stored once.
SYMMETRIC_RELATIONS = [RelationKind.CONTRADICTS, RelationKind.NEGATES]


def why_not_related(relation: str, from_kind: str, to_kind: str) -> str:
    """Return why claims of these kinds can't have a relation, blank where they can.

    The database keeps the same rule: ``relation_stays_within_one_mood``.
    """
    kinds = {from_kind, to_kind}
    moods = [MOODS.get(ClaimKind(kind)) for kind in (from_kind, to_kind) if kind in ClaimKind]
    if len(set(moods)) > 1:
        one, other = (KINDS_IN_WORDS[ClaimKind(kind)] for kind in (from_kind, to_kind))
        return (
            f"This relation goes from {one} to {other}. A source that takes a stance on "
            f"{moods[0]} takes none on {moods[1]}, so nothing would follow. Relate claims of one "
            "group only: facts, events and characterisations; intents; demands."
        )
    if relation == RelationKind.NEGATES and len(kinds) == 2 and ClaimKind.CHARACTERISATION in kinds:
        return (
            "A characterisation can't negate a fact or an event: disputing a name for something "
            "doesn't assert a fact. Use “contradicts” if both can't be true."
        )
    return ""


class Stance(models.TextChoices):
    ASSERTS = "asserts"
    DENIES = "denies"
    DISMISSES = "dismisses", "dismisses (rejects it without calling it false)"
    QUESTIONS = "questions", "questions (cannot confirm, casts doubt)"
    COMMENTS = "comments", "comments (takes no side)"
    WITHDRAWS = "withdraws", "withdraws (takes back what was said before)"
    UNDECLARED = "undeclared", "undeclared (the document finds its position unclear)"
    SILENT = "silent", "silent (expected to address it, and did not)"


class Evidence(models.TextChoices):
    """What the documents that cite a statement are worth since."""

    RETRACTED = "retracted", "rests on retracted documents only"
    STANDING = "standing", "rests on a document that was not retracted"


# Beside the word, as colour alone tells nothing to many.
SIGNS = {
    Stance.ASSERTS: "+",
    Stance.DENIES: "−",
    Stance.DISMISSES: "×",
    Stance.QUESTIONS: "?",
    Stance.COMMENTS: "…",
    Stance.WITHDRAWS: "↩",
    Stance.UNDECLARED: "○",
    Stance.SILENT: "∅",
}

# Of a demand one calls for what is demanded, of a characterisation one agrees or disputes.
WORDS_OF_KIND = {
    (ClaimKind.DEMAND, Stance.ASSERTS): "calls for",
    (ClaimKind.DEMAND, Stance.DENIES): "rejects",
    (ClaimKind.CHARACTERISATION, Stance.ASSERTS): "agrees",
    (ClaimKind.CHARACTERISATION, Stance.DENIES): "disputes",
}


def stance_word(kind: str, stance: str) -> str:
    """Return what a stance on a claim of a kind is called: “denies”, of a demand “rejects”."""
    return WORDS_OF_KIND.get((kind, stance), stance)


class Denial(models.TextChoices):
    """What a denial denies."""

    FACT = "fact", "the fact"
    RESPONSIBILITY = "responsibility", "the responsibility"
    FRAMING = "framing", "the framing"
    PROPOSAL = "proposal", "the proposal"


class Manner(models.TextChoices):
    """How a document renders the words."""

    VERBATIM = "verbatim"
    PARAPHRASE = "paraphrase"
    REPORTED = "reported"


class ProposalState(models.TextChoices):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Deed(models.TextChoices):
    """What a proposal would do."""

    CHANGE = "change"
    ADD = "add"
    DELETE = "delete"
    RESTORE = "restore"
