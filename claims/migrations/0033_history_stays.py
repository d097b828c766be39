from django.db import migrations

# What has a history, and the tables of its events.
TRACKED = [
    *("sources_source", "sources_affiliation", "sources_document"),
    *("claims_topic", "claims_claim", "claims_claim_topics", "claims_relation"),
    *("claims_statement", "claims_citation", "claims_proposal", "claims_merge"),
    "claims_different",
]
EVENTS = [
    *("sources_sourceevent", "sources_affiliationevent", "sources_documentevent"),
    *("claims_topicevent", "claims_claimevent", "claims_claimtopicevent", "claims_relationevent"),
    *("claims_statementevent", "claims_citationevent", "claims_proposalevent"),
    *("claims_mergeevent", "claims_differentevent"),
]
KEPT = [*TRACKED, *EVENTS, "pghistory_context", "claims_change", "claims_changesubject"]

FUNCTIONS = """
CREATE FUNCTION claimtracker_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- "flush" says so, in the transaction in which it empties all tables.
  IF coalesce(current_setting('claimtracker.may_truncate', true), '') <> 'on' THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'history_is_not_truncated',
      TABLE = TG_TABLE_NAME,
      MESSAGE = format('TRUNCATE of "%s" violates "history_is_not_truncated"', TG_TABLE_NAME),
      DETAIL = 'It would leave no trace.';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION claimtracker_context_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- While a transaction goes on, more becomes known of what it does, such as the reason.
  IF TG_OP = 'UPDATE' AND OLD.created_at = now() AND NEW.id = OLD.id
    AND NEW.created_at = OLD.created_at
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'history_context_stays',
    TABLE = TG_TABLE_NAME,
    MESSAGE = 'row of "pghistory_context" violates "history_context_stays"',
    DETAIL = 'It says who did what and why.';
END $$;

CREATE TRIGGER context_stays BEFORE UPDATE OR DELETE ON pghistory_context
  FOR EACH ROW EXECUTE FUNCTION claimtracker_context_stays();
"""
BACK = """
DROP TRIGGER context_stays ON pghistory_context;
DROP FUNCTION claimtracker_context_stays();
DROP FUNCTION claimtracker_refuse_truncate() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0032_names_are_tidied"),
        ("sources", "0023_names_are_tidied"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, BACK),
        migrations.RunSQL(
            "".join(
                f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION claimtracker_refuse_truncate();\n"
                for table in KEPT
            ),
            migrations.RunSQL.noop,
        ),
    ]
