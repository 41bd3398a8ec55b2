"""What is found on the way through one field: statements before their speakers are known, and the way itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from data.extraction.document import Document
from data.extraction.marks import MARKS, Quotation
from data.extraction.mentions import Mention
from data.extraction.speakers import PhraseReader
from data.extraction.tokens import bare
from data.records import Kind

Source = Literal["subject", "carried", "sentence", "given", "document"]

_EDGE = frozenset(" \t\r\n،,.؛;:!؟?…-–—*•" + "".join(MARKS))


@dataclass(slots=True)
class Found:
    """A statement before its speaker is known.

    `start`, `end`: code points; `cue`: code points of the cue or None; `at`: its token index;
    `mention`: the phrase beside the cue; `source`: how to go on when there is none.
    """

    start: int
    end: int
    kind: Kind
    rule: str
    at: int
    cue: tuple[int, int] | None
    mention: Mention | None
    source: Source
    feminine: bool | None = None
    plural: bool = False
    asserted: bool = True


@dataclass(slots=True)
class Walk:
    """The way through one field from left to right.

    `found`: what was found so far; `busy`: the first token that no statement has taken yet; `claimed`: opening
    marks of quotations that a cue or an attribution has taken.
    """

    doc: Document
    reader: PhraseReader
    found: list[Found] = field(default_factory=list)
    busy: int = 0
    claimed: set[int] = field(default_factory=set)

    def add(self, found: Found, busy: int) -> None:
        """Keep a statement that reaches to token `busy`; an empty one is dropped."""
        if found.start and self.doc.tokens.text[found.start - 1] == "#":
            found.start -= 1
        if found.end > found.start:
            self.found.append(found)
            self.busy = max(self.busy, busy)


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Code points without the blanks and marks at either end."""
    while start < end and (text[start] in _EDGE or text[start].isspace()):
        start += 1
    while end > start and (text[end - 1] in " \t\r\n،,؛;:-–—." or text[end - 1].isspace()):
        end -= 1
    return start, end


def inner(doc: Document, q: Quotation) -> tuple[int, int]:
    """The code points of the words between the marks, without blanks and stops at either end."""
    tokens = doc.tokens
    a, b = tokens.start[q.first], tokens.end[q.last - 1]
    text = tokens.text
    while a < b and (text[a].isspace() or text[a] in "،,:"):
        a += 1
    while b > a and (text[b - 1].isspace() or text[b - 1] in ".،,"):
        b -= 1
    return a, b


def kind_of(doc: Document, at: int, end: int) -> Kind:
    """Mixed where a part of the clause from token `at` to `end` stands in marks that are no name's."""
    j = at
    names = doc.words.words["name_heads"]
    while j < end:
        q = doc.quotation(j)
        if q is None:
            j += 1
            continue
        previous = doc.norm[q.open - 1] if q.open else ""
        plain = bare(previous)
        if q.words >= 5:
            return "mixed"
        if plain not in names and plain.lstrip("وبل") not in names and not _name_elsewhere(doc, q):
            return "mixed"
        j = max(q.after, j + 1)
    return "indirect"


def _name_elsewhere(doc: Document, q: Quotation) -> bool:
    """Whether a short stretch in marks is a name: a word that means nothing in Arabic, a type, or one met again."""
    if q.words > 4:
        return False
    norm, listed = doc.norm, doc.words.words
    words = [w for w in norm[q.first : q.last] if w[0].isalnum()]
    if not words or (q.words == 1 and norm[q.open - 1 : q.open] == ["ال"]):
        return True  # «إخراج "86" حافلة»
    if q.words <= 3 and any(w.isdigit() or w.isascii() for w in words):
        return True  # «"إف 16"»
    if bare(words[0]) in listed["proper_organisations"]:
        return True  # «"داعش"», «"حزب الله"»
    first, last = words[0], words[-1]
    foreign = not any(_DERIVED.fullmatch(w) or w in listed["adverbs"] or _common(listed, w) for w in words)
    if foreign and (q.words == 1 or not first.endswith("ا")):
        return True  # «"لاند روفر"», not «"لباسا لائقا"»
    predicated = first in listed["function_words"] or first == "غير" or (first.endswith("ا") and len(first) > 4)
    described = q.words > 1 and bare(last) == last and (last.endswith("ة") or last in listed["common_nouns"])
    if described or (predicated and first not in listed["name_heads"]):
        return False  # «"منظمة إرهابية"», «"غير المقبولة"», «"لباسا لائقا"»
    return first in listed["name_heads"] or (1 < q.words <= 3 and doc.quoted.get(doc.marked(q), 0) >= 2)


# Endings and beginnings of Arabic words, which foreign names seldom have.
_DERIVED = re.compile(
    "س[يتن]\\w+|است\\w{3,}|ت\\w\\wي\\w|[يت]\\w+ان|[يت]ت\\w{2,}|\\w+(?:ة|ات|ين|ون|يا|ه|ها|هم|ي)|\\w{1,2}"
)


def _common(listed: Mapping[str, frozenset[str]], word: str) -> bool:
    """Whether a common word is written here, in whatever form."""
    plain = bare(word)
    stems = (word, plain, word[1:], plain[:-1], plain[1:], plain + "ة")
    return any(w in listed["common_nouns"] or w in listed["common_verbs"] for w in stems)
