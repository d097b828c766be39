"""Writes the values of a row's fields in words."""

from collections import defaultdict

from django.contrib import admin

from claimtracker.admin_site import label
from claimtracker.differences import in_editors_words
from claimtracker.history import names_of


class Words:
    """Writes values of fields in words; asks for the rows they refer to once a model."""

    def __init__(self):
        self.names = defaultdict(dict)

    def learn(self, pairs):
        """Take note of fields and values that will be asked for, to load what they refer to."""
        wanted = defaultdict(set)
        for field, value in pairs:
            if field.is_relation:
                keys = value if isinstance(value, list) else [value]
                wanted[field.related_model].update(
                    key
                    for key in keys
                    if key is not None and key not in self.names[field.related_model]
                )
        for model, keys in wanted.items():
            row_admin = (
                admin.site.get_model_admin(model) if admin.site.is_registered(model) else None
            )
            rows = model._default_manager.select_related(*getattr(row_admin, "label_related", ()))
            found = rows.in_bulk(keys) if keys else {}
            gone = names_of((model, key) for key in keys if key not in found)
            for key in keys:
                row = found.get(key)
                name = label(admin.site, row) if row else gone.get((model, key), key)
                self.names[model][key] = name

    @property
    def by_key(self):
        """The names by model and key."""
        return {
            (model, key): name for model, rows in self.names.items() for key, name in rows.items()
        }

    def of(self, field, value) -> str:
        """Return a value of a model's field in words; blank for none."""
        if field.is_relation:
            self.learn([(field, value)])
            keys = value if isinstance(value, list) else [value]
            names = self.names[field.related_model]
            return "\n".join(sorted(names[key] for key in keys if key is not None))
        return in_editors_words(field, value, {})
