"""How well extraction does: a gold file's statements against those found, with intervals and the errors in context.

Definitions (those of the shared scorer): a pair is *exact* when field, start and end are the same once outer
blanks, quotation marks and closing punctuation are off both; it *overlaps* when the characters in common are
half or more of the characters in either, paired one to one, best first. A speaker is right when the words of
one name are all among the words of the other (articles and spelling variants levelled). Intervals are
95 % percentile bootstraps over articles. Knows nothing of how statements are found.
"""

import argparse
import json
import random
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.errors import QawlError
from data.records import KINDS, Article, Statement

EDGE = frozenset(" \t\r\n\"«»“”„‟‹›‘’'`.,،؛:;!؟?…()[]")
Gold = Mapping[str, Any]


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without blanks, marks and closing punctuation at its edges."""
    while start < end and text[start] in EDGE:
        start += 1
    while end > start and text[end - 1] in EDGE:
        end -= 1
    return start, end


def name_words(name: str | None) -> frozenset[str]:
    """The words of a name as they are compared: no vowel signs, one alef, no article, a hashtag's words apart."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name or "") if not unicodedata.combining(c) and c != "ـ")
    plain = re.sub("[إأآٱ]", "ا", plain).replace("ى", "ي").replace("ة", "ه")
    return frozenset(w[2:] if w.startswith("ال") and len(w) > 4 else w for w in re.findall(r"[^\W_]+", plain))


def same_speaker(a: str | None, b: str | None) -> tuple[bool, bool]:
    """(the same words, the words of one within the other's)."""
    x, y = name_words(a), name_words(b)
    return x == y, bool(x and y and (x <= y or y <= x))


@dataclass(frozen=True)
class Pair:
    """A gold statement and the found one that was paired with it (indices into the article's lists)."""

    gold: int
    found: int
    exact: bool
    iou: float


def pair(article: Gold, gold: Sequence[Gold], found: Sequence[Gold]) -> list[Pair]:
    """One-to-one pairs of overlapping statements, best overlap first."""
    candidates: list[tuple[float, int, int, bool]] = []
    for i, g in enumerate(gold):
        text = article.get(g["field"]) or ""
        gs, ge = trim(text, g["start"], g["end"])
        for j, s in enumerate(found):
            if s.get("field", "text") != g["field"]:
                continue
            ss, se = trim(text, s["start"], s["end"])
            common = min(ge, se) - max(gs, ss)
            if common <= 0:
                continue
            iou = common / (max(ge, se) - min(gs, ss))
            if iou >= 0.5:
                candidates.append((iou, i, j, (gs, ge) == (ss, se)))
    pairs: list[Pair] = []
    used_gold: set[int] = set()
    used_found: set[int] = set()
    for iou, i, j, exact in sorted(candidates, key=lambda c: (-c[0], c[1], c[2])):
        if i not in used_gold and j not in used_found:
            used_gold.add(i)
            used_found.add(j)
            pairs.append(Pair(i, j, exact, iou))
    return pairs


