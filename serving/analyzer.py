"""The analyzer: an article in, its labelled statements out. What Python users import.

    from serving import Analyzer
    analyzer = Analyzer.pretrained()
    for statement in analyzer.analyze("قال الوزير إن القوات ستنسحب."): ...

Joins extraction and engine; knows nothing of HTTP, files or the store beyond where an artifact lies.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self, overload

from pydantic import BaseModel, ValidationError

from data.artifact import Card
from data.errors import QawlError
from data.records import Article, Prediction, Statement, StatementInput
from data.targets import Target, resolve_target
from data.template import context_around
from serving.engine import Engine, readable

Given = str | Article | Mapping[str, Any]


class Analyzer:
    """Finds and labels the statements of articles with one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def pretrained(cls, artifact: str | Path | None = None, *, threads: int | None = None) -> Self:
        """Load an artifact.

        Args:
            artifact: a directory, a tag of the store, or none for the promoted one, else the shipped one.
            threads: threads for inference; all that the machine gives where none are named.

        Raises:
            QawlError: if there is no such artifact, or it is broken or of another version.
        """
        from serving.store import Store

        return cls(Engine.load(Store().resolve(artifact), threads))

    @property
    def card(self) -> Card:
        """The card of the artifact in use."""
        return self.engine.card

    def labels(self) -> dict[str, tuple[str, ...]]:
        """The labels of both heads."""
        return {"stance": self.card.labels.stance, "sentiment": self.card.labels.sentiment}

    # A text is also a sequence of texts to the type checker, though not to us.
    @overload
    def analyze(  # type: ignore[overload-overlap]
        self, given: Given, target: str | Target | None = None
    ) -> list[Statement]: ...

    @overload
    def analyze(self, given: Sequence[Given], target: str | Target | None = None) -> list[list[Statement]]: ...

    def analyze(
        self, given: Given | Sequence[Given], target: str | Target | None = None
    ) -> list[Statement] | list[list[Statement]]:
        """The labelled statements of an article, or of each of several.

        Args:
            given: a text, an article, or a list of them.
            target: what the stance is toward: a known name, a card, or Arabic text.

        Returns:
            for one article its statements in order, for a list a list of such lists. Offsets are code points into
            the text as given. An article without statements, or without Arabic, gives an empty list.

        Raises:
            QawlError: if something else than text or an article is given, or the target is unknown.
        """
        if isinstance(given, (str, Article, Mapping)):
            return self._analyze([_article(given, "article")], target)[0]
        if not isinstance(given, Sequence) or isinstance(given, (bytes, bytearray)):
            raise QawlError(f"an article is text or an object, not {type(given).__name__}", where="article")
        return self._analyze([_article(one, f"articles[{i}]") for i, one in enumerate(given)], target)

    def predict(
        self,
        statements: Sequence[str | StatementInput | Mapping[str, Any]],
        target: str | Target | None = None,
    ) -> list[Prediction]:
        """Stance and sentiment of given statements, in order.

        Args:
            statements: texts, records, or objects with `text` and optionally `speaker` and `context`.
            target: as for `analyze`.

        Raises:
            QawlError: if a statement is empty or of a wrong type, or the target is unknown.
        """
        if isinstance(statements, (str, bytes, Mapping)) or not isinstance(statements, Sequence):
            raise QawlError("statements come as a list", where="statements", remedy="put the one in a list")
        inputs = [_statement(one, f"statements[{i}]") for i, one in enumerate(statements)]
        return self.engine.predict(inputs, resolve_target(target))

    def _analyze(self, articles: Sequence[Article], target: str | Target | None) -> list[list[Statement]]:
        card = resolve_target(target)
        found = [find_statements(article) for article in articles]
        inputs = [inputs_of(article, statements) for article, statements in zip(articles, found, strict=True)]
        answers = iter(self.engine.predict([one for several in inputs for one in several], card))
        return [[labelled(one, next(answers), card) for one in statements] for statements in found]


def find_statements(article: Article) -> list[Statement]:
    """The statements of an article, not yet labelled."""
    from data.extraction import extract

    return [
        one if one.article_id == article.id else one.model_copy(update={"article_id": article.id})
        for one in extract(article)
    ]


def inputs_of(article: Article, statements: Sequence[Statement]) -> list[StatementInput]:
    """What the engine reads of each statement: its text, its speaker's name and the text around it."""
    return [
        StatementInput(
            text=readable(one.text),
            speaker=readable(one.speaker.name) if one.speaker else None,
            context=readable(context_around(article.field(one.field), one.start, one.end)),
        )
        for one in statements
    ]


def labelled(statement: Statement, prediction: Prediction, target: Target) -> Statement:
    """The statement with its labels and the target they are toward."""
    return statement.model_copy(
        update={"target": target.name, "stance": prediction.stance, "sentiment": prediction.sentiment}
    )


def _record(model: type[BaseModel], value: object, where: str) -> Any:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join([where, *(str(part) for part in first["loc"])])
        raise QawlError(first["msg"], where=field) from error


def _article(value: object, where: str) -> Article:
    if isinstance(value, Article):
        return value
    article: Article = _record(Article, {"text": value} if isinstance(value, str) else value, where)
    return article


def _statement(value: object, where: str) -> StatementInput:
    if isinstance(value, StatementInput):
        return value
    given = {"text": value} if isinstance(value, str) else value
    statement: StatementInput = _record(StatementInput, given, where)
    return statement
