from importlib import import_module

from django.db import migrations

# As it was, without its comment.
BEFORE = (
    import_module("claimtracker.migrations.0001_edtf_range")
    .FORWARD.partition("COMMENT ON")[0]
    .replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
)

# What was a date stays one and means the same days, so that no stored row changes.
FORWARD = r"""
CREATE OR REPLACE FUNCTION edtf_range(edtf text) RETURNS daterange
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  parts text[] := string_to_array(edtf, '/');
  part text;
  y int; m int; d int; days_in_month int;
  first date; after date;          -- of this part: its first day, the day after its last
  begins date; ends_after date;    -- of the whole
BEGIN
  IF cardinality(parts) > 2 THEN RETURN NULL; END IF;
  FOR i IN 1 .. cardinality(parts) LOOP
    part := parts[i];
    IF part = '..' AND cardinality(parts) = 2 THEN
      first := NULL; after := NULL;
    ELSIF part ~ '^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?[?~%]?$' THEN
      part := rtrim(part, '?~%');
      y := left(part, 4)::int;
      IF y NOT BETWEEN 1 AND 9998 THEN RETURN NULL; END IF;
      IF length(part) = 4 THEN
        first := make_date(y, 1, 1); after := make_date(y + 1, 1, 1);
      ELSE
        m := substr(part, 6, 2)::int;
        first := make_date(y, m, 1); after := make_date(y + m / 12, m % 12 + 1, 1);
        IF length(part) = 10 THEN
          d := substr(part, 9, 2)::int;
          days_in_month := after - first;
          IF d > days_in_month THEN RETURN NULL; END IF;
          first := first + d - 1; after := first + 1;
        END IF;
      END IF;
    ELSE
      RETURN NULL;
    END IF;
    IF i = 1 THEN
      begins := first;
    END IF;
    ends_after := after;
  END LOOP;
  -- '../..' says nothing; an interval that runs backwards is a slip of the pen. Ends of another
  -- precision may be in order, as in 2023/2023-05 and 2023-09-07/2023-09.
  IF begins IS NULL AND ends_after IS NULL THEN RETURN NULL; END IF;
  IF begins >= ends_after THEN RETURN NULL; END IF;
  RETURN daterange(begins, ends_after);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("claimtracker", "0005_search_without_spaces")]

    operations = [migrations.RunSQL(FORWARD, BEFORE)]
