import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0036_dates_in_words"),
    ]

    operations = [
        migrations.AlterField(
            model_name="citation",
            name="statement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="citations",
                to="claims.statement",
            ),
        ),
        migrations.AlterField(
            model_name="citation",
            name="via",
            field=models.ForeignKey(
                blank=True,
                help_text="The citation it was taken from, where this document only passes it on.",
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="passed_on",
                to="claims.citation",
                verbose_name="taken from",
            ),
        ),
    ]
