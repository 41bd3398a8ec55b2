"""Labelled statements to and from the files of annotation tools: Label Studio, doccano, Prodigy, Argilla, CSV.

A tool's labels are read by the name of the question they answer (`stance`, `sentiment`) or by a prefix
(`stance:neutral`). A bare label that only one head knows (`against`, `positive`) is understood; a bare `neutral` is
not, as both heads know it, unless the caller says which head is meant. Knows nothing of files: it is given text.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, get_args

from pydantic import ValidationError

from data.errors import QawlError
from data.records import SENTIMENTS, STANCES, LabelledStatement

Format = Literal["jsonl", "csv", "tsv", "label-studio", "doccano", "prodigy", "argilla"]
FORMATS: tuple[Format, ...] = get_args(Format)
Head = Literal["stance", "sentiment"]
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_HEADS: dict[Head, tuple[str, ...]] = {"stance": STANCES, "sentiment": SENTIMENTS}


def _labels(given: Iterable[str], head: Head | None, where: str) -> dict[str, str]:
    """The labels of a bare list, each under its head."""
    found: dict[str, str] = {}
    for label in given:
        name, _, value = label.rpartition(":")
        possible = [h for h, known in _HEADS.items() if value in known and name in ("", h)]
        if len(possible) > 1 and head is not None:
            possible = [head]
        if not possible:
            raise QawlError(f"label {label!r} is neither a stance nor a sentiment", where=where)
        if len(possible) > 1:
            raise QawlError(
                f"label {label!r} could be a stance or a sentiment",
                where=where,
                remedy=f"write stance:{label} or sentiment:{label}, or say --head",
            )
        found[possible[0]] = value
    return found


def _record(fields: Mapping[str, Any], where: str) -> LabelledStatement:
    known = {
        key: value for key, value in fields.items() if key in LabelledStatement.model_fields and value not in ("", None)
    }
    try:
        return LabelledStatement.model_validate(known)
    except ValidationError as error:
        first = error.errors()[0]
        raise QawlError(f"field {'.'.join(map(str, first['loc'])) or 'record'}: {first['msg']}", where=where) from error


def _jsonl(text: str, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield f"{name}:{number}", _object(line, f"{name}:{number}")


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise QawlError("not JSON", where=where) from error
    if not isinstance(value, dict):
        raise QawlError("not a JSON object", where=where)
    return value


def _list(text: str, name: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise QawlError("not a JSON list", where=name) from error
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise QawlError("not a JSON list of objects", where=name)
    return value


def _from_plain(text: str, name: str, head: Head | None) -> Iterator[LabelledStatement]:
    for where, record in _jsonl(text, name):
        yield _record(record, where)


def _from_table(separator: str) -> Callable[[str, str, Head | None], Iterator[LabelledStatement]]:
    def read(text: str, name: str, head: Head | None) -> Iterator[LabelledStatement]:
        for number, row in enumerate(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=separator), 2):
            # What `_table` put before a cell that begins like a formula is taken off again.
            fields = {
                key.strip(): value[1:]
                if isinstance(value, str) and value[:1] == "'" and value[1:2] in FORMULA
                else value
                for key, value in row.items()
                if key
            }
            yield _record(fields, f"{name}:{number}")

    return read


def _from_label_studio(text: str, name: str, head: Head | None) -> Iterator[LabelledStatement]:
    """One record an annotator, or the ground truth alone where one is marked; cancelled answers are left out."""
    for task in _list(text, name):
        where = f"{name}: task {task.get('id')}"
        given = [a for a in task.get("annotations") or [] if not a.get("was_cancelled")]
        for annotation in [a for a in given if a.get("ground_truth")] or given:
            labels: dict[str, str] = {}
            for result in annotation.get("result") or []:
                if result.get("type") != "choices":
                    continue
                question = result.get("from_name")
                choices = result.get("value", {}).get("choices") or []
                labels |= _labels([f"{question}:{c}" if question in _HEADS else c for c in choices], head, where)
            if labels:
                annotator = annotation.get("completed_by")
                annotator = annotator.get("email") if isinstance(annotator, dict) else annotator
                fields = {"id": task.get("id"), **(task.get("data") or {}), **labels}
                yield _record(fields | {"annotator": None if annotator is None else str(annotator)}, where)


def _from_doccano(text: str, name: str, head: Head | None) -> Iterator[LabelledStatement]:
    for where, record in _jsonl(text, name):
        given = record.get("label", record.get("labels")) or []
        labels = _labels([given] if isinstance(given, str) else given, head, where)
        if labels:
            yield _record(record | labels, where)


def _from_prodigy(text: str, name: str, head: Head | None) -> Iterator[LabelledStatement]:
    for where, record in _jsonl(text, name):
        if record.get("answer", "accept") != "accept":
            continue
        labels = _labels(
            record.get("accept") or [record["label"]] if "label" in record else record.get("accept") or [], head, where
        )
        if labels:
            fields = (record.get("meta") or {}) | record | labels
            yield _record(fields | {"annotator": record.get("_annotator_id")}, where)


def _from_argilla(text: str, name: str, head: Head | None) -> Iterator[LabelledStatement]:
    for number, record in enumerate(_list(text, name), 1):
        where = f"{name}: record {number}"
        by_user: dict[str, dict[str, str]] = {}
        for question, responses in (record.get("responses") or {}).items():
            for response in responses or []:
                if response.get("status", "submitted") == "submitted" and question in _HEADS:
                    labels = _labels([f"{question}:{response.get('value')}"], head, where)
                    by_user.setdefault(str(response.get("user_id")), {}).update(labels)
        for user, labels in by_user.items():
            fields = {"id": record.get("id"), **(record.get("metadata") or {}), **(record.get("fields") or {})}
            yield _record({**fields, **labels, "annotator": user}, where)


_READERS: dict[Format, Callable[[str, str, Head | None], Iterator[LabelledStatement]]] = {
    "jsonl": _from_plain,
    "csv": _from_table(","),
    "tsv": _from_table("\t"),
    "label-studio": _from_label_studio,
    "doccano": _from_doccano,
    "prodigy": _from_prodigy,
    "argilla": _from_argilla,
}


def guess_format(text: str, name: str) -> Format:
    """The format of a file, from its name and first record.

    Raises:
        QawlError: if neither tells.
    """
    for ending, known in ((".csv", "csv"), (".tsv", "tsv")):
        if name.lower().endswith(ending):
            return known  # type: ignore[return-value]
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("["):
        first = next(iter(_list(start, name)), {})
        return "argilla" if "responses" in first else "label-studio"
    if start.startswith("{"):
        record = _object(start.splitlines()[0], f"{name}:1")
        if "_input_hash" in record or "answer" in record:
            return "prodigy"
        return "doccano" if "label" in record or "labels" in record else "jsonl"
    raise QawlError(
        "this is none of the formats known", where=name, remedy=f"say --format, one of {', '.join(FORMATS)}"
    )


def read_labels(
    text: str, name: str, format: Format | None = None, head: Head | None = None
) -> Iterator[LabelledStatement]:
    """Read labelled statements from an annotation tool's export.

    Args:
        text: the whole file.
        name: its name, for errors and to guess the format.
        format: which tool's; guessed if none.
        head: which head a bare `neutral` belongs to.

    Raises:
        QawlError: at the first record that cannot be read, naming its place.
    """
    return _READERS[format or guess_format(text, name)](text, name, head)


def write_labels(rows: Iterable[LabelledStatement], format: Format) -> str:
    """Labelled statements as a file that the tool imports.

    Label Studio, Prodigy and Argilla get them as pre-annotations to correct; CSV is safe to open in a spreadsheet.
    """
    records = [row.model_dump(exclude_none=True) for row in rows]
    if format in ("csv", "tsv"):
        return _table(records, "," if format == "csv" else "\t")
    if format == "label-studio":
        return json.dumps([_label_studio_task(record) for record in records], ensure_ascii=False, indent=1) + "\n"
    if format == "argilla":
        tasks = [
            {
                "id": record.get("id"),
                "fields": {key: record.get(key) or "" for key in ("text", "speaker", "context")},
                "suggestions": {head: {"value": record[head]} for head in _HEADS if head in record},
                "responses": {},
            }
            for record in records
        ]
        return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"
    lines = []
    for record in records:
        given = [f"{head}:{record[head]}" for head in _HEADS if head in record]
        extra: dict[str, Any] = {}
        if format == "doccano":
            extra = {"label": given}
        elif format == "prodigy":
            extra = {"accept": given, "answer": "accept"}
        lines.append(json.dumps(record | extra, ensure_ascii=False) + "\n")
    return "".join(lines)


def _label_studio_task(record: dict[str, Any]) -> dict[str, Any]:
    result = [
        {"from_name": head, "to_name": "text", "type": "choices", "value": {"choices": [record[head]]}}
        for head in _HEADS
        if head in record
    ]
    data = {key: value for key, value in record.items() if key not in _HEADS}
    return {"data": data, "predictions": [{"model_version": "labels", "result": result}]}


def _table(records: list[dict[str, Any]], separator: str) -> str:
    out = io.StringIO()
    fields = [name for name in LabelledStatement.model_fields if any(name in record for record in records)]
    writer = csv.DictWriter(out, fields or ["text"], delimiter=separator, lineterminator="\r\n")
    writer.writeheader()
    for record in records:
        # A cell that begins like a formula would be run by spreadsheets: a leading quote keeps it text.
        writer.writerow(
            {
                key: f"'{value}" if isinstance(value, str) and value[:1] in FORMULA else value
                for key, value in record.items()
            }
        )
    return "\ufeff" + out.getvalue()
