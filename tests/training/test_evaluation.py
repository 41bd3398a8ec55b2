import json
from pathlib import Path

import pytest

from data.errors import QawlError
from data.records import SENTIMENTS, STANCES, Label, LabelledStatement, Prediction
from tests.training.tiny import labelled_rows
from training.evaluation import evaluate, load_evaluation, table


def said(label: str, labels: tuple[str, ...], confidence: float = 0.9) -> Label:
    rest = (1 - confidence) / (len(labels) - 1)
    probabilities = {name: confidence if name == label else rest for name in labels}
    return Label(label=label, confidence=confidence, probabilities=probabilities, abstained=confidence < 0.8)


def right(rows: list[LabelledStatement]) -> list[Prediction]:
    return [
        Prediction(
            stance=said(row.stance or "unrelated", STANCES), sentiment=said(row.sentiment or "neutral", SENTIMENTS)
        )
        for row in rows
    ]


def always_against(rows: list[LabelledStatement]) -> list[Prediction]:
    one = Prediction(stance=said("against", STANCES, 0.5), sentiment=said("negative", SENTIMENTS, 0.5))
    return [one for _ in rows]


def test_a_right_predictor_scores_one_and_a_stubborn_one_does_not() -> None:
    rows = labelled_rows()
    assert evaluate(right, rows)["stance"]["macro_f1"]["value"] == 1
    stubborn = evaluate(always_against, rows)["stance"]
    assert stubborn["macro_f1"]["value"] == pytest.approx(0.1, abs=1e-3)
    assert stubborn["abstained"] == 1
    assert stubborn["precision_when_sure"] is None


def test_a_missing_label_is_left_out_of_its_head_alone() -> None:
    rows = labelled_rows()
    rows[0] = rows[0].model_copy(update={"stance": None})
    found = evaluate(right, rows)
    assert (found["stance"]["n"], found["sentiment"]["n"]) == (len(rows) - 1, len(rows))


def test_groups_are_scored_apart() -> None:
    rows = [row.model_copy(update={"force": "US" if i % 2 else "France"}) for i, row in enumerate(labelled_rows())]
    groups = evaluate(right, rows)["stance"]["groups"]
    assert {name: scores["n"] for name, scores in groups["force"].items()} == {"France": 96, "US": 96}
    assert "kind" not in groups  # all of one kind


def test_a_report_is_json_plots_and_one_page_that_needs_no_other(tmp_path: Path) -> None:
    rows = labelled_rows()
    summary = evaluate(always_against, rows, tmp_path / "report", name="held", train=rows)
    folder = tmp_path / "report"
    assert json.loads((folder / "report.json").read_text(encoding="utf-8")) == summary
    assert len(list(folder.glob("*.png"))) == 6
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 6
    assert 'src="http' not in page
    assert rows[-1].text in page
    assert "tfidf-logistic" in table(summary)


def test_statements_are_escaped_in_the_page(tmp_path: Path) -> None:
    row = LabelledStatement(text="قال <script>alert(1)</script>", stance="favor")
    evaluate(always_against, [row], tmp_path)
    assert "<script>" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_nothing_labelled_is_an_error() -> None:
    with pytest.raises(QawlError, match="no labelled statement"):
        evaluate(right, [LabelledStatement(text="قول")], name="set.jsonl")


def test_articles_with_marked_statements_are_read_with_their_lines_as_context(tmp_path: Path) -> None:
    text = "سطر.\nوقال الوزير إن القوات باقية.\nسطر"
    start = text.index("القوات")
    marked = {
        "field": "text",
        "start": start,
        "end": start + 12,
        "text": "القوات باقية",
        "kind": "indirect",
        "speaker": "الوزير",
        "stance": "favor",
        "sentiment": "neutral",
        "hard": True,
    }
    plain = {"text": "نرفض البقاء", "stance": "against"}
    path = tmp_path / "mixed.jsonl"
    article = {"id": "a", "title": "عنوان", "text": text, "statements": [marked]}
    path.write_text("\n".join(json.dumps(line) for line in (article, plain)), encoding="utf-8")
    first, second = load_evaluation(path)
    assert first.context == "وقال الوزير إن القوات باقية."
    assert (first.id, first.speaker, first.hard) == ("a#0", "الوزير", True)
    assert second.text == "نرفض البقاء"


@pytest.mark.parametrize("line", ["{", '{"statements": [{}], "id": 1}', '{"statements": 3}', '{"text": ""}'])
def test_an_unreadable_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(f'{{"text": "قول", "stance": "favor"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(QawlError, match=r"gold\.jsonl:2"):
        load_evaluation(path)
