"""Archives, run as users run them: `qawl score`, killed where it hurts, on input that is partly bad."""

import contextlib
import errno
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import qawl
from tests.serving import tiny
from tests.serving.archive.material import article, parts, rows, write_archive

ROOT = Path(__file__).resolve().parents[3]


def command(*arguments: object) -> list[str]:
    return [sys.executable, str(ROOT / "qawl.py"), "score", *map(str, arguments)]


class Done(NamedTuple):
    returncode: int
    stderr: bytes


def score(*arguments: object, stdin: bytes = b"") -> Done:
    """Run `qawl score` in this process, which saves a start each time; what is to be killed runs in one of its own."""
    said = io.StringIO()
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    try:
        with contextlib.redirect_stderr(said):
            status = qawl.run(["score", *map(str, arguments)])
    finally:
        sys.stdin = before
    return Done(status, said.getvalue().encode())


def read_json(path: Path) -> Any:
    return json.loads(path.read_bytes())


def test_an_archive_becomes_tables_that_account_for_every_article(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 45)
    done = score(archive, "--output", tmp_path / "out", "--model", model, "--shard-articles", 20)
    assert done.returncode == 0, done.stderr.decode()
    found, statements = rows(tmp_path / "out", "articles"), rows(tmp_path / "out")
    assert {row["article_id"] for row in found} == {f"a{number}" for number in range(45)}
    assert sum(row["statements"] for row in found) == len(statements) >= 45
    assert len({row["row_id"] for row in statements}) == len(statements)
    for row in statements:
        given = article(int(row["article_id"][1:]))
        assert given[row["field"]][row["start"] : row["end"]] == row["text"]
        assert row["stance"] in ("against", "favor", "neutral", "unrelated")
        assert row["context"].find(row["text"]) >= 0
    months = {path.name for path in (tmp_path / "out" / "statements").iterdir()}
    assert months == {"month=2024-01", "month=2024-02", "month=2024-03"}
    summary = read_json(tmp_path / "out" / "summary.json")
    assert (summary["records"], summary["articles"], summary["quarantined"], summary["shards"]) == (45, 45, 0, 3)
    assert summary["statements"] == sum(summary["stance"].values()) == len(statements)
    manifest = read_json(tmp_path / "out" / "manifest.json")
    assert [shard["records"] for shard in manifest["shards"]] == [20, 20, 5]
    assert set(read_json(tmp_path / "out" / "schema.json")["statements"]) == {*statements[0], "month"}


def _kill_when(process: subprocess.Popen[bytes], reached: Callable[[], bool]) -> None:
    for _ in range(6000):
        if reached() or process.poll() is not None:
            break
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.slow
def test_killed_at_twenty_random_moments_the_rows_are_those_of_an_undisturbed_run(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 300)
    options = ["--model", model, "--shard-articles", 10]
    began = time.monotonic()
    assert subprocess.run(command(archive, "--output", tmp_path / "calm", *options), cwd=ROOT).returncode == 0
    whole = time.monotonic() - began
    seed = int.from_bytes(os.urandom(4), "big")
    moments = random.Random(seed)
    kills = finished = 0
    committed: list[int] = []
    while kills < 20 or not finished:
        # A run that ends before its moment is compared, and the next kills fall into a new one.
        out = tmp_path / f"killed-{finished}"
        process = subprocess.Popen(command(archive, "--output", out, *options), stderr=subprocess.DEVNULL, cwd=ROOT)
        try:
            # After the twentieth the last one may end.
            status = process.wait(moments.uniform(0, whole) if kills < 20 else None)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
            manifest = out / "manifest.jsonl"
            committed.append(manifest.read_bytes().count(b"\n") if manifest.exists() else 0)
            continue
        assert status == 0
        assert parts(out) == parts(tmp_path / "calm")
        for name in ("manifest.json", "summary.json", "quarantine.jsonl"):
            assert (out / name).read_bytes() == (tmp_path / "calm" / name).read_bytes()
        assert not list(out.rglob("*.partial"))
        finished += 1
    given = {f"a{number}" for number in range(300)}
    found = [row["article_id"] for row in rows(tmp_path / f"killed-{finished - 1}", "articles")]
    lost, twice = len(given - set(found)), len(found) - len(set(found))
    print(f"{kills} times kill -9 (seed {seed}, shards kept each time {committed} of 30), {finished} runs finished: ")
    print(f"{lost} lost, {twice} twice, every file the same")
    assert (lost, twice) == (0, 0)


