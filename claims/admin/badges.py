"""Stance and review state as sign and word; colour only repeats them."""

from django.template.loader import render_to_string

from claims.models import Stance

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


def stance_badge(statement) -> str:
    return render_to_string("admin/stance_badge.html", {"statement": statement})


def review_badge(row) -> str:
    return render_to_string("admin/review_badge.html", {"row": row})
