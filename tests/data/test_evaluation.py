"""The scorer of extraction: its definitions, its symmetry, and the table it prints."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data.errors import QawlError
from data.evaluation import (
    evaluate_extraction,
    held_out,
    load_gold,
    main,
    marks_baseline,
    report,
    same_speaker,
    trim,
)
from data.records import Article

TEXT = "قال رامي عيسى إن «القافلة وصلت إلى المدينة»، وأضاف أن الطريق آمن هذا الصباح."


def statement(start: int, end: int, kind: str = "indirect", speaker: str | None = "رامي عيسى") -> dict[str, Any]:
    return {"field": "text", "start": start, "end": end, "text": TEXT[start:end], "kind": kind, "speaker": speaker}


def article(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"id": "a", "title": "", "text": TEXT, "statements": list(statements)}


def test_marks_and_closing_punctuation_do_not_count_for_exactness() -> None:
    start, end = TEXT.index("«"), TEXT.index("»")
    gold = article(statement(start + 1, end))
    figures = evaluate_extraction([gold], {"a": [statement(start, end + 2)]}).figures()
    assert figures["exact.f1"] == figures["overlap.f1"] == 1.0


def test_half_the_characters_in_common_overlap_and_fewer_do_not() -> None:
    gold = article(statement(0, 10))
    assert evaluate_extraction([gold], {"a": [statement(0, 5)]}).counts.overlap == 1
    assert evaluate_extraction([gold], {"a": [statement(0, 4)]}).counts.overlap == 0


def test_pairs_are_one_to_one_best_first() -> None:
    gold = article(statement(0, 20))
    counts = evaluate_extraction([gold], {"a": [statement(0, 12), statement(0, 20)]}).counts
    assert (counts.overlap, counts.exact, counts.found) == (1, 1, 2)


@pytest.mark.parametrize(
    ("one", "other", "right"),
    [
        ("السوداني", "محمد شياع السوداني", True),
        ("وزارة الدفاع", "وزاره الدفاع", True),
        ("أوستن", "اوستن", True),
        ("رامي عيسى", "سامر عيسى", False),
        ("رامي", None, False),
    ],
)
def test_a_speaker_is_right_when_one_name_holds_the_other(one: str, other: str | None, right: bool) -> None:
    assert same_speaker(one, other)[1] is right


def overlap(x: dict[str, Any], y: dict[str, Any]) -> float:
    (a, b), (c, d) = (trim(TEXT, z["start"], z["end"]) for z in (x, y))
    return max(0, min(b, d) - max(a, c)) / max(1, max(b, d) - min(a, c))


spans = st.lists(st.tuples(st.integers(0, 60), st.integers(3, 16)), max_size=8, unique=True)


@given(spans, spans)
def test_swapping_gold_and_output_swaps_precision_and_recall(
    a: list[tuple[int, int]], b: list[tuple[int, int]]
) -> None:
    one = [statement(s, min(len(TEXT), s + n)) for s, n in a]
    other = [statement(s, min(len(TEXT), s + n)) for s, n in b]
    forth = evaluate_extraction([article(*one)], {"a": other}).figures()
    back = evaluate_extraction([article(*other)], {"a": one}).figures()
    assert forth["exact.precision"] == pytest.approx(back["exact.recall"])
    assert forth["exact.f1"] == pytest.approx(back["exact.f1"])
    overlaps = [o for o in (overlap(x, y) for x in one for y in other) if 0.5 <= o < 1]
    assume(len(set(overlaps)) == len(overlaps))  # equally good pairs may be matched either way
    assert forth["overlap.precision"] == pytest.approx(back["overlap.recall"])
    assert forth["overlap.recall"] == pytest.approx(back["overlap.precision"])


@given(st.text(max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_trimming_stays_inside(text: str, a: int, b: int) -> None:
    start, end = sorted((min(a, len(text)), min(b, len(text))))
    x, y = trim(text, start, end)
    assert start <= x <= y <= end


def test_wrong_offsets_are_counted() -> None:
    wrong = statement(0, 10) | {"text": "شيء آخر"}
    assert evaluate_extraction([article(statement(0, 10))], {"a": [wrong]}).counts.wrong_offsets == 1


def test_every_error_is_listed_in_its_context() -> None:
    gold = article(statement(0, 10), statement(30, 50, "direct"))
    evaluation = evaluate_extraction([gold], {"a": [statement(0, 8, speaker="غيره"), statement(60, 75)]})
    assert sorted(m.sort for m in evaluation.mistakes) == ["bounds", "extra", "missed", "speaker"]
    assert all("⟦" in m.context for m in evaluation.mistakes)


def test_report_has_an_interval_for_every_figure() -> None:
    evaluation = evaluate_extraction([article(statement(0, 10))], {"a": [statement(0, 10)]})
    table = report(evaluation, rounds=20)
    assert "overlap.f1" in table
    assert table.count("[") == len(evaluation.figures())


def test_a_third_is_held_out_whatever_the_order() -> None:
    articles = [{"id": f"n{k}"} for k in range(30)]
    assert held_out(articles) == held_out(articles[::-1])
    assert len(held_out(articles)) == 10


def test_marks_baseline_takes_what_stands_in_marks() -> None:
    (only,) = marks_baseline(Article(text=TEXT))
    assert only["text"] == "القافلة وصلت إلى المدينة"


def test_a_broken_gold_file_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(article()) + "\n{}\n", encoding="utf-8")
    with pytest.raises(QawlError, match=r"gold\.jsonl:2"):
        load_gold(path)


def test_main_scores_a_gold_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, errors = tmp_path / "gold.jsonl", tmp_path / "deep" / "errors.txt"
    start = TEXT.index("القافلة")
    path.write_text(json.dumps(article(statement(start, TEXT.index("»"), "direct"))) + "\n", encoding="utf-8")
    assert main([str(path), "--errors", str(errors), "--rounds", "10"]) == 0
    printed = capsys.readouterr().out
    assert "recall.exact.direct              1.0000" in printed
    assert errors.is_file()
    assert main([str(tmp_path / "none.jsonl")]) == 2
