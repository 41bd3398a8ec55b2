"""Clients for the soak: a bare HTTP/1.1 connection, and crowds of callers that wait for answers or do not.

Light, since they share the machine with what they measure. Knows bytes and clocks; knows nothing of what is asked.
"""

import asyncio
import contextlib
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Body = bytes


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 where the connection broke first."""

    status: int
    seconds: float
    headers: dict[str, str]
    body: bytes


class Connection:
    """One kept-alive connection, opened when it is first needed and again after it was closed."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used = 0.0

    async def call(self, method: str, path: str, body: Body = b"", *, seconds: float = 180) -> Answer:
        """Ask, and read the whole answer. Raises nothing: a broken connection is an answer of status 0."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(seconds):
                status, headers, content = await self._exchange(method, path, body)
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            self.close()
            return Answer(0, time.perf_counter() - started, {}, repr(error).encode())
        self._used = time.perf_counter()
        if headers.get("connection") == "close":
            self.close()
        return Answer(status, time.perf_counter() - started, headers, content)

    async def _exchange(self, method: str, path: str, body: Body) -> tuple[int, dict[str, str], bytes]:
        # A server may close what was idle (ours after five seconds), at the very moment of the next call.
        if self._streams is not None and (self._streams[0].at_eof() or time.perf_counter() - self._used > 4):
            self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self._streams
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
        if body or method == "POST":
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"\r\n" + body)
        # The answer may come before all of the body is taken: a refusal does.
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if headers.get("transfer-encoding") == "chunked":
            content = b""
            while size := int((await reader.readline()).strip() or b"0", 16):
                content += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
        else:
            content = await reader.readexactly(int(headers.get("content-length", "0")))
        return int(lines[0].split()[1]), headers, content

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


@dataclass
class Tally:
    """What callers of one kind got."""

    name: str
    earned: frozenset[int] = frozenset({200})
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    refused_seconds: list[float] = field(default_factory=list)
    unearned: list[str] = field(default_factory=list)

    def add(self, answer: Answer) -> None:
        self.statuses[answer.status] += 1
        if answer.status == 200:
            self.seconds.append(answer.seconds)
        elif answer.status in (429, 503):
            self.refused_seconds.append(answer.seconds)
        if answer.status not in self.earned:
            self.unearned.append(f"{answer.status} {answer.body[:200].decode(errors='replace')}")

    def line(self) -> str:
        """One line of figures."""
        counts = ", ".join(f"{status or 'broken'}: {count}" for status, count in sorted(self.statuses.items()))
        return f"{self.name:<22} {counts}; {spread(self.seconds)}; not earned: {len(self.unearned)}"


def percentile(values: Sequence[float], share: float) -> float:
    """A percentile of at least one value."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(seconds: Sequence[float]) -> str:
    """Median, p99 and n, in milliseconds."""
    if not seconds:
        return "none answered"
    median, p99 = statistics.median(seconds), percentile(seconds, 0.99)
    return f"median {1000 * median:.0f} ms, p99 {1000 * p99:.0f} ms, n={len(seconds)}"


def json_body(value: object) -> Body:
    return json.dumps(value, ensure_ascii=False).encode()


async def closed(url: str, clients: int, seconds: float, path: str, body: Callable[[], Body], tally: Tally) -> float:
    """So many callers, each asking again as soon as it is answered. Returns answers of 200 a second."""
    end = time.perf_counter() + seconds
    before = len(tally.seconds)

    async def one() -> None:
        connection = Connection(url)
        while time.perf_counter() < end:
            answer = await connection.call("POST", path, body())
            tally.add(answer)
            if answer.status != 200:
                await asyncio.sleep(0.05)
        connection.close()

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(clients)))
    return (len(tally.seconds) - before) / (time.perf_counter() - started)


async def opened(url: str, rate: float, seconds: float, path: str, body: Callable[[], Body], tally: Tally) -> None:
    """Calls that arrive at random, `rate` a second, whether or not earlier ones have been answered."""
    idle: list[Connection] = []
    running: set[asyncio.Task[None]] = set()

    async def one() -> None:
        connection = idle.pop() if idle else Connection(url)
        tally.add(await connection.call("POST", path, body()))
        idle.append(connection)

    dice = random.Random(1)
    coming = started = time.perf_counter()
    while (coming := coming + dice.expovariate(rate)) < started + seconds:
        if (wait := coming - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one())
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    for connection in idle:
        connection.close()


async def every(seconds: float, until: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work every so many seconds, until the clock (`perf_counter`) says `until`."""
    while time.perf_counter() < until:
        started = time.perf_counter()
        await work()
        left = min(started + seconds, until) - time.perf_counter()
        await asyncio.sleep(max(left, 0))


async def loris(url: str, until: float, *, body: bool) -> int:
    """A client that sends a byte every two seconds, of its body or of its headers. Returns the status, 0 for none."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    if body:
        writer.write(b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n")
    else:
        writer.write(b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    answer = asyncio.create_task(reader.readline())
    try:
        while time.perf_counter() < until and not answer.done():
            writer.write(b" ")
            await writer.drain()
            await asyncio.wait({answer}, timeout=2)
        line = answer.result() if answer.done() else b""
        return int(line.split()[1]) if line else 0
    except OSError:
        return 0
    finally:
        answer.cancel()
        writer.close()
