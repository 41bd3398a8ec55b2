"""Agreement of two readings of the same statements.

`readings.jsonl` beside a labelled set holds, for every statement read twice, its id and what each reader said before
they talked: {"id", "first": {"stance", "sentiment"}, "second": {"stance", "sentiment"}}.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data.errors import QawlError
from data.records import Record, Sentiment, Stance


class Reading(Record):
    """What one reader said of a statement."""

    stance: Stance
    sentiment: Sentiment


class DoubleReading(Record):
    """Two independent readings of the statement `id`."""

    id: str
    first: Reading
    second: Reading


@dataclass(frozen=True, slots=True)
class Agreement:
    """Share of equal labels, and Cohen's kappa, over n statements."""

    n: int
    share: float
    kappa: float


def load_readings(path: Path) -> list[DoubleReading]:
    """Read a file of double readings.

    Raises:
        QawlError: at the first line that is none.
    """
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows.append(DoubleReading.model_validate(json.loads(line)))
        except ValueError as error:
            raise QawlError("not a double reading", where=f"{path}:{number}") from error
    return rows


def agreement(first: Sequence[str], second: Sequence[str]) -> Agreement:
    """Cohen's kappa (Cohen 1960) of two readers' labels, given in the same order.

    Raises:
        ValueError: if the sequences are empty or differ in length.
    """
    if not first or len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} labels cannot be compared")
    n = len(first)
    share = sum(a == b for a, b in zip(first, second, strict=True)) / n
    ours, theirs = Counter(first), Counter(second)
    chance = sum(ours[label] * theirs[label] for label in ours) / n**2
    return Agreement(n, share, 1.0 if chance == 1 else (share - chance) / (1 - chance))
