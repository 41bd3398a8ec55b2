"""The HTTP endpoints: JSON in, statements out, as an ASGI application that BentoML mounts.

Reads a body, asks the live model through the micro-batcher, and writes UTF-8 JSON. Knows the calls; the gate before
them (keys, sizes, ids, errors) is `serving.guard`, the life of the process `serving.service`.
"""

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json, to_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from data.errors import QawlError
from data.records import Article, Prediction, StatementInput
from data.targets import Target, known_targets, resolve_target
from serving.analyzer import labelled
from serving.batcher import Batcher, Overloaded
from serving.feedback import Correction, LabelStore
from serving.live import InUse, LiveModel
from serving.metrics import Metrics
from serving.openapi import document
from serving.reading import Found, Reader
from serving.refusals import Refusal, from_validation, late, overloaded, too_large
from serving.settings import Settings
from serving.wire import AnalyzeRequest, PredictRequest

PAGE = Path(__file__).resolve().parent / "page"
CHARACTERS = ("حرف", "characters")
# Articles of one call that are worked on at once: the next is read while this one is labelled, and no more, so that
# a call with many articles has no larger share of the model than a call with two.
ARTICLES_AT_ONCE = 2
# What an article is reckoned to hold until it has been read.
STATEMENTS_AN_ARTICLE = 5
NDJSON = "application/x-ndjson"

_Body = TypeVar("_Body", bound=BaseModel)
_T = TypeVar("_T")


@dataclass(frozen=True)
class Parts:
    """All that the endpoints work with."""

    settings: Settings
    live: LiveModel
    batcher: Batcher
    labels: LabelStore
    metrics: Metrics
    reader: Reader


Endpoint = Callable[["Parts", Request], Awaitable[Response]]


