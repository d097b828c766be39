"""The admin site: its name, its order, and autocompletes that tell look-alikes apart."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.paginator import Page as PageOfRows
from django.core.paginator import Paginator
from django.db import models
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.http import require_http_methods

from claimtracker.accounts.unsaved import keeps_what_was_typed


class DeskConfig(AdminConfig):
    default_site = "claimtracker.admin_site.Desk"


def label(site, row: models.Model) -> str:
    """Return what a row is called where one of several is chosen."""
    row_admin = site.get_model_admin(type(row)) if site.is_registered(type(row)) else None
    return row_admin.label(row) if hasattr(row_admin, "label") else str(row)


class OneMore(PageOfRows):
    def has_next(self):
        return self.has_more


class UncountedPaginator(Paginator):
    """Pages that know only whether there is another."""

    def page(self, number):
        number = max(int(number), 1)
        first = (number - 1) * self.per_page
        rows = list(self.object_list[first : first + self.per_page + 1])
        page = OneMore(rows[: self.per_page], number, self)
        page.has_more = len(rows) > self.per_page
        return page


class LabelledAutocompleteView(AutocompleteJsonView):
    def get(self, request, *args, **kwargs):
        if "\0" in request.GET.get("term", ""):
            return JsonResponse({"results": [], "pagination": {"more": False}})
        return super().get(request, *args, **kwargs)

    def get_paginator(self, *args, **kwargs):
        return UncountedPaginator(*args, **kwargs)

    def get_queryset(self):
        # Unordered pages would repeat rows; what a label reads comes along.
        related = getattr(self.model_admin, "label_related", ())
        rows = super().get_queryset().select_related(*related)
        # What was merged into another is not chosen any more: the other is.
        return rows.filter(merged_into=None) if hasattr(rows.model, "merged_into") else rows

    def serialize_result(self, obj, to_field_name):
        return {"id": str(getattr(obj, to_field_name)), "text": label(self.admin_site, obj)}


@dataclass(frozen=True)
class Page:
    """A page of the admin that is no model's. With a title, the first page links to it."""

    route: str
    view: Callable
    name: str
    title: str = ""
    may: Callable = lambda user: True  # who sees the link


class Desk(admin.AdminSite):
    site_header = "claimtracker"
    site_title = "claimtracker"
    index_title = "Who asserts it, who denies it, on what evidence"

    # What editors work on first; accounts come last.
    order = ["claims", "sources"]

    # What the first page shows of what needs work: functions of a request that return a Worklist,
    # or None for who may not see it. Apps add theirs.
    worklists = []

    # Pages that are no model's. Apps add theirs.
    pages: list[Page] = []

    def index(self, request, extra_context=None):
        lists = [found for worklist in self.worklists if (found := worklist(request))]
        return super().index(
            request,
            {
                "worklists": lists,
                "pages": [each for each in self.pages if each.title and each.may(request.user)],
                "nothing_in": [each.title.lower() for each in lists if not each.items],
                **(extra_context or {}),
            },
        )

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        return sorted(
            apps,
            key=lambda app: (
                self.order.index(app["app_label"])
                if app["app_label"] in self.order
                else len(self.order)
            ),
        )

    def admin_view(self, view, cacheable=False):
        """Refuse methods that mean nothing here, which Django would take for GET; lose no text."""
        page = keeps_what_was_typed(self, super().admin_view(view, cacheable))
        return require_http_methods(["GET", "HEAD", "POST"])(page)

    def get_urls(self):
        from claimtracker.desk import deleted  # which asks this module for labels

        return [
            path("deleted/", self.admin_view(deleted.list_view), name="deleted"),
            path(
                "deleted/<str:label>/<int:pk>/",
                self.admin_view(deleted.restore_view),
                name="restore",
            ),
            *(path(page.route, self.admin_view(page.view), name=page.name) for page in self.pages),
            *super().get_urls(),
        ]

    def autocomplete_view(self, request):
        return LabelledAutocompleteView.as_view(admin_site=self)(request)
