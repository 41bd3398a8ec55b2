"""The Python client of the HTTP service: typed records, retries, synchronous and asynchronous.

    from serving.client import Client
    with Client("http://127.0.0.1:3000") as client:
        for result in client.analyze(["قال الوزير إن القوات ستنسحب."]): ...

Knows the calls and the error envelope; needs httpx and the records, and neither BentoML nor a model.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import BaseModel, ValidationError

from data.errors import QawlError
from data.records import Article, Prediction, StatementInput
from data.targets import Target
from serving.wire import Problem, Result

DEFAULT_URL = "http://127.0.0.1:3000"
NDJSON = "application/x-ndjson"
# What passes by itself: the service is busy, or a proxy before it found nobody for a moment.
_PASSING = frozenset({429, 502, 503, 504})

GivenArticle = str | Article | Mapping[str, Any]
GivenStatement = str | StatementInput | Mapping[str, Any]
GivenTarget = str | Target | Mapping[str, Any] | None


class ServiceError(QawlError):
    """The service refused a call, or could not be reached.

    Args:
        status: the HTTP status; 0 where there was no answer.
        problem: the service's own words, where it gave any.
    """

    def __init__(self, status: int, problem: Problem, *, where: str | None = None) -> None:
        super().__init__(problem.message.get("en", problem.code), where=problem.field or where)
        self.status, self.problem = status, problem


@dataclass(frozen=True)
class Retries:
    """When to try again, and after how long.

    Args:
        most: further tries after the first.
        first_wait: seconds before the first of them; each later one waits twice as long, half of it by chance, so
            that many clients do not come back at once.
        longest_wait: seconds. A service that asks for more in `Retry-After` is not asked again.
    """

    most: int = 4
    first_wait: float = 0.5
    longest_wait: float = 30.0

    def wait(self, tries: int, response: httpx.Response | None) -> float | None:
        """Seconds until the next try after `tries` failed ones, or none; `response` is none where nobody answered."""
        if tries > self.most or (response is not None and response.status_code not in _PASSING):
            return None
        backoff = min(self.longest_wait, self.first_wait * 2.0 ** (tries - 1))
        chosen = backoff * (0.5 + random.random() / 2)
        asked = _retry_after(response)
        if asked is None:
            return chosen
        return None if asked > self.longest_wait else max(asked, chosen)


class Client:
    """Asks a Qawl service.

    Args:
        url: where it is.
        key: an API key, where the service asks for one.
        timeout: seconds for one answer.
        retries: when to try again.
        transport: another way to reach it than the network; for tests.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        key: str | None = None,
        timeout: float = 120,
        retries: Retries | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._retries = retries or Retries()
        self._http = httpx.Client(base_url=url, headers=_headers(key), timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def analyze(self, articles: Sequence[GivenArticle], target: GivenTarget = None) -> list[Result]:
        """The statements of each article, in order; `Result.error` where one article, and only that one, failed.

        Raises:
            ServiceError: if the call was refused, or the service could not be reached.
        """
        answer = self._call("POST", "/analyze", _articles(articles, target))
        return [Result.model_validate(result) for result in answer["results"]]

    def stream(self, articles: Sequence[GivenArticle], target: GivenTarget = None) -> Iterator[Result]:
        """As `analyze`, but each result as soon as it is ready. A stream that breaks off is not begun again.

        Raises:
            ServiceError: as for `analyze`; also if the stream broke off before the last article.
        """
        body = _articles(articles, target)
        seen, tries = 0, 0
        while True:
            tries += 1
            response: httpx.Response | None = None
            try:
                with self._http.stream("POST", "/analyze", json=body, headers={"Accept": NDJSON}) as response:
                    if response.status_code == 200:
                        for line in _complete_lines(response.iter_text()):
                            seen += 1
                            yield Result.model_validate_json(line)
                        _check_whole(seen, len(articles))
                        return
                    response.read()
            except httpx.TransportError as error:
                seconds = None if seen else self._retries.wait(tries, None)
                if seconds is None:
                    raise _unreachable(error) from error
            else:
                seconds = self._retries.wait(tries, response)
                if seconds is None:
                    raise _refused(response)
            time.sleep(seconds)

    def predict(self, statements: Sequence[GivenStatement], target: GivenTarget = None) -> list[Prediction | Problem]:
        """Stance and sentiment of each statement, in order; a `Problem` in place of one that the model cannot answer.

        Raises:
            ServiceError: as for `analyze`.
        """
        return _predictions(self._call("POST", "/predict", _statements(statements, target)))

    def feedback(self, **correction: Any) -> int:
        """Send a corrected label (`text=…, stance=…`), and get its number once it is on the service's disk.

        Raises:
            ServiceError: as for `analyze`.
        """
        return int(self._call("POST", "/feedback", correction, repeatable=False)["id"])

    def model(self) -> dict[str, Any]:
        """The card of the artifact in use."""
        return self._call("GET", "/model")

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, repeatable: bool = True
    ) -> dict[str, Any]:
        tries = 0
        while True:
            tries += 1
            response: httpx.Response | None = None
            try:
                response = self._http.request(method, path, json=body)
            except httpx.TransportError as error:
                seconds = self._retries.wait(tries, None) if _may_repeat(error, repeatable) else None
                if seconds is None:
                    raise _unreachable(error) from error
            else:
                if response.status_code == 200:
                    return _object(response)
                seconds = self._retries.wait(tries, response)
                if seconds is None:
                    raise _refused(response)
            time.sleep(seconds)


