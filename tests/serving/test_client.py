"""The Python client against the service in process, and against answers that go wrong."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from data.records import Article, Prediction, StatementInput
from data.targets import Target
from serving.client import AsyncClient, Client, Retries, ServiceError
from serving.feedback import LabelStore
from serving.wire import Problem
from tests.serving import tiny

NEWS = "قال وزير الدفاع العراقي ثابت العباسي إن بلاده ترفض بقاء القوات الأجنبية على أراضيها."
RESULT: dict[str, object] = {"id": None, "statements": []}


def through(service: TestClient) -> httpx.MockTransport:
    """The service in process, reached as if by network."""

    def handle(request: httpx.Request) -> httpx.Response:
        headers = {k: v for k, v in request.headers.items() if k not in ("host", "content-length")}
        answer = service.request(request.method, request.url.path, content=request.content, headers=headers)
        return httpx.Response(answer.status_code, headers=dict(answer.headers), content=answer.content)

    return httpx.MockTransport(handle)


@pytest.fixture
def asked(client: TestClient) -> Iterator[Client]:
    with Client(transport=through(client), retries=Retries(most=0)) as one:
        yield one


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that clients waited, which pass at once."""
    waited: list[float] = []

    async def pass_by(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("serving.client.time.sleep", waited.append)
    monkeypatch.setattr("serving.client.asyncio.sleep", pass_by)
    return waited


def saying(*answers: httpx.Response | Exception) -> httpx.MockTransport:
    """A service that gives these answers, one a call."""
    coming = iter(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        answer = next(coming)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx.MockTransport(handle)


def test_analyze_gives_typed_results(asked: Client) -> None:
    first, second = asked.analyze([NEWS, Article(id="b", text="لا شيء")])
    (statement,) = first.statements
    assert NEWS[statement.start : statement.end] == statement.text
    assert statement.speaker is not None
    assert statement.stance is not None
    assert (second.id, second.statements, second.error) == ("b", [], None)


def test_predict_takes_texts_records_and_objects(asked: Client) -> None:
    given: list[str | StatementInput | Mapping[str, Any]] = [
        "نرفض القوات",
        StatementInput(text="ندعم القوات", speaker="الوزير"),
        {"text": f"نرفض {tiny.POISON}"},
    ]
    against, favor, failed = asked.predict(given, Target(name="bases", title="القواعد"))
    assert isinstance(against, Prediction)
    assert isinstance(favor, Prediction)
    assert (against.stance.label, favor.stance.label) == ("against", "favor")
    assert isinstance(failed, Problem)


def test_articles_can_be_read_as_they_are_ready(asked: Client) -> None:
    # A line separator inside a text is no end of a line.
    texts = [NEWS, "", NEWS.replace(" إن", "\u2028 إن")]
    assert [len(result.statements) for result in asked.stream(texts)] == [
        len(result.statements) for result in asked.analyze(texts)
    ]


def test_feedback_and_model(asked: Client) -> None:
    number = asked.feedback(text="نرفض القوات", stance="against", annotator="desk")
    (row,) = LabelStore().rows()
    assert (row["id"], row["stance"]) == (number, "against")
    assert asked.model()["name"] == "tiny"


def test_a_refusal_says_what_the_service_said(asked: Client) -> None:
    with pytest.raises(ServiceError, match=r"^target: unknown target") as caught:
        asked.predict(["نرفض"], "no-such")
    assert (caught.value.status, caught.value.problem.code) == (400, "unknown_target")
    assert "هدف غير معروف" in caught.value.problem.message["ar"]


def test_the_asynchronous_client_gives_the_same(client: TestClient) -> None:
    async def ask() -> tuple[Any, ...]:
        async with AsyncClient(transport=through(client)) as one:
            streamed = [result async for result in one.stream([NEWS, NEWS])]
            answers = await one.analyze([NEWS]), await one.predict(["نرفض القوات"]), await one.model()
            number = await one.feedback(text="نرفض", stance="against")
            with pytest.raises(ServiceError):
                await one.analyze([], "no-such")
            return streamed, number, *answers

    streamed, number, (result,), (prediction,), card = asyncio.run(ask())
    assert streamed == [result, result]
    assert (number, prediction.stance.label, card["name"]) == (1, "against", "tiny")


def test_what_passes_by_itself_is_tried_again(waits: list[float]) -> None:
    busy = httpx.Response(503, headers={"Retry-After": "7"})
    lost = httpx.ConnectError("refused")
    done = httpx.Response(200, json={"results": [RESULT]})
    with Client(transport=saying(busy, lost, httpx.Response(429), done)) as one:
        assert len(one.analyze(["قال"])) == 1
    assert waits[0] == 7
    assert 0.5 <= waits[1] <= 1
    assert 1 <= waits[2] <= 2

    async def ask() -> None:
        again = httpx.Response(503, headers={"Retry-After": "7"})
        transport = saying(again, lost, httpx.Response(200, text=json.dumps(RESULT) + "\n"))
        async with AsyncClient(transport=transport) as other:
            assert len([result async for result in other.stream(["قال"])]) == 1

    waits.clear()
    asyncio.run(ask())
    assert waits[0] == 7
    assert len(waits) == 2


@pytest.mark.parametrize("answer", [httpx.Response(400), httpx.Response(500), httpx.Response(401)])
def test_what_does_not_pass_is_not(waits: list[float], answer: httpx.Response) -> None:
    with Client(transport=saying(answer)) as one, pytest.raises(ServiceError) as caught:
        one.model()
    assert (caught.value.status, waits) == (answer.status_code, [])


def test_retries_end(waits: list[float]) -> None:
    lost = [httpx.ConnectError("refused")] * 3
    retries = Retries(most=2)
    with Client(transport=saying(*lost), retries=retries) as one, pytest.raises(ServiceError, match="no answer"):
        one.model()
    assert len(waits) == 2


def test_a_service_that_asks_for_too_long_a_wait_is_not_asked_again(waits: list[float]) -> None:
    busy = httpx.Response(503, headers={"Retry-After": "3600"})
    with Client(transport=saying(busy)) as one, pytest.raises(ServiceError):
        one.model()
    assert waits == []


def test_a_correction_that_may_have_arrived_is_not_sent_twice(waits: list[float]) -> None:
    with Client(transport=saying(httpx.ReadError("gone"))) as one, pytest.raises(ServiceError, match="no answer"):
        one.feedback(text="نرفض", stance="against")
    stored = httpx.Response(200, json={"stored": True, "id": 3})
    with Client(transport=saying(httpx.ConnectError("refused"), stored)) as one:
        assert one.feedback(text="نرفض", stance="against") == 3
    assert len(waits) == 1


def test_a_stream_that_breaks_off_is_no_whole_answer(waits: list[float]) -> None:
    half = httpx.Response(200, text=json.dumps(RESULT) + '\n{"id": ')
    with Client(transport=saying(half)) as one:
        stream = one.stream(["قال", "قال"])
        next(stream)
        with pytest.raises(ServiceError, match="1 of 2"):
            next(stream)


def test_another_service_is_told_apart() -> None:
    with Client(transport=saying(httpx.Response(200, text="<html>"))) as one, pytest.raises(ServiceError, match="Qawl"):
        one.model()
