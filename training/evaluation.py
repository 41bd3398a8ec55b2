"""Score a predictor on labelled statements: a table, a report folder (JSON, PNG, one HTML file), baselines beside it.

The predictor is any callable from labelled statements to predictions; whether torch, onnxruntime or a service answers
is not known here.
"""

import base64
import html
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from data.errors import QawlError
from data.labels.files import labelled_files, parse_line
from data.records import SENTIMENTS, STANCES, LabelledStatement, Prediction
from data.template import context_around
from training import plots
from training.metrics import Floats, Ints, score

Task = Literal["stance", "sentiment"]
LABELS: dict[Task, tuple[str, ...]] = {"stance": STANCES, "sentiment": SENTIMENTS}
Predict = Callable[[list[LabelledStatement]], list[Prediction]]
LEAST_IN_A_GROUP = 5


class Scored(NamedTuple):
    """Probabilities [rows, labels] and label numbers [rows] of one head, over the rows that have its label."""

    probabilities: Floats
    gold: Ints
    rows: list[LabelledStatement]


def load_evaluation(path: Path) -> list[LabelledStatement]:
    """Labelled statements to measure on: a labelled JSONL file or folder, or articles with marked statements.

    An article's statements are taken with their lines as context, as `data.template.context_around` gives them.

    Raises:
        QawlError: naming the file and line that cannot be read.
    """
    rows = []
    for file in labelled_files(path):
        for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), 1):
            if line.strip():
                rows += _rows_of(line, f"{file}:{number}")
    return rows


def _rows_of(line: str, where: str) -> list[LabelledStatement]:
    try:
        raw = json.loads(line)
    except ValueError as error:
        raise QawlError("not a JSON object", where=where) from error
    if not isinstance(raw, dict) or "statements" not in raw:
        return [parse_line(line, where)]
    rows = []
    try:
        for number, marked in enumerate(raw["statements"]):
            text = raw[marked["field"]]
            rows.append(
                LabelledStatement(
                    id=f"{raw['id']}#{number}",
                    text=marked["text"],
                    speaker=marked.get("speaker"),
                    context=context_around(text, marked["start"], marked["end"]),
                    stance=marked.get("stance"),
                    sentiment=marked.get("sentiment"),
                    kind=marked.get("kind"),
                    hard=marked.get("hard", False),
                    source=raw.get("source"),
                )
            )
    except (KeyError, TypeError, ValueError) as error:
        raise QawlError(f"not an article with marked statements: {error}".splitlines()[0], where=where) from error
    return rows


def heads_of(rows: Sequence[LabelledStatement], predictions: Sequence[Prediction]) -> dict[Task, Scored]:
    """What each head said of the rows that have its label."""
    found = {}
    for task, labels in LABELS.items():
        pairs = [(row, getattr(p, task)) for row, p in zip(rows, predictions, strict=True) if getattr(row, task)]
        probabilities = np.array([[label.probabilities[name] for name in labels] for _, label in pairs])
        gold = np.array([labels.index(getattr(row, task)) for row, _ in pairs], dtype=np.int64)
        found[task] = Scored(probabilities.reshape(len(pairs), len(labels)), gold, [row for row, _ in pairs])
    return found


def summarise(rows: Sequence[LabelledStatement], predictions: Sequence[Prediction]) -> dict[str, Any]:
    """All scores of a set, as plain values: head -> scores, with `abstained` (the share), `precision_when_sure` and
    `groups` (by kind, length, force, speaker type, group, target, hard) inside."""
    summary: dict[str, Any] = {"statements": len(rows)}
    for task, (probabilities, gold, labelled) in heads_of(rows, predictions).items():
        head = score(probabilities, gold, LABELS[task])
        labels = [getattr(p, task) for row, p in zip(rows, predictions, strict=True) if getattr(row, task)]
        if labels:
            sure = np.array([not label.abstained for label in labels])
            right = probabilities.argmax(axis=1) == gold
            head["abstained"] = round(float(1 - sure.mean()), 4)
            head["precision_when_sure"] = round(float(right[sure].mean()), 4) if sure.any() else None
            head["groups"] = _groups(labelled, probabilities, gold, LABELS[task])
        summary[task] = head
    return summary


def _groups(
    rows: Sequence[LabelledStatement], probabilities: Floats, gold: Ints, labels: Sequence[str]
) -> dict[str, dict[str, dict[str, float]]]:
    keys: dict[str, Callable[[LabelledStatement], str | None]] = {
        "kind": lambda row: row.kind,
        "length": _length,
        "force": lambda row: row.force,
        "speaker_type": lambda row: row.speaker_type,
        "group": lambda row: row.group,
        "target": lambda row: row.target,
        "hard": lambda row: "hard" if row.hard else "plain",
    }
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, key in keys.items():
        values = [key(row) for row in rows]
        for value in sorted({v for v in values if v is not None}):
            inside = np.array([v == value for v in values])
            if inside.sum() < LEAST_IN_A_GROUP:
                continue
            scores = score(probabilities[inside], gold[inside], labels)
            found.setdefault(name, {})[value] = {
                "n": scores["n"],
                "accuracy": scores["accuracy"],
                "macro_f1": scores["macro_f1"]["value"],
            }
    return {name: values for name, values in found.items() if len(values) > 1}


def _length(row: LabelledStatement) -> str:
    words = len(row.text.split())
    return "1-8 words" if words <= 8 else "9-16 words" if words <= 16 else "17-30 words" if words <= 30 else "31+ words"


