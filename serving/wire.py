"""What goes over HTTP: the bodies of calls and of answers. Field names are those of the public interface.

Knows shapes, not limits (those are settings) and not how anything is answered.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from data.records import Article, Prediction, Record, Statement, StatementInput
from data.targets import Target

_TARGET = (
    "What the stance is toward: the name of a known target, Arabic text, or a card with `name`, `title` and optionally "
    "`definition` and `aspects`. By default `foreign-military-presence`."
)


def _shape(value: object) -> str:
    return "(card)" if isinstance(value, (dict, Target)) else "(name)"


AnyTarget = Annotated[
    Annotated[Target, Tag("(card)")] | Annotated[str, Tag("(name)")],
    Discriminator(_shape),
]


class AnalyzeRequest(Record):
    """Articles whose statements are to be found and labelled."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "articles": [{"id": "a1", "text": "قال وزير الخارجية إن بلاده ترفض بقاء القوات الأجنبية على أراضيها."}]
            }
        }
    )

    articles: list[Article]
    target: AnyTarget | None = Field(default=None, description=_TARGET)


class PredictRequest(Record):
    """Statements to be labelled."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "statements": [
                    {
                        "text": "وجود هذه القوات انتهاك لسيادتنا",
                        "speaker": "المتحدث باسم الحكومة",
                        "context": "وقال المتحدث باسم الحكومة: «وجود هذه القوات انتهاك لسيادتنا».",
                    }
                ]
            }
        }
    )

    statements: list[StatementInput]
    target: AnyTarget | None = Field(default=None, description=_TARGET)


class ModelName(Record):
    """Which artifact answered."""

    name: str
    version: str


class Problem(BaseModel):
    """What is wrong, in Arabic and English."""

    code: str
    field: str | None
    message: dict[str, str]
    details: list[dict[str, Any]] = []
    request_id: str | None = None


class ErrorResponse(BaseModel):
    """The one shape of every error."""

    error: Problem


class Result(BaseModel):
    """The statements of one article; `error` where this article, and only this one, failed."""

    id: str | None
    statements: list[Statement]
    error: Problem | None = None


class AnalyzeResponse(BaseModel):
    """One result an article, in order."""

    results: list[Result]
    model: ModelName


class PredictResponse(BaseModel):
    """One prediction a statement, in order; an object with `error` for a statement that the model could not answer."""

    predictions: list[Prediction]
    model: ModelName


class FeedbackResponse(BaseModel):
    """The correction is on the disk."""

    stored: bool
    id: int
