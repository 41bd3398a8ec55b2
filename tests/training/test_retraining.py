import json
from pathlib import Path

import pytest

from data.artifact import read_card
from data.errors import QawlError
from data.labels import write_labelled
from data.records import LabelledStatement, Prediction
from tests.training.test_evaluation import always_against, right
from tests.training.tiny import labelled_rows, save_model, tiny_config
from training.config import RetrainingConfig
from training.pipeline import train
from training.retraining import compare, decide, merge, retrain

BASE = labelled_rows()
FROZEN = [row for row in BASE if row.split == "validation"]


def new_row(text: str = "يجب طرد كل جندي أجنبي من بلادنا", **changes: object) -> LabelledStatement:
    return LabelledStatement.model_validate({"text": text, "stance": "against", "sentiment": "negative", **changes})


def test_new_statements_join_the_training_rows() -> None:
    merged = merge(BASE, [new_row(split="validation")], FROZEN)
    assert len(merged.rows) == len(BASE) + 1
    assert merged.rows[-1].split == "train"


def test_a_statement_given_twice_counts_once_and_a_known_one_not_at_all() -> None:
    known = BASE[0].model_copy(update={"id": "other", "split": None})
    merged = merge(BASE, [new_row(), new_row(), known], FROZEN)
    assert (len(merged.new), merged.repeated) == (1, 2)


def test_the_newest_label_wins_and_the_base_is_not_edited() -> None:
    before = list(BASE)
    again = BASE[0].model_copy(update={"stance": "neutral"})
    merged = merge(BASE, [BASE[0].model_copy(update={"stance": "favor"}), again], FROZEN)
    assert merged.relabelled == 1
    assert [row.stance for row in merged.rows if row.text == BASE[0].text and row.speaker == BASE[0].speaker] == [
        "neutral"
    ]
    assert before == BASE


def test_a_statement_like_one_of_the_frozen_set_is_left_out() -> None:
    merged = merge(BASE, [new_row(), new_row(f"{FROZEN[0].text}!", speaker="غيره")], FROZEN)
    assert (len(merged.new), merged.left_out) == (1, 1)


def test_nothing_new_is_an_error_that_says_why() -> None:
    with pytest.raises(QawlError, match="nothing new to learn"):
        merge(BASE, [BASE[0]], FROZEN)


def test_a_better_candidate_is_promoted_and_a_worse_one_refused_with_figures() -> None:
    better, reason = decide(compare(FROZEN, always_against, right), RetrainingConfig())
    assert better
    assert "stance macro-F1 0.100 -> 1.000 (+0.900" in reason
    worse, reason = decide(compare(FROZEN, right, always_against), RetrainingConfig())
    assert not worse
    assert reason.startswith("refused: worse on the frozen set: stance macro-F1 1.000 -> 0.100")
    assert decide(compare(FROZEN, right, right), RetrainingConfig())[0]


def test_a_class_that_falls_refuses_a_candidate_that_is_no_worse_overall() -> None:
    rows = FROZEN * 5

    def flips_one_class(given: list[LabelledStatement]) -> list[Prediction]:
        wrong = {"favor": "neutral"}
        return right([row.model_copy(update={"stance": wrong.get(row.stance or "", row.stance)}) for row in given])

    gate = RetrainingConfig(most_loss=1, most_likely_loss=1)
    promoted, reason = decide(compare(rows, right, flips_one_class), gate)
    assert not promoted
    assert "stance favor F1 1.000 -> 0.000" in reason


@pytest.fixture(scope="module")
def current(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("current")
    base = folder / "base.jsonl"
    write_labelled(base, BASE)
    config = tiny_config(save_model(folder / "model"), data={"path": str(base)})
    return train(config, folder / "artifact", baselines=False)


def test_good_labels_end_in_promotion(current: Path, tmp_path: Path) -> None:
    labels = tmp_path / "new.jsonl"
    write_labelled(
        labels, [new_row(f"{row.text} فوراً", stance=row.stance, sentiment=row.sentiment) for row in BASE[1:60:6]]
    )
    promoted: list[tuple[Path, str]] = []

    def promote(folder: Path, reason: str) -> str:
        promoted.append((folder, reason))
        return "tiny:2"

    outcome = retrain(
        [labels], tmp_path / "candidate", current=current, promote=promote, gate=RetrainingConfig(rate=0.1)
    )
    assert outcome.promoted
    assert promoted == [(tmp_path / "candidate", outcome.reason)]
    assert outcome.version == "tiny:2"
    card = read_card(outcome.candidate)
    assert card.version != read_card(current).version
    written = json.loads((tmp_path / "candidate.retraining.json").read_text(encoding="utf-8"))
    assert written["comparison"]["stance"]["n"] == len(FROZEN)


def test_wrong_labels_end_in_refusal_and_the_current_model_stays(current: Path, tmp_path: Path) -> None:
    labels = tmp_path / "wrong.jsonl"
    rotated = {"against": "favor", "favor": "neutral", "neutral": "unrelated", "unrelated": "against"}
    write_labelled(
        labels, [row.model_copy(update={"stance": rotated[row.stance or ""]}) for row in BASE if row.split == "train"]
    )

    def promote(folder: Path, reason: str) -> str:
        raise AssertionError("must not be promoted")

    before = read_card(current)
    gate = RetrainingConfig(epochs=6, rate=1.0)
    outcome = retrain([labels], tmp_path / "candidate", current=current, promote=promote, gate=gate)
    assert not outcome.promoted
    assert outcome.reason.startswith("refused: worse on the frozen set: stance macro-F1 1.000 ->")
    assert read_card(current) == before
