"""Shards handed out to workers that die, stall or never start: each is done once, and no wait is without end."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from data.errors import QawlError
from serving.archive.dispatch import AHEAD, MOST_LOST, Lost, dispatch
from serving.archive.shards import Shard


def shards(count: int) -> Iterator[Shard]:
    return (Shard(number, (), str(number)) for number in range(count))


class Machines:
    """A pool whose workers do one shard a wait; `plan(worker, done)` says what a worker does after so many shards."""

    def __init__(self, room: int, plan: Any = lambda worker, done: "work") -> None:
        self.rooms = room
        self.plan = plan
        self.names = itertools.count()
        self.tickets = itertools.count()
        self.queue: dict[int, tuple[int, Shard | None]] = {}
        self.done: Counter[int] = Counter()
        self.stopped: list[int] = []
        self.deepest = 0
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def room(self) -> int:
        return self.rooms

    def start(self) -> tuple[int, int]:
        worker, ticket = next(self.names), next(self.tickets)
        self.queue[ticket] = (worker, None)
        return worker, ticket

    def stop(self, worker: int) -> None:
        self.stopped.append(worker)

    def submit(self, worker: int, shard: Shard) -> int:
        ticket = next(self.tickets)
        self.queue[ticket] = (worker, shard)
        self.deepest = max(self.deepest, sum(one == worker for one, _ in self.queue.values()))
        return ticket

    def wait(self, tickets: Sequence[int], seconds: float) -> Sequence[int]:
        for ticket in tickets:
            worker, _ = self.queue[ticket]
            if self.plan(worker, self.done[worker]) != "stall":
                return [ticket]
        self.now += seconds
        return []

    def result(self, ticket: int) -> int | None:
        worker, shard = self.queue[ticket]
        if self.plan(worker, self.done[worker]) == "die":
            raise Lost(f"worker {worker} died")
        del self.queue[ticket]
        self.done[worker] += 1
        return shard.number if shard else None


def numbers(pool: Machines, count: int = 40, **options: Any) -> list[int]:
    done = list(dispatch(shards(count), pool, clock=pool.clock, **options))
    assert all(shard.number == result for shard, result in done)
    return [shard.number for shard, _ in done]


@pytest.mark.parametrize("count", [0, 1, 2, 40])
@pytest.mark.parametrize("room", [1, 3])
def test_each_shard_comes_back_once(count: int, room: int) -> None:
    pool = Machines(room)
    assert sorted(numbers(pool, count)) == list(range(count))
    assert pool.deepest <= AHEAD
    assert sorted(pool.stopped) == list(range(room))


def test_what_a_dead_worker_held_is_done_by_another() -> None:
    pool = Machines(2, lambda worker, done: "die" if worker == 0 and done > 5 else "work")
    assert sorted(numbers(pool)) == list(range(40))


def test_a_worker_whose_place_is_gone_holds_up_nobody() -> None:
    # The dead node still counts as room; the worker that should replace the lost one never starts.
    pool = Machines(2, lambda worker, done: {0: "die" if done > 3 else "work", 1: "work"}.get(worker, "stall"))
    assert sorted(numbers(pool)) == list(range(40))


def test_every_worker_dies_now_and_then() -> None:
    pool = Machines(3, lambda worker, done: "die" if done > 4 else "work")
    assert sorted(numbers(pool, 60)) == list(range(60))


def test_machines_that_come_later_are_used() -> None:
    pool = Machines(0)
    waits = 0

    def room() -> int:
        nonlocal waits
        waits += 1
        return 2 if waits > 3 else 0

    pool.room = room  # type: ignore[method-assign]
    assert sorted(numbers(pool, 10, patience=0.2)) == list(range(10))


def test_workers_lost_one_after_the_other_end_it() -> None:
    pool = Machines(2, lambda worker, done: "die" if done else "work")
    with pytest.raises(QawlError, match=rf"{MOST_LOST} workers were lost one after the other \(worker \d+ died\)"):
        numbers(pool)


@pytest.mark.parametrize(("works", "said"), [(9, "no shard came back for 15 minutes"), (0, "no worker for 15 minutes")])
def test_patience_ends(works: int, said: str) -> None:
    pool = Machines(1, lambda worker, done: "work" if done < works else "stall")
    with pytest.raises(QawlError, match=said):
        numbers(pool)
    assert pool.stopped == [0]


def test_no_more_workers_than_were_asked_for() -> None:
    pool = Machines(8)
    numbers(pool, workers=2)
    assert sorted(pool.stopped) == [0, 1]
