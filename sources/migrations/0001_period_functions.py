from django.db import migrations

# Nested calls name their schema: a restore runs with an empty search_path.
FORWARD = """
CREATE FUNCTION affiliation_certainly(since text, until text) RETURNS daterange
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  starts daterange := public.edtf_range(since);
  ends daterange := public.edtf_range(until);
BEGIN
  -- An open or unreadable bound leaves no day that is certain; a blank one does not bind at all.
  IF since <> '' AND (starts IS NULL OR upper_inf(starts)) THEN RETURN 'empty'; END IF;
  IF until <> '' AND (ends IS NULL OR lower_inf(ends)) THEN RETURN 'empty'; END IF;
  IF upper(starts) - 1 > lower(ends) THEN RETURN 'empty'; END IF;
  RETURN daterange(upper(starts) - 1, lower(ends), '[]');
END $$;
COMMENT ON FUNCTION affiliation_certainly(text, text) IS
  'the days from the latest possible start to the earliest possible end; empty if there are none';

-- A role as a range of one number, so that a GiST exclusion can compare it without an extension.
CREATE FUNCTION affiliation_role_key(role text) RETURNS int8range
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT int8range(h, h, '[]') FROM (SELECT hashtextextended(role, 0) >> 1) AS key(h)
$$;

-- Whether the member would be above the body and below it on one and the same day: walks up from
-- the body, keeping the days on which the whole path certainly holds.
CREATE FUNCTION affiliation_closes_a_cycle(
  own_id bigint, member bigint, body bigint, days daterange
) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (
    WITH RECURSIVE above(id, days) AS (
      SELECT body, days WHERE NOT isempty(days)
      UNION
      SELECT a.body_id, a.certainly * above.days
      FROM above JOIN public.sources_affiliation a ON a.member_id = above.id
      WHERE a.certainly && above.days AND a.id IS DISTINCT FROM own_id AND above.id <> member
    )
    SELECT FROM above WHERE above.id = member
  );
END $$;
"""

BACKWARD = """
DROP FUNCTION affiliation_closes_a_cycle(bigint, bigint, bigint, daterange);
DROP FUNCTION affiliation_role_key(text);
DROP FUNCTION affiliation_certainly(text, text);
"""


class Migration(migrations.Migration):
    dependencies = [("claimtracker", "0001_edtf_range")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
