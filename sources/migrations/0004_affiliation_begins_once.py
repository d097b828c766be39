from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sources", "0003_merged_in_one_hop")]

    operations = [
        migrations.AddConstraint(
            model_name="affiliation",
            constraint=models.UniqueConstraint(
                fields=("member", "body", "role", "since"),
                name="affiliation_begins_once",
                violation_error_message=(
                    "This member already has this role there since then. Correct that one."
                ),
            ),
        ),
    ]
