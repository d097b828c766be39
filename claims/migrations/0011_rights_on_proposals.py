from django.db import migrations

WHO_MAY = {
    "view_proposal": ["contributors", "editors", "administrators"],
    "add_proposal": ["contributors", "editors", "administrators"],
    "change_proposal": ["editors", "administrators"],
}


def give_rights(apps, schema_editor):
    """Let contributors propose, and editors decide; a group that was dropped stays dropped."""
    alias = schema_editor.connection.alias
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    for group in apps.get_model("auth", "Group").objects.using(alias):
        names = [name for name, groups in WHO_MAY.items() if group.name in groups]
        group.permissions.add(*permissions.filter(codename__in=names))


def take_rights(apps, schema_editor):
    """Take the rights back from the groups."""
    alias = schema_editor.connection.alias
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    for group in apps.get_model("auth", "Group").objects.using(alias):
        group.permissions.remove(*permissions.filter(codename__in=WHO_MAY))


# What waits for review now has waited since today: the trigger notes it on any update.
SINCE_TODAY = "UPDATE {} SET slug = slug WHERE review_state = 'in_review'"
TABLES = ["sources_source", "sources_document", "claims_claim", "claims_statement"]


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0010_review_and_proposals"),
        ("sources", "0010_review_and_proposals"),
    ]

    operations = [
        migrations.RunPython(give_rights, take_rights),
        migrations.RunSQL([SINCE_TODAY.format(table) for table in TABLES], migrations.RunSQL.noop),
    ]
