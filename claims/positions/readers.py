"""Of what a reader sees drafts."""

from typing import Any

from claims.models import Claim, Statement
from claimtracker.curated import may_edit
from sources.models import Document, Source


def drafts_seen_by(user: Any) -> frozenset[str]:
    """Return the tables of which a user sees what is not public too: those that they may edit."""
    return frozenset(
        model._meta.db_table
        for model in (Source, Document, Claim, Statement)
        if may_edit(user, model)
    )
