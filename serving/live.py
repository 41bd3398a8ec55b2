"""The model in use by a running service, and its change while calls go on.

Watches the store's pointer file. A new artifact is read, loaded and warmed beside the one in use, which is replaced
only when the new one stands ready; a broken one is refused and the old one goes on. Knows the store and the engine.
"""

import asyncio
import contextlib
import ctypes
import gc
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from data.artifact import Card
from data.errors import QawlError
from serving.engine import Engine
from serving.store import Store

logger = logging.getLogger("qawl.model")


@dataclass(frozen=True, slots=True)
class InUse:
    """A loaded model: answer a whole call with one of these, and never with two."""

    tag: str
    engine: Engine
    since: str

    @property
    def card(self) -> Card:
        return self.engine.card

    @property
    def name(self) -> dict[str, str]:
        """How answers name the model."""
        return {"name": self.card.name, "version": self.card.version}


class LiveModel:
    """Holds the model in use.

    Args:
        store: which artifact is in use.
        threads: threads for inference; none for all that the machine gives.
        pinned: an artifact (directory or tag) to serve whatever is promoted.
    """

    def __init__(self, store: Store, threads: int | None = None, *, pinned: str | None = None) -> None:
        self.store, self._threads, self._pinned = store, threads, pinned
        self._current: InUse | None = None
        self._seen: object = None
        self._watching: asyncio.Task[None] | None = None
        self.refused: str | None = None

    @property
    def current(self) -> InUse:
        """The model to answer with now."""
        if self._current is None:
            raise RuntimeError("no model is loaded yet")
        return self._current

    @property
    def ready(self) -> bool:
        return self._current is not None

    def load(self) -> InUse:
        """Load the artifact in use; where it is broken, the one before it, and so on down to the shipped one.

        Raises:
            QawlError: if none can be loaded; it says what is wrong with the first.
        """
        if self._pinned is not None:
            self._current = self._loaded(self._pinned)
            return self._current
        self._seen = self._signature()
        problems: list[QawlError] = []
        try:
            tags = self.store.fallbacks()
        except QawlError as error:
            problems.append(error)
            tags = ["shipped"]
        for tag in tags:
            try:
                self._current = self._loaded(tag)
            except QawlError as error:
                logger.error("artifact refused: %s", error)
                problems.append(error)
                continue
            self.refused = str(problems[0]) if problems else None
            return self._current
        raise problems[0]

    def watch(self, seconds: float) -> None:
        """Begin to look for a promotion or rollback, every `seconds`, on the current event loop."""
        if self._pinned is not None:
            return
        self._watching = asyncio.get_running_loop().create_task(self._watch(seconds), name="qawl-watch")

    async def close(self) -> None:
        """Stop looking."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching

    async def _watch(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await self.refresh()
            except Exception:  # a watcher that dies would leave every later promotion unseen
                logger.exception("could not look for a promotion")

    async def refresh(self) -> bool:
        """Follow the pointer if it has changed; true where another model is in use now."""
        signature = self._signature()
        if signature == self._seen:
            return False
        self._seen = signature
        try:
            tag = self.store.pointer().tag
            before = self.current
            if tag == before.tag:
                self.refused = None
                return False
            coming = await asyncio.to_thread(self._loaded, tag)
        except QawlError as error:
            self.refused = str(error)
            logger.error("artifact refused, %s goes on: %s", self.current.tag, error)
            return False
        self._current, self.refused = coming, None
        logger.info("model in use: %s (was %s)", coming.tag, before.tag)
        del before
        # The old engine goes with the last call that holds it; then its pages go back to the system.
        asyncio.get_running_loop().call_later(5, _give_back_memory)
        return True

    def _loaded(self, tag: str) -> InUse:
        engine = Engine.load(self.store.resolve(tag), self._threads)
        engine.warm()
        return InUse(tag, engine, datetime.now(UTC).isoformat(timespec="seconds"))

    def _signature(self) -> object:
        path: Path = self.store.pointer_path
        try:
            status = path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size


def _give_back_memory() -> None:
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # glibc only; elsewhere the allocator does as it likes
        ctypes.CDLL("libc.so.6").malloc_trim(0)
