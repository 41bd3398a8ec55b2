"""Stand-off labels: labels of real statements without their text, joined to an archive that the user has.

The texts are their publishers' and stay out of the repository; what is kept is where a statement stands, a hash
that proves it is the same one, and our labels. Whole articles that test the extraction need no stance and sentiment.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from data.errors import QawlError
from data.records import DEFAULT_TARGET, Article, Kind, LabelledStatement, Record, Sentiment, SpeakerType, Stance
from data.template import context_around


class StandoffLabel(Record):
    """Labels of `archive[article_id][field][start:end]`, whose text hashes to `sha256` (first 16 hex digits)."""

    id: str
    archive: str
    article_id: str
    field: str = Field(default="text", pattern="^(text|title)$")
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    sha256: str
    speaker_start: int | None = None
    speaker_end: int | None = None
    speaker_field: str = Field(default="text", pattern="^(text|title)$")
    cue_start: int | None = None  # in the statement's own field, like cue_end
    cue_end: int | None = None
    speaker_type: SpeakerType | None = None
    kind: Kind | None = None
    target: str = DEFAULT_TARGET
    stance: Stance | None = None
    sentiment: Sentiment | None = None
    split: Literal["train", "validation", "test"] = "train"
    annotator: str | None = None
    hard: bool = False


def text_hash(text: str) -> str:
    """The hash that a stand-off label keeps of its text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def load_standoff(path: Path) -> list[StandoffLabel]:
    """Read stand-off labels from a JSONL file.

    Raises:
        QawlError: at the first bad line, naming it and its field.
    """
    rows = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                rows.append(StandoffLabel.model_validate(json.loads(line)))
            except ValidationError as error:
                first = error.errors()[0]
                field = ".".join(str(part) for part in first["loc"])
                raise QawlError(f"field {field}: {first['msg']}", where=f"{path}:{number}") from error
            except ValueError as error:
                raise QawlError("not JSON", where=f"{path}:{number}") from error
    return rows


def labelled_text(label: StandoffLabel, source: str) -> str:
    """What the label stands on in `source`, the field of the article that it names.

    Raises:
        QawlError: if that is not what was labelled.
    """
    text = source[label.start : label.end]
    if text_hash(text) != label.sha256:
        raise QawlError(
            "the text at the label's offsets is not the text that was labelled",
            where=f"{label.archive}#{label.article_id}",
        )
    return text


def speaker_of(label: StandoffLabel, article: Article) -> str | None:
    """The name that the label points to in its article; None if it names nobody."""
    if label.speaker_start is None or label.speaker_end is None:
        return None
    named_in = article.text if label.speaker_field == "text" else article.title or ""
    return named_in[label.speaker_start : label.speaker_end] or None


def join_standoff(
    labels: Iterable[StandoffLabel], articles: Iterable[Article]
) -> Iterator[LabelledStatement | QawlError]:
    """Join labels to the articles of an archive.

    Yields:
        a labelled statement with text, context and speaker for each label whose article is there and unchanged;
        an error for each label whose text is not what was labelled. Labels whose article does not come are not
        yielded: the caller counts them.
    """
    wanted: dict[str, list[StandoffLabel]] = {}
    for label in labels:
        wanted.setdefault(label.article_id, []).append(label)
    for article in articles:
        for label in wanted.pop(article.id or "", []):
            source = article.text if label.field == "text" else article.title or ""
            try:
                text = labelled_text(label, source)
            except QawlError as error:
                yield error
                continue
            speaker = speaker_of(label, article)
            yield LabelledStatement(
                text=text,
                stance=label.stance,
                sentiment=label.sentiment,
                id=label.id,
                target=label.target,
                speaker=speaker,
                context=context_around(source, label.start, label.end),
                date=article.date,
                source=article.source,
                annotator=label.annotator,
                split=label.split,
                family=f"{label.archive}#{label.article_id}",
                kind=label.kind,
                speaker_type=label.speaker_type,
                hard=label.hard,
            )
