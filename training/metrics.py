"""Scores of predicted labels and probabilities: macro-F1 over all classes, intervals, calibration, risk–coverage.

Works on arrays of class numbers and probabilities; knows neither records nor models.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import confusion_matrix

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

RESAMPLES = 1000


def confusion(gold: Ints, predicted: Ints, classes: int) -> Ints:
    """Counts [classes, classes]: rows are gold labels, columns predicted ones."""
    return np.asarray(confusion_matrix(gold, predicted, labels=list(range(classes))), dtype=np.int64)


def class_f1(counts: npt.NDArray[Any]) -> Floats:
    """F1 of each class from confusion counts [..., classes, classes]; 0 where a class is neither gold nor predicted."""
    hit = np.diagonal(counts, axis1=-2, axis2=-1).astype(np.float64)
    total = counts.sum(axis=-1) + counts.sum(axis=-2)
    return np.asarray(np.divide(2 * hit, total, out=np.zeros_like(hit), where=total > 0), dtype=np.float64)


def macro_of(counts: npt.NDArray[Any]) -> Floats:
    """Macro-F1 over the classes that occur in gold, from confusion counts [..., classes, classes]."""
    present = counts.sum(axis=-1) > 0
    f1 = np.where(present, class_f1(counts), 0.0)
    return np.asarray(f1.sum(axis=-1) / np.maximum(present.sum(axis=-1), 1), dtype=np.float64)


def macro_f1(gold: Ints, predicted: Ints, classes: int) -> float:
    """Macro-F1 over the classes that occur in gold."""
    return float(macro_of(confusion(gold, predicted, classes)))


def resampled_counts(gold: Ints, predicted: Ints, classes: int, seed: int = 0, times: int = RESAMPLES) -> Ints:
    """Confusion counts [times, classes, classes] of bootstrap resamples; the same seed draws the same rows."""
    generator = np.random.default_rng(seed)
    cells = gold * classes + predicted
    rows = generator.integers(0, len(gold), size=(times, len(gold)))
    flat = cells[rows] + np.arange(times)[:, None] * classes * classes
    return np.bincount(flat.ravel(), minlength=times * classes * classes).reshape(times, classes, classes)


def interval(values: Floats, coverage: float = 0.95) -> tuple[float, float]:
    """The central interval of resampled values."""
    tail = (1 - coverage) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def softmax(logits: Floats) -> Floats:
    """Probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float64)


def expected_calibration_error(probabilities: Floats, gold: Ints, bins: int = 15) -> float:
    """ECE of the top label's confidence over equal-width bins (Guo et al. 2017)."""
    return float(sum(share * abs(right - sure) for share, sure, right in reliability(probabilities, gold, bins)))


def reliability(probabilities: Floats, gold: Ints, bins: int = 15) -> list[tuple[float, float, float]]:
    """Per non-empty bin: share of rows, mean confidence, accuracy."""
    if not len(gold):
        return []
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == gold
    number = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    return [
        (float((number == b).mean()), float(confidence[number == b].mean()), float(right[number == b].mean()))
        for b in range(bins)
        if (number == b).any()
    ]


def risk_coverage(probabilities: Floats, gold: Ints) -> list[tuple[float, float]]:
    """(coverage, error rate among the covered), the most confident rows first."""
    order = np.argsort(-probabilities.max(axis=1), kind="stable")
    wrong = (probabilities.argmax(axis=1) != gold)[order]
    covered = np.arange(1, len(gold) + 1)
    return list(zip((covered / len(gold)).tolist(), (np.cumsum(wrong) / covered).tolist(), strict=True))


def risk_at(curve: Sequence[tuple[float, float]], coverage: float) -> float:
    """The error rate at the least coverage that reaches `coverage`."""
    return next((risk for share, risk in curve if share >= coverage - 1e-9), 0.0)


def score(probabilities: Floats, gold: Ints, labels: Sequence[str]) -> dict[str, Any]:
    """All scores of one head on one set.

    Args:
        probabilities: [rows, labels].
        gold: [rows] label numbers; rows without a label must have been left out.
        labels: their names.

    Returns:
        plain values for JSON: n, macro_f1 {value, low, high}, accuracy, per class {f1, n}, ece, error_at_80_coverage,
        confusion.
    """
    if not len(gold):
        return {"n": 0}
    predicted = probabilities.argmax(axis=1).astype(np.int64)
    counts = confusion(gold, predicted, len(labels))
    low, high = interval(macro_of(resampled_counts(gold, predicted, len(labels))))
    f1 = class_f1(counts)
    return {
        "n": len(gold),
        "macro_f1": {"value": _round(macro_of(counts)), "low": _round(low), "high": _round(high), "n": len(gold)},
        "accuracy": _round((predicted == gold).mean()),
        "classes": {name: {"f1": _round(f1[i]), "n": int(counts[i].sum())} for i, name in enumerate(labels)},
        "ece": _round(expected_calibration_error(probabilities, gold)),
        "error_at_80_coverage": _round(risk_at(risk_coverage(probabilities, gold), 0.8)),
        "confusion": counts.tolist(),
    }


def _round(value: float | np.floating[Any] | Floats) -> float:
    return round(float(value), 4)
