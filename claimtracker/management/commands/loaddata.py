import io
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.management.commands import loaddata
from django.db import Error as DatabaseError
from django.db import connections, transaction
from django.utils.functional import cached_property

from claimtracker import fixtures
from claimtracker.explain import explain
from claimtracker.retry import atomic_with_retry

COLUMNS_OF_FOREIGN_KEY = """
SELECT c.confrelid::regclass::text, quote_ident(own.attname), quote_ident(other.attname)
FROM pg_constraint c
CROSS JOIN unnest(c.conkey, c.confkey) AS k(own, other)
JOIN pg_attribute own ON own.attrelid = c.conrelid AND own.attnum = k.own
JOIN pg_attribute other ON other.attrelid = c.confrelid AND other.attnum = k.other
WHERE c.contype = 'f' AND c.conname = %s AND c.conrelid = %s::regclass
"""


@dataclass(frozen=True)
class Place:
    """An object of a fixture; the entry is known where the fixture is JSON."""

    path: str
    number: int
    entry: fixtures.Entry | None

    def __str__(self):
        return f"{self.path}, {self.entry or f'object {self.number}'}"


def is_written_by_the_database(model) -> bool:
    """Return whether rows of a model are derived or history: nobody may write them."""
    return hasattr(model, "pgh_tracked_model") or model._meta.default_permissions == ()


class Command(loaddata.Command):
    """Django's loaddata, of which every failure is one sentence: where, which rule, what to do.

    All is one transaction, so that a failure leaves nothing behind.
    """

    def handle(self, *labels, **options):
        with self.blaming("loaddata"):  # COMMIT may fail too
            atomic_with_retry(super().handle)(*labels, **options)

    def loaddata(self, labels):
        self.unfinished = []
        self.places = {}  # of what was saved, by model and primary key
        super().loaddata(labels)

    def find_fixtures(self, label):
        try:
            return super().find_fixtures(label)
        except CommandError as error:
            raise CommandError(f"{label}: {error} Nothing was written.") from error

    def load_label(self, label):
        # Django calls save_deferred_fields on these when all files are read.
        self.objs_with_deferred_fields = [self]
        for path, _, _ in self.find_fixtures(label):
            self.path, self.count = path, 0
            with self.blaming(path):
                self.entries = self.read(path)
            try:
                super().load_label(path)
            except CommandError:
                raise
            except Exception as error:  # it was about the object that comes next
                raise CommandError(self.sentence(self.next_place(), error)) from error

    @cached_property
    def typed(self):
        """What came through the pipe: it can be read only once, but loaded again."""
        return sys.stdin.read()

    def read(self, path):
        """Return what a JSON file holds, read before Django does, to say what is wrong where."""
        _, written_in, packed_in = self.parse_name(os.path.basename(path))
        if written_in != "json":
            return None
        if packed_in == "stdin":
            content = self.typed
            self.compression_formats["stdin"] = (lambda *args: io.StringIO(content), None)
        else:
            open_file, mode = self.compression_formats[packed_in]
            with open_file(path, mode) as file:
                content = file.read()
        return fixtures.read(content, ignore_unknown=self.ignore)

    def next_place(self):
        if self.entries is None:
            return Place(self.path, self.count + 1, None)
        if self.count == len(self.entries):
            return self.path
        entry = self.entries[self.count]
        return Place(self.path, entry.number, entry)

    def save_obj(self, obj):
        place = self.next_place()
        self.count += 1
        with self.blaming(place):
            if is_written_by_the_database(type(obj.object)):
                raise LookupError(
                    "the database writes it itself, from the rows that it follows from. "
                    "Leave it out"
                )
            # Django saves a row without a reference to what comes later, and sets that at the end.
            for field in obj.deferred_fields:
                if not (field.null or field.many_to_many):
                    raise LookupError(f"{field.name} refers to what is not there")
            saved = super().save_obj(obj)
        if obj.deferred_fields:
            self.unfinished.append((place, self.objs_with_deferred_fields.pop()))
        self.places[type(obj.object), obj.object.pk] = place
        return saved

    def save_deferred_fields(self, using):
        for place, obj in self.unfinished:
            with self.blaming(place):
                obj.save_deferred_fields(using=using)
        # Django checks this next, but then nothing can be asked about the row any more.
        try:
            with transaction.atomic(using=using):
                connections[using].check_constraints()
        except DatabaseError as error:
            raise CommandError(self.sentence(self.place_of_row(error), error)) from error

    def place_of_row(self, error):
        """Return where a row stands that breaks a deferred foreign key, else which row it is."""
        diagnosis = error.__cause__.diag
        table = diagnosis.table_name
        model = next((one for one in apps.get_models() if one._meta.db_table == table), None)
        if model is None:
            return self.path
        with connections[self.using].cursor() as cursor:
            cursor.execute(COLUMNS_OF_FOREIGN_KEY, [diagnosis.constraint_name, table])
            columns = cursor.fetchall()
            if not columns:
                return f"{self.path}, {table}"
            # Null in any column of a composite key means that there is nothing to hold.
            matches = " AND ".join(f"other.{theirs} = own.{ours}" for _, ours, theirs in columns)
            ours = ", ".join(f"own.{ours}" for _, ours, _ in columns)
            cursor.execute(
                f"SELECT own.{connections[self.using].ops.quote_name(model._meta.pk.column)} "
                f"FROM {table} own WHERE ROW({ours}) IS NOT NULL "
                f"AND NOT EXISTS (SELECT FROM {columns[0][0]} other WHERE {matches})"
            )
            broken = [pk for (pk,) in cursor.fetchall()]
        for pk in broken:
            if (model, pk) in self.places:
                return self.places[model, pk]
        row = model._base_manager.using(self.using).filter(pk__in=broken).first()
        return f"{self.path}, for the row “{row}” that is there" if row else f"{self.path}, {table}"

    @contextmanager
    def blaming(self, place):
        try:
            yield
        except CommandError:
            raise
        except Exception as error:
            raise CommandError(self.sentence(place, error)) from error

    def sentence(self, place, error):
        text = f"{place}: {self.what_is_wrong(place, error)}"
        # Whatever the fixture holds, the sentence can be printed.
        text = text.encode(errors="backslashreplace").decode().replace("\0", "\\0")
        return f"{text}{'' if text.endswith('.') else '.'} Nothing was written."

    def what_is_wrong(self, place, error):
        chain = [error]
        while deeper := chain[-1].__cause__ or chain[-1].__context__:
            chain.append(deeper)
        for one in chain:
            if isinstance(one, DatabaseError | UnicodeEncodeError):
                return explain(one)
        missing = (
            isinstance(place, Place) and place.entry and fixtures.missing_reference(place.entry)
        )
        if missing:
            return missing
        origin = chain[-1]
        if isinstance(error, fixtures.FixtureError):
            return str(error)
        if isinstance(origin, ValidationError):
            return " ".join(origin.messages)
        if isinstance(origin, RecursionError):
            return "It is nested too deeply to be read."
        if isinstance(origin, OSError):
            return origin.strerror or str(origin)
        own_words = str(error).removeprefix(f"Problem installing fixture '{self.path}': ")
        return own_words or str(origin) or type(origin).__name__
