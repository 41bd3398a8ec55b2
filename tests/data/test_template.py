import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import QawlError
from data.records import StatementInput
from data.targets import Target
from data.template import InputEncoder, InputTemplate, context_around, split_context
from tests.data.tokens import word_tokenizer

TEMPLATE = InputTemplate(cls="<s>", sep="</s>", pad="<pad>", open="[قول]", close="[/قول]", normalisation="light")
WORDS = ["الوجود", "الأجنبي", "السوداني", "وقال", "إن", "رحيل", "القوات", "قريب", "أمس", ":"]
TARGET = Target(name="t", title="الوجود الأجنبي")


def decoded(encoder: InputEncoder, statement: StatementInput) -> str:
    ids = encoder.encode(TARGET, [statement])[0].ids
    return " ".join(encoder.tokenizer.id_to_token(i) or "?" for i in ids)


def test_the_statement_is_marked_where_it_stands_in_its_context() -> None:
    encoder = InputEncoder(word_tokenizer(WORDS), TEMPLATE)
    statement = StatementInput(text="رحيل القوات قريب", speaker="السوداني", context="وقال إن رحيل القوات قريب أمس")
    assert decoded(encoder, statement) == (
        "<s> الوجود الأجنبي </s> السوداني : وقال إن [قول] رحيل القوات قريب [/قول] أمس </s>"
    )


def test_token_types_tell_the_card_from_the_statement() -> None:
    encoder = InputEncoder(word_tokenizer(WORDS), TEMPLATE)
    encoded = encoder.encode(TARGET, [StatementInput(text="رحيل القوات")])[0]
    assert encoded.types == [0, 0, 0, 0, 1, 1, 1, 1, 1]


def test_a_context_without_the_statement_is_read_before_it() -> None:
    statement = StatementInput(text="رحيل القوات", context="السوداني قريب")
    assert split_context(statement) == ("السوداني قريب", "")


def test_a_long_statement_keeps_its_beginning_and_its_end() -> None:
    encoder = InputEncoder(word_tokenizer(WORDS), TEMPLATE.model_copy(update={"statement_tokens": 8}))
    statement = StatementInput(text="رحيل " + "القوات " * 50 + "قريب أمس")
    tokens = decoded(encoder, statement).split()
    said = tokens[tokens.index("[قول]") + 1 : tokens.index("[/قول]")]
    assert len(said) == 8
    assert (said[0], said[-2:]) == ("رحيل", ["قريب", "أمس"])


def test_a_tokenizer_without_the_special_tokens_is_refused() -> None:
    with pytest.raises(QawlError, match="no token"):
        InputEncoder(word_tokenizer([]), TEMPLATE.model_copy(update={"open": "[غير]"}))


def test_context_is_the_line_around_the_statement() -> None:
    text = "سطر أول\nقال الوزير إن القوات باقية اليوم\nسطر ثالث"
    start = text.index("القوات")
    assert context_around(text, start, start + 12) == "قال الوزير إن القوات باقية اليوم"


texts = st.text(alphabet=st.sampled_from("ابت «»ـَ\u200f:a1\n"), min_size=1, max_size=900)


@given(texts.filter(lambda text: bool(text.strip())), texts, texts)
def test_no_input_is_longer_than_the_template_allows(text: str, speaker: str, context: str) -> None:
    encoder = InputEncoder(word_tokenizer(WORDS), TEMPLATE)
    statement = StatementInput(text=text, speaker=speaker, context=context)
    encoded = encoder.encode(TARGET, [statement, statement])
    assert encoded[0] == encoded[1]
    assert len(encoded[0].ids) == len(encoded[0].types) <= TEMPLATE.most_tokens
