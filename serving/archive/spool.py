"""Standard input kept beside the output, so that a run that was stopped can go on after the pipe is gone.

The copy's name holds the hash of what was piped in: the same input, piped in again, finds its copy; another is refused.
With nothing piped in, the copy alone is read.
"""

import codecs
import hashlib
import os
import sys
from pathlib import Path
from typing import IO

import zstandard

from data.errors import QawlError
from data.readers import Source
from serving.archive.folder import sync_folder

# All that a program without anything to say may send.
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def spooled(folder: Path, stream: IO[bytes] | None = None) -> Source:
    """Copy standard input into `folder`/input and return the copy as a source named "stdin".

    Args:
        folder: the run's output folder.
        stream: what to copy, by default standard input.

    Raises:
        QawlError: if the folder holds the copy of another input, or nothing is piped in and there is no copy.
    """
    place = folder / "input"
    place.mkdir(parents=True, exist_ok=True)
    before = sorted(place.glob("stdin-*.zst"))
    if stream is None and sys.stdin.isatty():
        if not before:
            raise QawlError("nothing is piped in", where="-", remedy="name files, or pipe articles in")
        return _source(before[0])
    partial = place / "stdin.partial"
    digest, size, head = hashlib.sha256(), 0, b""
    with partial.open("wb") as file:
        with zstandard.ZstdCompressor(level=3).stream_writer(file, closefd=False) as writer:
            incoming = stream or sys.stdin.buffer
            while chunk := incoming.read(1 << 20):
                digest.update(chunk)
                size += len(chunk)
                head = head or chunk[:8]
                writer.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if size == len(head) and head in _MARKS:
        size = 0
    kept = place / f"stdin-{digest.hexdigest()[:16]}.zst"
    if before and (size == 0 or before == [kept]):
        partial.unlink()
        return _source(before[0])
    if before:
        partial.unlink()
        raise QawlError(
            "was begun with another standard input",
            where=str(folder),
            remedy="name a new --output, or pipe in the same",
        )
    if size == 0:
        partial.unlink()
        raise QawlError("standard input is empty", where="-")
    partial.replace(kept)
    sync_folder(place)
    return _source(kept)


def _source(path: Path) -> Source:
    return Source("stdin", "", lambda: path.open("rb"))