class _Assets(StaticFiles):
    """The page's scripts and styles: kept by browsers, asked after each time, so that an update is one page at once."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        # Opened by itself such a file runs and shows nothing.
        response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        return response


def application(parts: Callable[[], Parts]) -> ASGIApp:
    """The endpoints as an ASGI application. `parts` is asked at each call: it may be mounted before they exist.

    Refusals pass through it as exceptions, for the guard around it to answer.
    """

    def bound(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return await endpoint(parts(), request)

        return handle

    # A bare router: a whole Starlette application would answer exceptions itself before the guard sees them.
    router = Router(
        routes=[
            Route("/analyze", bound(analyze), methods=["POST"]),
            Route("/predict", bound(predict), methods=["POST"]),
            Route("/feedback", bound(feedback), methods=["POST"]),
            Route("/model", bound(model), methods=["GET"]),
            Route("/docs.json", docs, methods=["GET"]),
            Route("/", page, methods=["GET"]),
            Mount("/page", _Assets(directory=PAGE)),
            # BentoML answers these before we are asked; what comes here has another method.
            *(Route(path, _not_here, methods=["GET"]) for path in ("/livez", "/readyz", "/metrics")),
        ],
        redirect_slashes=False,
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # `app` in the scope tells the router to raise what it would else answer in plain text.
        scope.setdefault("app", router)
        try:
            await router(scope, receive, send)
        except HTTPException as error:
            raise _refusal_of(error) from None

    return app


async def analyze(parts: Parts, request: Request) -> Response:
    """POST /analyze."""
    body = await _read(request, AnalyzeRequest)
    limits = parts.settings.limits
    if len(body.articles) > limits.articles:
        raise too_large("articles", limits.articles, ("مقالا", "articles"))
    for i, article in enumerate(body.articles):
        for name in ("text", "title"):
            if len(getattr(article, name) or "") > limits.article_characters:
                raise too_large(f"articles[{i}].{name}", limits.article_characters, CHARACTERS)
    target = _target(body.target)
    in_use = parts.live.current
    _admit(parts, STATEMENTS_AN_ARTICLE * len(body.articles))
    each = functools.partial(_analyze_one, parts, in_use, target)
    if NDJSON in request.headers.get("accept", ""):
        return StreamingResponse(
            _lines(functools.partial(_in_time, each, parts.settings.queue.deadline_seconds), body.articles),
            media_type=NDJSON,
            headers={"X-Qawl-Model": f"{in_use.card.name}:{in_use.card.version}"},
        )
    results = await _answer(parts, request, _gather(each, body.articles))
    return _json({"results": results, "model": in_use.name})


async def predict(parts: Parts, request: Request) -> Response:
    """POST /predict."""
    body = await _read(request, PredictRequest)
    limits = parts.settings.limits
    if len(body.statements) > limits.statements:
        raise too_large("statements", limits.statements, ("قولا", "statements"))
    for i, statement in enumerate(body.statements):
        for name in ("text", "context", "speaker"):
            if len(getattr(statement, name) or "") > limits.statement_characters:
                raise too_large(f"statements[{i}].{name}", limits.statement_characters, CHARACTERS)
    target = _target(body.target)
    in_use = parts.live.current
    _admit(parts, len(body.statements))
    answers = await _answer(parts, request, _label(parts, in_use, target, body.statements))
    predictions = [
        _item_problem(answer) if isinstance(answer, QawlError) else answer.model_dump() for answer in answers
    ]
    return _json({"predictions": predictions, "model": in_use.name})


async def feedback(parts: Parts, request: Request) -> Response:
    """POST /feedback."""
    given = await _object(request)
    # A statement as /analyze gave it is welcome too: its parts and its labels' names are taken out.
    if isinstance(given.get("statement"), dict):
        given = {**given.pop("statement"), **given}
    for head in ("stance", "sentiment"):
        if isinstance(given.get(head), dict) and "label" in given[head]:
            given[head] = given[head]["label"]
    if isinstance(given.get("speaker"), dict):
        given["speaker"] = given["speaker"].get("name")
    for name in ("field", "start", "end", "kind", "cue", "asserted", "evidence"):
        given.pop(name, None)
    if isinstance(given.get("target"), dict):
        given["target"] = given["target"].get("name")
    if isinstance(given.get("model"), dict):
        given["model"] = ":".join(str(given["model"].get(key)) for key in ("name", "version"))
    if given.get("model") is None:
        in_use = parts.live.current
        given["model"] = f"{in_use.card.name}:{in_use.card.version}"
    correction = _validated(Correction, given)
    _target(correction.target)
    number = await asyncio.to_thread(parts.labels.add, correction)
    parts.metrics.feedback.inc()
    return _json({"stored": True, "id": number})


async def model(parts: Parts, request: Request) -> Response:
    """GET /model."""
    in_use = parts.live.current
    card = in_use.card.model_dump(mode="json")
    return _json(
        {**card, "known_targets": known_targets(), "tag": in_use.tag, "since": in_use.since}
        | {"backend": in_use.engine.backend.name, "refused": parts.live.refused}
    )


async def docs(request: Request) -> Response:
    """GET /docs.json."""
    return _json(document())


async def _not_here(request: Request) -> Response:
    raise HTTPException(404)


async def page(request: Request) -> Response:
    """GET /."""
    return FileResponse(
        PAGE / "index.html",
        headers={
            "Content-Security-Policy": (
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
            "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
            "Cache-Control": "no-cache",
        },
    )


async def _analyze_one(parts: Parts, in_use: InUse, target: Target, index: int, article: Article) -> dict[str, Any]:
    result: dict[str, Any] = {"id": article.id, "statements": []}
    try:
        slices = parts.reader.read(article)
        with parts.batcher.expecting(STATEMENTS_AN_ARTICLE):
            found: Found = await anext(slices, [])
        while found:
            answers = await _label(parts, in_use, target, [given for _, given in found])
            for (one, _), answer in zip(found, answers, strict=True):
                given = one if isinstance(answer, QawlError) else labelled(one, answer, target)
                result["statements"].append(given.model_dump(exclude={"evidence"}))
            found = await anext(slices, [])
    except Exception as error:  # an article that cannot be read must not take the others with it
        parts.metrics.failed.inc()
        what = error if isinstance(error, QawlError) else QawlError("the article could not be read")
        return {"id": article.id, "statements": []} | _item_problem(what, f"articles[{index}]")
    return result


async def _in_time(
    each: Callable[[int, Article], Coroutine[Any, Any, dict[str, Any]]], seconds: float, index: int, article: Article
) -> dict[str, Any]:
    """One article of a stream: the deadline is each article's own, since the answer has begun."""
    try:
        async with asyncio.timeout(seconds):
            return await each(index, article)
    except TimeoutError:
        return {"id": article.id, "statements": []} | late(seconds, f"articles[{index}]").envelope()


