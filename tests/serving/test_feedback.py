"""The label store: append-only, and what comes out of it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import ValidationError

from data.errors import QawlError
from data.records import LabelledStatement
from serving.feedback import Correction, LabelStore


@pytest.fixture
def labels() -> LabelStore:
    return LabelStore()


def test_a_correction_comes_out_as_a_labelled_statement(labels: LabelStore, tmp_path: Path) -> None:
    labels.add(Correction(text="نرفض بقاءهم", stance="against", speaker="الوزير", annotator="سعاد", model="m:1"))
    assert labels.export(tmp_path / "out.jsonl") == 1
    (line,) = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert "نرفض بقاءهم" in line
    statement = LabelledStatement.model_validate(json.loads(line))
    assert (statement.stance, statement.sentiment, statement.annotator) == ("against", None, "سعاد")


def test_who_when_and_which_model_are_kept(labels: LabelStore) -> None:
    number = labels.add(
        Correction(text="نعم", sentiment="positive", annotator="a", model="m:1", predicted={"sentiment": "neutral"})
    )
    (row,) = labels.rows()
    assert row["id"] == number
    assert row["received"].endswith("+00:00")
    assert (row["annotator"], row["model"]) == ("a", "m:1")
    assert json.loads(row["predicted"]) == {"sentiment": "neutral"}


def test_nothing_can_be_changed_or_deleted(labels: LabelStore) -> None:
    labels.add(Correction(text="نعم", stance="favor"))
    with closing(sqlite3.connect(labels.path)) as connection:
        for statement in ("UPDATE label SET stance = 'against'", "DELETE FROM label"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)
    assert labels.count() == 1


def test_of_one_annotators_corrections_the_latest_counts_and_the_earlier_stays(labels: LabelStore) -> None:
    labels.add(Correction(text="نعم", stance="favor", sentiment="positive", annotator="a"))
    labels.add(Correction(text="نعم", stance="neutral", annotator="a"))
    labels.add(Correction(text="نعم", stance="against", annotator="b"))
    assert labels.count() == 3
    assert [(s.annotator, s.stance, s.sentiment) for s in labels.labelled()] == [
        ("a", "neutral", "positive"),
        ("b", "against", None),
    ]


def test_what_was_added_is_there_for_the_next_process(labels: LabelStore) -> None:
    labels.add(Correction(text="نعم", stance="favor"))
    assert LabelStore(labels.path).count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "نعم"},
        {"text": " ", "stance": "favor"},
        {"text": "نعم", "stance": "angry"},
        {"text": 5, "stance": "favor"},
        {"stance": "favor"},
        {"text": "نعم", "stance": "favor", "colour": "red"},
    ],
)
def test_what_is_no_correction(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Correction.model_validate(wrong)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "feedback.sqlite"
    path.write_text("this is not a database, although it is long enough to be looked at" * 20)
    with pytest.raises(QawlError, match="not a label store"):
        LabelStore(path)


def test_an_empty_prediction_is_kept_as_such(labels: LabelStore) -> None:
    labels.add(Correction(text="نعم", stance="favor", predicted={}))
    (row,) = labels.rows()
    assert row["predicted"] == "{}"
