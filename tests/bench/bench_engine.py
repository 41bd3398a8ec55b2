"""`python -m tests.bench.bench_engine [--quick]`: the engine and the service beside what users would take instead.

The peer is transformers' `pipeline("text-classification")` in fp32, with a classifier of the artifact's own shape
(random weights: speed does not depend on them) and the artifact's own tokenizer, on the same tokens. Rounds take turns,
so that other work on the machine weighs on all alike; ratios are medians over rounds. Asserts nothing.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from data.graphs import openvino_options
from data.records import StatementInput
from data.targets import Target, resolve_target
from serving.engine import Engine, available_threads
from serving.store import shipped_artifact
from tests.serving.process import Service, serving

CLIENTS = 16
PEER_BATCH = 32
TEXT = (
    "نرفض بقاء القوات الأجنبية على أرضنا ونطالب بجدول زمني واضح لانسحابها الكامل من البلاد قبل نهاية العام كما جاء "
    "في بيان الحكومة التي شددت على أن السيادة لا تقبل المساومة وأن المدربين وحدهم سيبقون بطلب منها"
    " إلى أن يكتمل تأهيل الجيش"
)
WORDS = TEXT.split()
# The cards that we ship take more than 32 tokens by themselves.
SHORT = Target(name="withdrawal", title="الانسحاب")


def mix(count: int, seed: int) -> list[StatementInput]:
    """Distinct statements of 3 to 60 words, in no order of length."""
    return [
        StatementInput(
            text=" ".join(WORDS[(seed + i + j) % len(WORDS)] for j in range(3 + (i * 37) % 58)) + f" {seed}{i}"
        )
        for i in range(count)
    ]


def of_length(tokens: int, count: int, seed: int, engine: Engine) -> list[StatementInput]:
    """Distinct statements that the engine reads toward `SHORT` as `tokens` tokens or a few less."""
    found = []
    for number in range(count):
        words = [str(seed + number), *(WORDS[(seed + number + j) % len(WORDS)] for j in range(tokens))]
        sizes = [
            len(one.ids)
            for one in engine.encode([StatementInput(text=" ".join(words[:k])) for k in range(1, tokens)], SHORT)
        ]
        fitting = max([k for k, size in enumerate(sizes, 1) if size <= tokens], default=1)
        found.append(StatementInput(text=" ".join(words[:fitting])))
    return found


def ceiling(threads: int) -> float:
    """GF/s of one 1,024 x 2,048 x 2,048 product in OpenVINO's bfloat16: the best of several, as a limit should be."""
    import numpy as np
    import openvino
    from openvino import opset13 as ops

    given = ops.parameter([1024, 2048], np.float32)
    weight = ops.constant(np.random.default_rng(0).normal(size=(2048, 2048)).astype(np.float32))
    model = openvino.Model([ops.matmul(given, weight, False, True)], [given])
    request = openvino.Core().compile_model(model, "CPU", openvino_options("fp32", threads)).create_infer_request()
    values = [np.ones((1024, 2048), dtype=np.float32)]
    return 2 * 1024 * 2048 * 2048 / 1e9 / min(seconds(lambda: request.infer(values)) for _ in range(12))


def share_of_ceiling(engine: Engine, threads: int, rounds: int) -> None:
    """What the encoder's products come to at eight statements of 32 tokens, beside the limit measured between them."""
    shape = engine.card.config["architecture"]
    width, inner, layers = shape["hidden_size"], shape["intermediate_size"], shape["num_hidden_layers"]
    shares = []
    for number in range(rounds):
        encoded = engine.encode(of_length(32, 8, 900 + 8 * number, engine), SHORT)
        tokens = sum(len(one.ids) for one in encoded)
        work = 2 * tokens * layers * (4 * width * width + 2 * width * inner) / 1e9
        limit = ceiling(threads)
        best = min(seconds(partial(engine.classify, encoded)) for _ in range(8))
        shares.append(100 * work / best / limit)
    print(f"batch of 8, percent of the bfloat16 ceiling: {spread(shares)} (goal 55 of its own precision's)")


def peer(engine: Engine, threads: int) -> Any:
    """The pipeline, with a model of the shape that the artifact's card describes."""
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedTokenizerFast, pipeline

    torch.set_num_threads(threads)
    described = {k: v for k, v in engine.card.config["architecture"].items() if k not in ("pooling", "dropout")}
    config = AutoConfig.for_model(described.pop("model_type"), **described, num_labels=4)
    template = engine.card.template
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(shipped_artifact() / "tokenizer.json"),
        pad_token=template.pad,
        cls_token=template.cls,
        sep_token=template.sep,
    )
    model = AutoModelForSequenceClassification.from_config(config).eval()  # type: ignore[no-untyped-call]
    return pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")


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


