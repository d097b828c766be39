import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("sources", "0019_search_rewritten"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="source",
            trigger=pgtrigger.compiler.Trigger(
                name="as_line_feeds",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (strpos(NEW.description, E'\\r') > 0)",
                    func="NEW.description := replace(replace(NEW.description, E'\\r\\n', E'\\n'), E'\\r', E'\\n'); RETURN NEW;",
                    hash="51834b6877f27825ded6c2bfc79ad98221666c0f",
                    operation='INSERT OR UPDATE OF "description"',
                    pgid="pgtrigger_as_line_feeds_a7439",
                    table="sources_source",
                    when="BEFORE",
                ),
            ),
        ),
        # The triggers do it; there is nothing to undo.
        migrations.RunSQL(
            "UPDATE sources_source SET description = description "
            "WHERE strpos(description, chr(13)) > 0",
            migrations.RunSQL.noop,
        ),
    ]
