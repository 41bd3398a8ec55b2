"""The store of artifacts: import, promote, rollback, and what is refused."""

import json
from pathlib import Path

import pytest

from data.artifact import read_card
from data.errors import QawlError
from serving import store as store_module
from serving.store import SHIPPED, Store
from tests.serving import tiny


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    shipped = tiny.make(tmp_path / "shipped", seed=9)
    monkeypatch.setattr(store_module, "shipped_artifact", lambda: shipped)
    return Store()


def test_an_imported_artifact_is_whole_and_listed(store: Store, artifact: Path) -> None:
    entry = store.import_artifact(artifact)
    assert entry.tag == f"tiny:{read_card(artifact).version}"
    assert read_card(entry.path) == read_card(artifact)
    assert entry.tag in [one.tag for one in store.entries()]
    assert store.resolve(entry.tag) == entry.path


def test_bentoml_knows_it_too(store: Store, artifact: Path) -> None:
    from bentoml._internal.models import ModelStore

    tag = store.import_artifact(artifact).tag
    assert [str(model.tag) for model in ModelStore(str(store.models)).list()] == [tag]


def test_importing_twice_changes_nothing(store: Store, artifact: Path) -> None:
    assert store.import_artifact(artifact) == store.import_artifact(artifact)


def test_what_an_interrupted_import_left_is_replaced(store: Store, artifact: Path) -> None:
    entry = store.import_artifact(artifact)
    (entry.path / "model.onnx").unlink()
    assert store._entry(entry.tag).problem is not None
    assert store.import_artifact(artifact).card is not None


def test_promote_and_rollback(store: Store, artifact: Path, other_artifact: Path) -> None:
    assert store.pointer().tag == SHIPPED
    first = store.promote(artifact, reason="better on the frozen set")
    second = store.promote(other_artifact)
    assert store.resolve() == second.path
    assert store.rollback().tag == first.tag
    assert store.resolve() == first.path
    assert store.rollback().tag == SHIPPED
    with pytest.raises(QawlError, match="nothing to roll back"):
        store.rollback()
    assert [event["action"] for event in store.history()] == ["promote", "promote", "rollback", "rollback"]
    assert store.history()[0]["reason"] == "better on the frozen set"


def test_promoting_what_is_in_use_changes_nothing(store: Store, artifact: Path) -> None:
    store.promote(artifact)
    store.promote(artifact)
    assert len(store.history()) == 1


def test_a_broken_artifact_is_not_promoted_and_the_old_one_stays(store: Store, artifact: Path, tmp_path: Path) -> None:
    tag = store.promote(artifact).tag
    broken = tiny.make(tmp_path / "broken", seed=5)
    (broken / "model.onnx").write_bytes(b"")
    with pytest.raises(QawlError, match=r"model\.onnx is not the file the card describes"):
        store.promote(broken)
    with pytest.raises(QawlError, match="no such artifact"):
        store.promote("tiny:none")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "card.json").write_text(json.dumps({"format_version": 1, "who": "someone else"}))
    with pytest.raises(QawlError, match=r"card\.json"):
        store.promote(foreign)
    assert store.pointer().tag == tag


def test_a_rollback_to_a_broken_artifact_is_refused(store: Store, artifact: Path, other_artifact: Path) -> None:
    first = store.promote(artifact)
    second = store.promote(other_artifact)
    (first.path / "tokenizer.json").write_text("{}")
    with pytest.raises(QawlError, match=r"tokenizer\.json"):
        store.rollback()
    assert store.pointer().tag == second.tag


def test_export_gives_back_the_same_artifact(store: Store, artifact: Path, tmp_path: Path) -> None:
    tag = store.import_artifact(artifact).tag
    assert read_card(store.export(tag, tmp_path / "out")) == read_card(artifact)
    with pytest.raises(QawlError, match="not an empty directory"):
        store.export(tag, tmp_path / "out")


def test_an_unreadable_pointer_says_so(store: Store) -> None:
    store.home.mkdir(parents=True)
    store.pointer_path.write_text("{half")
    with pytest.raises(QawlError, match=r"in-use\.json"):
        store.resolve()


def test_fallbacks_go_from_the_newest_to_the_shipped(store: Store, artifact: Path, other_artifact: Path) -> None:
    first, second = store.promote(artifact), store.promote(other_artifact)
    assert store.fallbacks() == [second.tag, first.tag, SHIPPED]


def test_without_a_shipped_artifact_the_remedy_is_named(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(store_module, "shipped_artifact", lambda: tmp_path / "none")
    with pytest.raises(QawlError, match="make train"):
        store.resolve()


def test_names_that_would_leave_the_store_are_no_tags(store: Store) -> None:
    for tag in ("../x:1", "a/b:c", "x:../../etc", ":", "a:"):
        with pytest.raises(QawlError):
            store.resolve(tag)
