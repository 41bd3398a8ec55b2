"""The set that the repository carries: its form, its size, its agreement, and that no evaluation statement is in it."""

from collections import Counter
from pathlib import Path

import pytest

from data.labels import load_labelled
from data.labels.agreement import agreement, load_readings
from data.labels.check import check_files, check_set, evaluation_texts
from data.labels.standoff import join_standoff, load_standoff
from data.public_sets import known_sets, read_public
from data.readers import Failure, find_sources, read_articles
from data.records import DEFAULT_TARGET, LabelledStatement

ROOT = Path(__file__).resolve().parents[3]
LABELLED = ROOT / "data" / "labelled"
SHARED = ROOT.parent / "shared"
ARCHIVES = {
    "ant-multisource": SHARED / "archive" / "ant-multisource.jsonl.gz",
    "asharq-alawsat-2015": SHARED / "archive" / "asharq-alawsat-2015.jsonl.gz",
}


def test_the_written_set_has_no_error() -> None:
    rows, findings = check_files(LABELLED)
    assert [f"{one.where}: {one.message}" for one in findings if one.severity == "error"] == []
    assert all(row.split in ("train", "validation") and row.source == "written" for row in rows)


def test_the_written_set_is_as_large_as_its_card_says() -> None:
    rows = [row for row in load_labelled(LABELLED) if row.target == DEFAULT_TARGET]
    stances = Counter(row.stance for row in rows)
    assert len(rows) >= 3000
    assert stances["favor"] >= 500
    assert stances["against"] >= 600
    assert stances["neutral"] >= 600
    assert stances["unrelated"] >= 700
    assert len({row.pair for row in rows if row.pair}) >= 300
    assert len({row.country for row in rows if row.country}) >= 25
    assert len({row.force for row in rows if row.force}) >= 15


def test_a_minimal_pair_differs_in_stance_or_sentiment() -> None:
    members: dict[str, list[LabelledStatement]] = {}
    for row in load_labelled(LABELLED):
        if row.pair:
            members.setdefault(row.pair, []).append(row)
    alike = [name for name, pair in members.items() if len({(row.stance, row.sentiment) for row in pair}) < len(pair)]
    assert alike == []


def test_the_second_reading_agrees_on_stance() -> None:
    for name, least in (("second", 0.90), ("standoff", 0.80)):
        readings = load_readings(LABELLED / "readings" / f"{name}.jsonl")
        assert agreement([r.first.stance for r in readings], [r.second.stance for r in readings]).kappa >= least


def test_labels_of_real_statements_carry_no_text() -> None:
    labels = [one for path in sorted((LABELLED / "standoff").glob("*.jsonl")) for one in load_standoff(path)]
    assert len(labels) >= 1500
    assert len({one.id for one in labels}) == len(labels)
    assert not any("text" in one.model_dump() or "context" in one.model_dump() for one in labels)


def _real() -> list[LabelledStatement]:
    labels = [one for path in sorted((LABELLED / "standoff").glob("*.jsonl")) for one in load_standoff(path)]
    rows = []
    for name, path in ARCHIVES.items():
        wanted = [one for one in labels if one.archive == name]
        articles = (one for one in read_articles(find_sources([str(path)])) if not isinstance(one, Failure))
        joined = [row for row in join_standoff(wanted, articles) if isinstance(row, LabelledStatement)]
        assert len(joined) == len(wanted), name
        rows += joined
    return rows


@pytest.mark.shared
def test_no_evaluation_statement_is_in_the_set_written_or_real() -> None:
    for path in (*ARCHIVES.values(), SHARED / "gold", SHARED / "datasets"):
        if not path.exists():
            pytest.skip(f"{path} is not here")
    gold = [text for file in ("dev.jsonl", "seed.jsonl") for text in evaluation_texts(SHARED / "gold" / file)]
    public = [
        (row.id or name, text)
        for name in known_sets()
        for row in read_public(name, SHARED / "datasets").get("test", [])
        # In a set of headline pairs the second headline stands as the context.
        for text in ([row.text, row.context] if row.group and row.context else [row.text])
    ]
    assert len(gold) >= 480
    assert len(public) >= 11_000
    rows = load_labelled(LABELLED) + _real()
    places = [str(row.id) for row in rows]
    leaks = [
        one for one in check_set(rows, places, [*gold, *public]) if one.severity == "error" and one.check == "leak"
    ]
    assert [f"{one.where}: {one.message}" for one in leaks] == []
