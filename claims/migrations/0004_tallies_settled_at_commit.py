import django.db.models.deletion
from django.db import migrations, models

# A command that changes statements leaves one note: which (claim, source) pairs it touched. When
# the transaction commits, a deferred trigger settles all its notes at once, so that tally rows are
# locked last and in one order. docs/decisions/0004 says why, and what else was tried.
FORWARD = """
-- Both hold rows of open transactions only, so that a crash loses nothing with them.
CREATE UNLOGGED TABLE claims_touched (
  xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
  claims bigint[] NOT NULL,
  sources bigint[] NOT NULL
);
CREATE INDEX claims_touched_xact ON claims_touched (xact);
CREATE UNLOGGED TABLE claims_settling (
  xact xid8 PRIMARY KEY DEFAULT pg_current_xact_id(),
  is_last boolean NOT NULL DEFAULT false
);

-- claims[i] and sources[i] are a pair; the source is null where the claim itself was deleted.
CREATE FUNCTION claims_touch(claims bigint[], sources bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF claims IS NOT NULL THEN
    INSERT INTO public.claims_touched (claims, sources) VALUES ($1, $2);
    INSERT INTO public.claims_settling DEFAULT VALUES ON CONFLICT DO NOTHING;
  END IF;
END $$;

-- Only statements that decide something are looked at, and of an update those that are not the
-- same before and after; so a write that changes no position leaves no note.
CREATE FUNCTION claims_note_statements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM public.claims_touch(array_agg(claim_id), array_agg(source_id)) FROM (
      SELECT DISTINCT claim_id, source_id FROM new_rows
      WHERE review_state = 'published' AND stance IN ('asserts', 'denies', 'withdraws')
    ) pair;
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM public.claims_touch(array_agg(claim_id), array_agg(source_id)) FROM (
      SELECT DISTINCT claim_id, source_id FROM old_rows
      WHERE review_state = 'published' AND stance IN ('asserts', 'denies', 'withdraws')
    ) pair;
  ELSE
    PERFORM public.claims_touch(array_agg(claim_id), array_agg(source_id)) FROM (
      SELECT DISTINCT claim_id, source_id FROM (
        SELECT claim_id, source_id FROM (
          SELECT id, claim_id, source_id, stance, said_range, "order", slug FROM old_rows
          WHERE review_state = 'published' AND stance IN ('asserts', 'denies', 'withdraws')
          UNION ALL
          SELECT id, claim_id, source_id, stance, said_range, "order", slug FROM new_rows
          WHERE review_state = 'published' AND stance IN ('asserts', 'denies', 'withdraws')
        ) before_and_after
        GROUP BY id, claim_id, source_id, stance, upper(said_range), "order", slug
        HAVING count(*) = 1
      ) changed
    ) pair;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER note_inserted AFTER INSERT ON claims_statement
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION claims_note_statements();
CREATE TRIGGER note_updated AFTER UPDATE ON claims_statement
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION claims_note_statements();
CREATE TRIGGER note_deleted AFTER DELETE ON claims_statement
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION claims_note_statements();

-- Every claim has a tally as long as it is there.
CREATE FUNCTION claims_keep_a_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO public.claims_tally (claim_id, asserts, denies)
    SELECT id, 0, 0 FROM new_rows ON CONFLICT DO NOTHING;
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM public.claims_touch(array_agg(id), array_agg(NULL::bigint)) FROM old_rows;
  ELSE  -- another id
    INSERT INTO public.claims_tally (claim_id, asserts, denies)
    VALUES (NEW.id, 0, 0) ON CONFLICT DO NOTHING;
    PERFORM public.claims_touch(ARRAY[OLD.id], ARRAY[NULL::bigint]);
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER tally_made AFTER INSERT ON claims_claim
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION claims_keep_a_tally();
CREATE TRIGGER tally_dropped AFTER DELETE ON claims_claim
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION claims_keep_a_tally();
CREATE TRIGGER tally_follows AFTER UPDATE OF id ON claims_claim
  FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION claims_keep_a_tally();

-- TRUNCATE waits for every writer of the table, so that nobody is in the middle of settling.
CREATE FUNCTION claims_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'claims_claim' THEN
    DELETE FROM public.claims_tally;
  ELSE
    DELETE FROM public.claims_position;
    UPDATE public.claims_tally SET asserts = 0, denies = 0 WHERE asserts > 0 OR denies > 0;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER truncated AFTER TRUNCATE ON claims_claim
  FOR EACH STATEMENT EXECUTE FUNCTION claims_truncated();
CREATE TRIGGER truncated AFTER TRUNCATE ON claims_statement
  FOR EACH STATEMENT EXECUTE FUNCTION claims_truncated();

-- Brings the positions of (claim, source) pairs, and the tallies of their claims, up to date.
CREATE FUNCTION claims_retally(claims bigint[], sources bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM public.claims_tally WHERE claim_id = ANY (claims)
  ORDER BY claim_id FOR NO KEY UPDATE;

  -- A new command, so a new snapshot: it sees what was committed while we waited for the lock.
  WITH pair AS MATERIALIZED (
    SELECT DISTINCT claim, source FROM unnest(claims, sources) AS u(claim, source)
  ), held AS MATERIALIZED (
    SELECT pair.claim, pair.source, last.id AS statement, last.stance
    FROM pair CROSS JOIN LATERAL (
      SELECT s.id, s.stance FROM public.claims_statement s
      WHERE s.claim_id = pair.claim AND s.source_id = pair.source
        AND s.review_state = 'published' AND s.stance IN ('asserts', 'denies', 'withdraws')
      ORDER BY upper(s.said_range) DESC NULLS LAST, s."order" DESC, s.slug DESC LIMIT 1
    ) last
    WHERE last.stance <> 'withdraws'
  ), gone AS (
    DELETE FROM public.claims_position p USING pair
    WHERE p.claim_id = pair.claim AND p.source_id = pair.source AND NOT EXISTS (
      SELECT FROM held WHERE held.claim = pair.claim AND held.source = pair.source
    )
  )
  INSERT INTO public.claims_position AS p (claim_id, source_id, statement_id, stance)
  SELECT claim, source, statement, stance FROM held
  ON CONFLICT (claim_id, source_id) DO UPDATE
    SET statement_id = excluded.statement_id, stance = excluded.stance
    WHERE (p.statement_id, p.stance) IS DISTINCT FROM (excluded.statement_id, excluded.stance);

  -- Written even where it stays the same: under REPEATABLE READ, whose snapshot is old, the next
  -- writer then fails and tries again, instead of settling on what it cannot see.
  UPDATE public.claims_tally t SET asserts = counted.asserts, denies = counted.denies
  FROM (
    SELECT touched.claim,
      count(*) FILTER (WHERE p.stance = 'asserts') AS asserts,
      count(*) FILTER (WHERE p.stance = 'denies') AS denies
    FROM (SELECT DISTINCT unnest(claims) AS claim) touched
    LEFT JOIN public.claims_position p ON p.claim_id = touched.claim
    GROUP BY touched.claim
  ) counted
  WHERE t.claim_id = counted.claim;

  DELETE FROM public.claims_tally t WHERE t.claim_id = ANY (claims)
    AND NOT EXISTS (SELECT FROM public.claims_claim c WHERE c.id = t.claim_id);
END $$;

CREATE FUNCTION claims_settle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  all_claims bigint[];
  all_sources bigint[];
BEGIN
  IF NOT NEW.is_last THEN
    -- Go behind the foreign-key checks that wait for COMMIT too: they lock claims and sources,
    -- which one who retires them holds while waiting for a tally.
    UPDATE public.claims_settling SET is_last = true WHERE xact = NEW.xact;
    RETURN NULL;
  END IF;
  DELETE FROM public.claims_settling WHERE xact = NEW.xact;
  WITH note AS (
    DELETE FROM public.claims_touched t WHERE t.xact = NEW.xact RETURNING t.claims, t.sources
  )
  SELECT array_agg(u.claim), array_agg(u.source) INTO all_claims, all_sources
  FROM note CROSS JOIN LATERAL unnest(note.claims, note.sources) AS u(claim, source);
  IF all_claims IS NOT NULL THEN
    PERFORM public.claims_retally(all_claims, all_sources);
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER claims_settle AFTER INSERT OR UPDATE ON claims_settling
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION claims_settle();

-- As before, but in one order: two that retire a claim and a source meet on several statements.
CREATE OR REPLACE FUNCTION claims_retire_statements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'claims_claim' THEN
    UPDATE public.claims_statement SET review_state = 'retired' WHERE id IN (
      SELECT s.id FROM new_rows n JOIN old_rows o USING (id)
      JOIN public.claims_statement s ON s.claim_id = n.id
      WHERE n.review_state = 'retired' AND o.review_state <> 'retired'
        AND s.review_state = 'published'
      ORDER BY s.id FOR NO KEY UPDATE OF s
    );
  ELSE
    UPDATE public.claims_statement SET review_state = 'retired' WHERE id IN (
      SELECT s.id FROM new_rows n JOIN old_rows o USING (id)
      JOIN public.claims_statement s ON s.source_id = n.id
      WHERE n.review_state = 'retired' AND o.review_state <> 'retired'
        AND s.review_state = 'published'
      ORDER BY s.id FOR NO KEY UPDATE OF s
    );
  END IF;
  RETURN NULL;
END $$;

-- What is there already.
INSERT INTO claims_tally (claim_id, asserts, denies) SELECT id, 0, 0 FROM claims_claim;
SELECT claims_retally(array_agg(claim_id), array_agg(source_id))
FROM (SELECT DISTINCT claim_id, source_id FROM claims_statement) pair HAVING count(*) > 0;
"""

