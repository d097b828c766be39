"""Stance and review state as sign and word; colour only repeats them."""

from django.template.loader import render_to_string


def stance_badge(statement) -> str:
    return render_to_string("admin/stance_badge.html", {"statement": statement})


def review_badge(row) -> str:
    return render_to_string("admin/review_badge.html", {"row": row})
