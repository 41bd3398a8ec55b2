"""The service as users run it: a real process, promotions under load, a broken artifact, kill -9."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.feedback import LabelStore
from serving.store import shipped_artifact
from tests.serving.process import Service, qawl, serving

pytestmark = pytest.mark.slow

BODY = {"statements": [{"text": "نرفض بقاء القوات الأجنبية على أرضنا", "speaker": "الناطق باسم الحكومة"}]}
CORRECTION = {"text": "نرفض بقاء القوات", "stance": "against", "sentiment": "negative", "annotator": "desk"}


@dataclass
class Hammer:
    """Calls /predict from several threads until told to stop, and keeps what came back."""

    url: str
    statuses: list[int] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Hammer":
        self._threads = [threading.Thread(target=self._call) for _ in range(3)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stopping.set()
        for thread in self._threads:
            thread.join()

    def _call(self) -> None:
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False) as client:
            while not self.stopping.is_set():
                try:
                    response = client.post("/predict", json=BODY)
                except httpx.TransportError as error:
                    self.broken.append(repr(error))
                    continue
                self.statuses.append(response.status_code)
                if response.status_code == 200:
                    self.models.append(response.json()["model"]["version"])


def get(service: Service, path: str) -> Any:
    return httpx.get(service.url + path, timeout=30, trust_env=False).json()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)


@pytest.fixture(autouse=True)
def _needs_the_shipped_artifact() -> None:
    if not (shipped_artifact() / "card.json").is_file():
        pytest.skip("there is no shipped artifact")


def test_promotion_and_rollback_under_load_fail_nothing(home: Path, artifact: Path, tmp_path: Path) -> None:
    with serving(home) as service:
        shipped = get(service, "/model")["version"]
        with Hammer(service.url) as hammer:
            until(lambda: len(hammer.models) > 2)
            promoted = qawl(home, "models", "promote", artifact, "--reason", "trial")
            assert promoted.returncode == 0, promoted.stderr
            until(lambda: get(service, "/model")["name"] == "tiny")
            tiny = get(service, "/model")["version"]
            until(lambda: tiny in hammer.models)

            # Half of an artifact in the store: the command refuses it, and the one in use goes on.
            (stored,) = (home / "bentoml" / "models" / "tiny").glob("*/model.onnx")
            broken = tmp_path / "broken"
            broken.mkdir()
            for name in ("card.json", "tokenizer.json", "README.md"):
                (broken / name).write_bytes((artifact / name).read_bytes())
            (broken / "model.onnx").write_bytes(stored.read_bytes()[:100])
            for command in ("promote", "import"):
                refused = qawl(home, "models", command, broken)
                assert refused.returncode == 2
                assert len(refused.stderr.splitlines()) == 1

            assert get(service, "/model")["version"] == tiny
            back = qawl(home, "models", "rollback")
            assert back.returncode == 0, back.stderr
            until(lambda: get(service, "/model")["version"] == shipped)
            seen = len(hammer.models)
            until(lambda: shipped in hammer.models[seen:])
    assert hammer.broken == []
    assert set(hammer.statuses) == {200}
    assert set(hammer.models) == {shipped, tiny}


def test_an_artifact_that_broke_in_the_store_is_refused_and_the_old_one_goes_on(home: Path, artifact: Path) -> None:
    with serving(home) as service:
        shipped = get(service, "/model")["version"]
        assert qawl(home, "models", "import", artifact).returncode == 0
        (stored,) = (home / "bentoml" / "models" / "tiny").glob("*/model.onnx")
        version = stored.parent.name
        stored.write_bytes(stored.read_bytes()[:100])
        # Past the command's own check, as if the disk had broken between check and use.
        (home / "in-use.json").write_text(f'{{"stack": ["tiny:{version}"]}}')
        until(lambda: get(service, "/model")["refused"] is not None)
        model = get(service, "/model")
        assert (model["version"], model["tag"]) == (shipped, "shipped")
        assert httpx.post(service.url + "/predict", json=BODY, timeout=60, trust_env=False).status_code == 200


def test_feedback_outlives_kill_9(home: Path) -> None:
    with serving(home) as service, httpx.Client(base_url=service.url, timeout=60, trust_env=False) as client:
        stored = [client.post("/feedback", json=CORRECTION | {"note": str(i)}).json()["id"] for i in range(20)]
        service.kill()
    assert LabelStore(home / "feedback.sqlite").count() == 20
    with serving(home) as service:
        answer = httpx.post(service.url + "/feedback", json=CORRECTION, timeout=60, trust_env=False)
        assert answer.json() == {"stored": True, "id": max(stored) + 1}
    assert [row["id"] for row in LabelStore(home / "feedback.sqlite").rows()] == [*stored, max(stored) + 1]


def test_a_call_in_flight_at_sigterm_is_answered(home: Path) -> None:
    said = [f"قال الوزير رقم {n} إن القوات الأجنبية باقية في القاعدة رقم {n} حتى العام المقبل.\n" for n in range(800)]
    articles = [{"id": str(i), "text": "".join(said[i * 20 : i * 20 + 20])} for i in range(40)]
    answered: list[tuple[float, httpx.Response]] = []
    with serving(home) as service:

        def call() -> None:
            answer = httpx.post(service.url + "/analyze", json={"articles": articles}, timeout=120, trust_env=False)
            answered.append((time.monotonic(), answer))

        caller = threading.Thread(target=call)
        caller.start()
        # In flight once statements of it wait in the queue.
        until(
            lambda: "qawl_queue_statements 0.0" not in metrics(service) and "qawl_queue_statements " in metrics(service)
        )
        signalled = time.monotonic()
        service.supervisor.terminate()
        caller.join(120)
    [(when, answer)] = answered
    assert when > signalled, "the call was over before the signal: nothing was shown"
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [one["id"] for one in results] == [str(i) for i in range(40)]
    assert sum(len(one["statements"]) for one in results) == 800


def test_a_port_in_use_is_one_line(home: Path) -> None:
    with serving(home) as service:
        port = service.url.rpartition(":")[2]
        refused = qawl(home, "serve", "--port", port)
    assert refused.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def metrics(service: Service) -> str:
    """The gauge's lines of `/metrics`."""
    text = httpx.get(service.url + "/metrics", timeout=30, trust_env=False).text
    return "\n".join(line for line in text.splitlines() if line.startswith("qawl_queue_statements"))
