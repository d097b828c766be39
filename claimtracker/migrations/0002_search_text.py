from django.db import migrations

# The sounds of letters, near enough: one Latin letter each. Armenian, Georgian, Cyrillic, Greek.
SOUNDS = {
    **dict(
        zip("абвгґдеєжзийіїклмнопрстўуфхцчшщыэ", "abvggdeecziiiiklmnoprstuufhccssie", strict=True)
    ),
    **dict(
        zip(
            "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ",
            "abgdezeatcilhckhzgcminsocpcrsvtrcvpkof",
            strict=True,
        )
    ),
    **dict(
        zip("აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ", "abgdevztiklmnopcrstupkgkscczcchch", strict=True)
    ),
    **dict(zip("αβγδεζηθικλμνξοπρστυφχψω", "avgdezitiklmnhoprstifhpo", strict=True)),
}
SILENT = "ьъ"
# Spellings of one sound, in this order.
SPELLINGS = {
    **{"shch": "s", "dzh": "c", "dj": "c", "zh": "c", "ch": "c", "sh": "s", "kh": "h", "gh": "g"},
    **{"ph": "f", "th": "t", "ts": "c", "tz": "c", "dz": "z", "ks": "h", "ou": "u"},
    **{"j": "c", "x": "h", "q": "k", "w": "v", "y": "i"},
}

