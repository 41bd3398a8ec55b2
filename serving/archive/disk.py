"""Local disk as a place: temporary name, fsync, rename, fsync of the folder; a manifest that grows line by line."""

import errno
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from data.errors import QawlError
from serving.archive.place import LOCK, MANIFEST, PARTIAL, is_whole


class Disk:
    """A folder on a disk of this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / LOCK).open("w")
        except OSError as error:
            raise QawlError(f"cannot be written: {error.strerror}", where=self.name) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise QawlError("another run is writing there", where=self.name) from error
            yield

    def top(self) -> list[str]:
        return sorted(entry.name for entry in self.path.iterdir())

    def sizes(self) -> Mapping[str, int]:
        return _Sizes(self.path)

    def read(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def open(self, name: str) -> IO[bytes]:
        return (self.path / name).open("rb")

    @contextmanager
    def replacing(self, name: str) -> Iterator[IO[bytes]]:
        path = self.path / name
        partial = path.with_name(path.name + PARTIAL)
        with self._no_space():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with partial.open("wb") as file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
            except BaseException:
                # On a full disk above all: what is useless now must not take the room.
                partial.unlink(missing_ok=True)
                raise
            partial.replace(path)
            sync_folder(path.parent)

    def remove(self, name: str) -> None:
        (self.path / name).unlink(missing_ok=True)

    def entries(self, *, mend: bool) -> Iterator[bytes]:
        path = self.path / MANIFEST
        if not path.is_file():
            return
        whole = 0
        with path.open("rb") as file:
            for line in file:
                if not (line.endswith(b"\n") and is_whole(line)):
                    break
                whole += len(line)
                yield line
        if mend and whole < path.stat().st_size:
            with path.open("r+b") as file:
                file.truncate(whole)
                os.fsync(file.fileno())

    def add_entry(self, shard: int, entry: bytes) -> None:
        with self._no_space(), (self.path / MANIFEST).open("ab") as file:
            at = file.tell()
            try:
                file.write(entry)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(at)
                raise

    def shown_to(self, connection: Any) -> str:
        return f"{self.path}/"

    @contextmanager
    def _no_space(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise QawlError(
                    "the disk is full",
                    where=self.name,
                    remedy="make room and run the same command again: finished shards are kept",
                ) from error
            raise


class _Sizes(Mapping[str, int]):
    """Sizes asked for one by one: a million articles are a hundred thousand files, of which a resume asks for each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __getitem__(self, name: str) -> int:
        try:
            return (self._path / name).stat().st_size
        except OSError as error:
            raise KeyError(name) from error

    def __iter__(self) -> Iterator[str]:
        return (path.relative_to(self._path).as_posix() for path in self._path.rglob("*") if path.is_file())

    def __len__(self) -> int:
        return sum(1 for _ in self)


def sync_folder(path: Path) -> None:
    """Make a rename within a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
