from pathlib import Path

import numpy as np
import pytest

from data.records import LabelledStatement, Sentiment, Stance
from tests.training.tiny import labelled_rows, save_model, tiny_config
from training.public_tests import (
    labels_of,
    leave_one_out,
    main,
    official_scores,
    tfidf_and_predict,
    train_and_predict,
    without_copies,
)

DATASETS = Path(__file__).resolve().parents[3] / "shared" / "datasets"


def stances(target: str, *labels: Stance) -> list[LabelledStatement]:
    return [LabelledStatement(text=f"{target} {i}", target=target, stance=label) for i, label in enumerate(labels)]


def test_favg2_is_the_mean_over_targets_of_the_f1_of_favor_and_against() -> None:
    rows = stances("الميناء", "favor", "against") + stances("المطار", "favor", "favor", "against", "neutral")
    predicted = ["favor", "against", "favor", "against", "against", "neutral"]
    # The port: 1 and 1. The airport: favor 2/3, against 2/3.
    value, low, high = official_scores(rows, predicted)["favg2"]
    assert value == pytest.approx((1 + 2 / 3) / 2)
    assert low <= value <= high
    # All at once: favor 4/5, against 4/5; and neutral 1.
    assert official_scores(rows, predicted)["favg2-pooled"][0] == pytest.approx(4 / 5)
    assert official_scores(rows, predicted)["macro-f1"][0] == pytest.approx((4 / 5 + 4 / 5 + 1) / 3)


def test_f_pn_leaves_neutral_out_of_the_mean_but_not_out_of_the_errors() -> None:
    labels: list[Sentiment] = ["positive", "negative", "neutral"]
    rows = [LabelledStatement(text=f"نص {label}", sentiment=label) for label in labels]
    scores = official_scores(rows, ["positive", "negative", "negative"])
    assert scores["f-pn"][0] == pytest.approx((1 + 2 / 3) / 2)
    assert "favg2" not in scores


def test_only_labels_of_the_set_are_answered() -> None:
    rows = stances("الميناء", "favor", "against")
    unrelated_first = np.array([[0.1, 0.2, 0.3, 0.4], [0.3, 0.1, 0.2, 0.4]])
    assert labels_of(unrelated_first, rows, "stance") == ["favor", "against"]


def test_a_target_that_is_left_out_is_not_trained_on() -> None:
    rows = stances("الميناء", "favor", "against") + stances("المطار", "favor")
    seen: list[tuple[set[str], set[str]]] = []

    def predict(train: list[LabelledStatement], test: list[LabelledStatement]) -> list[str]:
        seen.append(({row.target for row in train}, {row.target for row in test}))
        return [row.text for row in test]

    assert leave_one_out(rows, rows, predict) == [row.text for row in rows]
    assert seen == [({"الميناء"}, {"المطار"}), ({"المطار"}, {"الميناء"})]


def test_rows_that_stand_in_the_training_rows_are_dropped() -> None:
    rows = stances("الميناء", "favor", "against")
    kept, dropped = without_copies(rows, [LabelledStatement(text="الميناء  0")])
    assert (kept, dropped) == (rows[1:], 1)


def test_models_learn_plain_cues(tmp_path: Path) -> None:
    rows = labelled_rows()
    train = [row for row in rows if row.split == "train"]
    test = [row for row in rows if row.split == "validation"]
    config = tiny_config(save_model(tmp_path))
    for labels in (tfidf_and_predict(train, test), train_and_predict(train, test, config)):
        assert official_scores(test, labels)["macro-f1"][0] > 0.9


@pytest.mark.shared
def test_the_command_asks_for_an_artifact_where_a_set_has_no_train_split() -> None:
    if not DATASETS.is_dir():
        pytest.skip(f"{DATASETS} is not here")
    with pytest.raises(SystemExit, match="--artifact"):
        main(["exaasc", "--datasets", str(DATASETS)])
