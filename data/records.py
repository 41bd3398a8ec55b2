"""The records that every part of Qawl exchanges: article, statement, labelled statement, prediction.

Field names and label names are those of the public interface; offsets are Unicode code points into the
text as it was given. The records know nothing of how they are found, scored or stored.
"""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

Kind = Literal["direct", "indirect", "mixed"]
SpeakerType = Literal["person", "organisation", "country", "unnamed"]
Stance = Literal["against", "favor", "neutral", "unrelated"]
Sentiment = Literal["positive", "neutral", "negative"]

KINDS: tuple[Kind, ...] = get_args(Kind)
STANCES: tuple[Stance, ...] = get_args(Stance)
SENTIMENTS: tuple[Sentiment, ...] = get_args(Sentiment)
DEFAULT_TARGET = "foreign-military-presence"


def _identifier(value: object) -> object:
    # Archives number their articles; the interface prints identifiers as text.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Identifier = Annotated[str, BeforeValidator(_identifier)]


class Record(BaseModel):
    """A frozen record whose unknown keys are refused, so that a misspelt field is seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Article(Record):
    """A news article as it came in. Unknown keys are kept under `extra`."""

    text: str
    id: Identifier | None = None
    title: str | None = None
    date: Identifier | None = None
    source: str | None = None
    url: str | None = None
    extra: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _keep_unknown(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        unknown = {key: value[key] for key in value if key not in cls.model_fields}
        if not unknown:
            return value
        known = {key: value[key] for key in value if key in cls.model_fields}
        given = known.get("extra")
        known["extra"] = {**(given if isinstance(given, dict) else {}), **unknown}
        return known

    def field(self, name: Literal["text", "title"]) -> str:
        """The text that offsets with `field == name` point into."""
        return self.text if name == "text" else self.title or ""


class Span(Record):
    """A piece of an article's field: `article[field][start:end] == text`."""

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Speaker(Record):
    """Who said a statement. `mention` is null where it is carried over from an earlier sentence."""

    name: str
    type: SpeakerType
    mention: Span | None = None
    role: str | None = None
    affiliation: str | None = None


class Label(Record):
    """One head's answer. `abstained`: the calibrated confidence lies under the artifact's threshold."""

    label: str
    confidence: float = Field(ge=0, le=1)
    probabilities: dict[str, float]
    abstained: bool


class Prediction(Record):
    """Both heads' answers for one statement."""

    stance: Label
    sentiment: Label


class Statement(Record):
    """A statement found in an article; `target`, `stance` and `sentiment` are null until it is classified.

    `asserted` is false where the reporting itself is negated or hypothetical («لم يقل إن»).
    `evidence` names what found the statement and its speaker; only filled on request.
    """

    article_id: str | None = None
    field: Literal["text", "title"] = "text"
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str
    kind: Kind
    cue: Span | None = None
    speaker: Speaker | None = None
    asserted: bool = True
    target: str | None = None
    stance: Label | None = None
    sentiment: Label | None = None
    evidence: dict[str, str] | None = None


class StatementInput(Record):
    """What a caller gives to have one statement classified. `context` is its sentence or paragraph."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str = Field(min_length=1)
    speaker: str | None = None
    context: str | None = None

    @field_validator("text")
    @classmethod
    def _not_blank(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("the statement is empty")
        return value


class LabelledStatement(Record):
    """A statement with its labels, as people give them; one line of a labelled JSONL file.

    Beyond the interface's fields, our own set also says how a statement is related to others
    (`family`, `pair`: ids that never straddle a split) and what it is about, for counts and group scores.
    """

    text: str = Field(min_length=1)
    stance: Stance | None = None
    sentiment: Sentiment | None = None
    id: Identifier | None = None
    target: str = DEFAULT_TARGET
    speaker: str | None = None
    context: str | None = None
    date: Identifier | None = None
    source: str | None = None
    annotator: str | None = None
    split: Literal["train", "validation", "test"] | None = None
    family: str | None = None
    pair: str | None = None
    group: str | None = None
    topic: str | None = None
    kind: Kind | None = None
    speaker_type: SpeakerType | None = None
    country: str | None = None
    force: str | None = None
    hard: bool = False

    @model_validator(mode="after")
    def _labelled(self) -> Self:
        if not self.text.strip():
            raise ValueError("text is empty")
        return self
