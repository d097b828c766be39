from django.db import migrations

# Holding a claim of one mood (how things are; what somebody will do; what should be done) says
# nothing of a claim of another; disputing a name for something asserts no fact.
FORWARD = """
CREATE FUNCTION is_within_one_mood(relation text, from_kind text, to_kind text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN from_kind = to_kind THEN true
    WHEN from_kind IN ('intent', 'demand') OR to_kind IN ('intent', 'demand') THEN false
    ELSE relation <> 'negates' OR 'characterisation' NOT IN (from_kind, to_kind)
  END
$$
"""
BACKWARD = "DROP FUNCTION is_within_one_mood(text, text, text)"


class Migration(migrations.Migration):
    dependencies = [("claims", "0029_few_marks_in_a_row")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
