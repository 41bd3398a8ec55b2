import json
from pathlib import Path

import pytest

from data.artifact import CARD, GRAPH, TOKENIZER, Card, EncoderSource, read_card, seal
from data.errors import QawlError
from data.targets import Target
from data.template import InputTemplate


def make_artifact(folder: Path, graph: bytes = b"graph") -> Card:
    folder.mkdir(exist_ok=True)
    (folder / GRAPH).write_bytes(graph)
    (folder / TOKENIZER).write_text("{}", encoding="utf-8")
    card = Card(
        name="tiny",
        created="2026-01-01T00:00:00Z",
        targets=(Target(name="t", title="الوجود الأجنبي"),),
        template=InputTemplate(cls="<s>", sep="</s>", pad="<pad>", open="[قول]", close="[/قول]"),
        encoder=EncoderSource(name="random", licence="Apache-2.0", source="test"),
    )
    return seal(folder, card)


def test_a_sealed_artifact_reads_back_and_its_version_follows_its_content(tmp_path: Path) -> None:
    first = make_artifact(tmp_path / "a")
    assert read_card(tmp_path / "a") == first
    assert make_artifact(tmp_path / "b").version == first.version
    assert make_artifact(tmp_path / "c", graph=b"other").version != first.version


def test_a_missing_artifact_is_named(tmp_path: Path) -> None:
    with pytest.raises(QawlError, match="no such artifact folder"):
        read_card(tmp_path / "nowhere")


def test_a_half_written_artifact_is_refused(tmp_path: Path) -> None:
    make_artifact(tmp_path)
    (tmp_path / CARD).unlink()
    with pytest.raises(QawlError, match="half-written"):
        read_card(tmp_path)


@pytest.mark.parametrize("name", [GRAPH, TOKENIZER])
def test_a_missing_or_altered_file_is_refused(tmp_path: Path, name: str) -> None:
    make_artifact(tmp_path)
    (tmp_path / name).write_bytes(b"altered")
    with pytest.raises(QawlError, match="not the file the card describes"):
        read_card(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(QawlError, match="is missing"):
        read_card(tmp_path)


def test_another_format_version_is_refused(tmp_path: Path) -> None:
    make_artifact(tmp_path)
    raw = json.loads((tmp_path / CARD).read_text(encoding="utf-8"))
    (tmp_path / CARD).write_text(json.dumps(raw | {"format_version": 99}), encoding="utf-8")
    with pytest.raises(QawlError, match="format version 99"):
        read_card(tmp_path)


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff\xfe", b"null"])
def test_a_card_that_is_no_card_is_refused(tmp_path: Path, content: bytes) -> None:
    make_artifact(tmp_path)
    (tmp_path / CARD).write_bytes(content)
    with pytest.raises(QawlError):
        read_card(tmp_path)


def test_a_card_that_points_outside_its_folder_is_refused(tmp_path: Path) -> None:
    make_artifact(tmp_path / "a")
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    raw = json.loads((tmp_path / "a" / CARD).read_text(encoding="utf-8"))
    raw["files"]["../secret"] = "0"
    (tmp_path / "a" / CARD).write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(QawlError, match="outside the artifact"):
        read_card(tmp_path / "a")
