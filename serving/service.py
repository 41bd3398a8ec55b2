"""The BentoML service: brings the parts to life, mounts the endpoints and answers the probes.

BentoML gives the process, its supervisor, health, metrics and the model store; the endpoints themselves are
`serving.application`. `bentoml serve serving.service:Qawl` starts it; `qawl serve` checks first and then does the same.
"""

import functools
import gc
import logging
import os
import sys
from typing import Any, cast

import bentoml
from starlette.types import ASGIApp

from serving.application import Parts, application
from serving.batcher import Batcher
from serving.feedback import LabelStore
from serving.guard import guarded
from serving.live import LiveModel
from serving.metrics import Metrics
from serving.reading import Reader, die_with
from serving.settings import Settings
from serving.store import Store
from serving.tracing import tracing

logger = logging.getLogger("qawl.service")
settings = functools.cache(Settings.load)
metrics = functools.cache(Metrics)
_running: list[Parts] = []


def guarded_here(app: ASGIApp) -> ASGIApp:
    """The guard with this process's settings and metrics, which exist when BentoML builds its middleware."""
    return guarded(app, settings(), metrics())


def longest_call(body_seconds: float, deadline_seconds: float) -> float:
    """Seconds until an answer has begun at the latest, a refused body that is still read included; then some.

    Deadlines are the endpoints' own. BentoML's can only be longer, and not by much: it keeps a timer of its length for
    every call, also for one that was answered long ago.
    """
    return 2 * body_seconds + deadline_seconds + 10


# A plain callable and not a Starlette application, so that BentoML leaves every path it has no answer for to us.
_endpoints = application(lambda: _running[-1])


@bentoml.service(
    name="qawl",
    workers=1,
    traffic={"timeout": longest_call(settings().limits.body_seconds, settings().queue.deadline_seconds)},
    endpoints={"livez": "/livez", "readyz": "/readyz"},
    logging={"access": {"enabled": False}},
    tracing=tracing(settings().tracing),
)
@bentoml.asgi_app(_endpoints, path="/", name="qawl")
class Qawl:
    """Who says what in Arabic news, and how they stand to it."""

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    async def start(self) -> None:
        """Load the model, then freeze what was loaded out of the garbage collector's way."""
        _log_to_stderr()
        _die_with_supervisor()
        given = settings()
        live = LiveModel(Store(), given.model.threads or None, pinned=os.environ.get("QAWL_SERVE_MODEL") or None)
        in_use = live.load()
        counted = metrics()
        self.parts = Parts(
            settings=given,
            live=live,
            batcher=Batcher(
                tokens=given.batch.tokens,
                most_waiting=given.queue.statements,
                most_wait=given.queue.wait_seconds,
                most_ahead=given.queue.calls_ahead,
                observe=counted.batch,
                observe_queue=counted.waiting.set,
            ),
            labels=LabelStore(),
            metrics=counted,
            reader=Reader(),
        )
        self.parts.batcher.start()
        live.watch(given.model.watch_seconds)
        _running.append(self.parts)
        freeze()
        logger.info("model in use: %s, %s threads", in_use.tag, given.model.threads or "all")

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    async def stop(self) -> None:
        """Let go of everything; calls in flight have been answered by now."""
        _running.remove(self.parts)
        await self.parts.live.close()
        await self.parts.batcher.close()
        await self.parts.reader.close()
        gc.unfreeze()

    def __is_ready__(self) -> bool:
        return bool(_running) and _running[-1].live.ready


# The decorator made a BentoML service of the class, which its types do not say.
cast(Any, Qawl).add_asgi_middleware(guarded_here)


def freeze() -> None:
    """Take what start-up loaded out of the garbage collector's sight: going through it all was the latency's tail."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


def _log_to_stderr() -> None:
    parent = logging.getLogger("qawl")
    if parent.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    parent.addHandler(handler)
    parent.setLevel(logging.INFO)
    parent.propagate = False


def _die_with_supervisor() -> None:
    """End this worker with its supervisor: an orphan would keep the port."""
    if supervisor := os.environ.get("QAWL_SUPERVISOR"):
        die_with(int(supervisor))
