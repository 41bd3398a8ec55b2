"""Output elsewhere than on this disk: the same rows, whatever breaks on the way; and a real full disk."""

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import fsspec
import pytest
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from data.errors import QawlError
from serving.archive.filesystem import STALE, Reached
from serving.archive.place import place_of
from tests.serving.archive.command import ROOT, run
from tests.serving.archive.material import parts, write_archive

SHARDS = 5
ADDRESS = "memory://bucket/run"


@pytest.fixture(autouse=True)
def nothing_in_memory() -> Iterator[None]:
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]
    yield
    MemoryFileSystem.store.clear()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_archive(tmp_path_factory.mktemp("archive") / "a.jsonl", 10 * SHARDS)


@pytest.fixture(scope="module")
def calm(archive: Path, model: Path) -> Path:
    """The same archive scored to this disk, undisturbed."""
    out = archive.parent / "calm"
    assert score(archive, out, model) == 0
    return out


def score(archive: Path, output: object, model: Path) -> int:
    return run("score", archive, "--output", output, "--model", model, "--shard-articles", 10).returncode


def tables(place: Reached) -> dict[str, bytes]:
    return {name: place.read(name) or b"" for name in sorted(place.sizes()) if name.endswith(".parquet")}


def test_an_object_store_gets_the_bytes_that_a_disk_gets(archive: Path, calm: Path, model: Path) -> None:
    assert score(archive, ADDRESS, model) == 0
    place = Reached.at(ADDRESS)
    assert tables(place) == parts(calm)
    for name in ("run.json", "schema.json", "manifest.json", "summary.json", "quarantine.jsonl"):
        assert place.read(name) == (calm / name).read_bytes()
    assert len([name for name in place.sizes() if name.startswith("manifest/")]) == SHARDS
    assert ".lock" not in place.sizes()


def test_it_can_be_asked_exported_and_reported_where_it_lies(archive: Path, calm: Path, model: Path) -> None:
    assert score(archive, ADDRESS, model) == 0
    sql = "SELECT month, stance, count(*) AS n FROM statements GROUP BY ALL ORDER BY ALL"
    assert run("query", ADDRESS, sql).stdout == run("query", calm, sql).stdout
    assert run("export", ADDRESS, "--format", "jsonl").stdout == run("export", calm, "--format", "jsonl").stdout
    assert run("report", ADDRESS).returncode == 0
    assert run("report", calm).returncode == 0
    assert Reached.at(ADDRESS).read("report.html") == (calm / "report.html").read_bytes()


def test_standard_input_is_kept_there_too(archive: Path, calm: Path, model: Path) -> None:
    data = archive.read_bytes()
    options = ["--model", model, "--shard-articles", 10]
    assert run("score", "-", "--output", ADDRESS, *options, stdin=data).returncode == 0
    again = run("score", "-", "--output", ADDRESS, *options, stdin=b"")
    assert (again.returncode, f"{SHARDS} of them from before".encode() in again.stderr) == (0, True)
    other = run("score", "-", "--output", ADDRESS, *options, stdin=data + b"{}\n")
    assert (other.returncode, b"another standard input" in other.stderr) == (2, True)


