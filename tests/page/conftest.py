"""The real service with the shipped artifact in a process of its own, and Chromium to look at its page."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
# The distribution's browser: none is ever downloaded.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
START_SECONDS = 120
WAIT_MS = 30_000


class Service(NamedTuple):
    """A running service: its address, and its data directory."""

    url: str
    home: Path


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """`qawl serve` on a free port of 127.0.0.1, ended with the module."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    passed = {key: value for key, value in os.environ.items() if not key.startswith(("QAWL_", "BENTOML_"))}
    log = home / "serve.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, ROOT / "qawl.py", "serve", "--port", str(port)],
            env={**passed, "QAWL_HOME": str(home)},
            cwd=home,
            stdout=out,
            stderr=out,
        )
        try:
            url = f"http://127.0.0.1:{port}/"
            _wait(url + "readyz", process, log)
            yield Service(url, home)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the service did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        # Containers seldom let Chromium make its own sandbox, and it meets nothing here but this page.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, service: Service) -> Iterator[Page]:
    """The page, opened. Fails the test if the page's code fails, the console complains, or another host is asked."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="ar", accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    complaints: list[str] = []
    hosts: set[str] = set()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    # What the browser itself says of a status or a lost connection is no fault of the page's.
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text)
            if said.type in ("error", "warning") and "Failed to load resource" not in said.text
            else None
        ),
    )
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(service.url)
    page.locator("#model a").wait_for()
    yield page
    context.close()
    assert not complaints
    assert hosts - {""} == {urlsplit(service.url).netloc}  # a blob that is downloaded has no host
