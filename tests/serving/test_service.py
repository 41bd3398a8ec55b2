"""The process around the endpoints: what start-up takes from the garbage collector, metrics, and tracing."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from prometheus_client import CollectorRegistry

from data.errors import QawlError
from data.records import Label, Prediction
from serving.metrics import RECENT, Metrics
from serving.service import Qawl, longest_call
from serving.settings import Settings, Tracing
from serving.tracing import tracing
from tests.serving.process import serving

BODY = {"statements": [{"text": "نرفض بقاء القوات"}]}
START = """
import asyncio, gc
from serving.service import Qawl

async def main():
    service = Qawl.inner()
    await service.start()
    print(len(gc.get_objects()), gc.get_freeze_count(), gc.get_threshold()[0])
    await service.stop()
    print(gc.get_freeze_count())

asyncio.run(main())
"""


def test_after_start_up_a_collection_looks_at_next_to_nothing(artifact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QAWL_SERVE_MODEL", str(artifact))
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, timeout=180, check=True)
    seen, frozen, threshold = map(int, done.stdout.splitlines()[-2].split())
    # What a full collection walks through, against what it would have walked through.
    assert frozen > 50_000
    assert seen < frozen / 20
    assert threshold > 10_000
    assert done.stdout.splitlines()[-1] == "0"


def test_bentoml_gives_up_later_than_the_endpoints_and_keeps_its_timers_for_minutes() -> None:
    given = Settings()
    body, deadline = given.limits.body_seconds, given.queue.deadline_seconds
    configured = cast(Any, Qawl).config["traffic"]["timeout"]
    # A body that comes as slowly as it may, then as long in the queue as it may.
    assert body + deadline < configured == longest_call(body, deadline) < 300


def prediction(abstained: bool) -> Prediction:
    label = Label(label="against", confidence=0.5, probabilities={"against": 0.5}, abstained=abstained)
    return Prediction(stance=label, sentiment=label.model_copy(update={"abstained": False}))


def test_the_rate_of_abstentions_is_that_of_the_latest_answers() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    for number in range(10):
        metrics.answered(prediction(number < 3))
    assert registry.get_sample_value("qawl_abstention_rate", {"head": "stance"}) == pytest.approx(0.3)
    assert registry.get_sample_value("qawl_abstention_rate", {"head": "sentiment"}) == 0
    for _ in range(RECENT):
        metrics.answered(prediction(True))
    assert registry.get_sample_value("qawl_abstention_rate", {"head": "stance"}) == 1


class Collector(BaseHTTPRequestHandler):
    """Takes spans as an OpenTelemetry collector does."""

    spans: list[bytes]

    def do_POST(self) -> None:
        self.spans.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    Collector.spans = []
    server = HTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", Collector.spans
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
def test_calls_are_traced_where_the_settings_say_whereto(
    collector: tuple[str, list[bytes]], home: Path, artifact: Path, tmp_path: Path
) -> None:
    endpoint, spans = collector
    file = tmp_path / "serving.yaml"
    file.write_text(f"tracing:\n  endpoint: {endpoint}\n", encoding="utf-8")
    with serving(home, "--model", artifact, QAWL_SERVING_CONFIG=str(file), OTEL_BSP_SCHEDULE_DELAY="100") as service:
        for _ in range(3):
            answer = httpx.post(service.url + "/predict", json=BODY, timeout=60, trust_env=False)
            assert answer.status_code == 200
    sent = b"".join(spans)
    assert b"/predict" in sent
    assert "نرفض".encode() not in sent
    assert b"/readyz" not in sent


def test_nothing_is_traced_unless_asked() -> None:
    assert Settings().tracing.endpoint is None
    assert tracing(Tracing()) == {"sample_rate": 0.0, "excluded_urls": ".*"}


def test_tracing_without_its_package_is_said_before_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.tracing._EXPORTER", "opentelemetry.exporter.no_such")
    with pytest.raises(QawlError, match="not installed") as error:
        tracing(Tracing(endpoint="http://127.0.0.1:4318/v1/traces"))
    assert "pip install" in (error.value.remedy or "")