def test_standard_input_that_was_killed_goes_on_without_its_pipe(tmp_path: Path, model: Path) -> None:
    data = write_archive(tmp_path / "a.jsonl", 100).read_bytes()
    options = ["--model", model, "--shard-articles", 10]
    assert score("-", "--output", tmp_path / "calm", *options, stdin=data).returncode == 0
    out = tmp_path / "killed"
    process = subprocess.Popen(
        command("-", "--output", out, *options), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT
    )
    assert process.stdin is not None
    process.stdin.write(data)
    process.stdin.close()
    _kill_when(process, lambda: (out / "manifest.jsonl").exists())
    assert score("-", "--output", out, *options, stdin=b"").returncode == 0
    assert parts(out) == parts(tmp_path / "calm")
    other = score("-", "--output", out, *options, stdin=data + b"{}\n")
    assert other.returncode == 2
    assert b"another standard input" in other.stderr


@pytest.mark.parametrize("nothing", [b"", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_standard_input_with_nothing_but_a_byte_order_mark_is_empty(
    tmp_path: Path, model: Path, nothing: bytes
) -> None:
    refused = score("-", "--output", tmp_path / "out", "--model", model, stdin=nothing)
    assert refused.returncode == 2
    assert b"standard input is empty" in refused.stderr


def test_a_guess_names_the_file_that_it_was_made_for(tmp_path: Path, model: Path) -> None:
    (tmp_path / "in").mkdir()
    write_archive(tmp_path / "in" / "a.jsonl", 3)
    (tmp_path / "in" / "b.csv").write_text("النص,التاريخ\nقال الوزير إننا نرفض البقاء,2024-01-02\n", encoding="utf-8")
    done = score(tmp_path / "in", "--output", tmp_path / "out", "--model", model)
    assert f"{tmp_path}/in/b.csv: text from 'النص', date from 'التاريخ'" in done.stderr.decode()
    assert b"a.jsonl: text" not in done.stderr


def test_one_shard_is_said_in_the_singular(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 5)
    done = score(archive, "--output", tmp_path / "out", "--model", model)
    assert b" 1 shard, 0 of them" in done.stderr


def test_a_finished_archive_is_recognised_without_scoring_it_again(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 30)
    options = [archive, "--output", tmp_path / "out", "--model", model, "--shard-articles", 10]
    assert score(*options).returncode == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.parquet")}
    again = score(*options)
    assert again.returncode == 0
    assert b"3 of them from before" in again.stderr
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.parquet")} == before


def test_a_part_that_was_lost_is_written_again(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 30)
    options = [archive, "--output", tmp_path / "out", "--model", model, "--shard-articles", 10]
    assert score(*options).returncode == 0
    before = parts(tmp_path / "out")
    victim = next((tmp_path / "out" / "statements").rglob("*.parquet"))
    victim.write_bytes(victim.read_bytes()[:100])
    (tmp_path / "out" / "articles" / "part-000001.parquet").unlink()
    assert score(*options).returncode == 0
    assert parts(tmp_path / "out") == before


def test_a_manifest_line_that_a_power_cut_shortened_is_taken_off(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 30)
    options = [archive, "--output", tmp_path / "out", "--model", model, "--shard-articles", 10]
    assert score(*options).returncode == 0
    manifest = tmp_path / "out" / "manifest.jsonl"
    whole = manifest.read_bytes()
    manifest.write_bytes(whole[:-40])
    assert score(*options).returncode == 0
    assert manifest.read_bytes() == whole


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (["--target", "economic-sanctions"], b"another target"),
        (["--shard-articles", "7"], b"another shard_articles"),
        (["--text-column", "title"], b"another columns"),
    ],
)
def test_changed_options_are_refused(tmp_path: Path, model: Path, changed: list[str], said: bytes) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 5)
    assert score(archive, "--output", tmp_path / "out", "--model", model).returncode == 0
    refused = score(archive, "--output", tmp_path / "out", "--model", model, *changed)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert refused.stderr.count(b"\n") == 1


