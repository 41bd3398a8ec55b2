"""The same shards on Ray: the same bytes as the local engine's, a node killed on the way included."""

import pickle
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.readers import Columns
from data.targets import load_target
from serving.archive import Settings, score_archive
from serving.archive.folder import Folder
from serving.archive.run import Scored, Scorer, find_input
from serving.archive.shards import Shard
from tests.serving.archive.command import run
from tests.serving.archive.material import parts, write_archive

pytest.importorskip("ray", reason="Ray is not installed: pip install 'qawl[cluster]'")
pytestmark = [
    pytest.mark.slow,
    # Seen from inside Ray and what it starts.
    pytest.mark.filterwarnings("ignore:::ray.*"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


# Ray gives a node half a minute to start, and has no option for it: a machine that is busy elsewhere cannot run these.
SLOW = "timed out during startup"


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A head that runs nothing; nodes are added by the test."""
    import ray
    from ray.cluster_utils import Cluster

    try:
        made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    except Exception as error:
        if SLOW in str(error):
            pytest.skip(f"this machine is too busy for Ray: {error}")
        raise
    try:
        yield made
    finally:
        ray.shutdown()
        made.shutdown()


def test_ray_on_this_machine_writes_the_same_bytes(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 60)
    options = ["--model", model, "--shard-articles", 10]
    assert run("score", archive, "--output", tmp_path / "local", "--threads", 1, *options).returncode == 0
    done = run("score", archive, "--output", tmp_path / "ray", "--engine", "ray", *options)
    if SLOW.encode() in done.stderr:
        pytest.skip("this machine is too busy for Ray: a node did not start in time")
    assert done.returncode == 0, done.stderr.decode()
    assert parts(tmp_path / "ray") == parts(tmp_path / "local")
    for name in ("manifest.json", "summary.json"):
        assert (tmp_path / "ray" / name).read_bytes() == (tmp_path / "local" / name).read_bytes()


def test_a_node_killed_on_the_way_costs_no_row(tmp_path: Path, model: Path, cluster: Any) -> None:
    import ray

    from data.artifact import read_card
    from serving.archive.remote import ray_scorer

    archive = write_archive(tmp_path / "a.jsonl", 240)
    options = ["--model", model, "--shard-articles", 6]
    assert run("score", archive, "--output", tmp_path / "local", "--threads", 1, *options).returncode == 0

    doomed = cluster.add_node(num_cpus=1)
    cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    ray.init(address=cluster.address, log_to_driver=False)
    card = read_card(model)
    target = load_target("foreign-military-presence")
    settings = Settings(model, card.version, card.name, target, Columns(), shard_articles=6)
    killed = threading.Event()

    def killing(scorer: Scorer) -> Scorer:
        def score(shards: Iterator[Shard]) -> Iterator[Scored]:
            for number, scored in enumerate(scorer(shards)):
                if number == 5:
                    cluster.remove_node(doomed, allow_graceful=False)
                    killed.set()
                yield scored

        return score

    folder = Folder(tmp_path / "ray")
    began = time.monotonic()
    with folder.locked():
        folder.begin(settings)
        found = find_input([str(archive)], folder.place.path)
        outcome = score_archive(found, folder, settings, killing(ray_scorer(settings, actors=2)))
    assert killed.is_set(), f"all was done before the node could be killed ({time.monotonic() - began:.0f} s)"
    assert (outcome.records, outcome.shards) == (240, 40)
    assert parts(tmp_path / "ray") == parts(tmp_path / "local")
    assert (tmp_path / "ray" / "summary.json").read_bytes() == (tmp_path / "local" / "summary.json").read_bytes()


def test_an_address_where_nothing_answers_is_one_line(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 5)
    refused = run("score", archive, "--output", tmp_path / "out", "--model", model, "--address", "127.0.0.1:1")
    assert refused.returncode == 2
    assert b"--engine ray" in refused.stderr


def test_a_shard_done_on_a_node_has_the_bytes_it_has_here(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without a cluster: what a node is sent and sends back goes through pickle, and nothing else of Ray is there.
    from data.artifact import read_card
    from data.readers import split
    from serving.archive import remote
    from serving.archive.shards import cut

    archive = write_archive(tmp_path / "a.jsonl", 20)
    assert (
        run("score", archive, "--output", tmp_path / "local", "--model", model, "--shard-articles", 8).returncode == 0
    )
    monkeypatch.setattr("serving.archive.remote.ray.get", pickle.loads)
    card = read_card(model)
    settings = Settings(model, card.version, card.name, load_target("foreign-military-presence"), Columns())
    files = {path.name: path.read_bytes() for path in model.iterdir() if path.is_file()}
    node = remote.ShardScorer(pickle.loads(pickle.dumps(settings)), [pickle.dumps(files)])
    made: dict[str, bytes] = {}
    (source,) = find_input([str(archive)], tmp_path / "out").sources
    for shard in cut(split(source, Columns()), 8):
        prepared, written = pickle.loads(pickle.dumps(node.score(pickle.loads(pickle.dumps(shard)))))
        assert prepared.records == len(shard.units)
        made |= written
    expected = {name: data for name, data in parts(tmp_path / "local").items() if not name.startswith("clusters/")}
    assert made == expected
