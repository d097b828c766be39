import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# A command that changes rows notes how each was before, once a transaction. When the transaction
# commits, a deferred trigger compares that with what has become of them, and appends to the feed
# what readers saw change, one transaction after the other, so that the order of the entries is
# that of the commits. docs/decisions/0011 says why, and what else was considered.

# What is kept of how a row was: names, and columns.
CURATED = {"slug": "slug", "public": "is_public", "known": "was_public"}
MERGEABLE = CURATED | {"into": "merged_into_id"}
# Of each table: how its rows are called, what is kept of how they were, and its other columns that
# readers see, by the names under which they see them. A row that never was public is noted only
# where what readers see of others may depend on it.
TABLES = {
    "sources_source": (
        "source",
        MERGEABLE,
        ["kind", "name", "aliases", "wikidata_id", "description"],
    ),
    "sources_document": (
        "document",
        # Who published it is seen where that source is public.
        MERGEABLE | {"publisher": "publisher_id"},
        {
            **{name: name for name in ("kind", "title", "published", "retracted", "language")},
            **{name: name for name in ("retrieved", "archived_url", "sha256")},
            "url": "link",
        },
    ),
    "sources_affiliation": (
        "affiliation",
        {"member": "member_id", "body": "body_id", "role": "role", "since": "since"},
        ["until", "speaks_for"],
    ),
    "claims_topic": ("topic", {"slug": "slug"}, ["name"]),
    "claims_claim": ("claim", MERGEABLE, ["kind", "text", "language"]),
    "claims_claim_topics": ("filing", {"claim": "claim_id", "topic": "topic_id"}, []),
    "claims_relation": (
        "relation",
        {"from": "from_claim_id", "kind": "kind", "to": "to_claim_id"},
        ["rationale"],
    ),
    "claims_statement": (
        "statement",
        CURATED | {"claim": "claim_id", "source": "source_id"},
        {
            "claim_id": "claim",
            "source_id": "source",
            **{name: name for name in ("stance", "denies_what", "said", "order", "occasion")},
            **{name: name for name in ("personal_capacity", "note")},
        },
    ),
    "claims_citation": (
        "citation",
        {"statement": "statement_id", "document": "document_id", "via": "via_id"},
        ["manner", "quote", "prefix", "suffix", "locator", "language", "translation"]
        + ["as_named", "note"],
    ),
}


# A citation is no news beside that of its statement, which the same transaction makes.
NEWS = {
    "citation": """AND NOT EXISTS (
      SELECT FROM public.claims_changing s WHERE s.xact = pg_current_xact_id()
        AND s.kind = 'statement' AND s.id = n.statement_id AND s.before IS NULL
      OFFSET 0  -- one look for each, whatever is planned for
    )"""
}


def image(kept, alias):
    """Return, in SQL, what is kept of how a row was."""
    pairs = ", ".join(f"'{name}', {alias}.{column}" for name, column in kept.items())
    return f"jsonb_build_object({pairs})"


