"""The sixteen groups of reported-speech phenomena: every hand-written case, and a pass table."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from data.evaluation import name_words, trim
from data.extraction import extract
from data.records import Article, Statement

FOLDER = Path(__file__).parent / "phenomena"
REQUIRED = 0.95
_MARKUP = re.compile(r"\[\[([DIM])(!?) ([^|\]]*)\|(.+?)\]\]", re.DOTALL)
_KINDS = {"D": "direct", "I": "indirect", "M": "mixed"}


@dataclass(frozen=True)
class Expected:
    field: str
    start: int
    end: int
    kind: str
    speaker: str
    asserted: bool


@dataclass(frozen=True)
class Case:
    group: str
    article: Article
    expected: tuple[Expected, ...]


def parse(marked: str, field: str) -> tuple[str, list[Expected]]:
    """The plain text of a bracketed case and the statements in it."""
    plain, expected, at = "", [], 0
    for match in _MARKUP.finditer(marked):
        plain += marked[at : match.start()]
        kind, negated, speaker, words = match.groups()
        start = len(plain)
        plain += words
        expected.append(Expected(field, start, len(plain), _KINDS[kind], speaker.strip(), not negated))
        at = match.end()
    return plain + marked[at:], expected


def load(path: Path) -> Iterator[Case]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for case in content["cases"]:
        text, expected = parse(case["text"], "text")
        title, in_title = parse(case["title"], "title") if "title" in case else (None, [])
        yield Case(content["group"], Article(title=title, text=text), (*in_title, *expected))


CASES = {path.stem: list(load(path)) for path in sorted(FOLDER.glob("*.yaml"))}


def failures(case: Case) -> list[str]:
    """What is wrong with the statements found in a case; empty when all is right."""
    found: dict[tuple[str, int, int], Statement] = {}
    for s in extract(case.article, explain=True):
        found[(s.field, *trim(case.article.field(s.field), s.start, s.end))] = s
    wrong = []
    for e in case.expected:
        text = case.article.title or "" if e.field == "title" else case.article.text
        start, end = trim(text, e.start, e.end)
        place = (e.field, start, end)
        if place not in found:
            wrong.append(f"missed: {text[start:end]}")
            continue
        s = found.pop(place)
        if s.kind != e.kind:
            wrong.append(f"kind {s.kind}, not {e.kind}: {s.text}")
        if s.asserted != e.asserted:
            wrong.append(f"asserted={s.asserted}: {s.text}")
        name = name_words(s.speaker.name if s.speaker else "")
        if e.speaker != "-" and not name_words(e.speaker) <= name:
            wrong.append(f"speaker {s.speaker.name if s.speaker else None}, not {e.speaker}: {s.text}")
    wrong += [f"extra ({s.evidence}): {s.text}" for s in found.values()]
    return wrong


def test_every_group_is_there_with_ten_cases_or_more() -> None:
    assert len(CASES) == 16
    assert all(len(cases) >= 10 for cases in CASES.values())


@pytest.mark.parametrize("group", list(CASES))
def test_group_passes(group: str) -> None:
    failed = {case.article.title or case.article.text: failures(case) for case in CASES[group]}
    failed = {text: wrong for text, wrong in failed.items() if wrong}
    passed = len(CASES[group]) - len(failed)
    print(f"\n{CASES[group][0].group:60} {passed:3}/{len(CASES[group]):3}")
    listing = "\n".join(f"{text}\n    " + "\n    ".join(wrong) for text, wrong in failed.items())
    assert passed / len(CASES[group]) >= REQUIRED, listing
