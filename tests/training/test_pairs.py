import pytest

from data.errors import QawlError
from data.records import LabelledStatement
from training.pairs import bag_of_words_on_pairs


def row(text: str, stance: str, **fields: str) -> LabelledStatement:
    return LabelledStatement.model_validate({"text": text, "stance": stance, **fields})


REST = [row(f"ترحل القوات {i}", "against", family=f"a{i}") for i in range(8)] + [
    row(f"تبقى القوات {i}", "favor", family=f"f{i}") for i in range(8)
]


def test_pairs_whose_label_stands_in_a_word_are_read_off_it() -> None:
    pairs = [row("ترحل القوات غداً", "against", pair="p"), row("تبقى القوات غداً", "favor", pair="p")]
    result = bag_of_words_on_pairs([*REST, *pairs])
    assert (result.pairs, result.statements, result.accuracy) == (1, 2, 1.0)


def test_negation_is_not_seen_by_a_bag_of_words() -> None:
    pairs = [row("ترحل القوات غداً", "against", pair="p"), row("لن ترحل القوات غداً", "favor", pair="p")]
    assert bag_of_words_on_pairs([*REST, *pairs]).accuracy == 0.5


def test_families_of_pairs_are_not_trained_on() -> None:
    inside = [row("تبقى القوات", "against", family="x") for _ in range(50)]
    pairs = [row("ترحل القوات", "against", pair="p", family="x"), row("تبقى القوات", "favor", pair="p", family="x")]
    assert bag_of_words_on_pairs([*REST, *inside, *pairs]).accuracy == 1.0


def test_a_set_without_pairs_is_said() -> None:
    with pytest.raises(QawlError, match="no minimal pairs"):
        bag_of_words_on_pairs(REST)