class AsyncClient:
    """As `Client`, to be awaited."""

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        key: str | None = None,
        timeout: float = 120,
        retries: Retries | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._retries = retries or Retries()
        self._http = httpx.AsyncClient(base_url=url, headers=_headers(key), timeout=timeout, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def analyze(self, articles: Sequence[GivenArticle], target: GivenTarget = None) -> list[Result]:
        """As `Client.analyze`."""
        answer = await self._call("POST", "/analyze", _articles(articles, target))
        return [Result.model_validate(result) for result in answer["results"]]

    async def stream(self, articles: Sequence[GivenArticle], target: GivenTarget = None) -> AsyncIterator[Result]:
        """As `Client.stream`."""
        body = _articles(articles, target)
        seen, tries = 0, 0
        while True:
            tries += 1
            response: httpx.Response | None = None
            try:
                async with self._http.stream("POST", "/analyze", json=body, headers={"Accept": NDJSON}) as response:
                    if response.status_code == 200:
                        rest = ""
                        async for text in response.aiter_text():
                            *lines, rest = (rest + text).split("\n")
                            for line in lines:
                                seen += 1
                                yield Result.model_validate_json(line)
                        _check_whole(seen, len(articles))
                        return
                    await response.aread()
            except httpx.TransportError as error:
                seconds = None if seen else self._retries.wait(tries, None)
                if seconds is None:
                    raise _unreachable(error) from error
            else:
                seconds = self._retries.wait(tries, response)
                if seconds is None:
                    raise _refused(response)
            await asyncio.sleep(seconds)

    async def predict(
        self, statements: Sequence[GivenStatement], target: GivenTarget = None
    ) -> list[Prediction | Problem]:
        """As `Client.predict`."""
        return _predictions(await self._call("POST", "/predict", _statements(statements, target)))

    async def feedback(self, **correction: Any) -> int:
        """As `Client.feedback`."""
        return int((await self._call("POST", "/feedback", correction, repeatable=False))["id"])

    async def model(self) -> dict[str, Any]:
        """As `Client.model`."""
        return await self._call("GET", "/model")

    async def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, repeatable: bool = True
    ) -> dict[str, Any]:
        tries = 0
        while True:
            tries += 1
            response: httpx.Response | None = None
            try:
                response = await self._http.request(method, path, json=body)
            except httpx.TransportError as error:
                seconds = self._retries.wait(tries, None) if _may_repeat(error, repeatable) else None
                if seconds is None:
                    raise _unreachable(error) from error
            else:
                if response.status_code == 200:
                    return _object(response)
                seconds = self._retries.wait(tries, response)
                if seconds is None:
                    raise _refused(response)
            await asyncio.sleep(seconds)


def _headers(key: str | None) -> dict[str, str]:
    return {"X-API-Key": key} if key else {}


def _plain(given: object) -> object:
    if isinstance(given, str):
        return {"text": given}
    return given.model_dump(exclude_none=True) if isinstance(given, BaseModel) else given


def _articles(articles: Sequence[GivenArticle], target: GivenTarget) -> dict[str, Any]:
    return {"articles": [_plain(one) for one in articles], **_target(target)}


def _statements(statements: Sequence[GivenStatement], target: GivenTarget) -> dict[str, Any]:
    return {"statements": [_plain(one) for one in statements], **_target(target)}


def _target(target: GivenTarget) -> dict[str, Any]:
    if target is None:
        return {}
    return {"target": target.model_dump(mode="json") if isinstance(target, Target) else target}


def _predictions(answer: Mapping[str, Any]) -> list[Prediction | Problem]:
    return [
        Problem.model_validate(one["error"]) if "error" in one else Prediction.model_validate(one)
        for one in answer["predictions"]
    ]


def _retry_after(response: httpx.Response | None) -> float | None:
    value = response.headers.get("retry-after", "") if response is not None else ""
    # The form with a date is nothing this service sends.
    return float(value) if value.isascii() and value.isdigit() else None


def _may_repeat(error: httpx.TransportError, repeatable: bool) -> bool:
    # A correction that may have arrived is not sent twice; one that found no connection is.
    return repeatable or isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))


def _complete_lines(chunks: Iterator[str]) -> Iterator[str]:
    # Not httpx's own: it also breaks at the line separators that Arabic pages carry inside their texts.
    rest = ""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split("\n")
        yield from lines


def _check_whole(seen: int, asked: int) -> None:
    if seen != asked:
        raise _trouble(0, "broken_off", f"the stream broke off after {seen} of {asked} articles")


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise _trouble(response.status_code, "not_json", "the answer is no JSON object: is this a Qawl service?")
    return answer


def _refused(response: httpx.Response | None) -> ServiceError:
    assert response is not None
    where = f"{response.request.method} {response.request.url.path}"
    try:
        problem = Problem.model_validate(response.json()["error"])
    except (ValueError, KeyError, TypeError, ValidationError):
        return _trouble(response.status_code, "refused", f"answered {response.status_code}", where)
    return ServiceError(response.status_code, problem, where=where)


def _unreachable(error: httpx.TransportError) -> ServiceError:
    where = str(error.request.url) if error._request is not None else None
    return _trouble(0, "unreachable", f"no answer: {error or type(error).__name__}", where)


def _trouble(status: int, code: str, said: str, where: str | None = None) -> ServiceError:
    return ServiceError(status, Problem(code=code, field=None, message={"en": said}), where=where)
