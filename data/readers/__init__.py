"""Readers: articles and statements from the files people have, one record at a time.

A `Source` is a named stream of bytes (`sources`); `split` cuts it into `Piece`s, still undecoded (`pieces`);
`parse_article` and `parse_statement` turn a piece into a record or into a `Failure` that names its place. The two steps
are apart so that an archive can be cut into shards, and finished shards skipped, without decoding anything.
"""

from data.readers.articles import parse_article, read_articles
from data.readers.columns import Columns
from data.readers.pieces import Failure, Piece, split
from data.readers.sources import STDIN, Found, Source, find_sources
from data.readers.statements import StatementRow, parse_statement, read_statements

__all__ = [
    "STDIN",
    "Columns",
    "Failure",
    "Found",
    "Piece",
    "Source",
    "StatementRow",
    "find_sources",
    "parse_article",
    "parse_statement",
    "read_articles",
    "read_statements",
    "split",
]
