"""The micro-batcher with a hand-written engine that can be slow, broken or poisoned."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from data.errors import QawlError
from data.records import Label, Prediction, StatementInput
from data.targets import Target
from data.template import Encoded
from serving.batcher import Batcher, Overloaded

TARGET = Target(name="t", title="هدف")


def said(*texts: str) -> list[StatementInput]:
    return [StatementInput(text=text) for text in texts]


def answer(token: int) -> Prediction:
    label = Label(label=str(token), confidence=1.0, probabilities={str(token): 1.0}, abstained=False)
    return Prediction(stance=label, sentiment=label)


class FakeEngine:
    """Ten tokens a statement, whose first is the number that its text is. Waits at `gate` before each batch."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.poison: int | None = None

    def encode(self, statements: Sequence[StatementInput], target: Target) -> list[Encoded]:
        return [Encoded([int(s.text)] * 10, [0] * 10) for s in statements]

    def classify(self, encoded: Sequence[Encoded]) -> list[Prediction | QawlError]:
        self.gate.wait(10)
        numbers = [item.ids[0] for item in encoded]
        self.batches.append(numbers)
        if self.poison in numbers:
            raise RuntimeError("poisoned")
        return [answer(number) for number in numbers]


async def running(batcher: Batcher) -> Batcher:
    batcher.start()
    return batcher


def labels(answers: Sequence[Prediction | QawlError]) -> list[str]:
    return [a.stance.label if isinstance(a, Prediction) else "error" for a in answers]


def test_answers_come_in_order_and_identical_statements_are_computed_once() -> None:
    async def scenario() -> None:
        engine, batcher = FakeEngine(), await running(Batcher())
        answers = await batcher.submit(engine, said("3", "1", "3", "2"), TARGET)
        assert labels(answers) == ["3", "1", "3", "2"]
        assert sorted(number for batch in engine.batches for number in batch) == [1, 2, 3]
        assert batcher.waiting == 0
        await batcher.close()

    asyncio.run(scenario())


def test_a_poisoned_statement_fails_alone() -> None:
    async def scenario() -> None:
        engine, batcher = FakeEngine(), await running(Batcher())
        engine.poison = 13
        calls = [batcher.submit(engine, said(str(n)), TARGET) for n in (11, 12, 13, 14)]
        results = await asyncio.gather(*calls, batcher.submit(engine, said("15", "x"), TARGET))
        assert [labels(result) for result in results] == [["11"], ["12"], ["error"], ["14"], ["15", "error"]]
        await batcher.close()

    asyncio.run(scenario())


def test_a_small_call_does_not_wait_for_all_of_a_large_one() -> None:
    async def scenario() -> None:
        engine, batcher = FakeEngine(), await running(Batcher(tokens=100))
        engine.gate.clear()
        large = asyncio.create_task(batcher.submit(engine, said(*(str(n) for n in range(1, 501))), TARGET))
        await asyncio.sleep(0.01)
        small = asyncio.create_task(batcher.submit(engine, said("1000"), TARGET))
        await asyncio.sleep(0.01)
        engine.gate.set()
        assert labels(await small) == ["1000"]
        at = next(i for i, batch in enumerate(engine.batches) if 1000 in batch)
        assert at <= 2
        assert len(await large) == 500
        assert all(len(batch) <= 10 for batch in engine.batches)
        await batcher.close()

    asyncio.run(scenario())


def test_what_nobody_waits_for_is_not_computed() -> None:
    async def scenario() -> None:
        engine, batcher = FakeEngine(), await running(Batcher(tokens=100))
        engine.gate.clear()
        left = asyncio.create_task(batcher.submit(engine, said(*(str(n) for n in range(1, 501))), TARGET))
        await asyncio.sleep(0.02)
        left.cancel()
        await asyncio.sleep(0)
        engine.gate.set()
        assert labels(await batcher.submit(engine, said("1000"), TARGET)) == ["1000"]
        assert sum(len(batch) for batch in engine.batches) <= 21
        assert batcher.waiting == 0
        await batcher.close()

    asyncio.run(scenario())


def test_the_queue_is_told_of_as_it_fills_and_empties() -> None:
    async def scenario() -> None:
        told: list[int] = []
        engine, batcher = FakeEngine(), await running(Batcher(tokens=20, observe_queue=told.append))
        await batcher.submit(engine, said("1", "2", "3"), TARGET)
        await batcher.close()
        assert told[0] == 3
        assert told[-1] == 0

    asyncio.run(scenario())


