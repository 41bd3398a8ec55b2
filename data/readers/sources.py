"""Sources: the named byte streams behind paths, folders, globs, standard input, compression and containers.

Knows names, magic bytes and containers; nothing of records.
"""

import bz2
import glob
import gzip
import io
import lzma
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

import zstandard

from data.errors import QawlError

STDIN = "-"
FORMS = {
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".warc": "warc",
    ".arc": "warc",
}
_COMPRESSED = {".gz": "gzip", ".zst": "zstd", ".bz2": "bzip2", ".xz": "xz"}
_CONTAINERS = {".zip": "zip", ".tar": "tar", ".tgz": "tar", ".tbz2": "tar", ".txz": "tar", ".tzst": "tar"}
_MAGIC = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"))
# What decompressors and containers raise on damaged data.
DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, zipfile.BadZipFile, tarfile.TarError)
_DEEPEST = 3


@dataclass(frozen=True)
class Source:
    """A named stream of bytes. `form` is what its name says it holds, "" where the content must say."""

    name: str
    form: str
    open: Callable[[], IO[bytes]]


@dataclass
class Found:
    """Sources in a fixed order, what could not be found, and how many files of other kinds were passed over."""

    sources: list[Source] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    passed_over: dict[str, int] = field(default_factory=dict)


def find_sources(inputs: Sequence[str], *, exclude: Path | None = None) -> Found:
    """The sources behind paths, folders (walked in order of names), globs and `-`.

    Args:
        inputs: as typed; the order is kept.
        exclude: a folder that is never walked into (the output of a run may lie within its input).

    Raises:
        QawlError: if nothing at all was found.
    """
    found = Found()
    barred = exclude.resolve() if exclude else None
    for given in inputs:
        path = Path(given)
        if given == STDIN:
            found.sources.append(Source("stdin", "", lambda: cast(IO[bytes], sys.stdin.buffer)))
        elif path.is_dir():
            _walk(path, barred, found)
        elif path.exists():
            found.sources.append(_file(path))
        elif glob.has_magic(given):
            matched = [Path(name) for name in sorted(glob.glob(given, recursive=True))]
            if not matched:
                found.missing.append(given)
            for name in matched:
                if name.is_file() and not _within(name, barred):
                    found.sources.append(_file(name))
        else:
            found.missing.append(given)
    if not found.sources:
        what = "no such file or folder" if found.missing else "no readable file in it"
        kinds = f"reads {' '.join(FORMS)}, also .gz .zst .bz2 .xz, .zip and .tar"
        raise QawlError(what, where=", ".join(found.missing or inputs), remedy=kinds)
    return found


def _within(path: Path, folder: Path | None) -> bool:
    return folder is not None and path.resolve().is_relative_to(folder)


def _walk(folder: Path, barred: Path | None, found: Found) -> None:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.relative_to(folder).parts)
        if hidden or not path.is_file() or _within(path, barred):
            continue
        if form_of(path.name):
            found.sources.append(_file(path))
        else:
            kind = path.suffix.lower() or "no suffix"
            found.passed_over[kind] = found.passed_over.get(kind, 0) + 1


def _file(path: Path) -> Source:
    return Source(str(path), form_of(path.name), lambda: path.open("rb"))


def form_of(name: str) -> str:
    """What a file holds by its name: a key of `FORMS`' values, "zip", "tar", or "" if the name does not say."""
    path = Path(name.lower())
    if path.suffix in _COMPRESSED:
        path = path.with_suffix("")
    return FORMS.get(path.suffix) or _CONTAINERS.get(path.suffix, "")


def members(source: Source, depth: int = 0) -> Iterator[tuple[Source, IO[bytes] | Exception]]:
    """Open a source: decompressed, and each member where it is a container; a damaged one comes as its exception.

    A stream is only valid until the next one is asked for.
    """
    try:
        with decompressed(source) as stream:
            head = stream.peek(512)[:512]
            if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
                with seekable(stream) as whole:
                    yield from _zip_members(source, whole, depth)
            elif head[257:262] == b"ustar" or source.form == "tar":
                yield from _tar_members(source, stream, depth)
            elif source.form == "zip":
                yield source, zipfile.BadZipFile("not a zip file, or its end is missing")
            else:
                yield source, stream
    except DAMAGED as error:
        yield source, error


