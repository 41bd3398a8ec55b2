"""Places: where a run's files lie. Local disk, or any file system that fsspec reaches (`s3://`, `gs://`, `sftp://` …).

What a run asks of a place is little, so that object stores can give it: files that are there whole or not at all, a
listing that shows what was written before, and one entry a shard, written after the shard's files. No entry, no shard.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, Protocol

from data.errors import QawlError

LOCK, PARTIAL, MANIFEST = ".lock", ".partial", "manifest.jsonl"


def is_whole(entry: bytes) -> bool:
    """Whether an entry of the manifest is JSON: one that was cut off while it was written is not."""
    try:
        json.loads(entry)
    except ValueError:
        return False
    return True


class Place(Protocol):
    """Files by their names within a run's folder, `/` between the parts of a name."""

    @property
    def name(self) -> str:
        """As the user gave it."""

    @property
    def path(self) -> Path | None:
        """The folder on this machine's disk; None where it lies elsewhere."""

    def locked(self) -> AbstractContextManager[None]:
        """Hold the place for one run, made if it does not exist.

        Raises:
            QawlError: if another run holds it, or it cannot be written.
        """

    def top(self) -> list[str]:
        """The names of files and folders right within it."""

    def sizes(self) -> Mapping[str, int]:
        """Bytes of each file by name; a file that is not there has no size."""

    def read(self, name: str) -> bytes | None:
        """A file's bytes; None where it is not there."""

    def open(self, name: str) -> IO[bytes]:
        """A file to read and seek in."""

    def replacing(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A file to write that takes its name only once it is whole and kept.

        Raises:
            QawlError: if there is no room.
        """

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""

    def entries(self, *, mend: bool) -> Iterator[bytes]:
        """The manifest's entries as they were added, those that were cut short left out.

        Args:
            mend: take such a one away; only for whoever holds the place.
        """

    def add_entry(self, shard: int, entry: bytes) -> None:
        """Add an entry, one line, to the manifest: whole, or not at all.

        Raises:
            QawlError: if there is no room.
        """

    def shown_to(self, connection: Any) -> str:
        """Let a DuckDB connection read its files; what it is to write before their names. Once a connection."""


def place_of(output: str | Path) -> Place:
    """The place that a path or an address names.

    Raises:
        QawlError: if nothing reaches such an address.
    """
    given = str(output)
    if isinstance(output, Path) or "://" not in given:
        from serving.archive.disk import Disk

        return Disk(Path(given))
    protocol, _, rest = given.partition("://")
    if protocol in ("file", "local"):
        # The same disk: fsspec would neither fsync nor lock.
        from serving.archive.disk import Disk

        return Disk(Path(rest))
    try:
        from serving.archive.filesystem import Reached
    except ModuleNotFoundError as error:
        raise QawlError("needs fsspec", where=given, remedy="pip install 'qawl[archive]'") from error
    return Reached.at(given)
