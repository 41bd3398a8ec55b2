from pathlib import Path

import pytest

from data.errors import QawlError
from data.labels.agreement import agreement, load_readings


def test_kappa_takes_off_what_chance_alone_would_give() -> None:
    # Cohen's own kind of table: 20 both yes, 15 both no, 5 and 10 apart.
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    result = agreement(first, second)
    assert (result.n, result.share) == (50, 0.7)
    assert result.kappa == pytest.approx(0.4)


def test_readers_who_agree_throughout() -> None:
    assert agreement(["against"] * 3, ["against"] * 3).kappa == 1.0


def test_unequal_readings_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="1 and 2"):
        agreement(["favor"], ["favor", "against"])


def test_a_bad_reading_is_named(tmp_path: Path) -> None:
    path = tmp_path / "readings.jsonl"
    path.write_text('{"id": "a", "first": {"stance": "for"}}\n', encoding="utf-8")
    with pytest.raises(QawlError, match=r"readings\.jsonl:1"):
        load_readings(path)
