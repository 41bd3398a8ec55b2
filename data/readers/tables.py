"""Tables: CSV, TSV and Parquet, cut into rows.

A row that cannot be read (a quotation mark that never closes, too many fields) is reported by its first line, and
reading goes on at the line after it.
"""

import csv
import datetime
import io
import json
from collections.abc import Iterator
from typing import IO, Any

from data.readers.columns import Columns, NoSuchColumn, Unit, choose
from data.readers.encoding import byte_order_mark, recognise
from data.readers.lines import Cut, Position, peek
from data.readers.sources import seekable

# A field longer than this is a quotation mark that was never closed.
_LONGEST_FIELD = 1 << 22
_ROWS_AT_ONCE = 64


def csv_rows(
    stream: IO[bytes], position: Position, columns: Columns, unit: Unit, delimiter: str | None
) -> Iterator[Cut]:
    """Cut CSV whose first line names the columns; `delimiter` None: the commonest of `,` `;` tab `|` there."""
    sample = peek(stream)
    codec = recognise(sample)
    if mark := byte_order_mark(sample):
        stream.read(len(mark))
    errors = "surrogateescape" if codec in ("utf-8", "cp1256") else "replace"
    text = io.TextIOWrapper(stream, codec, errors=errors, newline="")
    lines = _Lines(text)
    previous = csv.field_size_limit(_LONGEST_FIELD)
    try:
        header_line = next(lines, "")
        while header_line and not header_line.strip():
            header_line = next(lines, "")
        if not header_line:
            return
        mark_ = delimiter or max(",;\t|", key=header_line.count)
        lines.push_back([header_line])
        header, _, _ = _row(lines, mark_)
        if isinstance(header, ValueError):
            yield Cut(1, ValueError(f"the header: {header}"), codec)
            return
        names = [name.strip() for name in header]
        try:
            choose(names, columns, unit)
        except NoSuchColumn as error:
            yield Cut(0, error, codec)
            return
        while True:
            row, first, ended = _row(lines, mark_)
            if ended:
                return
            position.line = lines.number
            if isinstance(row, ValueError):
                yield Cut(first, row, codec)
            elif row and len(row) != len(names):
                yield Cut(first, ValueError(f"{len(row)} fields where the header has {len(names)}"), codec)
            elif row and any("\udc80" <= letter <= "\udcff" for value in row for letter in value):
                yield Cut(first, ValueError(f"broken {codec.upper()}"), codec)
            elif row:
                values = {name: value if value != "" else None for name, value in zip(names, row, strict=True)}
                yield Cut(first, values, codec)
    finally:
        csv.field_size_limit(previous)
        text.detach()


class _Lines:
    """Lines with their numbers, of which those of the row being read can be given back."""

    def __init__(self, text: Iterator[str]) -> None:
        self._text = text
        self._waiting: list[str] = []
        self.row: list[str] = []
        self.number = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._waiting.pop() if self._waiting else next(self._text)
        self.number += 1
        self.row.append(line)
        return line

    def push_back(self, lines: list[str]) -> None:
        self._waiting.extend(reversed(lines))
        self.number -= len(lines)


def _row(lines: _Lines, delimiter: str) -> tuple[list[str] | ValueError, int, bool]:
    """The next row or what is wrong with it, its first line's number, and whether there was none."""
    lines.row = []
    first = lines.number + 1
    try:
        row = next(csv.reader(lines, delimiter=delimiter, strict=True), None)
    except csv.Error as error:
        lines.push_back(lines.row[1:])
        return ValueError(f"not valid CSV: {_csv_reason(str(error))}"), first, False
    return (row or []), first, row is None


def _csv_reason(said: str) -> str:
    if "unexpected end" in said or "field larger" in said:
        return "a quotation mark that never closes"
    return "a quotation mark within a field, not doubled" if "expected after" in said else said


def parquet_rows(stream: IO[bytes], position: Position, columns: Columns, unit: Unit) -> Iterator[Cut]:
    """Cut Parquet; the number is the row's, from 1."""
    # Here, so that a service without archives needs no pyarrow.
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with seekable(stream) as file:
            table = pq.ParquetFile(file)
            choose(table.schema_arrow.names, columns, unit)
            for batch in table.iter_batches(batch_size=_ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    position.line += 1
                    yield Cut(position.line, {name: _plain(value) for name, value in row.items()}, "")
    except NoSuchColumn as error:
        yield Cut(0, error, "")
    except (pa.ArrowException, ValueError) as error:
        where = position.line + 1 if position.line else 0
        yield Cut(where, ValueError(f"not readable as Parquet: {' '.join(str(error).split())[:200]}"), "")


def _plain(value: Any) -> Any:
    """A Parquet value as JSON has it: dates as ISO 8601, bytes decoded."""
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return json.loads(json.dumps(value, default=str, ensure_ascii=False))
