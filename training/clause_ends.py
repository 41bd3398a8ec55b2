"""The model of where clauses end (`data.extraction.ends`), learnt from articles that readers marked.

    python -m training.clause_ends [--folds 5] [--write]

Reads `data/labelled/extraction/development.jsonl`, joined to its archive; prints how many clause ends the rules and
the model have right on articles that the model was not trained on (folds by article); with `--write`, trains on all of
them and writes `data/extraction/clause_ends.json`. Knows extraction's places and features; nothing of encoders.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from data.errors import QawlError
from data.evaluation import trim
from data.extraction import extract
from data.extraction.complements import Opening
from data.extraction.document import Document
from data.extraction.ends import ClauseEnds, conjunction, last_word, places
from data.labels.standoff import load_standoff
from data.labels.standoff_gold import join_gold, load_read_articles
from data.readers import Failure, find_sources, read_articles
from data.records import Article
from training.config import REPOSITORY

LABELS = REPOSITORY / "data" / "labelled" / "extraction" / "development.jsonl"
# The other archive that was annotated may not be used commercially: nothing that ships is learnt from it.
ARCHIVE = "ant-multisource"
WRITTEN = REPOSITORY / "data" / "extraction" / "clause_ends.json"
# A feature that came up once says nothing; a word must have resumed the report this often to begin a place.
LEAST = 2
# Inverse strength of the L1 penalty: 1, 1.25 and 1.5 are alike in folds and on the check set; with this one the
# phenomenon cases of clause ends hold.
STRENGTH = 1.5


@dataclass(frozen=True)
class Clause:
    """A clause whose end a reader marked: `right` is one past its last word, `ruled` where the rules end it."""

    article: str
    doc: Document
    opening: Opening
    ruled: int
    right: int


def read_annotated(archive: Path) -> list[dict[str, Any]]:
    """The annotated articles of the archive, as gold files hold them.

    Raises:
        QawlError: if the archive is absent or lacks an article that was annotated.
    """
    found = find_sources([str(archive)])
    if found.missing:
        raise QawlError("no such archive", where=str(archive), remedy="name it with --archive")
    labels = [one for one in load_standoff(LABELS) if one.archive == ARCHIVE]
    read = [one for one in load_read_articles(LABELS) if one.archive == ARCHIVE]
    return join_gold(labels, read, (one for one in read_articles(found) if not isinstance(one, Failure)))


def read_clauses(articles: Iterable[Mapping[str, Any]]) -> list[Clause]:
    """The clauses of articles whose beginning the rules find, with the end that readers marked.

    Args:
        articles: as gold files hold them.
    """
    found: list[Clause] = []
    for one in articles:
        article = Article(id=str(one["id"]), title=one.get("title"), text=one["text"])
        marked: dict[str, list[tuple[int, int]]] = {}
        for statement in one["statements"]:
            text = article.field(statement["field"]) or ""
            marked.setdefault(text, []).append(trim(text, statement["start"], statement["end"]))

        def as_marked(doc: Document, opening: Opening, ruled: int) -> int:
            starts, ends = doc.tokens.start, doc.tokens.end
            for start, end in marked.get(doc.tokens.text, ()):  # noqa: B023 - used in this round only
                if starts[opening.at] <= start < ends[opening.at]:
                    k = opening.at
                    while k < len(doc.norm) and starts[k] < end:
                        k += 1
                    right = last_word(doc, opening.at, k)
                    found.append(
                        Clause(article.id or "", doc, opening, last_word(doc, opening.at, ruled), right)  # noqa: B023
                    )
                    return k
            return ruled

        extract(article, choose_end=as_marked)
    return found


def fit(clauses: Sequence[Clause], seed: int = 13) -> ClauseEnds:
    """Train: each place up to the marked end is a case, and only that one ends the clause."""
    resumed = Counter(
        word[len(conjunction(word)) :]
        for one in clauses
        for word in one.doc.norm[one.right : one.right + 1]
        if word[0].isalnum()
    )
    resuming = frozenset(word for word, count in resumed.items() if count >= LEAST)
    cases: list[tuple[str, ...]] = []
    ends: list[bool] = []
    for one in clauses:
        reached = list(places(one.doc, one.opening, one.ruled, resuming))
        if all(place.end != one.right for place in reached):
            continue
        for place in reached:
            if place.end > one.right or not place.features:
                break
            cases.append(place.features)
            ends.append(place.end == one.right)
    counts = Counter(feature for case in cases for feature in case)
    columns = {feature: n for n, feature in enumerate(sorted(f for f, count in counts.items() if count >= LEAST))}
    indices = [[columns[f] for f in case if f in columns] for case in cases]
    starts = np.cumsum([0, *map(len, indices)])
    flat = np.array([n for row in indices for n in row], dtype=np.int64)
    matrix = csr_matrix((np.ones(len(flat)), flat, starts), shape=(len(cases), len(columns)))
    model = LogisticRegression(C=STRENGTH, l1_ratio=1.0, solver="liblinear", max_iter=300, random_state=seed)
    model.fit(matrix, ends)
    weights = {name: round(float(model.coef_[0][n]), 4) for name, n in columns.items() if model.coef_[0][n]}
    return ClauseEnds(round(float(model.intercept_[0]), 4), weights, resuming)


def right_share(clauses: Sequence[Clause], model: ClauseEnds) -> tuple[float, float]:
    """The shares of clauses whose end the rules and the model have right."""
    chosen = [last_word(one.doc, one.opening.at, model.choose(one.doc, one.opening, one.ruled)) for one in clauses]
    right = [one.right for one in clauses]
    return (
        float(np.mean([one.ruled == one.right for one in clauses])),
        float(np.mean([a == b for a, b in zip(chosen, right, strict=True)])),
    )


def cross_validate(clauses: Sequence[Clause], folds: int, seed: int = 13) -> list[tuple[int, float, float]]:
    """For each fold of articles: its clauses, and the shares right of the rules and of a model trained on the rest."""
    articles = sorted({one.article for one in clauses})
    random.Random(seed).shuffle(articles)
    measured = []
    for fold in range(folds):
        held = set(articles[fold::folds])
        model = fit([one for one in clauses if one.article not in held], seed)
        rest = [one for one in clauses if one.article in held]
        measured.append((len(rest), *right_share(rest, model)))
    return measured


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the model if asked to."""
    about = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m training.clause_ends", description=about)
    shared = REPOSITORY.parent / "shared" / "archive" / f"{ARCHIVE}.jsonl.gz"
    parser.add_argument("--archive", type=Path, default=shared)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help=f"write {WRITTEN.name}")
    given = parser.parse_args(arguments)
    try:
        articles = read_annotated(given.archive)
    except QawlError as error:
        raise SystemExit(str(error)) from error
    clauses = read_clauses(articles)
    measured = cross_validate(clauses, given.folds)
    total = sum(n for n, _, _ in measured)
    rules, model = (sum(one[0] * one[at] for one in measured) / total for at in (1, 2))
    print(f"{len(articles)} articles, {total} clauses, {given.folds} folds by article")
    print(f"ends right: rules {rules:.4f}, model {model:.4f}")
    if given.write:
        trained = fit(clauses)
        body = {
            "trained_on": f"{ARCHIVE}: {len(articles)} articles, {total} clauses",
            "bias": trained.bias,
            "resuming": sorted(trained.resuming),
            "weights": dict(sorted(trained.weights.items())),
        }
        WRITTEN.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(f"{len(trained.weights)} weights: {WRITTEN}")


if __name__ == "__main__":
    main()
