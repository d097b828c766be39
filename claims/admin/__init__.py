"""The editor's pages for what is said, and what they add to the pages of who says it."""

from claims.admin import (
    citation,
    claim,
    home,
    importing,
    imports,
    merging,
    panels,
    proposing,
    queue,
    reading,
    retiring,
    statement,
)

__all__ = [
    "citation",
    "claim",
    "home",
    "importing",
    "imports",
    "merging",
    "panels",
    "proposing",
    "queue",
    "reading",
    "retiring",
    "statement",
]
