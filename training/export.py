"""The trained model as an ONNX graph that serving runs: exported, quantised to 8 bits, checked against torch.

    inputs   input_ids, attention_mask, token_type_ids   int64 [batch, tokens]
    outputs  stance_logits [batch, 4], sentiment_logits [batch, 3]

Four 8-bit forms are tried in the order that a run's configuration names; all keep a scale for each embedding row.
    int8          MatMul weights one scale an output channel, activations quantised as they come (one scale a tensor)
    int8-blocks   MatMul weights and activations one scale each 128 values (onnxruntime's MatMulNBits); what layer norms
                  give is first scaled channel by channel, so that few large channels do not coarsen the others
                  (SmoothQuant, Xiao et al. 2023)
    int8-fine     the same graph, its activations one scale each 64 values (by onnxruntime: activations as floats)
    int8-weights  8-bit weights with a scale each 16 values, activations as floats: slower, nearly exact
Each is measured in the engine that serves it: OpenVINO in bfloat16 where it is at hand and the processor has that.
Weights keep their torch names, so that retraining can read them back. Knows graphs and arrays, no records.
"""

import contextlib
import io
import logging
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from data.errors import QawlError
from data.graphs import BLOCK, GROUPS, PORTABLE, SMALL_BLOCK, native_precisions, openvino_options
from data.template import Encoded
from training.config import ExportConfig, Precision
from training.dataset import token_batches
from training.metrics import Floats, Ints, macro_f1
from training.model import StanceModel

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("stance_logits", "sentiment_logits")
HEADS = ("stance", "sentiment")
_EMBEDDING = "encoder.embeddings.word_embeddings.weight"
# MatMulNBits' accuracy levels: what the products are computed in.
_INTEGER_PRODUCTS, _FLOAT_PRODUCTS = 4, 1
_SMOOTH = ".smooth"
# How far a channel's size moves from activations into weights: as far as SmoothQuant moves it.
_MIGRATION = 0.5
CALIBRATION_ROWS = 128
# What onnxruntime appends where it turns a Gemm into a MatMul.
_TURNED = "_Transposed"


@dataclass(frozen=True)
class Fidelity:
    """How a graph's answers differ from torch's on the same rows.

    `flips` are the stance's, `loss` (of macro-F1) is the worse of both heads; `difference` is the largest of any logit.
    """

    precision: Precision
    difference: float
    flips: float
    sentiment_flips: float
    loss: float
    megabytes: float


def export_graph(model: StanceModel, path: Path) -> None:
    """Write the model as a float32 ONNX graph in one file, its weights under their torch names."""
    model.eval()
    ids = torch.full((2, 9), 1, dtype=torch.int64)
    ids[:, 3], ids[:, 6] = model.markers
    example = (ids, torch.ones_like(ids), torch.zeros_like(ids))
    batch, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens")
    loud = logging.getLogger("torch.onnx")
    level = loud.level
    loud.setLevel(logging.ERROR)
    attention = model.encoder.config._attn_implementation
    # Written out: the fused operator's care for rows that are masked throughout costs an eighth of a short run.
    model.encoder.set_attn_implementation("eager")
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            # The exporter warns of its own future and of axis names that it shares between inputs.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                model,
                example,
                str(path),
                dynamo=True,
                external_data=False,
                input_names=list(INPUTS),
                output_names=list(OUTPUTS),
                dynamic_shapes={name: {0: batch, 1: tokens} for name in INPUTS},
                opset_version=20,
                verbose=False,
            )
    finally:
        loud.setLevel(level)
        model.encoder.set_attn_implementation(attention)
    graph = onnx.load(str(path))
    _restore_names(graph, model)
    # Only what the graph computes with: the exporter's notes name paths of this machine.
    for node in graph.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del graph.graph.value_info[:]
    del graph.metadata_props[:]
    onnx.save(graph, str(path))


def _restore_names(graph: onnx.ModelProto, model: StanceModel) -> None:
    """The exporter folds `weight.T` into nameless constants: call each after the parameter that it holds."""
    known = {
        value.detach().numpy().T.tobytes(): name
        for name, value in model.named_parameters()
        if value.ndim == 2 and name != _EMBEDDING
    }
    renamed = {}
    for tensor in graph.graph.initializer:
        if tensor.name.startswith("val_") and len(tensor.dims) == 2:
            name = known.get(numpy_helper.to_array(tensor).tobytes())
            if name:
                renamed[tensor.name] = f"{name}.T"
                tensor.name = f"{name}.T"
    for node in graph.graph.node:
        for position, name in enumerate(node.input):
            if name in renamed:
                node.input[position] = renamed[name]


