"""The pages for accounts, groups and tokens, on which nobody gives more than he has."""

from collections import Counter

from axes.utils import reset
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import connection, models
from django.forms import CheckboxSelectMultiple
from django.template.response import TemplateResponse

from claimtracker.accounts.actions import make_token, revoke_tokens
from claimtracker.accounts.forms import TokenForm
from claimtracker.accounts.models import Token
from claimtracker.accounts.rights import given_by, held_by, managed_by

# Only a superuser gives these: a right given by name is not seen in the groups.
FOR_SUPERUSERS = {"is_superuser", "user_permissions"}

admin.site.unregister(User)
admin.site.unregister(Group)


class DeletesInFewWords:
    """A page that tells of a deletion by kind and number: an account may have done very much."""

    def get_deleted_objects(self, objs, request):
        collector = models.deletion.Collector(using=connection.alias, origin=objs)
        try:
            collector.collect(objs)
        except (models.ProtectedError, models.RestrictedError) as error:
            in_the_way = getattr(error, "protected_objects", None) or error.restricted_objects
            return [], {}, set(), _counted(Counter(type(row) for row in in_the_way))
        counts = Counter({model: len(rows) for model, rows in collector.data.items()})
        for rows in collector.fast_deletes:
            counts[rows.model] += rows.count()
        lacking = {
            model._meta.verbose_name
            for model in counts
            if self.admin_site.is_registered(model)
            and not self.admin_site.get_model_admin(model).has_delete_permission(request)
        }
        told = [str(row) for row in objs]
        goes_along = counts - Counter(type(row) for row in objs)
        return told + _counted(goes_along), dict(_by_name(counts)), lacking, []


def _by_name(counts):
    for model, count in counts.items():
        if count:
            yield str(model._meta.verbose_name_plural), count


def _counted(counts):
    """Return in words how many rows there are of each kind."""
    return [f"{count:,} {name}" for name, count in sorted(_by_name(counts))]


class ChangesLesser(DeletesInFewWords):
    """A page that changes and deletes only what gives no right that the user lacks."""

    def lesser(self, request):
        """Return the rows that a user may change."""
        raise NotImplementedError

    def _is_lesser(self, request, row):
        return row is None or self.lesser(request).filter(pk=row.pk).exists()

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._is_lesser(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._is_lesser(request, obj)


@admin.register(User)
class AccountAdmin(ChangesLesser, UserAdmin):
    list_display = ["username", "first_name", "last_name", "in_groups", "is_staff", "is_active"]
    actions = ["let_try_again"]
    # Django's two lists side by side are not for who cannot see them.
    filter_horizontal = ()
    # What Django notes itself.
    readonly_fields = ["last_login", "date_joined"]

    def lesser(self, request):
        return managed_by(request.user)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="groups")
    def in_groups(self, user):
        if user.is_superuser:
            return "superuser"
        return ", ".join(sorted(group.name for group in user.groups.all()))

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.is_superuser:
            return fieldsets
        return [
            (name, options | {"fields": [f for f in options["fields"] if f not in FOR_SUPERUSERS]})
            for name, options in fieldsets
        ]

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "groups":
            kwargs["queryset"] = given_by(request.user)
            kwargs["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.action(description="Let the selected users try to log in again", permissions=["change"])
    def let_try_again(self, request, queryset):
        for user in queryset:
            reset(username=user.username)
        names = ", ".join(user.username for user in queryset)
        self.message_user(request, f"May try again: {names}.", messages.SUCCESS)


@admin.register(Group)
class RoleAdmin(ChangesLesser, GroupAdmin):
    filter_horizontal = ()

    def lesser(self, request):
        return given_by(request.user)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "permissions":
            field.queryset = field.queryset.filter(pk__in=held_by(request.user).values("pk"))
        return field


@admin.register(Token)
class TokenAdmin(admin.ModelAdmin):
    """Tokens for programs that others run; everybody makes his own on the page of his account."""

    form = TokenForm
    fields = ["user", "name", "days"]
    list_display = [
        "name",
        "user",
        "starts_with",
        "created_at",
        "last_used_at",
        "expires_at",
        "state",
    ]
    list_display_links = None
    list_select_related = ["user"]
    list_filter = [("user", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "user__username", "starts_with"]
    ordering = ["-pk"]
    actions = ["revoke_selected"]

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def lookup_allowed(self, lookup, value, request=None):
        """Filter by what the list offers only: nobody is told how a digest begins."""
        return lookup.partition("__")[0] == "user" and super().lookup_allowed(
            lookup, value, request
        )

    def has_revoke_permission(self, request):
        return request.user.has_perm("accounts.revoke_token")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "user":
            active = managed_by(request.user).filter(is_active=True)
            kwargs["queryset"] = active.order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def render_change_form(self, request, context, *args, **kwargs):
        only_save = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context | only_save, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        given = form.cleaned_data
        made, request.secret = make_token(
            user=given["user"], name=given["name"], days=given["days"]
        )
        obj.pk = made.pk

    def response_add(self, request, obj, post_url_continue=None):
        """Show the token, once: the answer is no redirect, and nothing keeps it."""
        return TemplateResponse(
            request,
            "admin/accounts/token/made.html",
            {
                **self.admin_site.each_context(request),
                "title": f"The new token of {obj.user}",
                "opts": self.opts,
                "token": obj,
                "secret": request.secret,
            },
            headers={"Cache-Control": "no-store"},
        )

    @admin.action(description="Revoke the selected API tokens", permissions=["revoke"])
    def revoke_selected(self, request, queryset):
        theirs = queryset.filter(user__in=managed_by(request.user))
        revoked = revoke_tokens(tokens=Token.objects.filter(pk__in=theirs.values("pk")))
        others = queryset.count() - theirs.count()
        self.message_user(request, f"{revoked} revoked.", messages.SUCCESS)
        if others:
            self.message_user(
                request,
                f"{others} stay: their users may do more than you. Ask a superuser.",
                messages.WARNING,
            )
