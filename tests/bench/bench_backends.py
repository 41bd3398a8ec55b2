"""`python -m tests.bench.bench_backends [--gold FILE] [--rounds N]`: backends side by side on trained weights.

Prints for each backend its statements a second on the gold statements (n of them, rounds in turns, median and extremes)
and how many of its labels differ from those of the first one, ONNX Runtime on the same graph. Asserts nothing.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from data.graphs import native_precisions
from data.records import StatementInput
from data.targets import resolve_target
from serving.backends import Backend, OnnxRuntime, OpenVino
from serving.engine import Engine, available_threads
from serving.store import shipped_artifact


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--gold", type=Path, default=Path("../shared/gold/dev.jsonl"))
    parser.add_argument("--artifact", type=Path, default=shipped_artifact())
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    if not options.gold.is_file():
        print(f"skipped: {options.gold} is not here")
        return 0
    threads = available_threads()
    chosen = Engine.load(options.artifact, threads)
    card, graph = chosen.card, options.artifact / chosen.card.graph.file
    articles = [json.loads(line) for line in options.gold.read_text(encoding="utf-8").splitlines()]
    statements = [
        StatementInput(text=one["text"], speaker=one.get("speaker")) for each in articles for one in each["statements"]
    ]
    encoded = chosen.encode(statements, resolve_target(None))
    offered: dict[str, Callable[[], Backend]] = {"onnxruntime": lambda: OnnxRuntime(graph, threads)}
    native = native_precisions()
    for precision in ("f32", "bf16"):
        if precision in native:
            offered[f"openvino-{precision}"] = lambda precision=precision: OpenVino(
                graph, threads, precision, card.graph.precision
            )  # type: ignore[misc]
        else:
            print(f"openvino-{precision}: not on this machine")
    engines = {name: Engine(card, chosen.encoder, make()) for name, make in offered.items()}
    rates: dict[str, list[float]] = {name: [] for name in engines}
    labels: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.str_]]] = {}
    for number in range(options.rounds + 1):
        for name, engine in engines.items():
            start = time.perf_counter()
            answers = engine.classify(encoded)
            if number:  # the first round meets every shape for the first time
                rates[name].append(len(encoded) / (time.perf_counter() - start))
            labels[name] = np.array([[a.stance.label, a.sentiment.label] for a in answers])  # type: ignore[union-attr]
    first = next(iter(engines))
    tokens = sum(len(one.ids) for one in encoded) / len(encoded)
    print(
        f"{card.name} {card.version} {card.graph.precision}, {threads} threads, n={len(encoded)}, {tokens:.0f} tokens"
    )
    for name, values in rates.items():
        ratio = statistics.median(a / b for a, b in zip(values, rates[first], strict=True))
        stance, sentiment = (labels[name] != labels[first]).mean(axis=0)
        speed = f"{statistics.median(values):6.1f} [{min(values):.1f}, {max(values):.1f}] statements/s"
        changed = f"labels changed: stance {stance:.2%}, sentiment {sentiment:.2%}"
        print(f"{name:15} {speed}, {ratio:.2f} x {first}; {changed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