@pytest.mark.parametrize("torn", [False, True], ids=["nothing-sent", "half-sent"])
def test_broken_off_again_and_again_it_ends_with_the_same_rows(
    archive: Path, calm: Path, model: Path, torn: bool
) -> None:
    # A store that keeps half of a file is worse than any; the sizes in the manifest see through it.
    send = MemoryFileSystem.pipe_file
    written = 0

    def breaking(system: Any, path: str, value: bytes, **options: Any) -> None:
        nonlocal written
        # The lock aside: what is left of it must not matter.
        written += not path.endswith(".lock")
        if written == broken:
            if torn:
                send(system, path, value[: len(value) // 2], **options)
            raise ConnectionError("the line is dead")
        send(system, path, value, **options)

    broken, stops = 0, 0
    with mock.patch.object(MemoryFileSystem, "pipe_file", breaking):
        while True:
            broken, written = broken + 1, 0
            done = run("score", archive, "--output", ADDRESS, "--model", model, "--shard-articles", 10)
            if done.returncode == 0:
                break
            stops += 1
            assert done.stderr.count(b"the line is dead") == 1, done.stderr.decode()
            if torn and broken == 2:  # half of `run.json`: nobody can tell of what, and says so
                Reached.at(ADDRESS).remove("run.json")
    assert tables(Reached.at(ADDRESS)) == parts(calm)
    print(f"broken off at {stops} writes, finished after {stops + 1} runs")
    assert stops > SHARDS


def test_a_file_system_without_whole_files_gets_temporary_names(archive: Path, calm: Path, tmp_path: Path) -> None:
    seen: list[str] = []
    inner = fsspec.filesystem("file", auto_mkdir=True)
    pipe = type(inner).pipe_file
    place = Reached(DirFileSystem(path=str(tmp_path), fs=inner), "run", "dir://run")

    def watching(system: Any, path: str, value: bytes, **options: Any) -> None:
        seen.append(path)
        pipe(system, path, value, **options)

    with mock.patch.object(type(inner), "pipe_file", watching):
        for text in (b"one", b"two"):
            with place.replacing("a/b.txt") as file:
                file.write(text)
            assert place.read("a/b.txt") == text
    assert [path.rpartition("/")[2] for path in seen] == ["b.txt.partial", "b.txt.partial"]
    assert place.sizes() == {"a/b.txt": 3}
    assert place.top() == ["a"]


DIR_RUN = """
import sys
import fsspec
from fsspec.implementations.dirfs import DirFileSystem
from serving.archive import filesystem
import qawl
filesystem.Reached.at = lambda address: filesystem.Reached(
    DirFileSystem(path=sys.argv[1], fs=fsspec.filesystem("file", auto_mkdir=True)), "run", address)
sys.exit(qawl.run(sys.argv[2:]))
"""


def test_killed_while_it_writes_through_fsspec_it_goes_on(
    archive: Path, calm: Path, model: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", DIR_RUN, str(tmp_path), "score", str(archive), "--output", "dir://run"]
    command += ["--model", str(model), "--shard-articles", "10"]
    kills = 0
    for entries in (1, 3):
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        while process.poll() is None and len(list((tmp_path / "run" / "manifest").glob("*.json"))) < entries:
            time.sleep(0.002)
        process.kill()
        kills += process.wait() != 0
    assert kills, "all was done before it could be killed"
    assert (tmp_path / "run" / ".lock").exists(), "the dead run's lock is still there, and is seen to be dead"
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert parts(tmp_path / "run") == parts(calm)
    assert not list(tmp_path.rglob("*.partial"))


def hold(**changed: object) -> None:
    lock = {"host": "elsewhere", "pid": 1, "run": "x", "at": time.time(), **changed}
    MemoryFileSystem().pipe_file("/bucket/run/.lock", json.dumps(lock).encode())


def test_a_run_on_another_machine_is_not_disturbed(archive: Path, model: Path) -> None:
    hold()
    refused = run("score", archive, "--output", ADDRESS, "--model", model)
    assert refused.returncode == 2
    assert b"another run is writing there (elsewhere, process 1" in refused.stderr


def test_a_lock_that_nobody_renews_is_taken_over(archive: Path, model: Path) -> None:
    hold(at=time.time() - STALE - 1)
    assert score(archive, ADDRESS, model) == 0


def test_a_place_that_nothing_reaches_is_one_line(archive: Path, model: Path) -> None:
    for address in ("nosuch://bucket/run", "s3://bucket/run"):
        if address.startswith("s3") and importlib.util.find_spec("s3fs"):
            continue
        done = run("score", archive, "--output", address, "--model", model)
        assert (done.returncode, done.stderr.count(b"\n")) == (2, 1), done.stderr.decode()


def test_an_address_of_this_disk_is_this_disk(tmp_path: Path) -> None:
    assert place_of(f"file://{tmp_path}/x").path == tmp_path / "x"
    with pytest.raises(QawlError, match="nosuch"):
        place_of("nosuch://x")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with room for half of the run."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "qawl-test", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("only whoever may mount a small disk can fill it")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(os.name != "posix" or not Path("/proc/mounts").exists(), reason="mounts a tmpfs")
def test_a_disk_that_is_really_full_keeps_what_is_finished(
    archive: Path, calm: Path, model: Path, small_disk: Path
) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(100 * 1024))
    done = run("score", archive, "--output", small_disk / "run", "--model", model, "--shard-articles", 10)
    assert done.returncode == 2
    assert b"the disk is full; make room and run the same command again" in done.stderr
    kept = (small_disk / "run" / "manifest.jsonl").read_bytes().count(b"\n")
    assert 0 < kept < SHARDS
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
    again = run("score", archive, "--output", small_disk / "run", "--model", model, "--shard-articles", 10)
    assert again.returncode == 0
    assert f"{kept} of them from before".encode() in again.stderr
    assert parts(small_disk / "run") == parts(calm)
    print(f"full after {kept} of {SHARDS} shards, then finished")
