from django.db import migrations

# search_text() folds more letters: what was made with it is made again.
SQL = """
ALTER TABLE sources_source ALTER COLUMN search SET EXPRESSION AS (
  search_names(name, aliases) || search_place(id, '')
);
ALTER TABLE sources_document ALTER COLUMN search SET EXPRESSION AS (
  search_vector(language, title) || search_place(id, language)
);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claimtracker", "0003_text_folded"),
        ("sources", "0018_first_public_at"),
    ]

    operations = [migrations.RunSQL(SQL, SQL)]
