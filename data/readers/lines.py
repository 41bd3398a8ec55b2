"""JSON Lines and JSON, cut into records one at a time; and what an unnamed stream holds, by how it begins.

JSON is read value by value, so that an array of a million articles needs the memory of one. A broken value is reported
and reading goes on at the next one that begins an object.
"""

import codecs
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

from data.readers.encoding import byte_order_mark, recognise

_SAMPLE = 1 << 16
_SPACE = re.compile(r"[\s,\x1e]*")
_RESYNC = re.compile(r"(?:\n\s*,?\s*|\}\s*,?\s*)(?=\{)")


class Cut(NamedTuple):
    """A record: its line (0 where the whole file is meant), its bytes or fields or what is wrong, and its codec."""

    number: int
    payload: bytes | dict[str, Any] | ValueError
    encoding: str


@dataclass
class Position:
    """The line that a reader has come to, for the place of damage that ends a file."""

    line: int = 0


def peek(stream: IO[bytes], size: int = _SAMPLE) -> bytes:
    """The next bytes of a stream, without taking them; fewer where the stream gives fewer at once."""
    if isinstance(stream, io.BufferedReader):
        return stream.peek(size)[:size]
    at = stream.tell()
    data = stream.read(size)
    stream.seek(at)
    return data


def sniff(stream: IO[bytes]) -> str:
    """What a stream without a telling name holds."""
    sample = peek(stream)
    if not sample:
        return "empty"
    if sample.startswith(b"PAR1"):
        return "parquet"
    if sample.startswith((b"WARC/", b"filedesc://")):
        return "warc"
    text = sample.removeprefix(byte_order_mark(sample)).decode(recognise(sample), "replace").lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")):
        return "json"
    if re.match(r"<(?:!doctype|html|head|body|\?xml|!--|div|article|p)\b", text, re.IGNORECASE):
        return "html"
    return _table_or_text(text)


def _table_or_text(text: str) -> str:
    from data.readers.columns import Columns, NoSuchColumn, choose

    header = text.split("\n", 1)[0].strip("\r")
    for delimiter, form in (("\t", "tsv"), (",", "csv"), (";", "csv")):
        names = [name.strip().strip('"') for name in header.split(delimiter)]
        # A sentence has commas too: a header is short names, one of them known.
        if len(names) > 1 and all(0 < len(name) <= 40 for name in names):
            try:
                choose(names, Columns(), "article")
            except NoSuchColumn:
                continue
            return form
    return "text"


def json_or_lines(stream: IO[bytes]) -> str:
    """Tell JSON Lines from JSON: by a first line that is a whole object, or a second that begins one too."""
    sample = peek(stream)
    text = sample.removeprefix(byte_order_mark(sample)).decode(recognise(sample), "replace").lstrip("\ufeff \t\r\n")
    if not text:
        return "empty"
    if not text.startswith("{"):
        return "json"
    first, newline, rest = text.partition("\n")
    if not newline:
        return "json"
    try:
        json.loads(first)
    except ValueError:
        return "jsonl" if rest.startswith('{"') and len(first) > 1 else "json"
    return "jsonl"


def json_lines(stream: IO[bytes], position: Position, most: int) -> Iterator[Cut]:
    """Cut JSON Lines; blank lines are passed over."""
    sample = peek(stream)
    codec = recognise(sample)
    mark = byte_order_mark(sample)
    if mark:
        stream.read(len(mark))
    if codec.startswith("utf-16") or codec.startswith("utf-32"):
        text = io.TextIOWrapper(stream, codec, errors="replace", newline="\n")
        for line in text:
            position.line += 1
            if "\ufffd" in line:
                yield Cut(position.line, ValueError("broken UTF-16"), codec)
            elif line.strip():
                yield Cut(position.line, line.encode("utf-8", "surrogatepass"), "utf-8")
        text.detach()
        return
    while line_bytes := stream.readline(most + 1):
        position.line += 1
        if len(line_bytes) > most:
            while line_bytes and not line_bytes.endswith(b"\n"):
                line_bytes = stream.readline(most)
            yield Cut(position.line, ValueError(f"a line of more than {most >> 20} MiB"), codec)
        elif line_bytes.strip():
            yield Cut(position.line, line_bytes, codec)


