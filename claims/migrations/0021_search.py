from django.db import migrations

# Not a field of the models: no list reads it, and history keeps what it is made of.
FORWARD = """
ALTER TABLE claims_claim ADD COLUMN search tsvector GENERATED ALWAYS AS (
  search_vector(language, text) || search_place(id, language)
) STORED;
CREATE INDEX claim_search ON claims_claim USING gin (search);

ALTER TABLE claims_citation ADD COLUMN search tsvector GENERATED ALWAYS AS (
  CASE WHEN quote <> '' OR translation <> '' THEN
    search_vector(language, quote) || search_vector('en', translation)
      || search_place(id, language)
  ELSE '' END
) STORED;
CREATE INDEX citation_search ON claims_citation USING gin (search);
"""

REVERSE = """
ALTER TABLE claims_citation DROP COLUMN search;
ALTER TABLE claims_claim DROP COLUMN search;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claimtracker", "0002_search_text"),
        ("claims", "0020_lists_on_the_desk"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
