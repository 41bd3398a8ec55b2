"""Archives measured: rate against the engine alone, peak memory, the check of a finished run, a tenfold archive.

    python -m tests.bench.bench_archive [ARCHIVE.jsonl.gz] [--articles 300] [--model ARTIFACT]
    python -m tests.bench.bench_archive --whole [ARCHIVE.jsonl.gz] [--only ARTICLES] [--output DIR]

Each run is a process of its own, so that its peak memory is its own. Prints figures beside the goals of the plan and
asserts nothing; on a shared machine compare only figures of one call. `--whole` scores every article, half an hour to
an hour on two cores, between two measurements of the engine alone on the same 4,000 statements.
"""

import argparse
import gzip
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import duckdb

from data.readers import find_sources, read_articles
from data.records import Article, StatementInput
from serving.analyzer import find_statements, inputs_of

ROOT = Path(__file__).resolve().parents[2]
ARCHIVE = ROOT.parent / "shared" / "archive" / "ant-multisource.jsonl.gz"

_ENGINE_ALONE = """
import json, sys, time
from pathlib import Path
from data.records import StatementInput
from data.targets import resolve_target
from serving.engine import Engine
from serving.store import Store
given = [StatementInput(**json.loads(line)) for line in Path(sys.argv[1]).read_text("utf-8").splitlines()]
engine = Engine.load(Store().resolve(sys.argv[2] or None))
engine.warm()
began = time.perf_counter()
engine.predict(given, resolve_target(None))
print(time.perf_counter() - began)
"""


class Measured(NamedTuple):
    """A process: seconds on the clock, seconds of CPU, peak MiB of it and its children, what it printed."""

    seconds: float
    cpu: float
    peak: float
    said: str


def measured(*command: str) -> Measured:
    """Run a command and measure it."""
    # A process between, whose only child it is: the peak of children is kept as one number for all of them.
    between = (
        "import resource, subprocess, sys, json; p = subprocess.run(sys.argv[1:], capture_output=True, text=True); "
        "u = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(json.dumps([p.returncode, u.ru_utime + u.ru_stime, u.ru_maxrss / 1024, p.stdout, p.stderr]))"
    )
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", between, *command], capture_output=True, text=True, check=True, cwd=ROOT
    )
    seconds = time.perf_counter() - began
    status, cpu, peak, out, said = json.loads(done.stdout)
    # Of `qawl score`, 1 says that some records were quarantined.
    if status != 0 and (status != 1 or "score" not in command):
        raise SystemExit(f"{' '.join(command)}: {said}")
    return Measured(seconds, cpu, peak, out)


def score(archive: Path, output: Path, model: str | None) -> Measured:
    """Score an archive, or check a finished one."""
    named = ["--model", model] if model else []
    return measured(sys.executable, "qawl.py", "score", str(archive), "--output", str(output), *named)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("archive", nargs="?", type=Path, default=ARCHIVE)
    parser.add_argument("--articles", type=int, default=300, help="of the small archive; the large one has ten times")
    parser.add_argument("--whole", action="store_true", help="score every article of the archive")
    parser.add_argument("--only", type=int, help="with --whole: so many articles of it, to try the command out")
    parser.add_argument("--output", type=Path, help="with --whole: keep the scored archive in this new folder")
    parser.add_argument("--model")
    given = parser.parse_args(arguments)
    if not given.archive.is_file():
        print(f"archive: skipped, {given.archive} is not there")
        return
    with tempfile.TemporaryDirectory(prefix="qawl-bench-") as name:
        if given.whole:
            _whole(Path(name), given.archive, given.only, given.output, given.model)
        else:
            _tenfold(Path(name), given.archive, given.articles, given.model)


def _tenfold(folder: Path, archive: Path, count: int, model: str | None) -> None:
    small, large = folder / "small.jsonl", folder / "large.jsonl"
    _samples(archive, count, small, large)
    once, tenfold = score(small, folder / "small", model), score(large, folder / "large", model)
    again = score(large, folder / "large", model)
    counts = json.loads((folder / "large" / "summary.json").read_bytes())
    alone = _engine_alone(_statements_of(folder / "large", folder), model)
    statements = counts["statements"]
    print(f"articles {count} and {10 * count}; the machine may be shared: compare within this table only")
    _say("statements a second, archive", f"{statements / tenfold.seconds:10.1f}")
    _say("statements a second, engine alone", f"{statements / alone:10.1f}")
    _say("archive / engine alone (goal 85 %)", f"{alone / tenfold.seconds:10.1%}")
    _say("CPU seconds a statement, archive", f"{tenfold.cpu / statements:10.4f}")
    _say(f"peak MiB, {count} articles (goal 1229)", f"{once.peak:10.0f}")
    _say(f"peak MiB, {10 * count} articles (goal ±10 %)", f"{tenfold.peak:10.0f} {tenfold.peak / once.peak - 1:+.1%}")
    _say("check of a finished run (goal 2 %)", f"{again.seconds / tenfold.seconds:10.1%} {again.seconds:.1f} s")
    slope = (tenfold.seconds - once.seconds) / (9 * count)
    cpu = (tenfold.cpu - once.cpu) / (9 * count)
    change = slope / (once.seconds / count) - 1
    _say("seconds an article, slope to tenfold", f"{slope:10.4f} {change:+.1%} to the small")
    _say("CPU seconds an article, slope", f"{cpu:10.4f}")
    _say("hours for a million articles, by the slope", f"{slope * 1e6 / 3600:10.1f}")
    _say("CPU hours for a million articles", f"{cpu * 1e6 / 3600:10.1f}")


