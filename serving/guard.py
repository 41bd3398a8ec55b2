"""The gate before every call: request id, API key, rate, size and pace of the body; and the log line after it.

A plain ASGI middleware. Turns every refusal into the envelope, and whatever else goes wrong into a 500 that says
nothing of the inside. Knows bytes, headers and clocks; knows nothing of articles. Logs no text of the users.
"""

import asyncio
import hmac
import json
import logging
import re
import time
import traceback
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.metrics import Metrics
from serving.refusals import Refusal, too_large
from serving.settings import Settings

logger = logging.getLogger("qawl.access")
errors = logging.getLogger("qawl.error")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# What a browser needs before it can ask for a key, and what a probe asks.
OPEN_PATHS = frozenset({"/", "/livez", "/readyz", "/healthz", "/docs.json", "/favicon.ico"})
OPEN_FOLDERS = ("/page/",)
# Of a body that is too large, at most this many times the limit is read and dropped, so that an ordinary client
# gets to read the answer instead of a broken connection.
DRAIN = 16


class RateLimit:
    """A token bucket for each caller: `per_minute` calls, a minute's worth at once. 0 is no limit."""

    MOST_CALLERS = 10_000

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, now: float) -> float:
        """Take one call; 0 where it is allowed, else the seconds until the next one is."""
        if not self._per_minute:
            return 0.0
        rate = self._per_minute / 60
        left, then = self._buckets.pop(caller, (float(self._per_minute), now))
        left = min(float(self._per_minute), left + (now - then) * rate)
        allowed = left >= 1
        self._buckets[caller] = (left - 1 if allowed else left, now)
        if len(self._buckets) > self.MOST_CALLERS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - left) / rate


