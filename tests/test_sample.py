"""The article that started it all, from the command line to the labels, against its statements as marked by hand."""

import json
from pathlib import Path

import pytest

import qawl
from data.evaluation import name_words, pair, same_speaker

SHARED = Path(__file__).resolve().parents[2] / "shared"
SAMPLE = SHARED / "samples" / "khalejion-iraq-us-withdrawal.txt"
SEED = SHARED / "gold" / "seed.jsonl"


@pytest.mark.shared
def test_the_sample_article(capfd: pytest.CaptureFixture[str]) -> None:
    if not (SAMPLE.exists() and SEED.exists()):
        pytest.skip(f"{SAMPLE} or {SEED} is not here")
    [gold] = [json.loads(line) for line in SEED.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert qawl.run(["analyze", str(SAMPLE)]) == 0
    found = json.loads(capfd.readouterr().out)["statements"]

    article = {"text": SAMPLE.read_text(encoding="utf-8"), "title": gold.get("title")}
    assert all(one["text"] == article["text"][one["start"] : one["end"]] for one in found if one["field"] == "text")

    # The marked article may hold the title apart from its text, so that offsets differ: compare in one of the two.
    shift = article["text"].index(gold["text"][:200])
    moved = [{**one, "start": one["start"] - shift, "end": one["end"] - shift} for one in found]
    pairs = [one for one in pair(gold, gold["statements"], moved) if one.iou >= 0.5]
    assert len(pairs) >= 9

    wrong = []
    for one in pairs:
        meant, said = gold["statements"][one.gold].get("speaker"), moved[one.found]["speaker"]
        # No word may be taken into a name that belongs to the verb or to the next name.
        if not same_speaker(meant, said and said["name"])[1] or len(name_words(said["name"])) > len(name_words(meant)):
            wrong.append((meant, said))
    assert wrong == []

    stances = {
        gold["statements"][one.gold]["text"]: (
            gold["statements"][one.gold]["stance"],
            moved[one.found]["stance"]["label"],
        )
        for one in pairs
    }
    for words in ("ضرورة خروج القوات", "المزعزع للاستقرار", "نواصل التركيز", "حان وقت رحيل"):
        [(meant, answered)] = [labels for text, labels in stances.items() if words in text]
        assert answered == meant, words
