from django.db import migrations

# search_vector() and search_names() make other words: what they made is made again.
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
        ("claimtracker", "0005_search_without_spaces"),
        ("sources", "0023_names_are_tidied"),
    ]

    operations = [migrations.RunSQL(SQL, SQL)]
