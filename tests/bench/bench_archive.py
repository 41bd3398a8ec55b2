"""Archives measured: rate against the engine alone, peak memory, the check of a finished run, a tenfold archive.

    python -m tests.bench.bench_archive [ARCHIVE.jsonl.gz] [--articles 300] [--model ARTIFACT]

Each run is a process of its own, so that its peak memory is its own. Prints figures beside the goals of the plan and
asserts nothing; on a shared machine compare only figures of one call.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import duckdb

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
    if status not in (0, 1):
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
    parser.add_argument("--model")
    given = parser.parse_args(arguments)
    if not given.archive.is_file():
        print(f"archive: skipped, {given.archive} is not there")
        return
    with tempfile.TemporaryDirectory(prefix="qawl-bench-") as name:
        folder = Path(name)
        small, large = folder / "small.jsonl", folder / "large.jsonl"
        _samples(given.archive, given.articles, small, large)
        once, tenfold = score(small, folder / "small", given.model), score(large, folder / "large", given.model)
        again = score(large, folder / "large", given.model)
        counts = json.loads((folder / "large" / "summary.json").read_bytes())
        alone = _engine_alone(folder, given.model)
    statements, count = counts["statements"], given.articles
    print(f"articles {count} and {10 * count}; the machine may be shared: compare within this table only")
    print(f"{'statements a second, archive':44} {statements / tenfold.seconds:10.1f}")
    print(f"{'statements a second, engine alone':44} {statements / alone:10.1f}")
    print(f"{'archive / engine alone (goal 85 %)':44} {alone / tenfold.seconds:10.1%}")
    print(f"{'CPU seconds a statement, archive':44} {tenfold.cpu / statements:10.4f}")
    print(f"{f'peak MiB, {count} articles (goal 1229)':44} {once.peak:10.0f}")
    print(
        f"{f'peak MiB, {10 * count} articles (goal ±10 %)':44} {tenfold.peak:10.0f} {tenfold.peak / once.peak - 1:+.1%}"
    )
    print(f"{'check of a finished run (goal 2 %)':44} {again.seconds / tenfold.seconds:10.1%} {again.seconds:.1f} s")
    slope = (tenfold.seconds - once.seconds) / (9 * count)
    change = slope / (once.seconds / count) - 1
    print(f"{'seconds an article, slope to tenfold':44} {slope:10.4f} {change:+.1%} to the small")
    print(f"{'hours for a million articles, by the slope':44} {slope * 1e6 / 3600:10.1f}")


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


def _engine_alone(folder: Path, model: str | None) -> float:
    """Seconds that the engine needs for the statements of the large archive, loading aside."""
    inputs = folder / "statements.jsonl"
    with inputs.open("w", encoding="utf-8") as file, duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT text, speaker, context FROM read_parquet('{folder}/large/statements/**/*.parquet')"
        ).fetchall()
        for text, speaker, context in rows:
            line = {"text": text, "speaker": speaker, "context": context}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return float(measured(sys.executable, "-c", _ENGINE_ALONE, str(inputs), model or "").said)


if __name__ == "__main__":
    main()
