"""What is said: claims, who took which stance on them, and where we read it."""

from claims.models.change import Change, ChangedKind, ChangeKind, ChangeSubject
from claims.models.choices import (
    SYMMETRIC_RELATIONS,
    ClaimKind,
    Deed,
    Denial,
    Evidence,
    Manner,
    ProposalState,
    RelationKind,
    Stance,
)
from claims.models.citation import Citation
from claims.models.claim import Claim, ClaimTopic, Relation, Topic
from claims.models.derived import Misquote, Position, Tally
from claims.models.imported import Import
from claims.models.merge import Different, Merge
from claims.models.proposal import Proposal
from claims.models.rewording import Rewording
from claims.models.statement import NOT_A_DEMAND_MESSAGE, Statement
from claims.models.upload import Upload

__all__ = [
    "NOT_A_DEMAND_MESSAGE",
    "SYMMETRIC_RELATIONS",
    "Change",
    "ChangeKind",
    "ChangeSubject",
    "ChangedKind",
    "Citation",
    "Claim",
    "ClaimKind",
    "ClaimTopic",
    "Deed",
    "Denial",
    "Different",
    "Evidence",
    "Import",
    "Manner",
    "Merge",
    "Misquote",
    "Position",
    "Proposal",
    "ProposalState",
    "Relation",
    "RelationKind",
    "Rewording",
    "Stance",
    "Statement",
    "Tally",
    "Topic",
    "Upload",
]
