from pathlib import Path

import pytest

from data.errors import QawlError
from data.records import DEFAULT_TARGET
from data.targets import Target, known_targets, load_target, read_target, resolve_target


def test_every_known_target_has_an_arabic_card() -> None:
    assert known_targets()[0] == DEFAULT_TARGET
    for name in known_targets():
        card = load_target(name)
        assert card.name == name
        assert card.title in card.text
        assert card.definition in card.text


def test_no_target_means_the_default_one() -> None:
    assert resolve_target(None) == load_target(DEFAULT_TARGET)


def test_arabic_text_is_a_target_of_its_own() -> None:
    assert resolve_target("رفع  أسعار الوقود").text == "رفع أسعار الوقود"


def test_a_target_card_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "dam.yaml"
    path.write_text("name: dam\ntitle: سد النهضة\naspects: [المياه, الطاقة]\n", encoding="utf-8")
    assert resolve_target(str(path), allow_files=True) == Target(
        name="dam", title="سد النهضة", aspects=("المياه", "الطاقة")
    )


@pytest.mark.parametrize("name", ["foreign-presence", "../targets/economic-sanctions", "nowhere.yaml", ""])
def test_an_unknown_target_is_refused_and_the_known_ones_are_named(name: str) -> None:
    with pytest.raises(QawlError, match=DEFAULT_TARGET):
        load_target(name)


def test_a_file_that_is_no_card_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("titel: خطأ\n", encoding="utf-8")
    with pytest.raises(QawlError, match="not a target card"):
        read_target(path)


def test_a_path_is_not_read_unless_files_are_allowed(tmp_path: Path) -> None:
    path = tmp_path / "dam.yaml"
    path.write_text("name: dam\ntitle: سد\n", encoding="utf-8")
    with pytest.raises(QawlError, match="unknown target"):
        resolve_target(str(path))