def evaluate(
    predict: Predict,
    rows: Sequence[LabelledStatement],
    report: Path | None = None,
    *,
    name: str = "evaluation",
    model: str = "model",
    train: Sequence[LabelledStatement] | None = None,
) -> dict[str, Any]:
    """Score a predictor.

    Args:
        predict: answers a list of statements with as many predictions, in order.
        rows: labelled statements; rows without a head's label are left out of that head's scores.
        report: a folder for report.json, report.html and plots; nothing is written without it.
        name: of the set; `model`: of the predictor.
        train: statements to fit the baselines on; without them there are none beside the model.

    Returns:
        the scores, as in report.json.

    Raises:
        QawlError: if there is no labelled row.
    """
    if not any(row.stance or row.sentiment for row in rows):
        raise QawlError("no labelled statement to measure on", where=name)
    predictions = predict(list(rows))
    summary = {"set": name, "model": model, **summarise(rows, predictions)}
    if train:
        from training.baselines import score_baselines

        summary["baselines"] = score_baselines(train, {name: rows})[name]
    if report:
        report.mkdir(parents=True, exist_ok=True)
        pictures = draw_plots(report, rows, predictions)
        (report / "report.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        (report / "report.html").write_text(_page(summary, report, pictures, rows, predictions), encoding="utf-8")
    return summary


def draw_plots(folder: Path, rows: Sequence[LabelledStatement], predictions: Sequence[Prediction]) -> list[str]:
    """Draw both heads' plots into `folder`; returns the files' names."""
    names = []
    for task, (probabilities, gold, _) in heads_of(rows, predictions).items():
        names += plots.draw(folder, task, probabilities, gold, LABELS[task])
    return names


def table(summary: dict[str, Any]) -> str:
    """The scores as a plain-text table: one line a model and head, then each class."""
    lines = [f"{summary['set']}: {summary['statements']} statements"]
    lines.append(f"{'':28}{'macro-F1':>9} {'95 % interval':>16} {'accuracy':>9} {'ECE':>6} {'err@80%':>8} {'n':>6}")
    for task in LABELS:
        named = {summary["model"]: summary.get(task, {})}
        named |= {name: heads.get(task, {}) for name, heads in summary.get("baselines", {}).items()}
        for name, head in named.items():
            if not head.get("n"):
                continue
            f1 = head["macro_f1"]
            interval = f"{f1['low']:.3f}..{f1['high']:.3f}"
            lines.append(
                f"{task + ' ' + name:28}{f1['value']:9.3f} {interval:>16} {head['accuracy']:9.3f} "
                f"{head['ece']:6.3f} {head['error_at_80_coverage']:8.3f} {head['n']:6d}"
            )
        classes = summary.get(task, {}).get("classes", {})
        lines += [f"  {label:26}{scores['f1']:9.3f} {'':42}{scores['n']:6d}" for label, scores in classes.items()]
    return "\n".join(lines)


def _page(
    summary: dict[str, Any],
    folder: Path,
    pictures: Sequence[str],
    rows: Sequence[LabelledStatement],
    predictions: Sequence[Prediction],
) -> str:
    """One HTML file that needs no other: table, groups, plots, and the wrong answers, the most confident first."""
    escape = html.escape
    images = "".join(
        f'<img alt="{escape(name)}" src="data:image/png;base64,'
        f'{base64.b64encode((folder / name).read_bytes()).decode("ascii")}">'
        for name in pictures
    )
    groups = ""
    for task in LABELS:
        for name, values in summary.get(task, {}).get("groups", {}).items():
            cells = "".join(
                f"<tr><td>{escape(value)}</td><td>{s['n']}</td><td>{s['accuracy']:.3f}</td><td>{s['macro_f1']:.3f}</td></tr>"
                for value, s in values.items()
            )
            groups += (
                f"<table><caption>{task} by {escape(name)}</caption>"
                f"<tr><th></th><th>n</th><th>accuracy</th><th>macro-F1</th></tr>{cells}</table>"
            )
    wrong = sorted(
        ((p.stance.confidence, row, p) for row, p in zip(rows, predictions, strict=True) if _wrong(row, p)),
        key=lambda found: -found[0],
    )
    errors = "".join(
        f"<tr><td dir=rtl>{escape(row.speaker or '')}</td><td dir=rtl>{escape(row.text)}</td>"
        f"<td>{row.stance or ''}</td><td>{p.stance.label} {p.stance.confidence:.2f}</td>"
        f"<td>{row.sentiment or ''}</td><td>{p.sentiment.label} {p.sentiment.confidence:.2f}</td></tr>"
        for _, row, p in wrong
    )
    title = escape(f"{summary['model']} on {summary['set']}")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>'
        "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
        "table{border-collapse:collapse;margin:1rem 1rem 1rem 0;display:inline-table;vertical-align:top}"
        "td,th{border:1px solid #ccc;padding:.2rem .5rem;text-align:start}caption{text-align:start;font-weight:600}"
        "img{max-width:24rem}pre{overflow:auto}</style>"
        f"<h1>{title}</h1><pre>{escape(table(summary))}</pre>{images}<h2>Groups</h2>{groups}"
        f"<h2>Wrong answers ({len(wrong)})</h2><table><tr><th>speaker</th><th>statement</th><th>stance</th>"
        f"<th>answered</th><th>sentiment</th><th>answered</th></tr>{errors}</table></html>\n"
    )


def _wrong(row: LabelledStatement, prediction: Prediction) -> bool:
    return (row.stance is not None and row.stance != prediction.stance.label) or (
        row.sentiment is not None and row.sentiment != prediction.sentiment.label
    )
