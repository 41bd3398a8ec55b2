"""One shard to rows: what every engine runs, here or on another machine.

`prepare` decodes, reads and finds statements (Python); `classify` labels them (the model). They are apart so that the
next shard can be prepared while this one is classified. Both depend on the shard and the settings alone, so that a
shard done twice gives the same rows.
"""

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import QawlError
from data.normalisation import normalise
from data.readers import Columns, Failure, parse_article
from data.readers.articles import EXCERPT, day_of
from data.records import Article, Prediction, Statement, StatementInput
from data.targets import Target
from serving.analyzer import find_statements, inputs_of
from serving.archive.schema import ARTICLES_SCHEMA, STATEMENTS_SCHEMA
from serving.archive.shards import Shard, Unit
from serving.archive.sketch import sketch
from serving.engine import Engine


@dataclass
class Prepared:
    """A shard whose statements are found but not labelled. `inputs[i]` is what the model reads of `rows[i]`."""

    number: int
    records: int
    articles: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    inputs: list[StatementInput] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    # What was guessed about fields' names, and the file where it was first.
    notes: dict[str, str] = field(default_factory=dict)
    repeated: int = 0
    # Statements, not records: their articles are there.
    without_answer: int = 0


class Stopped(Exception):
    """The run was told to stop while a shard was being prepared."""


def prepare(shard: Shard, columns: Columns, stopping: Callable[[], bool] = lambda: False) -> Prepared:
    """Read a shard's articles and find their statements. A record that fails is kept as a failure.

    Raises:
        Stopped: if `stopping` says so between two articles.
    """
    prepared = Prepared(shard.number, len(shard.units))
    for unit in shard.units:
        if stopping():
            raise Stopped
        article, note = parse_article(unit.piece, columns)
        if note:
            prepared.notes.setdefault(note, unit.piece.name)
        if isinstance(article, Failure):
            prepared.failures.append(article)
            continue
        found: list[Statement] = []
        if not unit.repeated:
            try:
                found = _distinct(find_statements(article))
                inputs = inputs_of(article, found)
            except Exception as error:  # whatever one article trips over, the archive goes on
                reason = f"extraction failed: {type(error).__name__}: {' '.join(str(error).split())}"
                prepared.failures.append(Failure(unit.piece.place, reason, article.text[:EXCERPT]))
                continue
            prepared.inputs.extend(inputs)
            prepared.places.extend([unit.piece.place] * len(found))
            day = day_of(article.date)
            prepared.rows.extend(
                _statement_row(unit.key, article, day, one, given) for one, given in zip(found, inputs, strict=True)
            )
        prepared.repeated += unit.repeated
        prepared.articles.append(_article_row(unit, article, len(found)))
    return prepared


def _distinct(statements: Sequence[Statement]) -> list[Statement]:
    return list({(one.field, one.start, one.end): one for one in statements}.values())


def key_of(normalised: str) -> str:
    """A hash that copies of a text share: white space and marks of direction aside."""
    return hashlib.sha256("".join(normalised.split()).encode("utf-8", "replace")).hexdigest()[:16]


def _article_row(unit: Unit, article: Article, statements: int) -> dict[str, Any]:
    plain = normalise(article.text).text
    return {
        "record": unit.record,
        "article_key": unit.key,
        "article_id": article.id,
        "place": unit.piece.place,
        "title": article.title,
        "date": article.date,
        "day": day_of(article.date),
        "source": article.source,
        "url": article.url,
        "text": article.text,
        "characters": len(article.text),
        "text_key": key_of(plain),
        "copy_key": unit.copy_key,
        "statements": statements,
        "repeated": unit.repeated,
        "sketch": sketch(plain),
    }


def _statement_row(key: str, article: Article, day: Any, one: Statement, given: StatementInput) -> dict[str, Any]:
    span = f"{key} {one.field} {one.start} {one.end}"
    cue, speaker = one.cue, one.speaker
    mention = speaker.mention if speaker else None
    plain = normalise(one.text).text
    return {
        "row_id": hashlib.sha256(span.encode()).hexdigest()[:32],
        "article_key": key,
        "article_id": article.id,
        "day": day,
        "source": article.source,
        "url": article.url,
        "title": article.title,
        "field": one.field,
        "start": one.start,
        "end": one.end,
        "text": one.text,
        "kind": one.kind,
        "cue": cue.text if cue else None,
        "cue_start": cue.start if cue else None,
        "cue_end": cue.end if cue else None,
        "speaker": speaker.name if speaker else None,
        "speaker_type": speaker.type if speaker else None,
        "speaker_role": speaker.role if speaker else None,
        "speaker_affiliation": speaker.affiliation if speaker else None,
        "mention": mention.text if mention else None,
        "mention_start": mention.start if mention else None,
        "mention_end": mention.end if mention else None,
        "asserted": one.asserted,
        "context": given.context,
        "statement_key": key_of(plain),
        "sketch": sketch(plain),
    }


def classify(prepared: Prepared, engine: Engine, target: Target) -> None:
    """Label the statements of a prepared shard in place; one without an answer moves to the failures."""
    answers = _answers(engine, prepared.inputs, target)
    labelled = []
    for row, place, answer in zip(prepared.rows, prepared.places, answers, strict=True):
        if isinstance(answer, QawlError):
            where = f"{row['field']}[{row['start']}:{row['end']}]"
            prepared.failures.append(Failure(place, f"statement at {where}: {answer.what}", row["text"][:EXCERPT]))
            prepared.without_answer += 1
            continue
        row["target"] = target.name
        for head, label in (("stance", answer.stance), ("sentiment", answer.sentiment)):
            row[head] = label.label
            row[f"{head}_confidence"] = label.confidence
            row[f"{head}_abstained"] = label.abstained
            for name, probability in label.probabilities.items():
                row[f"{head}_{name}"] = probability
        labelled.append(row)
    prepared.rows = labelled


def _answers(engine: Engine, inputs: Sequence[StatementInput], target: Target) -> list[Prediction | QawlError]:
    if not inputs:
        return []
    try:
        return list(engine.predict(inputs, target))
    except QawlError as error:
        # One of them has no answer: ask for halves, so that only that one is lost.
        if len(inputs) == 1:
            return [error]
        half = len(inputs) // 2
        return _answers(engine, inputs[:half], target) + _answers(engine, inputs[half:], target)


def parquet_parts(prepared: Prepared) -> dict[str, bytes]:
    """The Parquet files of a scored shard, by their names in the output folder."""
    part = f"part-{prepared.number:06d}.parquet"
    by_month: dict[str, list[dict[str, Any]]] = {}
    for row in prepared.rows:
        month = row["day"].strftime("%Y-%m") if row["day"] else "unknown"
        by_month.setdefault(month, []).append(row)
    parts = {f"articles/{part}": _parquet(prepared.articles, ARTICLES_SCHEMA)} if prepared.articles else {}
    for month in sorted(by_month):
        parts[f"statements/month={month}/{part}"] = _parquet(by_month[month], STATEMENTS_SCHEMA)
    return parts


def _parquet(rows: list[dict[str, Any]], schema: pa.Schema) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), out, compression="zstd")
    return out.getvalue()