def quantise_graph(source: Path, target: Path, precision: Precision, ranges: dict[str, Floats] | None = None) -> None:
    """Write an 8-bit copy of a float32 graph (for `fp32`: the graph itself).

    Args:
        ranges: what `activation_ranges` says of the graph; without it nothing is smoothed.
    """
    if precision == "fp32":
        shutil.copyfile(source, target)
        return
    graph = onnx.load(str(source))
    _quantise_rows(graph, _EMBEDDING)
    if precision == "int8":
        _quantise_dynamically(graph, target)
        return
    if precision in GROUPS:
        _smooth(graph, ranges or {})
    heights = [tensor.dims[0] for tensor in _matrices(graph).values()]
    with warnings.catch_warnings(), _quiet_root():
        warnings.simplefilter("ignore")
        from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

        quantiser = MatMulNBitsQuantizer(
            graph,
            # Where activations stay floats, larger blocks gain nothing and stray further.
            block_size=BLOCK if precision in GROUPS and all(h % BLOCK == 0 for h in heights) else SMALL_BLOCK,
            is_symmetric=True,
            accuracy_level=_INTEGER_PRODUCTS if precision == "int8-blocks" else _FLOAT_PRODUCTS,
            bits=8,
        )
        quantiser.process()
        onnx.save(quantiser.model.model, str(target))


def _quantise_dynamically(graph: onnx.ModelProto, target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), _quiet_root():
        warnings.simplefilter("ignore")
        from onnxruntime.quantization import QuantType, quantize_dynamic

        rows = Path(folder) / "rows.onnx"
        onnx.save(graph, str(rows))
        quantize_dynamic(
            str(rows), str(target), op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8
        )


def _matrices(graph: onnx.ModelProto) -> dict[str, TensorProto]:
    """The constant matrices of the graph's products by name, [inputs, outputs] each."""
    tensors = {tensor.name: tensor for tensor in graph.graph.initializer}
    used = [node.input[1] for node in graph.graph.node if node.op_type == "MatMul"]
    return {name: tensors[name] for name in used if name in tensors and len(tensors[name].dims) == 2}


def activation_ranges(path: Path, encoded: Sequence[Encoded], pad: int) -> dict[str, Floats]:
    """The largest absolute value of each channel [width] of what layer norms give to products, over inputs."""
    graph = onnx.load(str(path))
    matrices = _matrices(graph)
    normed = {node.output[0] for node in graph.graph.node if node.op_type == "LayerNormalization"}
    names = list(
        dict.fromkeys(n.input[0] for n in graph.graph.node if n.op_type == "MatMul" and n.input[1] in matrices)
    )
    names = [name for name in names if name in normed]
    graph.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    session = _session(graph.SerializeToString(), 2)
    ranges: dict[str, Floats] = {}
    for _, feed in _feeds(encoded, pad, budget=1024):
        for name, values in zip(names, session.run(names, feed), strict=True):
            # Padding is no input: what it gives is never looked at.
            seen = np.abs(values[feed["attention_mask"] == 1]).max(axis=0).astype(np.float64)
            ranges[name] = np.maximum(ranges[name], seen) if name in ranges else seen
    return ranges


def _smooth(graph: onnx.ModelProto, ranges: dict[str, Floats]) -> None:
    """Scale activations down where they are large, and up the weights that read them: the products stay the same."""
    matrices = _matrices(graph)
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.graph.node:
        if node.op_type == "MatMul" and node.input[1] in matrices and node.input[0] in ranges:
            readers.setdefault(node.input[0], []).append(node)
    placed: dict[str, onnx.NodeProto] = {}
    for name, nodes in readers.items():
        weights = [numpy_helper.to_array(matrices[node.input[1]]) for node in nodes]
        largest = np.maximum(np.max([np.abs(weight).max(axis=1) for weight in weights], axis=0), 1e-5)
        scale = largest ** (1 - _MIGRATION) / np.maximum(ranges[name], 1e-5) ** _MIGRATION
        scale = (scale / np.exp(np.log(scale).mean())).astype(np.float32)
        for node, weight in zip(nodes, weights, strict=True):
            tensor = matrices[node.input[1]]
            tensor.CopyFrom(numpy_helper.from_array((weight / scale[:, None]).astype(np.float32), tensor.name))
            node.input[0] = name + _SMOOTH
        graph.graph.initializer.append(numpy_helper.from_array(scale, f"{name}{_SMOOTH}.scale"))
        placed[name] = helper.make_node("Mul", [name, f"{name}{_SMOOTH}.scale"], [name + _SMOOTH])
    nodes = []
    for node in graph.graph.node:
        nodes.append(node)
        nodes += [placed[name] for name in node.output if name in placed]
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)


