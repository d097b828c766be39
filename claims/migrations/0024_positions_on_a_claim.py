from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0023_changes")]

    operations = [
        migrations.AddIndex(
            model_name="position",
            index=models.Index(
                fields=["claim"], include=("source", "stance"), name="position_on_claim"
            ),
        ),
    ]
