"""Whole articles annotated stand-off, joined to an archive that the user has: a gold file for the extraction.

Beside the labels (`NAME.jsonl`) lies the list of the articles that were read (`NAME.articles.json`), those without a
statement too: without it a statement found where there is none would not be counted.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from data.errors import QawlError
from data.labels.standoff import StandoffLabel, labelled_text, load_standoff, speaker_of, text_hash
from data.readers import Failure, find_sources, read_articles
from data.records import Article, Record


class ReadArticle(Record):
    """An article of `archive` that was read and annotated; `sha256` is the hash of its title and text."""

    archive: str
    article_id: str
    sha256: str


def article_hash(article: Article) -> str:
    """The hash that the list keeps of an article: of its title, a line end and its text."""
    return text_hash(f"{article.title or ''}\n{article.text}")


def load_read_articles(labels: Path) -> list[ReadArticle]:
    """The list of articles beside a file of labels.

    Raises:
        QawlError: if there is none, or it is no such list.
    """
    path = labels.with_suffix(".articles.json")
    try:
        return TypeAdapter(list[ReadArticle]).validate_json(path.read_bytes())
    except OSError as error:
        raise QawlError("no list of the articles that were read", where=str(path)) from error
    except ValidationError as error:
        raise QawlError(f"not a list of articles: {error.errors()[0]['msg']}", where=str(path)) from error


def join_gold(
    labels: Sequence[StandoffLabel], read: Sequence[ReadArticle], articles: Iterable[Article]
) -> list[dict[str, Any]]:
    """The listed articles with their statements, as lines of a gold file, in the order of the list.

    Raises:
        QawlError: if a listed article does not come or is not the one that was read, if a label stands in no listed
            article, or if the text at its offsets is not what was labelled.
    """
    listed = {(one.article_id, one.sha256): one for one in read}
    said: dict[tuple[str, str], list[StandoffLabel]] = {(one.archive, one.article_id): [] for one in read}
    for label in labels:
        if (label.archive, label.article_id) not in said:
            raise QawlError("a label of an article that is not listed", where=f"{label.archive}#{label.article_id}")
        said[label.archive, label.article_id].append(label)
    wanted = {one.article_id for one in read}
    joined: dict[tuple[str, str], dict[str, Any]] = {}
    for article in articles:
        if article.id not in wanted:
            continue
        place = listed.get((article.id, article_hash(article)))
        if place is not None:
            key = (place.archive, place.article_id)
            joined[key] = _line(place.archive, article, said[key])
    missing = [one for one in read if (one.archive, one.article_id) not in joined]
    if missing:
        raise QawlError(
            f"{len(missing)} of {len(read)} articles are not in what was given, or not as they were read",
            where=f"{missing[0].archive}#{missing[0].article_id}",
            remedy="give the archives that the labels name",
        )
    return [joined[one.archive, one.article_id] for one in read]


def load_standoff_gold(labels: Path, archives: Sequence[str]) -> list[dict[str, Any]]:
    """Join a file of labels, and the list beside it, to archives: see `join_gold`.

    Raises:
        QawlError: for a file that is not there or not readable, and what `join_gold` refuses.
    """
    if not labels.is_file():
        raise QawlError("no such file of stand-off labels", where=str(labels))
    found = find_sources(list(archives))
    if found.missing:
        raise QawlError("no such archive", where=", ".join(found.missing))
    articles = (one for one in read_articles(found) if not isinstance(one, Failure))
    return join_gold(load_standoff(labels), load_read_articles(labels), articles)


def write_gold(lines: Sequence[dict[str, Any]], path: Path) -> None:
    """Write gold articles to a JSONL file. It holds the articles' texts: keep it out of the repository."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _line(archive: str, article: Article, labels: Sequence[StandoffLabel]) -> dict[str, Any]:
    statements = []
    for label in sorted(labels, key=lambda one: (one.field != "title", one.start, one.end)):
        source = article.text if label.field == "text" else article.title or ""
        text = labelled_text(label, source)
        cue = None
        if label.cue_start is not None and label.cue_end is not None:
            cue = source[label.cue_start : label.cue_end]
        statements.append(
            {
                "field": label.field,
                "start": label.start,
                "end": label.end,
                "text": text,
                "kind": label.kind,
                "cue": cue,
                "speaker": speaker_of(label, article),
                "stance": label.stance,
                "sentiment": label.sentiment,
                "hard": label.hard,
            }
        )
    return {
        "id": f"{archive}:{article.id}",
        "title": article.title,
        "text": article.text,
        "date": article.date,
        "source": article.source,
        "corpus": archive,
        "statements": statements,
    }
