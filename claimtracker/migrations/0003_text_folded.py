from importlib import import_module

from django.db import migrations

# As it was: the first function of that file.
SEARCH_TEXT_BEFORE = (
    import_module("claimtracker.migrations.0002_search_text")
    .FORWARD.partition("-- The same of Turkish")[0]
    .replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
)

FORWARD = r"""
-- A text without case, accents and the variants of letters; punctuation stays. Filters look for a
-- part of it (claimtracker/folding.py), search_text() makes words of it.
CREATE FUNCTION text_folded(words text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF octet_length(words) = length(words) THEN
    RETURN lower(words COLLATE pg_c_utf8);
  END IF;
  words := lower(normalize(words, NFKD) COLLATE pg_c_utf8);
  -- Accents, points of Hebrew and Arabic, what has no width, and the marks that Armenian sets
  -- inside a word. But й is a letter of its own, and Russian endings have it.
  words := regexp_replace(words,
    '[\u0300-\u0305\u0307-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7'
    '\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u055b\u055c\u055e'
    '\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]|(?<!\u0438)\u0306',
    '', 'g');
  -- The Armenian ligature և is written ԵՎ in capitals today, and եւ in the older spelling.
  words := replace(replace(normalize(words, NFC), 'ß', 'ss'), 'եւ', 'եվ');
  RETURN translate(words,
    'ıəøłđħςœæ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', 'ieoldhσoa01234567890123456789');
END $$;

-- Words without case, accents and punctuation, with blanks between them. claims/search/words.py
-- folds a word alike; a test holds the two against each other.
CREATE OR REPLACE FUNCTION search_text(words text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  -- A vector has a megabyte at most; a quote may be longer.
  words := left(words, 20000);
  IF octet_length(words) = length(words) THEN
    -- One by one: a class of single characters takes a quarter of the time of runs of them.
    RETURN regexp_replace(lower(words COLLATE pg_c_utf8), '[^a-z0-9 ]', ' ', 'g');
  END IF;
  words := regexp_replace(
    public.text_folded(words) COLLATE pg_c_utf8, '[^[:alnum:] \u0700-\u0fff]', ' ', 'g');
  IF words ~ '[a-z]' AND words ~ '[\u0430-\u04ff]' THEN
    -- A word of two alphabets: a letter that looks like that of the other was typed for it.
    SELECT string_agg(CASE
        WHEN w !~ '[a-z]' OR w !~ '[\u0430-\u04ff]' THEN w
        WHEN translate(w, 'аеорсухіјѕһ', 'aeopcyxijsh') !~ '[\u0430-\u04ff]'
          THEN translate(w, 'аеорсухіјѕһ', 'aeopcyxijsh')
        ELSE translate(w, 'aeopcyxijsh', 'аеорсухіјѕһ')
      END, ' ' ORDER BY n)
    INTO words FROM unnest(string_to_array(words, ' ')) WITH ORDINALITY u (w, n);
  END IF;
  RETURN words;
END $$;
"""

REVERSE = f"""
{SEARCH_TEXT_BEFORE}
DROP FUNCTION text_folded(text);
"""


class Migration(migrations.Migration):
    dependencies = [("claimtracker", "0002_search_text")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
