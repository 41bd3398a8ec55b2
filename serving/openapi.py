"""The OpenAPI document of the service, made from the records that it reads and writes.

Knows shapes and statuses; knows nothing of how calls are answered.
"""

import functools
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from data.records import DEFAULT_TARGET
from data.targets import known_targets
from serving.feedback import Correction
from serving.wire import (
    AnalyzeRequest,
    AnalyzeResponse,
    ErrorResponse,
    FeedbackResponse,
    PredictRequest,
    PredictResponse,
)

_REF = "#/components/schemas/{model}"
_STANCE = {
    "label": "against",
    "confidence": 0.93,
    "probabilities": {"against": 0.93, "favor": 0.02, "neutral": 0.04, "unrelated": 0.01},
    "abstained": False,
}
_SENTIMENT = {
    "label": "negative",
    "confidence": 0.88,
    "probabilities": {"positive": 0.02, "neutral": 0.1, "negative": 0.88},
    "abstained": False,
}
_MODEL = {"name": "embedded", "version": "0123456789ab"}
_TEXT = "قال وزير الخارجية إن بلاده ترفض بقاء القوات الأجنبية على أراضيها."


def _found(text: str) -> dict[str, Any]:
    start = text.index("بلاده")
    return {
        "article_id": "a1",
        "field": "text",
        "start": start,
        "end": len(text) - 1,
        "text": text[start:-1],
        "kind": "indirect",
        "cue": {"text": "قال", "start": 0, "end": 3},
        "speaker": {
            "name": "وزير الخارجية",
            "type": "person",
            "mention": {"text": "وزير الخارجية", "start": 4, "end": 17},
            "role": None,
            "affiliation": None,
        },
        "asserted": True,
        "target": DEFAULT_TARGET,
        "stance": _STANCE,
        "sentiment": _SENTIMENT,
    }


_ERROR_EXAMPLE = {
    "error": {
        "code": "invalid_field",
        "field": "articles[0].text",
        "message": {"ar": "articles[0].text: الحقل مطلوب", "en": "articles[0].text: the field is required"},
        "details": [
            {
                "field": "articles[0].text",
                "message": {"ar": "الحقل مطلوب", "en": "the field is required"},
            }
        ],
        "request_id": "5d41402abc4b2a76b9719d911017c592",
    }
}
_ERRORS = {
    "400": "Not JSON, not UTF-8, a wrong or missing field, or an unknown target; the answer names the field",
    "401": "The API key is missing or wrong, where the service asks for one",
    "403": "A call from another site's page",
    "408": "The body came too slowly",
    "413": "The body, a list or a text is larger than allowed",
    "429": "Too many calls with this key; see Retry-After",
    "500": "Something went wrong inside the service",
    "503": "The service is busy, or the deadline passed; see Retry-After",
}
_RETRY = {
    "Retry-After": {
        "description": "Seconds after which to try again",
        "schema": {"type": "integer", "minimum": 1},
    }
}


