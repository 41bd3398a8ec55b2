"""The micro-batcher: many callers' statements, one engine, one batch at a time.

A bounded queue of calls; each batch takes a fair share of every waiting call, so that a call of a thousand statements
does not hold up a call of one. Each statement has its own result: one that fails fails alone. A call that is cancelled
or late leaves the queue at once. Knows engines and statements; knows nothing of HTTP.
"""

import asyncio
import contextlib
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from data.errors import QawlError
from data.records import Prediction, StatementInput
from data.targets import Target
from data.template import Encoded

logger = logging.getLogger("qawl.batcher")

# Short texts are tokenized on the spot: that takes less than handing them to another thread and back.
INLINE_CHARACTERS = 3000
# Statements tokenized at a time, so that a small call's tokens need not wait for all of a large one's.
CHUNK = 64


class Classifies(Protocol):
    """What the batcher needs of an engine."""

    def encode(self, statements: Sequence[StatementInput], target: Target) -> list[Encoded]: ...

    def classify(self, encoded: Sequence[Encoded]) -> list[Prediction | QawlError]: ...


class Overloaded(Exception):
    """The queue is full, or a call's turn would come too late. `retry_after` in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"overloaded, retry after {retry_after} s")
        self.retry_after = retry_after


class _Call:
    """A call in the queue: what is still to be computed of it, shortest first, and its answers so far."""

    def __init__(self, engine: Classifies, encoded: Sequence[Encoded]) -> None:
        self.engine = engine
        order = sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids))
        self.waiting = deque((i, encoded[i]) for i in order)
        self.tokens = sum(len(one.ids) for one in encoded)
        self.answers: list[Prediction | QawlError | None] = [None] * len(encoded)
        self.unanswered = len(encoded)
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(self) -> tuple[int, Encoded]:
        """The next statement to be computed."""
        index, encoded = self.waiting.popleft()
        self.tokens -= len(encoded.ids)
        return index, encoded

    def answer(self, index: int, answer: Prediction | QawlError) -> None:
        if not self.done.done():
            self.answers[index] = answer
            self.unanswered -= 1
            if self.unanswered == 0:
                self.done.set_result(None)


class Batcher:
    """Runs calls through engines. Belongs to one event loop; `start` and `close` frame its life.

    Args:
        tokens: most tokens of one batch.
        most_waiting: statements in the queue beyond which calls are refused.
        most_wait: seconds; a call whose turn would come later is refused,
        most_ahead: unless fewer calls of its own size than this lie before it. So that a call is not refused for
            being as large as its neighbours on a slow machine, where a few of them take longer than `most_wait`.
        observe: told of each batch: statements, tokens, seconds.
        observe_queue: told how many statements are not answered yet, whenever a call or a batch has changed that.
    """

    def __init__(
        self,
        *,
        tokens: int = 2048,
        most_waiting: int = 4000,
        most_wait: float = 0.5,
        most_ahead: int = 16,
        observe: Callable[[int, int, float], None] | None = None,
        observe_queue: Callable[[int], None] | None = None,
    ) -> None:
        self._tokens, self._most_waiting = tokens, most_waiting
        self._most_wait, self._most_ahead = most_wait, most_ahead
        self._observe, self._observe_queue = observe, observe_queue
        self._calls: deque[_Call] = deque()
        # The calls of the batch that runs now.
        self._served: list[_Call] = []
        self._preparing = 0
        self._running = 0
        self._running_tokens = 0
        # Tokens a second in batches that are not small; unknown until the first of them.
        self._speed: float | None = None
        # Tokens of a statement, of late.
        self._length = 64.0
        self._wake = asyncio.Event()
        self._tokenizing = ThreadPoolExecutor(1, thread_name_prefix="qawl-tokenize")
        self._inference = ThreadPoolExecutor(1, thread_name_prefix="qawl-infer")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to run batches on the current event loop."""
        self._task = asyncio.get_running_loop().create_task(self._work(), name="qawl-batcher")

    async def close(self) -> None:
        """Stop. Calls that still wait are cancelled."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for call in [*self._calls, *self._served]:
            call.done.cancel()
        self._calls.clear()
        self._tokenizing.shutdown(wait=False)
        self._inference.shutdown(wait=False)

    @property
    def waiting(self) -> int:
        """Statements that are not answered yet."""
        return self._preparing + self._running + sum(len(call.waiting) for call in self._calls)

    def admit(self, count: int) -> None:
        """Check that a call of `count` statements would have its turn in time.

        Raises:
            Overloaded: if it would not.
        """
        waiting = self.waiting
        if not waiting:
            return
        # Every waiting call gets an equal share until `count` of ours are done: that much lies before them.
        ahead = float(self._running + self._preparing)
        tokens = self._running_tokens + self._preparing * self._length
        for call in self._calls:
            if call.waiting:
                share = min(len(call.waiting), count)
                ahead += share
                tokens += call.tokens * share / len(call.waiting)
        wait = tokens / self._speed if self._speed else 0.0
        late = wait > self._most_wait and ahead > self._most_ahead * count
        if late or waiting + count > self._most_waiting:
            raise Overloaded(max(1, math.ceil(wait)))

    @contextlib.contextmanager
    def expecting(self, count: int) -> Iterator[None]:
        """Reckon with `count` statements that are not found yet, so that later calls are not let in as if none were."""
        self._preparing += count
        try:
            yield
        finally:
            self._preparing -= count

    async def submit(
        self,
        engine: Classifies,
        statements: Sequence[StatementInput],
        target: Target,
        *,
        admitted: bool = False,
    ) -> list[Prediction | QawlError]:
        """Label statements, in order; one that fails has an error in its place. Cancel it to leave the queue.

        Args:
            engine: the model; a call is answered by this one alone, also where another is put in use meanwhile.
            statements: identical ones are computed once.
            target: what the stance is toward.
            admitted: the caller has asked `admit` for the whole of its work already.

        Raises:
            Overloaded: if the queue is full.
        """
        if not statements:
            return []
        places: dict[tuple[str, str | None, str | None], int] = {}
        where = [places.setdefault((s.text, s.speaker, s.context), len(places)) for s in statements]
        distinct: list[StatementInput] = []
        for statement, place in zip(statements, where, strict=True):
            if place == len(distinct):
                distinct.append(statement)
        if not admitted:
            self.admit(len(distinct))
        self._preparing += len(distinct)
        try:
            encoded = await self._encode(engine, distinct, target)
        finally:
            self._preparing -= len(distinct)
        good = [(i, item) for i, item in enumerate(encoded) if not isinstance(item, QawlError)]
        answers: list[Prediction | QawlError | None] = [
            item if isinstance(item, QawlError) else None for item in encoded
        ]
        if good:
            call = _Call(engine, [item for _, item in good])
            self._calls.append(call)
            self._wake.set()
            self._tell_queue()
            try:
                await call.done
            finally:
                call.waiting.clear()
                self._tell_queue()
            for (i, _), answer in zip(good, call.answers, strict=True):
                answers[i] = answer
        return [answer for place in where if (answer := answers[place]) is not None]

    def _tell_queue(self) -> None:
        if self._observe_queue is not None:
            self._observe_queue(self.waiting)

    async def _encode(
        self, engine: Classifies, statements: Sequence[StatementInput], target: Target
    ) -> list[Encoded | QawlError]:
        size = sum(len(s.text) + len(s.context or "") for s in statements)
        if size <= INLINE_CHARACTERS:
            return _encode_each(engine, statements, target)
        loop = asyncio.get_running_loop()
        encoded: list[Encoded | QawlError] = []
        for at in range(0, len(statements), CHUNK):
            chunk = statements[at : at + CHUNK]
            encoded += await loop.run_in_executor(self._tokenizing, _encode_each, engine, chunk, target)
        return encoded

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = self._next_batch()
            if not batch:
                self._wake.clear()
                await self._wake.wait()
                continue
            engine = batch[0][0].engine
            encoded = [item for _, _, item in batch]
            tokens = sum(len(item.ids) for item in encoded)
            self._running, self._running_tokens = len(batch), tokens
            self._served = [call for call, _, _ in batch]
            started = time.perf_counter()
            answers = await loop.run_in_executor(self._inference, _classify_each, engine, encoded)
            seconds = time.perf_counter() - started
            self._running = self._running_tokens = 0
            self._served = []
            for (call, index, _), answer in zip(batch, answers, strict=True):
                call.answer(index, answer)
            self._learn(len(batch), tokens, seconds)
            if self._observe is not None:
                self._observe(len(batch), tokens, seconds)
            self._tell_queue()
            # Let go of the engine: if another is in use by now, this one's memory can be freed.
            del engine, encoded, batch, answers
            call = None  # type: ignore[assignment]

    def _learn(self, statements: int, tokens: int, seconds: float) -> None:
        """Adjust what `admit` expects."""
        self._length = 0.8 * self._length + 0.2 * tokens / statements
        speed = tokens / max(seconds, 1e-6)
        if tokens >= self._tokens / 4:
            self._speed = speed if self._speed is None else 0.7 * self._speed + 0.3 * speed
        elif self._speed is not None:
            # A small batch is slow for its size, as after idleness; it says only that we are at least so fast.
            self._speed = max(speed, self._speed)

    def _next_batch(self) -> list[tuple[_Call, int, Encoded]]:
        """A fair share of every waiting call of one engine, then whatever still fits, oldest first."""
        calls = [call for call in self._calls if call.waiting]
        if not calls:
            self._calls.clear()
            return []
        engine = calls[0].engine
        same = [call for call in calls if call.engine is engine]
        batch: list[tuple[_Call, int, Encoded]] = []
        used = 0
        for share in (max(1, self._tokens // len(same)), self._tokens):
            for call in same:
                mine = 0
                while call.waiting:
                    length = len(call.waiting[0][1].ids)
                    # The first statement of a batch always fits, and so does a call's first while there is room.
                    if used and (used + length > self._tokens or (mine and mine + length > share)):
                        break
                    index, item = call.take()
                    batch.append((call, index, item))
                    used += length
                    mine += length
        # Those that were served go behind those that were not.
        served = {id(call) for call, _, _ in batch}
        left = [call for call in calls if call.waiting]
        self._calls = deque(
            [call for call in left if id(call) not in served] + [call for call in left if id(call) in served]
        )
        return batch


def _encode_each(engine: Classifies, statements: Sequence[StatementInput], target: Target) -> list[Encoded | QawlError]:
    try:
        return list(engine.encode(statements, target))
    except Exception:  # whatever it is, it must not reach the neighbours
        if len(statements) == 1:
            logger.exception("a statement could not be tokenized")
            return [QawlError("the statement could not be tokenized")]
    return [answer for one in statements for answer in _encode_each(engine, [one], target)]


def _classify_each(engine: Classifies, encoded: Sequence[Encoded]) -> list[Prediction | QawlError]:
    try:
        return engine.classify(encoded)
    except Exception:
        if len(encoded) == 1:
            logger.exception("a statement could not be classified")
            return [QawlError("the statement could not be classified")]
    return [answer for one in encoded for answer in _classify_each(engine, [one])]