def against_peer(engine: Engine, threads: int, rounds: int, count: int) -> None:
    """Single statements and a mix, engine and peer in turns."""
    target = resolve_target(None)
    other = peer(engine, threads)

    def texts(given: Sequence[StatementInput], target: Target = target) -> list[str]:
        # What the engine reads, as text: the peer's tokenizer makes the same number of tokens of it, give or take one.
        tokenizer = other.tokenizer
        return [tokenizer.decode(one.ids, skip_special_tokens=True) for one in engine.encode(given, target)]

    single, arrival, by_length, rates = [], [], [], []
    other(texts(mix(4, 0)), batch_size=4)
    for number in range(rounds):
        ones = of_length(32, 20, 100 + 20 * number, engine)
        plain = texts(ones, SHORT)
        ours = seconds(lambda ones=ones: [engine.predict([one], SHORT) for one in ones])  # type: ignore[misc]
        theirs = seconds(lambda plain=plain: [other(text) for text in plain])  # type: ignore[misc]
        single.append(theirs / ours)
        many = mix(count, 10_000 + number * count)
        plain = texts(many)
        ours = seconds(lambda many=many: engine.predict(many, target))  # type: ignore[misc]
        theirs = seconds(lambda plain=plain: other(plain, batch_size=PEER_BATCH))  # type: ignore[misc]
        ordered = sorted(plain, key=len)
        sorted_too = seconds(lambda ordered=ordered: other(ordered, batch_size=PEER_BATCH))  # type: ignore[misc]
        arrival.append(theirs / ours)
        by_length.append(sorted_too / ours)
        rates.append(count / ours)
    print(f"32 tokens, single, times the peer:          {spread(single)} (goal 4.5)")
    print(f"mix, times the peer in arrival order:       {spread(arrival)} (goal 12)")
    print(f"mix, times the peer sorted by length:       {spread(by_length)} (goal 4)")
    print(f"mix, statements a second of the engine:     {spread(rates)}")


def over_http(engine: Engine, rounds: int, each: int, calls: int) -> None:
    """The service beside the engine that it runs: latency of one client, rate of sixteen, start and memory."""
    target = resolve_target(None)
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as service:
        with httpx.Client(base_url=service.url, timeout=120, trust_env=False) as client:

            def ask(given: Sequence[StatementInput]) -> int:
                body = {"statements": [{"text": one.text} for one in given]}
                return client.post("/predict", json=body).status_code

            alone, called = [], []
            for one in mix(calls, 7):
                alone.append(1000 * seconds(lambda one=one: engine.predict([one], target)))  # type: ignore[misc]
                called.append(1000 * seconds(lambda one=one: ask([one])))  # type: ignore[misc]
            added = [mine - its for mine, its in zip(called, alone, strict=True)]
            print(f"HTTP, milliseconds added at one client:     {spread(added)} (goal 3 in the median)")
            tail = sorted(called)[int(0.99 * (len(called) - 1))] / statistics.median(called)
            print(f"HTTP, p99 over the median at one client:    {tail:.2f} n={len(called)} (goal 2; lengths are mixed)")
            shares, refused = [], 0
            for number in range(rounds):
                given = mix(CLIENTS * each, 50_000 + number * CLIENTS * each)
                rate = len(given) / seconds(lambda given=given: engine.predict(given, target))  # type: ignore[misc]
                parts = [given[i::CLIENTS] for i in range(CLIENTS)]
                start = time.perf_counter()
                with ThreadPoolExecutor(CLIENTS) as pool:
                    refused += sum(status != 200 for status in pool.map(ask, parts))
                shares.append(100 * len(given) / (time.perf_counter() - start) / rate)
            print(f"HTTP, 16 clients, percent of the engine:    {spread(shares)}, {refused} refused (goal 85)")
        print(f"start to ready, seconds:                    {service.start_seconds:.1f} (goal 5)")
        print(f"resident memory of the worker, MB:          {resident(service):.0f} (goal 500)")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that it works, not how fast it is")
    quick = parser.parse_args(arguments).quick
    threads = available_threads()
    engine = Engine.load(shipped_artifact(), threads)
    engine.warm()
    print(f"{threads} threads, {engine.card.name} {engine.card.version}, {engine.card.graph.precision}")
    share_of_ceiling(engine, threads, 1 if quick else 5)
    against_peer(engine, threads, *((1, 32) if quick else (5, 256)))
    over_http(engine, *((1, 4, 10) if quick else (6, 16, 100)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
