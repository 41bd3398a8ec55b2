import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.records import LabelledStatement
from data.targets import Target
from data.template import Encoded, InputEncoder
from tests.data.test_template import TEMPLATE, WORDS
from tests.data.tokens import word_tokenizer
from training.dataset import UNLABELLED, build_dataset, collate, encode_dataset, token_batches


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=80),
    st.integers(16, 200),
    st.integers(1, 16),
    st.none() | st.integers(0, 99),
)
def test_batches_hold_every_row_once_within_their_budget(
    lengths: list[int], budget: int, most_rows: int, seed: int | None
) -> None:
    generator = None if seed is None else np.random.default_rng(seed)
    batches = token_batches(lengths, budget, most_rows, generator)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= most_rows
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget


def test_a_row_is_padded_and_masked() -> None:
    encoded = [Encoded([5, 6, 7], [0, 1, 1]), Encoded([8], [0])]
    batch = collate([1, 0], encoded, {"stance": [0, 1], "sentiment": [2, UNLABELLED]}, pad=9)
    assert batch.input_ids.tolist() == [[8, 9, 9], [5, 6, 7]]
    assert batch.attention_mask.tolist() == [[1, 0, 0], [1, 1, 1]]
    assert batch.token_type_ids.tolist() == [[0, 0, 0], [0, 1, 1]]
    assert (batch.stance.tolist(), batch.sentiment.tolist()) == ([1, 0], [UNLABELLED, 2])


ROWS = [
    LabelledStatement(text="رحيل القوات", stance="against", speaker="السوداني", context="وقال إن رحيل القوات قريب"),
    LabelledStatement(text="القوات قريب", sentiment="neutral", target="other"),
]


def look_up(name: str) -> Target:
    return Target(name=name, title="الوجود" if name == "other" else "الأجنبي")


def words_of(encoded: Encoded, encoder: InputEncoder) -> str:
    return " ".join(encoder.tokenizer.id_to_token(i) or "" for i in encoded.ids)


def test_every_row_is_read_with_its_own_target() -> None:
    encoder = InputEncoder(word_tokenizer(WORDS), TEMPLATE)
    first, second = encode_dataset(build_dataset(ROWS), encoder, look_up)
    assert words_of(first, encoder) == "<s> الأجنبي </s> السوداني : وقال إن [قول] رحيل القوات [/قول] قريب </s>"
    assert words_of(second, encoder) == "<s> الوجود </s> [قول] القوات قريب [/قول] </s>"


@pytest.mark.parametrize(
    ("speaker", "context", "expected"),
    [
        (1.0, 0.0, "<s> الأجنبي </s> وقال إن [قول] رحيل القوات [/قول] قريب </s>"),
        (0.0, 1.0, "<s> الأجنبي </s> السوداني : [قول] رحيل القوات [/قول] </s>"),
    ],
)
def test_speaker_and_context_are_left_out_in_training(speaker: float, context: float, expected: str) -> None:
    encoder = InputEncoder(word_tokenizer(WORDS), TEMPLATE)
    found = encode_dataset(
        build_dataset(ROWS),
        encoder,
        look_up,
        speaker_dropout=speaker,
        context_dropout=context,
        generator=np.random.default_rng(0),
    )
    assert words_of(found[0], encoder) == expected


def test_a_missing_label_is_marked() -> None:
    dataset = build_dataset(ROWS)
    assert list(dataset["stance"]) == [0, UNLABELLED]
    assert list(dataset["sentiment"]) == [UNLABELLED, 1]
