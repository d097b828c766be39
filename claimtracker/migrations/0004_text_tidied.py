from django.db import migrations

# claimtracker/tidying.py has the same in Python.
FORWARD = r"""
-- A name or a title as it is stored: NFC, without marks that turn letters around, and without
-- blanks and invisible characters at its ends.
CREATE FUNCTION text_tidied(words text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF octet_length(words) <> length(words) THEN
    words := regexp_replace(normalize(words, NFC), '[\u202a-\u202e\u2066-\u2069]', '', 'g');
  END IF;
  RETURN regexp_replace(words,
    '^[\u0001-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000'
    '\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f'
    '\u2060-\u206f\u3164\ufeff\uffa0\U0001d173-\U0001d17a\u200d]+'
    '|[\u0001-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000'
    '\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f'
    '\u2060-\u206f\u3164\ufeff\uffa0\U0001d173-\U0001d17a]+$',
    '', 'g');
END $$;

-- The same of each of a list, every one once. A list of lists stays: a named check refuses it.
CREATE FUNCTION texts_tidied(texts text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN coalesce(array_ndims(texts), 1) > 1 THEN texts ELSE ARRAY(
    SELECT public.text_tidied(t) FROM unnest(texts) WITH ORDINALITY u (t, n)
    GROUP BY 1 ORDER BY min(n)
  ) END
$$;

-- Whether a text has a character that a reader sees.
CREATE FUNCTION text_is_visible(words text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN words ~ (
  '[^\u0001-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000'
  '\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f'
  '\u2060-\u206f\u3164\ufeff\uffa0\U0001d173-\U0001d17a\u200d'
  '\u2800\ufe00-\ufe0f\U000e0000-\U000e0fff\u202a-\u202e]'
);
"""

REVERSE = """
DROP FUNCTION text_is_visible(text);
DROP FUNCTION texts_tidied(text[]);
DROP FUNCTION text_tidied(text);
"""


class Migration(migrations.Migration):
    dependencies = [("claimtracker", "0003_text_folded")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
