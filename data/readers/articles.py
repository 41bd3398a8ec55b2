"""Articles out of pieces: decoded, fields mapped, validated."""

import datetime
import email.utils
import json
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from pydantic import ValidationError

from data.readers.columns import Columns, NoSuchColumn, choose, guesses, rename
from data.readers.encoding import decode, decode_as
from data.readers.lines import no_nan, type_name
from data.readers.pieces import Failure, Piece, split
from data.readers.sources import Found
from data.records import Article

Notify = Callable[[str], None]
EXCERPT = 160


def read_articles(
    found: Found, columns: Columns | None = None, notify: Notify | None = None
) -> Iterator[Article | Failure]:
    """Read every article of the found sources, in order.

    Args:
        found: from `find_sources`; what it did not find comes as failures, first.
        columns: names of fields that the caller gave.
        notify: told once of every guess at a field's name.
    """
    columns = columns or Columns()
    said: set[str] = set()
    for name in found.missing:
        yield Failure(name, "no such file or folder")
    for source in found.sources:
        for piece in split(source, columns, "article"):
            article, guessed = parse_article(piece, columns)
            if guessed and guessed not in said and notify:
                said.add(guessed)
                notify(f"{piece.name}: {guessed}")
            yield article


def parse_article(piece: Piece, columns: Columns) -> tuple[Article | Failure, str]:
    """The article of a piece, or why there is none; and what was guessed about its fields' names.

    An article without an id is given its place as one, so that what is found in it can be traced.
    """
    try:
        if piece.form == "bad":
            return Failure(piece.place, str(piece.payload)), ""
        if piece.form in ("text", "html"):
            return _document(piece), ""
        if piece.form == "web":
            return _page(piece), ""
        record = fields_of(piece)
        chosen = choose(record, columns, "article")
        roles, rest = rename(record, chosen)
        if piece.form == "fields":
            roles = {role: _text(value) if role != "text" else value for role, value in roles.items()}
        extra = roles.pop("extra", {}) | rest.pop("extra", {}) if isinstance(rest.get("extra"), dict) else {}
        article = Article.model_validate({**roles, "extra": {**extra, **rest}})
        if not article.text.strip():
            raise ValueError("the text is empty")
        for field in ("text", "title", "id", "date", "source", "url"):
            refuse_surrogates(field, getattr(article, field))
        if article.id is None:
            article = article.model_copy(update={"id": _short(piece)})
        return article, guesses(chosen, columns)
    except ValidationError as error:
        return Failure(piece.place, complaint(error), excerpt(piece)), ""
    except (ValueError, NoSuchColumn, RecursionError) as error:
        return Failure(piece.place, " ".join(str(error).split()), excerpt(piece)), ""


def _document(piece: Piece) -> Article:
    assert isinstance(piece.payload, bytes)
    text = decode(piece.payload, html=piece.form == "html")
    if piece.form == "text":
        if not text.strip():
            raise ValueError("the text is empty")
        return Article(text=text, id=_short(piece))
    from data.readers.web import main_text

    return main_text(text, _short(piece))


def _page(piece: Piece) -> Article:
    """A page of a crawl: its own date and address go before those of the crawl."""
    assert isinstance(piece.payload, dict)
    fetched = piece.payload
    text = decode(fetched["page"], html=fetched["form"] == "html")
    name = fetched["url"] or _short(piece)
    if fetched["form"] == "text":
        if not text.strip():
            raise ValueError("the text is empty")
        return Article(text=text, id=name, url=fetched["url"], date=fetched["date"])
    from data.readers.web import main_text

    article = main_text(text, name)
    given = {key: fetched[key] for key in ("url", "date") if not getattr(article, key)}
    return article.model_copy(update=given)


def refuse_surrogates(field: str, value: str | None) -> None:
    """Raise ValueError if a text holds half of a surrogate pair."""
    # JSON can spell half of a surrogate pair; no file that we write can hold it.
    try:
        (value or "").encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"{field} is not valid Unicode at character {error.start + 1}") from error


def _short(piece: Piece) -> str:
    return PurePosixPath(piece.place).name


def fields_of(piece: Piece) -> dict[str, Any]:
    """The fields of a JSON line or a table's row.

    Raises:
        ValueError: if the line is not a JSON object in its encoding.
    """
    if isinstance(piece.payload, dict):
        return piece.payload
    assert isinstance(piece.payload, bytes)
    text = decode_as(piece.payload, piece.encoding or "utf-8")
    try:
        value = json.loads(text, parse_constant=no_nan)
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error.msg} at character {error.pos + 1}") from error
    if not isinstance(value, dict):
        raise ValueError(f"not a JSON object but {type_name(value)}")
    return value


def _text(value: Any) -> Any:
    # A table's column has one type: an id or a year that looks like a number is still a name.
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def complaint(error: ValidationError) -> str:
    """The first complaint of a record's validation, in one line: which field, and what is wrong with it."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "record"
    if first["type"] == "string_type":
        return f"{field} is not a string but {type_name(first['input'])}"
    if first["type"] == "string_too_short":
        return f"{field} is empty"
    if first["type"] == "string_unicode":
        return f"{field} is not valid Unicode"
    if first["type"] == "missing":
        return f"no field {field}"
    if first["type"] == "extra_forbidden":
        return f"unknown field {field}"
    return f"{field}: {first['msg'].removeprefix('Value error, ')}"


def excerpt(piece: Piece) -> str:
    """How a piece begins, for a person who looks for it."""
    if isinstance(piece.payload, bytes):
        text = piece.payload[: EXCERPT * 4].decode(piece.encoding or "utf-8", "replace")
    else:
        assert isinstance(piece.payload, dict)
        shown = {key: value for key, value in piece.payload.items() if key != "page"}  # of a crawl's page: its address
        text = json.dumps(shown, ensure_ascii=False, default=str)
    return text[:EXCERPT].encode("utf-8", "replace").decode("utf-8")


def day_of(date: str | None) -> datetime.date | None:
    """The day of an article's date: ISO 8601, RFC 2822 (feeds), YYYY/MM/DD, DD/MM/YYYY; None if unreadable."""
    if not date:
        return None
    given = date.strip()
    try:
        return datetime.datetime.fromisoformat(given.replace("/", "-")).date()
    except ValueError:
        pass
    try:
        return email.utils.parsedate_to_datetime(given).date()
    except ValueError:
        pass
    for form in ("%d/%m/%Y", "%d-%m-%Y", "%Y-%m", "%Y"):
        try:
            return datetime.datetime.strptime(given[:10], form).date()
        except ValueError:
            continue
    return None
