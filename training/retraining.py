"""Retrain on newly labelled statements: merge, train a candidate, compare it with the model in use, promote or refuse.

    merge     new labels join the base set in memory; files are never edited. The same statement labelled again takes
              its newest label. A new statement that is like one of the frozen set is left out: it would measure itself.
    train     quick: go on from the weights of the model in use, over the new statements and a sample of the old ones, a
              few epochs, minutes on two cores. full: the whole configuration from the base encoder.
    compare   both models on the frozen set, by paired bootstrap, and class by class.
    decide    by `configs/retraining.yaml`; the reason and its figures are part of the answer.

The store of models is not known here: the model in use is a folder and a predictor, promotion is a callable.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml

from data.artifact import read_card
from data.errors import QawlError
from data.labels import load_labelled
from data.labels.check import comparison_key, near_duplicates
from data.records import LabelledStatement
from training.config import CONFIGS, RetrainingConfig, TrainingConfig, validated
from training.evaluation import LABELS, Predict, Task, heads_of, load_evaluation
from training.labelled import read_labelled
from training.metrics import class_f1, confusion, interval, macro_of, resampled_counts
from training.pipeline import train
from training.prediction import artifact_predictor
from training.progress import note

Mode = Literal["quick", "full"]


@dataclass(frozen=True)
class Merged:
    """The rows to train on, and what became of the new ones."""

    rows: list[LabelledStatement]
    new: list[LabelledStatement]
    repeated: int
    relabelled: int
    left_out: int

    @property
    def told(self) -> str:
        return (
            f"{len(self.new)} new statements, {self.repeated} already known with the same labels, "
            f"{self.relabelled} labelled anew, {self.left_out} left out because they are like one of the frozen set"
        )


@dataclass(frozen=True)
class Comparison:
    """One head of two models on the same rows: macro-F1 of each, their difference with its 95 % interval, and every
    class's F1 and n."""

    n: int
    current: float
    candidate: float
    difference: float
    low: float
    high: float
    classes: dict[str, dict[str, float]]


@dataclass(frozen=True)
class Outcome:
    """What a retraining came to. `candidate` is the artifact's folder, kept also where it is refused."""

    promoted: bool
    reason: str
    candidate: Path
    mode: Mode
    merged: str
    comparison: Mapping[Task, Comparison]
    version: str

    def to_json(self) -> dict[str, Any]:
        """Plain values, as written to `retraining.json` and printed."""
        return {**asdict(self), "candidate": str(self.candidate)}


def load_gate(path: Path | None = None, **changes: object) -> RetrainingConfig:
    """The rules of retraining: `configs/retraining.yaml`, or another file of that form.

    Raises:
        QawlError: naming what is wrong with the file.
    """
    path = path or CONFIGS / "retraining.yaml"
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise QawlError("not readable as a YAML file", where=str(path)) from error
    if not isinstance(raw, dict):
        raise QawlError("not a mapping of keys to values", where=str(path))
    return validated(RetrainingConfig, {**raw, **changes}, str(path))


def merge(
    base: Sequence[LabelledStatement], new: Sequence[LabelledStatement], frozen: Sequence[LabelledStatement]
) -> Merged:
    """Join new labels to the base set; nothing that was given is changed.

    Args:
        base: rows that say their split.
        new: rows of any split; those that are kept become training rows.
        frozen: the rows that models are compared on.

    Raises:
        QawlError: if no new row is left.
    """
    known = {_key(row): number for number, row in enumerate(base)}
    newest: dict[tuple[str, ...], LabelledStatement] = {}
    repeated = 0
    for row in new:
        if row.stance is None and row.sentiment is None:
            continue
        key = _key(row)
        repeated += key in newest and _labels(newest[key]) == _labels(row)
        newest[key] = row
    rows = list(newest.values())
    texts = [row.text for row in frozen] + [row.text for row in rows]
    leaks = {b - len(frozen) for a, b, _ in near_duplicates(texts) if a < len(frozen) <= b}
    kept, replaced = [], set()
    for number, row in enumerate(rows):
        if number in leaks:
            continue
        old = known.get(_key(row))
        if old is not None and _labels(base[old]) == _labels(row):
            repeated += 1
            continue
        if old is not None:
            replaced.add(old)
        kept.append(row.model_copy(update={"split": "train"}))
    if not kept:
        raise QawlError(
            f"nothing new to learn: of {len(new)} statements {repeated} are known and {len(leaks)} are like one of the "
            "frozen set",
            where="labels",
        )
    stays = [row for number, row in enumerate(base) if number not in replaced]
    return Merged(stays + kept, kept, repeated, len(replaced), len(leaks))


def _key(row: LabelledStatement) -> tuple[str, ...]:
    return row.target, comparison_key(row.text), comparison_key(row.speaker or ""), comparison_key(row.context or "")


def _labels(row: LabelledStatement) -> tuple[str | None, str | None]:
    return row.stance, row.sentiment


