from data.labels.statistics import count, wording
from data.records import LabelledStatement


def test_counts_are_of_one_target() -> None:
    rows = [
        LabelledStatement(text="القوات باقية", stance="favor", sentiment="neutral", family="a", date="2024-01"),
        LabelledStatement(text="ليست باقية", stance="against", sentiment="negative", family="a", date="2003-05"),
        LabelledStatement(text="نرفض العقوبات", stance="against", target="economic-sanctions", family="b"),
    ]
    statistics = count(rows)
    assert (statistics.n, statistics.families) == (2, 1)
    assert statistics.by["stance"] == {"favor": 1, "against": 1}
    assert statistics.by["decade"] == {"2000s": 1, "2020s": 1}
    assert statistics.stance_by_sentiment == {"against": {"negative": 1}, "favor": {"neutral": 1}}


def test_wording_folds_what_is_written_before_a_verb() -> None:
    described = wording([("القوات باقية", "وقال"), ("رحيل القوات قريب", "قال"), ("لا علم لي", None)])
    assert described.cues == (("قال", 1.0),)
    assert (described.words, described.vocabulary) == (8, 7)
    assert described.length_quartiles == (2, 3, 3)
