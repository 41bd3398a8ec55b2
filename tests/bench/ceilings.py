"""The limit that a processor sets: GF/s of one large matrix product in each precision, measured by OpenVINO."""

import time
from functools import cache
from typing import Any, Literal

from data.graphs import GROUPS, PORTABLE, native_precisions, openvino_options

Computed = Literal["int8", "bf16", "f32"]
ROWS, WIDTH = 1024, 2048


def computed_in(precision: str) -> Computed:
    """What the products of a graph run in here: in 8 bits where its activations are quantised, else in floats."""
    if precision in GROUPS or precision not in PORTABLE:
        return "int8"
    return "bf16" if "bf16" in native_precisions() else "f32"


def ceiling(computed: Computed, threads: int) -> float:
    """GF/s of a 1,024 x 2,048 x 2,048 product: the best of several, as a limit should be.

    Raises:
        ImportError: if OpenVINO is not installed.
    """
    infer, values = _product(computed, threads)
    best = float("inf")
    for _ in range(12):
        start = time.perf_counter()
        infer(values)
        best = min(best, time.perf_counter() - start)
    return 2 * ROWS * WIDTH * WIDTH / 1e9 / best


@cache
def _product(computed: Computed, threads: int) -> Any:
    import numpy as np
    import openvino
    from openvino import opset13 as ops

    def bounds(most: float) -> list[Any]:
        return [ops.constant(np.float32(value)) for value in (-most, most, -most, most)]

    random = np.random.default_rng(0)
    given = ops.parameter([ROWS, WIDTH], np.float32)
    left: Any = given
    right: Any = ops.constant(random.uniform(-1, 1, size=(WIDTH, WIDTH)).astype(np.float32))
    if computed == "int8":  # OpenVINO turns a product of two such into one of 8-bit integers
        left, right = ops.fake_quantize(left, *bounds(1.0), 256), ops.fake_quantize(right, *bounds(1.0), 255)
    model = openvino.Model([ops.matmul(left, right, False, True)], [given])
    options = openvino_options("fp32", threads, "f32" if computed == "f32" else "bf16")
    request = openvino.Core().compile_model(model, "CPU", options).create_infer_request()
    return request.infer, [random.uniform(-1, 1, size=(ROWS, WIDTH)).astype(np.float32)]