@dataclass
class Counts:
    """What the figures are made of; counts of articles add up."""

    gold: int = 0
    found: int = 0
    overlap: int = 0
    exact: int = 0
    kind_right: int = 0
    speaker_gold: int = 0
    speaker_strict: int = 0
    speaker: int = 0
    wrong_offsets: int = 0
    kinds: dict[str, list[int]] = field(default_factory=dict)  # kind: [gold, overlap, exact]

    def __add__(self, other: "Counts") -> "Counts":
        kinds = {k: list(v) for k, v in self.kinds.items()}
        for k, v in other.kinds.items():
            kinds[k] = [a + b for a, b in zip(kinds.get(k, [0, 0, 0]), v, strict=True)]
        return Counts(
            self.gold + other.gold,
            self.found + other.found,
            self.overlap + other.overlap,
            self.exact + other.exact,
            self.kind_right + other.kind_right,
            self.speaker_gold + other.speaker_gold,
            self.speaker_strict + other.speaker_strict,
            self.speaker + other.speaker,
            self.wrong_offsets + other.wrong_offsets,
            kinds,
        )

    def figures(self) -> dict[str, float]:
        """Precision, recall and F1 (overlap and exact), recall by kind, accuracy of kinds and speakers."""
        out: dict[str, float] = {}
        for name, hits in (("overlap", self.overlap), ("exact", self.exact)):
            p = hits / self.found if self.found else 0.0
            r = hits / self.gold if self.gold else 0.0
            out[f"{name}.precision"], out[f"{name}.recall"] = p, r
            out[f"{name}.f1"] = 2 * p * r / (p + r) if p + r else 0.0
        for kind in KINDS:
            total, overlap, exact = self.kinds.get(kind, [0, 0, 0])
            out[f"recall.overlap.{kind}"] = overlap / total if total else 0.0
            out[f"recall.exact.{kind}"] = exact / total if total else 0.0
        total, overlap, exact = (sum(self.kinds.get(k, [0, 0, 0])[n] for k in ("indirect", "mixed")) for n in range(3))
        out["recall.overlap.indirect+mixed"] = overlap / total if total else 0.0
        out["recall.exact.indirect+mixed"] = exact / total if total else 0.0
        out["kind.accuracy"] = self.kind_right / self.overlap if self.overlap else 0.0
        out["speaker.accuracy"] = self.speaker / self.speaker_gold if self.speaker_gold else 0.0
        out["speaker.accuracy.strict"] = self.speaker_strict / self.speaker_gold if self.speaker_gold else 0.0
        return out


@dataclass(frozen=True)
class Mistake:
    """One error in context: what the gold has, what was found, and the words around."""

    article: str
    sort: str  # missed | extra | bounds | speaker | kind
    gold: str
    found: str
    context: str

    def __str__(self) -> str:
        lines = [f"[{self.sort}] {self.article}"]
        lines += [f"  gold:  {self.gold}"] if self.gold else []
        lines += [f"  found: {self.found}"] if self.found else []
        return "\n".join([*lines, f"  …{self.context}…"])


@dataclass(frozen=True)
class Evaluation:
    """Counts over all articles, per-article counts for the intervals, and every error."""

    counts: Counts
    articles: list[Counts]
    mistakes: list[Mistake]

    def figures(self) -> dict[str, float]:
        return self.counts.figures()

    def intervals(self, *, rounds: int = 1000, seed: int = 0) -> dict[str, tuple[float, float]]:
        """95 % bootstrap intervals over articles for every figure."""
        rng = random.Random(seed)
        seen: dict[str, list[float]] = {}
        size = len(self.articles)
        for _ in range(rounds if size else 0):
            total = Counts()
            for _ in range(size):
                total = total + self.articles[rng.randrange(size)]
            for name, value in total.figures().items():
                seen.setdefault(name, []).append(value)
        return {
            name: (sorted(values)[int(0.025 * rounds)], sorted(values)[int(0.975 * rounds) - 1])
            for name, values in seen.items()
        }


def _row(statement: Statement | Gold) -> dict[str, Any]:
    if isinstance(statement, Statement):
        return statement.model_dump(include={"field", "start", "end", "text", "kind", "speaker", "evidence"})
    return dict(statement)


def _speaker(row: Gold) -> str | None:
    speaker = row.get("speaker")
    return speaker.get("name") if isinstance(speaker, Mapping) else speaker


def _context(text: str, start: int, end: int) -> str:
    left, right = max(0, start - 90), min(len(text), end + 60)
    return (text[left:start] + "⟦" + text[start:end] + "⟧" + text[end:right]).replace("\n", " ⏎ ")