def test_a_full_queue_refuses_at_once_and_says_when_to_come_back() -> None:
    async def scenario() -> None:
        engine, batcher = FakeEngine(), await running(Batcher(tokens=100, most_waiting=50))
        engine.gate.clear()
        first = asyncio.create_task(batcher.submit(engine, said(*(str(n) for n in range(50))), TARGET))
        await asyncio.sleep(0.01)
        with pytest.raises(Overloaded) as refused:
            await batcher.submit(engine, said("1000"), TARGET)
        assert refused.value.retry_after >= 1
        engine.gate.set()
        await first
        assert labels(await batcher.submit(engine, said("1000"), TARGET)) == ["1000"]
        await batcher.close()

    asyncio.run(scenario())


def test_a_call_larger_than_the_queue_is_taken_when_nobody_waits() -> None:
    async def scenario() -> None:
        engine, batcher = FakeEngine(), await running(Batcher(most_waiting=10))
        assert len(await batcher.submit(engine, said(*(str(n) for n in range(100))), TARGET)) == 100
        await batcher.close()

    asyncio.run(scenario())


def test_a_call_is_answered_by_the_engine_it_came_with() -> None:
    async def scenario() -> None:
        old, new, batcher = FakeEngine(), FakeEngine(), await running(Batcher(tokens=100))
        old.gate.clear()
        before = asyncio.create_task(batcher.submit(old, said(*(str(n) for n in range(30))), TARGET))
        await asyncio.sleep(0.01)
        after = asyncio.create_task(batcher.submit(new, said(*(str(n) for n in range(100, 130))), TARGET))
        await asyncio.sleep(0.01)
        old.gate.set()
        await asyncio.gather(before, after)
        assert sorted(n for batch in old.batches for n in batch) == list(range(30))
        assert sorted(n for batch in new.batches for n in batch) == list(range(100, 130))
        await batcher.close()

    asyncio.run(scenario())


def test_closing_cancels_who_still_waits() -> None:
    async def scenario() -> None:
        engine, batcher = FakeEngine(), await running(Batcher())
        engine.gate.clear()
        waiting = asyncio.create_task(batcher.submit(engine, said("1"), TARGET))
        await asyncio.sleep(0.01)
        engine.gate.set()
        await batcher.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(scenario())


def test_a_slow_small_batch_after_idleness_refuses_nobody() -> None:
    async def scenario() -> None:
        engine, batcher = FakeEngine(), await running(Batcher(tokens=100, most_wait=0.001, most_ahead=1))
        engine.gate.clear()
        lone = asyncio.create_task(batcher.submit(engine, said("1"), TARGET))
        await asyncio.sleep(0.2)  # fifty tokens a second, if one took it for the speed
        engine.gate.set()
        await lone
        engine.gate.clear()
        burst = [asyncio.create_task(batcher.submit(engine, said(str(n)), TARGET)) for n in range(30)]
        await asyncio.sleep(0.01)
        engine.gate.set()
        assert [labels(one) for one in await asyncio.gather(*burst)] == [[str(n)] for n in range(30)]
        await batcher.close()

    asyncio.run(scenario())


def test_who_would_wait_long_is_refused_unless_few_of_the_same_size_are_before() -> None:
    async def scenario() -> None:
        engine, batcher = FakeEngine(), await running(Batcher(tokens=100, most_wait=0.001, most_ahead=3))
        engine.gate.clear()
        first = asyncio.create_task(batcher.submit(engine, said(*(str(n) for n in range(10))), TARGET))
        await asyncio.sleep(0.2)
        engine.gate.set()
        await first  # a full batch, and slow: from now on the wait is known to be long
        engine.gate.clear()
        waiting = [asyncio.create_task(batcher.submit(engine, said(*(str(n) for n in range(8))), TARGET))]
        await asyncio.sleep(0.01)
        with pytest.raises(Overloaded):
            batcher.admit(1)  # eight lie before it
        batcher.admit(8)  # one call of its size
        with batcher.expecting(30), pytest.raises(Overloaded):
            batcher.admit(8)
        batcher.admit(8)
        engine.gate.set()
        await asyncio.gather(*waiting)
        await batcher.close()

    asyncio.run(scenario())
