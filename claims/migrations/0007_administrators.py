from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

RIGHTS = ["add_user", "change_user", "view_user", "view_group"]


def make_administrators(apps, schema_editor):
    """Make the group that manages accounts, with what editors have: nobody gives what he has not."""
    alias = schema_editor.connection.alias
    create_permissions(installed.get_app_config("auth"), verbosity=0, using=alias, apps=apps)
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    group, _ = Group.objects.using(alias).get_or_create(name="administrators")
    group.permissions.add(
        *Permission.objects.using(alias).filter(group__name="editors"),
        *Permission.objects.using(alias).filter(
            content_type__app_label="auth", codename__in=RIGHTS
        ),
    )


def drop_administrators(apps, schema_editor):
    """Drop the group; its members lose the rights and stay."""
    apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias).filter(
        name="administrators"
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("claims", "0006_was_public")]

    operations = [migrations.RunPython(make_administrators, drop_administrators)]
