"""Public labelled sets, read from where a user put them: statements with stance or sentiment, by official splits.

`configs/datasets/NAME.yaml` says of each where it is from, its licence, whether an artifact trained on it may be
shipped, its metric and the hashes of its files. Nothing of them is kept in the repository. Knows files and records.
"""

import csv
import gzip
import hashlib
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml
from pydantic import Field, ValidationError

from data.errors import QawlError
from data.records import LabelledStatement, Record, Sentiment, Stance

Split = str
Files = Mapping[str, bytes]
Rows = Iterator[tuple[Split, LabelledStatement]]


class PublicSet(Record):
    """What is known of a public set. `files` maps names in its folder to their SHA-256.

    `targets` gives the Arabic of the set's own target names; `may_ship` whether its licence clearly allows shipping
    weights trained on it.
    """

    name: str
    source: str
    licence: str
    may_ship: bool
    metric: str
    published: str = ""
    files: dict[str, str]
    targets: dict[str, str] = Field(default_factory=dict)


def sets_folder() -> Path:
    """Where the descriptions of the public sets lie."""
    return Path(__file__).resolve().parent.parent / "configs" / "datasets"


def known_sets() -> list[str]:
    """Names of the sets that can be read."""
    return sorted(path.stem for path in sets_folder().glob("*.yaml"))


def describe(name: str) -> PublicSet:
    """The description of a set.

    Raises:
        QawlError: if there is none of this name, or it is malformed.
    """
    path = sets_folder() / f"{name}.yaml"
    try:
        return PublicSet.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise QawlError(f"unknown public set {name!r}", remedy=f"known: {', '.join(known_sets())}") from error
    except (ValidationError, yaml.YAMLError) as error:
        raise QawlError("not a description of a public set", where=str(path)) from error


def read_public(name: str, folder: Path) -> dict[Split, list[LabelledStatement]]:
    """Read a public set.

    Args:
        name: of its description.
        folder: where its files lie, in a folder of the set's name or directly.

    Returns:
        its rows by split (`train`, `validation`, `test`, as far as it has them), each with its text, the target in
        Arabic where it has one, and the label it gives. Pairs of headlines (entailment, agreement) have the first
        as text, the second as context, and the label in `group`.

    Raises:
        QawlError: if a file is missing, or another one than was described.
    """
    described = describe(name)
    root = folder / name if (folder / name).is_dir() else folder
    files = {}
    for file, expected in described.files.items():
        path = root / file
        if not path.is_file():
            raise QawlError(f"{name} lacks this file", where=str(path), remedy=f"get it from {described.source}")
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != expected:
            raise QawlError("another file than the one described (its SHA-256 differs)", where=str(path))
        files[file] = content
    rows: dict[Split, list[LabelledStatement]] = {}
    for split, row in _READERS[name](described, files):
        rows.setdefault(split, []).append(row)
    return rows


_STANCES: dict[str, Stance] = {
    "favor": "favor",
    "against": "against",
    "none": "neutral",
    "support": "favor",
    "deny": "against",
    "comment": "neutral",
}
_SENTIMENTS: dict[str, Sentiment] = {
    "positive": "positive",
    "pos": "positive",
    "negative": "negative",
    "neg": "negative",
    "neutral": "neutral",
    "neu": "neutral",
}


def _table(content: bytes) -> list[dict[str, str]]:
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    # Python's csv keeps the class «None» as the text it is.
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _row(text: str, target: str = "", **fields: Any) -> LabelledStatement | None:
    if not text.strip():
        return None
    return LabelledStatement(text=text, **({"target": target} if target else {}), **fields)


def _mawqif(described: PublicSet, files: Files) -> Rows:
    for file, split in (("Mawqif_AllTargets_Train.csv.gz", "train"), ("Mawqif_AllTargets_Test.csv", "test")):
        for line in _table(files[file]):
            row = _row(
                line["text"],
                described.targets[line["target"]],
                id=f"mawqif-{split}-{line['ID']}",
                stance=_STANCES[line["stance"].lower() or "none"],
                sentiment=_SENTIMENTS.get(line["sentiment"].lower()),
            )
            if row:
                yield split, row


