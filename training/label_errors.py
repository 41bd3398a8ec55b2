"""Probable label errors of a labelled set, by confident learning (Northcutt et al. 2021, arXiv 1911.00068; cleanlab).

Each statement's label is set against out-of-fold probabilities of a linear model on TF-IDF features, whose folds never
split a family. What it lists wants a look by a person; it is not a verdict. Knows nothing of the fine-tuned encoder.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from cleanlab.filter import find_label_issues
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline, make_union

from data.errors import QawlError
from data.normalisation import normalise
from data.records import LabelledStatement

Head = Literal["stance", "sentiment"]
HEADS: tuple[Head, ...] = get_args(Head)


@dataclass(frozen=True, slots=True)
class ProbableError:
    """A label that the rest of the set speaks against: `row` is its position, `expected` what the model would say."""

    row: int
    given: str
    expected: str
    probability_of_given: float


def probable_label_errors(rows: Sequence[LabelledStatement], head: Head, folds: int = 5) -> list[ProbableError]:
    """Statements whose label is probably wrong, the least credible first.

    Args:
        rows: labelled statements of one target; those without this head's label are passed over.
        head: which label to look at.
        folds: folds of the cross-validation; families stay together.

    Raises:
        QawlError: if there are fewer families than folds, or only one label.
    """
    positions = [i for i, row in enumerate(rows) if getattr(row, head) is not None]
    labels = sorted({getattr(rows[i], head) for i in positions})
    groups = [rows[i].family or f"row {i}" for i in positions]
    if len(set(groups)) < folds or len(labels) < 2:
        raise QawlError(
            f"{len(set(groups))} families with {len(labels)} {head} labels are too few to look for label errors",
            remedy=f"at least {folds} families and 2 labels are needed",
        )
    texts = [normalise(f"{rows[i].text} | {rows[i].speaker or ''} | {rows[i].context or ''}").text for i in positions]
    given = np.array([labels.index(getattr(rows[i], head)) for i in positions])
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=2, sublinear_tf=True),
    )
    model = make_pipeline(features, LogisticRegression(C=4.0, max_iter=2000, class_weight="balanced"))
    probabilities = cross_val_predict(
        model, texts, given, groups=groups, cv=GroupKFold(folds), method="predict_proba", n_jobs=1
    )
    suspicious = find_label_issues(given, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
    return [
        ProbableError(
            row=positions[i],
            given=labels[given[i]],
            expected=labels[int(probabilities[i].argmax())],
            probability_of_given=float(probabilities[i][given[i]]),
        )
        for i in suspicious
    ]