def noting(table):
    """Return the SQL of the triggers that note how the rows of a table were."""
    name, kept, seen = TABLES[table]
    seen = seen if isinstance(seen, dict) else {column: column for column in seen}
    known = "{0}.was_public" if "known" in kept else "true"
    changed = (
        "array_remove(ARRAY["
        + ", ".join(
            f"""CASE WHEN o."{column}" IS DISTINCT FROM n."{column}" THEN '{shown}' END"""
            for column, shown in seen.items()
        )
        + "]::text[], NULL)"
    )
    every = f"ARRAY[{', '.join(repr(shown) for shown in seen.values())}]::text[]"
    columns = list(kept.values())
    old = ", ".join(f'o."{column}"' for column in columns)
    new = ", ".join(f'n."{column}"' for column in columns)
    return f"""
CREATE FUNCTION claims_note_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO public.claims_changing AS g (kind, id)
    SELECT '{name}', n.id FROM new_rows n WHERE {known.format("n")} {NEWS.get(name, "")}
    -- It was there, and had been deleted.
    ON CONFLICT (xact, kind, id) DO UPDATE SET fields = {every};
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO public.claims_changing AS g (kind, id, before, fields)
    SELECT '{name}', o.id, {image(kept, "o")}, c.fields
    FROM old_rows o JOIN new_rows n USING (id)
    CROSS JOIN LATERAL (SELECT {changed} AS fields) c
    WHERE {known.format("n")} AND (c.fields <> '{{}}' OR ROW({old}) IS DISTINCT FROM ROW({new}))
    ON CONFLICT (xact, kind, id) DO UPDATE SET fields = g.fields || excluded.fields;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.claims_changing (kind, id, before)
    SELECT '{name}', o.id, {image(kept, "o")} FROM old_rows o WHERE {known.format("o")}
    ON CONFLICT DO NOTHING;
  ELSE
    INSERT INTO public.claims_changing (kind, id, before)
    SELECT '{name}', o.id, {image(kept, "o")} FROM public.{table} o WHERE {known.format("o")}
    ON CONFLICT DO NOTHING;
  END IF;
  IF FOUND THEN
    INSERT INTO public.claims_announcing DEFAULT VALUES ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER announce_inserted AFTER INSERT ON {table}
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION claims_note_{name}();
CREATE TRIGGER announce_updated AFTER UPDATE ON {table}
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION claims_note_{name}();
CREATE TRIGGER announce_deleted AFTER DELETE ON {table}
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION claims_note_{name}();
CREATE TRIGGER announce_truncated BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION claims_note_{name}();
"""


def also(name, table, found, *, fields="'{}'::text[]"):
    """Return the SQL that notes further rows of a table ``r``, which are as they were."""
    kept = TABLES[table][1]
    known = "AND r.was_public" if "known" in kept else ""
    return f"""
  INSERT INTO public.claims_changing AS g (kind, id, before, fields)
  SELECT '{name}', r.id, {image(kept, "r")}, {fields}
  FROM public.{table} r WHERE r.id IN ({found}) {known}
  ON CONFLICT (xact, kind, id) DO UPDATE SET fields = g.fields || excluded.fields;
"""


def flipped(name, table):
    """Return the ids of noted rows that were there and are public now and were not, or were."""
    return (
        f"SELECT g.id FROM public.claims_changing g LEFT JOIN public.{table} x ON x.id = g.id "
        f"WHERE g.xact = tx AND g.kind = '{name}' AND g.before IS NOT NULL "
        "AND (g.before ->> 'public')::boolean IS DISTINCT FROM coalesce(x.is_public, false)"
    )


def note_of(name, key, alias):
    """Return the join of the note of a row, if there is one."""
    return (
        f"LEFT JOIN public.claims_changing {alias} "
        f"ON {alias}.xact = tx AND {alias}.kind = '{name}' AND {alias}.id = {key}"
    )


def was_public(row, note):
    """Return whether a row was public before, by itself and its note."""
    return (
        f"CASE WHEN {note}.id IS NULL THEN coalesce({row}.is_public, false) "
        f"ELSE coalesce(({note}.before ->> 'public')::boolean, false) END"
    )


def slug_of(row, note):
    return f"coalesce({row}.slug, {note}.before ->> 'slug')"


# Topics that a claim has and had not, or had and has not.
REFILED = """
    SELECT claim FROM (
      SELECT (g.before ->> 'claim')::bigint AS claim, (g.before ->> 'topic')::bigint AS topic,
        1 AS side
      FROM public.claims_changing g
      WHERE g.xact = tx AND g.kind = 'filing' AND g.before IS NOT NULL
      UNION ALL
      SELECT f.claim_id, f.topic_id, -1
      FROM public.claims_changing g JOIN public.claims_claim_topics f ON f.id = g.id
      WHERE g.xact = tx AND g.kind = 'filing'
    ) filing GROUP BY claim, topic HAVING sum(side) <> 0
"""

