"""The soak's own commands, short: what they promise must hold also in a few seconds."""

import subprocess
import sys
from pathlib import Path

import pytest

from serving.store import shipped_artifact

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "figure"),
    [("sigterm", "lost: 0 (goal 0)"), ("kill", "lost: 0 (goal 0)"), ("promote", "failed: 0 (goal 0)")],
)
def test_nothing_is_lost(mode: str, figure: str) -> None:
    if not (shipped_artifact() / "card.json").is_file():
        pytest.skip("there is no shipped artifact")
    command = [sys.executable, "-m", "tests.soak", mode, "--seconds", "12" if mode == "promote" else "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert figure in done.stdout