def _inner(source: Source, name: str, stream: IO[bytes], depth: int) -> Iterator[tuple[Source, IO[bytes] | Exception]]:
    base = name.rsplit("/", 1)[-1]
    form = form_of(base)
    if base.startswith(".") or name.startswith("__MACOSX") or not form:
        return
    inner = Source(f"{source.name}/{name}", form, lambda: stream)
    if depth >= _DEEPEST:
        yield inner, OSError(f"containers within containers, more than {_DEEPEST} deep")
    else:
        yield from members(inner, depth + 1)


def _zip_members(source: Source, stream: IO[bytes], depth: int) -> Iterator[tuple[Source, IO[bytes] | Exception]]:
    with zipfile.ZipFile(stream) as container:
        for info in container.infolist():
            if info.is_dir():
                continue
            try:
                with container.open(info) as member:
                    yield from _inner(source, info.filename, member, depth)
            except (*DAMAGED, RuntimeError, NotImplementedError) as error:  # encrypted, unknown method
                yield Source(f"{source.name}/{info.filename}", "", lambda: io.BytesIO()), error


def _tar_members(source: Source, stream: IO[bytes], depth: int) -> Iterator[tuple[Source, IO[bytes] | Exception]]:
    with tarfile.open(fileobj=stream, mode="r|") as container:
        for info in container:
            member = container.extractfile(info) if info.isfile() else None
            if member is not None:
                yield from _inner(source, info.name, member, depth)


@contextmanager
def decompressed(source: Source) -> Iterator[io.BufferedReader]:
    """The source's bytes, decompressed if their first bytes say so; closed at the end, standard input excepted.

    Raises:
        OSError: if the name says compressed and the bytes do not.
    """
    with ExitStack() as opened:
        raw = source.open()
        if raw is not sys.stdin.buffer:
            opened.enter_context(raw)
        stream = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, raw), 1 << 20)
        yield _unpacked(source, stream)


def _unpacked(source: Source, stream: io.BufferedReader) -> io.BufferedReader:
    head = stream.peek(6)[:6]
    kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), "")
    expected = _COMPRESSED.get(Path(source.name.lower()).suffix, "")
    if not kind:
        if expected and head:
            raise OSError(f"not {expected}, though its name says so")
        return stream
    openers: dict[str, Callable[[], IO[bytes]]] = {
        "gzip": lambda: cast(IO[bytes], gzip.GzipFile(fileobj=stream)),
        "zstd": lambda: cast(IO[bytes], _Zstandard(stream)),
        "bzip2": lambda: cast(IO[bytes], bz2.BZ2File(stream)),
        "xz": lambda: cast(IO[bytes], lzma.LZMAFile(stream)),  # noqa: SIM115 - closed with the stream
    }
    return io.BufferedReader(_Stepwise(openers[kind]()), 1 << 20)


class _Stepwise(io.RawIOBase):
    """A decompressor read in the steps it takes, so that what comes before a damaged place is given before the error.

    Asked for a megabyte at once, gzip, bzip2 and xz drop what they have when the next block is broken.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._read = getattr(stream, "read1", stream.read)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data: bytes = self._read(len(view))
        view[: len(data)] = data
        return len(data)


class _Zstandard(io.RawIOBase):
    """Zstandard frames as a stream; unlike the library's own reader it says when the last frame is cut off."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._ready = stream, b""
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._ready:
            data = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame, self._begun = zstandard.ZstdDecompressor().decompressobj(), False
            data = data or self._stream.read(1 << 17)
            if not data:
                if self._begun:
                    raise EOFError("the compressed data end early")
                return 0
            self._begun = True
            self._ready = self._frame.decompress(data)
        taken = self._ready[: len(view)]
        view[: len(taken)] = taken
        self._ready = self._ready[len(taken) :]
        return len(taken)


def seekable(stream: IO[bytes]) -> IO[bytes]:
    """The stream itself if it can seek, or a copy of it on disk (in memory up to 16 MiB)."""
    if stream.seekable() and not isinstance(stream, io.BufferedReader):
        return stream
    if isinstance(stream, io.BufferedReader) and isinstance(stream.raw, io.FileIO) and stream.seekable():
        return stream
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=1 << 24)  # noqa: SIM115 - closed with its last reader
    while chunk := stream.read(1 << 20):
        spool.write(chunk)
    spool.seek(0)
    return spool
