"""What the admin pages of both apps share: rights, review, refusals, labels, capped lists."""

from claimtracker.desk.admin import DeskAdmin
from claimtracker.desk.curated import CuratedAdmin, StampedList
from claimtracker.desk.forms import DeskForm, asked
from claimtracker.desk.inlines import SHOWN, CappedFormSet, DeskInline
from claimtracker.desk.links import add_url, change_url, is_an_id, list_url
from claimtracker.desk.lists import CappedList, CappedPaginator

__all__ = [
    "SHOWN",
    "CappedFormSet",
    "CappedList",
    "CappedPaginator",
    "CuratedAdmin",
    "DeskAdmin",
    "DeskForm",
    "DeskInline",
    "StampedList",
    "add_url",
    "asked",
    "change_url",
    "is_an_id",
    "list_url",
]
