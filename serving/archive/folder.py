"""The output folder of a run: parts, manifest, lock. Every step is durable before the next one begins.

    articles/part-000012.parquet                        every article that was read
    statements/month=2018-02/part-000012.parquet        its statements, by month
    run.json                                            what decides the rows: model, target, options
    manifest.jsonl                                      one line a finished shard; what is not in it does not count
    clusters/{articles,statements}.parquet              what repeats; written when all shards are done, as are
    quarantine.jsonl  manifest.json  summary.json

A part is written to a temporary name, fsynced and renamed; its line is appended to the manifest and fsynced only after
that. A crash in between leaves a part that the next run writes again, byte for byte.
"""

import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any

from data.errors import QawlError
from serving.archive.schema import described
from serving.archive.scoring import Prepared
from serving.archive.settings import Settings
from serving.archive.shards import Shard

RUN, MANIFEST, LOCK, PARTIAL = "run.json", "manifest.jsonl", ".lock", ".partial"


class Folder:
    """A run's output folder.

    Args:
        path: made if it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one run.

        Raises:
            QawlError: if another run holds it, or it cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / LOCK).open("w")
        except OSError as error:
            raise QawlError(f"cannot be written: {error.strerror}", where=str(self.path)) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise QawlError("another run is writing there", where=str(self.path)) from error
            yield

    def begin(self, settings: Settings) -> None:
        """Start a run, or go on with one of the same settings.

        Raises:
            QawlError: if the folder holds a run of other settings, or something that is no run.
        """
        deciding = {"fingerprint": settings.fingerprint(), **settings.deciding()}
        path = self.path / RUN
        if path.is_file():
            before = self._read_run(path)
            changed = [key for key in deciding if key != "fingerprint" and before.get(key) != deciding[key]]
            if changed:
                raise QawlError(
                    f"was begun with another {', '.join(changed)}",
                    where=str(self.path),
                    remedy="name a new --output, or give the same model and options as before",
                )
            return
        foreign = [
            entry.name
            for entry in self.path.iterdir()
            if entry.name not in (LOCK, "input", "schema.json") and not entry.name.endswith(PARTIAL)
        ]
        if foreign:
            raise QawlError(
                f"holds other files ({', '.join(sorted(foreign)[:3])})",
                where=str(self.path),
                remedy="name a new or empty folder",
            )
        self.write_json("schema.json", described())
        self.write_json(RUN, deciding)

    def _read_run(self, path: Path) -> dict[str, Any]:
        try:
            run: dict[str, Any] = json.loads(path.read_bytes())
            return run
        except ValueError as error:
            raise QawlError("not readable as JSON", where=str(path), remedy="name a new --output") from error

    def finished(self, *, mend: bool = True) -> dict[int, dict[str, Any]]:
        """The manifest's entries by shard, of those whose parts are all there.

        Args:
            mend: take a line that was cut short off the file; only for whoever holds the folder.
        """
        path = self.path / MANIFEST
        entries: dict[int, dict[str, Any]] = {}
        if not path.is_file():
            return entries
        whole = 0
        with path.open("rb") as file:
            for line in file:
                try:
                    if not line.endswith(b"\n"):
                        break
                    entry = json.loads(line)
                except ValueError:
                    break
                whole += len(line)
                if all(self._has(name, size) for name, size in entry["files"].items()):
                    entries[entry["shard"]] = entry
        if mend and whole < path.stat().st_size:
            with path.open("r+b") as file:
                file.truncate(whole)
                os.fsync(file.fileno())
        return entries

    def _has(self, name: str, size: int) -> bool:
        try:
            return (self.path / name).stat().st_size == size
        except OSError:
            return False

    def write_parts(self, parts: Mapping[str, bytes]) -> dict[str, int]:
        """Write a shard's files, each under a temporary name first, and return their sizes in bytes.

        Raises:
            QawlError: if the disk is full.
        """
        for name, content in parts.items():
            with self._replacing(name) as file:
                file.write(content)
        return {name: len(content) for name, content in parts.items()}

    def commit(self, shard: Shard, prepared: Prepared, files: dict[str, int]) -> dict[str, Any]:
        """Enter a shard, whose parts are written, in the manifest."""
        entry = {
            "shard": shard.number,
            "input": shard.digest,
            "first": shard.first,
            "last": shard.last,
            "records": prepared.records,
            "articles": len(prepared.articles),
            "repeated": prepared.repeated,
            "statements": len(prepared.rows),
            "quarantined": len(prepared.failures) - prepared.without_answer,
            "without_answer": prepared.without_answer,
            "files": files,
            "bad": [failure._asdict() for failure in prepared.failures],
            "counts": counts(prepared.rows),
        }
        line = json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        with self._no_space(), (self.path / MANIFEST).open("ab") as file:
            at = file.tell()
            try:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(at)
                raise
        return entry

    def write_json(self, name: str, value: Any) -> None:
        """Write a JSON file so that it is whole or not there."""
        with self._replacing(name) as file:
            file.write(json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n")

    def holds_json(self, name: str, value: Any) -> bool:
        """Whether a JSON file stands there with this very value."""
        try:
            held: object = json.loads((self.path / name).read_bytes())
        except (OSError, ValueError):
            return False
        return bool(held == json.loads(json.dumps(value)))

    def replacing(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A file to write that takes its name only once it is whole and on the disk.

        Raises:
            QawlError: if the disk is full.
        """
        return self._replacing(name)

    def write_lines(self, name: str, values: Iterator[dict[str, Any]]) -> None:
        """Write a JSON Lines file so that it is whole or not there."""
        with self._replacing(name) as file:
            for value in values:
                file.write(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n")

    @contextmanager
    def _replacing(self, name: str) -> Iterator[IO[bytes]]:
        path = self.path / name
        partial = path.with_name(path.name + PARTIAL)
        with self._no_space():
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
            sync_folder(path.parent)

    @contextmanager
    def _no_space(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise QawlError(
                    "the disk is full",
                    where=str(self.path),
                    remedy="make room and run the same command again: finished shards are kept",
                ) from error
            raise


def counts(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """How many statements have each stance, sentiment and kind."""
    counted: dict[str, dict[str, int]] = {"stance": {}, "sentiment": {}, "kind": {}}
    for row in rows:
        for column, values in counted.items():
            values[row[column]] = values.get(row[column], 0) + 1
    return {column: dict(sorted(values.items())) for column, values in counted.items()}


def sync_folder(path: Path) -> None:
    """Make a rename within a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
