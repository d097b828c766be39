"""The lookup ``contains_folded``: part of a text, whatever its case, accents and letter variants.

The database folds both sides with ``text_folded()``, as search does: İ, I and ı are i, ß is ss,
and և is եվ. So a filter finds what search finds.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import BooleanField, CharField, Lookup, TextField


class ContainsFolded(Lookup):
    """Whether a text has a part, both folded. A part of which nothing is left is in no text."""

    lookup_name = "contains_folded"
    prepare_rhs = False
    output_field = BooleanField()

    def as_sql(self, compiler, connection):
        column, params = self.process_lhs(compiler, connection)
        part, part_params = self.process_rhs(compiler, connection)
        text = self.as_text(column)
        # As text_folded() does of ASCII, without calling it: a filter looks at each row.
        folded = (
            f"CASE WHEN octet_length({text}) = length({text}) "
            f"THEN lower({text} COLLATE pg_c_utf8) ELSE text_folded({text}) END"
        )
        sql = f"({text} <> '' AND strpos({folded}, nullif(text_folded({part}), '')) > 0)"
        return sql, [*(params * 5), *part_params]

    def as_text(self, column: str) -> str:
        return column

    def get_db_prep_lookup(self, value, connection):
        return "%s", [str(value)]


class AnyContainsFolded(ContainsFolded):
    """The same of a list of texts: whether one of them has the part."""

    def as_text(self, column: str) -> str:
        return f"array_to_string({column}, E'\\n')"


def register() -> None:
    """Make the lookup known to the fields that hold text."""
    texts: list[type[models.Field]] = [CharField, TextField]
    for field in texts:
        field.register_lookup(ContainsFolded)
    ArrayField.register_lookup(AnyContainsFolded)
