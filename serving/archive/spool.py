"""Standard input kept beside the output, so that a run that was stopped can go on after the pipe is gone.

The copy's hash stands beside it: the same input, piped in again, is known by it; another is refused. With nothing piped
in, the copy alone is read.
"""

import codecs
import hashlib
import sys
from collections.abc import Iterator
from typing import IO

import zstandard

from data.errors import QawlError
from data.readers import Source
from serving.archive.place import Place

_COPY, _HASH = "input/stdin.zst", "input/stdin.sha256"
# All that a program without anything to say may send.
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def spooled(place: Place, stream: IO[bytes] | None = None) -> Source:
    """Copy standard input into `input/` of a run's place and return the copy as a source named "stdin".

    Args:
        place: where the run's output lies.
        stream: what to copy, by default standard input.

    Raises:
        QawlError: if the place holds the copy of another input, or nothing is piped in and there is no copy.
    """
    kept = _COPY in place.sizes()
    nobody = stream is None and sys.stdin.isatty()
    if nobody and not kept:
        raise QawlError("nothing is piped in", where="-", remedy="name files, or pipe articles in")
    copy = Source("stdin", "", lambda: place.open(_COPY))
    if nobody:
        return copy
    digest = hashlib.sha256()
    pieces = _pieces(stream or sys.stdin.buffer)
    first = next(pieces, b"")
    if first in (b"", *_MARKS):
        if not kept:
            raise QawlError("standard input is empty", where="-")
        return copy
    digest.update(first)
    if kept:
        for piece in pieces:
            digest.update(piece)
        if digest.hexdigest() != _hash_of(place):
            raise QawlError(
                "was begun with another standard input",
                where=place.name,
                remedy="name a new --output, or pipe in the same",
            )
        return copy
    with place.replacing(_COPY) as file, zstandard.ZstdCompressor(level=3).stream_writer(file, closefd=False) as writer:
        writer.write(first)
        for piece in pieces:
            digest.update(piece)
            writer.write(piece)
    _keep(place, digest.hexdigest())
    return copy


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(1 << 20):
        yield piece


def _hash_of(place: Place) -> str:
    if held := place.read(_HASH):
        return held.decode("ascii", "replace").strip()
    # Stopped between the copy and its hash.
    digest = hashlib.sha256()
    with place.open(_COPY) as file, zstandard.ZstdDecompressor().stream_reader(file) as reader:
        for piece in _pieces(reader):
            digest.update(piece)
    _keep(place, digest.hexdigest())
    return digest.hexdigest()


def _keep(place: Place, digest: str) -> None:
    with place.replacing(_HASH) as file:
        file.write(digest.encode() + b"\n")
