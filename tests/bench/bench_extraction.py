"""`python -m tests.bench.bench_extraction [ARCHIVE.jsonl[.gz] …]`: time and growth of extraction on one core.

With archives: the median over their articles of 250 to 350 words. Without: an ordinary article written here.
Always: growth on one text without a full stop, up to 1 MB, and on hostile repetitions; then 100,000 inputs.
"""

import argparse
import gzip
import json
import statistics
import sys
import time
from pathlib import Path

from data.extraction import extract
from data.records import Article
from tests.extraction_inputs import SAMPLE, check, inputs

HOSTILE = (
    "قال ",
    "« ",
    '"ا ',
    "قال إن ",
    "بحسب ",
    "((",
    "، ",
    "الوزير ",
    "قال الوزير، ",
    "مؤكدا أن ",
    "مشيرا إلى ",
    "نقلا عن ",
    "على لسان ",
    "حسبما قال ",
    "أعلن ",
    "محمد ",
)


def ordinary(path: Path, step: int = 20) -> list[Article]:
    """Every `step`-th article of an archive that has 250 to 350 words."""
    opener = gzip.open if path.suffix == ".gz" else open
    articles = []
    with opener(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % step == 0:
                row = json.loads(line)
                if 250 <= len(row["text"].split()) <= 350:
                    articles.append(Article(id=row.get("id"), title=row.get("title"), text=row["text"]))
    return articles


def seconds(article: Article, repeat: int = 1) -> float:
    """Processor seconds of one extraction, the least of `repeat`."""
    best = float("inf")
    for _ in range(repeat):
        start = time.process_time()
        extract(article)
        best = min(best, time.process_time() - start)
    return best


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archives", type=Path, nargs="*")
    parser.add_argument("--inputs", type=int, default=100_000, help="random and mutated inputs to run")
    options = parser.parse_args(arguments)
    articles = [article for path in options.archives for article in ordinary(path)]
    articles = articles or [Article(text=(SAMPLE + "\n") * 5)]
    extract(articles[0])
    times = sorted(seconds(article, 3) * 1000 for article in articles)
    print(f"ordinary article, {len(times)} of 250-350 words: median {statistics.median(times):.2f} ms, "
          f"p95 {times[int(0.95 * (len(times) - 1))]:.2f} ms, most {times[-1]:.2f} ms")  # fmt: skip
    words = " ".join(a.text for a in articles).replace(".", " ").replace("\n", " ").split()
    for count in (12_500, 25_000, 50_000, 100_000, 170_000):
        text = " ".join(words[k % len(words)] for k in range(count))
        print(f"no full stop, {len(text.encode()) / 1e6:.2f} MB: {seconds(Article(text=text)):.2f} s")
    for pattern in HOSTILE:
        small, large = (seconds(Article(text=pattern * (size // len(pattern)))) for size in (50_000, 100_000))
        print(f"{pattern!r} repeated to 50,000 and 100,000 characters: {small:.2f} s, {large:.2f} s")
    texts = [SAMPLE, *(a.text for a in articles)]
    found = sum(len(check(article)) for article in inputs(options.inputs, 0, texts))
    print(f"{options.inputs} random and mutated inputs: 0 exceptions, 0 wrong offsets, {found} statements")
    return 0


if __name__ == "__main__":
    sys.exit(main())
