from django.db import migrations, models

# Where quotes stand: whole words, hyphens at the ends of lines, and words around them that went.
# claims/reading.py finds the same places; a test holds the two against each other.
FORWARD = r"""
-- The letters, marks and digits of scripts that put spaces between words, as a class of a regular
-- expression; ``before`` without Hebrew and Arabic, in which "and" and "the" are written together
-- with the word that follows, so that a quote may begin within what is written as one word.
CREATE FUNCTION quote_letters(before boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT '0-9A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02b8\u0300-\u0373'
    '\u0376\u0377\u037b-\u037d\u037f-\u0386\u0388-\u0481\u0483-\u052f\u0531-\u0556'
    '\u0560-\u0588\u0900-\u0963\u0966-\u0df3\u10a0-\u10fa\u10fc-\u10ff\u1c90-\u1cbf'
    '\u1e00-\u1fbc\u1fc2-\u1fcc\u1fd0-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ffc\u2c00-\u2c7f'
    '\u2d00-\u2d25\ua640-\ua69d\ua720-\ua7ff'
    || CASE WHEN before THEN '' ELSE
    '\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u05d0-\u05ea\u05ef-\u05f2'
    '\u0610-\u061a\u0620-\u0669\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06fc\u06ff'
    '\u0750-\u077f\u08a0-\u08ff' END
$$;

-- A text, or a quote, with all that layout and typography may change made the same. A soft hyphen
-- stands where a hyphen may be one or not: "block-", at the end of a line, before "ade".
-- claims/reading.py has the same steps (STEPS), and what each is for.
CREATE OR REPLACE FUNCTION quote_key(words text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  letters text := public.quote_letters(false);
  blank text := ' \t-\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000';
  line_end text := '\n\f\u0085\u2028\u2029';
  shape text;
BEGIN
  IF words IS NOT NFC NORMALIZED THEN
    words := normalize(words, NFC);
  END IF;
  IF words ~ '[\u0587\ufb00-\ufd3d\ufd50-\ufdfb\ufe70-\ufefc\uff01-\uff5e]' THEN
    FOR shape IN
      SELECT DISTINCT m[1] FROM regexp_matches(words,
        '([\u0587\ufb00-\ufd3d\ufd50-\ufdfb\ufe70-\ufefc\uff01-\uff5e])', 'g') m
    LOOP
      words := replace(words, shape, normalize(shape, NFKC));
    END LOOP;
  END IF;
  words := regexp_replace(words,
    '[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u0640\u064b-\u0652'
    '\u0670\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]', '', 'g');
  IF words ~ ('[-\u2010\u058a\u05be\u00ad][' || blank || ']*[' || line_end || ']') THEN
    words := regexp_replace(words,
      '(?<=[' || letters || '])[-\u2010\u058a\u05be][' || blank || ']*[' || line_end || ']['
      || blank || ']*(?=[' || letters || '])', U&'\00ad', 'g');
  END IF;
  words := regexp_replace(words,
    '\u00ad+[' || blank || ']*[' || line_end || '][' || blank || ']*|\u00ad{2,}', U&'\00ad', 'g');
  words := regexp_replace(words,
    '[`\u00b4\u02b9\u02bb-\u02bd\u05f3\u2018-\u201b\u2032\u2039\u203a]', '''', 'g');
  words := regexp_replace(words, '[\u00ab\u00bb\u05f4\u201c-\u201f\u2033]', '"', 'g');
  words := regexp_replace(words, '[\u058a\u05be\u2010-\u2015\u2212]', '-', 'g');
  words := replace(words, U&'\2026', '...');
  -- In two: a class of single characters takes a quarter of the time of runs of them.
  words := regexp_replace(words,
    '[\t-\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]', ' ', 'g');
  words := regexp_replace(words, '  +', ' ', 'g');
  IF strpos(words, U&'\00ad') > 0 THEN
    words := regexp_replace(words,
      '(?<![' || letters || '])\u00ad|\u00ad(?![' || letters || '])', '', 'g');
  END IF;
  words := regexp_replace(words, ' (?=[-",.;:!?)\]%])', '', 'g');
  words := regexp_replace(words, '(?<=[-"(\[]) ', '', 'g');
  IF words ~ '[\u2e80-\u2fff\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff]' THEN
    words := regexp_replace(words,
      '(?<=[\u2e80-\u2fff\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff]) (?=[\u2e80-\u2fff'
      '\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff])', '', 'g');
  END IF;
  RETURN btrim(words, ' ');
END $$;

-- Whether a quote occurs in a text as whole words, both folded by quote_key(). A soft hyphen in
-- either is a hyphen or none. A quote of more than 500 characters is told by its letters alone.
CREATE FUNCTION quote_occurs(key text, quote text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  soft CONSTANT text := U&'\00ad';
  letter text := '[' || public.quote_letters(false) || ']';
  joined text := replace(key, soft, '');
  wanted text := replace(quote, soft, '');
  starts boolean := left(quote, 1) ~ ('[' || public.quote_letters(true) || ']');
  ends boolean := right(quote, 1) ~ letter;
  -- The ends of words, as constraints of a regular expression.
  before text := CASE WHEN starts THEN '(?<!' || letter || ')' ELSE '' END;
  after text := CASE WHEN ends THEN '(?!' || letter || ')' ELSE '' END;
  pattern text;
  place integer;
BEGIN
  IF wanted = '' THEN
    RETURN false;
  END IF;
  place := strpos(joined, wanted);
  IF place > 0 AND length(quote) > 500 THEN
    RETURN true;
  END IF;
  -- Mostly the first place is one; the others are gone through by a regular expression.
  IF place > 0 THEN
    IF NOT (starts AND place > 1 AND substr(joined, place - 1, 1) ~ letter)
      AND NOT (ends AND substr(joined, place + length(wanted), 1) ~ letter)
    THEN
      RETURN true;
    END IF;
    pattern := regexp_replace(wanted, '([]\\^$*+?(){}|.[-])', '\\\1', 'g');
    IF joined ~ (before || pattern || after) THEN
      RETURN true;
    END IF;
  END IF;
  IF strpos(key, soft) = 0 AND strpos(quote, soft) = 0 THEN
    RETURN false;
  END IF;
  IF strpos(replace(joined, '-', ''), replace(wanted, '-', '')) = 0 THEN
    RETURN false;
  END IF;
  IF length(quote) > 500 THEN
    RETURN true;
  END IF;
  pattern := replace(regexp_replace(quote, '([]\\^$*+?(){}|.[])', '\\\1', 'g'), soft, E'\x01');
  pattern := regexp_replace(pattern, '(' || letter || ')(?=' || letter || ')', E'\\1\x02', 'g');
  pattern := replace(pattern, '-', '[-\u00ad]');
  pattern := replace(replace(pattern, E'\x01', '[-\u00ad]?'), E'\x02', '\u00ad?');
  RETURN key ~ (before || pattern || after);
END $$;

-- Whether the nearest words before or after a quote still stand by it in a text; true where it has
-- neither. All are folded by quote_key().
CREATE FUNCTION quote_is_certain(key text, quote text, before text, after text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT before || after = '' OR EXISTS (
    SELECT FROM unnest(ARRAY['', ' ']) gap,
      unnest(ARRAY[
        CASE WHEN before <> '' THEN right(before, 12) || gap || quote END,
        CASE WHEN after <> '' THEN quote || gap || left(after, 12) END
      ]) place
    WHERE strpos(
      replace(replace(key, U&'\00ad', ''), '-', ''), replace(replace(place, U&'\00ad', ''), '-', '')
    ) > 0
  )
$$;

-- Whether a quote stands in a text as it was taken from it, and between the same words.
CREATE FUNCTION quote_stands(words text, quote text, before text, after text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  passage text := before || quote || after;
  place integer := strpos(words, passage);
BEGIN
  -- With a character more on each side, which says where a word ends.
  RETURN place > 0 AND public.quote_occurs(
    public.quote_key(substr(words, greatest(place - 1, 1), length(passage) + 2)),
    public.quote_key(quote)
  );
END $$;

-- Notes which of these citations have a quote that does not occur in the text, or occurs there
-- between other words only.
CREATE OR REPLACE FUNCTION claims_seek_quotes(words text, citations bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  key text;
BEGIN
  -- Most were taken from the text as they stand.
  INSERT INTO public.claims_misquote (citation_id, is_moved)
  SELECT id, false FROM public.claims_citation
  WHERE id = ANY (citations) AND public.quote_key(quote) <> ''
    AND NOT public.quote_stands(words, quote, prefix, suffix)
  ON CONFLICT (citation_id) DO UPDATE SET is_moved = false;
  IF FOUND THEN
    key := public.quote_key(words);
    UPDATE public.claims_misquote m SET is_moved = true FROM public.claims_citation c
    WHERE m.citation_id = ANY (citations) AND c.id = m.citation_id
      AND public.quote_occurs(key, public.quote_key(c.quote));
    DELETE FROM public.claims_misquote m USING public.claims_citation c
    WHERE m.citation_id = ANY (citations) AND c.id = m.citation_id AND m.is_moved
      AND public.quote_is_certain(key, public.quote_key(c.quote),
        public.quote_key(c.prefix), public.quote_key(c.suffix));
  END IF;
END $$;

CREATE OR REPLACE FUNCTION claims_citations_quoted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  documents bigint[];
  citations bigint[];
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM public.claims_misquote m USING old_rows o WHERE m.citation_id = o.id;
    RETURN NULL;
  ELSIF TG_OP = 'INSERT' THEN
    SELECT array_agg(DISTINCT n.document_id), array_agg(n.id) INTO documents, citations
    FROM new_rows n WHERE n.quote <> '';
  ELSE
    SELECT array_agg(DISTINCT n.document_id), array_agg(n.id) INTO documents, citations
    FROM new_rows n JOIN old_rows o ON o.id = n.id
    WHERE (n.quote, n.prefix, n.suffix, n.document_id)
      IS DISTINCT FROM (o.quote, o.prefix, o.suffix, o.document_id);
    DELETE FROM public.claims_misquote WHERE citation_id = ANY (citations);
  END IF;
  IF citations IS NOT NULL THEN
    PERFORM public.claims_seek_in_documents(documents, citations);
  END IF;
  RETURN NULL;
END $$;

-- What is there already.
SELECT claims_seek_quotes(d.text || '', array_agg(c.id))
FROM claims_citation c JOIN sources_document d ON d.id = c.document_id
WHERE c.quote <> '' AND d.text <> '' GROUP BY d.id;
"""

