import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE OR REPLACE FUNCTION texts_say_something(texts text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(array_ndims(texts), 1) = 1
    AND NOT EXISTS (SELECT FROM unnest(texts) t WHERE t IS NULL OR NOT public.text_is_visible(t))
$$;
"""
REVERSE = r"""
CREATE OR REPLACE FUNCTION texts_say_something(texts text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(array_ndims(texts), 1) = 1
    AND NOT EXISTS (SELECT FROM unnest(texts) t WHERE t IS NULL OR t !~ '\S')
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claimtracker", "0004_text_tidied"),
        ("sources", "0022_pages_in_doubt"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.RemoveConstraint(
            model_name="document",
            name="document_title_says_something",
        ),
        migrations.RemoveConstraint(
            model_name="document",
            name="document_url_is_a_web_address",
        ),
        migrations.RemoveConstraint(
            model_name="document",
            name="document_archived_url_is_a_web_address",
        ),
        migrations.RemoveConstraint(
            model_name="source",
            name="source_name_says_something",
        ),
        migrations.AlterField(
            model_name="document",
            name="title",
            field=models.CharField(
                blank=True,
                help_text="Leave it blank if it has none, as posts do: kind, publisher and date are shown.",
                max_length=1000,
            ),
        ),
        migrations.AlterField(
            model_name="documentevent",
            name="title",
            field=models.CharField(
                blank=True,
                help_text="Leave it blank if it has none, as posts do: kind, publisher and date are shown.",
                max_length=1000,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="document",
            trigger=pgtrigger.compiler.Trigger(
                name="as_tidied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.title IS DISTINCT FROM text_tidied(NEW.title))",
                    func="NEW.title := text_tidied(NEW.title); RETURN NEW;",
                    hash="5c805132f17b4e6ab9201c5044289a93e4095a8e",
                    operation='INSERT OR UPDATE OF "title"',
                    pgid="pgtrigger_as_tidied_16775",
                    table="sources_document",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="source",
            trigger=pgtrigger.compiler.Trigger(
                name="as_tidied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.name IS DISTINCT FROM text_tidied(NEW.name) OR NEW.aliases::text[] IS DISTINCT FROM texts_tidied(NEW.aliases))",
                    func="NEW.name := text_tidied(NEW.name); NEW.aliases := texts_tidied(NEW.aliases); RETURN NEW;",
                    hash="79ca29f1f8db35cb040565b4e5c6074fa40a549f",
                    operation='INSERT OR UPDATE OF "name", "aliases"',
                    pgid="pgtrigger_as_tidied_b4f17",
                    table="sources_source",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("url", ""), ("url__iregex", "^https?://[^\\s/]\\S*$"), _connector="OR"
                ),
                name="document_url_is_a_web_address",
                violation_error_code="field:url",
                violation_error_message="Write a whole address that begins with https:// or http://.",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("archived_url", ""),
                    ("archived_url__iregex", "^https?://[^\\s/]\\S*$"),
                    _connector="OR",
                ),
                name="document_archived_url_is_a_web_address",
                violation_error_code="field:archived_url",
                violation_error_message="Write a whole address that begins with https:// or http://.",
            ),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.CheckConstraint(
                condition=models.Func(
                    models.F("name"), function="text_is_visible", output_field=models.BooleanField()
                ),
                name="source_name_says_something",
                violation_error_code="field:name",
                violation_error_message="It can't be blank. Write at least one visible character.",
            ),
        ),
    ]
