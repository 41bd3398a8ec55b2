"""The same shards scored on Ray, on a cluster or on this machine's cores.

Each core has an actor that holds the engine and runs the very functions of the local engine; Parquet comes back as
bytes and is written here, so that nodes share no disk and the manifest is one. A node that dies costs the shards that
it held: Ray starts its actors elsewhere and they do them again, with the same bytes. Nodes need Qawl's serving group
installed; the artifact is sent to them.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Ray reports its use to its makers unless told not to.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
# What goes wrong comes as an exception; the rest of what its core writes on standard error is for its developers.
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")

import ray
from ray.exceptions import RayError

from data.errors import QawlError
from serving.archive.run import Scored, Scorer
from serving.archive.scoring import Prepared, classify, parquet_parts, prepare
from serving.archive.settings import Settings
from serving.archive.shards import Shard
from serving.engine import Engine

# Shards given to an actor at once: it never waits for the next, and memory stays bounded.
_AHEAD = 2


class ShardScorer:
    """Scores shards on one core of some node.

    Args:
        settings: the run's.
        artifact: holds a reference to the artifact's files by name; within a list, so that Ray does not fetch it
            before the actor starts, and again when it starts elsewhere.
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


def ray_scorer(settings: Settings, address: str | None = None, actors: int | None = None) -> Scorer:
    """Scores shards on Ray, as many at once as it has cores.

    Args:
        address: of a cluster; None starts Ray on this machine, and stops it at the end.
        actors: how many; as many as the cluster has cores where None is given.

    Raises:
        QawlError: if no cluster answers there, or it gives no core.
    """

    def score(shards: Iterator[Shard]) -> Iterator[Scored]:
        first = next(shards, None)
        if first is None:
            return
        ours = not ray.is_initialized()
        if ours:
            _connect(address)
        try:
            yield from _score(settings, actors, first, shards)
        except RayError as error:
            raise QawlError(
                f"Ray failed: {' '.join(str(error).split())[:300]}", remedy="the same command again goes on from there"
            ) from error
        finally:
            if ours:
                ray.shutdown()

    return score


def _connect(address: str | None) -> None:
    # The versions of ours stand: workers inherit this environment, not a built one.
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


def _score(settings: Settings, actors: int | None, first: Shard, shards: Iterator[Shard]) -> Iterator[Scored]:
    files = {
        str(path.relative_to(settings.artifact)): path.read_bytes()
        for path in sorted(settings.artifact.rglob("*"))
        if path.is_file()
    }
    artifact = ray.put(files)
    resources: dict[str, float] = ray.cluster_resources()
    count = actors or max(1, int(resources.get("CPU", 1)))
    remote = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=-1)(ShardScorer)
    scorers: list[Any] = [remote.remote(settings, [artifact]) for _ in range(count)]
    waiting: dict[Any, tuple[Shard, int]] = {}

    def give(shard: Shard, to: int) -> None:
        waiting[scorers[to].score.remote(shard)] = (shard, to)

    try:
        give(first, 0)
        # Spread before doubling up: the first shards go to different actors.
        for _ in range(_AHEAD):
            for index in range(count):
                if _ == 0 and index == 0:
                    continue
                if (shard := next(shards, None)) is not None:
                    give(shard, index)
        while waiting:
            (done,), _ = ray.wait(list(waiting), num_returns=1)
            shard, index = waiting.pop(done)
            prepared, parts = ray.get(done)
            if (following := next(shards, None)) is not None:
                give(following, index)
            yield Scored(shard, prepared, parts)
    finally:
        for one in scorers:
            ray.kill(one)


__all__ = ["ShardScorer", "ray_scorer"]
