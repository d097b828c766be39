from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

CURATED = ["sources.source", "sources.document", "claims.claim", "claims.statement"]
OTHERS = ["sources.affiliation", "claims.topic", "claims.relation", "claims.citation"]

# Contributors draft and submit; editors also publish, retire and delete; analysts read what is
# public, so that they need no right on any row.
RIGHTS = {
    "contributors": {"add": CURATED + OTHERS, "change": CURATED + OTHERS, "view": CURATED + OTHERS},
    "editors": {
        "add": CURATED + OTHERS,
        "change": CURATED + OTHERS,
        "view": CURATED + OTHERS,
        "delete": CURATED + OTHERS,
        "publish": CURATED,
    },
    "analysts": {},
}


def make_groups(apps, schema_editor):
    """Make the groups with their rights, which else would only exist once migrate has ended."""
    alias = schema_editor.connection.alias
    for label in ("sources", "claims"):
        create_permissions(installed.get_app_config(label), verbosity=0, using=alias, apps=apps)
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for name, rights in RIGHTS.items():
        group, _ = Group.objects.using(alias).get_or_create(name=name)
        for deed, models in rights.items():
            for model in models:
                app_label, model_name = model.split(".")
                group.permissions.add(
                    Permission.objects.using(alias).get(
                        content_type__app_label=app_label, codename=f"{deed}_{model_name}"
                    )
                )


def drop_groups(apps, schema_editor):
    """Drop the groups; their members lose the rights and stay."""
    apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias).filter(
        name__in=RIGHTS
    ).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0002_rules_across_tables"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_groups, drop_groups)]
