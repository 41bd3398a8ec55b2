"""Any file system that fsspec reaches as a place: object stores, SFTP, HDFS, SMB, or what a plugin brings.

Object stores give no rename and no append, but a file sent in one request is there whole or not at all. Elsewhere a
file is written under a temporary name and moved. The manifest is a file a shard, `manifest/000012.json`, sent after
the shard's own files; it names their sizes, so that a shard whose file was cut short on any of them is done again.

Nothing there holds a lock for a process: `.lock` says who writes and when that was last true. A run that finds it
fresh is refused; one left behind by a dead process of this machine, or older than `STALE`, is taken over.
"""

import contextlib
import io
import json
import os
import shutil
import socket
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeVar

import fsspec
from fsspec.implementations.dirfs import DirFileSystem

from data.errors import QawlError
from serving.archive.place import LOCK, PARTIAL, is_whole

# A file sent to one of these takes its name when it is whole; moving it there would copy it.
_WHOLE_AT_ONCE = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oci", "oss", "cos", "memory"})
_ENTRIES = "manifest"
# Seconds: how often a run says that it is there, and for how long it is believed.
BEAT, STALE = 30.0, 180.0
T = TypeVar("T")


class Reached:
    """A folder in a file system of fsspec's.

    Args:
        system: the file system.
        root: the folder's path in it.
        name: as the user gave it.
    """

    path: Path | None = None

    def __init__(self, system: fsspec.AbstractFileSystem, root: str, name: str) -> None:
        self._system, self._root, self.name = system, root.rstrip("/"), name
        protocols = {system.protocol} if isinstance(system.protocol, str) else set(system.protocol)
        self._whole_at_once = bool(protocols & _WHOLE_AT_ONCE)

    @classmethod
    def at(cls, address: str) -> "Reached":
        """The folder of an address, as `s3://bucket/folder`; keys and endpoints come from fsspec's configuration.

        Raises:
            QawlError: if there is no such file system, or what it needs is not installed.
        """
        try:
            system, root = fsspec.core.url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise QawlError(
                " ".join(str(error).split()), where=address, remedy="see fsspec's list of known file systems"
            ) from error
        except Exception as error:  # each file system has errors of its own
            raise QawlError(f"not reached: {_reason(error)}", where=address) from error
        return cls(system, root, address)

    def _full(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _try(self, what: str, action: Callable[[], T]) -> T:
        """Do it, or say in one line what kept it from being done."""
        try:
            return action()
        except Exception as error:  # each file system has errors of its own
            remedy = "the same command again goes on from there: finished shards are kept"
            raise QawlError(f"{what}: {_reason(error)}", where=self.name, remedy=remedy) from error

    # Reading

    def top(self) -> list[str]:
        self._system.invalidate_cache()
        found = self._try("cannot be listed", lambda: _there(lambda: self._system.ls(self._root, detail=False)))
        return sorted(PurePosixPath(path).name for path in found or () if path.rstrip("/") != self._root)

    def sizes(self) -> Mapping[str, int]:
        self._system.invalidate_cache()
        found = self._try("cannot be listed", lambda: _there(lambda: self._system.find(self._root, detail=True)))
        return {self._own(path): int(about["size"]) for path, about in (found or {}).items()}

    def _own(self, path: str) -> str:
        return path.removeprefix(self._root).lstrip("/")

    def read(self, name: str) -> bytes | None:
        return self._try(f"{name} cannot be read", lambda: _there(lambda: self._system.cat_file(self._full(name))))

    def open(self, name: str) -> IO[bytes]:
        opened: IO[bytes] = self._try(f"{name} cannot be read", lambda: self._system.open(self._full(name), "rb"))
        return opened

    def shown_to(self, connection: Any) -> str:
        connection.register_filesystem(_Seen(self._root, self._system))
        return f"{_Seen.protocol}://"

    # Writing

    @contextmanager
    def replacing(self, name: str) -> Iterator[IO[bytes]]:
        # Kept here until it is whole: closing a half-written file of an object store would send the half.
        with tempfile.SpooledTemporaryFile(max_size=1 << 26) as file:
            yield file
            file.seek(0)
            self._try(f"{name} cannot be written", lambda: self._send(name, file))

    def _send(self, name: str, file: IO[bytes]) -> None:
        whole = self._full(name)
        if not self._whole_at_once:
            self._system.makedirs(whole.rpartition("/")[0], exist_ok=True)
        path = whole if self._whole_at_once else whole + PARTIAL
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        if size < 1 << 26:
            self._system.pipe_file(path, file.read())
        else:
            # `put_file` sends pieces and joins them at the end; it wants a name.
            with tempfile.NamedTemporaryFile() as named:
                shutil.copyfileobj(file, named, 1 << 20)
                named.flush()
                self._system.put_file(named.name, path)
        if not self._whole_at_once:
            self._move(path, whole)

    def _move(self, path: str, whole: str) -> None:
        try:
            self._system.mv(path, whole)
        except (FileExistsError, OSError):
            # Some refuse to replace. In between no file is there, which a run sees as a shard to be done again.
            if not self._system.exists(whole):
                raise
            self._system.rm_file(whole)
            self._system.mv(path, whole)

    def remove(self, name: str) -> None:
        self._try(f"{name} cannot be removed", lambda: _there(lambda: self._system.rm_file(self._full(name))))

    # The manifest

    def entries(self, *, mend: bool) -> Iterator[bytes]:
        folder = self._full(_ENTRIES)
        self._system.invalidate_cache()
        found = self._try("the manifest cannot be listed", lambda: _there(lambda: sorted(self._system.find(folder))))
        names = [path for path in found or () if path.endswith(".json")]
        for at in range(0, len(names), 256):  # some file systems fetch many at once
            some = names[at : at + 256]
            read = self._try("the manifest cannot be read", lambda some=some: self._system.cat(some))  # type: ignore[misc]
            # One path comes back bare from some.
            by_path = read if isinstance(read, dict) else dict.fromkeys(some, read)
            yield from (by_path[path] for path in some if is_whole(by_path[path]))

    def add_entry(self, shard: int, entry: bytes) -> None:
        name = f"{_ENTRIES}/{shard:06d}.json"
        self._try("the manifest cannot be written", lambda: self._send(name, io.BytesIO(entry)))

    # The lock

    @contextmanager
    def locked(self) -> Iterator[None]:
        mine = {"host": socket.gethostname(), "pid": os.getpid(), "run": uuid.uuid4().hex}
        self._take(mine)
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(BEAT):
                with contextlib.suppress(Exception):  # the next one may get through
                    self._hold(mine)

        beating = threading.Thread(target=beat, name="qawl-lock", daemon=True)
        beating.start()
        try:
            yield
        finally:
            ended.set()
            beating.join(5)
            with contextlib.suppress(Exception):  # one that is left behind grows old
                self.remove(LOCK)

    def _take(self, mine: dict[str, Any]) -> None:
        held = self._holder()
        if held and not _gone(held, mine):
            age = int(time.time() - held["at"])
            raise QawlError(
                f"another run is writing there ({held['host']}, process {held['pid']}, {max(age, 0)} s ago)",
                where=self.name,
                remedy=f"if it was killed, wait {int(STALE)} s from its last sign or remove {LOCK}",
            )
        self._hold(mine)
        # Of two that began together, the one that wrote last has it.
        held = self._holder()
        if held and held.get("run") != mine["run"]:
            raise QawlError("another run is writing there", where=self.name)

    def _holder(self) -> dict[str, Any] | None:
        try:
            held = json.loads(self.read(LOCK) or b"null")
        except ValueError:
            return None
        return held if isinstance(held, dict) and {"host", "pid", "run", "at"} <= set(held) else None

    def _hold(self, mine: dict[str, Any]) -> None:
        line = json.dumps({**mine, "at": time.time()}).encode()
        self._try("cannot be written", lambda: self._send(LOCK, io.BytesIO(line)))


def _gone(held: dict[str, Any], mine: dict[str, Any]) -> bool:
    if abs(time.time() - held["at"]) > STALE:
        return True
    if held["host"] != mine["host"]:
        return False
    try:
        os.kill(int(held["pid"]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    # This very process: a run of it that ended without giving the lock back cannot be told from one in a thread.
    return False


def _there(action: Callable[[], T]) -> T | None:
    try:
        return action()
    except FileNotFoundError:
        return None


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


class _Seen(DirFileSystem):  # type: ignore[misc] # fsspec has no types
    """A run's folder under a protocol of its own, by which DuckDB asks for its files."""

    protocol = "qawl"
    cachable = False

    def __init__(self, root: str, system: fsspec.AbstractFileSystem) -> None:
        super().__init__(path=root, fs=system)

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path.removeprefix(f"{cls.protocol}://")

    def _join(self, path: Any) -> Any:
        return super()._join(self._strip_protocol(path) if isinstance(path, str) else path)


__all__ = ["BEAT", "STALE", "Reached"]