BACKWARD = """
CREATE OR REPLACE FUNCTION claims_retire_statements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'claims_claim' THEN
    UPDATE public.claims_statement s SET review_state = 'retired'
    FROM new_rows n JOIN old_rows o USING (id)
    WHERE n.review_state = 'retired' AND o.review_state <> 'retired'
      AND s.claim_id = n.id AND s.review_state = 'published';
  ELSE
    UPDATE public.claims_statement s SET review_state = 'retired'
    FROM new_rows n JOIN old_rows o USING (id)
    WHERE n.review_state = 'retired' AND o.review_state <> 'retired'
      AND s.source_id = n.id AND s.review_state = 'published';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER truncated ON claims_statement;
DROP TRIGGER truncated ON claims_claim;
DROP TRIGGER tally_follows ON claims_claim;
DROP TRIGGER tally_dropped ON claims_claim;
DROP TRIGGER tally_made ON claims_claim;
DROP TRIGGER note_deleted ON claims_statement;
DROP TRIGGER note_updated ON claims_statement;
DROP TRIGGER note_inserted ON claims_statement;
DROP TABLE claims_settling;
DROP TABLE claims_touched;
DROP FUNCTION claims_settle();
DROP FUNCTION claims_retally(bigint[], bigint[]);
DROP FUNCTION claims_truncated();
DROP FUNCTION claims_keep_a_tally();
DROP FUNCTION claims_note_statements();
DROP FUNCTION claims_touch(bigint[], bigint[]);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0003_groups"),
        ("sources", "0003_merged_in_one_hop"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "claim",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="kept_tally",
                        serialize=False,
                        to="claims.claim",
                    ),
                ),
                ("asserts", models.PositiveIntegerField(default=0)),
                ("denies", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name_plural": "tallies",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        models.F("claim"),
                        condition=models.Q(("asserts__gt", 0), ("denies__gt", 0)),
                        name="tally_contested",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Position",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "claim",
                        "source",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="positions",
                        to="claims.claim",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="sources.source",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="claims.statement",
                    ),
                ),
                ("stance", models.CharField(max_length=10)),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(models.F("source"), models.F("claim"), name="position_of_source")
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
