from django.db import migrations

# Not a field of the model: it is only asked whether a text is nearly one that is there.
FORWARD = """
ALTER TABLE sources_document ADD COLUMN text_sketch int[]
  GENERATED ALWAYS AS (document_text_sketch(text)) STORED;
CREATE INDEX document_text_sketch ON sources_document USING gin (text_sketch);
"""

REVERSE = "ALTER TABLE sources_document DROP COLUMN text_sketch"


class Migration(migrations.Migration):
    dependencies = [("sources", "0027_document_keys")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
