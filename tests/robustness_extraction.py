"""`python -m tests.robustness_extraction [--count N] [--archive FILE.jsonl[.gz] …]`: extraction on hostile input.

Runs random texts and mutations of real articles through extraction; any exception or wrong offset ends it
with the input that caused it. Prints the count.
"""

import argparse
import gzip
import json
import sys
from pathlib import Path

from tests.extraction_inputs import SAMPLE, check, inputs


def texts(path: Path, most: int = 2000) -> list[str]:
    """The texts of an archive's first articles."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for _, line in zip(range(most), lines, strict=False)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--archive", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    sources = [SAMPLE, *(text for path in options.archive for text in texts(path) if text)]
    found = 0
    for number, article in enumerate(inputs(options.count, options.seed, sources), 1):
        try:
            found += len(check(article))
        except Exception:
            print(f"input {number} fails: {article.model_dump_json()}", file=sys.stderr)
            raise
    print(f"{options.count} inputs (seed {options.seed}, {len(sources)} texts mutated): "
          f"0 exceptions, 0 wrong offsets, {found} statements found")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