def test_another_model_is_refused(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 5)
    assert score(archive, "--output", tmp_path / "out", "--model", model).returncode == 0
    other = tiny.make(tmp_path / "other", seed=3)
    refused = score(archive, "--output", tmp_path / "out", "--model", other)
    assert refused.returncode == 2
    assert b"was begun with another model" in refused.stderr


def test_rows_of_another_extraction_are_never_mixed_in(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 5)
    assert score(archive, "--output", tmp_path / "out", "--model", model).returncode == 0
    monkeypatch.setattr("serving.archive.settings.extraction_version", lambda: "another")
    refused = score(archive, "--output", tmp_path / "out", "--model", model)
    assert refused.returncode == 2
    assert b"was begun with another extraction" in refused.stderr


def test_a_full_disk_keeps_what_is_finished(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 30)
    options = [archive, "--output", tmp_path / "out", "--model", model, "--shard-articles", 10]
    fsync, calls = os.fsync, iter(range(1000))

    def full(handle: int) -> None:
        if next(calls) > 14:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        done = score(*options)
    assert done.returncode == 2
    assert b"the disk is full; make room" in done.stderr.replace(str(tmp_path / "out").encode() + b": ", b"")
    assert score(*options).returncode == 0
    assert score(archive, "--output", tmp_path / "calm", *options[3:]).returncode == 0
    assert parts(tmp_path / "out") == parts(tmp_path / "calm")


