import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0027_quotes_are_whole_words"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="citation",
            trigger=pgtrigger.compiler.Trigger(
                name="as_line_feeds",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (strpos(NEW.quote, E'\\r') > 0 OR strpos(NEW.prefix, E'\\r') > 0 OR strpos(NEW.suffix, E'\\r') > 0 OR strpos(NEW.translation, E'\\r') > 0 OR strpos(NEW.note, E'\\r') > 0)",
                    func="NEW.quote := replace(replace(NEW.quote, E'\\r\\n', E'\\n'), E'\\r', E'\\n'); NEW.prefix := replace(replace(NEW.prefix, E'\\r\\n', E'\\n'), E'\\r', E'\\n'); NEW.suffix := replace(replace(NEW.suffix, E'\\r\\n', E'\\n'), E'\\r', E'\\n'); NEW.translation := replace(replace(NEW.translation, E'\\r\\n', E'\\n'), E'\\r', E'\\n'); NEW.note := replace(replace(NEW.note, E'\\r\\n', E'\\n'), E'\\r', E'\\n'); RETURN NEW;",
                    hash="74f62065a8d6512c1aacf5c8f1177b0c8c058271",
                    operation='INSERT OR UPDATE OF "quote", "prefix", "suffix", "translation", "note"',
                    pgid="pgtrigger_as_line_feeds_c9e2f",
                    table="claims_citation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="relation",
            trigger=pgtrigger.compiler.Trigger(
                name="as_line_feeds",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (strpos(NEW.rationale, E'\\r') > 0)",
                    func="NEW.rationale := replace(replace(NEW.rationale, E'\\r\\n', E'\\n'), E'\\r', E'\\n'); RETURN NEW;",
                    hash="83bd24bed0d82b8b0b6cbeea3beb5a863014b853",
                    operation='INSERT OR UPDATE OF "rationale"',
                    pgid="pgtrigger_as_line_feeds_b3b0f",
                    table="claims_relation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="statement",
            trigger=pgtrigger.compiler.Trigger(
                name="as_line_feeds",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (strpos(NEW.note, E'\\r') > 0)",
                    func="NEW.note := replace(replace(NEW.note, E'\\r\\n', E'\\n'), E'\\r', E'\\n'); RETURN NEW;",
                    hash="14e17cb1a3993ae5a7e5023596f93328ee17b037",
                    operation='INSERT OR UPDATE OF "note"',
                    pgid="pgtrigger_as_line_feeds_cab4f",
                    table="claims_statement",
                    when="BEFORE",
                ),
            ),
        ),
        # The triggers do it; there is nothing to undo.
        migrations.RunSQL(
            "UPDATE claims_citation SET quote = quote, prefix = prefix, suffix = suffix, translation = translation, note = note "
            "WHERE strpos(quote || prefix || suffix || translation || note, chr(13)) > 0",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "UPDATE claims_relation SET rationale = rationale WHERE strpos(rationale, chr(13)) > 0",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "UPDATE claims_statement SET note = note WHERE strpos(note, chr(13)) > 0",
            migrations.RunSQL.noop,
        ),
    ]