def evaluate_article(article: Gold, found: Iterable[Statement | Gold]) -> tuple[Counts, list[Mistake]]:
    """One article's counts and mistakes. `article` is a gold line; `found` statements as records or objects."""
    gold: list[dict[str, Any]] = [dict(g) for g in article["statements"]]
    rows = [_row(s) for s in found]
    name = str(article["id"])
    counts = Counts(gold=len(gold), found=len(rows))
    mistakes: list[Mistake] = []
    for row in rows:
        text = article.get(row.get("field", "text")) or ""
        if text[row["start"] : row["end"]] != row["text"]:
            counts.wrong_offsets += 1
    for g in gold:
        counts.kinds.setdefault(g["kind"], [0, 0, 0])[0] += 1
    pairs = pair(article, gold, rows)
    for p in pairs:
        g, s = gold[p.gold], rows[p.found]
        text = article.get(g["field"]) or ""
        counts.overlap += 1
        counts.exact += p.exact
        counts.kind_right += g["kind"] == s["kind"]
        counts.kinds[g["kind"]][1] += 1
        counts.kinds[g["kind"]][2] += p.exact
        rule = "/".join((s.get("evidence") or {}).values())
        context = _context(text, g["start"], g["end"])
        if not p.exact:
            mistakes.append(Mistake(name, "bounds", g["text"], f"{s['text']}  ({rule})", context))
        if g["kind"] != s["kind"]:
            mistakes.append(Mistake(name, "kind", g["kind"], s["kind"], context))
        wanted = _speaker(g)
        if wanted:
            strict, lenient = same_speaker(wanted, _speaker(s))
            counts.speaker_gold += 1
            counts.speaker_strict += strict
            counts.speaker += lenient
            if not lenient:
                mistakes.append(Mistake(name, "speaker", wanted, f"{_speaker(s)}  ({rule})", context))
    paired_gold, paired_found = {p.gold for p in pairs}, {p.found for p in pairs}
    for i, g in enumerate(gold):
        if i not in paired_gold:
            text = article.get(g["field"]) or ""
            what = f"{g['kind']} cue={g.get('cue')} speaker={_speaker(g)}"
            mistakes.append(Mistake(name, "missed", what, "", _context(text, g["start"], g["end"])))
    for j, s in enumerate(rows):
        if j not in paired_found:
            text = article.get(s.get("field", "text")) or ""
            rule = "/".join((s.get("evidence") or {}).values())
            what = f"{s['kind']} speaker={_speaker(s)} ({rule})"
            mistakes.append(Mistake(name, "extra", "", what, _context(text, s["start"], s["end"])))
    return counts, mistakes


def evaluate_extraction(gold: Sequence[Gold], found: Mapping[str, Sequence[Statement | Gold]]) -> Evaluation:
    """Score found statements, by article id, against gold articles (lines of a gold file)."""
    total, per_article, mistakes = Counts(), [], []
    for article in gold:
        counts, wrong = evaluate_article(article, found.get(str(article["id"]), ()))
        total = total + counts
        per_article.append(counts)
        mistakes += wrong
    return Evaluation(total, per_article, mistakes)


_MARKED = re.compile('«([^«»\n]+)»|“([^“”\n]+)”|"([^"\n]+)"')


def marks_baseline(article: Article) -> list[dict[str, Any]]:
    """What users do without a tool: everything of three words or more that stands in marks, no speaker."""
    out: list[dict[str, Any]] = []
    for name in ("title", "text"):
        text = article.title or "" if name == "title" else article.text
        for match in _MARKED.finditer(text):
            group = next(k for k in (1, 2, 3) if match.group(k) is not None)
            if len(match.group(group).split()) >= 3:
                start, end = match.span(group)
                out.append({"field": name, "start": start, "end": end, "text": text[start:end], "kind": "direct",
                            "speaker": None})  # fmt: skip
    return out


def load_gold(path: Path) -> list[dict[str, Any]]:
    """The articles of a gold file, one JSON object a line."""
    if not path.is_file():
        raise QawlError("no such gold file", where=str(path), remedy="give a JSONL file of articles with statements")
    articles: list[dict[str, Any]] = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                article = json.loads(line)
                for key in ("id", "text", "statements"):
                    article[key]
            except (json.JSONDecodeError, KeyError, TypeError) as error:
                raise QawlError(f"not a gold article ({error})", where=f"{path}:{number}",
                                remedy="each line is an object with id, text and statements") from None  # fmt: skip
            articles.append(article)
    return articles


def held_out(articles: Sequence[Gold]) -> set[str]:
    """The ids of every third article in the order of their ids' SHA-256: kept back while rules are written."""
    import hashlib

    order = sorted((str(a["id"]) for a in articles), key=lambda i: hashlib.sha256(i.encode()).hexdigest())
    return {name for k, name in enumerate(order) if k % 3 == 2}


