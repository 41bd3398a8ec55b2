from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from data.errors import QawlError
from data.template import Encoded
from training.config import ExportConfig, HeadsConfig, Precision
from training.export import (
    activation_ranges,
    choose_graph,
    export_graph,
    fidelity,
    graph_logits,
    quantise_graph,
    read_weights,
)
from training.model import StanceModel

OPEN, CLOSE, PAD = 5, 6, 0


@pytest.fixture(scope="module")
def model() -> StanceModel:
    torch.manual_seed(4)
    shape = BertConfig(vocab_size=40, hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=128)
    return StanceModel(BertModel(shape, add_pooling_layer=False), HeadsConfig(), (OPEN, CLOSE)).eval()


@pytest.fixture(scope="module")
def inputs() -> list[Encoded]:
    generator = np.random.default_rng(0)
    rows = []
    for length in (7, 12, 5, 20, 9):
        ids = [1, *generator.integers(7, 40, size=length).tolist(), OPEN, 8, 9, CLOSE, 2]
        rows.append(Encoded(ids, [0] * 3 + [1] * (len(ids) - 3)))
    return rows


def torch_logits(
    model: StanceModel, inputs: list[Encoded]
) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    out: dict[str, list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]] = {"stance": [], "sentiment": []}
    with torch.inference_mode():
        for row in inputs:
            ids, types = torch.tensor([row.ids]), torch.tensor([row.types])
            for head, logits in zip(out, model(ids, torch.ones_like(ids), types), strict=True):
                out[head].append(logits[0].double().numpy())
    return {head: np.stack(rows) for head, rows in out.items()}


GOLD = {"stance": np.array([0, 1, 2, 3, -1]), "sentiment": np.array([0, 1, 2, 0, 1])}


@pytest.mark.parametrize(
    ("precision", "most"),
    [("fp32", 0.02), ("int8", 0.1), ("int8-blocks", 0.1), ("int8-fine", 0.1), ("int8-weights", 0.1)],
)
def test_a_graph_answers_like_torch(
    model: StanceModel, inputs: list[Encoded], tmp_path: Path, precision: Precision, most: float
) -> None:
    export_graph(model, tmp_path / "plain.onnx")
    ranges = activation_ranges(tmp_path / "plain.onnx", inputs, PAD)
    # What the two layers' attention and first product read, and nothing else, comes from a layer norm.
    assert len(ranges) == 4
    quantise_graph(tmp_path / "plain.onnx", tmp_path / "graph.onnx", precision, ranges)
    ours = graph_logits(tmp_path / "graph.onnx", inputs, PAD, precision=precision)
    measured = fidelity(precision, tmp_path / "graph.onnx", ours, torch_logits(model, inputs), GOLD)
    assert measured.difference < most
    weights = read_weights(tmp_path / "graph.onnx")
    for name, value in model.named_parameters():
        if value.ndim == 2 and "token_type" not in name:
            assert torch.allclose(weights[name], value, atol=2e-3), name


def test_a_graph_names_no_path_of_the_machine_that_made_it(model: StanceModel, tmp_path: Path) -> None:
    export_graph(model, tmp_path / "plain.onnx")
    assert b"site-packages" not in (tmp_path / "plain.onnx").read_bytes()


def test_the_first_faithful_precision_is_chosen(model: StanceModel, inputs: list[Encoded], tmp_path: Path) -> None:
    torchs = torch_logits(model, inputs)
    config = ExportConfig(precisions=("fp32", "int8"))
    precision, tried, logits = choose_graph(model, inputs, torchs, GOLD, PAD, config, tmp_path / "graph.onnx")
    assert (precision, len(tried)) == ("fp32", 1)
    assert logits["stance"] == pytest.approx(torchs["stance"], abs=0.02)


def test_an_unfaithful_graph_is_refused_with_its_figures(
    model: StanceModel, inputs: list[Encoded], tmp_path: Path
) -> None:
    other = {head: -logits for head, logits in torch_logits(model, inputs).items()}
    with pytest.raises(QawlError, match=r"int8: 100\.00% flips"):
        choose_graph(model, inputs, other, GOLD, PAD, ExportConfig(precisions=("int8",)), tmp_path / "graph.onnx")
    assert not (tmp_path / "graph.onnx").exists()
