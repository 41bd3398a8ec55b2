"""A real `qawl serve` process on a free port of 127.0.0.1, for tests and benchmarks.

Knows how to start, find and end it; knows nothing of what is asked of it.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

# A machine that does other work beside the tests may take its time.
START_SECONDS = 180


@dataclass(frozen=True)
class Service:
    """A running service: where it answers, its supervisor, and the file its messages go to."""

    url: str
    supervisor: subprocess.Popen[bytes]
    log: Path
    start_seconds: float

    def workers(self) -> list[int]:
        """Process ids below the supervisor, the nearest first."""
        return _below(self.supervisor.pid)

    def kill(self) -> None:
        """`kill -9` of the supervisor and all below it, as a power cut would."""
        for pid in [self.supervisor.pid, *self.workers()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.supervisor.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def qawl(home: Path, *arguments: object, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run a `qawl` command to its end, with its own data directory."""
    return subprocess.run(
        _command(*arguments), env=_environment(home, more), capture_output=True, text=True, timeout=START_SECONDS
    )


@contextlib.contextmanager
def serving(home: Path, *arguments: object, port: int | None = None, **more: str) -> Iterator[Service]:
    """A ready service, ended when the block is.

    Args:
        home: `QAWL_HOME` of the service.
        arguments: further arguments of `qawl serve`.
        port: by default a free one.
        more: further environment variables.
    """
    port = port or free_port()
    home.mkdir(parents=True, exist_ok=True)
    log = home / "service.log"
    started = time.monotonic()
    with log.open("ab") as out:
        process = subprocess.Popen(
            _command("serve", "--port", port, *arguments),
            env=_environment(home, more),
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    service: Service | None = None
    try:
        url = f"http://127.0.0.1:{port}"
        while not _ready(url):
            if process.poll() is not None or time.monotonic() - started > START_SECONDS:
                raise AssertionError(f"no service: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        service = Service(url, process, log, time.monotonic() - started)
        yield service
    finally:
        below = _below(process.pid)
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(60)
        for pid in [process.pid, *below]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(30)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "qawl", *(str(argument) for argument in arguments)]


def _environment(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("QAWL_") and k not in ("BENTOML_HOME", "PORT")}
    root = str(Path(__file__).resolve().parents[2])
    return {**kept, "QAWL_HOME": str(home), "PYTHONPATH": root, "BENTOML_DO_NOT_TRACK": "True", **more}


def _below(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [one for child in map(int, children) for one in [child, *_below(child)]]