def test_the_local_engine_needs_no_ray(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 5)
    arguments = ["score", str(archive), "--output", str(tmp_path / "out"), "--model", str(model)]
    without = f"import sys; sys.modules['ray'] = None; import qawl; sys.exit(qawl.run({arguments!r}))"
    done = subprocess.run([sys.executable, "-c", without], capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_a_changed_archive_is_refused(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 30)
    options = ["--output", tmp_path / "out", "--model", model, "--shard-articles", 10]
    assert score(archive, *options).returncode == 0
    shorter = write_archive(tmp_path / "shorter.jsonl", 20)
    assert b"the input is shorter" in score(shorter, *options).stderr
    archive.write_bytes(archive.read_bytes().replace("رقم 12".encode(), "رقم 99".encode()))
    changed = score(archive, *options)
    assert changed.returncode == 2
    assert b"the input has changed" in changed.stderr


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 5)
    refused = score(archive, "--output", tmp_path, "--model", model)
    assert refused.returncode == 2
    assert b"holds other files" in refused.stderr


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path, model: Path) -> None:
    import fcntl

    archive = write_archive(tmp_path / "a.jsonl", 5)
    (tmp_path / "out").mkdir()
    with (tmp_path / "out" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = score(archive, "--output", tmp_path / "out", "--model", model)
    assert refused.returncode == 2
    assert b"another run is writing there" in refused.stderr


def test_interrupted_it_says_how_to_go_on(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 400)
    out = tmp_path / "out"
    arguments = command(archive, "--output", out, "--model", model, "--shard-articles", 5)
    # A shell that runs the tests in the background has them ignore SIGINT, and what they start as well.
    process = subprocess.Popen(
        arguments, stderr=subprocess.PIPE, cwd=ROOT, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    )
    for _ in range(6000):
        if (out / "manifest.jsonl").exists() or process.poll() is not None:
            break
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said.decode()
    assert b"the same command again goes on from there" in said
    assert subprocess.run(arguments, capture_output=True, cwd=ROOT, check=False).returncode == 0
    assert len(rows(out, "articles")) == 400


# Ten ways for a record to be bad.
CORRUPTIONS: list[Callable[[bytes], bytes]] = [
    lambda line: line[: line.index(b'"date"')],
    lambda line: line.replace("خبر".encode(), b"\xff\xfe\xfa"),
    lambda line: b"[1, 2, 3]",
    lambda line: b'"only a string"',
    lambda line: line.replace(b'"text"', b'"txet"'),
    lambda line: json.dumps({**json.loads(line), "text": 5}).encode(),
    lambda line: json.dumps({**json.loads(line), "text": None}).encode(),
    lambda line: json.dumps({**json.loads(line), "text": " \n "}).encode(),
    lambda line: json.dumps({**json.loads(line), "title": {"ar": "x"}}).encode(),
    lambda line: os.urandom(40).replace(b"\n", b" ").replace(b"\r", b" ") + b"\x80",
]

# What is said of each, in the same order.
REASONS = [
    "not valid JSON", "broken UTF-8", "not a JSON object but a list", "not a JSON object but a string", "no field text",
    "text is not a string but a number", "text is not a string but null", "the text is empty",
    "title is not a string but an object", "broken UTF-8",
]  # fmt: skip


def test_one_in_a_hundred_records_corrupted_in_ten_ways_is_quarantined_and_all_others_scored(
    tmp_path: Path, model: Path
) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 1000)
    options = ["--model", model, "--shard-articles", 90]
    assert score(archive, "--output", tmp_path / "good", *options).returncode == 0
    lines = archive.read_bytes().splitlines()
    bad = {97 * way + 3: way for way in range(10)}
    for number, way in bad.items():
        lines[number] = CORRUPTIONS[way](lines[number])
    (tmp_path / "bad.jsonl").write_bytes(b"\n".join(lines))
    done = score(tmp_path / "bad.jsonl", "--output", tmp_path / "out", *options)
    assert done.returncode == 1
    assert b"quarantine.jsonl" in done.stderr
    quarantined = [json.loads(line) for line in (tmp_path / "out" / "quarantine.jsonl").read_text().splitlines()]
    assert [entry["place"] for entry in quarantined] == [f"{tmp_path}/bad.jsonl:{number + 1}" for number in sorted(bad)]
    for entry, reason in zip(quarantined, REASONS, strict=True):
        assert reason in entry["reason"], entry
    expected = [row for row in rows(tmp_path / "good") if int(row["article_id"][1:]) not in bad]
    # An article's own numbers do not depend on which others are beside it, the probabilities' last digits might.
    assert [(row["row_id"], row["stance"]) for row in rows(tmp_path / "out")] == [
        (row["row_id"], row["stance"]) for row in expected
    ]
    print(f"{len(bad)} of 1000 records corrupted in ten ways: {len(quarantined)} quarantined, each with its reason,")
    print(f"{len(rows(tmp_path / 'out', 'articles'))} articles scored")


def test_an_article_that_stands_twice_is_scored_once(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 20)
    archive.write_bytes(archive.read_bytes() * 2)
    done = score(archive, "--output", tmp_path / "out", "--model", model, "--shard-articles", 15)
    assert done.returncode == 0
    found, statements = rows(tmp_path / "out", "articles"), rows(tmp_path / "out")
    assert (len(found), sum(row["repeated"] for row in found)) == (40, 20)
    assert len({row["row_id"] for row in statements}) == len(statements)


def test_a_statement_without_an_answer_is_quarantined_alone(tmp_path: Path, model: Path) -> None:
    archive = write_archive(tmp_path / "a.jsonl", 12)
    with archive.open("a") as file:
        file.write(json.dumps({"id": "poison", "text": f"قال الوزير إن في الماء {tiny.POISON} كثير."}) + "\n")
    done = score(archive, "--output", tmp_path / "out", "--model", model)
    assert done.returncode == 1
    (entry,) = [json.loads(line) for line in (tmp_path / "out" / "quarantine.jsonl").read_text().splitlines()]
    assert "no finite answer" in entry["reason"]
    assert {row["article_id"] for row in rows(tmp_path / "out")} == {f"a{number}" for number in range(12)}