def _quantise_rows(graph: onnx.ModelProto, name: str) -> None:
    """Replace the Gather of a float table by that of an 8-bit one with a scale a row."""
    tables = {tensor.name: tensor for tensor in graph.graph.initializer}
    if name not in tables:
        return
    table = numpy_helper.to_array(tables[name])
    scale = np.maximum(np.abs(table).max(axis=1, keepdims=True) / 127.0, 1e-12).astype(np.float32)
    codes = np.clip(np.rint(table / scale), -127, 127).astype(np.int8)
    graph.graph.initializer.remove(tables[name])
    graph.graph.initializer.extend(
        [numpy_helper.from_array(codes, f"{name}.codes"), numpy_helper.from_array(scale, f"{name}.scale")]
    )
    nodes = []
    for node in graph.graph.node:
        if node.op_type != "Gather" or node.input[0] != name:
            nodes.append(node)
            continue
        ids, out = node.input[1], node.output[0]
        nodes += [
            helper.make_node("Gather", [f"{name}.codes", ids], [f"{out}.codes"], axis=0),
            helper.make_node("Gather", [f"{name}.scale", ids], [f"{out}.scale"], axis=0),
            helper.make_node("Cast", [f"{out}.codes"], [f"{out}.values"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{out}.values", f"{out}.scale"], [out]),
        ]
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)


def graph_logits(
    path: Path, encoded: Sequence[Encoded], pad: int, *, precision: str = "fp32", threads: int = 2, budget: int = 4096
) -> dict[str, Floats]:
    """Run a graph over inputs on the CPU, in the engine that would serve it here.

    Returns:
        `stance` [rows, 4] and `sentiment` [rows, 3], in order.
    """
    run = _runner(path, precision, threads)
    out: dict[str, Floats] = {}
    for positions, feed in _feeds(encoded, pad, budget):
        for head, logits in zip(HEADS, run(feed), strict=True):
            values: npt.NDArray[Any] = np.asarray(logits, dtype=np.float64)
            out.setdefault(head, np.zeros((len(encoded), values.shape[1])))[positions] = values
    return out


def _feeds(encoded: Sequence[Encoded], pad: int, budget: int) -> Iterator[tuple[list[int], dict[str, Ints]]]:
    """Padded batches: which inputs they hold, and the graph's arrays [rows, tokens] by name."""
    for positions in token_batches([len(row.ids) for row in encoded], budget, 64):
        width = max(len(encoded[i].ids) for i in positions)
        feed = {name: np.zeros((len(positions), width), dtype=np.int64) for name in INPUTS}
        feed["input_ids"][:] = pad
        for number, i in enumerate(positions):
            row = encoded[i]
            feed["input_ids"][number, : len(row.ids)] = row.ids
            feed["token_type_ids"][number, : len(row.ids)] = row.types
            feed["attention_mask"][number, : len(row.ids)] = 1
        yield positions, feed


def _session(graph: Path | bytes, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    given = graph if isinstance(graph, bytes) else str(graph)
    return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])


def _runner(path: Path, precision: str, threads: int) -> Callable[[dict[str, Ints]], Sequence[Any]]:
    if precision in PORTABLE and "bf16" in native_precisions():
        import openvino

        compiled = openvino.Core().compile_model(str(path), "CPU", openvino_options(precision, threads))
        request, wanted = compiled.create_infer_request(), {entry.any_name for entry in compiled.inputs}

        def run(feed: dict[str, Ints]) -> Sequence[Any]:
            found = request.infer({name: values for name, values in feed.items() if name in wanted})
            return [np.array(found[name]) for name in OUTPUTS]

        return run
    session = _session(path, threads)
    taken = {entry.name for entry in session.get_inputs()}
    return lambda feed: session.run(list(OUTPUTS), {n: values for n, values in feed.items() if n in taken})