class Guard:
    """ASGI middleware around the whole service.

    Args:
        app: what it guards.
        settings: limits and keys.
        metrics: where calls are counted.
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self.app, self.settings, self.metrics = app, settings, metrics
        self.rate = RateLimit(settings.rate.calls_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        call = _Call(scope, receive, send, self.settings)
        try:
            call.caller = self._caller(scope, call.headers)
            self._check_origin(call.headers)
            call.check_length()
            await self.app(scope, call.receive, call.send)
        except Refusal as refusal:
            self.metrics.refused.labels(refusal.code).inc()
            await call.refuse(refusal)
        except asyncio.CancelledError:
            call.status = call.status or 499
            raise
        except Exception as error:
            # The stack alone: an exception's message may carry the users' text.
            stack = "".join(traceback.format_tb(error.__traceback__))
            errors.error("request %s failed: %s\n%s", call.id, type(error).__name__, stack)
            await call.refuse(
                Refusal(500, "internal", "خطأ داخلي في الخدمة", "something went wrong inside the service")
            )
        finally:
            self._log(scope, call)

    def _caller(self, scope: Scope, headers: Mapping[str, str]) -> str:
        path = scope["path"]
        client = scope.get("client")
        caller = f"address {client[0]}" if client else "unknown"
        is_open = path in OPEN_PATHS or path.startswith(OPEN_FOLDERS)
        if self.settings.keys and not is_open:
            scheme, _, bearer = headers.get("authorization", "").partition(" ")
            given = headers.get("x-api-key") or (bearer.strip() if scheme.lower() == "bearer" else "")
            found = None
            for name, key in self.settings.keys.items():  # all of them, so that time tells nothing
                if hmac.compare_digest(key.get_secret_value().encode(), given.encode("utf-8", "replace")):
                    found = name
            if found is None:
                raise Refusal(
                    401,
                    "unauthorized",
                    "مفتاح الواجهة مفقود أو غير صحيح",
                    "the API key is missing or wrong: send it as X-API-Key, or as Authorization: Bearer KEY",
                    headers={"WWW-Authenticate": "Bearer"},
                )
            caller = f"key {found}"
        if not is_open and (seconds := self.rate.take(caller, time.monotonic())):
            raise Refusal(
                429,
                "rate_limited",
                "طلبات كثيرة، أعد المحاولة بعد قليل",
                "too many calls, try again shortly",
                retry_after=int(seconds) + 1,
            )
        return caller

    def _check_origin(self, headers: Mapping[str, str]) -> None:
        # Another site's page must not write into the label store by its visitor's browser, unless it was named.
        origin = headers.get("origin")
        if origin and urlsplit(origin).netloc != headers.get("host") and origin not in self.settings.cors.origins:
            raise Refusal(403, "cross_origin", "الطلب من موقع آخر مرفوض", "calls from other sites are refused")

    def _log(self, scope: Scope, call: "_Call") -> None:
        seconds = time.perf_counter() - call.started
        endpoint = scope["path"] if call.status != 404 else "unknown"
        self.metrics.latency.labels(endpoint, str(call.status)).observe(seconds)
        if scope["path"] in ("/livez", "/readyz", "/healthz", "/metrics") and call.status < 400:
            return
        line = {
            "request": call.id,
            "method": scope["method"],
            "path": endpoint,
            "status": call.status,
            "ms": round(seconds * 1000, 1),
            "in": call.received,
            "out": call.sent,
            "caller": call.caller,
        }
        logger.info("%s", json.dumps(line, ensure_ascii=False))


class _Call:
    """One HTTP call: counts what comes in and goes out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, settings: Settings) -> None:
        self.headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        given = self.headers.get("x-request-id", "")
        self.id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = self.id
        self._receive, self._send, self._settings = receive, send, settings
        self.started = time.perf_counter()
        self.received = self.sent = self.status = 0
        self.caller = "unknown"
        self._complete = False
        self._begun = False

    def check_length(self) -> None:
        """Refuse a body whose announced length is too large before any of it is read."""
        length = self.headers.get("content-length", "")
        limit = self._settings.limits.body_bytes
        if length.isascii() and length.isdigit() and int(length[:20]) > limit:
            raise too_large("body", limit, ("بايت", "bytes"))

    async def receive(self) -> Message:
        if self._complete:  # only the client's leaving can come now, and there is no haste about it
            return await self._receive()
        left = self.started + self._settings.limits.body_seconds - time.perf_counter()
        try:
            async with asyncio.timeout(max(left, 0)):
                message = await self._receive()
        except TimeoutError:
            raise Refusal(408, "slow_body", "لم يصل الطلب كاملا في الوقت المحدد", "the body came too slowly") from None
        if message["type"] == "http.request":
            self.received += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
            limit = self._settings.limits.body_bytes
            if self.received > limit:
                raise too_large("body", limit, ("بايت", "bytes"))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            self.status = message["status"]
            message["headers"] = [
                *message.get("headers", []),
                (b"x-request-id", self.id.encode()),
                (b"x-content-type-options", b"nosniff"),
                (b"referrer-policy", b"no-referrer"),
            ]
        elif message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
        await self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        """Answer with the refusal, unless an answer has begun."""
        if self._begun:
            return
        if refusal.status == 413 and "expect" not in self.headers:
            await self._drain()
        body = refusal.body(self.id)
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
        ]
        headers += [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
        if not self._complete and self.headers.get("content-length", "0") != "0":
            headers.append((b"connection", b"close"))  # the rest of the body is not wanted
        await self.send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    async def _drain(self) -> None:
        most = DRAIN * self._settings.limits.body_bytes
        try:
            async with asyncio.timeout(self._settings.limits.body_seconds):
                while not self._complete and self.received < most:
                    message = await self._receive()
                    if message["type"] != "http.request":
                        return
                    self.received += len(message.get("body", b""))
                    self._complete = not message.get("more_body", False)
        except TimeoutError:
            return


def guarded(app: ASGIApp, settings: Settings, metrics: Metrics) -> ASGIApp:
    """The guard around an application; and around it, where sites are named, what lets their pages call (CORS).

    Browsers ask before such a call, without a key: that is answered here. The permission to read goes with every
    answer, a refusal too.
    """
    within = Guard(app, settings, metrics)
    if not settings.cors.origins:
        return within
    return CORSMiddleware(
        within,
        allow_origins=settings.cors.origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-Id"],
        expose_headers=["Retry-After", "X-Qawl-Model", "X-Request-Id"],
    )
