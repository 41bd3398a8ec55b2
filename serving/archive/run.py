"""A run: skip the shards that are finished, score the others, sum up.

Knows engines only as "score this shard": here, with the next shard prepared while this one is classified, or on Ray.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from data.errors import QawlError
from data.progress import Progress
from data.readers import STDIN, Columns, Found, Piece, find_sources, split
from serving.archive.clusters import cluster_run, clusters_there
from serving.archive.folder import Folder
from serving.archive.scoring import Prepared, classify, parquet_parts, prepare
from serving.archive.settings import Settings
from serving.archive.shards import Shard, cut
from serving.engine import Engine


@dataclass(frozen=True)
class Outcome:
    """What stands in the folder after a run, all earlier ones included."""

    records: int
    articles: int
    repeated: int
    statements: int
    quarantined: int
    without_answer: int
    shards: int
    skipped_shards: int
    seconds: float


class Scored(NamedTuple):
    """A scored shard: what the manifest is told of it, and its Parquet files by name."""

    shard: Shard
    prepared: Prepared
    parts: dict[str, bytes]


class Scorer(Protocol):
    """Scores shards, in any order."""

    def __call__(self, shards: Iterator[Shard]) -> Iterator[Scored]: ...


def local_scorer(settings: Settings, load: Callable[[], Engine]) -> Scorer:
    """Scores one shard after the other in this process, the next one being prepared meanwhile.

    Args:
        load: gives the engine; only called once there is something to score.
    """

    def score(shards: Iterator[Shard]) -> Iterator[Scored]:
        stopping = threading.Event()
        with ThreadPoolExecutor(1, thread_name_prefix="qawl-prepare") as ahead:
            try:
                coming = None
                engine: Engine | None = None
                for shard in chain(shards, [None]):
                    before = coming
                    coming = (shard, ahead.submit(prepare, shard, settings.columns, stopping.is_set)) if shard else None
                    if before is not None:
                        done, prepared = before[0], before[1].result()
                        engine = engine or load()
                        classify(prepared, engine, settings.target)
                        yield Scored(done, prepared, parquet_parts(prepared))
            finally:
                # Whoever interrupts does not wait for the shard that is being prepared.
                stopping.set()

    return score


def find_input(inputs: Sequence[str], output: Path | None = None) -> Found:
    """The sources of a run but for standard input, which `spooled` adds.

    Args:
        output: the run's folder where it lies on this disk, perhaps within its input.

    Raises:
        QawlError: if an input is missing: a run must see all of its input every time.
    """
    named = [name for name in inputs if name != STDIN]
    found = find_sources(named, exclude=output) if named else Found()
    if found.missing:
        raise QawlError("no such file or folder", where=", ".join(found.missing))
    return found


def score_archive(
    found: Found,
    folder: Folder,
    settings: Settings,
    scorer: Scorer,
    say: Callable[[str], None] = lambda line: None,
    progress: Progress | None = None,
) -> Outcome:
    """Score an archive into a folder, or finish what an earlier run began. The caller holds the folder's lock.

    Args:
        found: the input, all of it.
        folder: begun with `settings`.
        settings: what decides the rows.
        scorer: scores shards.
        say: told what was guessed about fields' names.
        progress: counts records.

    Raises:
        QawlError: if the input is not the one that the run was begun with, or the disk is full.
    """
    began = time.monotonic()
    progress = progress or Progress("score", "articles", quiet=True)
    entries = folder.finished()
    skipped = 0

    def pieces() -> Iterator[Piece]:
        for source in found.sources:
            yield from split(source, settings.columns)

    def open_shards() -> Iterator[Shard]:
        nonlocal skipped
        number = -1
        for shard in cut(pieces(), settings.shard_articles, settings.columns):
            number = shard.number
            entry = entries.get(number)
            if entry is None:
                # Only once there is something to do: a finished archive is not read twice to be recognised.
                if not progress.quiet and not counting.ident:
                    counting.start()
                yield shard
                continue
            if entry["input"] != shard.digest:
                raise QawlError(
                    f"the input has changed since the run was begun (between {shard.first} and {shard.last})",
                    where=folder.name,
                    remedy="name a new --output for the changed archive",
                )
            skipped += 1
            progress.skip(entry["records"])
        if any(done > number for done in entries):
            raise QawlError(
                "the input is shorter than when the run was begun",
                where=folder.name,
                remedy="give all inputs again, or name a new --output",
            )

    counting = threading.Thread(target=_count, args=(found, settings.columns, progress), daemon=True)
    said: set[str] = set()
    for shard, prepared, parts in scorer(open_shards()):
        entries[shard.number] = folder.commit(shard, prepared, folder.write_parts(parts))
        for note, name in prepared.notes.items():
            if note not in said:
                said.add(note)
                say(f"{name}: {note}")
        # What is in the manifest is enough for the summary; the rows are on disk.
        entries[shard.number].pop("bad", None)
        progress.advance(prepared.records)
    return _finish(folder, settings, skipped, began)


def _count(found: Found, columns: Columns, progress: Progress) -> None:
    # Beside the run, only so that the time left can be told.
    total = sum(1 for source in found.sources for _ in split(source, columns))
    progress.total = total


def _finish(folder: Folder, settings: Settings, skipped: int, began: float) -> Outcome:
    entries = sorted(folder.finished().values(), key=lambda entry: entry["shard"])
    totals = {
        key: sum(entry[key] for entry in entries)
        for key in ("records", "articles", "repeated", "statements", "quarantined", "without_answer")
    }
    manifest = {
        "run": {"fingerprint": settings.fingerprint(), **settings.deciding()},
        "shards": [{key: value for key, value in entry.items() if key not in ("bad", "counts")} for entry in entries],
    }
    # A run that changed nothing has nothing to sum up again.
    if not (folder.holds_json("manifest.json", manifest) and clusters_there(folder)):
        folder.place.remove("summary.json")
        folder.write_lines("quarantine.jsonl", (bad for entry in entries for bad in entry["bad"]))
        clusters = cluster_run(folder, [name for entry in entries for name in entry["files"]])
        counted: dict[str, dict[str, int]] = {}
        for entry in entries:
            for column, values in entry["counts"].items():
                for value, count in values.items():
                    counted.setdefault(column, {})[value] = counted.get(column, {}).get(value, 0) + count
        summary = {**totals, "shards": len(entries), **_sorted(counted), "clusters": clusters}
        folder.write_json("summary.json", summary)
        folder.write_json("manifest.json", manifest)
    return Outcome(**totals, shards=len(entries), skipped_shards=skipped, seconds=round(time.monotonic() - began, 3))


def _sorted(counted: dict[str, dict[str, int]]) -> dict[str, Any]:
    return {column: dict(sorted(values.items())) for column, values in sorted(counted.items())}
