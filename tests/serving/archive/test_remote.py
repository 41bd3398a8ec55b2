"""The same shards on Ray: the same bytes as the local engine's, a node killed on the way included.

Each test that needs a cluster has it in a process of its own, with a folder of its own for what Ray leaves there.
"""

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from data.readers import Columns
from data.targets import load_target
from serving.archive import Settings
from serving.archive.run import find_input
from tests.serving.archive.command import ROOT, Done, run
from tests.serving.archive.material import parts, write_archive

pytest.importorskip("ray", reason="Ray is not installed: pip install 'qawl[cluster]'")
TOO_BUSY, SLOW = 75, b"timed out during startup"  # as `ray_session` says and Ray

pytestmark = [
    pytest.mark.slow,
    # Seen from inside Ray, which one test imports here.
    pytest.mark.filterwarnings("ignore:::ray.*"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def session(*arguments: object, seconds: float = 480) -> Done:
    """Run a command that starts Ray; whatever it leaves behind is ended by its mark, and by no name."""
    with tempfile.TemporaryDirectory(prefix="qr", dir="/tmp", ignore_cleanup_errors=True) as folder:  # sockets: short
        environment = {
            **os.environ,
            "RAY_TMPDIR": folder,
            "TMPDIR": folder,
            "RAY_worker_register_timeout_seconds": "600",
        }
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            out, said = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, said = process.communicate()
            pytest.fail(f"not done after {seconds:.0f} s\n{out.decode()}\n{said.decode()[-3000:]}")
        finally:
            _end_all_with(f"RAY_TMPDIR={folder}".encode())
    if process.returncode == TOO_BUSY or SLOW in said:
        pytest.skip("this machine is too busy for Ray: a node did not start in time")
    return Done(process.returncode, out, said)


def _end_all_with(mark: bytes) -> None:
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)


def scored_here(archive: Path, folder: Path, model: Path, shard_articles: int) -> dict[str, bytes]:
    options = ["--model", model, "--shard-articles", shard_articles, "--threads", 1]
    assert run("score", archive, "--output", folder, *options).returncode == 0
    return parts(folder)


def test_ray_on_this_machine_writes_the_same_bytes(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 60)
    local = scored_here(archive, tmp_path / "local", model, 10)
    options = ["--output", tmp_path / "ray", "--engine", "ray", "--model", model, "--shard-articles", 10]
    done = session("qawl.py", "score", archive, *options)
    assert done.returncode == 0, done.stderr.decode()
    assert parts(tmp_path / "ray") == local
    for name in ("manifest.json", "summary.json"):
        assert (tmp_path / "ray" / name).read_bytes() == (tmp_path / "local" / name).read_bytes()


def test_a_node_killed_on_the_way_costs_no_row(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 240)
    local = scored_here(archive, tmp_path / "local", model, 6)
    done = session("-m", "tests.serving.archive.ray_session", "killed", archive, tmp_path / "ray", model)
    assert done.returncode == 0, done.stderr.decode()
    assert b"killed=True records=240 shards=40" in done.stdout
    assert parts(tmp_path / "ray") == local
    assert (tmp_path / "ray" / "summary.json").read_bytes() == (tmp_path / "local" / "summary.json").read_bytes()
    print(f"two nodes, one killed: {done.stdout.decode().splitlines()[-2:]}, {len(local)} files, each byte the same")


def test_a_cluster_that_is_gone_is_said_and_the_run_goes_on_without_it(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 60)
    local = scored_here(archive, tmp_path / "local", model, 6)
    done = session("-m", "tests.serving.archive.ray_session", "gone", archive, tmp_path / "ray", model)
    assert done.returncode == 0, done.stderr.decode()
    assert b"the same command again goes on from there" in done.stdout, done.stdout.decode()
    assert (tmp_path / "ray" / "manifest.jsonl").read_bytes().count(b"\n") >= 3
    assert scored_here(archive, tmp_path / "ray", model, 6) == local


def test_an_address_where_nothing_answers_is_one_line(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 5)
    options = ["--output", tmp_path / "out", "--model", model, "--address", "127.0.0.1:1"]
    refused = run("score", archive, *options)
    assert refused.returncode == 2
    assert b"--engine ray" in refused.stderr
    done = session("qawl.py", "score", archive, *options, "--engine", "ray")
    assert done.returncode == 2
    assert b"no Ray cluster answers" in done.stderr
    assert done.stderr.count(b"\n") == 1, done.stderr.decode()


def test_a_shard_done_on_a_node_has_the_bytes_it_has_here(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without a cluster: what a node is sent and sends back goes through pickle, and nothing else of Ray is there.
    from data.artifact import read_card
    from data.readers import split
    from serving.archive import remote
    from serving.archive.shards import cut

    archive = write_archive(tmp_path / "a.jsonl", 20)
    local = scored_here(archive, tmp_path / "local", model, 8)
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
    assert made == {name: data for name, data in local.items() if not name.startswith("clusters/")}
