import django.db.models.expressions
from django.db import migrations, models

FORWARD = r"""
CREATE FUNCTION texts_say_something(texts text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(array_ndims(texts), 1) = 1
    AND NOT EXISTS (SELECT FROM unnest(texts) t WHERE t IS NULL OR t !~ '\S')
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("sources", "0006_was_public")]

    operations = [
        migrations.RunSQL(FORWARD, "DROP FUNCTION texts_say_something(text[])"),
        migrations.RemoveConstraint(model_name="source", name="source_aliases_say_something"),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.CheckConstraint(
                condition=django.db.models.expressions.Func(
                    models.F("aliases"),
                    function="texts_say_something",
                    output_field=models.BooleanField(),
                ),
                name="source_aliases_say_something",
                violation_error_code="field:aliases",
                violation_error_message="Aliases are a plain list, none of them blank.",
            ),
        ),
    ]
