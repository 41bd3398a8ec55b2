"""The reader: the same statements from thread and process, and a process that comes and goes."""

import asyncio
import os
import signal

import pytest

from data.errors import QawlError
from data.records import Article
from serving.analyzer import find_statements, inputs_of
from serving.reading import Found, Reader

NEWS = Article(id="a", title="وزير: سنبقى", text="قال الوزير سالم إن القوات الأجنبية ستبقى.\nوأضاف: «نرفض ذلك».\n" * 80)


async def read(reader: Reader, article: Article) -> Found:
    return [one async for part in reader.read(article) for one in part]


def test_a_long_article_is_read_by_a_process_of_its_own_with_the_same_result() -> None:
    async def scenario() -> None:
        reader = Reader(long=100)
        found = await read(reader, NEWS)
        expected = find_statements(NEWS)
        assert [one for one, _ in found] == expected
        assert [given for _, given in found] == inputs_of(NEWS, expected)
        assert len(found) > 128
        first = reader.process
        assert first not in (None, os.getpid())
        await read(reader, NEWS)
        assert reader.process == first
        await reader.close()

    asyncio.run(scenario())


def test_a_short_one_needs_no_process() -> None:
    async def scenario() -> None:
        reader = Reader()
        assert len(await read(reader, Article(text="قال الوزير إن القوات ستبقى."))) == 1
        assert reader.process is None
        await reader.close()

    asyncio.run(scenario())


def test_a_short_one_does_not_wait_for_a_long_one() -> None:
    async def scenario() -> None:
        reader = Reader()
        long = asyncio.create_task(read(reader, Article(text="وصلت القافلة إلى المدينة صباح اليوم. " * 12_000)))
        while reader.process is None:
            await asyncio.sleep(0.01)
        await read(reader, Article(text="قال الوزير إن القوات ستبقى."))
        assert not long.done()
        assert await long == []
        await reader.close()

    asyncio.run(scenario())


def test_a_process_that_died_fails_its_article_alone() -> None:
    async def scenario() -> None:
        reader = Reader(long=100)
        await read(reader, NEWS)
        assert reader.process is not None
        reading = asyncio.create_task(read(reader, Article(text=NEWS.text * 50)))
        await asyncio.sleep(0.05)
        os.kill(reader.process, signal.SIGKILL)
        with pytest.raises(QawlError, match="could not be read"):
            await reading
        assert len(await read(reader, NEWS)) > 128
        await reader.close()

    asyncio.run(scenario())


def test_what_nobody_waits_for_is_not_read_to_its_end() -> None:
    async def scenario() -> None:
        reader = Reader(long=100)
        left = asyncio.create_task(read(reader, Article(text=NEWS.text * 100)))
        while reader.process is None:
            await asyncio.sleep(0.01)
        pid = reader.process
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        assert reader.process is None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        await reader.close()

    asyncio.run(scenario())


def test_an_idle_process_ends_and_the_next_article_starts_another() -> None:
    async def scenario() -> None:
        reader = Reader(long=100, idle_seconds=0.05)
        await read(reader, NEWS)
        first = reader.process
        assert first is not None
        await asyncio.sleep(0.5)
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
        assert len(await read(reader, NEWS)) > 128
        await reader.close()

    asyncio.run(scenario())