def report(evaluation: Evaluation, *, rounds: int = 1000, baseline: Evaluation | None = None) -> str:
    """The table: figures with their intervals, then recall by kind; beside them those of `baseline`, if given."""
    other = baseline.figures() if baseline is not None else {}
    figures, intervals = evaluation.figures(), evaluation.intervals(rounds=rounds)
    c = evaluation.counts
    lines = [
        f"articles {len(evaluation.articles)}, statements: gold {c.gold}, found {c.found}, "
        f"wrong offsets {c.wrong_offsets}"
    ]
    if baseline is not None:
        lines.append(f"{'':32} {'extraction  [95 % interval]':32}  marks alone (regular expression)")
    for name, value in figures.items():
        low, high = intervals.get(name, (0.0, 0.0))
        n = ""
        if name.startswith("recall.") and name.rsplit(".", 1)[1] in KINDS:
            n = f"  n={c.kinds.get(name.rsplit('.', 1)[1], [0])[0]}"
        beside = f"  {other[name]:.4f}" if name in other else ""
        lines.append(f"{name:32} {f'{value:.4f}  [{low:.4f}, {high:.4f}]{n}':32}{beside}".rstrip())
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m data.evaluation GOLD.jsonl`, or --standoff LABELS.jsonl --archive FILE …: extract, score, print."""
    parser = argparse.ArgumentParser(prog="python -m data.evaluation", description=main.__doc__)
    parser.add_argument("gold", type=Path, nargs="?", help="JSONL file of articles with their statements")
    parser.add_argument(
        "--standoff", type=Path, metavar="LABELS",
        help="instead: statements labelled stand-off (with the list of articles beside), joined to --archive",
    )  # fmt: skip
    parser.add_argument("--archive", action="append", default=[], metavar="FILE", help="articles for --standoff")
    parser.add_argument("--joined", type=Path, metavar="FILE", help="also write what --standoff gave as a gold file")
    parser.add_argument("--errors", type=Path, help="write every error in its context to this file")
    parser.add_argument(
        "--hold-out", choices=["all", "without", "only"], default="all",
        help="'without': leave out every third article (by hash of id); 'only': score these alone",
    )  # fmt: skip
    parser.add_argument("--baseline", action="store_true", help="score the regular expression for marks instead")
    parser.add_argument("--ruled-ends", action="store_true", help="let the rules alone decide where clauses end")
    parser.add_argument("--rounds", type=int, default=1000, help="bootstrap rounds")
    options = parser.parse_args(arguments)
    if (options.gold is None) == (options.standoff is None):
        parser.error("give a gold file, or --standoff with --archive")
    try:
        if options.standoff is not None:
            from data.labels.standoff_gold import load_standoff_gold, write_gold

            articles = load_standoff_gold(options.standoff, options.archive)
            if options.joined:
                write_gold(articles, options.joined)
        else:
            articles = load_gold(options.gold)
    except QawlError as error:
        print(error, file=sys.stderr)
        return 2
    kept_back = held_out(articles)
    if options.hold_out != "all":
        articles = [a for a in articles if (str(a["id"]) in kept_back) == (options.hold_out == "only")]
    find: Callable[[Article], Sequence[Statement | Gold]]
    if options.baseline:
        find = marks_baseline
    else:
        from data.extraction import extract
        from data.extraction.ends import Chooser

        ruled: Chooser | None = (lambda doc, opening, end: end) if options.ruled_ends else None

        def find(article: Article) -> Sequence[Statement | Gold]:
            return extract(article, explain=True, choose_end=ruled)

    found = {str(a["id"]): find(Article(id=a["id"], title=a.get("title"), text=a["text"])) for a in articles}
    evaluation = evaluate_extraction(articles, found)
    baseline = None
    if not options.baseline:
        marked = {
            str(a["id"]): marks_baseline(Article(id=a["id"], title=a.get("title"), text=a["text"])) for a in articles
        }
        baseline = evaluate_extraction(articles, marked)
    print(report(evaluation, rounds=options.rounds, baseline=baseline))
    if options.errors:
        options.errors.parent.mkdir(parents=True, exist_ok=True)
        ordered = sorted(evaluation.mistakes, key=lambda m: m.sort)
        options.errors.write_text("\n\n".join(map(str, ordered)) + "\n", encoding="utf-8")
        print(f"{len(ordered)} errors in context: {options.errors}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
