from hypothesis import given
from hypothesis import strategies as st

from data.normalisation import Recipe, normalise


def test_arabert_normalisation_removes_marks_and_spaces_punctuation() -> None:
    given_text = "قالَ الرئيــس: «لن نبقى2024في العراق»!!!!"
    assert normalise(given_text).text == "قال الرئيس : « لن نبقى 2024 في العراق » ! !"


def test_arabert_normalisation_replaces_addresses() -> None:
    text = normalise("زوروا https://example.org/a?b=1 أو news@example.org أو @qawl").text
    assert text == "زوروا [رابط] أو [بريد] أو [مستخدم]"


def test_light_normalisation_keeps_punctuation_where_it_stands() -> None:
    assert normalise("قالَ: «نعـــم»،\u200f ثم  مضى", "light").text == "قال: «نعم»، ثم مضى"


def test_every_word_points_back_into_the_text_as_given() -> None:
    given_text = "أكّدَ  الوزيرُ&nbsp;أنَّ القــوّات «غير مرحّب بها»"
    normalised = normalise(given_text)
    start = normalised.text.index("القوات")
    a, b = normalised.alignment.original(start, start + len("القوات"))
    assert given_text[a:b] == "القــوّات"


@given(st.text(), st.sampled_from(["arabert-v02", "light"]))
def test_any_text_is_normalised_with_one_ordered_range_a_character(text: str, recipe: Recipe) -> None:
    normalised = normalise(text, recipe)
    alignment = normalised.alignment
    assert len(alignment.starts) == len(alignment.ends) == len(normalised.text)
    assert all(0 <= a < b <= len(text) for a, b in zip(alignment.starts, alignment.ends, strict=True))
    assert list(alignment.starts) == sorted(alignment.starts)
    assert normalised.text == normalised.text.strip()


@given(st.text())
def test_light_normalisation_is_idempotent(text: str) -> None:
    once = normalise(text, "light").text
    assert normalise(once, "light").text == once
