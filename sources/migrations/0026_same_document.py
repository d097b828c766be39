from django.db import migrations

# What makes two documents the same one: their address, whatever way to the same page it is, and
# their text. In the database, so that it is worked out alike whichever way a document came in.
# Functions name each other with their schema: a restore runs with an empty search_path.
FORWARD = r"""
-- A label of a host's name as it is read: xn--d1acufc is домен (Punycode, RFC 3492). One that is
-- none stays as it is; a label has 63 characters at most.
CREATE FUNCTION url_label(label text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  basic text := coalesce((regexp_match(label, '^xn--(.*)-[^-]*$'))[1], '');
  coded text := (regexp_match(label, '^xn--(?:.*-)?([a-z0-9]+)$'))[1];
  points int[] := ARRAY(SELECT ascii(c) FROM regexp_split_to_table(basic, '') c WHERE c <> '');
  point bigint := 128; place bigint := 0; bias int := 72; at int := 1;
  before bigint; weight bigint; k int; digit int; least_digit int; delta bigint; many int;
BEGIN
  IF coded IS NULL OR length(label) > 63 THEN RETURN label; END IF;
  WHILE at <= length(coded) LOOP
    before := place; weight := 1; k := 36;
    LOOP
      IF at > length(coded) THEN RETURN label; END IF;
      digit := ascii(substr(coded, at, 1));
      digit := CASE WHEN digit >= 97 THEN digit - 97 ELSE digit - 22 END;
      at := at + 1;
      place := place + digit * weight;
      IF place > 2147483647 THEN RETURN label; END IF;
      least_digit := CASE WHEN k <= bias THEN 1 WHEN k >= bias + 26 THEN 26 ELSE k - bias END;
      EXIT WHEN digit < least_digit;
      weight := weight * (36 - least_digit);
      IF weight > 2147483647 THEN RETURN label; END IF;
      k := k + 36;
    END LOOP;
    many := cardinality(points) + 1;
    delta := CASE WHEN before = 0 THEN place / 700 ELSE (place - before) / 2 END;
    delta := delta + delta / many;
    k := 0;
    WHILE delta > 455 LOOP delta := delta / 35; k := k + 36; END LOOP;
    bias := k + 36 * delta / (delta + 38);
    point := point + place / many;
    place := place % many;
    IF point > 1114111 OR point BETWEEN 55296 AND 57343 THEN RETURN label; END IF;
    points := points[:place] || point::int || points[place + 1:];
    place := place + 1;
  END LOOP;
  RETURN (SELECT string_agg(chr(c), '' ORDER BY n) FROM unnest(points) WITH ORDINALITY u (c, n));
END $$;

-- A part of an address, each character in one form: what stands for itself is written as itself,
-- all else as % and two digits; ``kept`` are the characters that mean something else there.
CREATE FUNCTION url_characters(part text, kept text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF part COLLATE "C" ~ '^[!-$&-~]*$' THEN RETURN part; END IF;
  RETURN (
    SELECT string_agg(
      CASE
        WHEN length(m[1]) = 3 THEN
          CASE WHEN code BETWEEN 33 AND 126 AND strpos(kept, chr(code)) = 0 THEN chr(code)
            ELSE upper(m[1] COLLATE "C") END
        WHEN m[1] = '%' THEN '%25'
        WHEN ascii(m[1]) BETWEEN 33 AND 126 THEN m[1]
        ELSE regexp_replace(
          upper(encode(convert_to(m[1], 'UTF8'), 'hex') COLLATE "C"), '(..)', '%\1', 'g')
      END, '' ORDER BY n)
    FROM regexp_matches(normalize(part, NFC), '(%[0-9A-Fa-f]{2}|.)', 'g')
      WITH ORDINALITY u (m, n),
      LATERAL (SELECT CASE WHEN length(m[1]) = 3
        THEN nullif(get_byte(decode(substr(m[1], 2), 'hex'), 0), 0) END) b (code)
  );
END $$;

-- The same for all addresses that lead to one page: without scheme, user, www., m. and amp forms,
-- usual port, fragment, and the parameters that only tell where a reader came from.
CREATE FUNCTION document_url_key(url text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  parts text[]; host text; port text; path text; query text; labels text[]; inner_url text;
BEGIN
  url := btrim(url, E' \t\r\n');
  FOR hop IN 1..2 LOOP
    parts := regexp_match(url, '^([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?');
    IF parts IS NULL THEN RETURN NULL; END IF;
    host := regexp_replace(parts[2], '^.*@', '');
    port := nullif(coalesce((regexp_match(host, ':([0-9]*)$'))[1], ''), '');
    host := regexp_replace(host, ':[0-9]*$', '');
    IF (lower(parts[1] COLLATE "C"), port::text) IN (('http', '80'), ('https', '443')) THEN
      port := NULL;
    END IF;
    host := rtrim(translate(lower(normalize(host, NFKC) COLLATE pg_c_utf8), '。．｡', '...'), '.');
    labels := ARRAY(
      SELECT public.url_label(l) FROM regexp_split_to_table(host, '\.') WITH ORDINALITY u (l, n)
      ORDER BY n);
    -- en.m.wikipedia.org is en.wikipedia.org; what would leave a bare suffix stays.
    WHILE cardinality(labels) > 2 AND labels[1] ~ '^(www[0-9]?|m|mobile|amp)$' LOOP
      labels := labels[2:];
    END LOOP;
    IF cardinality(labels) > 3 AND labels[2] = 'm' THEN labels := labels[1] || labels[3:]; END IF;
    host := array_to_string(labels, '.');
    IF host = '' THEN RETURN NULL; END IF;
    path := public.url_characters(parts[3], '/?#%\');
    query := public.url_characters(replace(coalesce(parts[4], ''), '+', '%20'), '&=+#%');
    -- The copies that search engines serve.
    inner_url := CASE
      WHEN host ~ '^google(\.[a-z]{2,3}){1,2}$'
        THEN (regexp_match(path, '^/amp/(?:s/)?([^/]+\.[^/]+/.*)$'))[1]
      WHEN host ~ '(^|\.)cdn\.ampproject\.org$' OR host ~ '(^|\.)bing-amp\.com$'
        THEN (regexp_match(path, '^/[a-z]/(?:s/)?([^/]+\.[^/]+/.*)$'))[1]
    END;
    EXIT WHEN inner_url IS NULL;
    url := 'https://' || inner_url || CASE WHEN query = '' THEN '' ELSE '?' || query END;
  END LOOP;
  path := regexp_replace(path, '/+$', '');
  path := regexp_replace(path, '^/amp(/.+)$', '\1');
  path := regexp_replace(path, '^(/.+)/amp$', '\1');
  path := regexp_replace(path, '^(.*[^/])\.amp(\.html?)?$', '\1\2');
  query := (
    SELECT string_agg(p, '&' ORDER BY n)
    FROM regexp_split_to_table(query, '&') WITH ORDINALITY u (p, n)
    WHERE p <> '' AND p !~* ('^(utm_[^=]*|mtm_[^=]*|pk_(campaign|kwd|source|medium|content)|'
      'at_(medium|campaign|custom[0-9]|link_[a-z_]*|format|ptr_[a-z_]*|bbc_team)|fbclid|gclid|'
      'gclsrc|dclid|gbraid|wbraid|msclkid|yclid|ysclid|twclid|ttclid|li_fat_id|igshid|igsh|'
      'mc_cid|mc_eid|_ga|_gl|_hsenc|_hsmi|__hs[a-z]*|hsctatracking|mkt_tok|vero_id|vero_conv|'
      'oly_anon_id|oly_enc_id|ref_src|ref_url|__twitter_impression|__tn__|__xts__[^=]*|cmpid|'
      'ns_[a-z]+|s_cid|wt\.[a-z_]+|xtor|spm|scm|smid|amp|amp_[a-z_]+|usqp|_openstat|'
      'outputtype=amp)(=|$)')
  );
  RETURN host || coalesce(':' || port, '') || path || coalesce('?' || query, '');
END $$;

-- A digest of a text's words: white space, case, and the forms of dashes and quotation marks do not
-- count. Null for a short one: what stands before a paywall is the same on many pages.
CREATE FUNCTION document_text_key(text text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF length(text) < 200 THEN RETURN NULL; END IF;
  text := translate(text,
    E'\t\n\u000b\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008'
    '\u2009\u200a\u2028\u2029\u202f\u205f\u3000'
    '\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067'
    '\u2068\u2069\ufeff',
    repeat(' ', 24));
  text := translate(text, '‘’‚‛′`´“”„‟″«»‹›‐‑‒–—―−',
    repeat('''', 7) || repeat('"', 9) || repeat('-', 7));
  text := btrim(regexp_replace(lower(text COLLATE pg_c_utf8), ' {2,}', ' ', 'g'));
  IF length(text) < 200 THEN RETURN NULL; END IF;
  RETURN encode(sha256(convert_to(text, 'UTF8')), 'hex');
END $$;

-- The 64 least hashes of five words that follow each other: nearly equal texts have most of them in
-- common, so that an index finds them. Of a long text, of its beginning.
CREATE FUNCTION document_text_sketch(text text) RETURNS int[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF length(text) < 200 THEN RETURN NULL; END IF;
  text := lower(left(text, 50000) COLLATE pg_c_utf8);
  -- Chinese and Japanese have no spaces: there each character is a word.
  text := regexp_replace(text, '([\u3040-\u30ff\u3400-\u9fff])', ' \1 ', 'g');
  RETURN (
    SELECT array_agg(hash) FROM (
      SELECT DISTINCT hashtext(concat_ws(' ', w, w2, w3, w4, w5)) AS hash FROM (
        SELECT w, lead(w) OVER o AS w2, lead(w, 2) OVER o AS w3, lead(w, 3) OVER o AS w4,
          lead(w, 4) OVER o AS w5
        FROM (
          SELECT m[1] AS w, n
          FROM regexp_matches(text COLLATE pg_c_utf8, '[[:alnum:]]+', 'g') WITH ORDINALITY u (m, n)
        ) words
        WINDOW o AS (ORDER BY n)
      ) shingles
      WHERE w5 IS NOT NULL
      ORDER BY hash LIMIT 64
    ) least_hashes
    HAVING count(*) >= 20
  );
END $$;
"""

REVERSE = """
DROP FUNCTION document_text_sketch(text);
DROP FUNCTION document_text_key(text);
DROP FUNCTION document_url_key(text);
DROP FUNCTION url_characters(text, text);
DROP FUNCTION url_label(text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claimtracker", "0002_search_text"),
        ("sources", "0025_dates_in_words"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
