"""Finds words in scripts that put no spaces between them, and Arabic words under their article."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("claimtracker.migrations.0002_search_text")
SEARCH_TEXT = import_module("claimtracker.migrations.0003_text_folded")

# Thai, Lao, Tibetan, Myanmar, Khmer; Han, Hiragana, Katakana. Korean has spaces, but puts endings
# after its words without one.
UNSPACED = [
    *((0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3041, 0x30FF)),
    *((0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF)),
    (0x20000, 0x3FFFF),
]
OF_THEM = "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in UNSPACED)
IS_ONE = " OR ".join(f"ascii(c) BETWEEN {first} AND {last}" for first, last in UNSPACED)
# What search_text() keeps beside letters and digits: the vowels of scripts of South and South East
# Asia are marks.
KEPT_BEFORE = r"\u0700-\u0fff"
KEPT = r"\u0700-\u1049\u1050-\u109f\u1780-\u17d3\u17d7\u17dc\u17dd"

FORWARD = rf"""
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
    public.text_folded(words) COLLATE pg_c_utf8, '[^[:alnum:] {KEPT}]', ' ', 'g');
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

-- Words of a text: those of search_text(), and of a run of letters of a script without spaces each
-- two that stand side by side; of a run of one letter that one.
CREATE FUNCTION search_words(words text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  words := public.search_text(words);
  IF words !~ '[{OF_THEM}]' THEN RETURN words; END IF;
  RETURN (
    SELECT string_agg(CASE
        WHEN is_one AND one_follows THEN c || following || ' '
        WHEN is_one AND one_precedes THEN ''
        WHEN is_one OR one_follows THEN c || ' '
        ELSE c END, '' ORDER BY n)
    FROM (
      SELECT c, n, is_one, lead(c) OVER (ORDER BY n) AS following,
        coalesce(lead(is_one) OVER (ORDER BY n), false) AS one_follows,
        coalesce(lag(is_one) OVER (ORDER BY n), false) AS one_precedes
      FROM (
        SELECT c, n, ({IS_ONE}) AS is_one
        FROM unnest(string_to_array(words, NULL)) WITH ORDINALITY u (c, n)
      ) each
    ) each
  );
END $$;

-- The single letters of scripts without spaces in what search_words() made.
CREATE FUNCTION search_letters(words text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF words !~ '[{OF_THEM}]' THEN RETURN '{{}}'; END IF;
  RETURN ARRAY(
    SELECT DISTINCT c FROM unnest(string_to_array(words, NULL)) c WHERE {IS_ONE} ORDER BY c
  );
END $$;

-- Arabic words without "the", also where "and", "in", "like" or "to" are written with it. Of short
-- words it may be the beginning. What this makes is stemmed: the stemmer of PostgreSQL leaves
-- other stems of a word with its article than without.
CREATE FUNCTION search_without_article(words text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(words, '(^| )[وف]?(?:ال|بال|كال|لل)(?=[ء-ي]{{3}})', '\1', 'g');

-- Arabic letters that other languages write too: whether a text may be Arabic if no language is
-- given.
CREATE FUNCTION search_may_be_arabic(words text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN words ~ '[ء-ي]';

-- Which of the languages that we know the endings of a tag names; English where there is none, and
-- blank for any other.
CREATE OR REPLACE FUNCTION search_language(tag text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE lower(split_part(tag, '-', 1) COLLATE "C")
  WHEN 'en' THEN 'en' WHEN '' THEN 'en' WHEN 'hy' THEN 'hy' WHEN 'ru' THEN 'ru' WHEN 'tr' THEN 'tr'
  WHEN 'ar' THEN 'ar' ELSE '' END;

-- The words of a text, by the endings of its language.
CREATE OR REPLACE FUNCTION search_vector(tag text, words text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  language CONSTANT text := public.search_language(tag);
  folded text;
  found tsvector;
BEGIN
  IF words = '' THEN RETURN ''; END IF;
  folded := public.search_words(words);
  CASE language
    WHEN 'en' THEN found := to_tsvector('pg_catalog.english', folded);
    WHEN 'hy' THEN found := to_tsvector('pg_catalog.armenian', folded);
    WHEN 'ru' THEN found := to_tsvector('pg_catalog.russian', folded);
    -- Also without accents and endings: so it is typed elsewhere.
    WHEN 'tr' THEN
      found := to_tsvector('pg_catalog.turkish', public.search_text_in_turkish(words))
        || to_tsvector('pg_catalog.simple', folded);
    ELSE found := to_tsvector('pg_catalog.simple', folded);
  END CASE;
  IF octet_length(folded) = length(folded) THEN RETURN found; END IF;
  IF language IN ('ar', 'en') AND public.search_may_be_arabic(folded) THEN
    found := found || to_tsvector('pg_catalog.arabic', public.search_without_article(folded));
  END IF;
  RETURN found || array_to_tsvector(public.search_letters(folded));
END $$;

-- The words of names: as they are written, ~ as they sound, - with a letter less.
CREATE OR REPLACE FUNCTION search_names(name text, aliases text[]) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  -- Aliases may be no plain list: that, a named check has to say.
  written text := left(name || ' ' || array_to_string(aliases, ' ', ''), 20000);
  folded text := public.search_words(written);
  found tsvector := to_tsvector('pg_catalog.simple', folded);
BEGIN
  IF octet_length(folded) <> length(folded) THEN
    IF public.search_may_be_arabic(folded) THEN
      found := found || to_tsvector('pg_catalog.arabic', public.search_without_article(folded));
    END IF;
    found := found || array_to_tsvector(public.search_letters(folded));
  END IF;
  RETURN found || array_to_tsvector(ARRAY(
    SELECT DISTINCT key FROM unnest(string_to_array(public.search_sound(written), ' ')) w,
      unnest(('~' || left(w, 200)) || ARRAY(
        SELECT '-' || slip FROM unnest(public.search_slips(left(w, 200))) slip)) key
    WHERE w <> ''
  ));
END $$;

-- What is asked for, of texts in a language: words, and phrases in quotation marks.
CREATE OR REPLACE FUNCTION search_query(tag text, asked text) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  language CONSTANT text := public.search_language(tag);
  folded text;
  in_turkish text;
  found tsquery;
BEGIN
  SELECT string_agg(CASE WHEN n % 2 = 0 THEN '"' || public.search_words(p) || '"'
      ELSE public.search_words(p) END, ' ' ORDER BY n)
  INTO folded FROM unnest(string_to_array(asked, '"')) WITH ORDINALITY u (p, n);
  folded := coalesce(folded, '');
  CASE language
    WHEN 'en' THEN found := websearch_to_tsquery('pg_catalog.english', folded);
    WHEN 'hy' THEN found := websearch_to_tsquery('pg_catalog.armenian', folded);
    WHEN 'ru' THEN found := websearch_to_tsquery('pg_catalog.russian', folded);
    WHEN 'tr' THEN
      SELECT string_agg(CASE WHEN n % 2 = 0 THEN '"' || public.search_text_in_turkish(p) || '"'
          ELSE public.search_text_in_turkish(p) END, ' ' ORDER BY n)
      INTO in_turkish FROM unnest(string_to_array(asked, '"')) WITH ORDINALITY u (p, n);
      found := websearch_to_tsquery('pg_catalog.turkish', in_turkish)
        || websearch_to_tsquery('pg_catalog.simple', folded);
    ELSE found := websearch_to_tsquery('pg_catalog.simple', folded);
  END CASE;
  IF language IN ('ar', 'en') AND public.search_may_be_arabic(folded) THEN
    -- As it is written, too: what has it so is more relevant.
    found := found
      || websearch_to_tsquery('pg_catalog.arabic', public.search_without_article(folded));
  END IF;
  RETURN found;
END $$;

-- The same in any of the languages: what it finds, a row's own language may still refuse.
CREATE OR REPLACE FUNCTION search_query_in_any(asked text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT string_agg('(' || query || ')', ' | ')::tsquery FROM (
    SELECT DISTINCT public.search_query(tag, asked)::text AS query
    FROM unnest('{{en,hy,ru,tr,ar,zxx}}'::text[]) tag
  ) each WHERE query <> ''
);

-- What is asked for, of names: each word as it is written, as it sounds or with a slip of the pen.
CREATE OR REPLACE FUNCTION search_query_of_names(asked text, "like" text) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  word record;
  sound text;
  keys text[];
  folded text;
  one tsquery;
  all_of tsquery := '';
  any_of tsquery := '';
BEGIN
  FOR word IN
    SELECT p.n % 2 = 0 AS is_phrase, w.w AS words
    FROM unnest(string_to_array(asked, '"')) WITH ORDINALITY p (p, n),
      unnest(CASE WHEN p.n % 2 = 0 THEN ARRAY[p.p] ELSE regexp_split_to_array(p.p, '\s+') END)
        WITH ORDINALITY w (w, n)
    ORDER BY p.n, w.n
  LOOP
    IF lower(word.words) = 'or' AND NOT word.is_phrase THEN
      any_of := any_of || all_of;
      all_of := '';
      CONTINUE;
    END IF;
    folded := public.search_words(word.words);
    IF word.is_phrase THEN
      one := phraseto_tsquery('pg_catalog.simple', folded);
    ELSE
      one := '';
      -- A word with a hyphen is several.
      FOREACH sound IN ARRAY string_to_array(public.search_sound(word.words), ' ') LOOP
        CONTINUE WHEN sound = '';
        sound := left(sound, 200);
        keys := ARRAY['~' || sound];
        IF "like" = 'slips' THEN
          SELECT keys || array_agg(key) INTO keys
          FROM unnest(ARRAY['-' || sound] || ARRAY(
            SELECT mark || slip FROM unnest(public.search_slips(sound)) slip,
              unnest('{{~,-}}'::text[]) mark)) key;
        END IF;
        one := one && (SELECT string_agg(quote_literal(key), ' | ') FROM unnest(keys) key)::tsquery;
      END LOOP;
      one := one || plainto_tsquery('pg_catalog.simple', folded);
    END IF;
    IF public.search_may_be_arabic(folded) THEN
      one := one || CASE WHEN word.is_phrase
        THEN phraseto_tsquery('pg_catalog.arabic', public.search_without_article(folded))
        ELSE plainto_tsquery('pg_catalog.arabic', public.search_without_article(folded)) END;
    END IF;
    all_of := all_of && one;
  END LOOP;
  RETURN any_of || all_of;
END $$;

-- A text as search_words() leaves it, and its single letters, with < and > around what is asked
-- for.
CREATE OR REPLACE FUNCTION search_marked(tag text, words text, query tsquery) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  marks CONSTANT text := 'HighlightAll=true, StartSel=<, StopSel=>';
  language CONSTANT text := public.search_language(tag);
  folded text := public.search_words(words);
  marked text;
BEGIN
  folded := folded || ' ' || array_to_string(public.search_letters(folded), ' ');
  CASE language
    WHEN 'en' THEN marked := ts_headline('pg_catalog.english', folded, query, marks);
    WHEN 'hy' THEN marked := ts_headline('pg_catalog.armenian', folded, query, marks);
    WHEN 'ru' THEN marked := ts_headline('pg_catalog.russian', folded, query, marks);
    WHEN 'tr' THEN marked := ts_headline('pg_catalog.simple', folded, query, marks) || ts_headline(
      'pg_catalog.turkish', public.search_text_in_turkish(words), query, marks);
    ELSE marked := ts_headline('pg_catalog.simple', folded, query, marks);
  END CASE;
  IF language IN ('ar', 'en') AND public.search_may_be_arabic(folded) THEN
    -- Word by word, so that it is told as it is written, with its article.
    marked := marked || coalesce((
      SELECT string_agg('<' || w || '>', '') FROM (
        SELECT DISTINCT w FROM unnest(string_to_array(folded, ' ')) w WHERE w ~ '[ء-ي]'
      ) each
      WHERE to_tsvector('pg_catalog.arabic', public.search_without_article(w))
        @@ public.search_any_of(query)
    ), '');
  END IF;
  RETURN marked;
END $$;

-- Any of the words of a query, whatever stands between them.
CREATE FUNCTION search_any_of(query tsquery) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
  SELECT string_agg(found[1], ' | ')::tsquery
  FROM regexp_matches(query::text, '''(?:[^'']|'''')+''', 'g') found
);
"""

# In the order in which they can go; those that were there before are made again as they were.
NEW = [
    "search_any_of(tsquery)",
    "search_may_be_arabic(text)",
    "search_without_article(text)",
    "search_letters(text)",
    "search_words(text)",
]
CHANGED = {
    SEARCH_TEXT: ["search_text"],
    BEFORE: [
        *("search_language", "search_vector", "search_names", "search_query"),
        *("search_query_in_any", "search_query_of_names", "search_marked"),
    ],
}


def made_again(name: str, source: str) -> str:
    """Return the SQL that makes a function as an earlier migration made it."""
    [begins] = [
        place
        for create in ("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        if (place := source.find(f"{create} {name}(")) >= 0
    ]
    # There is a blank line between two of them, and none within.
    found = source[begins:].partition("\n\n")[0]
    return found.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)


REVERSE = "\n".join(
    [
        *(
            made_again(name, migration.FORWARD)
            for migration, names in CHANGED.items()
            for name in names
        ),
        f"DROP FUNCTION {', '.join(NEW)};",
    ]
)


class Migration(migrations.Migration):
    dependencies = [("claimtracker", "0004_text_tidied")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
