import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# The type of a column that a generated one is made of can't change.
DROP_SEARCH = "ALTER TABLE claims_claim DROP COLUMN search;"
ADD_SEARCH = """
ALTER TABLE claims_claim ADD COLUMN search tsvector GENERATED ALWAYS AS (
  search_vector(language, text) || search_place(id, language)
) STORED;
CREATE INDEX claim_search ON claims_claim USING gin (search) WITH (gin_pending_list_limit = 64);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claimtracker", "0004_text_tidied"),
        ("claims", "0031_relations_stay_within_one_mood"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="claim",
            name="claim_text_says_something",
        ),
        migrations.RemoveConstraint(
            model_name="merge",
            name="merge_reason_says_something",
        ),
        migrations.RemoveConstraint(
            model_name="topic",
            name="topic_name_says_something",
        ),
        migrations.RunSQL(DROP_SEARCH, ADD_SEARCH),
        migrations.AlterField(
            model_name="claim",
            name="text",
            field=models.CharField(
                help_text="One positive sentence that one side can assert and the other deny.",
                max_length=2000,
            ),
        ),
        migrations.RunSQL(ADD_SEARCH, DROP_SEARCH),
        migrations.AlterField(
            model_name="claimevent",
            name="text",
            field=models.CharField(
                help_text="One positive sentence that one side can assert and the other deny.",
                max_length=2000,
            ),
        ),
        migrations.AlterField(
            model_name="statement",
            name="order",
            field=models.PositiveIntegerField(
                default=0,
                help_text="Which came first of several on one day: 1, 2, … 0 where it is alone.",
            ),
        ),
        migrations.AlterField(
            model_name="statementevent",
            name="order",
            field=models.PositiveIntegerField(
                default=0,
                help_text="Which came first of several on one day: 1, 2, … 0 where it is alone.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="claim",
            trigger=pgtrigger.compiler.Trigger(
                name="as_tidied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.text IS DISTINCT FROM text_tidied(NEW.text))",
                    func="NEW.text := text_tidied(NEW.text); RETURN NEW;",
                    hash="4c88713e08bfbcd370d9dbd764db6fa430022d5e",
                    operation='INSERT OR UPDATE OF "text"',
                    pgid="pgtrigger_as_tidied_e802b",
                    table="claims_claim",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="topic",
            trigger=pgtrigger.compiler.Trigger(
                name="as_tidied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.name IS DISTINCT FROM text_tidied(NEW.name))",
                    func="NEW.name := text_tidied(NEW.name); RETURN NEW;",
                    hash="b0e2579c145bd0f6c397d9257362d15c0daaa18d",
                    operation='INSERT OR UPDATE OF "name"',
                    pgid="pgtrigger_as_tidied_36f5f",
                    table="claims_topic",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Func(
                    models.F("text"), function="text_is_visible", output_field=models.BooleanField()
                ),
                name="claim_text_says_something",
                violation_error_code="field:text",
                violation_error_message="It can't be blank. Write at least one visible character.",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Func(
                    models.F("reason"),
                    function="text_is_visible",
                    output_field=models.BooleanField(),
                ),
                name="merge_reason_says_something",
                violation_error_code="field:reason",
                violation_error_message="It can't be blank. Write at least one visible character.",
            ),
        ),
        migrations.AddConstraint(
            model_name="topic",
            constraint=models.CheckConstraint(
                condition=models.Func(
                    models.F("name"), function="text_is_visible", output_field=models.BooleanField()
                ),
                name="topic_name_says_something",
                violation_error_code="field:name",
                violation_error_message="It can't be blank. Write at least one visible character.",
            ),
        ),
    ]
