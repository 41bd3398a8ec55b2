"""What the benchmarks run: engines of one encoder's shape in several precisions, and the pipeline of that shape.

AraBERT's weights are not at hand here; its shape with random weights, exported as training exports, takes as long.
It reads with the shipped tokenizer, so that engines and pipelines are given the same tokens throughout.
"""

import logging
from pathlib import Path
from typing import Any

from data.artifact import Graph
from data.graphs import native_precisions
from data.records import StatementInput
from data.targets import Target
from serving.backends import choose_backend
from serving.engine import Engine
from serving.store import shipped_artifact
from tests.bench.statements import mix
from training.config import Precision

# As bench rows call them, and as an artifact's card calls the graph.
PRECISIONS: dict[str, Precision] = {"int8-blocks": "int8-blocks", "int8-fine": "int8-fine", "bf16": "fp32"}


def arabert_shape(layers: int = 12, vocabulary: int = 64_000) -> dict[str, Any]:
    """AraBERT's encoder as a card describes it; less of it where only the way is to be shown."""
    return {
        "model_type": "bert",
        "vocab_size": vocabulary,
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": layers,
        "num_attention_heads": 12,
        "max_position_embeddings": 512,
    }


def engines_of(
    described: dict[str, Any], shipped: Engine, target: Target, threads: int, folder: Path
) -> dict[str, Engine]:
    """Engines with a random graph of a shape, one of each precision that this machine has, by name.

    Args:
        described: the encoder's shape.
        shipped: whose tokenizer and template they read with.
        target: what the statements that show the size of activations are toward.
        folder: where the graphs are written, half a gigabyte in floats; they may go when this returns.

    Raises:
        ImportError: if torch or transformers are not installed.
    """
    import torch
    from transformers import AutoConfig, AutoModel

    from training.config import HeadsConfig
    from training.export import activation_ranges, export_graph, quantise_graph
    from training.model import StanceModel

    template = shipped.card.template
    opening, closing = (shipped.encoder.tokenizer.token_to_id(name) or 0 for name in (template.open, template.close))
    torch.manual_seed(1)
    encoder = AutoModel.from_config(AutoConfig.for_model(**described))  # type: ignore[no-untyped-call]
    # It says of each node that it leaves alone that it leaves it alone.
    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.WARNING)
    plain = folder / "fp32.onnx"
    export_graph(StanceModel(encoder, HeadsConfig(pooling="cls"), (opening, closing)), plain)
    del encoder
    ranges = activation_ranges(plain, shipped.encode(mix(32, 3), target), shipped.encoder.pad)
    engines = {}
    for name, precision in PRECISIONS.items():
        if name == "bf16" and "bf16" not in native_precisions():
            print("bf16: skipped, this processor or installation has none")
            continue
        path = folder / f"{name}.onnx"
        quantise_graph(plain, path, precision, ranges)
        card = shipped.card.model_copy(
            update={
                "config": {**shipped.card.config, "architecture": described},
                "graph": Graph(file=path.name, precision=precision),
            }
        )
        engines[name] = Engine(card, shipped.encoder, choose_backend(path, precision, threads))
        path.unlink()
    return engines


class Peer:
    """transformers' text-classification pipeline in fp32, with a random model of a shape as cards describe it.

    Args:
        described: the encoder's shape.
        engine: whose input it is given, as text.
        threads: torch's.

    Raises:
        ImportError: if torch or transformers are not installed.
    """

    def __init__(self, described: dict[str, Any], engine: Engine, threads: int) -> None:
        import torch
        from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedTokenizerFast, pipeline

        torch.set_num_threads(threads)
        shape = {name: value for name, value in described.items() if name not in ("pooling", "dropout")}
        config = AutoConfig.for_model(**shape, num_labels=4)
        template = engine.card.template
        self._engine = engine
        self._tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
            tokenizer_file=str(shipped_artifact() / "tokenizer.json"),
            pad_token=template.pad,
            cls_token=template.cls,
            sep_token=template.sep,
        )
        model = AutoModelForSequenceClassification.from_config(config).eval()  # type: ignore[no-untyped-call]
        self._pipeline: Any = pipeline("text-classification", model=model, tokenizer=self._tokenizer, device="cpu")

    def texts(self, given: list[StatementInput], target: Target) -> list[str]:
        """What the engine reads, as text: the pipeline makes the same number of tokens of it, give or take one."""
        encoded = self._engine.encode(given, target)
        return [str(self._tokenizer.decode(one.ids, skip_special_tokens=True)) for one in encoded]

    def __call__(self, texts: list[str] | str, batch: int = 1) -> Any:
        return self._pipeline(texts, batch_size=batch)
