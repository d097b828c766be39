"""Lists of any length: none is counted to its end, and none is searched row by row needlessly."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import InvalidPage, Paginator
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.text import smart_split, unescape_string_literal

# How many rows of a list are counted, and can be paged through; the rest is for filters.
CAP = 1000
# Up to so many rows that a word is found in are looked up by their ids.
FEW = 5000
WORDS = 10  # of a search


class AtLeast(int):
    """A number of rows of which there are more."""

    def __str__(self):
        return f"over {int(self):,}"


class CappedPaginator(Paginator):
    """Pages of the first rows only: to count a million takes longer than to show fifty."""

    @cached_property
    def count(self):
        found = self.object_list.order_by()[: CAP + 1].count()
        return AtLeast(CAP) if found > CAP else found


class CappedList(ChangeList):
    """A list that is counted only where one page does not hold it."""

    def get_ordering_field(self, field_name):
        # Nor is it put in an order that is not offered, whatever the address asks for.
        return super().get_ordering_field(field_name) if field_name in self.sortable_by else None

    def get_results(self, request):
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        first = [] if self.show_all else list(self.queryset[: self.list_per_page + 1])
        if self.page_num == 1 and len(first) <= self.list_per_page and not self.show_all:
            self.paginator.count = len(first)
        self.result_count = self.paginator.count
        self.is_capped = isinstance(self.result_count, AtLeast)
        self.show_full_result_count = False
        self.full_result_count = None
        self.show_admin_actions = bool(self.result_count)
        self.can_show_all = self.result_count <= self.list_max_show_all
        self.multi_page = self.result_count > self.list_per_page
        if self.show_all and self.can_show_all:
            self.result_list = self.queryset._clone()
        elif self.page_num == 1 and not self.show_all:
            self.result_list = first[: self.list_per_page]
        else:
            try:
                self.result_list = self.paginator.page(self.page_num).object_list
            except InvalidPage as error:
                raise IncorrectLookupParameters from error


# Searching ----------------------------------------------------------------------------------------


def words_of(search: str) -> list[str]:
    """Return what is looked for: words, and what stands between quotation marks."""
    words = []
    for word in smart_split(search):
        if word.startswith(('"', "'")) and word[0] == word[-1]:
            word = unescape_string_literal(word)
        words.append(word)
    return words[:WORDS]


# A lookup such as ``title__icontains``, or a function of a word that returns a condition.
Lookup = str | Callable[[str], Q]


def searched(
    rows: models.QuerySet,
    search: str,
    *,
    own: Iterable[str],
    through: Mapping[str, Sequence[Lookup]],
) -> models.QuerySet:
    """Return the rows in which every word occurs, or in a row that they refer to.

    ``own`` are lookups of the rows themselves that an index answers, such as ``slug__startswith``;
    ``through`` are those of the rows that a key of theirs names, or under ``id`` of texts of their
    own that most leave blank or another index finds. What is found in few of these is found by
    index; what is found in many is found soon.
    """
    for word in words_of(search):
        found = [Q(**{lookup: word}) for lookup in own]
        for name, lookups in through.items():
            any_of = reduce(or_, (_has(word, lookup) for lookup in lookups))
            model = get_fields_from_path(rows.model, name)[-1].related_model
            named = (model or rows.model)._base_manager.filter(any_of).order_by()
            few = list(named.values_list("pk", flat=True)[: FEW + 1])
            if len(few) <= FEW:
                found.append(Q(**{f"{name}__in": few}))
            elif model is None:
                found.append(any_of)
            else:
                found += [Q(**{f"{name}__{lookup}": word}) for lookup in lookups]
        rows = rows.filter(reduce(or_, found))
    return rows


def _has(word: str, lookup: Lookup) -> Q:
    if callable(lookup):
        return lookup(word)
    # That it is not blank leads to an index of those that are not.
    return Q(**{lookup: word}) & ~Q(**{lookup.partition("__")[0]: ""})