def _whole(folder: Path, archive: Path, only: int | None, output: Path | None, model: str | None) -> None:
    with gzip.open(archive, "rt", encoding="utf-8") as lines:
        total = sum(1 for _ in lines)
    total = min(total, only or total)
    part = 3000 if total > 3000 else max(1, total // 10)
    everything, some = folder / "everything.jsonl", folder / "some.jsonl"
    _copy(archive, total, everything)
    _copy(archive, part, some)
    sample = _sampled_statements(everything, folder)
    count = sum(1 for _ in sample.open("rb"))
    before = count / _engine_alone(sample, model)
    scored = output or folder / "whole"
    whole = score(everything, scored, model)
    after = count / _engine_alone(sample, model)
    again = score(everything, scored, model)
    few = score(some, folder / "some", model)
    counts = json.loads((scored / "summary.json").read_bytes())
    rate = counts["statements"] / whole.seconds
    alone = 2 / (1 / before + 1 / after)
    print(f"{archive.name}: {total} articles; the machine may be shared: compare within this table only")
    for name in ("articles", "statements", "repeated", "quarantined", "without_answer"):
        _say(name, f"{counts[name]:10}")
    _say("seconds, and of CPU", f"{whole.seconds:10.0f} {whole.cpu:.0f}")
    _say("articles a second", f"{total / whole.seconds:10.1f}")
    _say("statements a second, archive", f"{rate:10.1f}")
    _say(f"the engine alone before and after (n {count})", f"{before:10.1f} {after:.1f}")
    _say("archive / engine alone (goal 85 %)", f"{rate / alone:10.1%}")
    _say(f"peak MiB, {part} articles (goal 1229)", f"{few.peak:10.0f}")
    _say(f"peak MiB, {total} articles (goal ±10 %)", f"{whole.peak:10.0f} {whole.peak / few.peak - 1:+.1%}")
    _say("check of the finished run (goal 2 %)", f"{again.seconds / whole.seconds:10.1%} {again.seconds:.1f} s")
    _say("hours for a million articles, at this rate", f"{whole.seconds / total * 1e6 / 3600:10.1f}")


def _say(what: str, value: str) -> None:
    print(f"{what:46} {value}", flush=True)


def _copy(archive: Path, count: int, to: Path) -> None:
    """So many articles, spread over the archive."""
    with gzip.open(archive, "rt", encoding="utf-8") as lines:
        total = sum(1 for _ in lines)
    chosen = {at * total // count for at in range(count)}
    with gzip.open(archive, "rt", encoding="utf-8") as lines, to.open("w", encoding="utf-8") as out:
        out.writelines(line for number, line in enumerate(lines) if number in chosen)


def _sampled_statements(articles: Path, folder: Path, count: int = 4000) -> Path:
    """The statements of articles drawn at random until there are `count`, as the engine is asked about them."""
    lines = articles.read_text("utf-8").splitlines()
    random.Random(7).shuffle(lines)
    drawn = folder / "drawn.jsonl"
    found: list[StatementInput] = []
    for line in lines:
        if len(found) >= count:
            break
        drawn.write_text(line + "\n", encoding="utf-8")
        for article in read_articles(find_sources([str(drawn)])):
            if isinstance(article, Article):
                found.extend(inputs_of(article, find_statements(article)))
    path = folder / "sample.jsonl"
    # `inputs_of` gives what is asked and no more, the very rows that a run asks.
    path.write_text("".join(f"{one.model_dump_json()}\n" for one in found[:count]), encoding="utf-8")
    return path


def _samples(archive: Path, count: int, small: Path, large: Path) -> None:
    """Every n-th article, so that all outlets are there; the small archive is a tenth of the large one, spread too."""
    with gzip.open(archive, "rt", encoding="utf-8") as lines:
        total = sum(1 for _ in lines)
    step = max(1, total // (10 * count))
    kept = 0
    with (
        gzip.open(archive, "rt", encoding="utf-8") as lines,
        small.open("w", encoding="utf-8") as few,
        large.open("w", encoding="utf-8") as many,
    ):
        for number, line in enumerate(lines):
            if number % step == 0 and kept < 10 * count:
                many.write(line)
                if kept % 10 == 0:
                    few.write(line)
                kept += 1


def _statements_of(scored: Path, folder: Path) -> Path:
    """The statements of a scored archive, as the engine is asked about them."""
    inputs = folder / "statements.jsonl"
    with inputs.open("w", encoding="utf-8") as file, duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT text, speaker, context FROM read_parquet('{scored}/statements/**/*.parquet')"
        ).fetchall()
        for text, speaker, context in rows:
            line = {"text": text, "speaker": speaker, "context": context}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return inputs


def _engine_alone(inputs: Path, model: str | None) -> float:
    """Seconds that the engine needs for statements, loading aside."""
    return float(measured(sys.executable, "-c", _ENGINE_ALONE, str(inputs), model or "").said)


if __name__ == "__main__":
    main()
