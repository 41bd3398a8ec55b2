"""Read and write labelled statements as JSONL: one record a line, validated as it is read."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from data.errors import QawlError
from data.records import LabelledStatement


def labelled_files(path: Path) -> list[Path]:
    """The JSONL files meant by `path`: itself, or those directly in the folder, in order of their names.

    Raises:
        QawlError: if there is no such file, or no JSONL file in the folder.
    """
    if path.is_dir():
        found = sorted(path.glob("*.jsonl"))
        if not found:
            raise QawlError("no .jsonl file in this folder", where=str(path))
        return found
    if not path.is_file():
        raise QawlError("no such file", where=str(path))
    return [path]


def parse_line(line: str, where: str) -> LabelledStatement:
    """One line of a labelled file as a record.

    Raises:
        QawlError: naming `where` and the first wrong field.
    """
    try:
        raw = json.loads(line)
    except ValueError as error:
        raise QawlError("not a JSON object", where=where) from error
    if not isinstance(raw, dict):
        raise QawlError(f"a JSON {type(raw).__name__}, not an object", where=where)
    try:
        return LabelledStatement.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "record"
        raise QawlError(f"field {field}: {first['msg']}", where=where) from error


def iterate_labelled(path: Path) -> Iterator[tuple[str, LabelledStatement | QawlError]]:
    """Each line's place (`file:line`) with its record, or with the error that it holds."""
    for file in labelled_files(path):
        with file.open("rb") as lines:
            for number, raw in enumerate(lines, 1):
                where = f"{file}:{number}"
                try:
                    line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError:
                    yield where, QawlError("not UTF-8", where=where)
                    continue
                if not line.strip():
                    continue
                try:
                    yield where, parse_line(line, where)
                except QawlError as error:
                    yield where, error


def load_labelled(path: Path) -> list[LabelledStatement]:
    """All labelled statements of a JSONL file, or of every JSONL file in a folder.

    Raises:
        QawlError: at the first bad line, naming its file, line and field.
    """
    rows = []
    for _, row in iterate_labelled(path):
        if isinstance(row, QawlError):
            raise row
        rows.append(row)
    return rows


def write_labelled(path: Path, rows: Iterable[LabelledStatement]) -> int:
    """Write records as JSONL, leaving out empty fields; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for row in rows:
            fields = row.model_dump(exclude_none=True)
            if not row.hard:
                fields.pop("hard")
            out.write(json.dumps(fields, ensure_ascii=False) + "\n")
            count += 1
    return count
