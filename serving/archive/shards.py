"""Shards: the input cut into numbered runs of records, the same ones every time.

Only cuts and hashes; no statement is looked for here, so that passing over finished shards costs little more than
reading the bytes.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from data.readers import Columns, Piece
from data.readers.articles import fields_of
from data.readers.columns import choose

# A shard also ends here, so that a folder of large pages does not fill the memory.
MOST_BYTES = 1 << 26


class Unit(NamedTuple):
    """A record of the archive.

    Args:
        record: its number in the archive, from 0.
        key: names the article.
        copy_key: equal for articles of equal title and text.
        repeated: an article of the same `copy_key` came earlier.
    """

    piece: Piece
    record: int
    key: str
    copy_key: str
    repeated: bool


class Shard(NamedTuple):
    """Records to be scored and committed together. `digest` differs where any of them differs."""

    number: int
    units: tuple[Unit, ...]
    digest: str

    @property
    def first(self) -> str:
        return self.units[0].piece.place

    @property
    def last(self) -> str:
        return self.units[-1].piece.place


def article_key(piece: Piece) -> str:
    """The hash of a record as it came: the same record has the same key wherever it stands.

    A document has no name within it, so that its file's name counts too.
    """
    own = piece.digest_bytes().strip()
    named = PurePosixPath(piece.name).name.encode("utf-8", "surrogateescape") if piece.form in ("text", "html") else b""
    return hashlib.sha256(b"\x00".join((piece.form.encode(), named, own))).hexdigest()[:32]


def copy_key(piece: Piece, columns: Columns) -> str:
    """The hash of a record's title and text, white space aside: equal for copies under another id, date or outlet.

    A record that cannot be read, and a page, whose text is not known yet, count as a whole.
    """
    own: tuple[str, ...] = ()
    if piece.form in ("json", "fields"):
        try:
            record = fields_of(piece)
            chosen = choose(record, columns, "article")
            own = tuple("".join(str(record.get(chosen.get(role, ""), "")).split()) for role in ("title", "text"))
        except (ValueError, RecursionError):
            own = ()
    told = json.dumps(own).encode() if own else b"\x00" + piece.digest_bytes().strip()
    return hashlib.sha256(told).hexdigest()[:16]


def cut(pieces: Iterable[Piece], articles: int, columns: Columns | None = None) -> Iterator[Shard]:
    """Cut pieces into shards of at most `articles` records."""
    columns = columns or Columns()
    # 64 bits tell millions of records apart, and an int takes a third of a text's memory.
    seen: set[int] = set()
    number, size = 0, 0
    units: list[Unit] = []
    for record, piece in enumerate(pieces):
        same = copy_key(piece, columns)
        short = int(same, 16)
        repeated = piece.form != "bad" and short in seen
        if piece.form != "bad":
            seen.add(short)
        units.append(Unit(piece, record, article_key(piece), same, repeated))
        size += len(piece.payload) if isinstance(piece.payload, (bytes, str)) else 4096
        if len(units) >= articles or size >= MOST_BYTES:
            yield _shard(number, units)
            number, size, units = number + 1, 0, []
    if units:
        yield _shard(number, units)


def _shard(number: int, units: list[Unit]) -> Shard:
    digest = hashlib.sha256()
    for unit in units:
        digest.update(f"{unit.key} {unit.repeated}\n".encode())
    return Shard(number, tuple(units), digest.hexdigest()[:32])
