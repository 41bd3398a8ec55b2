"""Plots of a report: reliability, risk–coverage, confusion; each a PNG. Knows scores and arrays, no records."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from training.metrics import Floats, Ints, confusion, expected_calibration_error, reliability, risk_coverage

matplotlib.use("Agg")


def draw(folder: Path, head: str, probabilities: Floats, gold: Ints, labels: Sequence[str]) -> list[str]:
    """Draw the three plots of one head into `folder`.

    Args:
        probabilities: [rows, labels].
        gold: [rows] label numbers, none missing.

    Returns:
        the names of the files written; none where there are no rows.
    """
    if not len(gold):
        return []
    folder.mkdir(parents=True, exist_ok=True)
    figures = {
        "reliability": _reliability(head, probabilities, gold),
        "risk-coverage": _risk_coverage(head, probabilities, gold),
        "confusion": _confusion(head, probabilities, gold, labels),
    }
    names = []
    for kind, figure in figures.items():
        names.append(f"{head}-{kind}.png")
        # Without the library's version in the file, the same scores give the same bytes.
        figure.savefig(folder / names[-1], dpi=110, metadata={"Software": None})
    return names


def _figure(title: str) -> Figure:
    figure = Figure(figsize=(4.4, 3.8), layout="constrained")
    figure.suptitle(title, fontsize=11)
    return figure


def _reliability(head: str, probabilities: Floats, gold: Ints) -> Figure:
    figure = _figure(f"{head}: ECE {expected_calibration_error(probabilities, gold):.3f}, n = {len(gold)}")
    axes = figure.subplots()
    shares, sure, right = np.array(reliability(probabilities, gold)).T
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.scatter(sure, right, s=20 + 400 * shares, color="#1f6f8b")
    axes.set(xlabel="confidence", ylabel="share right", xlim=(0, 1), ylim=(0, 1.02))
    return figure


def _risk_coverage(head: str, probabilities: Floats, gold: Ints) -> Figure:
    figure = _figure(f"{head}: error among the most confident")
    axes = figure.subplots()
    coverage, risk = np.array(risk_coverage(probabilities, gold)).T
    axes.plot(coverage, risk, color="#99154e")
    axes.axvline(0.8, color="grey", linewidth=1, linestyle=":")
    axes.set(xlabel="coverage", ylabel="error rate", xlim=(0, 1), ylim=(0, max(0.05, float(risk.max()) * 1.05)))
    return figure


def _confusion(head: str, probabilities: Floats, gold: Ints, labels: Sequence[str]) -> Figure:
    counts = confusion(gold, probabilities.argmax(axis=1).astype(np.int64), len(labels))
    figure = _figure(f"{head}: rows are gold, columns predicted")
    axes = figure.subplots()
    axes.imshow(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=30)
    axes.set_yticks(range(len(labels)), labels)
    for i in range(len(labels)):
        for j in range(len(labels)):
            dark = counts[i, j] > 0.6 * max(1, counts[i].sum())
            axes.text(j, i, str(counts[i, j]), ha="center", va="center", color="white" if dark else "black")
    return figure