# Statements of which a citation that readers see changed, came or went. Of those that the
# transaction made itself nobody asks.
RECITED = f"""
    SELECT unnest(CASE
      WHEN seen_before AND seen_now AND was_of = is_of THEN
        CASE WHEN fields <> '{{}}' OR was_in <> is_in OR was_via IS DISTINCT FROM is_via
          THEN ARRAY[is_of] END
      ELSE array_remove(
        ARRAY[CASE WHEN seen_before THEN was_of END, CASE WHEN seen_now THEN is_of END], NULL)
      END)
    FROM (
      SELECT g.fields, c.statement_id AS is_of, c.document_id AS is_in,
        (g.before ->> 'statement')::bigint AS was_of, (g.before ->> 'document')::bigint AS was_in,
        coalesce(d.is_public, false) AS seen_now,
        g.before IS NOT NULL AND {was_public("od", "odg")} AS seen_before,
        CASE WHEN vd.is_public THEN c.via_id END AS is_via,
        CASE WHEN {was_public("ovd", "ovdg")} THEN (g.before ->> 'via')::bigint END AS was_via
      FROM public.claims_changing g
      LEFT JOIN public.claims_citation c ON c.id = g.id
      LEFT JOIN public.sources_document d ON d.id = c.document_id
      LEFT JOIN public.claims_citation v ON v.id = c.via_id
      LEFT JOIN public.sources_document vd ON vd.id = v.document_id
      LEFT JOIN public.sources_document od ON od.id = (g.before ->> 'document')::bigint
      {note_of("document", "(g.before ->> 'document')::bigint", "odg")}
      LEFT JOIN public.claims_citation ov ON ov.id = (g.before ->> 'via')::bigint
      {note_of("citation", "(g.before ->> 'via')::bigint", "ovg")}
      LEFT JOIN public.sources_document ovd
        ON ovd.id = coalesce((ovg.before ->> 'document')::bigint, ov.document_id)
      {note_of("document", "coalesce((ovg.before ->> 'document')::bigint, ov.document_id)", "ovdg")}
      {note_of("statement", "c.statement_id", "sg")}
      WHERE g.xact = tx AND g.kind = 'citation'
        AND (g.before IS NOT NULL OR sg.id IS NULL OR sg.before IS NOT NULL)
    ) citation
"""


def curated(name, table, *, about="NULL::jsonb", joins="", fields="g.fields"):
    """Return the entries of the noted rows of a table that may be public by themselves."""
    merges = "into" in TABLES[table][1]
    survivors = (
        f"""
      LEFT JOIN public.{table} s ON s.id = r.merged_into_id AND s.is_public AND r.was_public
      LEFT JOIN public.{table} o ON o.id = (g.before ->> 'into')::bigint
      {note_of(name, "o.id", "og")}"""
        if merges
        else ""
    )
    is_into = "s.slug" if merges else "NULL::varchar"
    was_into = (
        f"CASE WHEN (g.before ->> 'known')::boolean AND {was_public('o', 'og')} THEN o.slug END"
        if merges
        else "NULL::varchar"
    )
    return f"""
    SELECT '{name}' AS kind, id, slug, fields, is_into AS survivor, about, CASE
      WHEN seen_now THEN CASE
        WHEN seen_before THEN CASE WHEN fields <> '{{}}' THEN 'corrected' END
        WHEN was_into IS NOT NULL THEN 'unmerged' ELSE 'published' END
      WHEN is_into IS NOT NULL THEN CASE WHEN is_into IS DISTINCT FROM was_into THEN 'merged' END
      WHEN seen_before OR was_into IS NOT NULL THEN 'retired' END AS change
    FROM (
      SELECT g.id, coalesce(r.slug, g.before ->> 'slug') AS slug, {fields} AS fields,
        {about} AS about, coalesce(r.is_public, false) AS seen_now,
        coalesce((g.before ->> 'public')::boolean, false) AS seen_before,
        {is_into} AS is_into, {was_into} AS was_into
      FROM public.claims_changing g LEFT JOIN public.{table} r ON r.id = g.id {survivors} {joins}
      WHERE g.xact = tx AND g.kind = '{name}'
    ) row
"""


# A row that is known by other names than before is another one to readers.
def named(name, found):
    """Return the entries of rows that are public where others are, and known by what they name."""
    return f"""
    SELECT '{name}', id, each.slug, each.fields, NULL, each.about, each.change
    FROM ({found}) row CROSS JOIN LATERAL (
      SELECT was_slug AS slug, was_about AS about, '{{}}'::text[] AS fields, 'retired' AS change
      WHERE seen_before AND NOT (seen_now AND (was_slug, was_about) = (is_slug, is_about))
      UNION ALL
      SELECT is_slug, is_about, '{{}}', 'published'
      WHERE seen_now AND NOT (seen_before AND (was_slug, was_about) = (is_slug, is_about))
      UNION ALL
      SELECT is_slug, is_about, fields, 'corrected'
      WHERE seen_now AND seen_before AND (was_slug, was_about) = (is_slug, is_about)
        AND fields <> '{{}}'
    ) each
"""


