"""Rows to cite as Apache Parquet, for those who have pyarrow: the extra ``parquet``."""

import io
from collections.abc import Iterator
from importlib.util import find_spec

from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from claims.exchange import citing
from claims.exchange.copying import AS_CSV, copied
from claims.exchange.sink import Sink
from claims.models import Statement

# In bytes of CSV: so much of a file is in memory at a time, several times over.
ROW_GROUP = 2 * 1024 * 1024


def is_there() -> bool:
    """Return whether Parquet can be written here."""
    return find_spec("pyarrow") is not None


def as_parquet(
    cursor: CursorWrapper, statements: QuerySet[Statement], site: str
) -> Iterator[bytes]:
    """Yield the Parquet file of some statements, a group of rows after the other."""
    import pyarrow
    from pyarrow import csv, parquet

    kinds = {
        "text": pyarrow.string(),
        "word": pyarrow.string(),
        "day": pyarrow.date32(),
        "flag": pyarrow.bool_(),
        "number": pyarrow.int32(),
    }
    schema = pyarrow.schema([(column.name, kinds[column.kind]) for column in citing.COLUMNS])
    # PostgreSQL writes a null as nothing, and a blank text as "".
    convert = csv.ConvertOptions(
        column_types=schema,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["t"],
        false_values=["f"],
    )
    parse = csv.ParseOptions(newlines_in_values=True)
    sink = Sink()
    with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        for query in citing.in_order(cursor, statements, site):
            for found in copied(cursor, query, AS_CSV, block=ROW_GROUP):
                if not found:
                    continue
                text = b"".join(found)
                read = csv.ReadOptions(
                    column_names=schema.names, use_threads=False, block_size=len(text) + 1
                )
                writer.write_table(
                    csv.read_csv(
                        io.BytesIO(text),
                        read_options=read,
                        parse_options=parse,
                        convert_options=convert,
                    )
                )
                yield sink.taken()
    yield sink.taken()
