"""Progress of long work: a bar with count, rate and time left on a terminal, plain lines elsewhere; always on stderr.

Knows nothing of what is being counted.
"""

import sys
import time
from types import TracebackType
from typing import Self

# Where nobody watches, a line that often is enough to see that work goes on.
SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """Counts work that is done, as a context manager.

    Args:
        what: the work, as the line begins.
        unit: what is counted, in the plural.
        total: how many there will be, if that is known; may be set later.
        quiet: says nothing at all.
    """

    def __init__(self, what: str, unit: str, total: int | None = None, *, quiet: bool = False) -> None:
        self.what, self.unit, self.total, self.quiet = what, unit, total, quiet
        self.done = 0
        # Done before this run began: no part of its rate.
        self.before = 0
        self._began = self._said = time.monotonic()
        self._bar: object | None = None

    def __enter__(self) -> Self:
        if not self.quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task(self.what, total=self.total, rate="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        from rich.progress import Progress as Bar

        if isinstance(self._bar, Bar):
            self._bar.stop()

    def skip(self, count: int) -> None:
        """Count what an earlier run has done."""
        self.before += count
        self.advance(count)

    def advance(self, count: int) -> None:
        """Count what was done since the last call."""
        self.done += count
        if self.quiet:
            return
        if self._bar is not None:
            from rich.progress import Progress as Bar

            assert isinstance(self._bar, Bar)
            self._bar.update(self._task, completed=self.done, total=self.total, rate=f"{self.rate():.1f}/s")
        elif time.monotonic() - self._said >= SECONDS_BETWEEN_LINES:
            self._said = time.monotonic()
            print(self.line(), file=sys.stderr, flush=True)

    def rate(self) -> float:
        """Units a second in this run."""
        return (self.done - self.before) / max(time.monotonic() - self._began, 1e-6)

    def line(self) -> str:
        """The state in one line."""
        of = f" of {self.total}" if self.total else ""
        line = f"{self.what}: {self.done}{of} {self.unit}, {self.rate():.1f} a second"
        if self.total and self.rate() > 0:
            left = int(max(0, self.total - self.done) / self.rate())
            line += f", {left // 3600}:{left // 60 % 60:02d}:{left % 60:02d} left"
        return line