def between(name, table, ends, of, of_table, about):
    """Return the entries of rows that are public where both ends are.

    ``ends`` are the two ends, by what is kept of them and their columns, ``about`` what names such
    a row, in SQL with the places of the slugs of its ends and of the row itself.
    """
    (one, one_column), (other, other_column) = ends
    joins = ""
    for alias, key in (
        ("a", f"r.{one_column}"),
        ("b", f"r.{other_column}"),
        ("oa", f"(g.before ->> '{one}')::bigint"),
        ("ob", f"(g.before ->> '{other}')::bigint"),
    ):
        joins += f"\n      LEFT JOIN public.{of_table} {alias} ON {alias}.id = {key}"
        if alias.startswith("o"):
            joins += f"\n      {note_of(of, key, f'{alias}g')}"
    was = {f"r.{column}": f"g.before ->> '{kept}'" for kept, column in TABLES[table][1].items()}
    before = about
    for now, then in was.items():
        before = before.replace(now, then)
    return named(
        name,
        f"""
      SELECT g.id, g.fields, ''::text AS was_slug, ''::text AS is_slug,
        {before.format(slug_of("oa", "oag"), slug_of("ob", "obg"))} AS was_about,
        {about.format("a.slug", "b.slug")} AS is_about,
        coalesce(a.is_public AND b.is_public, false) AS seen_now,
        g.before IS NOT NULL AND {was_public("oa", "oag")} AND {was_public("ob", "obg")}
          AS seen_before
      FROM public.claims_changing g LEFT JOIN public.{table} r ON r.id = g.id {joins}
      WHERE g.xact = tx AND g.kind = '{name}'
    """,
    )


TOPICS = named(
    "topic",
    f"""
      SELECT g.id, g.fields, g.before ->> 'slug' AS was_slug, r.slug AS is_slug,
        '{{}}'::jsonb AS was_about, '{{}}'::jsonb AS is_about,
        EXISTS (
          SELECT FROM public.claims_claim_topics f JOIN public.claims_claim c ON c.id = f.claim_id
          WHERE f.topic_id = r.id AND c.is_public
        ) AS seen_now,
        g.before IS NOT NULL AND (EXISTS (
          SELECT FROM public.claims_claim_topics f JOIN public.claims_claim c ON c.id = f.claim_id
          {note_of("claim", "c.id", "cg")}
          {note_of("filing", "f.id", "fg")}
          WHERE f.topic_id = r.id AND fg.id IS NULL AND {was_public("c", "cg")}
        ) OR EXISTS (
          SELECT FROM public.claims_changing fg
          LEFT JOIN public.claims_claim c ON c.id = (fg.before ->> 'claim')::bigint
          {note_of("claim", "(fg.before ->> 'claim')::bigint", "cg")}
          WHERE fg.xact = tx AND fg.kind = 'filing' AND (fg.before ->> 'topic')::bigint = g.id
            AND {was_public("c", "cg")}
        )) AS seen_before
      FROM public.claims_changing g LEFT JOIN public.claims_topic r ON r.id = g.id
      WHERE g.xact = tx AND g.kind = 'topic'
    """,
)

RELATION = "jsonb_build_object('from_claim', {}, 'kind', r.kind, 'to_claim', {})"
AFFILIATION = (
    "jsonb_build_object('member', {}, 'body', {}, 'role', r.role, 'since', nullif(r.since, ''))"
)

