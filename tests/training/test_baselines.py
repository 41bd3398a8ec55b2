import numpy as np

from tests.training.tiny import labelled_rows
from training.baselines import score_baselines


def test_every_baseline_is_scored_on_every_set() -> None:
    rows = labelled_rows()
    train = [row for row in rows if row.split == "train"]
    held = [row for row in rows if row.split == "validation"]
    generator = np.random.default_rng(0)
    vectors = {"train": generator.normal(size=(len(train), 3)), "held": generator.normal(size=(len(held), 3))}
    found = score_baselines(train, {"held": held}, vectors)["held"]
    assert set(found) == {"majority", "tfidf-logistic", "frozen-encoder-logistic"}
    majority, tfidf = found["majority"]["stance"], found["tfidf-logistic"]["stance"]
    assert majority["accuracy"] == 0.25
    assert tfidf["macro_f1"]["value"] > 0.9 > majority["macro_f1"]["value"]


def test_rows_without_a_label_are_left_out_of_that_head() -> None:
    rows = [row.model_copy(update={"sentiment": None}) for row in labelled_rows()[::10]]
    found = score_baselines(rows, {"same": rows})["same"]
    assert set(found["majority"]) == {"stance"}
    assert found["majority"]["stance"]["n"] == len(rows)
