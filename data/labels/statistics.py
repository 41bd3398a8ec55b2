"""Counts of a labelled set, and the comparison of its wording with real news.

Lengths are in words (runs of letters and digits). Knows nothing of how the card that shows them is laid out.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from data.labels.check import comparison_key
from data.records import DEFAULT_TARGET, LabelledStatement

WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Wording:
    """How a body of statements is worded: lengths in words, vocabulary, and cues with their shares.

    `vocabulary` counts distinct words in the first `words` running words, so that bodies of unequal size compare.
    """

    statements: int
    length_quartiles: tuple[int, int, int]
    longest: int
    words: int
    vocabulary: int
    cues: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of a labelled set for one target."""

    target: str
    n: int
    families: int
    pairs: int
    hard: int
    by: dict[str, dict[str, int]] = field(default_factory=dict)
    stance_by_sentiment: dict[str, dict[str, int]] = field(default_factory=dict)


def count(rows: Sequence[LabelledStatement], target: str = DEFAULT_TARGET) -> Statistics:
    """Counts of the statements labelled toward `target`, each field's values in order of frequency."""
    rows = [row for row in rows if row.target == target]
    by: dict[str, dict[str, int]] = {}
    for name in ("stance", "sentiment", "split", "kind", "speaker_type", "country", "force", "group", "source"):
        values = Counter(str(value) for row in rows if (value := getattr(row, name)) is not None)
        by[name] = dict(values.most_common())
    by["decade"] = dict(sorted(Counter(f"{row.date[:3]}0s" for row in rows if row.date).items()))
    by["length"] = dict(sorted(Counter(_length_band(row.text) for row in rows).items()))
    crossed: dict[str, Counter[str]] = {}
    for row in rows:
        if row.stance and row.sentiment:
            crossed.setdefault(row.stance, Counter())[row.sentiment] += 1
    return Statistics(
        target=target,
        n=len(rows),
        families=len({row.family for row in rows if row.family}),
        pairs=len({row.pair for row in rows if row.pair}),
        hard=sum(row.hard for row in rows),
        by=by,
        stance_by_sentiment={stance: dict(crossed[stance]) for stance in sorted(crossed)},
    )


def _length_band(text: str) -> str:
    length = len(WORD.findall(text))
    return next((band for most, band in ((8, "01-08"), (16, "09-16"), (32, "17-32")) if length <= most), "33+")


def wording(statements: Sequence[tuple[str, str | None]], sample_words: int = 20_000) -> Wording:
    """Lengths, vocabulary and most frequent cues of statements.

    Args:
        statements: (text, cue or none), the cue as printed; و and ف before a verb are folded away.
        sample_words: vocabulary is counted in so many running words at most.

    Raises:
        ValueError: if there are no statements.
    """
    if not statements:
        raise ValueError("no statements to describe")
    lengths = sorted(len(WORD.findall(text)) for text, _ in statements)
    quarter = len(lengths) // 4
    running = [word for text, _ in statements for word in comparison_key(text).split()][:sample_words]
    cues = Counter(re.sub("^[وف](?=...)", "", comparison_key(cue)) for _, cue in statements if cue)
    total = sum(cues.values()) or 1
    return Wording(
        statements=len(statements),
        length_quartiles=(lengths[quarter], lengths[len(lengths) // 2], lengths[-quarter - 1]),
        longest=lengths[-1],
        words=len(running),
        vocabulary=len(set(running)),
        cues=tuple((cue, n / total) for cue, n in cues.most_common(12)),
    )
