"""Spreadsheets for tests."""

import csv
import io

from claims.exchange.importing import import_given
from claims.exchange.problems import BundleError
from claims.exchange.sheet import Sheet

# A denial with all that it needs, as one row.
ROW = {
    "source": "spokesman",
    "source_kind": "person",
    "source_name": "The Spokesman",
    "claim": "road-is-open",
    "claim_kind": "fact",
    "claim_text": "The road is open.",
    "stance": "denies",
    "said": "2023-09-07",
    "document": "readout",
    "document_kind": "readout",
    "document_title": "Readout of the call",
    "quote": "It is not.",
}
# The same once its source, claim and document are known.
SAID = {name: ROW[name] for name in ("source", "claim", "stance", "said", "document", "quote")}


def as_csv(*rows, delimiter=",", encoding="utf-8", columns=None):
    """Return the bytes of a CSV of these rows; its columns are those of all of them."""
    stream = io.StringIO(newline="")
    columns = columns or list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(stream, columns, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode(encoding)


def load(folder, *rows, content=None, **options):
    """Write a CSV and import it."""
    folder.mkdir(exist_ok=True)
    path = folder / "statements.csv"
    path.write_bytes(as_csv(*rows) if content is None else content)
    most_rows = options.pop("most_rows", None)
    return import_given(given=Sheet(path, most_rows=most_rows), **options)


def refusal(folder, *rows, **options):
    """Return the lines that say why a CSV is refused, without the last one."""
    try:
        load(folder, *rows, **options)
    except BundleError as error:
        lines = str(error).splitlines()
        return [line for line in lines if not line.startswith("Nothing was imported")]
    raise AssertionError("It was imported.")