# What readers see of other rows changes with a source, a claim or a document that is public now, or
# no longer, and with what a row was merged into.
FLIPPED_SOURCES = flipped("source", "sources_source")
FLIPPED_CLAIMS = flipped("claim", "claims_claim")
FURTHER = "".join(
    [
        also(
            "document",
            "sources_document",
            f"SELECT d.id FROM public.sources_document d WHERE d.publisher_id IN ({FLIPPED_SOURCES})",
        ),
        also(
            "affiliation",
            "sources_affiliation",
            f"WITH s AS MATERIALIZED ({FLIPPED_SOURCES}) "
            "SELECT a.id FROM s JOIN public.sources_affiliation a ON a.member_id = s.id UNION "
            "SELECT a.id FROM s JOIN public.sources_affiliation a ON a.body_id = s.id",
        ),
        also(
            "relation",
            "claims_relation",
            f"WITH c AS MATERIALIZED ({FLIPPED_CLAIMS}) "
            "SELECT l.id FROM c JOIN public.claims_relation l ON l.from_claim_id = c.id UNION "
            "SELECT l.id FROM c JOIN public.claims_relation l ON l.to_claim_id = c.id",
        ),
        also(
            "topic",
            "claims_topic",
            "SELECT f.topic_id FROM public.claims_claim_topics f "
            f"WHERE f.claim_id IN ({FLIPPED_CLAIMS}) UNION "
            "SELECT f.topic_id FROM public.claims_changing g "
            "JOIN public.claims_claim_topics f ON f.id = g.id "
            "WHERE g.xact = tx AND g.kind = 'filing' UNION "
            "SELECT (g.before ->> 'topic')::bigint FROM public.claims_changing g "
            "WHERE g.xact = tx AND g.kind = 'filing' AND g.before IS NOT NULL",
        ),
        also("claim", "claims_claim", REFILED, fields="ARRAY['topics']"),
        also(
            "citation",
            "claims_citation",
            "SELECT c.id FROM public.claims_citation c "
            f"WHERE c.document_id IN ({flipped('document', 'sources_document')})",
        ),
        also("statement", "claims_statement", RECITED, fields="ARRAY['citations']"),
        *(
            also(
                name,
                table,
                f"SELECT m.id FROM public.{table} m "
                f"WHERE m.merged_into_id IN ({flipped(name, table)})",
            )
            for name, table in (
                ("source", "sources_source"),
                ("document", "sources_document"),
                ("claim", "claims_claim"),
            )
        ),
    ]
)
PUBLISHER = "(g.before ->> 'publisher')::bigint"
OF_CLAIM = "coalesce(r.claim_id, (g.before ->> 'claim')::bigint)"
OF_SOURCE = "coalesce(r.source_id, (g.before ->> 'source')::bigint)"
ENTRIES = "    UNION ALL".join(
    [
        curated("source", "sources_source"),
        curated(
            "document",
            "sources_document",
            fields="g.fields || CASE WHEN (CASE WHEN p.is_public THEN p.id END) IS DISTINCT FROM "
            f"(CASE WHEN {was_public('op', 'opg')} THEN {PUBLISHER} END) "
            "THEN ARRAY['publisher'] END",
            joins=f"""
      LEFT JOIN public.sources_source p ON p.id = r.publisher_id
      LEFT JOIN public.sources_source op ON op.id = {PUBLISHER}
      {note_of("source", PUBLISHER, "opg")}""",
        ),
        curated("claim", "claims_claim"),
        curated(
            "statement",
            "claims_statement",
            about=f"jsonb_build_object('claim', {slug_of('c', 'cg')}, "
            f"'source', {slug_of('w', 'wg')})",
            joins=f"""
      LEFT JOIN public.claims_claim c ON c.id = {OF_CLAIM}
      {note_of("claim", OF_CLAIM, "cg")}
      LEFT JOIN public.sources_source w ON w.id = {OF_SOURCE}
      {note_of("source", OF_SOURCE, "wg")}""",
        ),
        between(
            "relation",
            "claims_relation",
            [("from", "from_claim_id"), ("to", "to_claim_id")],
            "claim",
            "claims_claim",
            RELATION,
        ),
        between(
            "affiliation",
            "sources_affiliation",
            [("member", "member_id"), ("body", "body_id")],
            "source",
            "sources_source",
            AFFILIATION,
        ),
        TOPICS,
    ]
)

