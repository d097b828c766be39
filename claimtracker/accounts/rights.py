"""What one account may do to another, never more than it may do itself; rights in migrations."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission, User
from django.contrib.postgres.expressions import ArraySubquery
from django.db import migrations
from django.db.models import OuterRef, Q, Value
from django.db.models.functions import Concat


def held_by(user):
    """Return the rights that a user holds by name or by group, also while not active."""
    if user.is_superuser:
        return Permission.objects.all()
    return Permission.objects.filter(Q(user=user) | Q(group__user=user))


def rights_of(user: str) -> ArraySubquery:
    """Return the expression of the rights that the account in a column holds: app.codename."""
    held = Permission.objects.filter(Q(user=OuterRef(user)) | Q(group__user=OuterRef(user)))
    right = Concat("content_type__app_label", Value("."), "codename")
    return ArraySubquery(held.order_by().annotate(right=right).values("right").distinct())


def knowing(user: User, rights: list[str]) -> User:
    """Return a user who need not ask for the rights that he holds."""
    # Where ModelBackend keeps them once it has asked, which takes two queries.
    user._perm_cache = set(rights)
    return user


def lacked_by(user):
    """Return the rights that a user does not hold."""
    return Permission.objects.exclude(pk__in=held_by(user).values("pk"))


def managed_by(manager):
    """Return the accounts that a manager may change: they hold no right that the manager lacks."""
    if manager.is_superuser:
        return User.objects.all()
    beyond = lacked_by(manager)
    return User.objects.exclude(
        Q(is_superuser=True)
        | Q(pk__in=User.objects.filter(user_permissions__in=beyond))
        | Q(pk__in=User.objects.filter(groups__permissions__in=beyond))
    )


def given_by(manager):
    """Return the groups that a manager may give: whose rights the manager holds, all of them."""
    return Group.objects.exclude(permissions__in=lacked_by(manager))


def gives(rights: dict[str, list[str]]) -> migrations.RunPython:
    """Return a step of a migration that gives groups rights: {"editors": ["claims.add_claim"]}.

    The groups are made where they are missing. Backwards it takes the rights away.
    """

    def each(apps, schema_editor):
        alias = schema_editor.connection.alias
        # Django itself makes them only when all migrations are through.
        for app in sorted({right.split(".")[0] for named in rights.values() for right in named}):
            create_permissions(installed.get_app_config(app), verbosity=0, using=alias, apps=apps)
        permissions = apps.get_model("auth", "Permission").objects.using(alias)
        for name, named in rights.items():
            group, _ = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=name)
            for right in named:
                app, codename = right.split(".")
                yield group, permissions.get(content_type__app_label=app, codename=codename)

    def give(apps, schema_editor):
        for group, right in each(apps, schema_editor):
            group.permissions.add(right)

    def take(apps, schema_editor):
        for group, right in each(apps, schema_editor):
            group.permissions.remove(right)

    return migrations.RunPython(give, take)
