"""`python -m tests.bench.bench_engine [--quick]`: the engine and the service beside what users would take instead.

The peer is transformers' `pipeline("text-classification")` in fp32, with a classifier of the engine's own shape
(random weights: speed does not depend on them) and the artifact's own tokenizer, on the same tokens. Two shapes: the
shipped artifact's, and AraBERT's (12 x 768, a vocabulary of 64,000) in each precision that training can export.
Rounds take turns, so that other work on the machine weighs on all alike; ratios are medians over rounds. Asserts
nothing.
"""

import argparse
import http.client
import importlib.util
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from data.records import StatementInput
from data.targets import Target, resolve_target
from serving.engine import Engine, available_threads
from serving.store import shipped_artifact
from tests.bench.ceilings import ceiling, computed_in
from tests.bench.shapes import Peer, arabert_shape, engines_of
from tests.bench.statements import SHORT, mix, of_length
from tests.serving.process import Service, serving

CLIENTS = 16
PEER_BATCH = 32
# Calls of one client in a row, and as many of the engine alone, before they take turns: by single calls each would
# find the other's weights in the cache, and the other's threads still looking for work.
IN_A_ROW = 20


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def spread(values: Sequence[float], unit: str = "") -> str:
    """Median, with the extremes and n."""
    return f"{statistics.median(values):.2f}{unit} [{min(values):.2f}, {max(values):.2f}] n={len(values)}"


def resident(service: Service) -> float:
    """MB of the largest process below the supervisor: the worker."""
    sizes = [0.0]
    for pid in service.workers():
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        sizes += [int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmRSS:")]
    return max(sizes)


def missing(*modules: str) -> str:
    """Why rows that need these modules are left out; empty where all are installed."""
    absent = [name for name in modules if importlib.util.find_spec(name) is None]
    return f"skipped, not installed: {', '.join(absent)}" if absent else ""


def share_of_ceiling(name: str, engine: Engine, threads: int, rounds: int) -> None:
    """What the encoder's products come to at eight statements of 32 tokens, beside the limit measured between them."""
    if reason := missing("openvino"):
        print(f"{name}, batch of 8, percent of the ceiling: {reason}")
        return
    shape = engine.card.config["architecture"]
    width, inner, layers = shape["hidden_size"], shape["intermediate_size"], shape["num_hidden_layers"]
    computed = computed_in(engine.card.graph.precision)
    shares, limits = [], []
    for number in range(rounds):
        encoded = engine.encode(of_length(32, 8, 900 + 8 * number, engine), SHORT)
        tokens = sum(len(one.ids) for one in encoded)
        work = 2 * tokens * layers * (4 * width * width + 2 * width * inner) / 1e9
        limits.append(ceiling(computed, threads))
        best = min(seconds(partial(engine.classify, encoded)) for _ in range(8))
        shares.append(100 * work / best / limits[-1])
    limit = f"{statistics.median(limits):.0f} GF/s of {computed}"
    print(f"{name}, batch of 8, percent of {limit}: {spread(shares)} (goal 55)", flush=True)


def against_peer(engines: Mapping[str, Engine], other: Peer, rounds: int, count: int) -> None:
    """Single statements and a mix, engines of one shape and the pipeline in turns."""
    target = resolve_target(None)
    kinds = ("32 tokens, single", "mix, arrival order", "mix, sorted by length")
    goals = dict(zip(kinds, (4.5, 12, 4), strict=True))
    times: dict[str, dict[str, list[float]]] = {name: {kind: [] for kind in kinds} for name in engines}
    rates: dict[str, list[float]] = {name: [] for name in engines}
    first = next(iter(engines.values()))
    other(other.texts(mix(4, 0), target), 4)
    for number in range(rounds):
        ones = of_length(32, 20, 100 + 20 * number, first)
        many = mix(count, 10_000 + number * count)
        alone = other.texts(ones, SHORT)
        plain = other.texts(many, target)
        theirs = {
            kinds[0]: seconds(lambda alone=alone: [other(text) for text in alone]),  # type: ignore[misc]
            kinds[1]: seconds(partial(other, plain, PEER_BATCH)),
            kinds[2]: seconds(partial(other, sorted(plain, key=len), PEER_BATCH)),
        }
        for name, engine in engines.items():
            single = seconds(
                lambda engine=engine, ones=ones: [engine.predict([one], SHORT) for one in ones]  # type: ignore[misc]
            )
            mixed = seconds(partial(engine.predict, many, target))
            for kind in kinds:
                times[name][kind].append(theirs[kind] / (single if kind == kinds[0] else mixed))
            rates[name].append(count / mixed)
    for name in engines:
        for kind in kinds:
            print(f"{name}, {kind}, times the peer: {spread(times[name][kind])} (goal {goals[kind]:g})")
        print(f"{name}, mix, statements a second: {spread(rates[name])}", flush=True)


class Client:
    """One connection that asks /predict, with as little of its own as there can be.

    Raises:
        RuntimeError: at an answer other than 200.
    """

    def __init__(self, url: str, target: Target | None = None) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        self._target = target.model_dump() if target else None

    def __call__(self, given: Sequence[StatementInput]) -> None:
        body = json.dumps({"statements": [{"text": one.text} for one in given], "target": self._target}).encode()
        self._connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"/predict answered {answer.status}")


