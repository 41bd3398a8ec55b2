import json
from pathlib import Path

import pytest

from data.errors import QawlError
from data.labels.standoff import StandoffLabel, join_standoff, load_standoff, text_hash
from data.records import Article, LabelledStatement

ARTICLE = Article(id="n1", text="بغداد\nقال الوزير علي إن القوات ستغادر قريباً.\nانتهى", date="2024-02-01")
SAID = "القوات ستغادر قريباً"


def label(**changes: object) -> StandoffLabel:
    start = ARTICLE.text.index(SAID)
    speaker = ARTICLE.text.index("علي")
    fields: dict[str, object] = {
        "id": "s1",
        "archive": "archive",
        "article_id": "n1",
        "start": start,
        "end": start + len(SAID),
        "sha256": text_hash(SAID),
        "speaker_start": speaker,
        "speaker_end": speaker + 3,
        "stance": "against",
        "sentiment": "neutral",
    }
    return StandoffLabel.model_validate(fields | changes)


def test_a_label_is_joined_to_the_article_it_stands_in() -> None:
    [joined] = join_standoff([label()], [Article(id="n0", text="غيره"), ARTICLE])
    assert isinstance(joined, LabelledStatement)
    assert (joined.text, joined.speaker, joined.stance) == (SAID, "علي", "against")
    assert joined.context == "قال الوزير علي إن القوات ستغادر قريباً."
    assert joined.family == "archive#n1"


def test_a_changed_text_is_not_taken_for_the_labelled_one() -> None:
    [error] = join_standoff([label(start=0, end=4)], [ARTICLE])
    assert isinstance(error, QawlError)
    assert "n1" in str(error)


def test_a_label_without_its_article_is_left_out() -> None:
    assert list(join_standoff([label()], [])) == []


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "standoff.jsonl"
    good = label().model_dump_json()
    path.write_text(good + "\n" + json.dumps({"id": "x"}) + "\n", encoding="utf-8")
    with pytest.raises(QawlError, match=r"standoff\.jsonl:2: field archive"):
        load_standoff(path)