FORWARD = f"""
-- How rows were before the open transaction changed them, and the transactions that did; a crash
-- loses nothing with them. Before is null where the transaction made the row.
CREATE UNLOGGED TABLE claims_changing (
  xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
  kind text NOT NULL,
  id bigint NOT NULL,
  before jsonb,
  fields text[] NOT NULL DEFAULT '{{}}',
  PRIMARY KEY (xact, kind, id)
);
CREATE UNLOGGED TABLE claims_announcing (
  xact xid8 PRIMARY KEY DEFAULT pg_current_xact_id(),
  turn smallint NOT NULL DEFAULT 1
);
-- One row: the number of the last entry. Who holds it is the next to commit.
CREATE TABLE claims_announced (last bigint NOT NULL);
INSERT INTO claims_announced VALUES (0);

{"".join(noting(table) for table in TABLES)}

-- Appends to the feed what became of the noted rows. Numbers follow on one another without a gap,
-- also where a transaction is undone: they tell how much was published and nothing else.
CREATE FUNCTION claims_announce(tx xid8) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  before_them bigint;
  many bigint;
  planned text := current_setting('plan_cache_mode');
BEGIN
  -- Written also where nothing is appended: under REPEATABLE READ, whose snapshot is old, the next
  -- one then fails and tries again, instead of comparing with what it cannot see.
  UPDATE public.claims_announced SET last = last RETURNING last INTO before_them;

  -- Of many, plans are made for as many: those that are kept were made for a few, and go through
  -- all for each.
  SELECT count(*) INTO many
  FROM (SELECT FROM public.claims_changing WHERE xact = tx LIMIT 101) noted;
  IF many > 100 THEN
    ANALYZE public.claims_changing;
    PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);
  END IF;

  -- New commands, so new snapshots: they see all that was committed while we waited.
{FURTHER}
  -- What goes comes first, as another may have its name since; what is referred to comes before
  -- what refers to it.
  INSERT INTO public.claims_change (id, at, change, kind, slug, fields, survivor, about)
  SELECT before_them + row_number() OVER (
      ORDER BY CASE change
        WHEN 'retired' THEN -array_position(turn, kind)
        WHEN 'merged' THEN 9
        ELSE array_position(turn, kind) END, entry.id, change
    ), now(), change, kind, coalesce(slug, ''),
    CASE change WHEN 'corrected'
      THEN ARRAY(SELECT DISTINCT unnest(fields) AS field ORDER BY field) ELSE '{{}}' END,
    CASE change WHEN 'merged' THEN survivor ELSE '' END, nullif(about, '{{}}')
  FROM (
{ENTRIES}
  ) entry,
  (SELECT ARRAY['topic', 'source', 'affiliation', 'document', 'claim', 'relation', 'statement'])
    AS turns (turn)
  WHERE change IS NOT NULL;
  GET DIAGNOSTICS many = ROW_COUNT;

  IF many > 0 THEN
    PERFORM public.claims_file_changes(before_them);
    -- A statement that was moved concerns where it was, and a claim the topics that it had.
    INSERT INTO public.claims_changesubject (kind, slug, change_id)
    SELECT 'claim', c.slug, e.id
    FROM public.claims_change e JOIN public.claims_statement s ON s.slug = e.slug
    {note_of("statement", "s.id", "g")}
    JOIN public.claims_claim c ON c.id = (g.before ->> 'claim')::bigint AND c.id <> s.claim_id
    WHERE e.id > before_them AND e.kind = 'statement' AND c.was_public
    UNION ALL
    SELECT 'source', w.slug, e.id
    FROM public.claims_change e JOIN public.claims_statement s ON s.slug = e.slug
    {note_of("statement", "s.id", "g")}
    JOIN public.sources_source w ON w.id = (g.before ->> 'source')::bigint AND w.id <> s.source_id
    WHERE e.id > before_them AND e.kind = 'statement' AND w.was_public
    UNION ALL
    SELECT 'topic', slug_of.slug, e.id
    FROM public.claims_change e JOIN public.claims_claim c ON c.slug = e.slug
    JOIN public.claims_changing g
      ON g.xact = tx AND g.kind = 'filing' AND (g.before ->> 'claim')::bigint = c.id
    {note_of("topic", "(g.before ->> 'topic')::bigint", "tg")}
    LEFT JOIN public.claims_topic t ON t.id = (g.before ->> 'topic')::bigint
    CROSS JOIN LATERAL (SELECT {slug_of("t", "tg")} AS slug) slug_of
    WHERE e.id > before_them AND e.kind = 'claim' AND e.change <> 'published'
    ON CONFLICT DO NOTHING;
    UPDATE public.claims_announced SET last = before_them + many;
  END IF;
  DELETE FROM public.claims_changing WHERE xact = tx;
  PERFORM set_config('plan_cache_mode', planned, true);
END $$;

-- Files the entries above a number under the claims, sources and topics that they concern.
CREATE FUNCTION claims_file_changes(above bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO public.claims_changesubject (kind, slug, change_id)
  WITH entry AS MATERIALIZED (SELECT * FROM public.claims_change WHERE id > above),
  concerned AS (
    SELECT 'claim' AS kind, about ->> 'claim' AS slug, id FROM entry WHERE kind = 'statement'
    UNION ALL
    SELECT 'source', about ->> 'source', id FROM entry WHERE kind = 'statement'
    UNION ALL
    SELECT kind, slug, id FROM entry WHERE kind IN ('claim', 'source', 'topic')
    UNION ALL
    SELECT kind, survivor, id FROM entry WHERE kind IN ('claim', 'source') AND survivor <> ''
    UNION ALL
    SELECT 'claim', about ->> 'from_claim', id FROM entry WHERE kind = 'relation'
    UNION ALL
    SELECT 'claim', about ->> 'to_claim', id FROM entry WHERE kind = 'relation'
    UNION ALL
    SELECT 'source', about ->> 'member', id FROM entry WHERE kind = 'affiliation'
    UNION ALL
    SELECT 'source', about ->> 'body', id FROM entry WHERE kind = 'affiliation'
  )
  SELECT * FROM (
    SELECT kind, slug, id FROM concerned
    UNION ALL
    SELECT 'topic', t.slug, e.id
    FROM entry e
    JOIN public.claims_claim c
      ON c.slug = CASE e.kind WHEN 'claim' THEN e.slug ELSE e.about ->> 'claim' END
    JOIN public.claims_claim_topics f ON f.claim_id = c.id
    JOIN public.claims_topic t ON t.id = f.topic_id
    WHERE e.kind IN ('claim', 'statement')
  ) filed
  ORDER BY kind, slug, id
  ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION claims_announce_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Go behind the tallies, which go behind the checks of foreign keys: who holds the number of the
  -- last entry waits for nobody.
  IF NEW.turn < 3 THEN
    UPDATE public.claims_announcing SET turn = turn + 1 WHERE xact = NEW.xact;
  ELSE
    DELETE FROM public.claims_announcing WHERE xact = NEW.xact;
    PERFORM public.claims_announce(NEW.xact);
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER claims_announce AFTER INSERT OR UPDATE ON claims_announcing
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION claims_announce_at_commit();

-- Emptied with all else, as by flush, it does not tell of that.
CREATE FUNCTION claims_changes_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM public.claims_changing WHERE xact = pg_current_xact_id_if_assigned();
  RETURN NULL;
END $$;
CREATE TRIGGER truncated AFTER TRUNCATE ON claims_change
  FOR EACH STATEMENT EXECUTE FUNCTION claims_changes_truncated();

-- What is public already, each since it has been, as the history knows it.
CREATE TEMPORARY TABLE public_since ON COMMIT DROP AS
  SELECT 'source' AS kind, id, slug, NULL::jsonb AS about, first_public_at AS at
  FROM sources_source WHERE is_public
  UNION ALL
  SELECT 'document', id, slug, NULL, first_public_at FROM sources_document WHERE is_public
  UNION ALL
  SELECT 'claim', id, slug, NULL, first_public_at FROM claims_claim WHERE is_public
  UNION ALL
  SELECT 'statement', s.id, s.slug, jsonb_build_object('claim', c.slug, 'source', w.slug),
    s.first_public_at
  FROM claims_statement s JOIN claims_claim c ON c.id = s.claim_id
  JOIN sources_source w ON w.id = s.source_id WHERE s.is_public
  UNION ALL
  SELECT 'relation', r.id, '', {RELATION.format("a.slug", "b.slug")},
    greatest(a.first_public_at, b.first_public_at, (
      SELECT min(e.pgh_created_at) FROM claims_relationevent e WHERE e.pgh_obj_id = r.id))
  FROM claims_relation r JOIN claims_claim a ON a.id = r.from_claim_id
  JOIN claims_claim b ON b.id = r.to_claim_id WHERE a.is_public AND b.is_public
  UNION ALL
  SELECT 'affiliation', r.id, '', {AFFILIATION.format("a.slug", "b.slug")},
    greatest(a.first_public_at, b.first_public_at, (
      SELECT min(e.pgh_created_at) FROM sources_affiliationevent e WHERE e.pgh_obj_id = r.id))
  FROM sources_affiliation r JOIN sources_source a ON a.id = r.member_id
  JOIN sources_source b ON b.id = r.body_id WHERE a.is_public AND b.is_public
  UNION ALL
  SELECT 'topic', t.id, t.slug, NULL, min(greatest(c.first_public_at, (
      SELECT min(e.pgh_created_at) FROM claims_claimtopicevent e WHERE e.pgh_obj_id = f.id)))
  FROM claims_topic t JOIN claims_claim_topics f ON f.topic_id = t.id
  JOIN claims_claim c ON c.id = f.claim_id WHERE c.is_public GROUP BY t.id;

INSERT INTO claims_change (id, at, change, kind, slug, fields, survivor, about)
SELECT row_number() OVER (ORDER BY at, array_position(
    ARRAY['topic', 'source', 'affiliation', 'document', 'claim', 'relation', 'statement'], kind
  ), id), at, 'published', kind, slug, '{{}}', '', about
FROM public_since;
DROP TABLE public_since;
SELECT claims_file_changes(0);
UPDATE claims_announced SET last = (SELECT count(*) FROM claims_change);

-- From now on nobody writes it but the above.
CREATE FUNCTION claims_changes_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() = 1 THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation',
      CONSTRAINT = 'change_is_written_by_the_database', TABLE = TG_TABLE_NAME,
      MESSAGE = format(
        'row of "%s" violates "change_is_written_by_the_database"', TG_TABLE_NAME);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER changes_stay BEFORE INSERT OR UPDATE OR DELETE ON claims_change
  FOR EACH STATEMENT EXECUTE FUNCTION claims_changes_stay();
CREATE TRIGGER changes_stay BEFORE INSERT OR UPDATE OR DELETE ON claims_changesubject
  FOR EACH STATEMENT EXECUTE FUNCTION claims_changes_stay();
"""

