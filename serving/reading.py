"""Reads articles for the service: finds their statements without holding up anybody else's.

Extraction is pure Python. Articles of ordinary length are read in one thread; a long one would keep that thread, and
the interpreter with it, for seconds, so it goes to a process of its own, which lives while there is work for it.
Knows articles and statements; knows nothing of models or HTTP.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter

from data.errors import QawlError
from data.records import Article, Statement, StatementInput
from serving.analyzer import find_statements, inputs_of

# Characters from which an article is a long one: a tenth of a second in the thread.
LONG = 20_000
# Statements handed on at a time, so that no step on the event loop takes longer than a few milliseconds.
SLICE = 128
# Seconds without work after which the process for long articles ends, and its memory with it.
IDLE_SECONDS = 30.0

Found = list[tuple[Statement, StatementInput]]
_FOUND = TypeAdapter(Found)
_ROOT = Path(__file__).resolve().parent.parent


class Reader:
    """Reads articles. Belongs to one event loop; `close` ends it.

    Args:
        long: characters from which an article is read in the other process.
        idle_seconds: how long that process waits for further work.
    """

    def __init__(self, *, long: int = LONG, idle_seconds: float = IDLE_SECONDS) -> None:
        self._long, self._idle_seconds = long, idle_seconds
        # More than one thread would only quarrel over the interpreter.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="qawl-extract")
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._ending: asyncio.TimerHandle | None = None

    @property
    def process(self) -> int | None:
        """The id of the process for long articles, while it lives."""
        return self._process.pid if self._process else None

    async def read(self, article: Article) -> AsyncIterator[Found]:
        """The statements of an article in order, a slice at a time, each with what the engine reads of it.

        Raises:
            QawlError: if the article could not be read.
        """
        if len(article.text) + len(article.title or "") < self._long:
            found = await asyncio.get_running_loop().run_in_executor(self._thread, _read, article)
            for at in range(0, len(found), SLICE):
                yield found[at : at + SLICE]
            return
        async with self._turn:
            slices = await self._read_apart(article)
        for one in slices:
            yield _FOUND.validate_json(one)

    async def close(self) -> None:
        """End the thread and the process."""
        self._thread.shutdown(wait=False)
        await self._end()

    async def _read_apart(self, article: Article) -> list[bytes]:
        try:
            process = await self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            given = article.model_dump_json(include={"id", "text", "title"}).encode()
            process.stdin.write(len(given).to_bytes(8, "big") + given)
            await process.stdin.drain()
            slices = []
            while size := int.from_bytes(await process.stdout.readexactly(8), "big"):
                slices.append(await process.stdout.readexactly(size))
        except (OSError, asyncio.IncompleteReadError, ValueError):  # it died, of this article or of something else
            await self._end()
            raise QawlError("the article could not be read") from None
        except asyncio.CancelledError:  # nobody waits for it any more
            await self._end()
            raise
        self._ending = asyncio.get_running_loop().call_later(self._idle_seconds, self._idle)
        return slices

    async def _started(self) -> asyncio.subprocess.Process:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "serving.reading",
                str(os.getpid()),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd=_ROOT,
            )
        return self._process

    def _idle(self) -> None:
        self._kill()
        self._process = None  # at once: it may take a moment until its end is seen

    def _kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _end(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        self._kill()
        if self._process is not None:
            process, self._process = self._process, None
            await process.wait()


def _read(article: Article) -> Found:
    found = find_statements(article)
    return list(zip(found, inputs_of(article, found), strict=True))


def die_with(parent: int) -> None:
    """Ask the kernel (Linux) to end this process with its parent: nobody would end it otherwise after a kill -9."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:  # it went before we asked
        os.kill(os.getpid(), signal.SIGTERM)


def _work(requests: BinaryIO, answers: BinaryIO) -> None:
    """Read articles until there are no more. Each comes as its length in eight bytes and JSON; so do slices; 0 ends."""
    while size := int.from_bytes(requests.read(8), "big"):
        found = _read(Article.model_validate_json(requests.read(size)))
        for at in range(0, len(found), SLICE):
            _write(answers, _FOUND.dump_json(found[at : at + SLICE]))
        _write(answers, b"")
        del found


def _write(answers: BinaryIO, content: bytes) -> None:
    answers.write(len(content).to_bytes(8, "big") + content)
    answers.flush()


def main(arguments: Sequence[str]) -> int:
    """The process for long articles: it gives way to everything else and ends with the service, argument 0."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which answers calls in flight first
    die_with(int(arguments[0]))
    os.nice(10)
    _work(sys.stdin.buffer, sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
