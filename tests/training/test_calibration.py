import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.artifact import Head, Heads
from training.calibration import fit_bias, fit_head, fit_temperature, fit_threshold, to_predictions
from training.metrics import expected_calibration_error, softmax


def test_temperature_cools_an_overconfident_model_and_lowers_its_calibration_error() -> None:
    generator = np.random.default_rng(0)
    honest = generator.normal(size=(4000, 4)) * 2
    gold = np.array([generator.choice(4, p=p) for p in softmax(honest)])
    loud = honest * 3
    temperature = fit_temperature(loud, gold)
    assert temperature == pytest.approx(3, rel=0.1)
    before = expected_calibration_error(softmax(loud), gold)
    assert expected_calibration_error(softmax(loud / temperature), gold) < before / 3


def test_biases_bring_back_the_labels_that_a_balanced_head_gives_too_seldom() -> None:
    generator = np.random.default_rng(1)
    honest = generator.normal(size=(6000, 4)) + np.array([0.0, -1.0, 0.5, 1.5])
    gold = np.array([generator.choice(4, p=p) for p in softmax(honest)])
    balanced = 2 * (honest - np.array([0.0, -1.0, 0.5, 1.5]))
    bias = fit_bias(balanced, gold)
    assert bias.sum() == pytest.approx(0)
    assert bias == pytest.approx(2 * np.array([-0.25, -1.25, 0.25, 1.25]), abs=0.15)
    right = (balanced.argmax(axis=1) == gold).mean()
    assert ((balanced + bias).argmax(axis=1) == gold).mean() > right + 0.03
    assert np.abs(fit_bias(balanced[:2], gold[:2])).max() < np.abs(bias).max()
    assert (fit_bias(np.zeros((0, 4)), np.zeros(0, dtype=np.int64)) == 0).all()


def test_nothing_to_fit_leaves_confidence_as_it_is() -> None:
    assert fit_temperature(np.zeros((0, 4)), np.zeros(0, dtype=np.int64)) == 1
    assert fit_threshold(np.zeros((0, 4)), np.zeros(0, dtype=np.int64), 0.95) == 0


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 0.99))
def test_at_and_above_the_threshold_the_wanted_share_is_right(seed: int, precision: float) -> None:
    generator = np.random.default_rng(seed)
    probabilities = softmax(generator.normal(size=(80, 3)))
    gold = generator.integers(0, 3, size=80)
    threshold = fit_threshold(probabilities, gold, precision)
    covered = probabilities.max(axis=1) >= threshold
    if covered.any():
        assert (probabilities.argmax(axis=1) == gold)[covered].mean() >= precision


def test_an_unreachable_precision_abstains() -> None:
    assert fit_threshold(np.array([[0.9, 0.1]]), np.array([1]), 0.95) == 1


def test_predictions_name_labels_in_the_heads_order_and_abstain_under_the_threshold() -> None:
    heads = Heads(
        stance=Head(temperature=2.0, threshold=0.6), sentiment=fit_head(np.zeros((0, 3)), np.zeros(0, int), 0.9)
    )
    first, second = to_predictions(
        np.array([[0.0, 4.0, 0.0, 0.0], [0.0, 0.0, 0.5, 0.0]]), np.array([[9.0, 0, 0], [0, 0, 9.0]]), heads
    )
    assert (first.stance.label, first.stance.abstained) == ("favor", False)
    assert (second.stance.label, second.stance.abstained) == ("neutral", True)
    assert (first.sentiment.label, second.sentiment.label) == ("positive", "negative")
    assert first.stance.confidence == pytest.approx(np.exp(2) / (np.exp(2) + 3))
