"""Articles annotated stand-off: joined to an archive as gold, refused when they changed, never trained on."""

import json
from pathlib import Path
from typing import Any

import pytest

from data.errors import QawlError
from data.evaluation import load_gold, main
from data.labels.standoff import StandoffLabel, load_standoff, text_hash
from data.labels.standoff_gold import (
    ReadArticle,
    article_hash,
    join_gold,
    load_read_articles,
    load_standoff_gold,
    write_gold,
)
from data.records import Article
from training.config import ArchiveSet

ROOT = Path(__file__).resolve().parents[3]
LABELLED = ROOT / "data" / "labelled"
TEST_SET = LABELLED / "extraction" / "test.jsonl"
ARCHIVES = [
    ROOT.parent / "shared" / "archive" / name for name in ("ant-multisource.jsonl.gz", "asharq-alawsat-2015.jsonl.gz")
]

SPOKEN = Article(
    id="n1",
    title="سالم الحداد: الجسر آمن",
    text="زار سالم الحداد الجسر. وقال الحداد إن الجسر آمن، وأضاف «سنفتحه غداً».",
    date="2024-02-01",
)
SILENT = Article(id="n2", title="", text="هطل المطر على المدينة طوال الليل.")


def label(said: str, *, kind: str = "indirect", field: str = "text", cue: str | None = None) -> StandoffLabel:
    source = SPOKEN.text if field == "text" else SPOKEN.title or ""
    start, name = source.index(said), SPOKEN.text.index("سالم الحداد")
    at = source.index(cue) if cue else None
    return StandoffLabel.model_validate(
        {
            "id": f"{field}-{start}",
            "archive": "paper",
            "article_id": "n1",
            "field": field,
            "start": start,
            "end": start + len(said),
            "sha256": text_hash(said),
            "kind": kind,
            "cue_start": at,
            "cue_end": at + len(cue) if cue and at is not None else None,
            "speaker_start": name,
            "speaker_end": name + len("سالم الحداد"),
            "stance": "unrelated",
            "sentiment": "neutral",
            "split": "test",
        }
    )


LABELS = [
    label("سنفتحه غداً", kind="direct", cue="وأضاف"),
    label("الجسر آمن", cue="وقال"),
    label("الجسر آمن", field="title"),
]
READ = [ReadArticle(archive="paper", article_id=a.id or "", sha256=article_hash(a)) for a in (SPOKEN, SILENT)]


def test_labels_and_articles_make_a_gold_file() -> None:
    spoken, silent = join_gold(LABELS, READ, [SILENT, Article(id="n3", text="غيره"), SPOKEN])
    assert [s["text"] for s in spoken["statements"]] == ["الجسر آمن", "الجسر آمن", "سنفتحه غداً"]
    assert [s["field"] for s in spoken["statements"]] == ["title", "text", "text"]
    assert [s["cue"] for s in spoken["statements"]] == [None, "وقال", "وأضاف"]
    assert {s["speaker"] for s in spoken["statements"]} == {"سالم الحداد"}
    assert (spoken["id"], spoken["corpus"]) == ("paper:n1", "paper")
    assert silent["statements"] == []


def test_offsets_of_the_gold_file_are_those_of_its_text(tmp_path: Path) -> None:
    write_gold(join_gold(LABELS, READ, [SPOKEN, SILENT]), tmp_path / "deep" / "gold.jsonl")
    for article in load_gold(tmp_path / "deep" / "gold.jsonl"):
        for one in article["statements"]:
            assert article[one["field"]][one["start"] : one["end"]] == one["text"]


def test_an_article_that_changed_or_is_absent_is_refused() -> None:
    changed = SPOKEN.model_copy(update={"text": SPOKEN.text + " انتهى"})
    for articles in ([changed, SILENT], [SILENT]):
        with pytest.raises(QawlError, match=r"1 of 2 articles.*"):
            join_gold(LABELS, READ, articles)


def test_a_label_that_points_elsewhere_is_refused() -> None:
    moved = LABELS[1].model_copy(update={"start": LABELS[1].start + 1})
    with pytest.raises(QawlError, match="not the text that was labelled"):
        join_gold([moved], READ, [SPOKEN, SILENT])


