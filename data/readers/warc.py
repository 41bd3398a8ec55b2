"""WARC and ARC: the pages of a web crawl, one after another, each with its address and the day it was fetched.

Knows the container only; a page's text is taken out of it later.
"""

from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from data.readers.lines import Position

_PAGES = ("text/html", "application/xhtml+xml", "text/plain")


class Page(NamedTuple):
    """A page as fetched. `number` is its record's in the file, from 1; `problem` says why it cannot be read."""

    number: int
    body: bytes
    form: str
    url: str | None
    date: str | None
    problem: str = ""


def pages(stream: IO[bytes], position: Position, most: int) -> Iterator[Page]:
    """The pages of a decompressed WARC or ARC file; redirects, errors, images and other records are passed over.

    Args:
        position: told the number of the record being read.
        most: bytes of the largest page that is read.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    records = iter(ArchiveIterator(_Forward(stream), arc2warc=True))
    while True:
        position.line += 1
        try:
            record = next(records, None)
            if record is None:
                return
            form = _form(record)
            if not form:
                continue
            body = record.content_stream().read(most + 1)
        except (ArchiveLoadFailed, AttributeError, ValueError) as error:
            # What follows a broken record has no beginning that could be found.
            problem = f"not readable as WARC: {' '.join(str(error).split())[:200]}"
            yield Page(position.line, b"", "", None, None, problem)
            return
        url = record.rec_headers.get_header("WARC-Target-URI")
        date = record.rec_headers.get_header("WARC-Date")
        problem = f"a page of more than {most >> 20} MiB" if len(body) > most else ""
        yield Page(position.line, body, form, url, date, problem)


def _form(record: Any) -> str:
    """html or text where the record is a page that was found; otherwise nothing."""
    if record.rec_type not in ("response", "resource", "conversion"):
        return ""
    headers = record.http_headers
    if headers is not None and headers.get_statuscode() and not headers.get_statuscode().startswith("2"):
        return ""
    kind = (headers or record.rec_headers).get_header("Content-Type") or ""
    kind = kind.partition(";")[0].strip().lower()
    if kind not in _PAGES:
        return ""
    return "text" if kind == "text/plain" else "html"


class _Forward:
    """A stream that can only be read on, and still says how far it has come, as warcio asks."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._at = stream, 0

    def read(self, size: int = -1) -> bytes:
        # What was decompressed before damage is not lost with it: one read at a time, as much as it gives.
        read = getattr(self._stream, "read1", self._stream.read)
        data: bytes = read(size)
        self._at += len(data)
        return data

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        """Left to whoever opened the stream."""
