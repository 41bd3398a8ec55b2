"""Checks of a labelled set: wrong records, duplicates, near-duplicates, leaks between splits and into evaluation files.

Near-duplicates are found by MinHash over character shingles (Broder 1997; datasketch's LSH) and confirmed by the exact
Jaccard similarity of the shingles. Knows nothing of models: probable label errors need one and are found in `training`.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from datasketch import MinHash, MinHashLSH

from data.errors import QawlError
from data.labels.files import iterate_labelled, labelled_files
from data.normalisation import normalise
from data.records import LabelledStatement

Severity = Literal["error", "warning"]
SHINGLE = 5
NEAR = 0.8
PERMUTATIONS = 64


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a labelled set. Errors make the check fail; warnings want a look."""

    severity: Severity
    check: str
    where: str
    message: str


def comparison_key(text: str) -> str:
    """A text as it is compared: normalised, letters and digits only, hamza and final letters folded."""
    folded = re.sub("[إأآٱ]", "ا", normalise(text, "light").text).replace("ى", "ي").replace("ة", "ه")
    return " ".join(re.findall(r"\w+", folded.lower()))


def shingles(text: str) -> frozenset[str]:
    """Character shingles of the comparison key; a text shorter than one shingle is its own."""
    key = comparison_key(text)
    return frozenset(key[i : i + SHINGLE] for i in range(max(1, len(key) - SHINGLE + 1)))


def near_duplicates(texts: Sequence[str], threshold: float = NEAR) -> list[tuple[int, int, float]]:
    """Pairs of positions whose shingles' Jaccard similarity reaches `threshold`, each with its similarity."""
    sets = [shingles(text) for text in texts]
    index = MinHashLSH(threshold=threshold * 0.9, num_perm=PERMUTATIONS)
    pairs = []
    for position, these in enumerate(sets):
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([shingle.encode() for shingle in these])
        for other in index.query(sketch):
            first = int(other)
            similarity = len(these & sets[first]) / len(these | sets[first])
            if similarity >= threshold:
                pairs.append((first, position, similarity))
        index.insert(str(position), sketch)
    return sorted(pairs)


def check_files(path: Path, against: Iterable[tuple[str, str]] = ()) -> tuple[list[LabelledStatement], list[Finding]]:
    """Check a labelled file or folder.

    Args:
        path: a JSONL file or a folder of them.
        against: (name, text) of evaluation statements, none of which may stand in the set.

    Returns:
        the readable records and the findings, errors first.

    Raises:
        QawlError: if there is no such file.
    """
    findings: list[Finding] = []
    places: list[str] = []
    rows: list[LabelledStatement] = []
    for where, row in iterate_labelled(path):
        if isinstance(row, QawlError):
            findings.append(Finding("error", "record", where, row.what))
        else:
            places.append(where)
            rows.append(row)
    findings += check_set(rows, places, against)
    return rows, sorted(findings, key=lambda finding: finding.severity != "error")


def check_set(
    rows: Sequence[LabelledStatement], places: Sequence[str], against: Iterable[tuple[str, str]] = ()
) -> list[Finding]:
    """Check readable records against each other and against evaluation statements; errors first."""
    findings = check_rows(rows, places) + _leaks(rows, places, list(against))
    return sorted(findings, key=lambda finding: finding.severity != "error")


def evaluation_texts(path: Path) -> list[tuple[str, str]]:
    """(name, text) of each statement of an evaluation file: labelled statements, or articles with their statements.

    Raises:
        QawlError: if there is no such file, or a line is neither.
    """
    found = []
    for file in labelled_files(path):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            where = f"{file}:{number}"
            try:
                record = json.loads(line)
                for i, said in enumerate(record.get("statements", [record])):
                    found.append((f"{file.stem}:{record.get('id', number)}#{i}", str(said["text"])))
            except (ValueError, AttributeError, TypeError, KeyError) as error:
                raise QawlError("neither a labelled statement nor an article with statements", where=where) from error
    return found


def check_rows(rows: Sequence[LabelledStatement], places: Sequence[str]) -> list[Finding]:
    """Check readable records against each other; `places` names each one."""
    findings: list[Finding] = []
    identifiers: dict[str, str] = {}
    splits: dict[tuple[str, str], tuple[str | None, str]] = {}
    for row, where in zip(rows, places, strict=True):
        if row.stance is None and row.sentiment is None:
            findings.append(Finding("error", "label", where, "neither stance nor sentiment is labelled"))
        if row.context and row.text not in row.context:
            findings.append(Finding("warning", "context", where, "the statement does not stand in its context"))
        if row.id is not None:
            if row.id in identifiers:
                findings.append(Finding("error", "id", where, f"id {row.id} stands at {identifiers[row.id]} too"))
            identifiers.setdefault(row.id, where)
        for kind, name in (("family", row.family), ("pair", row.pair)):
            if name is None:
                continue
            split, place = splits.setdefault((kind, name), (row.split, where))
            if split != row.split:
                findings.append(Finding("error", "leak", where, f"{kind} {name} is split otherwise at {place}"))
    for a, b, similarity in near_duplicates([row.text for row in rows]):
        first, second = rows[a], rows[b]
        same = comparison_key(first.text) == comparison_key(second.text)
        related = first.family is not None and first.family == second.family
        alike = f"{similarity:.2f} like {places[a]}"
        if first.target != second.target:
            continue  # the same words toward another target are another question
        if first.split != second.split:
            findings.append(Finding("error", "leak", places[b], f"{alike}, in another split"))
        elif same and (first.context, first.speaker) == (second.context, second.speaker):
            findings.append(Finding("error", "duplicate", places[b], f"the same statement as {places[a]}"))
        elif not related:
            findings.append(Finding("warning", "near-duplicate", places[b], alike))
    return findings


def _leaks(
    rows: Sequence[LabelledStatement], places: Sequence[str], against: Sequence[tuple[str, str]]
) -> list[Finding]:
    if not against:
        return []
    known = [row.text for row in rows]
    texts = known + [text for _, text in against]
    own = len(known)
    found = []
    for a, b, similarity in near_duplicates(texts):
        if a < own <= b:
            name = against[b - own][0]
            found.append(Finding("error", "leak", places[a], f"{similarity:.2f} like evaluation statement {name}"))
    return found