REVERSE = r"""
CREATE OR REPLACE FUNCTION quote_key(words text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF words IS NOT NFC NORMALIZED THEN
    words := normalize(words, NFC);
  END IF;
  words := regexp_replace(words, '[\u02b9\u02bb-\u02bd\u2018-\u201b\u2032]', '''', 'g');
  words := regexp_replace(words, '[\u00ab\u00bb\u201c-\u201f\u2033]', '"', 'g');
  words := regexp_replace(words, '[\u2010-\u2015\u2212]', '-', 'g');
  words := replace(words, E'\u2026', '...');
  words := regexp_replace(words,
    '[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]', '', 'g');
  words := regexp_replace(words,
    '[\t-\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]', ' ', 'g');
  RETURN btrim(regexp_replace(words, '  +', ' ', 'g'), ' ');
END $$;

CREATE OR REPLACE FUNCTION claims_seek_quotes(words text, citations bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  key text;
BEGIN
  -- Most were taken from the text as they stand.
  INSERT INTO public.claims_misquote (citation_id)
  SELECT id FROM public.claims_citation
  WHERE id = ANY (citations) AND quote <> '' AND strpos(words, quote) = 0
  ON CONFLICT DO NOTHING;
  IF FOUND THEN
    key := public.quote_key(words);
    DELETE FROM public.claims_misquote m USING public.claims_citation c
    WHERE m.citation_id = ANY (citations) AND c.id = m.citation_id
      AND strpos(key, public.quote_key(c.quote)) > 0;
  END IF;
END $$;

CREATE OR REPLACE FUNCTION claims_citations_quoted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  documents bigint[];
  citations bigint[];
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM public.claims_misquote m USING old_rows o WHERE m.citation_id = o.id;
    RETURN NULL;
  ELSIF TG_OP = 'INSERT' THEN
    SELECT array_agg(DISTINCT n.document_id), array_agg(n.id) INTO documents, citations
    FROM new_rows n WHERE n.quote <> '';
  ELSE
    SELECT array_agg(DISTINCT n.document_id), array_agg(n.id) INTO documents, citations
    FROM new_rows n JOIN old_rows o ON o.id = n.id
    WHERE (n.quote, n.document_id) IS DISTINCT FROM (o.quote, o.document_id);
    DELETE FROM public.claims_misquote WHERE citation_id = ANY (citations);
  END IF;
  IF citations IS NOT NULL THEN
    PERFORM public.claims_seek_in_documents(documents, citations);
  END IF;
  RETURN NULL;
END $$;

DROP FUNCTION quote_stands, quote_is_certain, quote_occurs, quote_letters;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0026_search_rewritten"),
    ]

    operations = [
        migrations.AddField(
            model_name="misquote",
            name="is_moved",
            field=models.BooleanField(default=False),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