BACKWARD = (
    "".join(
        f"""
DROP TRIGGER announce_inserted ON {table};
DROP TRIGGER announce_updated ON {table};
DROP TRIGGER announce_deleted ON {table};
DROP TRIGGER announce_truncated ON {table};
DROP FUNCTION claims_note_{name}();
"""
        for table, (name, _, _) in TABLES.items()
    )
    + """
DROP TRIGGER changes_stay ON claims_changesubject;
DROP TRIGGER changes_stay ON claims_change;
DROP TRIGGER truncated ON claims_change;
DROP TABLE claims_announced;
DROP TABLE claims_announcing;
DROP TABLE claims_changing;
DROP FUNCTION claims_changes_stay();
DROP FUNCTION claims_changes_truncated();
DROP FUNCTION claims_announce_at_commit();
DROP FUNCTION claims_announce(xid8);
DROP FUNCTION claims_file_changes(bigint);
"""
)


class Migration(migrations.Migration):
    dependencies = [("claims", "0018_first_public_at")]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "change",
                    models.CharField(
                        choices=[
                            ("published", "Published"),
                            ("corrected", "Corrected"),
                            ("retired", "Retired"),
                            ("merged", "Merged"),
                            ("unmerged", "Unmerged"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("claim", "Claim"),
                            ("statement", "Statement"),
                            ("source", "Source"),
                            ("document", "Document"),
                            ("relation", "Relation"),
                            ("affiliation", "Affiliation"),
                            ("topic", "Topic"),
                        ],
                        max_length=11,
                    ),
                ),
                ("slug", models.CharField(blank=True, max_length=200)),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("survivor", models.CharField(blank=True, max_length=200)),
                ("about", models.JSONField(null=True)),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        models.F("kind"),
                        models.F("change"),
                        models.F("id"),
                        name="change_of_kind",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ChangeSubject",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "kind",
                        "slug",
                        "change",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=11)),
                ("slug", models.CharField(max_length=200)),
                (
                    "change",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="subjects",
                        to="claims.change",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
