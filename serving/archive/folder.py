"""The output folder of a run: parts and manifest. Every step is kept before the next one begins.

    articles/part-000012.parquet                        every article that was read
    statements/month=2018-02/part-000012.parquet        its statements, by month
    run.json                                            what decides the rows: model, target, options
    schema.json                                         every column of the tables, with its meaning
    manifest.jsonl                                      one line a finished shard; what is not in it does not count
    clusters/{articles,statements}.parquet              what repeats; written when all shards are done, as are
    quarantine.jsonl  manifest.json  summary.json

A part takes its name once it is whole, and its line is added to the manifest only after that. A crash in between leaves
a part that the next run writes again, byte for byte. Where the folder lies is the business of its place: on a disk, or
anywhere that fsspec reaches, where the manifest is a file a shard (`manifest/000012.json`).
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any

from data.errors import QawlError
from serving.archive.place import LOCK, PARTIAL, Place, place_of
from serving.archive.schema import described
from serving.archive.scoring import Prepared
from serving.archive.settings import Settings
from serving.archive.shards import Shard

RUN = "run.json"


class Folder:
    """A run's output folder.

    Args:
        output: a path, or an address that fsspec knows.

    Raises:
        QawlError: if nothing reaches the address.
    """

    def __init__(self, output: str | Path) -> None:
        self.place: Place = place_of(output)
        self.name = self.place.name

    def locked(self) -> AbstractContextManager[None]:
        """Hold the folder for one run; it is made if it does not exist.

        Raises:
            QawlError: if another run holds it, or it cannot be made.
        """
        return self.place.locked()

    def begin(self, settings: Settings) -> None:
        """Start a run, or go on with one of the same settings.

        Raises:
            QawlError: if the folder holds a run of other settings, or something that is no run.
        """
        deciding = {"fingerprint": settings.fingerprint(), **settings.deciding()}
        if (written := self.place.read(RUN)) is not None:
            before = self._run(written)
            changed = [key for key in deciding if key != "fingerprint" and before.get(key) != deciding[key]]
            if changed:
                raise QawlError(
                    f"was begun with another {', '.join(changed)}",
                    where=self.name,
                    remedy="name a new --output, or give the same model and options as before",
                )
            return
        known = (LOCK, "input", "schema.json")
        foreign = [name for name in self.place.top() if name not in known and not name.endswith(PARTIAL)]
        if foreign:
            raise QawlError(
                f"holds other files ({', '.join(foreign[:3])})",
                where=self.name,
                remedy="name a new or empty folder",
            )
        self.write_json("schema.json", described())
        self.write_json(RUN, deciding)

    def _run(self, written: bytes) -> dict[str, Any]:
        try:
            run: dict[str, Any] = json.loads(written)
            return run
        except ValueError as error:
            raise QawlError("not readable as JSON", where=f"{self.name}/{RUN}", remedy="name a new --output") from error

    def run(self) -> dict[str, Any]:
        """What decides the rows of the run that was begun here.

        Raises:
            QawlError: if none was.
        """
        if (written := self.place.read(RUN)) is None:
            raise QawlError("not a folder that `qawl score` wrote", where=self.name)
        return self._run(written)

    def finished(self, *, mend: bool = True) -> dict[int, dict[str, Any]]:
        """The manifest's entries by shard, of those whose parts are all there.

        Args:
            mend: take an entry that was cut short away; only for whoever holds the folder.
        """
        entries: dict[int, dict[str, Any]] = {}
        sizes = self.place.sizes()
        for line in self.place.entries(mend=mend):
            entry = json.loads(line)
            if all(sizes.get(name) == size for name, size in entry["files"].items()):
                entries[entry["shard"]] = entry
        return entries

    def write_parts(self, parts: Mapping[str, bytes]) -> dict[str, int]:
        """Write a shard's files and return their sizes in bytes.

        Raises:
            QawlError: if there is no room.
        """
        for name, content in parts.items():
            with self.replacing(name) as file:
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
        self.place.add_entry(shard.number, line)
        return entry

    def write_json(self, name: str, value: Any) -> None:
        """Write a JSON file so that it is whole or not there."""
        with self.replacing(name) as file:
            file.write(json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n")

    def holds_json(self, name: str, value: Any) -> bool:
        """Whether a JSON file stands there with this very value."""
        try:
            held: object = json.loads(self.place.read(name) or b"null")
        except ValueError:
            return False
        return bool(held == json.loads(json.dumps(value)))

    def replacing(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A file to write that takes its name only once it is whole and kept.

        Raises:
            QawlError: if there is no room.
        """
        return self.place.replacing(name)

    def write_lines(self, name: str, values: Iterator[dict[str, Any]]) -> None:
        """Write a JSON Lines file so that it is whole or not there."""
        with self.replacing(name) as file:
            for value in values:
                file.write(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def counts(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """How many statements have each stance, sentiment and kind."""
    counted: dict[str, dict[str, int]] = {"stance": {}, "sentiment": {}, "kind": {}}
    for row in rows:
        for column, values in counted.items():
            values[row[column]] = values.get(row[column], 0) + 1
    return {column: dict(sorted(values.items())) for column, values in counted.items()}