async def _label(
    parts: Parts, in_use: InUse, target: Target, statements: Sequence[StatementInput]
) -> list[Prediction | QawlError]:
    answers = await parts.batcher.submit(in_use.engine, statements, target, admitted=True)
    for answer in answers:
        if isinstance(answer, QawlError):
            parts.metrics.failed.inc()
        else:
            parts.metrics.answered(answer)
    return answers


async def _gather(
    each: Callable[[int, Article], Coroutine[Any, Any, dict[str, Any]]], articles: Sequence[Article]
) -> list[dict[str, Any]]:
    return [result async for result in _in_order(each, articles)]


async def _lines(
    each: Callable[[int, Article], Coroutine[Any, Any, dict[str, Any]]], articles: Sequence[Article]
) -> AsyncIterator[bytes]:
    async for result in _in_order(each, articles):
        yield to_json(result) + b"\n"


async def _in_order(
    each: Callable[[int, Article], Coroutine[Any, Any, dict[str, Any]]], articles: Sequence[Article]
) -> AsyncIterator[dict[str, Any]]:
    running: list[asyncio.Task[dict[str, Any]]] = []
    coming = iter(enumerate(articles))
    try:
        while True:
            while len(running) < ARTICLES_AT_ONCE and (following := next(coming, None)) is not None:
                running.append(asyncio.create_task(each(*following)))
            if not running:
                return
            result = await running[0]
            del running[0]
            yield result
    finally:
        for task in running:
            task.cancel()


async def _answer(parts: Parts, request: Request, work: Coroutine[Any, Any, _T]) -> _T:
    """Do the work within the deadline, and only as long as the client waits for it."""
    seconds = parts.settings.queue.deadline_seconds
    task = asyncio.create_task(work)
    gone = asyncio.ensure_future(request.receive())
    try:
        done, _ = await asyncio.wait({task, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if task in done:
            return task.result()
        if gone in done:
            raise ClientDisconnect
        raise late(seconds)
    finally:
        task.cancel()
        gone.cancel()


def _admit(parts: Parts, count: int) -> None:
    try:
        parts.batcher.admit(count)
    except Overloaded as error:
        raise overloaded(error.retry_after) from None


async def _object(request: Request) -> dict[str, Any]:
    body = await request.body()
    if not body:
        raise Refusal(400, "empty_body", "الطلب فارغ", "the body is empty", field="body")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(
            400,
            "not_utf8",
            f"النص ليس بترميز UTF-8 (عند البايت {error.start})",
            f"the body is not UTF-8 (at byte {error.start})",
            field="body",
        ) from None
    try:
        given = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Refusal(
            400, "not_json", f"الطلب ليس JSON صالحا: {error}", f"the body is not valid JSON: {error}", field="body"
        ) from None
    if not isinstance(given, dict):
        raise Refusal(400, "invalid_field", "يجب أن يكون الطلب كائنا", "the body must be an object", field="body")
    return given


async def _read(request: Request, shape: type[_Body]) -> _Body:
    return _validated(shape, await _object(request))


def _validated(shape: type[_Body], given: dict[str, Any]) -> _Body:
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        raise from_validation(error) from None


@functools.lru_cache(maxsize=64)
def _known(name: str | None) -> Target:
    return resolve_target(name)


def _target(given: Target | str | None) -> Target:
    if isinstance(given, Target):
        return given
    try:
        return _known(given)
    except QawlError:
        known = ", ".join(known_targets())
        raise Refusal(
            400,
            "unknown_target",
            f"هدف غير معروف. المعروف: {known}؛ أو اكتب نصا عربيا أو بطاقة هدف",
            f"unknown target; known: {known}; or give Arabic text or a target card",
            field="target",
        ) from None


def _item_problem(error: QawlError, field: str | None = None) -> dict[str, Any]:
    refusal = Refusal(500, "item_failed", "تعذرت معالجة هذا العنصر", error.what, field=field)
    return refusal.envelope()


def _json(content: object) -> Response:
    # NaN would not be JSON; the engine lets none through, and this would say so loudly.
    return Response(to_json(content, inf_nan_mode="constants"), media_type="application/json; charset=utf-8")


def _refusal_of(error: HTTPException) -> Refusal:
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        return Refusal(
            405,
            "method_not_allowed",
            f"الطريقة غير مسموحة؛ المسموح: {allowed}",
            f"method not allowed; use {allowed}",
            headers={"Allow": allowed},
        )
    return Refusal(404, "not_found", "لا يوجد شيء في هذا العنوان", "there is nothing here")
