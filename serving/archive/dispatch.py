"""Shards handed out to workers that may die: what a dead one held is given to another, and no wait is without end.

Knows workers only as a `Pool`; Ray is one (`remote`).
"""

import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Protocol

from data.errors import QawlError
from serving.archive.shards import Shard

# Shards given to a worker at once: it never waits for the next, and memory stays bounded.
AHEAD = 2
# Workers lost one after the other with no shard between them: that is no accident.
MOST_LOST = 8
_GLANCE = 5.0


class Lost(Exception):
    """The worker that held a shard is gone; the message says why."""


class Pool(Protocol):
    """Workers somewhere. Workers and tickets are whatever the pool likes to call them by."""

    def room(self) -> int:
        """How many workers the machines that answer now can hold."""

    def start(self) -> tuple[Any, Hashable]:
        """Start a worker; its ticket comes back once it can be given shards, which may be never."""

    def stop(self, worker: Any) -> None:
        """Stop a worker, or do nothing where it is gone."""

    def submit(self, worker: Any, shard: Shard) -> Hashable:
        """Give a shard to a worker and return a ticket for what will come back."""

    def wait(self, tickets: Sequence[Any], seconds: float) -> Sequence[Any]:
        """The tickets whose result has come, at most after `seconds`."""

    def result(self, ticket: Any) -> Any:
        """What came back for a ticket that has come.

        Raises:
            Lost: if the worker is gone.
        """


def dispatch(
    shards: Iterator[Shard],
    pool: Pool,
    workers: int | None = None,
    patience: float = 900.0,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[tuple[Shard, Any]]:
    """Have every shard done once by some worker, in any order.

    Args:
        workers: how many at most; as many as there is room for where None is given.
        patience: seconds without any shard coming back, or without room for any worker, after which to give up.

    Raises:
        QawlError: if patience ends, or worker after worker is lost.
    """
    again: deque[Shard] = deque()
    # Nothing is given to a worker before it answers: one that finds no room holds up nobody.
    starting: dict[Hashable, Any] = {}
    held: dict[Any, dict[Hashable, Shard]] = {}
    lost, reason = 0, ""
    came = looked = clock()
    glance = min(_GLANCE, patience / 10)

    def following() -> Shard | None:
        return again.popleft() if again else next(shards, None)

    def fill() -> None:
        # One each before a second for any: the first shards go to different workers.
        for depth in range(1, AHEAD + 1):
            for worker, own in held.items():
                if len(own) < depth and (shard := following()) is not None:
                    own[pool.submit(worker, shard)] = shard

    def hire() -> None:
        room = pool.room()
        for _ in range(min(room, workers or room) - len(held) - len(starting)):
            worker, ticket = pool.start()
            starting[ticket] = worker

    def let_go(worker: Any) -> None:
        again.extend(held.pop(worker, {}).values())
        pool.stop(worker)

    try:
        hire()
        first = next(shards, None)
        again.extend([first] if first is not None else [])
        while again or any(held.values()):
            tickets = {**starting, **{ticket: worker for worker, own in held.items() for ticket in own}}
            done = pool.wait(list(tickets), glance) if tickets else ()
            if not tickets:
                time.sleep(glance)  # every machine is gone: others may come
            for ticket in done:
                worker = tickets[ticket]
                try:
                    result = pool.result(ticket)
                except Lost as error:
                    if starting.pop(ticket, None) is None and ticket not in held.get(worker, {}):
                        continue  # known by another of its tickets
                    lost, reason = lost + 1, str(error)
                    let_go(worker)
                    if lost >= MOST_LOST:
                        raise _given_up(f"{lost} workers were lost one after the other", reason) from error
                    hire()
                    continue
                if ticket in starting:
                    held[starting.pop(ticket)] = {}
                elif worker in held and (shard := held[worker].pop(ticket, None)) is not None:
                    lost = 0
                    fill()
                    yield shard, result
                    came = clock()  # writing it took its own time
            fill()
            if not tickets or clock() - looked > glance:
                looked = clock()
                hire()  # machines come and go
            if not done and clock() - came > patience:
                waited = f"{patience:.0f} s" if patience < 120 else f"{patience / 60:.0f} minutes"
                raise _given_up(f"no shard came back for {waited}" if held else f"no worker for {waited}", reason)
    finally:
        for worker in (*held, *starting.values()):
            pool.stop(worker)


def _given_up(what: str, reason: str) -> QawlError:
    told = f"{what} ({reason})" if reason else what
    return QawlError(told, where="--engine ray", remedy="the same command again goes on from there")
