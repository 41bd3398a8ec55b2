"""`python -m tests.soak <soak|overload|slow-loris|long|sigterm|kill|promote> [--seconds N]`: how the service holds up.

Each starts a real `qawl serve` with the shipped artifact on 127.0.0.1, loads it, and prints figures beside their goals.
The exit status is 1 where a call failed that should not have, or the label store lost a row; speed decides nothing.
"""

import argparse
import asyncio
import itertools
import os
import shutil
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from data.artifact import read_card, seal
from serving.store import Store, shipped_artifact
from tests.serving.process import Service, serving
from tests.soak.load import (
    Body,
    Connection,
    Tally,
    closed,
    every,
    json_body,
    loris,
    opened,
    percentile,
    spread,
)

TEXT = "نرفض بقاء القوات الأجنبية على أرضنا ونطالب بجدول زمني واضح لانسحابها الكامل من البلاد قبل نهاية العام"
WORDS = TEXT.split()
CLIENTS = 16
_numbers = itertools.count()


def statement(length: int = 12) -> dict[str, str]:
    """A statement that was not asked before."""
    number = next(_numbers)
    return {"text": " ".join(WORDS[(number + i) % len(WORDS)] for i in range(length)) + f" {number}"}


def one() -> Body:
    return json_body({"statements": [statement()]})


def mixed() -> Body:
    """One to four statements of 4 to 40 words."""
    number = next(_numbers)
    return json_body({"statements": [statement(4 + (number * 7 + i * 13) % 37) for i in range(1 + number % 4)]})


def article() -> Body:
    number = next(_numbers)
    text = f"قال الوزير رقم {number} إن القوات الأجنبية باقية في القاعدة. وانتهت الجلسة مساء اليوم.\n" * 3
    return json_body({"articles": [{"id": str(number), "text": text}]})


