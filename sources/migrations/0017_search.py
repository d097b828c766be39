import django.db.models.deletion
from django.db import migrations, models

# Not a field of the models: no list reads it, and history keeps what it is made of.
FORWARD = """
ALTER TABLE sources_source ADD COLUMN search tsvector GENERATED ALWAYS AS (
  search_names(name, aliases) || search_place(id, '')
) STORED;
CREATE INDEX source_search ON sources_source USING gin (search);

ALTER TABLE sources_document ADD COLUMN search tsvector GENERATED ALWAYS AS (
  search_vector(language, title) || search_place(id, language)
) STORED;
CREATE INDEX document_search ON sources_document USING gin (search);
"""

REVERSE = """
ALTER TABLE sources_document DROP COLUMN search;
ALTER TABLE sources_source DROP COLUMN search;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claimtracker", "0002_search_text"),
        ("sources", "0016_lists_on_the_desk"),
    ]

    operations = [
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.AlterField(
            model_name="document",
            name="publisher",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="published_documents",
                to="sources.source",
            ),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index("publisher", "id", name="document_of_publisher"),
        ),
    ]
