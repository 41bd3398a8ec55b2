"""Export: a run's statements as CSV, XLSX, JSONL, and in the forms of GDELT's Global Quotation Graph and of Citron.

Streams rows out of DuckDB; knows nothing of how they were made.
"""

import csv
import io
import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import IO, Any, Literal

import duckdb

from data.records import SENTIMENTS, STANCES
from serving.archive.answers import rows_of

Form = Literal["csv", "xlsx", "jsonl", "gqg", "citron"]

COLUMNS = (
    "row_id", "article_id", "day", "source", "title", "url", "speaker", "speaker_type", "speaker_role",
    "speaker_affiliation", "kind", "cue", "text", "context", "target", "stance", "stance_confidence",
    "stance_abstained", "sentiment", "sentiment_confidence", "sentiment_abstained", "asserted", "field", "start", "end",
    "cluster",
)  # fmt: skip
# A cell that begins so is run as a formula by spreadsheet programs (OWASP, "CSV injection").
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠\t\r]")
# Excel's limits.
_LONGEST_CELL, _MOST_ROWS = 32_767, 1_048_576


def safe_cell(value: Any) -> Any:
    """The value of a cell, text that a spreadsheet would run as a formula being marked as text by an apostrophe."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def write(connection: duckdb.DuckDBPyConnection, form: Form, out: IO[bytes], where: str | None = None) -> int:
    """Write the statements of a run in the archive's order and return how many rows or articles were written.

    Args:
        where: a condition on `statements` in SQL.
    """
    writers: dict[str, Callable[[Iterator[dict[str, Any]], IO[bytes]], int]] = {
        "csv": _csv,
        "xlsx": _xlsx,
        "jsonl": _jsonl,
        "gqg": _gqg,
        "citron": _citron,
    }
    return writers[form](_statements(connection, form, where), out)


def _statements(connection: duckdb.DuckDBPyConnection, form: Form, where: str | None) -> Iterator[dict[str, Any]]:
    # The article's text is only fetched for the one form that holds it.
    text = ", a.text AS article_text" if form == "citron" else ""
    return rows_of(
        connection,
        f"SELECT s.*, a.record, a.date{text} FROM (SELECT * FROM statements WHERE {where or 'true'}) s "
        "JOIN article_rows a ON a.article_key = s.article_key AND NOT a.repeated "
        'ORDER BY a.record, s.field DESC, s."start", s."end"',
    )


def _csv(rows: Iterator[dict[str, Any]], out: IO[bytes]) -> int:
    text = io.TextIOWrapper(out, "utf-8-sig", newline="")  # spreadsheet programs take UTF-8 only with its mark
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        writer.writerow([safe_cell(row[column]) for column in COLUMNS])
        count += 1
    text.flush()
    text.detach()
    return count


def _xlsx(rows: Iterator[dict[str, Any]], out: IO[bytes]) -> int:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    count = 0
    sheet = None
    for row in rows:
        if sheet is None or count % (_MOST_ROWS - 1) == 0:
            sheet = book.create_sheet(f"statements {count // (_MOST_ROWS - 1) + 1}" if count else "statements")
            sheet.sheet_view.rightToLeft = True
            sheet.freeze_panes = "A2"
            sheet.append(list(COLUMNS))
        cells = []
        for column in COLUMNS:
            value = row[column]
            if isinstance(value, str):
                cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:_LONGEST_CELL])
                cell.data_type = "s"  # a text is a text, whatever it begins with
                cells.append(cell)
            else:
                cells.append(value)
        sheet.append(cells)
        count += 1
    if sheet is None:
        book.create_sheet("statements").append(list(COLUMNS))
    book.save(out)
    return count


def as_statement(row: dict[str, Any]) -> dict[str, Any]:
    """A row as the interface writes a statement, with where it stands in the archive beside it."""

    def span(name: str) -> dict[str, Any] | None:
        if row[name] is None or row[f"{name}_start"] is None:
            return None
        return {"text": row[name], "start": row[f"{name}_start"], "end": row[f"{name}_end"]}

    def label(head: str, names: tuple[str, ...]) -> dict[str, Any]:
        return {
            "label": row[head],
            "confidence": round(row[f"{head}_confidence"], 6),
            "probabilities": {name: round(row[f"{head}_{name}"], 6) for name in names},
            "abstained": row[f"{head}_abstained"],
        }

    speaker = None
    if row["speaker"] is not None:
        speaker = {"name": row["speaker"], "type": row["speaker_type"], "mention": span("mention")}
        speaker |= {"role": row["speaker_role"], "affiliation": row["speaker_affiliation"]}
    return {
        **{key: row[key] for key in ("article_id", "field", "start", "end", "text", "kind")},
        "cue": span("cue"),
        "speaker": speaker,
        "asserted": row["asserted"],
        "target": row["target"],
        "stance": label("stance", STANCES),
        "sentiment": label("sentiment", SENTIMENTS),
        "context": row["context"],
        **{key: row[key] for key in ("row_id", "cluster", "date", "source", "url", "title")},
    }


def _line(out: IO[bytes], value: Any) -> None:
    out.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")


def _jsonl(rows: Iterator[dict[str, Any]], out: IO[bytes]) -> int:
    count = 0
    for row in rows:
        _line(out, as_statement(row))
        count += 1
    return count


def _by_article(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for _, group in itertools.groupby(rows, key=lambda row: row["record"]):
        yield list(group)


def _gqg(rows: Iterator[dict[str, Any]], out: IO[bytes]) -> int:
    """One line an article, as GDELT's Global Quotation Graph has them; each quote also with what Qawl knows of it."""
    count = 0
    for group in _by_article(rows):
        first = group[0]
        quotes = []
        for row in group:
            before, _, after = (row["context"] or row["text"]).partition(row["text"])
            quotes.append(
                {
                    "pre": before.strip(),
                    "quote": row["text"],
                    "post": after.strip(),
                    **{key: row[key] for key in ("kind", "speaker", "stance", "sentiment")},
                }
            )
        day = f"{first['day'].isoformat()}T00:00:00Z" if first["day"] else None
        _line(out, {"date": day, "url": first["url"], "title": first["title"], "lang": "ARABIC", "quotes": quotes})
        count += 1
    return count


def _citron(rows: Iterator[dict[str, Any]], out: IO[bytes]) -> int:
    """One line an article, each a document of Citron's annotation format. Statements in titles are left out: it knows
    one text only."""
    count = 0
    for group in _by_article(row for row in rows if row["field"] == "text"):
        quotes = []
        for row in group:
            one = as_statement(row)
            mention = one["speaker"] and one["speaker"]["mention"]
            quotes.append(
                {
                    "cue": one["cue"],
                    "sources": [mention] if mention else [],
                    "contents": [{"start": row["start"], "end": row["end"], "text": row["text"]}],
                    "id": row["row_id"],
                    "stance": row["stance"],
                    "sentiment": row["sentiment"],
                }
            )
        _line(out, {"text": group[0]["article_text"], "quotes": quotes})
        count += 1
    return count
