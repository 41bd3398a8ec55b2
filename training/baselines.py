"""Baselines that every report shows beside the model: majority, TF-IDF with logistic regression, a frozen encoder.

They read the same inputs as the model: speaker, context, and the statement marked in it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import hstack
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from data.normalisation import normalise
from data.records import SENTIMENTS, STANCES, LabelledStatement, StatementInput
from data.template import split_context
from training.metrics import Floats, score

Task = Literal["stance", "sentiment"]
LABELS: dict[Task, tuple[str, ...]] = {"stance": STANCES, "sentiment": SENTIMENTS}


def score_baselines(
    train: Sequence[LabelledStatement],
    sets: Mapping[str, Sequence[LabelledStatement]],
    embeddings: dict[str, Floats] | None = None,
) -> dict[str, dict[str, dict[str, Any]]]:
    """Fit every baseline on `train` and score it on each set.

    Args:
        train: labelled statements.
        sets: labelled statements by name of the set.
        embeddings: [rows, width] sentence vectors of a frozen encoder, for `train` and for each set by its name;
            without them that baseline is left out.

    Returns:
        set -> baseline -> head -> scores as `training.metrics.score` gives them.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in sets}
    features: dict[str, dict[str, Any]] = {
        "majority": {name: np.zeros((len(rows), 1)) for name, rows in {"train": train, **sets}.items()},
        "tfidf-logistic": _tfidf(train, sets),
    }
    if embeddings:
        scaler = StandardScaler().fit(embeddings["train"])
        features["frozen-encoder-logistic"] = {name: scaler.transform(values) for name, values in embeddings.items()}
    for baseline, inputs in features.items():
        for task, labels in LABELS.items():
            gold = _gold(train, task)
            known = np.flatnonzero(gold >= 0)
            if not len(known):
                continue
            model = _classifier(baseline, len(np.unique(gold[known])))
            model.fit(inputs["train"][known], gold[known])
            for name, rows in sets.items():
                right = _gold(rows, task)
                labelled = np.flatnonzero(right >= 0)
                if not len(labelled):
                    continue
                probabilities = np.zeros((len(labelled), len(labels)))
                probabilities[:, model.classes_] = model.predict_proba(inputs[name][labelled])
                found[name].setdefault(baseline, {})[task] = score(probabilities, right[labelled], labels)
    return found


def _classifier(baseline: str, classes: int) -> Any:
    if baseline == "majority" or classes < 2:
        return DummyClassifier(strategy="prior")
    strength = 5.0 if baseline == "tfidf-logistic" else 0.05
    return LogisticRegression(C=strength, max_iter=2000, class_weight="balanced")


def _gold(rows: Sequence[LabelledStatement], task: Task) -> npt.NDArray[np.int64]:
    labels = [getattr(row, task) for row in rows]
    return np.array([LABELS[task].index(label) if label else -1 for label in labels], dtype=np.int64)


def _tfidf(train: Sequence[LabelledStatement], sets: Mapping[str, Sequence[LabelledStatement]]) -> dict[str, Any]:
    parts = {name: _texts(rows) for name, rows in {"train": train, **sets}.items()}
    vectorisers = (
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+"),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+"),
    )
    for vectoriser, column in zip(vectorisers, (0, 0, 1), strict=True):
        vectoriser.fit([text[column] for text in parts["train"]] or ["-"])
    return {
        name: hstack(
            [v.transform([text[c] for text in texts]) for v, c in zip(vectorisers, (0, 0, 1), strict=True)]
        ).tocsr()
        for name, texts in parts.items()
    }


def _texts(rows: Sequence[LabelledStatement]) -> list[tuple[str, str]]:
    """Of each row, the statement and what stands around it."""
    found = []
    for row in rows:
        left, right = split_context(StatementInput(text=row.text, speaker=row.speaker, context=row.context))
        around = f"{row.speaker or '-'} : {left} {right}"
        found.append((normalise(row.text, "light").text, normalise(around, "light").text))
    return found
