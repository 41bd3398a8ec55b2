"""Statements to classify out of pieces: JSONL, CSV and the rest, each with the record it came from."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import ValidationError

from data.readers.articles import Notify, complaint, excerpt, fields_of, refuse_surrogates
from data.readers.columns import Columns, choose, guesses, rename
from data.readers.pieces import Failure, Piece, split
from data.readers.sources import Found
from data.records import StatementInput


class StatementRow(NamedTuple):
    """A statement to classify: its place, the record as it came, what the model reads, and its own target if any."""

    place: str
    record: dict[str, Any]
    statement: StatementInput
    target: str | None


def read_statements(
    found: Found, columns: Columns | None = None, notify: Notify | None = None
) -> Iterator[StatementRow | Failure]:
    """Read every statement of the found sources, in order."""
    columns = columns or Columns()
    said: set[str] = set()
    for name in found.missing:
        yield Failure(name, "no such file or folder")
    for source in found.sources:
        for piece in split(source, columns, "statement"):
            row, guessed = parse_statement(piece, columns)
            if guessed and guessed not in said and notify:
                said.add(guessed)
                notify(f"{piece.name}: {guessed}")
            yield row


def parse_statement(piece: Piece, columns: Columns) -> tuple[StatementRow | Failure, str]:
    """The statement of a piece, or why there is none; and what was guessed about its fields' names."""
    try:
        if piece.form == "bad":
            return Failure(piece.place, str(piece.payload)), ""
        if piece.form in ("text", "html"):
            raise ValueError("a page holds articles, not statements; use `qawl analyze`")
        record = fields_of(piece)
        chosen = choose(record, columns, "statement")
        roles, _ = rename(record, chosen)
        speaker = roles.get("speaker")
        if isinstance(speaker, dict):  # as `qawl analyze` writes it
            roles["speaker"] = speaker.get("name")
        statement = StatementInput.model_validate({k: roles.get(k) for k in ("text", "speaker", "context")})
        for field in ("text", "speaker", "context"):
            refuse_surrogates(field, roles.get(field))
        target = roles.get("target")
        if target is not None and not isinstance(target, str):
            raise ValueError("target is not a string")
        return StatementRow(piece.place, record, statement, target), guesses(chosen, columns)
    except ValidationError as error:
        return Failure(piece.place, complaint(error), excerpt(piece)), ""
    except (ValueError, RecursionError) as error:
        return Failure(piece.place, " ".join(str(error).split()), excerpt(piece)), ""
