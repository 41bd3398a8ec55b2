"""Clusters: which articles and statements of a finished run repeat each other, exactly or nearly.

Reads only the keys and sketches that stand in the parts, in the archive's order, so that the same rows give the same
clusters however often the run was stopped. Sketches lie in a file on disk; memory holds a few numbers a row.
"""

import tempfile
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from serving.archive.folder import Folder
from serving.archive.schema import ARTICLE_CLUSTERS, STATEMENT_CLUSTERS, arrow_schema
from serving.archive.sketch import BANDS, MINIMA

# Estimated share of word pairs in common. Updates of a story and copies with another first line lie above.
NEAR = 0.7
_WIDTH = MINIMA * 2
_PAIRS_AT_ONCE = 1 << 16


class Counted(NamedTuple):
    """What was found: clusters of two or more, and their members."""

    clusters: int
    members: int


def cluster_run(folder: Folder, parts: list[str]) -> dict[str, Any]:
    """Write `clusters/articles.parquet` and `clusters/statements.parquet` and return their counts.

    Args:
        folder: of a run whose shards are all finished.
        parts: names of its Parquet files, in the archive's order.
    """
    tables = {table: [name for name in parts if name.startswith(f"{table}/")] for table in ("articles", "statements")}
    articles = _cluster(folder, tables["articles"], ("record", "article_key"), "text_key")
    statements = _cluster(folder, tables["statements"], ("row_id",), "statement_key")
    return {"articles": articles._asdict(), "statements": statements._asdict()}


def _cluster(folder: Folder, parts: list[str], names: tuple[str, ...], key: str) -> Counted:
    table = "articles" if "record" in names else "statements"
    with tempfile.TemporaryFile() as file:
        count = 0
        keys: list[NDArray[np.uint64]] = []
        for columns in _columns(folder, parts, [key, "sketch"]):
            keys.append(np.array([int(one, 16) for one in columns[key]], dtype=np.uint64))
            file.write(b"".join(one or bytes(_WIDTH) for one in columns["sketch"]))
            count += len(columns[key])
        file.flush()
        together = np.concatenate(keys) if keys else np.zeros(0, dtype=np.uint64)
        roots = _roots(together, file, count)
    return _write(folder, parts, names, f"clusters/{table}.parquet", roots, together)


def _columns(folder: Folder, parts: list[str], names: list[str]) -> Iterator[dict[str, list[Any]]]:
    for part in parts:
        # The file alone: a folder named month=… would add a column.
        with folder.place.open(part) as file:
            columns: dict[str, list[Any]] = pq.ParquetFile(file).read(columns=names).to_pydict()
        yield columns


def _roots(keys: NDArray[np.uint64], file: Any, count: int) -> NDArray[np.int64]:
    """For each row the first row of its cluster."""
    parent = np.arange(count, dtype=np.int64)
    if not count:
        return parent

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = int(parent[at])
        return at

    def join(pairs: NDArray[np.int64]) -> None:
        for one, other in pairs.tolist():
            first, second = sorted((root(one), root(other)))
            parent[second] = first

    join(_neighbours(keys, np.arange(count)))
    sketches = np.memmap(file, dtype=np.uint16, mode="r", shape=(count, MINIMA))
    bands = sketches.view(np.uint64)
    present = np.flatnonzero(bands[:, 0] | bands[:, 1])
    for band in range(BANDS):
        for pairs in _chunks(_neighbours(np.asarray(bands[present, band]), present)):
            alike = (sketches[pairs[:, 0]] == sketches[pairs[:, 1]]).mean(axis=1) >= NEAR
            join(pairs[alike])
    return np.array([root(at) for at in range(count)], dtype=np.int64)


def _neighbours(values: NDArray[np.uint64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs [n, 2] of rows of equal value: each with the first that has it, and with the one before it."""
    order = np.argsort(values, kind="stable")
    ordered, named = values[order], rows[order]
    follows = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    begins = np.maximum.accumulate(np.where(np.r_[True, ordered[1:] != ordered[:-1]], np.arange(len(ordered)), 0))
    with_first = np.stack([named[begins[follows]], named[follows]], axis=1)
    with_previous = np.stack([named[follows - 1], named[follows]], axis=1)[begins[follows] != follows - 1]
    return np.concatenate([with_first, with_previous])


def _chunks(pairs: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for at in range(0, len(pairs), _PAIRS_AT_ONCE):
        yield pairs[at : at + _PAIRS_AT_ONCE]


def _write(
    folder: Folder,
    parts: list[str],
    names: tuple[str, ...],
    out: str,
    roots: NDArray[np.int64],
    keys: NDArray[np.uint64],
) -> Counted:
    """Write the members of clusters of two or more, named by the key of their first member."""
    sizes = np.bincount(roots, minlength=len(roots)) if len(roots) else np.zeros(0, dtype=np.int64)
    member = sizes[roots] > 1 if len(roots) else np.zeros(0, dtype=bool)
    schema = arrow_schema(ARTICLE_CLUSTERS if "record" in names else STATEMENT_CLUSTERS)
    first: dict[int, str] = {}
    at = 0
    with folder.replacing(out) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for columns in _columns(folder, parts, list(names)):
            rows = []
            for values in zip(*(columns[name] for name in names), strict=True):
                if member[at]:
                    root = int(roots[at])
                    cluster = first.setdefault(root, values[-1])
                    exact = bool(keys[at] == keys[root])
                    rows.append({**dict(zip(names, values, strict=True)), "cluster": cluster, "exact": exact})
                at += 1
            if rows:
                writer.write_table(pa.Table.from_pylist(rows, schema=schema))
    return Counted(int((sizes > 1).sum()), int(member.sum()))


def clusters_there(folder: Folder) -> bool:
    """Whether a run's clusters have been written."""
    sizes = folder.place.sizes()
    return all(f"clusters/{table}.parquet" in sizes for table in ("articles", "statements"))