def long_article(characters: int = 1_000_000) -> Body:
    """Arabic prose without reported speech: all work is the search for it."""
    text = "وصلت القافلة إلى المدينة صباح اليوم وسط إجراءات أمنية مشددة في الشوارع. "
    return json_body({"articles": [{"text": (text * (characters // len(text) + 1))[:characters]}]})


def memory(service: Service) -> float:
    """Resident MB of everything below the supervisor."""
    total = 0
    for pid in service.workers():
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))
    return total / 1e6


async def busy(service: Service) -> float:
    """Seconds that the model has computed so far."""
    text = (await Connection(service.url).call("GET", "/metrics")).body.decode()
    lines = [line for line in text.splitlines() if line.startswith("qawl_inference_seconds_total")]
    return sum(float(line.split()[-1]) for line in lines)


async def saturation(service: Service, body: Callable[[], Body], seconds: float) -> tuple[float, Tally]:
    """Answers a second with 16 callers, after a short warming."""
    await closed(service.url, 4, 3, "/predict", body, Tally("warming"))
    tally = Tally("at saturation")
    rate = await closed(service.url, CLIENTS, seconds, "/predict", body, tally)
    print(f"saturation: {rate:.1f} calls a second with {CLIENTS} callers; {tally.line()}", flush=True)
    return rate, tally


async def soak(service: Service, seconds: float) -> bool:
    """At 80 % of saturation: good, bad, huge and slow clients at once."""
    rate, _ = await saturation(service, mixed, min(20, seconds / 5))
    until = time.perf_counter() + seconds
    predict, analyze, long = Tally("good /predict"), Tally("good /analyze"), Tally("1,000,000 characters")
    huge = Tally("too large", frozenset({413}))
    bad = Tally("bad", frozenset({400, 404, 405}))
    slow: list[int] = []
    sizes: list[float] = []
    calls = itertools.cycle(
        [
            ("POST", "/predict", b"{"),
            ("POST", "/predict", b'{"statements": [{"text": "\xff"}]}'),
            ("POST", "/analyze", b'{"articles": [{"title": 5}]}'),
            ("POST", "/feedback", b'{"text": "x"}'),
            ("GET", "/nowhere", b""),
            ("GET", "/predict", b""),
        ]
    )
    huges = itertools.cycle(
        [
            ("/predict", json_body({"statements": [{"text": "نعم"}] * 1001})),
            ("/analyze", json_body({"articles": [{"text": "ن" * 1_000_001}]})),
            ("/analyze", b" " * 9_000_000),
        ]
    )
    wrong, large, longest = Connection(service.url), Connection(service.url), Connection(service.url)
    long_body = long_article()

    async def call_bad() -> None:
        bad.add(await wrong.call(*next(calls)))

    async def call_huge() -> None:
        huge.add(await large.call("POST", *next(huges)))

    async def call_long() -> None:
        long.add(await longest.call("POST", "/analyze", long_body))

    async def measure() -> None:
        sizes.append(memory(service))

    async def slow_one() -> None:
        while time.perf_counter() < until:
            slow.append(await loris(service.url, until, body=True))

    computed, started = await busy(service), time.perf_counter()
    await asyncio.gather(
        opened(service.url, 0.72 * rate, seconds, "/predict", mixed, predict),
        # An article of three statements costs about what a call of the mix does.
        opened(service.url, 0.08 * rate, seconds, "/analyze", article, analyze),
        every(0.5, until, call_bad),
        every(10, until, call_huge),
        every(60, until, call_long),
        every(5, until, measure),
        *(slow_one() for _ in range(10)),
        *(loris(service.url, until, body=False) for _ in range(10)),
    )
    share = (await busy(service) - computed) / (time.perf_counter() - started)
    for tally in (predict, analyze, long, bad, huge):
        print(tally.line())
        for problem in tally.unearned[:3]:
            print(f"  {problem}")
    ended = [status for status in slow if status]
    print(f"slow bodies: {len(ended)} given up with {sorted(set(ended))} (earned: 408)")
    print(f"the model computed {100 * share:.0f} % of the time")
    # After a minute everything has been loaded and every buffer has had its size once.
    settled = sizes[min(12, len(sizes) // 3) :]
    part = max(3, len(settled) // 5)
    first, last = statistics.median(settled[:part]), statistics.median(settled[-part:])
    print(f"resident memory: {first:.0f} MB, {last:.0f} MB at the end: {100 * (last / first - 1):+.1f} % (goal +3 %)")
    unearned = sum(len(tally.unearned) for tally in (predict, analyze, long, bad, huge))
    unearned += sum(status != 408 for status in ended)
    print(f"errors not earned: {unearned} (goal 0)")
    return unearned == 0


async def overload(service: Service, seconds: float) -> bool:
    """Four times as many calls as can be answered."""
    rate, saturated = await saturation(service, one, min(15, seconds))
    normal = Tally("at 80 %", frozenset({200}))
    await opened(service.url, 0.8 * rate, min(20, seconds), "/predict", one, normal)
    print(normal.line(), flush=True)
    over = Tally("at 400 %", frozenset({200, 503}))
    await opened(service.url, 4 * rate, seconds, "/predict", one, over)
    print(over.line())
    p99 = percentile(over.seconds, 0.99)
    print(
        f"p99 of accepted calls: {p99 / percentile(saturated.seconds, 0.99):.2f} times that at saturation, "
        f"{p99 / percentile(normal.seconds, 0.99):.2f} times that at 80 % (goal 2)"
    )
    print(f"answered: {len(over.seconds) / seconds:.1f} a second, {100 * len(over.seconds) / seconds / rate:.0f} %")
    print(f"refused calls: {spread(over.refused_seconds)}")
    after = Tally("afterwards")
    await closed(service.url, 1, 3, "/predict", one, after)
    print(after.line())
    return not over.unearned and not after.unearned


async def slow_loris(service: Service, seconds: float) -> bool:
    """Two hundred slow clients beside one that is not."""
    alone, beside = Tally("alone"), Tally("beside 200 slow ones")
    await closed(service.url, 1, 5, "/predict", one, alone)
    until = time.perf_counter() + seconds
    slow = [loris(service.url, until, body=i % 2 == 0) for i in range(200)]
    *statuses, _ = await asyncio.gather(*slow, closed(service.url, 1, seconds, "/predict", one, beside))
    print(alone.line())
    print(beside.line())
    print(f"slow bodies given up: {statuses.count(408)} of 100 with 408 (limits.body_seconds)")
    return not beside.unearned


async def long(service: Service, seconds: float) -> bool:
    """Small articles while others send articles of a million characters."""
    alone, beside, large = Tally("small, alone"), Tally("small, beside long"), Tally("1,000,000 characters")
    await closed(service.url, 1, 3, "/analyze", article, Tally("warming"))
    await closed(service.url, 2, seconds, "/analyze", article, alone)
    body = long_article()
    warming = asyncio.create_task(Connection(service.url).call("POST", "/analyze", body))
    await asyncio.gather(
        closed(service.url, 1, seconds, "/analyze", lambda: body, large),
        closed(service.url, 2, seconds, "/analyze", article, beside),
        warming,
    )
    for tally in (alone, beside, large):
        print(tally.line())
    median = statistics.median(beside.seconds) / statistics.median(alone.seconds)
    p99 = percentile(beside.seconds, 0.99) / percentile(alone.seconds, 0.99)
    print(f"small articles beside long ones: median {median:.1f} times, p99 {p99:.1f} times that alone")
    return not any(tally.unearned for tally in (alone, beside, large))


async def sigterm(service: Service, seconds: float) -> bool:
    """SIGTERM while callers wait: whatever was sent before is answered."""
    told: list[float] = []
    sent: list[tuple[float, float, int]] = []

    async def caller(keep: bool) -> None:
        connection = Connection(service.url)
        while True:
            began = time.perf_counter()
            answer = await connection.call("POST", "/predict", mixed())
            sent.append((began, time.perf_counter(), answer.status))
            if told and answer.status != 200:
                return
            if not keep:
                connection.close()

    # Half of them with a new connection for every call.
    callers = [asyncio.create_task(caller(i % 2 == 0)) for i in range(CLIENTS)]
    await asyncio.sleep(min(5, seconds))
    told.append(time.perf_counter())
    service.supervisor.send_signal(signal.SIGTERM)
    await asyncio.wait(callers, timeout=60)
    ended = await asyncio.to_thread(service.supervisor.wait, 60)
    before = [status for began, _, status in sent if began < told[0]]
    in_flight = sum(began < told[0] < ended_at for began, ended_at, _ in sent)
    later = [status for began, _, status in sent if began >= told[0]]
    lost = sum(status not in (200, 503) for status in before)
    print(f"sent before the signal: {len(before)}, in flight then: {in_flight}, lost: {lost} (goal 0)")
    print(f"sent after it: {len(later)}, answered {later.count(200)}, turned away {len(later) - later.count(200)}")
    print(f"exit status {ended}, {time.perf_counter() - told[0]:.1f} s after the signal")
    return lost == 0 and ended == 0


async def stored(url: str, seconds: float) -> list[int]:
    """Corrections from four callers, for so many seconds or until the service is gone: the numbers they were given."""
    numbers: list[int] = []
    end = time.perf_counter() + seconds

    async def caller() -> None:
        connection = Connection(url)
        while time.perf_counter() < end:
            body = json_body({**statement(), "stance": "against", "annotator": "soak"})
            answer = await connection.call("POST", "/feedback", body)
            if answer.status != 200:
                return
            numbers.append(int(answer.body.split(b'"id":')[1].rstrip(b"}")))

    await asyncio.gather(*(caller() for _ in range(4)))
    return numbers


async def kill(home: Path, seconds: float) -> bool:
    """kill -9 while corrections are written, then a new start on the same folder."""
    with serving(home) as service:
        writing = asyncio.create_task(stored(service.url, 60))
        await asyncio.sleep(min(seconds, 5))
        await asyncio.to_thread(service.kill)
        numbers = await writing
    with serving(home) as again:
        print(f"ready again after {again.start_seconds:.1f} s (goal 5)")
        more = await stored(again.url, 1)
    with sqlite3.connect(home / "feedback.sqlite") as connection:
        rows = {row[0] for row in connection.execute("SELECT id FROM label")}
        whole = connection.execute("PRAGMA integrity_check").fetchone()[0]
    lost = set(numbers) | set(more)
    lost -= rows
    print(f"corrections confirmed before kill -9: {len(numbers)}, after: {len(more)}, lost: {len(lost)} (goal 0)")
    print(f"label store: {len(rows)} rows, integrity {whole}")
    return not lost and whole == "ok"


def _another(folder: Path) -> Path:
    """The shipped artifact under another version."""
    shutil.copytree(shipped_artifact(), folder)
    card = read_card(folder)
    heads = card.heads.model_copy(
        update={"stance": card.heads.stance.model_copy(update={"threshold": card.heads.stance.threshold * 0.99})}
    )
    (folder / "card.json").unlink()
    seal(folder, card.model_copy(update={"heads": heads}))
    return folder


async def promote(service: Service, home: Path, seconds: float) -> bool:
    """Promotions and rollbacks every five seconds under load."""
    store = Store(home, home / "bentoml" / "models")
    other = await asyncio.to_thread(store.import_artifact, _another(home / "another"))
    seen: set[bytes] = set()
    changes = 0
    tally = Tally("good /predict")
    sizes = [memory(service)]
    end = time.perf_counter() + seconds

    async def change() -> None:
        nonlocal changes
        await asyncio.to_thread(store.promote, "shipped" if changes % 2 else other.tag)
        changes += 1

    async def look() -> None:
        answer = await Connection(service.url).call("GET", "/model")
        seen.add(answer.body.partition(b'"tag":"')[2].partition(b'"')[0])
        sizes.append(memory(service))

    await asyncio.gather(
        closed(service.url, 8, seconds, "/predict", mixed, tally), every(5, end, change), every(1, end, look)
    )
    print(tally.line())
    for problem in tally.unearned[:3]:
        print(f"  {problem}")
    print(f"changes of the model: {changes}, models seen in use: {sorted(one.decode() for one in seen)}")
    await asyncio.sleep(8)
    print(
        f"resident memory: {sizes[0]:.0f} MB before, {max(sizes):.0f} MB at most, {memory(service):.0f} MB afterwards"
    )
    print(f"failed: {len(tally.unearned)} (goal 0)")
    return not tally.unearned and len(seen) == 2


MODES: dict[str, tuple[float, Callable[[Service, float], object]]] = {
    "soak": (600, soak),
    "overload": (60, overload),
    "slow-loris": (45, slow_loris),
    "long": (20, long),
    "sigterm": (5, sigterm),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("mode", choices=[*MODES, "kill", "promote"])
    parser.add_argument("--seconds", type=float, help="how long; by default what the goal says")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qawl-soak-") as folder:
        home = Path(folder)
        print(f"{given.mode}: load of the machine at the start {os.getloadavg()[0]:.1f}", flush=True)
        if given.mode == "kill":
            return 0 if asyncio.run(kill(home, given.seconds or 5)) else 1
        with serving(home) as service:
            print(f"ready after {service.start_seconds:.1f} s", flush=True)
            if given.mode == "promote":
                return 0 if asyncio.run(promote(service, home, given.seconds or 60)) else 1
            seconds, work = MODES[given.mode]
            return 0 if asyncio.run(work(service, given.seconds or seconds)) else 1  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
