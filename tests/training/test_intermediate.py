from pathlib import Path

import numpy as np
import pytest

from data.errors import QawlError
from data.records import DEFAULT_TARGET, LabelledStatement
from training.config import IntermediateConfig, PublicRows
from training.intermediate import as_statement, read_intermediate, unrelated_rows

DATASETS = Path(__file__).resolve().parents[3] / "shared" / "datasets"


def test_a_pair_of_headlines_becomes_a_statement_toward_the_first() -> None:
    pair = LabelledStatement(text="تراجع الصادرات", context="الصادرات ترتفع", group="disagree")
    found = as_statement(pair)
    assert (found.text, found.target, found.stance) == ("الصادرات ترتفع", "تراجع الصادرات", "against")


def test_a_row_with_a_stance_of_its_own_stays_as_it_is() -> None:
    row = LabelledStatement(text="نؤيد المشروع", target="مشروع الميناء", stance="favor")
    assert as_statement(row) == row


def test_rows_toward_the_target_of_another_row_are_unrelated() -> None:
    rows = [
        LabelledStatement(id=f"r{i}", text=f"نص {i}", target=target, stance="favor", sentiment="positive")
        for i, target in enumerate(["الميناء", "المطار"] * 10)
    ]
    found = unrelated_rows(rows, 0.5, np.random.default_rng(0))
    own = {row.id: row.target for row in rows}
    assert len(found) == 10
    assert {row.stance for row in found} == {"unrelated"}
    assert {row.sentiment for row in found} == {None}
    assert all(row.target != own[str(row.id).removesuffix("-unrelated")] for row in found)


def test_one_target_alone_gives_no_unrelated_rows() -> None:
    rows = [LabelledStatement(text="نص", target="الميناء", stance="favor")] * 4
    assert unrelated_rows(rows, 1.0, np.random.default_rng(0)) == []
    assert unrelated_rows([LabelledStatement(text="نص", target=DEFAULT_TARGET)], 1.0, np.random.default_rng(0)) == []


def test_a_set_that_must_not_ship_is_refused() -> None:
    with pytest.raises(QawlError, match="licence does not allow"):
        read_intermediate(IntermediateConfig(sets=(PublicRows(name="mawqif"),)), seed=1)


def test_a_set_that_is_absent_is_left_out_with_a_note(tmp_path: Path) -> None:
    wanted = IntermediateConfig(path=str(tmp_path), sets=(PublicRows(name="ans_stance"),))
    sets, notes = read_intermediate(wanted, seed=1)
    assert sets == []
    assert len(notes) == 1
    assert "ans_stance" in notes[0]


@pytest.mark.shared
def test_rows_are_taken_from_the_train_split_alone_and_the_same_for_a_seed() -> None:
    if not DATASETS.is_dir():
        pytest.skip(f"{DATASETS} is not here")
    wanted = IntermediateConfig(path=str(DATASETS), sets=(PublicRows(name="ans_stance", most=100),), unrelated=0.1)
    (one,), notes = read_intermediate(wanted, seed=3)
    assert notes == []
    assert (len(one.of("train")), len(one.of("validation"))) == (90 + 9, 10)
    assert all(str(row.id).startswith("ans_stance-train-") for row in one.rows)
    again, _ = read_intermediate(wanted, seed=3)
    other, _ = read_intermediate(wanted, seed=4)
    assert list(again[0].rows) == list(one.rows)
    assert list(other[0].rows) != list(one.rows)
