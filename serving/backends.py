"""Backends: what runs an artifact's graph on the CPU, and which one this machine gets.

OpenVINO computes in bfloat16 where the processor has instructions for it, about twice as fast as in floats and on
trained weights with the same labels (`python -m tests.bench.bench_backends` prints both); ONNX Runtime runs the same
graph everywhere else. Knows graphs and arrays; knows no statements, labels or cards.
"""

import threading
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from data.errors import QawlError
from data.graphs import PORTABLE, native_precisions, openvino_options

Ids = NDArray[np.int64]
Logits = NDArray[np.float32]

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("stance_logits", "sentiment_logits")


class Backend(Protocol):
    """Runs an artifact's graph. Arrays are [batch, tokens] in, [batch, labels] out, in the card's label order."""

    name: str

    def run(self, ids: Ids, mask: Ids, types: Ids) -> tuple[Logits, Logits]:
        """Stance logits [batch, 4] and sentiment logits [batch, 3]."""
        ...


class OnnxRuntime:
    """The graph in ONNX Runtime on the CPU.

    Args:
        path: the graph file.
        threads: threads of one matrix product.

    Raises:
        QawlError: if the graph cannot be loaded or has other inputs or outputs than an artifact's.
    """

    name = "onnxruntime"

    def __init__(self, path: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Every batch has another shape: remembered memory patterns would only pile up.
        options.enable_mem_pattern = False
        # Waiting threads sleep, so that the event loop beside them is not starved of its core.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises its own unrelated types, some of them plain RuntimeError
            reason = str(error).splitlines()[0][:200]
            raise QawlError(f"the graph cannot be loaded: {reason}", where=str(path)) from error
        inputs = {entry.name for entry in self._session.get_inputs()}
        _check_names(inputs, {entry.name for entry in self._session.get_outputs()}, path)
        self._inputs = inputs

    def run(self, ids: Ids, mask: Ids, types: Ids) -> tuple[Logits, Logits]:
        feed = {n: array for n, array in zip(INPUTS, (ids, mask, types), strict=True) if n in self._inputs}
        stance, sentiment = self._session.run(list(OUTPUTS), feed)
        return stance, sentiment


class OpenVino:
    """The graph in OpenVINO on the CPU.

    Args:
        path: the graph file.
        threads: threads of one matrix product.
        precision: what products are computed in, `bf16` or `f32`.
        form: the graph's precision, as its card names it: whether products with 8-bit weights take 8-bit activations.

    Raises:
        QawlError: if the graph cannot be loaded or has other inputs or outputs than an artifact's.
        ImportError: if OpenVINO is not installed.
    """

    def __init__(self, path: Path, threads: int, precision: str = "bf16", form: str = "fp32") -> None:
        import openvino

        self.name = f"openvino-{precision}"
        options = openvino_options(form, threads, precision)
        try:
            core = openvino.Core()
            self._model = core.compile_model(core.read_model(str(path)), "CPU", options)
        except Exception as error:  # openvino raises plain RuntimeError for everything
            reason = " ".join(str(error).split())[:200]
            raise QawlError(f"the graph cannot be loaded: {reason}", where=str(path)) from error
        inputs = {entry.any_name for entry in self._model.inputs}
        _check_names(inputs, {entry.any_name for entry in self._model.outputs}, path)
        self._inputs = inputs
        # A request holds the tensors of one run: each thread has its own.
        self._requests = threading.local()

    def run(self, ids: Ids, mask: Ids, types: Ids) -> tuple[Logits, Logits]:
        request: Any = getattr(self._requests, "request", None)
        if request is None:
            request = self._requests.request = self._model.create_infer_request()
        feed = {n: array for n, array in zip(INPUTS, (ids, mask, types), strict=True) if n in self._inputs}
        out = request.infer(feed, share_inputs=True)
        # Copied: the request's next run writes into the same memory.
        stance, sentiment = (np.array(out[name], dtype=np.float32) for name in OUTPUTS)
        return stance, sentiment


def _check_names(inputs: set[str], outputs: set[str], path: Path) -> None:
    if not inputs <= set(INPUTS) or INPUTS[0] not in inputs:
        raise QawlError(f"unknown graph inputs {sorted(inputs)}", where=str(path))
    if not set(OUTPUTS) <= outputs:
        raise QawlError(f"unknown graph outputs {sorted(outputs)}", where=str(path))


def choose_backend(path: Path, precision: str, threads: int) -> Backend:
    """The fastest backend that answers as the artifact was measured to.

    Args:
        path: the graph file.
        precision: the graph's, as its card names it.
        threads: threads of one matrix product.

    Raises:
        QawlError: if the graph cannot be loaded.
    """
    # A graph of onnxruntime's own integer operators keeps the engine that its gate was measured with.
    if precision in PORTABLE and "bf16" in native_precisions():
        return OpenVino(path, threads, "bf16", precision)
    return OnnxRuntime(path, threads)