# Text as it is searched. In the database, so that a row is found alike whichever way it came in,
# and so that what is asked for goes through the same. Functions name each other with their schema:
# a restore runs with an empty search_path.
FORWARD = r"""
-- Words without case, accents and punctuation, with blanks between them. claims/search/words.py
-- folds a word alike; a test holds the two against each other.
CREATE FUNCTION search_text(words text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  -- A vector has a megabyte at most; a quote may be longer.
  words := left(words, 20000);
  IF octet_length(words) = length(words) THEN
    -- One by one: a class of single characters takes a quarter of the time of runs of them.
    RETURN regexp_replace(lower(words COLLATE pg_c_utf8), '[^a-z0-9 ]', ' ', 'g');
  END IF;
  words := lower(normalize(words, NFKD) COLLATE pg_c_utf8);
  -- Accents, points of Hebrew and Arabic, what has no width, and the marks that Armenian sets
  -- inside a word. But й is a letter of its own, and Russian endings have it.
  words := regexp_replace(words,
    '[\u0300-\u0305\u0307-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7'
    '\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u055b\u055c\u055e'
    '\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]|(?<!\u0438)\u0306',
    '', 'g');
  words := normalize(words, NFC);
  words := translate(words,
    'ıəøłđħςœæ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', 'ieoldhσoa01234567890123456789');
  words := regexp_replace(words COLLATE pg_c_utf8, '[^[:alnum:] \u0700-\u0fff]', ' ', 'g');
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

-- The same of Turkish, but with the accents that its endings are known by.
CREATE FUNCTION search_text_in_turkish(words text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  words := lower(translate(normalize(left(words, 20000), NFKC), 'Iİ', 'ıi') COLLATE pg_c_utf8);
  words := regexp_replace(words,
    '[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]', '', 'g');
  RETURN regexp_replace(words COLLATE pg_c_utf8, '[^[:alnum:] ]', ' ', 'g');
END $$;

-- Which of the languages that we know the endings of a tag names; English where there is none, and
-- blank for any other.
CREATE FUNCTION search_language(tag text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE lower(split_part(tag, '-', 1) COLLATE "C")
  WHEN 'en' THEN 'en' WHEN '' THEN 'en' WHEN 'hy' THEN 'hy' WHEN 'ru' THEN 'ru' WHEN 'tr' THEN 'tr'
  ELSE '' END;

-- The words of a text, by the endings of its language.
CREATE FUNCTION search_vector(tag text, words text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF words = '' THEN RETURN ''; END IF;
  CASE public.search_language(tag)
    WHEN 'en' THEN RETURN to_tsvector('pg_catalog.english', public.search_text(words));
    WHEN 'hy' THEN RETURN to_tsvector('pg_catalog.armenian', public.search_text(words));
    WHEN 'ru' THEN RETURN to_tsvector('pg_catalog.russian', public.search_text(words));
    -- Also without accents and endings: so it is typed elsewhere.
    WHEN 'tr' THEN
      RETURN to_tsvector('pg_catalog.turkish', public.search_text_in_turkish(words))
        || to_tsvector('pg_catalog.simple', public.search_text(words));
    ELSE RETURN to_tsvector('pg_catalog.simple', public.search_text(words));
  END CASE;
END $$;

-- What no text has: by which language and where in the order of recording a row is found.
-- #n is its block of 4096 ids, #s a sample of them, 16 in each block: see claims/search/hits.py.
CREATE FUNCTION search_place(id bigint, tag text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(
  CASE WHEN id % 4096 < 16 THEN ARRAY['#s'] ELSE '{}' END
  || ARRAY['#' || (id >> 12), '@' || lower(tag COLLATE "C")]
);

-- How a name sounds, near enough, whatever alphabet and spelling it is in: Aliyev, Əliyev, Алиев.
-- The spellings that a sound has in Latin letters are one: kh and x, zh, j, c and ch, y and i.
CREATE FUNCTION search_sound(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  name := public.search_text(translate(name, 'əƏ', 'aA'));
  IF octet_length(name) <> length(name) THEN
    name := replace(replace(name, 'ու', 'u'), 'дж', 'c');
    name := replace(replace(name, 'я', 'иа'), 'ю', 'иу');
    name := translate(name, '{SOUNDS}', '{AS_LATIN}');
  END IF;
  {SPELLINGS}
  RETURN regexp_replace(name, '([^ ])\1+', '\1', 'g');
END $$;

-- The words that sound like one and lack a letter of it: of two that have one in common, the
-- one is the other but for a slip of the pen. Short ones would have it in common with too many.
CREATE FUNCTION search_slips(sound text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN length(sound) >= 5 THEN ARRAY(
  SELECT DISTINCT left(sound, n - 1) || substr(sound, n + 1)
  FROM generate_series(1, least(length(sound), 30)) n
) ELSE '{}' END;

-- The words of names: as they are written, ~ as they sound, - with a letter less.
CREATE FUNCTION search_names(name text, aliases text[]) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  -- Aliases may be no plain list: that, a named check has to say.
  written text := left(name || ' ' || array_to_string(aliases, ' ', ''), 20000);
BEGIN
  RETURN to_tsvector('pg_catalog.simple', public.search_text(written)) || array_to_tsvector(ARRAY(
    SELECT DISTINCT key FROM unnest(string_to_array(public.search_sound(written), ' ')) w,
      unnest(('~' || left(w, 200)) || ARRAY(
        SELECT '-' || slip FROM unnest(public.search_slips(left(w, 200))) slip)) key
    WHERE w <> ''
  ));
END $$;

-- What is asked for, of texts in a language: words, and phrases in quotation marks.
CREATE FUNCTION search_query(tag text, asked text) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  folded text;
  in_turkish text;
BEGIN
  SELECT string_agg(CASE WHEN n % 2 = 0 THEN '"' || public.search_text(p) || '"'
      ELSE public.search_text(p) END, ' ' ORDER BY n)
  INTO folded FROM unnest(string_to_array(asked, '"')) WITH ORDINALITY u (p, n);
  folded := coalesce(folded, '');
  CASE public.search_language(tag)
    WHEN 'en' THEN RETURN websearch_to_tsquery('pg_catalog.english', folded);
    WHEN 'hy' THEN RETURN websearch_to_tsquery('pg_catalog.armenian', folded);
    WHEN 'ru' THEN RETURN websearch_to_tsquery('pg_catalog.russian', folded);
    WHEN 'tr' THEN
      SELECT string_agg(CASE WHEN n % 2 = 0 THEN '"' || public.search_text_in_turkish(p) || '"'
          ELSE public.search_text_in_turkish(p) END, ' ' ORDER BY n)
      INTO in_turkish FROM unnest(string_to_array(asked, '"')) WITH ORDINALITY u (p, n);
      RETURN websearch_to_tsquery('pg_catalog.turkish', in_turkish)
        || websearch_to_tsquery('pg_catalog.simple', folded);
    ELSE RETURN websearch_to_tsquery('pg_catalog.simple', folded);
  END CASE;
END $$;

-- The same in any of the languages: what it finds, a row's own language may still refuse.
CREATE FUNCTION search_query_in_any(asked text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT string_agg('(' || query || ')', ' | ')::tsquery FROM (
    SELECT DISTINCT public.search_query(tag, asked)::text AS query
    FROM unnest('{en,hy,ru,tr,zxx}'::text[]) tag
  ) each WHERE query <> ''
);

-- What is asked for, of names: each word as it is written, as it sounds or with a slip of the pen.
CREATE FUNCTION search_query_of_names(asked text, "like" text) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  word record;
  sound text;
  keys text[];
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
    IF word.is_phrase THEN
      one := phraseto_tsquery('pg_catalog.simple', public.search_text(word.words));
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
              unnest('{~,-}'::text[]) mark)) key;
        END IF;
        one := one && (SELECT string_agg(quote_literal(key), ' | ') FROM unnest(keys) key)::tsquery;
      END LOOP;
      one := one || plainto_tsquery('pg_catalog.simple', public.search_text(word.words));
    END IF;
    all_of := all_of && one;
  END LOOP;
  RETURN any_of || all_of;
END $$;

-- A text as search_text() leaves it, with < and > around the words that are asked for.
CREATE FUNCTION search_marked(tag text, words text, query tsquery) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  marks CONSTANT text := 'HighlightAll=true, StartSel=<, StopSel=>';
  folded text := public.search_text(words);
BEGIN
  CASE public.search_language(tag)
    WHEN 'en' THEN RETURN ts_headline('pg_catalog.english', folded, query, marks);
    WHEN 'hy' THEN RETURN ts_headline('pg_catalog.armenian', folded, query, marks);
    WHEN 'ru' THEN RETURN ts_headline('pg_catalog.russian', folded, query, marks);
    WHEN 'tr' THEN RETURN ts_headline('pg_catalog.simple', folded, query, marks) || ts_headline(
      'pg_catalog.turkish', public.search_text_in_turkish(words), query, marks);
    ELSE RETURN ts_headline('pg_catalog.simple', folded, query, marks);
  END CASE;
END $$;

-- The words of names, likewise: < and > around those that are like one that is asked for.
CREATE FUNCTION search_marked_names(names text[], query tsquery) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT string_agg('<' || public.search_text(w) || '>', '') FROM unnest(names) n,
    regexp_split_to_table(n, '[\s\u002d\u2010-\u2015]+') w
  WHERE public.search_names(w, '{}') @@ query
);
"""

FUNCTIONS = [
    "search_marked_names(text[], tsquery)",
    "search_marked(text, text, tsquery)",
    "search_query_of_names(text, text)",
    "search_query_in_any(text)",
    "search_query(text, text)",
    "search_names(text, text[])",
    "search_slips(text)",
    "search_sound(text)",
    "search_place(bigint, text)",
    "search_vector(text, text)",
    "search_language(text)",
    "search_text_in_turkish(text)",
    "search_text(text)",
]
LETTERS = {
    "{SOUNDS}": "".join(SOUNDS) + SILENT,
    "{AS_LATIN}": "".join(SOUNDS.values()),
    "{SPELLINGS}": "\n  ".join(
        f"name := replace(name, '{spelt}', '{sound}');" for spelt, sound in SPELLINGS.items()
    ),
}
for name, letters in LETTERS.items():
    FORWARD = FORWARD.replace(name, letters)


class Migration(migrations.Migration):
    dependencies = [("claimtracker", "0001_edtf_range")]

    operations = [
        migrations.RunSQL(FORWARD, f"DROP FUNCTION {', '.join(FUNCTIONS)};"),
    ]
