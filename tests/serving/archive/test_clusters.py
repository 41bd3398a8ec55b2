"""What repeats: exact copies, near-copies, and statements that only look alike."""

import json
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from serving.archive.sketch import likeness, sketch
from tests.serving.archive.command import run
from tests.serving.archive.conftest import LONG, repeated
from tests.serving.archive.material import rows

WORDS = [f"كلمة{n}" for n in range(400)]


def test_texts_that_share_most_word_pairs_are_alike() -> None:
    whole = sketch(" ".join(WORDS))
    updated = sketch(" ".join([*WORDS[:300], "جديد", *WORDS[300:]]))
    other = sketch(" ".join(reversed(WORDS)))
    assert whole is not None
    assert updated is not None
    assert other is not None
    assert likeness(whole, whole) == 1
    assert likeness(whole, updated) > 0.9
    assert likeness(whole, other) < 0.1


def test_a_sketch_never_changes_from_one_version_to_the_next() -> None:
    # It is written into archives that a later version goes on with.
    made = sketch("واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة")
    assert made is not None
    assert (len(made), made[:8].hex()) == (128, "a44a6499049d0268")


@given(st.lists(st.text(alphabet="ابتثجح ", max_size=9), max_size=40))
def test_any_text_has_a_sketch_or_is_too_short(words: list[str]) -> None:
    made = sketch(" ".join(words))
    assert (made is None) == (len(" ".join(words).split()) < 8)


def clusters(folder: Path, table: str) -> dict[str, list[tuple[str, bool]]]:
    found: dict[str, list[tuple[str, bool]]] = {}
    for row in pq.ParquetFile(folder / "clusters" / f"{table}.parquet").read().to_pylist():
        found.setdefault(row["cluster"], []).append((str(row.get("record", row.get("row_id"))), row["exact"]))
    return found


def test_copies_and_updates_of_an_article_are_one_cluster(scored: Path) -> None:
    articles = {row["article_id"]: row for row in rows(scored, "articles")}
    members = {member: exact for group in clusters(scored, "articles").values() for member, exact in group}
    story, copy, update = (str(articles[name]["record"]) for name in ("s1", "s2", "s3"))
    assert members[story]
    assert members[copy]
    assert not members[update]
    assert clusters(scored, "articles")[articles["s1"]["article_key"]] == [(story, True), (copy, True), (update, False)]


def test_a_copy_is_classified_once_and_counted_by_outlet(scored: Path) -> None:
    articles = {row["article_id"]: row for row in rows(scored, "articles")}
    assert articles["s2"]["repeated"]
    assert not [row for row in rows(scored) if row["article_id"] == "s2"]
    (first,) = [
        row for row in rows(scored) if row["article_id"] == "s1" and row["text"] in LONG and row["field"] == "text"
    ]
    asked = run(
        "query", scored, f"SELECT by_outlet FROM clusters WHERE cluster = '{first['row_id']}'", "--format", "jsonl"
    )
    assert json.loads(asked.stdout)["by_outlet"] == {"الأولى": 1, "الثالثة": 1, "الثانية": 1}


def test_clusters_do_not_depend_on_how_the_archive_was_cut(scored: Path, tmp_path: Path, model: Path) -> None:
    archive = tmp_path / "a.jsonl"
    archive.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in repeated()), encoding="utf-8")
    assert run("score", archive, "--output", tmp_path / "out", "--model", model).returncode == 0
    for table in ("articles", "statements"):
        assert clusters(tmp_path / "out", table) == clusters(scored, table)
