"""The official tests of the public sets, with their own metrics: a model trained for it, or an artifact.

    python -m training.public_tests mawqif                         train on its train split, measure on its test split
    python -m training.public_tests mawqif --leave-one-out         each target unseen in training
    python -m training.public_tests exaasc --artifact MODEL        an artifact as it is
    python -m training.public_tests arsarcasm_v2 optimiser.epochs=2

Training keeps a tenth of the train split back and chooses the epoch on it; the test split is read once. TF-IDF with
logistic regression, one for each target, is fitted on the same rows and printed beside. Nothing is saved: a set whose
licence is silent may be measured on, and no weights of it shipped.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from data.errors import QawlError
from data.normalisation import normalise
from data.public_sets import describe, known_sets, read_public
from data.records import SENTIMENTS, STANCES, LabelledStatement
from data.template import InputEncoder
from training.baselines import LABELS, Task
from training.config import CONFIGS, TrainingConfig, load_config, located
from training.dataset import build_dataset
from training.intermediate import as_statement
from training.loop import fit, predict_logits, set_seed
from training.metrics import Floats, Ints, class_f1, confusion, interval, macro_of, resampled_counts
from training.pipeline import fresh_model
from training.prediction import artifact_predictor, target_lookup
from training.progress import note

DATASETS = "../shared/datasets"
FAVOR_AGAINST = [STANCES.index("favor"), STANCES.index("against")]
POSITIVE_NEGATIVE = [SENTIMENTS.index("positive"), SENTIMENTS.index("negative")]
Scores = dict[str, tuple[float, float, float]]


def task_of(rows: Sequence[LabelledStatement]) -> Task:
    """The head that a set measures: stance where it gives stance, else sentiment."""
    return "stance" if any(row.stance for row in rows) else "sentiment"


def official_scores(rows: Sequence[LabelledStatement], predicted: Sequence[str]) -> Scores:
    """The metrics that papers print, each with a 95 % bootstrap interval.

    Args:
        rows: labelled test rows.
        predicted: a label for each, from the same head.

    Returns:
        for stance: `favg2`, the mean F1 of favor and against, for each target and then averaged over them (Mohammad et
        al. 2016; Mawqif's rule), `favg2-pooled` over all rows at once, and `macro-f1` over the classes in gold; for
        sentiment: `f-pn`, the mean F1 of positive and negative, and `macro-f1`.
    """
    task = task_of(rows)
    names = list(LABELS[task])
    gold = np.array([names.index(str(getattr(row, task))) for row in rows], dtype=np.int64)
    found = np.array([names.index(label) for label in predicted], dtype=np.int64)
    size = len(names)
    whole, drawn = confusion(gold, found, size), resampled_counts(gold, found, size)
    polar = FAVOR_AGAINST if task == "stance" else POSITIVE_NEGATIVE
    scores: Scores = {}
    if task == "stance":
        targets = np.array([row.target for row in rows])
        groups = [targets == target for target in sorted(set(targets.tolist()))]
        means = [_mean_f1(confusion(gold[g], found[g], size), polar) for g in groups]
        spread = [_mean_f1(resampled_counts(gold[g], found[g], size, seed=i), polar) for i, g in enumerate(groups)]
        scores["favg2"] = _with_interval(np.mean(means, axis=0), np.mean(spread, axis=0))
    name = "favg2-pooled" if task == "stance" else "f-pn"
    scores[name] = _with_interval(_mean_f1(whole, polar), _mean_f1(drawn, polar))
    scores["macro-f1"] = _with_interval(macro_of(whole), macro_of(drawn))
    return scores


def _mean_f1(counts: Ints, classes: Sequence[int]) -> Floats:
    return np.asarray(class_f1(counts)[..., classes].mean(axis=-1))


def _with_interval(value: Floats, resampled: Floats) -> tuple[float, float, float]:
    return float(value), *interval(resampled)


def labels_of(probabilities: Floats, rows: Sequence[LabelledStatement], task: Task) -> list[str]:
    """The best label of each row among those that occur in the set: a set without «unrelated» never asks for it."""
    names = list(LABELS[task])
    known = sorted({names.index(str(getattr(row, task))) for row in rows})
    return [names[known[int(i)]] for i in probabilities[:, known].argmax(axis=1)]


def train_and_predict(
    train: Sequence[LabelledStatement], test: Sequence[LabelledStatement], config: TrainingConfig
) -> list[str]:
    """Fine-tune the configuration's encoder on `train`, the epoch chosen on a tenth of it, and label `test`."""
    task = task_of(train)
    order = np.random.default_rng(config.seed).permutation(len(train))
    held = [train[i] for i in order[: len(train) // 10]]
    rest = [train[i] for i in order[len(train) // 10 :]]
    set_seed(config.seed, config.threads)
    encoder, model = fresh_model(config)
    inputs = InputEncoder(encoder.tokenizer, encoder.template)
    look_up = target_lookup(())
    with tempfile.TemporaryDirectory(prefix="qawl-public-") as folder:
        fit(model, inputs, build_dataset(rest), build_dataset(held), look_up, config, Path(folder), "")
    logits = predict_logits(model, inputs, build_dataset(test), look_up)[task]
    return labels_of(logits, train, task)


def tfidf_and_predict(train: Sequence[LabelledStatement], test: Sequence[LabelledStatement]) -> list[str]:
    """TF-IDF of words and of letters with logistic regression; one a target, else one for all."""
    task = task_of(train)
    found: dict[int, str] = {}
    for target in sorted({row.target for row in test}):
        own = [row for row in train if row.target == target] or list(train)
        model = make_pipeline(
            make_union(
                TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+"),
                TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
            ),
            LogisticRegression(C=5.0, max_iter=2000, class_weight="balanced"),
        )
        model.fit([_text(row) for row in own], [str(getattr(row, task)) for row in own])
        positions = [i for i, row in enumerate(test) if row.target == target]
        found.update(zip(positions, map(str, model.predict([_text(test[i]) for i in positions])), strict=True))
    return [found[i] for i in range(len(test))]


def _text(row: LabelledStatement) -> str:
    return normalise(row.text, "light").text


def leave_one_out(
    rows: Sequence[LabelledStatement],
    test: Sequence[LabelledStatement],
    predict: Callable[[list[LabelledStatement], list[LabelledStatement]], list[str]],
) -> list[str]:
    """Labels of `test`, each target's by a model that was trained on the train rows of the other targets."""
    found: dict[int, str] = {}
    for target in sorted({row.target for row in test}):
        note(f"unseen: {target}")
        positions = [i for i, row in enumerate(test) if row.target == target]
        labels = predict([row for row in rows if row.target != target], [test[i] for i in positions])
        found.update(zip(positions, labels, strict=True))
    return [found[i] for i in range(len(test))]


def without_copies(
    rows: Sequence[LabelledStatement], others: Sequence[LabelledStatement]
) -> tuple[list[LabelledStatement], int]:
    """The rows whose text stands in none of the others, and how many were dropped."""
    seen = {normalise(row.text, "light").text for row in others}
    kept = [row for row in rows if normalise(row.text, "light").text not in seen]
    return kept, len(rows) - len(kept)


def _artifact_labels(folder: Path, rows: list[LabelledStatement]) -> list[str]:
    task = task_of(rows)
    answers = artifact_predictor(folder)(rows)
    probabilities = np.array([[getattr(a, task).probabilities[name] for name in LABELS[task]] for a in answers])
    return labels_of(probabilities, rows, task)


def _print(system: str, scores: Mapping[str, tuple[float, float, float]], n: int) -> None:
    for name, (value, low, high) in scores.items():
        print(f"{system:24} {name:14} {value:.3f}  [{low:.3f}, {high:.3f}]  n {n}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m training.public_tests", description="Official tests.")
    parser.add_argument("name", choices=known_sets())
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="replace the configuration's settings")
    parser.add_argument("--datasets", default=DATASETS, help="the folder that holds the sets")
    parser.add_argument("--config", type=Path, default=CONFIGS / "embedded.yaml")
    parser.add_argument("--artifact", type=Path, help="measure this one instead of training")
    parser.add_argument("--leave-one-out", action="store_true", help="each target by a model that never saw it")
    given = parser.parse_intermixed_args(arguments)
    described = describe(given.name)
    root = located(given.datasets)
    splits = {
        split: [row for row in map(as_statement, rows) if row.stance or row.sentiment]
        for split, rows in read_public(given.name, root).items()
    }
    test = splits["test"]
    config = load_config(given.config, given.overrides)
    print(f"{described.name}: test {len(test)}; {described.metric}; published: {described.published or '-'}")
    if given.artifact:
        for wanted in config.intermediate.sets:
            if wanted.name != given.name:
                test, dropped = without_copies(test, read_public(wanted.name, root)["train"])
                if dropped:
                    print(f"left out: {dropped} rows of the test that stand in the train split of {wanted.name}")
        _print(given.artifact.name, official_scores(test, _artifact_labels(given.artifact, test)), len(test))
        return
    if "train" not in splits:
        raise SystemExit(f"{given.name} has no train split: measure an artifact on it with --artifact")
    train = splits["train"]
    if given.leave_one_out:
        _print("tfidf-logistic", official_scores(test, leave_one_out(train, test, tfidf_and_predict)), len(test))
        labels = leave_one_out(train, test, lambda rows, unseen: train_and_predict(rows, unseen, config))
    else:
        _print("tfidf-logistic", official_scores(test, tfidf_and_predict(train, test)), len(test))
        labels = train_and_predict(train, test, config)
    _print(config.encoder, official_scores(test, labels), len(test))


if __name__ == "__main__":
    try:
        main()
    except QawlError as error:
        raise SystemExit(f"qawl: {error}") from error
