"""Shards: the input cut into numbered runs of records, the same ones every time.

Only cuts; nothing is decoded here, so that passing over finished shards costs little more than reading the bytes.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from data.readers import Piece

# A shard also ends here, so that a folder of large pages does not fill the memory.
MOST_BYTES = 1 << 26


class Unit(NamedTuple):
    """A record of the archive. `key` names the article; `repeated`: an equal record came earlier."""

    piece: Piece
    key: str
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


def cut(pieces: Iterable[Piece], articles: int) -> Iterator[Shard]:
    """Cut pieces into shards of at most `articles` records."""
    seen: set[int] = set()
    number, size = 0, 0
    units: list[Unit] = []
    for piece in pieces:
        key = article_key(piece)
        # Half the key is plenty to tell a million records apart, and an int takes a third of the memory.
        short = int(key[:16], 16)
        repeated = piece.form != "bad" and short in seen
        if piece.form != "bad":
            seen.add(short)
        units.append(Unit(piece, key, repeated))
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
