"""The same shards scored on Ray, on a cluster or on this machine's cores.

Each core has an actor that holds the engine and runs the very functions of the local engine; Parquet comes back as
bytes and is written here, so that nodes share no disk and the manifest is one. A node that dies costs the shards that
it held: `dispatch` gives them to actors elsewhere, which do them again, with the same bytes. Nodes need Qawl with its
extra `cluster` installed; the artifact is sent to them.
"""

import contextlib
import logging
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

# Ray reports its use to its makers unless told not to.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
# What goes wrong comes as an exception; the rest of what its core writes on standard error is for its developers.
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
# Where Ray is started here: a busy machine takes more than its minute to import Python, and would begin again for ever.
os.environ.setdefault("RAY_worker_register_timeout_seconds", "600")

import ray
from ray.exceptions import RayError, RayTaskError

from data.errors import QawlError
from serving.archive.dispatch import Lost, dispatch
from serving.archive.run import Scored, Scorer
from serving.archive.scoring import Prepared, classify, parquet_parts, prepare
from serving.archive.settings import Settings
from serving.archive.shards import Shard
from serving.engine import Engine


class ShardScorer:
    """Scores shards on one core of some node.

    Args:
        settings: the run's.
        artifact: holds a reference to the artifact's files by name; within a list, so that Ray does not fetch it
            before the actor starts.
    """

    def __init__(self, settings: Settings, artifact: "list[ray.ObjectRef[dict[str, bytes]]]") -> None:
        self._settings = settings
        files: dict[str, bytes] = ray.get(artifact[0])
        with tempfile.TemporaryDirectory(prefix="qawl-artifact-") as name:
            folder = Path(name)
            for file, content in files.items():
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_bytes(content)
            self._engine = Engine.load(folder, threads=1)

    def ready(self) -> None:
        """Comes back once the engine is loaded."""

    def score(self, shard: Shard) -> tuple[Prepared, dict[str, bytes]]:
        """A shard's Parquet files, and what the manifest is told of it."""
        prepared = prepare(shard, self._settings.columns)
        classify(prepared, self._engine, self._settings.target)
        parts = parquet_parts(prepared)
        # What stands in the files need not travel twice; only its counts are asked for.
        prepared.inputs, prepared.places = [], []
        prepared.rows = [{key: row[key] for key in ("stance", "sentiment", "kind")} for row in prepared.rows]
        prepared.articles = [{} for _ in prepared.articles]
        return prepared, parts


def ray_scorer(
    settings: Settings, address: str | None = None, actors: int | None = None, patience: float | None = None
) -> Scorer:
    """Scores shards on Ray, as many at once as it has cores.

    Args:
        address: of a cluster; None starts Ray on this machine, and stops it at the end.
        actors: how many at most; as many as the cluster has cores where None is given.
        patience: seconds without any shard after which to give up; by default what large shards may take.

    Raises:
        QawlError: if no cluster answers there, or it gives nothing back.
    """
    # Far more than an article ever took: it only has to end at some time.
    patience = patience or max(900.0, 5.0 * settings.shard_articles)

    def score(shards: Iterator[Shard]) -> Iterator[Scored]:
        first = next(shards, None)
        if first is None:
            return
        ours = not ray.is_initialized()
        if ours:
            _connect(address)
        try:
            pool = _Actors(settings)
            for shard, (prepared, parts) in dispatch(chain([first], shards), pool, actors, patience):
                yield Scored(shard, prepared, parts)
        except RayError as error:
            raise QawlError(
                f"Ray failed: {' '.join(str(error).split())[:300]}", remedy="the same command again goes on from there"
            ) from error
        finally:
            if ours:
                ray.shutdown()

    return score


def _answers(address: str) -> bool:
    """Whether anything listens there; Ray itself would ask for many minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not (host and port.isdigit()):
        return True  # "auto", or a name that only Ray knows
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
    except OSError:
        return False
    return True


def _connect(address: str | None) -> None:
    if address is not None and not _answers(address):
        raise QawlError("no Ray cluster answers", where=address, remedy="name another with --address, or leave it out")
    # The versions of ours stand: workers inherit this environment, not a built one.
    logging.getLogger("ray").setLevel(logging.ERROR)
    options: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    if address is None:
        options["include_dashboard"] = False
    try:
        ray.init(address=address or "local", **options)
    except Exception as error:  # Ray raises the bare type where a node is slow to start
        told = " ".join(str(error).split())[:200]
        remedy = "name another with --address, or leave it out to start Ray here" if address else "use --engine local"
        what = "no Ray cluster answers" if address else "Ray does not start"
        raise QawlError(f"{what} ({told})", where=address or "--engine ray", remedy=remedy) from error


class _Actors:
    """Actors as `dispatch` knows workers: one a core."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        files = {
            str(path.relative_to(settings.artifact)): path.read_bytes()
            for path in sorted(settings.artifact.rglob("*"))
            if path.is_file()
        }
        self._artifact = ray.put(files)
        # What is lost is given out again by `dispatch`, which sees to it that this ends.
        self._remote = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(ShardScorer)

    def room(self) -> int:
        return int(sum(node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]))

    def start(self) -> tuple[Any, Any]:
        worker = self._remote.remote(self._settings, [self._artifact])
        return worker, worker.ready.remote()

    def stop(self, worker: Any) -> None:
        with contextlib.suppress(RayError, ValueError):
            ray.kill(worker)

    def submit(self, worker: Any, shard: Shard) -> Any:
        return worker.score.remote(shard)

    def wait(self, tickets: Sequence[Any], seconds: float) -> Sequence[Any]:
        done: Sequence[Any] = ray.wait(list(tickets), num_returns=1, timeout=seconds)[0]
        return done

    def result(self, ticket: Any) -> Any:
        try:
            # It has come already, so that this is no wait; a node may die in just this moment.
            return ray.get(ticket, timeout=60)
        except RayTaskError:
            raise  # the shard itself, and it would be the same elsewhere
        except RayError as error:
            raise Lost(" ".join(str(error).split())[:200]) from error


__all__ = ["ShardScorer", "ray_scorer"]