def test_a_label_of_an_article_that_is_not_listed_is_refused() -> None:
    with pytest.raises(QawlError, match="not listed"):
        join_gold(LABELS, READ[1:], [SPOKEN, SILENT])


def test_an_article_of_the_same_name_in_another_archive_is_not_mistaken() -> None:
    namesake = Article(id="n1", text="خبر آخر")
    spoken, _ = join_gold(LABELS, READ, [namesake, SPOKEN, SILENT, namesake])
    assert spoken["text"] == SPOKEN.text


def _files(folder: Path) -> tuple[Path, Path]:
    labels, archive = folder / "set.jsonl", folder / "paper.jsonl"
    labels.write_text("".join(one.model_dump_json() + "\n" for one in LABELS), encoding="utf-8")
    listed: list[dict[str, Any]] = [one.model_dump() for one in READ]
    labels.with_suffix(".articles.json").write_text(json.dumps(listed), encoding="utf-8")
    lines = [a.model_dump_json(exclude={"extra"}, exclude_none=True) + "\n" for a in (SPOKEN, SILENT)]
    archive.write_text("".join(lines), encoding="utf-8")
    return labels, archive


def test_the_command_scores_what_it_joins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels, archive = _files(tmp_path)
    joined = tmp_path / "gold.jsonl"
    given = ["--standoff", str(labels), "--archive", str(archive), "--joined", str(joined), "--rounds", "10"]
    assert main(given) == 0
    from_standoff = capsys.readouterr().out
    assert "articles 2, statements: gold 3" in from_standoff
    assert main([str(joined), "--rounds", "10"]) == 0
    assert capsys.readouterr().out == from_standoff


def test_the_command_says_what_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels, archive = _files(tmp_path)
    assert main(["--standoff", str(tmp_path / "none.jsonl"), "--archive", str(archive)]) == 2
    assert main(["--standoff", str(labels), "--archive", str(tmp_path / "none.jsonl")]) == 2
    assert main(["--standoff", str(labels)]) == 2
    labels.with_suffix(".articles.json").unlink()
    assert main(["--standoff", str(labels), "--archive", str(archive)]) == 2
    assert capsys.readouterr().err.count("none.jsonl") == 2
    with pytest.raises(SystemExit):
        main([])


def test_no_article_of_the_test_set_is_trained_on() -> None:
    read = {(one.archive, one.article_id) for one in load_read_articles(TEST_SET)}
    assert len(read) == 120
    assert ArchiveSet.model_fields["labels"].default == "data/labelled/standoff/archives.jsonl"
    trained = load_standoff(LABELLED / "standoff" / "archives.jsonl")
    assert read.isdisjoint((one.archive, one.article_id) for one in trained)
    assert {one.split for one in load_standoff(TEST_SET)} == {"test"}
    assert "test" not in {one.split for one in trained}


def test_every_label_of_the_test_set_is_of_a_listed_article_and_complete() -> None:
    labels = load_standoff(TEST_SET)
    read = {(one.archive, one.article_id) for one in load_read_articles(TEST_SET)}
    assert len(labels) == 880
    assert all((one.archive, one.article_id) in read and one.kind and one.start < one.end for one in labels)


@pytest.mark.shared
def test_the_test_set_joins_to_the_archives_and_shares_no_article_with_the_gold_files() -> None:
    gold = ROOT.parent / "shared" / "gold" / "dev.jsonl"
    for path in (*ARCHIVES, gold):
        if not path.exists():
            pytest.skip(f"{path} is not here")
    articles = load_standoff_gold(TEST_SET, [str(path) for path in ARCHIVES])
    assert len(articles) == 120
    assert sum(len(a["statements"]) for a in articles) == 880

    def beginning(text: str) -> str:
        return "".join(filter(str.isalpha, text))[:300]

    assert {beginning(a["text"]) for a in articles}.isdisjoint(beginning(a["text"]) for a in load_gold(gold))
