"""A Ray cluster in a process of its own: what `test_remote` runs, so that no test meets what another left of Ray.

    python -m tests.serving.archive.ray_session killed ARCHIVE OUTPUT MODEL
    python -m tests.serving.archive.ray_session gone ARCHIVE OUTPUT MODEL

Exit status 75: this machine is too busy for Ray, which gives a node half a minute to start and has no option for it.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ray
from ray.cluster_utils import Cluster

from data.artifact import read_card
from data.errors import QawlError
from data.readers import Columns
from data.targets import load_target
from serving.archive import Outcome, Settings, score_archive
from serving.archive.folder import Folder
from serving.archive.remote import ray_scorer
from serving.archive.run import Scored, Scorer, find_input
from serving.archive.shards import Shard

TOO_BUSY = 75
SLOW = "timed out during startup"


def killed(archive: str, output: str, model: Path) -> None:
    """Two nodes, one of which is killed after six shards; prints what came out."""
    with _cluster() as cluster:
        doomed = cluster.add_node(num_cpus=1)
        cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        kill = _once(6, lambda: cluster.remove_node(doomed, allow_graceful=False))
        outcome = _score(archive, output, model, cluster, kill, patience=240)
    print(f"killed={kill.done.is_set()} records={outcome.records} shards={outcome.shards}")


def gone(archive: str, output: str, model: Path) -> None:
    """One node, killed after three shards with none to take its place; prints what is said."""
    with _cluster() as cluster:
        only = cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        kill = _once(3, lambda: cluster.remove_node(only, allow_graceful=False))
        try:
            _score(archive, output, model, cluster, kill, patience=60)
        except QawlError as error:
            print(f"said={error}")


class _once:
    """Calls something after so many shards, as a scorer around a scorer."""

    def __init__(self, after: int, action: Callable[[], object]) -> None:
        self.after, self.action, self.done = after, action, threading.Event()

    def __call__(self, scorer: Scorer) -> Scorer:
        def score(shards: Iterator[Shard]) -> Iterator[Scored]:
            for number, scored in enumerate(scorer(shards), 1):
                if number == self.after:
                    self.action()
                    self.done.set()
                yield scored

        return score


class _cluster:
    """A head that runs nothing; nodes are added to it."""

    def __enter__(self) -> Any:
        try:
            self.made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        except Exception as error:
            if SLOW in str(error):
                sys.exit(TOO_BUSY)
            raise
        return self.made

    def __exit__(self, *_: object) -> None:
        ray.shutdown()
        self.made.shutdown()


def _score(archive: str, output: str, model: Path, cluster: Any, around: _once, patience: float) -> Outcome:
    ray.init(address=cluster.address, log_to_driver=False)
    card = read_card(model)
    target = load_target("foreign-military-presence")
    settings = Settings(model, card.version, card.name, target, Columns(), shard_articles=6)
    folder = Folder(output)
    began = time.monotonic()
    with folder.locked():
        folder.begin(settings)
        found = find_input([archive], folder.place.path)
        outcome = score_archive(found, folder, settings, around(ray_scorer(settings, patience=patience)))
    print(f"seconds={time.monotonic() - began:.0f}")
    return outcome


if __name__ == "__main__":
    {"killed": killed, "gone": gone}[sys.argv[1]](sys.argv[2], sys.argv[3], Path(sys.argv[4]))
