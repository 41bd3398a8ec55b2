import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from training.metrics import (
    class_f1,
    confusion,
    expected_calibration_error,
    interval,
    macro_f1,
    macro_of,
    resampled_counts,
    risk_at,
    risk_coverage,
    score,
    softmax,
)

pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


@given(pairs)
def test_class_f1_is_that_of_scikit_learn(rows: list[tuple[int, int]]) -> None:
    gold, predicted = np.array(rows, dtype=np.int64).T
    expected = f1_score(gold, predicted, labels=range(4), average=None, zero_division=0)
    assert class_f1(confusion(gold, predicted, 4)) == pytest.approx(expected)


@given(pairs)
def test_macro_f1_counts_the_classes_of_the_gold_set(rows: list[tuple[int, int]]) -> None:
    gold, predicted = np.array(rows, dtype=np.int64).T
    present = sorted(set(gold.tolist()))
    expected = f1_score(gold, predicted, labels=present, average="macro", zero_division=0)
    assert macro_f1(gold, predicted, 4) == pytest.approx(expected)


@given(pairs)
@settings(max_examples=20)
def test_resamples_hold_as_many_rows_as_the_set_and_enclose_a_perfect_score(rows: list[tuple[int, int]]) -> None:
    gold, predicted = np.array(rows, dtype=np.int64).T
    counts = resampled_counts(gold, predicted, 4, times=50)
    assert (counts.sum(axis=(1, 2)) == len(gold)).all()
    assert interval(macro_of(resampled_counts(gold, gold, 4, times=50))) == (1.0, 1.0)


def test_the_same_seed_draws_the_same_rows_for_two_models() -> None:
    gold = np.array([0, 1, 2, 3] * 10)
    a = resampled_counts(gold, gold, 4, seed=5, times=20)
    b = resampled_counts(gold, np.zeros_like(gold), 4, seed=5, times=20)
    assert (a.sum(axis=2) == b.sum(axis=2)).all()


@given(st.lists(st.lists(st.floats(-20, 20), min_size=3, max_size=3), min_size=1, max_size=30), st.data())
def test_calibration_error_and_risk_are_shares(logits: list[list[float]], data: st.DataObject) -> None:
    probabilities = softmax(np.array(logits))
    gold = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(logits), max_size=len(logits))))
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(len(logits)))
    assert 0 <= expected_calibration_error(probabilities, gold) <= 1
    curve = risk_coverage(probabilities, gold)
    assert curve[-1][0] == 1
    assert curve[-1][1] == pytest.approx((probabilities.argmax(axis=1) != gold).mean())


def test_a_sure_and_wrong_model_is_badly_calibrated_and_a_right_one_is_not() -> None:
    sure = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert expected_calibration_error(sure, np.array([1, 1])) == 1
    assert expected_calibration_error(sure, np.array([0, 0])) == 0


def test_risk_at_a_coverage_looks_at_the_most_confident_rows() -> None:
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4], [0.55, 0.45]])
    gold = np.array([0, 0, 0, 0, 1])
    assert risk_at(risk_coverage(probabilities, gold), 0.8) == 0
    assert risk_at(risk_coverage(probabilities, gold), 1.0) == pytest.approx(0.2)


def test_a_score_tells_n_of_every_class_and_an_empty_set_nothing() -> None:
    found = score(np.eye(2), np.array([0, 1]), ("yes", "no"))
    assert found["classes"] == {"yes": {"f1": 1.0, "n": 1}, "no": {"f1": 1.0, "n": 1}}
    assert found["macro_f1"]["value"] == 1
    assert score(np.zeros((0, 2)), np.zeros(0, dtype=np.int64), ("yes", "no")) == {"n": 0}
