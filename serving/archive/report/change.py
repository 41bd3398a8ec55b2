"""Change-points: from when a series of stances lies elsewhere than before, and how sure that is.

Binary segmentation of the mean by the largest standardised difference (CUSUM), each split judged by how often a random
order of the same values shows as large a one. The draws are seeded: the same statements give the same report.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# A position held in fewer statements is no position to change.
FEWEST = 4
# On the scale from -1 to 1: what is smaller may be no chance, and still means nothing to a reader.
_LEAST = 0.1
_DRAWS = 999
_DEEPEST = 2


class Change(NamedTuple):
    """A split of a series before index `at`; means of both sides; `p` of the permutation test."""

    at: int
    before: float
    after: float
    p: float


def changes(values: Sequence[float], *, level: float = 0.05) -> list[Change]:
    """The change-points of a series in order of time, each at most at `level`.

    Args:
        values: one a statement, -1 (against) to 1 (favor).
    """
    series = np.asarray(values, dtype=np.float64)
    return sorted(_split(series, 0, level, _DEEPEST))


def _split(series: NDArray[np.float64], offset: int, level: float, depth: int) -> list[Change]:
    if len(series) < 2 * FEWEST or depth == 0 or np.ptp(series) == 0:
        return []
    statistic = _cusum(series[None, :])[0]
    at = int(statistic.argmax()) + FEWEST
    draws = _DRAWS if len(series) <= 2000 else 199
    random = np.random.default_rng(len(series))
    orders = random.permuted(np.broadcast_to(series, (draws, len(series))), axis=1)
    larger = int((_cusum(orders).max(axis=1) >= statistic.max() - 1e-12).sum())
    p = (larger + 1) / (draws + 1)
    found = Change(offset + at, float(series[:at].mean()), float(series[at:].mean()), p)
    if p > level or abs(found.after - found.before) < _LEAST:
        return []
    before = _split(series[:at], offset, level, depth - 1)
    return [*before, found, *_split(series[at:], offset + at, level, depth - 1)]


def _cusum(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """|mean before - mean after| of each allowed split of each row, standardised by the sides' sizes."""
    count = rows.shape[1]
    sizes = np.arange(FEWEST, count - FEWEST + 1)
    sums = rows.cumsum(axis=1)
    first = sums[:, sizes - 1]
    difference = first / sizes - (sums[:, -1:] - first) / (count - sizes)
    scaled: NDArray[np.float64] = np.abs(difference) * np.sqrt(sizes * (count - sizes) / count)
    return scaled


def surviving(p_values: Sequence[float], rate: float = 0.1) -> float:
    """The largest p that stays within a false discovery rate (Benjamini and Hochberg); -1 where none does."""
    ordered = sorted(p_values)
    kept = [p for rank, p in enumerate(ordered, 1) if p <= rate * rank / len(ordered)]
    return max(kept, default=-1.0)


def wilson(part: int, whole: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); 0 to 1 where nothing was counted."""
    if whole == 0:
        return 0.0, 1.0
    share = part / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z / (1 + z * z / whole) * (share * (1 - share) / whole + z * z / (4 * whole * whole)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)