def _arabicstancex(described: PublicSet, files: Files) -> Rows:
    with tarfile.open(fileobj=io.BytesIO(files["Stance_task.tar.gz"])) as archive:
        for member in sorted(archive.getmembers(), key=lambda one: one.name):
            found = re.fullmatch(r"(?:.*/)?(train|test)/\w+/(\w+)\.json", member.name)
            opened = archive.extractfile(member) if found else None
            if found is None or opened is None:
                continue
            content = json.load(opened)
            labels = next(value for key, value in content.items() if key != "text")
            for key, text in content["text"].items():
                row = _row(
                    text,
                    described.targets[found[2]],
                    id=f"arabicstancex-{found[2]}-{key}",
                    stance=_STANCES[str(labels[key]).lower()],
                )
                if row:
                    yield found[1], row


def _pairs(name: str, split: str, lines: list[dict[str, str]], first: str, second: str, label: str) -> Rows:
    for number, line in enumerate(lines):
        row = _row(line[first], id=f"{name}-{split}-{number}", context=line[second], group=line[label])
        if row:
            yield split, row


def _ans(described: PublicSet, files: Files) -> Rows:
    for file, split in (("train.csv", "train"), ("dev.csv", "validation"), ("test.csv", "test")):
        yield from _pairs(described.name, split, _table(files[file]), "s1", "s2", "stance")


def _exaasc(described: PublicSet, files: Files) -> Rows:
    for line in _table(files["test_final.csv.gz"]):
        row = _row(
            line["reply"],
            line["target"],
            id=f"exaasc-{line['id']}",
            context=re.sub(r"<[^>]+>", "", line["main"]),
            stance=_STANCES[line["majority"].lower()],
        )
        if row:
            yield "test", row


def _arsarcasm(described: PublicSet, files: Files) -> Rows:
    for file, split in (("training_data.csv.gz", "train"), ("testing_data.csv", "test")):
        for number, line in enumerate(_table(files[file])):
            row = _row(
                line["tweet"], id=f"{described.name}-{split}-{number}", sentiment=_SENTIMENTS[line["sentiment"].lower()]
            )
            if row:
                yield split, row


def _semeval(described: PublicSet, files: Files) -> Rows:
    order: tuple[Sentiment, ...] = ("negative", "neutral", "positive")
    for file, split in (("train", "train"), ("val", "validation"), ("test", "test")):
        texts = files[f"{file}_text.txt"].decode("utf-8").split("\n")
        labels = files[f"{file}_labels.txt"].decode("utf-8").split()
        for number, (text, label) in enumerate(zip(texts, labels, strict=False)):
            row = _row(text, id=f"{described.name}-{split}-{number}", sentiment=order[int(label)])
            if row:
                yield split, row


def _arentail(described: PublicSet, files: Files) -> Rows:
    for file, split in (("ArEntail_train.xlsx", "train"), ("ArEntail_test.xlsx", "test")):
        header, *lines = _sheet(files[file])
        table = [dict(zip(header, line, strict=False)) for line in lines]
        first, second, label = header[-3:]
        yield from _pairs(described.name, split, table, first, second, label)


def _sheet(content: bytes) -> list[list[str]]:
    """The cells of a workbook's first sheet, as text; enough of the format for these files."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        shared = [
            "".join(part.text or "" for part in item.iter(f"{space}t"))
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{space}si")
        ]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = []
    for line in sheet.iter(f"{space}row"):
        cells = []
        for cell in line.iter(f"{space}c"):
            value = cell.find(f"{space}v")
            text = "" if value is None or value.text is None else value.text
            cells.append(shared[int(text)] if cell.get("t") == "s" and text else text)
        rows.append(cells)
    return rows


_READERS: dict[str, Callable[[PublicSet, Files], Rows]] = {
    "mawqif": _mawqif,
    "arabicstancex": _arabicstancex,
    "ans_stance": _ans,
    "exaasc": _exaasc,
    "arsarcasm_v2": _arsarcasm,
    "semeval2017_ar_xlmt": _semeval,
    "arentail": _arentail,
}
