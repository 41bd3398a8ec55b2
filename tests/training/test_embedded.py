import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from data.errors import QawlError
from training.config import InputConfig, load_encoder_config
from training.embedded import dequantise, needed_for_arabic, parse, read_encoder
from training.encoders import Encoder, load_encoder


def test_q4_blocks_hold_low_nibbles_first() -> None:
    codes = np.arange(32) % 16
    packed = (codes[:16] | codes[16:] << 4).astype(np.uint8).tobytes()
    block = struct.pack("<e", 0.5) + packed
    assert dequantise(block, 32) == pytest.approx((codes - 8) * 0.5)


@pytest.mark.parametrize("piece", ["▁القوات", "ها", "▁2024", "،", "»", "▁", "N", "▁(", "٪"])
def test_pieces_of_arabic_news_are_kept(piece: str) -> None:
    assert needed_for_arabic(piece)


@pytest.mark.parametrize("piece", ["▁the", "稣", "ấ", "▁силы", "ing"])
def test_pieces_of_other_scripts_are_not(piece: str) -> None:
    assert not needed_for_arabic(piece)


@pytest.mark.parametrize("image", [b"", b"GGUF" + bytes(64), b"E5S1" + bytes(8)])
def test_a_foreign_or_broken_file_is_refused(image: bytes) -> None:
    with pytest.raises(QawlError, match=r"e5-small-q4\.bin"):
        parse(image)


def test_a_file_of_another_hash_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(b"E5S1")
    with pytest.raises(QawlError, match="pins"):
        read_encoder(path, "0" * 64, ())


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(load_encoder_config("e5-small-embedded"), InputConfig())


def sentence_vector(encoder: Encoder, text: str) -> torch.Tensor:
    tokenizer = encoder.tokenizer
    ids = [
        tokenizer.token_to_id("<s>"),
        *tokenizer.encode(text, add_special_tokens=False).ids,
        tokenizer.token_to_id("</s>"),
    ]
    encoder.model.train(False)
    with torch.inference_mode():
        hidden = encoder.model(input_ids=torch.tensor([ids])).last_hidden_state
    return torch.nn.functional.normalize(hidden.mean(dim=1)[0], dim=0)


def test_the_vocabulary_reads_arabic_news_without_unknown_pieces(encoder: Encoder) -> None:
    text = "قال المتحدث إنّ «2,500 جندي» سيغادرون قاعدة عين الأسد، بحسب CNN، في 15/3/2024."
    unknown = encoder.tokenizer.token_to_id("<unk>")
    assert unknown not in encoder.tokenizer.encode(text, add_special_tokens=False).ids


def test_sentences_of_one_meaning_lie_nearer_than_others(encoder: Encoder) -> None:
    leave, depart, prices = (
        sentence_vector(encoder, f"query: {text}")
        for text in (
            "قال الوزير إن القوات الأجنبية ستغادر البلاد",
            "أكد المسؤول أن الجنود الأجانب سيرحلون عن الوطن",
            "ارتفعت أسعار الخضار في السوق هذا الأسبوع",
        )
    )
    assert float(leave @ depart) > float(leave @ prices) + 0.05


def test_the_statement_markers_are_single_tokens(encoder: Encoder) -> None:
    template = encoder.template
    ids = encoder.tokenizer.encode(f"{template.open} رحيل {template.close}", add_special_tokens=False).ids
    assert encoder.tokenizer.token_to_id(template.open) in ids
    assert max(ids) < encoder.model.config.vocab_size
