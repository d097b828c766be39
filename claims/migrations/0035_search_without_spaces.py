from django.db import migrations

# search_vector() and search_names() make other words: what they made is made again.
SQL = """
ALTER TABLE claims_claim ALTER COLUMN search SET EXPRESSION AS (
  search_vector(language, text) || search_place(id, language)
);
ALTER TABLE claims_citation ALTER COLUMN search SET EXPRESSION AS (
  CASE WHEN quote <> '' OR translation <> '' THEN
    search_vector(language, quote) || search_vector('en', translation)
      || search_place(id, language)
  ELSE '' END
);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claimtracker", "0005_search_without_spaces"),
        ("claims", "0034_denials_by_day"),
    ]

    operations = [migrations.RunSQL(SQL, SQL)]
