"""Backends: the same graph gives the same logits, whichever runs it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from data.artifact import read_card
from data.errors import QawlError
from data.graphs import native_precisions
from serving import backends
from serving.backends import Ids, OnnxRuntime, OpenVino, choose_backend

needs_openvino = pytest.mark.skipif("f32" not in native_precisions(), reason="OpenVINO is not installed here")


def _inputs(rows: int, tokens: int, seed: int = 0) -> tuple[Ids, Ids, Ids]:
    generator = np.random.default_rng(seed)
    ids = generator.integers(0, 6, (rows, tokens))
    mask = np.ones_like(ids)
    mask[-1, tokens // 2 :] = 0
    return ids, mask, np.zeros_like(ids)


@pytest.fixture
def graph(artifact: Path) -> Path:
    return artifact / read_card(artifact).graph.file


@needs_openvino
def test_both_give_the_same_logits(graph: Path) -> None:
    ours, theirs = OpenVino(graph, 1, "f32"), OnnxRuntime(graph, 1)
    for rows, tokens in ((1, 7), (5, 30)):
        given = _inputs(rows, tokens)
        for a, b in zip(ours.run(*given), theirs.run(*given), strict=True):
            assert a.shape == b.shape
            assert a == pytest.approx(b, abs=1e-3)


@needs_openvino
def test_threads_do_not_write_into_each_others_answers(graph: Path) -> None:
    backend = OpenVino(graph, 1, "f32")
    alone = [backend.run(*_inputs(2, 9 + n, n)) for n in range(12)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda n: backend.run(*_inputs(2, 9 + n, n)), range(12)))
    for a, b in zip(alone, together, strict=True):
        assert np.array_equal(a[0], b[0])
        assert np.array_equal(a[1], b[1])


@needs_openvino
def test_a_broken_graph_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(QawlError, match="cannot be loaded") as caught:
        OpenVino(tmp_path / "model.onnx", 1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("precision", "native", "expected"),
    [
        ("int8-weights", {"f32"}, "onnxruntime"),
        ("int8-weights", set(), "onnxruntime"),
        pytest.param("int8-weights", {"f32", "bf16"}, "openvino-bf16", marks=needs_openvino),
        pytest.param("fp32", {"f32", "bf16"}, "openvino-bf16", marks=needs_openvino),
        pytest.param("int8-blocks", {"f32", "bf16"}, "openvino-bf16", marks=needs_openvino),
        ("int8-fine", {"f32"}, "onnxruntime"),
        ("int8", {"f32", "bf16"}, "onnxruntime"),
    ],
)
def test_the_choice_follows_processor_and_graph(
    graph: Path, monkeypatch: pytest.MonkeyPatch, precision: str, native: set[str], expected: str
) -> None:
    monkeypatch.setattr(backends, "native_precisions", lambda: native)
    assert choose_backend(graph, precision, 1).name == expected