def compare(
    rows: Sequence[LabelledStatement], current: Predict, candidate: Predict, *, seed: int = 0
) -> dict[Task, Comparison]:
    """Two predictors on the same rows; each resample draws the same rows for both (paired bootstrap)."""
    before = heads_of(rows, current(list(rows)))
    after = heads_of(rows, candidate(list(rows)))
    found = {}
    for task, labels in LABELS.items():
        gold = before[task].gold
        if not len(gold):
            continue
        size = len(labels)
        old, new = (found.probabilities.argmax(axis=1).astype(np.int64) for found in (before[task], after[task]))
        counts = [confusion(gold, predicted, size) for predicted in (old, new)]
        gains = macro_of(resampled_counts(gold, new, size, seed)) - macro_of(resampled_counts(gold, old, size, seed))
        low, high = interval(gains)
        old_f1, new_f1 = class_f1(counts[0]), class_f1(counts[1])
        found[task] = Comparison(
            n=len(gold),
            current=float(macro_of(counts[0])),
            candidate=float(macro_of(counts[1])),
            difference=float(macro_of(counts[1]) - macro_of(counts[0])),
            low=low,
            high=high,
            classes={
                name: {"current": float(old_f1[i]), "candidate": float(new_f1[i]), "n": int(counts[0][i].sum())}
                for i, name in enumerate(labels)
            },
        )
    return found


def decide(comparison: dict[Task, Comparison], gate: RetrainingConfig) -> tuple[bool, str]:
    """Whether the candidate may replace the model in use, and why, with the figures that decided."""
    faults = []
    for task, head in comparison.items():
        figures = (
            f"{task} macro-F1 {head.current:.3f} -> {head.candidate:.3f} "
            f"({head.difference:+.3f}, 95 % {head.low:+.3f}..{head.high:+.3f}, n = {head.n})"
        )
        if head.difference < -gate.most_loss or head.low < -gate.most_likely_loss:
            faults.append(figures)
        for name, scores in head.classes.items():
            if scores["n"] < gate.least_class_rows:
                continue
            if scores["current"] - scores["candidate"] > gate.most_class_loss:
                faults.append(f"{task} {name} F1 {scores['current']:.3f} -> {scores['candidate']:.3f}")
    if faults:
        return False, "refused: worse on the frozen set: " + "; ".join(faults)
    return True, "promoted: not worse on the frozen set: " + "; ".join(
        f"{task} macro-F1 {head.current:.3f} -> {head.candidate:.3f} "
        f"({head.difference:+.3f}, 95 % {head.low:+.3f}..{head.high:+.3f}, n = {head.n})"
        for task, head in comparison.items()
    )


def retrain(
    labels: Sequence[Path],
    output: Path,
    *,
    current: Path,
    promote: Callable[[Path, str], str],
    predict_current: Predict | None = None,
    config: TrainingConfig | None = None,
    mode: Mode = "quick",
    frozen: Path | None = None,
    gate: RetrainingConfig | None = None,
) -> Outcome:
    """Retrain and decide.

    Args:
        labels: files of newly labelled statements, oldest first.
        output: where the candidate is to stand.
        current: the artifact in use.
        promote: called with the candidate's folder and the reason if it is promoted; returns the tag or version that it
            is now stored under.
        predict_current: answers for the model in use; without it the artifact's own graph does.
        config: of the run; without it, the one that the artifact in use was trained with.
        mode: `quick` or `full`, see the module's head.
        frozen: labelled statements to compare on; without it, the base set's validation rows.
        gate: the rules; without it, `configs/retraining.yaml`.

    Raises:
        QawlError: if the labels cannot be read, hold nothing new, or the artifact in use cannot be gone on from.
    """
    gate = gate or load_gate()
    card = read_card(current)
    config = config or _own_config(card.config, str(current))
    given = read_labelled(config.data)
    for line in given.notes:
        note(line)
    base = [*given.of("train"), *given.of("validation")]
    held = load_evaluation(frozen) if frozen else [row for row in base if row.split == "validation"]
    if not held:
        raise QawlError("no frozen statement to compare on", where=str(frozen or config.data.path))
    new = [row for path in labels for row in load_labelled(path)]
    merged = merge(base, new, held)
    note(f"labels: {merged.told}")
    if mode == "quick":
        config, rows = _quick(config, merged, gate)
        candidate = train(config, output, rows=rows, start=current, baselines=False)
    else:
        candidate = train(config, output, rows=merged.rows, baselines=True)
    comparison = compare(held, predict_current or artifact_predictor(current), artifact_predictor(candidate))
    promoted, reason = decide(comparison, gate)
    version = promote(candidate, reason) if promoted else read_card(candidate).version
    outcome = Outcome(promoted, reason, candidate, mode, merged.told, comparison, version)
    report = candidate.with_name(f"{candidate.name}.retraining.json")
    report.write_text(json.dumps(outcome.to_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return outcome


def _own_config(raw: dict[str, Any], where: str) -> TrainingConfig:
    return validated(TrainingConfig, {key: value for key, value in raw.items() if key != "architecture"}, where)


def _quick(
    config: TrainingConfig, merged: Merged, gate: RetrainingConfig
) -> tuple[TrainingConfig, list[LabelledStatement]]:
    """A short run from the current weights: all new rows, and a sample of the old ones against forgetting."""
    new = {id(row) for row in merged.new}
    old = [row for row in merged.rows if row.split == "train" and id(row) not in new]
    wanted = min(len(old), max(gate.least_replay, gate.replay * len(merged.new)))
    generator = np.random.default_rng(config.seed)
    sample = [old[i] for i in sorted(generator.choice(len(old), size=wanted, replace=False).tolist())] if wanted else []
    validation = [row for row in merged.rows if row.split == "validation"]
    optimiser = config.optimiser.model_copy(
        update={
            "epochs": gate.epochs,
            "patience": gate.epochs,
            "rate": config.optimiser.rate * gate.rate,
            "heads_rate": config.optimiser.heads_rate * gate.rate,
            "average": 0.0,
        }
    )
    data = config.data.model_copy(update={"evaluation": ()})
    return config.model_copy(update={"optimiser": optimiser, "data": data}), sample + merged.new + validation
