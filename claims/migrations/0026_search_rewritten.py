from django.db import migrations

# search_text() folds more letters: what was made with it is made again.
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
        ("claimtracker", "0003_text_folded"),
        ("claims", "0025_new_rows_in_the_index_of_search"),
    ]

    operations = [migrations.RunSQL(SQL, SQL)]