def fidelity(
    precision: Precision, path: Path, ours: dict[str, Floats], torchs: dict[str, Floats], gold: dict[str, Ints]
) -> Fidelity:
    """Compare a graph's logits with torch's; `gold` holds label numbers, negative where there is none."""
    flips = dict.fromkeys(HEADS, 0.0)
    losses, differences = [0.0], [0.0]
    for head in HEADS:
        a, b = ours[head], torchs[head]
        if not len(a):
            continue
        differences.append(float(np.abs(a - b).max()))
        flips[head] = float((a.argmax(axis=1) != b.argmax(axis=1)).mean())
        known = gold[head] >= 0
        if known.any():
            before, after = (macro_f1(gold[head][known], x[known].argmax(axis=1), x.shape[1]) for x in (b, a))
            losses.append(before - after)
    size = path.stat().st_size / 1e6
    return Fidelity(precision, max(differences), flips["stance"], flips["sentiment"], max(losses), size)


def choose_graph(
    model: StanceModel,
    encoded: Sequence[Encoded],
    torchs: dict[str, Floats],
    gold: dict[str, Ints],
    pad: int,
    config: ExportConfig,
    target: Path,
    calibration: Sequence[Encoded] = (),
) -> tuple[Precision, list[Fidelity], dict[str, Floats]]:
    """Export, and write to `target` the first of the configured precisions that lies within the bounds.

    Args:
        encoded: validation inputs.
        torchs: their logits from torch.
        gold: their label numbers, negative where there is none.
        calibration: training inputs that show how large activations are; a hundred will do.

    Returns:
        the precision, what was measured of each one tried, and the chosen graph's logits on `encoded`.

    Raises:
        QawlError: if none of the precisions does.
    """
    tried = []
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "fp32.onnx"
        export_graph(model, plain)
        ranges = activation_ranges(plain, calibration[:CALIBRATION_ROWS], pad)
        for precision in config.precisions:
            candidate = Path(folder) / f"{precision}.candidate"
            quantise_graph(plain, candidate, precision, ranges)
            logits = graph_logits(candidate, encoded, pad, precision=precision)
            measured = fidelity(precision, candidate, logits, torchs, gold)
            tried.append(measured)
            # A single flipped row of a small validation set says nothing: it is always allowed.
            if (
                measured.flips <= max(config.most_flips, 1.0 / max(1, len(encoded)))
                and measured.loss <= config.most_loss
            ):
                shutil.copyfile(candidate, target)
                return precision, tried, logits
    told = "; ".join(f"{t.precision}: {t.flips:.2%} flips, {t.loss:+.4f} macro-F1" for t in tried)
    raise QawlError(f"no exported graph answers like the torch model ({told})", remedy="add fp32 to export.precisions")


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """The torch parameters that a graph holds, dequantised, by their names.

    What the graph does not name (a bias that was zero throughout, shared with another) is absent.
    """
    graph = onnx.load(str(path)).graph
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    found: dict[str, npt.NDArray[Any]] = {}
    for name, array in arrays.items():
        base, _, suffix = name.rpartition(_TURNED if _TURNED in name else ".T")
        if name.endswith(".codes"):
            base = name.removesuffix(".codes")
            found[base] = array.astype(np.float32) * arrays[f"{base}.scale"]
        elif base and suffix == "_quantized":
            stem = name.removesuffix("_quantized")
            offset = arrays[f"{stem}_zero_point"].astype(np.float32)
            found[base] = ((array.astype(np.float32) - offset) * arrays[f"{stem}_scale"]).T
        elif base and suffix.startswith("_Q8"):
            # [outputs, blocks, block] codes around 128, [outputs, blocks] scales; the last block may be padded.
            scales = next(arrays[other] for other in arrays if other.startswith(f"{base}.T_") and "scale" in other)
            blocks = (array.astype(np.float32) - 128.0) * scales.reshape(array.shape[0], -1, 1)
            found[base] = blocks.reshape(array.shape[0], -1)
        elif base and not suffix:
            found[base] = array.T
        elif array.dtype == np.float32 and "." in name and not name.endswith(("scale", "zero_point")):
            found[name] = array
    for node in graph.node:
        base, _, _ = (node.input[1] if len(node.input) > 1 else "").rpartition(".T")
        if node.op_type in ("MatMul", "MatMulNBits") and node.input[0].endswith(_SMOOTH) and base in found:
            found[base] = found[base] * arrays[f"{node.input[0]}.scale"]
    return {name: torch.from_numpy(np.array(value, dtype=np.float32, order="C")) for name, value in found.items()}


@contextlib.contextmanager
def _quiet_root() -> Any:
    """onnxruntime's quantisers write their advice to the root logger."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(before)
