from django.db import migrations

# merged_into points at a row that is not merged itself, held against two writers at once: a
# foreign key on generated columns. The second is null where nothing is merged, so nothing holds.
FORWARD = """
ALTER TABLE sources_source
  ADD COLUMN is_survivor boolean GENERATED ALWAYS AS (merged_into_id IS NULL) STORED,
  ADD COLUMN merged_needs_survivor boolean
    GENERATED ALWAYS AS (CASE WHEN merged_into_id IS NOT NULL THEN true END) STORED,
  ADD CONSTRAINT source_id_and_is_survivor UNIQUE (id, is_survivor),
  ADD CONSTRAINT source_is_merged_in_one_hop
    FOREIGN KEY (merged_into_id, merged_needs_survivor)
    REFERENCES sources_source (id, is_survivor) DEFERRABLE INITIALLY DEFERRED,
  -- For the claims app: a published statement has a published source.
  ADD CONSTRAINT source_id_and_is_public UNIQUE (id, is_public);
"""

BACKWARD = """
ALTER TABLE sources_source
  DROP CONSTRAINT source_id_and_is_public,
  DROP CONSTRAINT source_is_merged_in_one_hop,
  DROP CONSTRAINT source_id_and_is_survivor,
  DROP COLUMN merged_needs_survivor,
  DROP COLUMN is_survivor;
"""


class Migration(migrations.Migration):
    dependencies = [("sources", "0002_tables")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