@functools.cache
def document() -> dict[str, Any]:
    """The document, as an object to be written as JSON."""
    models: list[type[BaseModel]] = [
        AnalyzeRequest,
        AnalyzeResponse,
        PredictRequest,
        PredictResponse,
        Correction,
        FeedbackResponse,
        ErrorResponse,
    ]
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    components = schemas["$defs"]
    _complete(components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Qawl",
            "summary": "Who says what in Arabic news, and how they stand to it",
            "description": (
                "Finds the quoted statements of Arabic articles, names their speakers and gives each a stance toward a "
                "target and a sentiment. Offsets are code points into the text as given. Bodies are UTF-8 JSON."
            ),
            "version": "1",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "."}],
        "security": [{}, {"key": []}, {"bearer": []}],
        "paths": {
            "/analyze": {"post": _analyze()},
            "/predict": {"post": _predict()},
            "/feedback": {"post": _feedback()},
            "/model": {
                "get": {
                    "operationId": "model",
                    "summary": "The card of the artifact in use",
                    "responses": {
                        "200": _answer("Version, encoder, labels, targets, data, metrics, calibration", None, None),
                        **_errors("401", "403", "429", "500"),
                    },
                }
            },
            "/livez": _probe("livez", "The process is alive"),
            "/readyz": _probe("readyz", "A model is loaded and the service answers"),
            "/metrics": _probe("metrics", "Prometheus metrics"),
        },
        "components": {
            "schemas": components,
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _complete(components: dict[str, Any]) -> None:
    """Say what the records check in code, which their types do not."""
    # Articles keep what they do not know under `extra`, and archives number theirs.
    article = components["Article"]
    article["additionalProperties"] = True
    for name in ("id", "date"):
        article["properties"][name]["anyOf"].append({"type": "integer"})
    # A known name, or text with an Arabic letter in it.
    named = {"type": "string", "anyOf": [{"enum": known_targets()}, {"pattern": "[\u0620-\u064a]"}]}
    for model in ("AnalyzeRequest", "PredictRequest"):
        given = components[model]["properties"]["target"]
        given["anyOf"] = [{"$ref": _REF.format(model="Target")}, named, {"type": "null"}]
    correction = components["Correction"]
    correction["properties"]["target"].update(named)
    correction["anyOf"] = [
        {"required": [head], "properties": {head: {"type": "string"}}} for head in ("stance", "sentiment")
    ]
    for model in ("StatementInput", "Correction"):
        components[model]["properties"]["text"]["pattern"] = r"\S"
    # One statement that the model could not answer does not fail its neighbours.
    predictions = components["PredictResponse"]["properties"]["predictions"]
    predictions["items"] = {"anyOf": [predictions["items"], {"$ref": _REF.format(model="ErrorResponse")}]}


def _analyze() -> dict[str, Any]:
    example = {"results": [{"id": "a1", "statements": [_found(_TEXT)]}], "model": _MODEL}
    answer = _answer("One result an article, in order", "AnalyzeResponse", example)
    answer["content"]["application/x-ndjson"] = {
        "schema": {"type": "string", "description": "One result a line, as each is ready; ask for it by Accept"}
    }
    return {
        "operationId": "analyze",
        "summary": "Find and label the statements of articles",
        "requestBody": _body("AnalyzeRequest", {"articles": [{"id": "a1", "text": _TEXT}], "target": DEFAULT_TARGET}),
        "responses": {"200": answer, **_errors()},
    }


def _predict() -> dict[str, Any]:
    example = {"predictions": [{"stance": _STANCE, "sentiment": _SENTIMENT}], "model": _MODEL}
    request = {"statements": [{"text": "وجود هذه القوات انتهاك لسيادتنا", "speaker": "المتحدث باسم الحكومة"}]}
    return {
        "operationId": "predict",
        "summary": "Label given statements",
        "requestBody": _body("PredictRequest", request),
        "responses": {
            "200": _answer("One prediction a statement, in order", "PredictResponse", example),
            **_errors(),
        },
    }


def _feedback() -> dict[str, Any]:
    request = {
        "text": "وجود هذه القوات انتهاك لسيادتنا",
        "stance": "against",
        "sentiment": "negative",
        "speaker": "المتحدث باسم الحكومة",
        "annotator": "desk-3",
        "predicted": {"stance": "neutral", "sentiment": "negative"},
    }
    return {
        "operationId": "feedback",
        "summary": "Store a corrected label for retraining",
        "description": (
            "Instead of a statement's fields, the whole statement may stand under `statement`, as /analyze gave it."
        ),
        "requestBody": _body("Correction", request),
        "responses": {
            "200": _answer("Stored, and on the disk", "FeedbackResponse", {"stored": True, "id": 1}),
            **_errors(),
        },
    }


def _body(model: str, example: object) -> dict[str, Any]:
    content = {"schema": {"$ref": _REF.format(model=model)}, "example": example}
    return {"required": True, "content": {"application/json": content}}


def _answer(description: str, model: str | None, example: object) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model=model)} if model else {"type": "object"}
    content: dict[str, Any] = {"schema": schema}
    if example is not None:
        content["example"] = example
    return {"description": description, "content": {"application/json": content}}


def _errors(*statuses: str) -> dict[str, Any]:
    responses = {}
    for status in statuses or _ERRORS:
        responses[status] = _answer(_ERRORS[status], "ErrorResponse", _ERROR_EXAMPLE if status == "400" else None)
        if status in ("429", "503"):
            responses[status]["headers"] = _RETRY
    return responses


def _probe(name: str, description: str) -> dict[str, Any]:
    responses = {"200": {"description": description, "content": {"text/plain": {"schema": {"type": "string"}}}}}
    return {"get": {"operationId": name, "summary": description, "responses": responses}}
