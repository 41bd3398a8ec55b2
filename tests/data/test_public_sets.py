from collections import Counter
from pathlib import Path

import pytest

from data.errors import QawlError
from data.public_sets import describe, known_sets, read_public

DATASETS = Path(__file__).resolve().parents[3] / "shared" / "datasets"

# Rows as the sets' authors publish them.
SIZES = {
    "mawqif": {"train": 3502, "test": 619},
    "arabicstancex": {"train": 11500, "test": 2977},
    "ans_stance": {"train": 2652, "validation": 755, "test": 379},
    "exaasc": {"test": 2743},
    "arsarcasm_v2": {"train": 12548, "test": 3000},
    "semeval2017_ar_xlmt": {"train": 1839, "validation": 324, "test": 870},
    "arentail": {"train": 5000, "test": 1000},
}


def test_every_set_says_where_it_is_from_and_whether_it_may_ship() -> None:
    assert set(known_sets()) == set(SIZES)
    for name in known_sets():
        described = describe(name)
        assert described.name == name
        assert "@" in described.source
        assert described.may_ship == ("none stated" not in described.licence)
        assert all(len(value) == 64 for value in described.files.values())


@pytest.mark.shared
@pytest.mark.parametrize("name", sorted(SIZES))
def test_a_set_is_read_whole_by_its_official_splits(name: str) -> None:
    if not DATASETS.is_dir():
        pytest.skip(f"{DATASETS} is not here")
    rows = read_public(name, DATASETS)
    assert {split: len(found) for split, found in rows.items()} == SIZES[name]
    assert all(row.stance or row.sentiment or row.group for found in rows.values() for row in found)


@pytest.mark.shared
def test_the_class_none_is_a_class_and_no_missing_value() -> None:
    if not DATASETS.is_dir():
        pytest.skip(f"{DATASETS} is not here")
    rows = [row for found in read_public("mawqif", DATASETS).values() for row in found]
    assert Counter(row.stance for row in rows) == {"favor": 2528, "against": 1201, "neutral": 392}


def test_an_unknown_set_and_a_changed_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(QawlError, match=r"unknown public set 'nothing'; known: .*mawqif"):
        read_public("nothing", tmp_path)
    with pytest.raises(QawlError, match="lacks this file"):
        read_public("exaasc", tmp_path)
    (tmp_path / "test_final.csv.gz").write_bytes(b"other")
    with pytest.raises(QawlError, match="another file than the one described"):
        read_public("exaasc", tmp_path)
