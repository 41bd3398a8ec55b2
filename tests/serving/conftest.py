"""A tiny artifact, a data directory of its own for each test, and the service in process."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from serving.application import Parts, application
from serving.batcher import Batcher
from serving.engine import Engine
from serving.feedback import LabelStore
from serving.guard import guarded
from serving.live import LiveModel
from serving.metrics import Metrics
from serving.reading import Reader
from serving.settings import Settings
from serving.store import Store
from tests.serving import tiny

MakeClient = Callable[..., TestClient]


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.make(tmp_path_factory.mktemp("artifact"))


@pytest.fixture(scope="session")
def other_artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.make(tmp_path_factory.mktemp("other"), seed=1)


@pytest.fixture(scope="session")
def engine(artifact: Path) -> Engine:
    return Engine.load(artifact, threads=1)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test sees the data directory of whoever runs it."""
    folder = tmp_path / "qawl"
    monkeypatch.setenv("QAWL_HOME", str(folder))
    for name in ("BENTOML_HOME", "QAWL_API_KEYS", "QAWL_SERVING_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def make_client(artifact: Path, home: Path) -> Iterator[MakeClient]:
    """The service without BentoML's process around it: `make_client(settings=…)`."""
    with contextlib.ExitStack() as stack:

        def make(settings: Settings | None = None) -> TestClient:
            given = settings or Settings()
            metrics = Metrics(CollectorRegistry())
            held: list[Parts] = []

            @contextlib.asynccontextmanager
            async def lifespan(app: Starlette) -> AsyncIterator[None]:
                live = LiveModel(Store(), 1, pinned=str(artifact))
                live.load()
                batcher = Batcher(
                    tokens=given.batch.tokens,
                    most_waiting=given.queue.statements,
                    most_wait=given.queue.wait_seconds,
                    most_ahead=given.queue.calls_ahead,
                    observe=metrics.batch,
                    observe_queue=metrics.waiting.set,
                )
                batcher.start()
                reader = Reader()
                held.append(Parts(given, live, batcher, LabelStore(), metrics, reader))
                yield
                await batcher.close()
                await reader.close()

            endpoints = guarded(application(lambda: held[-1]), given, metrics)
            app = Starlette(routes=[Mount("/", endpoints)], lifespan=lifespan)
            return stack.enter_context(TestClient(app))

        yield make


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    return make_client()
