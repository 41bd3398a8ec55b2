"""The label store: every correction that people send, kept for retraining and never changed afterwards.

SQLite in write-ahead mode, one table, insert only (triggers refuse the rest). Knows labelled statements; knows nothing
of HTTP or training.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Self

from pydantic import Field, model_validator

from data.errors import QawlError
from data.records import DEFAULT_TARGET, LabelledStatement, Record, Sentiment, Stance
from serving.store import qawl_home

_SCHEMA = """
CREATE TABLE IF NOT EXISTS label (
    id INTEGER PRIMARY KEY,
    received TEXT NOT NULL,
    annotator TEXT,
    model TEXT,
    target TEXT NOT NULL,
    text TEXT NOT NULL CHECK (trim(text) != ''),
    speaker TEXT,
    context TEXT,
    stance TEXT CHECK (stance IN ('against', 'favor', 'neutral', 'unrelated')),
    sentiment TEXT CHECK (sentiment IN ('positive', 'neutral', 'negative')),
    predicted TEXT,
    article_id TEXT,
    source TEXT,
    date TEXT,
    note TEXT,
    CHECK (stance IS NOT NULL OR sentiment IS NOT NULL)
) STRICT;
CREATE TRIGGER IF NOT EXISTS label_no_update BEFORE UPDATE ON label
BEGIN SELECT RAISE(ABORT, 'the label store is append-only'); END;
CREATE TRIGGER IF NOT EXISTS label_no_delete BEFORE DELETE ON label
BEGIN SELECT RAISE(ABORT, 'the label store is append-only'); END;
"""


class Correction(Record):
    """A corrected label for a statement. Either label may be left out where the model's was right or unknown.

    `predicted` keeps what the model had answered, `model` which one it was (`name:version`).
    """

    text: str = Field(min_length=1, max_length=20_000)
    stance: Stance | None = None
    sentiment: Sentiment | None = None
    speaker: str | None = Field(default=None, max_length=500)
    context: str | None = Field(default=None, max_length=20_000)
    target: str = Field(default=DEFAULT_TARGET, min_length=1, max_length=500)
    annotator: str | None = Field(default=None, max_length=200)
    model: str | None = Field(default=None, max_length=200)
    predicted: dict[str, str] | None = None
    article_id: str | None = Field(default=None, max_length=500)
    source: str | None = Field(default=None, max_length=500)
    date: str | None = Field(default=None, max_length=50)
    note: str | None = Field(default=None, max_length=2_000)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text.strip():
            raise ValueError("the statement is empty")
        if self.stance is None and self.sentiment is None:
            raise ValueError("give a stance, a sentiment or both")
        return self


_COLUMNS = ("received", *Correction.model_fields)
_KEPT = ("text", "stance", "sentiment", "target", "speaker", "context", "date", "annotator")


class LabelStore:
    """The corrections of one installation. Safe to use from several threads and processes.

    Args:
        path: the database file, by default `feedback.sqlite` in Qawl's data directory.

    Raises:
        QawlError: if the file is not such a database.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or qawl_home() / "feedback.sqlite"
        self._lock = Lock()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._connection() as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(_SCHEMA)
        except (OSError, sqlite3.DatabaseError) as error:
            raise QawlError(f"not a label store: {error}", where=str(self.path)) from error

    def add(self, correction: Correction) -> int:
        """Append a correction, on the disk when this returns, and give its number."""
        values = correction.model_dump()
        values["received"] = datetime.now(UTC).isoformat(timespec="milliseconds")
        predicted = correction.predicted
        values["predicted"] = None if predicted is None else json.dumps(predicted, ensure_ascii=False)
        places = ", ".join("?" * len(_COLUMNS))
        with self._lock, self._connection() as connection:
            cursor = connection.execute(
                f"INSERT INTO label ({', '.join(_COLUMNS)}) VALUES ({places})",
                [values[column] for column in _COLUMNS],
            )
            number = cursor.lastrowid
        assert number is not None
        return number

    def count(self) -> int:
        """How many corrections were ever sent."""
        with self._connection() as connection:
            return int(connection.execute("SELECT count(*) FROM label").fetchone()[0])

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every correction as it was sent, the oldest first."""
        with self._connection() as connection:
            cursor = connection.execute(f"SELECT id, {', '.join(_COLUMNS)} FROM label ORDER BY id")
            for row in cursor:
                yield dict(zip(["id", *_COLUMNS], row, strict=True))

    def labelled(self) -> list[LabelledStatement]:
        """The labels to train on: of one annotator's corrections of the same statement, the latest of each head."""
        latest: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in self.rows():
            key = tuple(row[column] for column in ("annotator", "text", "speaker", "context", "target"))
            earlier = latest.pop(key, {})
            latest[key] = {**row, **{h: row[h] or earlier.get(h) for h in ("stance", "sentiment")}}
        return [
            LabelledStatement(
                id=f"feedback-{row['id']}",
                source=row["source"] or "feedback",
                **{name: row[name] for name in _KEPT},
            )
            for row in latest.values()
        ]

    def export(self, path: Path) -> int:
        """Write `labelled()` to a JSONL file, replacing it, and return how many lines it has."""
        statements = self.labelled()
        partial = path.with_name(f"{path.name}.partial")
        with partial.open("w", encoding="utf-8") as file:
            for statement in statements:
                file.write(statement.model_dump_json(exclude_defaults=True) + "\n")
        partial.replace(path)
        return len(statements)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        # A connection a call: opening costs microseconds, and none is ever shared between threads.
        with closing(sqlite3.connect(self.path, timeout=10)) as connection, connection:
            connection.execute("PRAGMA synchronous = FULL")
            yield connection
