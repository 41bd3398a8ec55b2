"""How an artifact's graph is run: the same options where it is measured and where it serves.

Knows names of precisions and OpenVINO's options; runs nothing.
"""

from typing import Any

# Values of a weight matrix that share a scale, where its height is a multiple of them; else the smaller.
BLOCK, SMALL_BLOCK = 128, 16
# Graphs whose products take activations in 8 bits too: how many of these share a scale.
GROUPS = {"int8-blocks": 128, "int8-fine": 64}
# Graphs that OpenVINO runs as they are meant; one of onnxruntime's own integer operators stays with onnxruntime.
PORTABLE = ("fp32", "int8-weights", *GROUPS)


def openvino_options(precision: str, threads: int, computed: str = "bf16") -> dict[str, Any]:
    """Options to compile a graph with.

    Args:
        precision: the graph's, as its card names it.
        threads: threads of one matrix product.
        computed: what is not computed in integers: `bf16` or `f32`.
    """
    return {
        "INFERENCE_PRECISION_HINT": computed,
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        # Pinned threads of several processes would share cores while others idle.
        "ENABLE_CPU_PINNING": False,
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": GROUPS.get(precision, 0),
    }


def native_precisions() -> set[str]:
    """What this processor computes in natively: `bf16`, `f32` …; empty where OpenVINO is not installed."""
    try:
        import openvino

        found = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    except (ImportError, RuntimeError):
        return set()
    return {"f32" if name == "FP32" else name.lower() for name in found}
