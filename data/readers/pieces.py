"""Pieces: a source cut into records, not yet decoded, each with the place it came from.

Every damaged stretch becomes a piece of its own (form "bad"), so that what cannot be read is counted and named, and
what follows it is still read. Memory holds one record at a time; a record larger than `MOST_BYTES` is refused.
"""

import json
from collections.abc import Callable, Iterator
from typing import IO, Any, Literal, NamedTuple

from data.readers import lines, tables, warc
from data.readers.columns import Columns, Unit
from data.readers.sources import DAMAGED, Source, members

MOST_BYTES = 1 << 24

Form = Literal["json", "fields", "text", "html", "web", "bad"]


class Piece(NamedTuple):
    """One record as found. `payload`: bytes of a line or document, fields of a table's row, or the reason it is bad.

    `name` is the source's, without the record's number in it.
    """

    place: str
    form: Form
    payload: bytes | dict[str, Any] | str
    encoding: str = ""
    name: str = ""

    def digest_bytes(self) -> bytes:
        """Bytes that differ where the record differs; for telling whether an input has changed."""
        if isinstance(self.payload, bytes):
            return self.payload
        if isinstance(self.payload, dict) and self.form == "web":
            page: bytes = self.payload["page"]
            return f"{self.payload['url']}\n".encode("utf-8", "surrogatepass") + page
        return json.dumps(self.payload, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")


class Failure(NamedTuple):
    """A record that could not be read: its place (file:line, or a container's member), why, and how it begins."""

    place: str
    reason: str
    excerpt: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def split(source: Source, columns: Columns, unit: Unit = "article") -> Iterator[Piece]:
    """Cut a source into pieces. Never raises for damaged input."""
    for inner, stream in members(source):
        if isinstance(stream, Exception):
            yield bad(inner.name, stream)
        else:
            yield from _split_stream(inner, stream, columns, unit)


def bad(place: str, error: Exception | str) -> Piece:
    """The piece that stands for a damaged stretch."""
    return Piece(place, "bad", reason_of(error) if isinstance(error, Exception) else error)


def reason_of(error: Exception) -> str:
    """One line for what a decompressor, a container or the file system raised."""
    if isinstance(error, EOFError):
        return "the compressed data end early"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__


def _split_stream(source: Source, stream: IO[bytes], columns: Columns, unit: Unit) -> Iterator[Piece]:
    progress = lines.Position()
    try:
        form = source.form if source.form not in ("", "zip", "tar") else lines.sniff(stream)
        if form == "json":
            form = lines.json_or_lines(stream)
        if form in ("text", "html"):
            yield from _document(source, stream, form, unit)
            return
        if form == "warc":
            yield from _crawl(source, stream, progress, unit)
            return
        cut: dict[str, Callable[[], Iterator[lines.Cut]]] = {
            "jsonl": lambda: lines.json_lines(stream, progress, MOST_BYTES),
            "json": lambda: lines.json_values(stream, progress, MOST_BYTES),
            "csv": lambda: tables.csv_rows(stream, progress, columns, unit, None),
            "tsv": lambda: tables.csv_rows(stream, progress, columns, unit, "\t"),
            "parquet": lambda: tables.parquet_rows(stream, progress, columns, unit),
        }
        if form not in cut:
            yield bad(source.name, "the file is empty" if form == "empty" else "no text in a form that Qawl reads")
            return
        found = False
        for number, payload, encoding in cut[form]():
            found = True
            place = f"{source.name}:{number}" if number else source.name
            if isinstance(payload, Exception):
                yield bad(place, str(payload))
            else:
                yield Piece(place, "json" if isinstance(payload, bytes) else "fields", payload, encoding, source.name)
        if not found:
            yield bad(source.name, "the file is empty")
    except DAMAGED as error:
        where = f"{source.name}:{progress.line + 1}" if progress.line else source.name
        yield bad(where, error)


def _document(source: Source, stream: IO[bytes], form: str, unit: Unit) -> Iterator[Piece]:
    data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        yield bad(source.name, f"a document of more than {MOST_BYTES >> 20} MiB")
    elif form == "html":
        yield Piece(source.name, "html", data, "", source.name)
    elif unit == "article":
        yield Piece(source.name, "text", data, "", source.name)
    else:  # A plain file of statements has one on each line.
        yield from _statement_lines(source.name, data)


def _crawl(source: Source, stream: IO[bytes], position: lines.Position, unit: Unit) -> Iterator[Piece]:
    found = False
    for page in warc.pages(stream, position, MOST_BYTES):
        found = True
        place = f"{source.name}:{page.number}"
        if page.problem:
            yield bad(place, page.problem)
        else:
            fields = {"page": page.body, "form": page.form, "url": page.url, "date": page.date}
            yield Piece(place, "web" if unit == "article" else "html", fields, "", source.name)
    if not found:
        yield bad(source.name, "no page in it")


def _statement_lines(name: str, data: bytes) -> Iterator[Piece]:
    from data.readers.encoding import decode

    try:
        text = decode(data)
    except ValueError as error:
        yield bad(name, str(error))
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield Piece(f"{name}:{number}", "fields", {"text": line.strip()}, "", name)