def one_client(engine: Engine, service: Service, calls: int) -> None:
    """What HTTP adds to single statements of 32 tokens, and how far the slowest lie from the middle."""
    ask = Client(service.url, SHORT)
    given = of_length(32, calls, 7, engine)
    alone, called = [], []
    for at in range(0, calls, IN_A_ROW):
        row = given[at : at + IN_A_ROW]
        engine.predict(row[:1], SHORT)
        alone += [1000 * seconds(partial(engine.predict, [one], SHORT)) for one in row]
        ask(row[:1])
        called += [1000 * seconds(partial(ask, [one])) for one in row]
    middle = statistics.median(called)
    added = middle - statistics.median(alone)
    tail = sorted(called)[int(0.99 * (len(called) - 1))]
    print(f"HTTP, 32 tokens, one client, ms: {spread(called)}; the engine alone {spread(alone)}")
    print(f"HTTP, milliseconds added in the median: {added:.2f} n={calls} (goal 3)")
    print(f"HTTP, p99 over the median: {tail / middle:.2f} n={calls} (goal 2)", flush=True)


def many_clients(engine: Engine, service: Service, rounds: int, each: int, arabert: Peer | None, why: str) -> None:
    """Sixteen clients beside the engine alone, and beside AraBERT's shape in the pipeline."""
    target = resolve_target(None)
    shares, rates, times, refused = [], [], [], 0

    def ask(given: Sequence[StatementInput]) -> bool:
        try:
            Client(service.url)(given)
        except RuntimeError:
            return False
        return True

    for number in range(rounds):
        given = mix(CLIENTS * each, 50_000 + number * CLIENTS * each)
        alone = len(given) / seconds(partial(engine.predict, given, target))
        parts = [given[i::CLIENTS] for i in range(CLIENTS)]
        with ThreadPoolExecutor(CLIENTS) as pool:
            start = time.perf_counter()
            refused += sum(not answered for answered in pool.map(ask, parts))
            rates.append(len(given) / (time.perf_counter() - start))
        shares.append(100 * rates[-1] / alone)
        if arabert is not None:
            some = arabert.texts(given[: 3 * PEER_BATCH], target)
            times.append(rates[-1] / (len(some) / seconds(partial(arabert, some, PEER_BATCH))))
    print(f"HTTP, 16 clients, percent of the engine: {spread(shares)}, {refused} refused (goal 85)")
    print(f"HTTP, 16 clients, statements a second: {spread(rates)}")
    beside = f"{spread(times)} (goal 25)" if times else why
    print(f"HTTP, 16 clients, times AraBERT's shape in the pipeline: {beside}", flush=True)


def over_http(engine: Engine, rounds: int, each: int, calls: int, arabert: Peer | None, why: str) -> None:
    """The service beside the engine that it runs: latency of one client, rate of sixteen, start and memory."""
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as service:
        one_client(engine, service, calls)
        many_clients(engine, service, rounds, each, arabert, why)
        print(f"start to ready, seconds: {service.start_seconds:.1f} (goal 5)")
        print(f"resident memory of the worker, MB: {resident(service):.0f} (goal 500)")


def arabert_rows(shipped: Engine, described: dict[str, Any], other: Peer, threads: int, quick: bool) -> None:
    """AraBERT's shape in each precision beside its pipeline."""
    with tempfile.TemporaryDirectory() as folder:
        made = engines_of(described, shipped, resolve_target(None), threads, Path(folder))
    engines = {f"AraBERT's shape, {name}": engine for name, engine in made.items()}
    for name, engine in engines.items():
        engine.warm()
        share_of_ceiling(name, engine, threads, 1 if quick else 5)
    against_peer(engines, other, *((1, 32) if quick else (3, 96)))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="few rounds, one layer of AraBERT's: shows that it works, not how fast"
    )
    parser.add_argument("--only", choices=("shipped", "arabert", "http"), help="one part of it")
    options = parser.parse_args(arguments)
    quick, only = options.quick, options.only
    threads = available_threads()
    engine = Engine.load(shipped_artifact(), threads)
    engine.warm()
    print(f"{threads} threads, {engine.card.name} {engine.card.version}, {engine.card.graph.precision}")
    if only in (None, "shipped"):
        share_of_ceiling("shipped", engine, threads, 1 if quick else 5)
    why = missing("torch", "transformers", "onnx")
    if why:
        print(f"times the peer, and AraBERT's shape: {why}")
    elif only in (None, "shipped"):
        own = Peer(engine.card.config["architecture"], engine, threads)
        against_peer({"shipped": engine}, own, *((1, 32) if quick else (5, 256)))
    described = arabert_shape(layers=1, vocabulary=20_000) if quick else arabert_shape()
    arabert = None if why or only == "shipped" else Peer(described, engine, threads)
    if arabert is not None and only in (None, "arabert"):
        arabert_rows(engine, described, arabert, threads, quick)
    if only in (None, "http"):
        over_http(engine, *((1, 4, 20) if quick else (5, 16, 200)), arabert, why)
    return 0


if __name__ == "__main__":
    sys.exit(main())