def json_values(stream: IO[bytes], position: Position, most: int) -> Iterator[Cut]:
    """Cut a JSON array of objects, one object, objects one after another, or {"articles": [objects]}."""
    sample = peek(stream)
    codec = recognise(sample)
    if mark := byte_order_mark(sample):
        stream.read(len(mark))
    buffer = _Buffer(stream, codec, position, most)
    buffer.skip_space()
    in_array = buffer.take("[")
    while buffer.skip_space():
        if in_array and buffer.take("]"):
            in_array = False
            continue
        number = position.line + 1
        value = buffer.value()
        if isinstance(value, dict) and not in_array and "text" not in value:
            inner = next((value[key] for key in _WRAPPERS if isinstance(value.get(key), list)), None)
            if inner is not None:
                for item in inner:
                    yield Cut(number, _object(item), codec)
                continue
        yield Cut(number, _object(value), codec)
    if in_array:
        yield Cut(position.line + 1, ValueError("the JSON array ends early"), codec)


_WRAPPERS = ("articles", "statements", "results", "items", "data", "docs")


def _object(value: object) -> dict[str, Any] | ValueError:
    if isinstance(value, (dict, ValueError)):
        return value
    return ValueError(f"not a JSON object but {type_name(value)}")


def type_name(value: object) -> str:
    """A JSON value's type as JSON calls it."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", int: "a number"}
    return "null" if value is None else names.get(type(value), "a number")


def no_nan(_: str) -> None:
    """NaN and Infinity, which are not JSON but which some dumps hold for "nothing"."""


class _Buffer:
    """Decoded text of a stream, of which only the value being read is held."""

    def __init__(self, stream: IO[bytes], codec: str, position: Position, most: int) -> None:
        self._stream, self._most, self._position = stream, most, position
        # Broken bytes become lone surrogates, which the record's validation refuses by name.
        errors = "surrogateescape" if codec in ("utf-8", "cp1256") else "replace"
        self._decoder = codecs.getincrementaldecoder(codec)(errors)
        self._scan = json.JSONDecoder(parse_constant=no_nan).raw_decode
        self._text, self._at, self._ended = "", 0, False

    def _fill(self, size: int = 1 << 18) -> bool:
        if self._ended:
            return False
        data = self._stream.read(size)
        self._ended = not data
        self._text = self._text[self._at :] + self._decoder.decode(data, final=self._ended)
        self._at = 0
        return True

    def _advance(self, end: int) -> None:
        self._position.line += self._text.count("\n", self._at, end)
        self._at = end

    def skip_space(self) -> bool:
        """Pass over white space and commas; whether anything follows."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._advance(match.end() if match else self._at)
            if self._at < len(self._text):
                return True
            if not self._fill():
                return False

    def take(self, letter: str) -> bool:
        if self._text.startswith(letter, self._at):
            self._advance(self._at + 1)
            return True
        return False

    def value(self) -> object:
        size = 1 << 18
        while True:
            try:
                value, end = self._scan(self._text, self._at)
            except (ValueError, RecursionError) as error:
                may_go_on = not isinstance(error, RecursionError) and len(self._text) - self._at < self._most
                if may_go_on and self._fill(size):
                    size *= 2
                    continue
                return self._broken(error)
            # A number or word at the very end of what was read may go on.
            if end == len(self._text) and not isinstance(value, (dict, list, str)) and self._fill():
                continue
            self._advance(end)
            return value

    def _broken(self, error: ValueError | RecursionError) -> ValueError:
        at = error.pos if isinstance(error, json.JSONDecodeError) else self._at + 1
        what = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        match = _RESYNC.search(self._text, max(self._at + 1, min(at, len(self._text)) - 1))
        while match is None and self._fill():
            match = _RESYNC.search(self._text, self._at)
        self._advance(match.end() if match else len(self._text))
        return ValueError(f"not valid JSON: {what}")
