"""A whole artifact in a few kilobytes: random weights, right inputs and outputs, a tokenizer of a few words.

The graph averages word vectors and multiplies them into logits. Words decide: «ندعم» and «نرحب» lean to favor,
«نرفض» and «ندين» to against. The word «سم» has a vector of NaN, for the one input that goes wrong.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from data.artifact import Card, EncoderSource, Graph, Head, Heads, seal
from data.targets import load_target
from data.template import InputTemplate

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[OPEN]", "[CLOSE]"]
WORDS = [
    "نرفض",
    "ندين",
    "ندعم",
    "نرحب",
    "القوات",
    "الأجنبية",
    "العراق",
    "انسحاب",
    "وجود",
    "قال",
    "الوزير",
    "الرئيس",
    "سم",
    "اليوم",
]
LEANING = {"نرفض": (0, 2), "ندين": (0, 2), "ندعم": (1, 0), "نرحب": (1, 0)}
POISON = "سم"


def make(
    folder: Path,
    *,
    name: str = "tiny",
    seed: int = 0,
    threshold: float = 0.5,
    format_version: int = 1,
) -> Path:
    """Write a sealed artifact into `folder` and return it. Another seed gives another version."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {token: number for number, token in enumerate(SPECIAL + WORDS)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    _graph(vocabulary, seed, folder / "model.onnx")
    (folder / "README.md").write_text("# A tiny artifact for tests\n", encoding="utf-8")
    template = InputTemplate(
        cls="[CLS]", sep="[SEP]", pad="[PAD]", open="[OPEN]", close="[CLOSE]", normalisation="light"
    )
    card = Card(
        format_version=format_version,
        name=name,
        created=f"2026-01-{seed + 1:02d}T00:00:00+00:00",
        targets=(load_target("foreign-military-presence"),),
        template=template,
        heads=Heads(stance=Head(temperature=1.5, threshold=threshold), sentiment=Head()),
        encoder=EncoderSource(name="tiny", licence="Apache-2.0", source="tests"),
        graph=Graph(precision="fp32"),
        seed=seed,
        metrics={"validation": {"stance": {"macro_f1": {"value": 0.25, "low": 0.2, "high": 0.3, "n": 10}}}},
    )
    seal(folder, card)
    return folder


def _graph(vocabulary: dict[str, int], seed: int, path: Path) -> None:
    random = np.random.default_rng(seed)
    width = 8
    table = random.normal(0, 0.1, (len(vocabulary), width)).astype(np.float32)
    for word, (stance, sentiment) in LEANING.items():
        table[vocabulary[word]] = 0
        table[vocabulary[word], stance] = 20
        table[vocabulary[word], 4 + sentiment] = 20
    table[vocabulary[POISON]] = np.nan
    stance_weights = np.eye(width, 4, dtype=np.float32) * 3
    sentiment_weights = np.eye(width, 3, k=-4, dtype=np.float32) * 3
    constants: dict[str, NDArray[Any]] = {
        "table": table,
        "stance_weights": stance_weights,
        "sentiment_weights": sentiment_weights,
        "last": np.array([2], dtype=np.int64),
        "tokens": np.array([1], dtype=np.int64),
    }
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["vectors"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["mask3"]),
        helper.make_node("Mul", ["vectors", "mask3"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "tokens"], ["total"], keepdims=0),
        helper.make_node("ReduceSum", ["mask", "tokens"], ["count"], keepdims=1),
        helper.make_node("Div", ["total", "count"], ["mean"]),
        helper.make_node("MatMul", ["mean", "stance_weights"], ["stance_logits"]),
        helper.make_node("MatMul", ["mean", "sentiment_weights"], ["sentiment_logits"]),
    ]
    names = ("input_ids", "attention_mask", "token_type_ids")
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "tokens"]) for n in names],
        [
            helper.make_tensor_value_info("stance_logits", TensorProto.FLOAT, ["batch", 4]),
            helper.make_tensor_value_info("sentiment_logits", TensorProto.FLOAT, ["batch", 3]),
        ],
        [numpy_helper.from_array(array, key) for key, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
