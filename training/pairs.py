"""Can a bag of words read the labels of minimal pairs? It should not: then no label can be read off one word.

Minimal pairs after Gardner et al. 2020, «contrast sets», arXiv 2004.02709. Knows nothing of the fine-tuned encoder.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from data.errors import QawlError
from data.normalisation import normalise
from data.records import LabelledStatement
from training.metrics import interval


@dataclass(frozen=True, slots=True)
class PairAccuracy:
    """Stance accuracy on the statements of minimal pairs, with a 95 % interval over resampled pairs."""

    pairs: int
    statements: int
    accuracy: float
    low: float
    high: float


def bag_of_words_on_pairs(rows: Sequence[LabelledStatement], resamples: int = 1000) -> PairAccuracy:
    """Train TF-IDF and logistic regression on everything outside the pairs' families, test on the pairs.

    Args:
        rows: labelled statements of one target.
        resamples: bootstrap samples of whole pairs for the interval.

    Raises:
        QawlError: if there are no pairs, or nothing beside them to learn from.
    """
    paired = [row for row in rows if row.pair and row.stance]
    families = {row.family for row in paired}
    rest = [row for row in rows if row.stance and not row.pair and row.family not in families]
    if not paired or len({row.stance for row in rest}) < 2:
        raise QawlError("no minimal pairs, or too little beside them to train on")
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\w+", sublinear_tf=True),
        LogisticRegression(C=5.0, max_iter=1000, class_weight="balanced"),
    )
    model.fit([_text(row) for row in rest], [row.stance for row in rest])
    right = model.predict([_text(row) for row in paired]) == np.array([row.stance for row in paired])
    names = sorted({str(row.pair) for row in paired})
    number = {name: i for i, name in enumerate(names)}
    owners = np.array([number[str(row.pair)] for row in paired])
    hits, sizes = np.bincount(owners, weights=right), np.bincount(owners)
    drawn = np.random.default_rng(0).integers(0, len(names), size=(resamples, len(names)))
    low, high = interval(hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    return PairAccuracy(len(names), len(paired), float(right.mean()), low, high)


def _text(row: LabelledStatement) -> str:
    return normalise(f"{row.speaker or ''} : {row.context or row.text}").text
