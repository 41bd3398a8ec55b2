"""From logits to calibrated confidence: a bias per label, a temperature per head, a threshold under which it abstains.

Temperature scaling: Guo et al. 2017, arXiv 1706.04599; with biases: Alexandari et al. 2020, arXiv 1901.06852. Fitted on
validation only. Knows arrays and records, no model.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from data.artifact import Head, Heads
from data.records import SENTIMENTS, STANCES, Label, Prediction
from training.metrics import Floats, Ints, softmax


def fit_temperature(logits: Floats, gold: Ints) -> float:
    """The temperature that minimises the negative log-likelihood of `gold`; 1 where there is nothing to fit."""
    if len(gold) < 2:
        return 1.0

    def loss(log_temperature: float) -> float:
        probabilities = softmax(logits / np.exp(log_temperature))
        return float(-np.log(np.maximum(probabilities[np.arange(len(gold)), gold], 1e-12)).mean())

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(found.x))


# How much of the fitted biases is applied. The whole of them brings the labels' shares of validation, where statements
# near the target were sought out; half of them does no worse on macro-F1 there and changes fewer answers.
BIAS_SHARE = 0.5


def fit_bias(logits: Floats, gold: Ints) -> Floats:
    """What would be added to each label's logit, in all 0, for labels to be as frequent as in `gold`.

    Weights of classes and balanced sets teach a head that all labels are equally likely. The biases, and a temperature
    that is then forgotten, minimise the negative log-likelihood of `gold`; a normal prior of unit variance keeps them
    small where there is little to fit.

    Args:
        logits: [rows, labels] of labelled validation rows.
        gold: [rows] label numbers.

    Returns:
        [labels].
    """
    count, labels = logits.shape
    if count < 2:
        return np.zeros(labels)

    def loss(given: Floats) -> float:
        bias = given[1:] - given[1:].mean()
        probabilities = softmax((logits + bias) / np.exp(given[0]))
        likelihood = np.log(np.maximum(probabilities[np.arange(count), gold], 1e-12)).mean()
        return float(-likelihood + 0.5 * np.square(given[1:]).sum() / count)

    found = minimize(loss, np.zeros(1 + labels), method="L-BFGS-B").x[1:]
    centred: Floats = found - found.mean()
    return centred


def fit_threshold(probabilities: Floats, gold: Ints, precision: float) -> float:
    """The least confidence at and above which the share of right labels reaches `precision`.

    Where no threshold reaches it, 1: the head then abstains on all but certain answers.
    """
    if not len(gold):
        return 0.0
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == gold
    order = np.argsort(-confidence, kind="stable")
    precisions = np.cumsum(right[order]) / np.arange(1, len(gold) + 1)
    # Rows of equal confidence stand or fall together.
    last_of_ties = np.append(np.diff(confidence[order]) != 0, True)
    reached = np.flatnonzero((precisions >= precision) & last_of_ties)
    if not len(reached):
        return 1.0
    return 0.0 if reached[-1] == len(gold) - 1 else float(confidence[order][reached[-1]])


def fit_head(logits: Floats, gold: Ints, precision: float) -> Head:
    """Temperature and threshold of one head.

    Args:
        logits: [rows, labels] of labelled validation rows.
        gold: [rows] label numbers.
        precision: what share of the answers that are not abstained should be right.
    """
    temperature = fit_temperature(logits, gold)
    return Head(temperature=temperature, threshold=fit_threshold(softmax(logits / temperature), gold, precision))


def to_predictions(stance: Floats, sentiment: Floats, heads: Heads) -> list[Prediction]:
    """Logits of both heads as the records that serving answers with."""
    stances = _labels(stance, STANCES, heads.stance)
    sentiments = _labels(sentiment, SENTIMENTS, heads.sentiment)
    return [Prediction(stance=a, sentiment=b) for a, b in zip(stances, sentiments, strict=True)]


def _labels(logits: Floats, names: Sequence[str], head: Head) -> list[Label]:
    found = []
    for row in softmax(logits / head.temperature):
        best = int(row.argmax())
        confidence = min(1.0, float(row[best]))
        found.append(
            Label(
                label=names[best],
                confidence=confidence,
                probabilities={name: float(p) for name, p in zip(names, row, strict=True)},
                abstained=confidence < head.threshold,
            )
        )
    return found
