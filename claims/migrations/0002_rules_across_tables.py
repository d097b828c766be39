from django.db import migrations

# Each rule is a foreign key on generated columns, so that it holds against two writers at once:
# the referring column is null where there is nothing to hold.
FORWARD = """
ALTER TABLE claims_claim
  ADD COLUMN is_survivor boolean GENERATED ALWAYS AS (merged_into_id IS NULL) STORED,
  ADD COLUMN merged_needs_survivor boolean
    GENERATED ALWAYS AS (CASE WHEN merged_into_id IS NOT NULL THEN true END) STORED,
  ADD CONSTRAINT claim_id_and_is_survivor UNIQUE (id, is_survivor),
  ADD CONSTRAINT claim_is_merged_in_one_hop
    FOREIGN KEY (merged_into_id, merged_needs_survivor)
    REFERENCES claims_claim (id, is_survivor) DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT claim_id_and_is_public UNIQUE (id, is_public),
  ADD CONSTRAINT claim_id_and_kind UNIQUE (id, kind);

ALTER TABLE claims_statement
  ADD COLUMN needs_public boolean
    GENERATED ALWAYS AS (CASE WHEN review_state = 'published' THEN true END) STORED,
  ADD COLUMN needs_kind varchar(16)
    GENERATED ALWAYS AS (CASE WHEN denies_what = 'proposal' THEN 'demand' END) STORED,
  -- Deferred: retiring a claim or a source retires its statements later in the same command.
  ADD CONSTRAINT statement_published_claim_is_published
    FOREIGN KEY (claim_id, needs_public)
    REFERENCES claims_claim (id, is_public) DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT statement_published_source_is_published
    FOREIGN KEY (source_id, needs_public)
    REFERENCES sources_source (id, is_public) DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT statement_only_of_a_demand_is_a_proposal_denied
    FOREIGN KEY (claim_id, needs_kind)
    REFERENCES claims_claim (id, kind) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE claims_citation
  ADD CONSTRAINT citation_id_and_statement UNIQUE (id, statement_id),
  ADD CONSTRAINT citation_via_is_of_the_same_statement
    FOREIGN KEY (via_id, statement_id)
    REFERENCES claims_citation (id, statement_id) DEFERRABLE INITIALLY DEFERRED;

-- Whether a citation would, through others, be taken from itself.
CREATE FUNCTION citation_via_closes_a_cycle(own_id bigint, via bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (
    WITH RECURSIVE chain(id) AS (
      SELECT via
      UNION
      SELECT c.via_id FROM chain JOIN public.claims_citation c ON c.id = chain.id
      WHERE c.via_id IS NOT NULL AND chain.id <> own_id
    )
    SELECT FROM chain WHERE chain.id = own_id
  );
END $$;

-- source--claim--first possible day[--order], within the 200 characters of a slug: longer ones
-- are cut before the day and keep a digest of what was cut.
CREATE FUNCTION statement_default_slug(source bigint, claim bigint, said text, "order" int)
RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  head text;
  tail text := '--' || coalesce(to_char(lower(public.edtf_range(said)), 'YYYY-MM-DD'), 'undated')
    || CASE WHEN "order" > 0 THEN '--' || "order" ELSE '' END;
BEGIN
  SELECT s.slug || '--' || c.slug INTO head
  FROM public.sources_source s, public.claims_claim c WHERE s.id = source AND c.id = claim;
  IF length(head || tail) > 200 THEN
    head := left(head, 200 - length(tail) - 9) || '-' || left(md5(head), 8);
  END IF;
  RETURN coalesce(head || tail, '');
END $$;

-- Retiring a claim or a source retires its published statements.
CREATE FUNCTION claims_retire_statements() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER retire_statements AFTER UPDATE ON claims_claim
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION claims_retire_statements();
CREATE TRIGGER retire_statements AFTER UPDATE ON sources_source
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION claims_retire_statements();
"""

BACKWARD = """
DROP TRIGGER retire_statements ON sources_source;
DROP TRIGGER retire_statements ON claims_claim;
DROP FUNCTION claims_retire_statements();
DROP FUNCTION statement_default_slug(bigint, bigint, text, int);
DROP FUNCTION citation_via_closes_a_cycle(bigint, bigint);
ALTER TABLE claims_citation
  DROP CONSTRAINT citation_via_is_of_the_same_statement,
  DROP CONSTRAINT citation_id_and_statement;
ALTER TABLE claims_statement
  DROP CONSTRAINT statement_only_of_a_demand_is_a_proposal_denied,
  DROP CONSTRAINT statement_published_source_is_published,
  DROP CONSTRAINT statement_published_claim_is_published,
  DROP COLUMN needs_kind,
  DROP COLUMN needs_public;
ALTER TABLE claims_claim
  DROP CONSTRAINT claim_id_and_kind,
  DROP CONSTRAINT claim_id_and_is_public,
  DROP CONSTRAINT claim_is_merged_in_one_hop,
  DROP CONSTRAINT claim_id_and_is_survivor,
  DROP COLUMN merged_needs_survivor,
  DROP COLUMN is_survivor;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0001_tables"),
        ("sources", "0003_merged_in_one_hop"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
