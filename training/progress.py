"""Lines about a run's stages, on standard error; counted work inside a stage uses `data.progress`."""

import sys


def note(line: str) -> None:
    """Print one line on standard error at once."""
    print(line, file=sys.stderr, flush=True)
