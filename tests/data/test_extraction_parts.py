"""The parts of extraction by themselves: tokens, marks, lexicon, names; and what holds of the whole."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.extraction import extract
from data.extraction.document import read
from data.extraction.lexicon import lexicon
from data.extraction.marks import quotations
from data.extraction.speakers import PhraseReader
from data.extraction.tokens import normal, tokenise
from data.records import Article, Statement
from tests.extraction_inputs import ALPHABET, check, inputs


def marked(text: str) -> list[str]:
    """What stands in marks."""
    tokens = tokenise(text)
    return [tokens.surface(q.first, q.last) for q in quotations(tokens)]


def found(text: str, title: str | None = None) -> list[Statement]:
    return extract(Article(text=text, title=title), explain=True)


# Tokens


@pytest.mark.parametrize(
    ("word", "form"),
    [("أكّدَ", "اكد"), ("إنّ", "ان"), ("قـــال", "قال"), ("مؤكدةً", "مؤكدة"), ("إلقاء", "إلقاء"), ("إلى", "الى")],
)
def test_normal_form_drops_vowel_signs_and_levels_alef(word: str, form: str) -> None:
    assert normal(word) == form


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("القوات العراقيةستتعامل", ["القوات", "العراقية", "ستتعامل"]),
        ("المتحدثإنّ القوات", ["المتحدث", "ان", "القوات"]),
        ("والإعلام", ["والاعلام"]),
        ("إلىالقاعدة", ["الى", "القاعدة"]),
        ("#وسم_طويل", ["وسم", "طويل"]),
        ("3.5 مليون", ["3.5", "مليون"]),
    ],
)
def test_words_written_as_one_are_told_apart(text: str, words: list[str]) -> None:
    assert tokenise(text).norm == words


@given(st.text(alphabet=st.sampled_from(ALPHABET), max_size=200))
def test_token_offsets_point_into_the_text_in_order(text: str) -> None:
    tokens = tokenise(text)
    last = 0
    for start, end in zip(tokens.start, tokens.end, strict=True):
        assert last <= start < end <= len(text)
        last = end


# Marks


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("قال «كلمة أولى» ثم «ثانية»", ["كلمة أولى", "ثانية"]),
        ('"أولى" و"ثانية"', ["أولى", "ثانية"]),
        ("«خارج «داخل» خارج»", ["خارج «داخل» خارج"]),
        ("»معكوسة هنا«", ["معكوسة هنا"]),
        ("«مكررة هنا«", ["مكررة هنا"]),
        ("((قوسان مزدوجان))", ["قوسان مزدوجان"]),
        ("(قوسان)", []),
        ("علامة » وحيدة", []),
        ("قال: «لم تغلق هذه العلامة\nسطر آخر", ["لم تغلق هذه العلامة"]),
    ],
)
def test_marks_are_paired_by_type(text: str, inside: list[str]) -> None:
    assert marked(text) == inside


# Lexicon


@pytest.mark.parametrize(
    "word",
    ["وقالت", "فأكدوا", "سيعلن", "وستعلن", "مؤكدةً", "مشيراً", "نفت", "ينفون", "يدعون", "وأضافوا", "اكد", "تأكيدها"],
)
def test_reporting_verbs_are_known_in_all_their_forms(word: str) -> None:
    assert normal(word) in lexicon().cues


@pytest.mark.parametrize("word", ["مدينة", "عدد", "ورد", "بين", "دون", "عقب"])
def test_common_words_spelt_like_a_verb_are_no_cues(word: str) -> None:
    assert normal(word) not in lexicon().cues


# Speakers


@pytest.mark.parametrize(
    ("phrase", "name", "role"),
    [
        ("وزير الدفاع الأميركي لويد أوستن", "لويد أوستن", "وزير الدفاع الأميركي"),
        ("المتحدث باسم الجيش، رامي عيسى", "رامي عيسى", "المتحدث باسم الجيش"),
        ("كمال رستم، مدير المرصد", "كمال رستم", "مدير المرصد"),
        ("الدكتور علي بن يحيى العريشي", "علي بن يحيى العريشي", "الدكتور"),
    ],
)
def test_name_and_role_are_told_apart(phrase: str, name: str, role: str) -> None:
    doc = read(phrase)
    mention = PhraseReader(doc).read(0, len(doc.norm))
    assert mention is not None
    assert mention.role is not None
    assert mention.surface(doc) == name
    assert doc.tokens.surface(*mention.role) == role


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("الوزير سالم الراوي سيوقع على الملحق", "سالم الراوي"),
        ("مارا أوكرمان انسحبت من السباق", "مارا أوكرمان"),
        ("ريمون هولدن كالتالي:", "ريمون هولدن"),
        ("الأمير سالم بن راشد تعليقات الصحيفة", "سالم بن راشد"),
        ("هينزو آبي يجب أن", "هينزو آبي"),
        ("هينزو آبي بالفعل", "هينزو آبي"),
        ("العقيد سانتو كاليا إن", "سانتو كاليا"),
        ("طالبان لمدة شهر", "طالبان"),
        ("المصدر نفسه قُتل", "المصدر نفسه"),
        ("محاكم قبرصية طلبات تركيا", "محاكم قبرصية"),
        ("بحوث قبرصية حديثة أن", "بحوث قبرصية حديثة"),
        ("خبراء أمنيون مستخدمي البرنامج", "خبراء أمنيون"),
        ("قناة «الميثاق» لقطات قالت", "قناة «الميثاق»"),
        ("موقع «الميثاق» المتخصص برصد السفن", "موقع «الميثاق»"),
    ],
)
def test_a_phrase_ends_where_the_next_one_begins(phrase: str, name: str) -> None:
    doc = read(phrase)
    mention = PhraseReader(doc).subject(0, len(doc.norm))
    assert mention is not None
    assert mention.surface(doc) == name


def test_speaker_has_role_affiliation_and_type() -> None:
    (statement,) = found("قال المتحدث باسم وزارة الخارجية رامي عيسى إن المحادثات مستمرة هذا الأسبوع.")
    assert statement.speaker is not None
    assert statement.speaker.name == "رامي عيسى"
    assert statement.speaker.type == "person"
    assert statement.speaker.role == "المتحدث باسم وزارة الخارجية"
    assert statement.speaker.affiliation == "وزارة الخارجية"
    assert statement.cue is not None
    assert statement.cue.text == "قال"


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("قالت وزارة الصحة إن الوضع مستقر في المدينة.", "organisation"),
        ("قالت إيران إنها لن تتراجع عن موقفها.", "country"),
        ("قال مصدر أمني إن الطريق مغلق منذ الصباح.", "unnamed"),
    ],
)
def test_types_of_speakers(text: str, type_: str) -> None:
    (statement,) = found(text)
    assert statement.speaker is not None
    assert statement.speaker.type == type_


def test_carried_speaker_has_no_mention() -> None:
    first, second = found("قال رامي عيسى إن القافلة وصلت. وأضاف أن الطريق آمن.")
    assert first.speaker is not None
    assert second.speaker is not None
    assert first.speaker.mention is not None
    assert second.speaker.mention is None
    assert first.speaker.name == second.speaker.name


# The whole


def test_evidence_names_the_rules_only_on_request() -> None:
    article = Article(text="قال رامي عيسى إن القافلة وصلت.")
    assert extract(article)[0].evidence is None
    evidence = extract(article, explain=True)[0].evidence
    assert evidence is not None
    assert set(evidence) == {"statement", "speaker"}


def test_title_comes_first_and_identifier_is_carried() -> None:
    statements = extract(
        Article(id="a1", title="رامي عيسى: لن نغادر القاعدة", text="قال القائد رامي عيسى إن الجنود باقون هنا.")
    )
    assert [(s.field, s.article_id) for s in statements] == [("title", "a1"), ("text", "a1")]


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "«", '"', "قال", "قال:", "بحسب", "وفقا لـ", "أن أن أن", "، ، ،", "\x00"]
)
def test_empty_and_broken_texts_give_nothing(text: str) -> None:
    assert extract(Article(text=text, title=text)) == []


@settings(max_examples=300)
@given(st.text(max_size=300), st.none() | st.text(max_size=80))
def test_any_unicode_text_gives_exact_offsets(text: str, title: str | None) -> None:
    check(Article(text=text, title=title))


def test_random_and_mutated_inputs_give_exact_offsets() -> None:
    # The full count, 100,000, runs in `make bench` and by `python -m tests.robustness_extraction`.
    for article in inputs(3000, seed=7):
        check(article)


def test_the_same_whatever_the_hash_seed() -> None:
    """Sets are walked in another order in every process; what is found must not depend on it."""
    text = (
        "نشر التلفزيون الوطني صورا من المكان. وهاجمت صحيفة النهر الأزرق القرار. وصلت وكالة الميثاق الجديد قبل الجميع. "
        "كما أعلنت الشبكة أن الطريق مغلق."
    )
    program = (
        "import sys; from data.extraction import extract; from data.records import Article; "
        "print([s.model_dump_json() for s in extract(Article(id='a', text=sys.argv[1]))])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program, text],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2", "3", "4")
    }  # fmt: skip
    assert len(outputs) == 1
    assert "الطريق مغلق" in outputs.pop()


@pytest.mark.parametrize(
    "text",
    [
        "قال الوزير إن الجسر آمن، وهو",
        "أعلن وأضاف وأضاف “ كما وقال",
        "ارتفعت الأسعار، بحسب ما أعلن الوزير، الأحد، ",
    ],
)
def test_a_text_that_breaks_off_after_a_word_that_opens_something_breaks_nothing(text: str) -> None:
    assert all(text[one.start : one.end] == one.text for one in extract(Article(text=text)))
