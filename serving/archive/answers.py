"""The tables of a run as DuckDB views: what `qawl query`, `qawl export` and `qawl report` ask.

    articles      one row a readable article, with its cluster
    statements    one row a statement, with its month and cluster; an article's copies are not counted again
    appearances   statements, once for each article that carries them: `outlet` and `appeared` are that article's
    clusters      of two or more statements: members, articles, outlets, counts by outlet

Only shards that stand in the manifest are seen, so that a run can be asked while it goes on.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import duckdb

from data.errors import QawlError
from serving.archive.clusters import clusters_there
from serving.archive.folder import Folder
from serving.archive.schema import ARTICLE_CLUSTERS, ARTICLES, STATEMENT_CLUSTERS, STATEMENTS

_SQL_TYPES = {
    "string": "VARCHAR",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "float": "FLOAT",
    "bool": "BOOLEAN",
    "date32[day]": "DATE",
    "binary": "BLOB",
}

_VIEWS = """
CREATE VIEW articles AS
    SELECT a.* EXCLUDE (sketch), coalesce(c.cluster, a.article_key) AS cluster
    FROM article_rows a LEFT JOIN article_clusters c USING (record);
CREATE VIEW statements AS
    SELECT s.* EXCLUDE (sketch), coalesce(c.cluster, s.row_id) AS cluster
    FROM statement_rows s LEFT JOIN statement_clusters c USING (row_id);
CREATE VIEW appearances AS
    SELECT s.*, a.record, a.source AS outlet, a.day AS appeared
    FROM statements s
    JOIN article_rows f ON f.article_key = s.article_key AND NOT f.repeated
    JOIN article_rows a ON a.copy_key = f.copy_key;
CREATE VIEW clusters AS
    SELECT cluster, count(DISTINCT row_id) AS members, count(*) AS articles, count(DISTINCT outlet) AS outlets,
        histogram(coalesce(outlet, '')) AS by_outlet
    FROM appearances GROUP BY cluster HAVING count(*) > 1;
"""


@contextlib.contextmanager
def connected(folder: Folder) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection, in memory, with the views of a run's folder.

    Raises:
        QawlError: if the folder is not one of a run.
    """
    folder.run()
    parts = [name for _, entry in sorted(folder.finished(mend=False).items()) for name in entry["files"]]
    there = clusters_there(folder)
    with duckdb.connect() as connection:
        prefix = folder.place.shown_to(connection)

        def view(name: str, files: list[str], columns: tuple[tuple[str, Any, str], ...]) -> None:
            _view(connection, name, [prefix + file for file in files], columns)

        view("article_rows", [name for name in parts if name.startswith("articles/")], ARTICLES)
        statements = [name for name in parts if name.startswith("statements/")]
        view("statement_rows", statements, (*STATEMENTS, ("month", "string", "")))
        for table, columns in (("article", ARTICLE_CLUSTERS), ("statement", STATEMENT_CLUSTERS)):
            view(f"{table}_clusters", [f"clusters/{table}s.parquet"] if there else [], columns)
        connection.execute(_VIEWS)
        yield connection


def _view(
    connection: duckdb.DuckDBPyConnection, name: str, files: list[str], columns: tuple[tuple[str, Any, str], ...]
) -> None:
    if files:
        named = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        month = "hive_partitioning = true, hive_types = {'month': VARCHAR}" if name == "statement_rows" else ""
        rows = f"read_parquet([{named}]{', ' + month if month else ', hive_partitioning = false'})"
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {rows}")
        return
    empty = ", ".join(f"NULL::{_SQL_TYPES[str(kind)]} AS {column}" for column, kind, _ in columns)
    connection.execute(f"CREATE VIEW {name} AS SELECT {empty} WHERE false")


def rows_of(
    connection: duckdb.DuckDBPyConnection, sql: str, values: list[Any] | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of an answer, a thousand at a time in memory."""
    cursor = connection.execute(sql, values or [])
    names = [column[0] for column in cursor.description or ()]
    while some := cursor.fetchmany(1000):
        for row in some:
            yield dict(zip(names, row, strict=True))


def ask(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """The names of an answer's columns, and its rows.

    Raises:
        QawlError: what DuckDB says about the question, in one line.
    """
    try:
        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description or ()]
    except duckdb.Error as error:
        raise QawlError(" ".join(str(error).split())[:400], where="SQL") from error

    def rows() -> Iterator[tuple[Any, ...]]:
        while some := cursor.fetchmany(1000):
            yield from some

    return names, rows()
