import json
from pathlib import Path

import pytest

from data.artifact import sha256_of
from data.errors import QawlError
from data.labels import write_labelled
from data.labels.standoff import text_hash
from data.records import LabelledStatement
from training.config import DataConfig, validated
from training.labelled import read_labelled

ARTICLE = "قال الوزير إن القوات الأجنبية ستغادر قريباً."
SAID = "القوات الأجنبية ستغادر قريباً"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two written statements, an archive of one article, and a stand-off label in it."""
    write_labelled(
        tmp_path / "written.jsonl",
        [
            LabelledStatement(text="نرفض بقاءهم", stance="against", split="train"),
            LabelledStatement(text="نرحب بهم", stance="favor", split="validation"),
        ],
    )
    (tmp_path / "archive.jsonl").write_text(json.dumps({"id": "a1", "text": ARTICLE}), encoding="utf-8")
    start = ARTICLE.index(SAID)
    label = {"id": "s1", "archive": "news", "article_id": "a1", "start": start, "end": start + len(SAID)}
    label |= {"sha256": text_hash(SAID), "stance": "neutral", "sentiment": "neutral"}
    (tmp_path / "standoff.jsonl").write_text(json.dumps(label), encoding="utf-8")
    return tmp_path


def config(folder: Path, **archive: object) -> DataConfig:
    named = {
        "name": "news",
        "path": str(folder / "archive.jsonl"),
        "labels": str(folder / "standoff.jsonl"),
        "licence": "CC0",
        **archive,
    }
    return validated(DataConfig, {"path": str(folder / "written.jsonl"), "archives": [named]}, "test")


def test_real_statements_are_joined_and_keep_their_own_licence(folder: Path) -> None:
    found = read_labelled(config(folder, sha256=sha256_of(folder / "archive.jsonl")))
    assert [(one.name, one.licence, len(one.rows)) for one in found.sets] == [
        ("labelled", "Apache-2.0", 2),
        ("news", "CC0", 1),
    ]
    assert [row.text for row in found.of("train")] == ["نرفض بقاءهم", SAID]
    assert [row.text for row in found.of("validation")] == ["نرحب بهم"]
    assert found.notes == ()


def test_unrelated_training_rows_beyond_a_number_are_left_out_the_same_ones_each_time(folder: Path) -> None:
    texts = [f"{ARTICLE} {number}" for number in range(6)]
    articles = [{"id": f"a{number}", "text": text} for number, text in enumerate(texts)]
    (folder / "archive.jsonl").write_text("\n".join(map(json.dumps, articles)), encoding="utf-8")
    start = ARTICLE.index(SAID)
    common = {"archive": "news", "start": start, "end": start + len(SAID), "sha256": text_hash(SAID)}
    labels = [
        {"id": f"s{n}", "article_id": f"a{n}", "stance": "neutral" if n == 5 else "unrelated", "sentiment": "neutral"}
        | {"split": "validation" if n == 4 else "train"}
        | common
        for n in range(6)
    ]
    (folder / "standoff.jsonl").write_text("\n".join(map(json.dumps, labels)), encoding="utf-8")
    rows, again = (read_labelled(config(folder, most_unrelated=2)).sets[1].rows for _ in range(2))
    assert rows == again
    assert len(read_labelled(config(folder)).sets[1].rows) == 6
    assert sum(row.stance == "unrelated" and row.split == "train" for row in rows) == 2
    assert {"s4", "s5"} <= {row.id for row in rows}


def test_an_absent_archive_is_left_out_and_said(folder: Path) -> None:
    found = read_labelled(config(folder, path=str(folder / "none.jsonl")))
    assert [one.name for one in found.sets] == ["labelled"]
    assert "news: its stand-off labels are not trained on" in found.notes[0]
    with pytest.raises(QawlError, match="no such archive"):
        read_labelled(config(folder, path=str(folder / "none.jsonl"), optional=False))


def test_another_archive_than_the_labelled_one_is_refused(folder: Path) -> None:
    with pytest.raises(QawlError, match="SHA-256 differs"):
        read_labelled(config(folder, sha256="0" * 64))
    (folder / "archive.jsonl").write_text(json.dumps({"id": "a1", "text": ARTICLE[1:]}), encoding="utf-8")
    with pytest.raises(QawlError, match="not the text that was labelled"):
        read_labelled(config(folder))
    (folder / "archive.jsonl").write_text(json.dumps({"id": "a2", "text": ARTICLE}), encoding="utf-8")
    with pytest.raises(QawlError, match="1 of 1 labelled statements are not in it"):
        read_labelled(config(folder))
