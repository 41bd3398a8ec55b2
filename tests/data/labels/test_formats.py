import json
from typing import Any

import pytest

from data.errors import QawlError
from data.labels.formats import FORMATS, Format, guess_format, read_labels, write_labels
from data.records import LabelledStatement

ROW = LabelledStatement(
    text="القوات باقية", stance="neutral", sentiment="neutral", speaker="الناطق", context="قال الناطق إن القوات باقية"
)


@pytest.mark.parametrize("format", ["jsonl", "csv", "tsv", "doccano", "prodigy"])
def test_what_is_written_for_a_tool_reads_back(format: Format) -> None:
    text = write_labels([ROW], format)
    assert list(read_labels(text, "labels", format)) == [ROW]


@pytest.mark.parametrize("format", FORMATS)
def test_the_format_of_a_file_is_guessed(format: Format) -> None:
    assert guess_format(write_labels([ROW], format), f"labels.{format}") == format


def label_studio_task(**annotation: Any) -> str:
    result = [
        {"from_name": "stance", "type": "choices", "value": {"choices": ["neutral"]}},
        {"from_name": "sentiment", "type": "choices", "value": {"choices": ["negative"]}},
        {"from_name": "spans", "type": "labels", "value": {"start": 0, "end": 3, "labels": ["Content"]}},
    ]
    given = {"completed_by": 3, "was_cancelled": False, "result": result} | annotation
    return json.dumps([{"id": 5, "data": {"text": "القوات باقية", "url": "x"}, "annotations": [given]}])


def test_label_studio_answers_are_read_by_their_question() -> None:
    [row] = read_labels(label_studio_task(), "export.json")
    assert (row.id, row.stance, row.sentiment, row.annotator) == ("5", "neutral", "negative", "3")


def test_label_studio_cancelled_answers_are_left_out() -> None:
    assert list(read_labels(label_studio_task(was_cancelled=True), "export.json")) == []


def test_argilla_takes_submitted_responses_of_each_person() -> None:
    responses = {
        "stance": [
            {"value": "favor", "user_id": "a", "status": "submitted"},
            {"value": "against", "user_id": "b", "status": "draft"},
        ],
        "sentiment": [{"value": "positive", "user_id": "a"}],
    }
    text = json.dumps([{"id": "1", "fields": {"text": "نرحب بهم"}, "metadata": {}, "responses": responses}])
    [row] = read_labels(text, "argilla.json")
    assert (row.stance, row.sentiment, row.annotator) == ("favor", "positive", "a")


def test_prodigy_rejections_are_left_out() -> None:
    text = '{"text": "نص", "accept": ["against"], "answer": "reject", "_input_hash": 1}\n'
    assert list(read_labels(text, "prodigy.jsonl")) == []


def test_a_bare_neutral_needs_its_head() -> None:
    text = '{"text": "نص الكلام", "label": ["neutral"]}\n'
    with pytest.raises(QawlError, match="could be a stance or a sentiment"):
        list(read_labels(text, "d.jsonl"))
    [row] = read_labels(text, "d.jsonl", head="sentiment")
    assert (row.stance, row.sentiment) == (None, "neutral")


def test_a_label_of_neither_head_is_named_with_its_place() -> None:
    with pytest.raises(QawlError, match=r"d\.jsonl:2.*'pro'"):
        list(read_labels('{"text": "نص", "label": ["favor"]}\n{"text": "نص", "label": ["pro"]}\n', "d.jsonl"))


@pytest.mark.parametrize("text", ["", "نص", "[1]", "{", "[{]"])
def test_a_file_of_no_known_format_is_refused(text: str) -> None:
    with pytest.raises(QawlError):
        list(read_labels(text, "unknown.txt"))


def test_a_spreadsheet_does_not_run_what_a_statement_begins_with() -> None:
    row = ROW.model_copy(update={"text": "=1+1 قال"})
    table = write_labels([row], "csv")
    assert ",=1+1" not in table
    assert "'=1+1 قال" in table
    assert list(read_labels(table, "labels.csv")) == [row]
