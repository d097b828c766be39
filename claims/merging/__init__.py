"""Merging: of two rows that are the same, one takes over and answers for the other.

What refers to the *loser* refers to the *survivor* then, and the loser's address leads there. What
would be there twice, or between a row and itself, is dropped. Undone, all is as it was before.
"""

from claims.merging.contradictions import Contradiction
from claims.merging.doing import merge, preview, stamp_of_pair, tell_apart
from claims.merging.plan import Dropped, Plan, references_to
from claims.merging.undoing import Undoing, stamp_of_merged, undo, undoing
from claims.models import Claim
from sources.models import Document, Source

MERGEABLE = (Claim, Source, Document)

__all__ = [
    "MERGEABLE",
    "Contradiction",
    "Dropped",
    "Plan",
    "Undoing",
    "merge",
    "preview",
    "references_to",
    "stamp_of_merged",
    "stamp_of_pair",
    "tell_apart",
    "undo",
    "undoing",
]
