"""The command line in this process, which saves a start each time, and in one of its own where it is to be killed."""

import contextlib
import io
import sys
from pathlib import Path
from typing import NamedTuple

import qawl

ROOT = Path(__file__).resolve().parents[3]


class Done(NamedTuple):
    returncode: int
    stdout: bytes
    stderr: bytes


def run(*arguments: object, stdin: bytes = b"") -> Done:
    """Run `qawl ARGUMENTS`."""
    out, said = io.TextIOWrapper(io.BytesIO(), "utf-8", newline=""), io.StringIO()
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
            status = qawl.run([str(argument) for argument in arguments])
        out.flush()
    finally:
        sys.stdin = before
    assert isinstance(out.buffer, io.BytesIO)
    return Done(status, out.buffer.getvalue(), said.getvalue().encode())
