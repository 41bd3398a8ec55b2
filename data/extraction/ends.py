"""Where a clause without marks ends, weighed: the rules propose an end, a linear model decides among the places.

A clause may end before a comma, a mark, a reporting form, a word that often takes the reporter up again, or where its
sentence does. From left to right each place gets the chance that the clause ends there and not later (a discrete-time
hazard; Cox 1972), a logistic regression over named features; the likeliest place is taken. The weights,
`clause_ends.json`, are written by `python -m training.clause_ends` and can be read. Knows no speakers.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from data.extraction.clauses import WITHHELD, breaks, ruled_end
from data.extraction.complements import Form, Opening
from data.extraction.document import LONGEST, Document
from data.extraction.marks import MARKS
from data.extraction.tokens import COMMAS

# The cue of a clause stands at most so many tokens before what opens it.
_CUE_BEFORE = 40
# A clause has a few places; a text of nothing but cues would have one at every word.
_MOST_PLACES = 16
_PLAIN = frozenset("،,؛;:-–—…")

Chooser = Callable[[Document, Opening, int], int]


@dataclass(frozen=True)
class Place:
    """A place where a clause may end: `end` is one past its last word, `following` the next word's token."""

    end: int
    following: int
    features: tuple[str, ...]


@dataclass(frozen=True)
class ClauseEnds:
    """A trained model. `resuming`: words that begin a place though nothing parts them from the word before."""

    bias: float
    weights: Mapping[str, float]
    resuming: frozenset[str]

    @classmethod
    def from_dict(cls, read: Mapping[str, Any]) -> "ClauseEnds":
        """A model as `clause_ends.json` holds it."""
        return cls(read["bias"], read["weights"], frozenset(read["resuming"]))

    def choose(self, doc: Document, opening: Opening, ruled: int) -> int:
        """One past the last token of the clause; `ruled`: where the rules end it, taken where that is the place."""
        reached, best, chosen = 0.0, -math.inf, None
        for place in places(doc, opening, ruled, self.resuming):
            if not place.features:  # the last place: a clause that comes so far ends here
                here = reached
            else:
                score = self.bias + sum(self.weights.get(one, 0.0) for one in place.features)
                here = reached - math.log1p(math.exp(-score))
                reached -= math.log1p(math.exp(score))
            if here > best:
                best, chosen = here, place
        if chosen is None or chosen.end == last_word(doc, opening.at, ruled):
            return ruled
        q = doc.quotation(chosen.end - 1)
        # A mark that closes here belongs to the clause.
        return max(chosen.end, min(q.after, chosen.following)) if q is not None else chosen.end


@cache
def shipped() -> ClauseEnds:
    """The model in this package."""
    return ClauseEnds.from_dict(json.loads(files(__package__).joinpath("clause_ends.json").read_text("utf-8")))


def clause_end(doc: Document, opening: Opening, *, to_comma: bool = False) -> int:
    """One past the last token of a clause without marks of its own that begins at `opening.at`.

    `to_comma`: the clause hangs on a noun in an adverbial («بعد إعلان فلان كذا، …») and ends with it.
    """
    ruled = ruled_end(doc, opening, to_comma=to_comma)
    if opening.at >= len(doc.norm) or ruled <= opening.at:
        return ruled
    return (doc.choose_end or shipped().choose)(doc, opening, ruled)


def places(doc: Document, opening: Opening, ruled: int, resuming: frozenset[str]) -> Iterator[Place]:
    """The places where a clause may end, in order; the last, without features, is one that it cannot go beyond."""
    norm, at = doc.norm, opening.at
    stop = min(doc.stop[at], at + LONGEST)
    ruled = last_word(doc, at, ruled)
    about: _Clause | None = None
    depth, commas, seen, j, last = 0, 0, 0, at, at
    while j < stop:
        t = norm[j]
        if j > at and t[0].isalnum():
            j += 1
        elif (q := doc.quotation(j)) is not None and q.after > j:
            commas += sum(1 for k in range(j, q.after) if norm[k] in COMMAS)
            j = q.after
        else:
            depth += (t in "([{") - (t in ")]}")
            commas += t in COMMAS
            j += 1
        if depth < 0:
            break
        if depth or j >= stop:
            continue
        end, k = last_word(doc, at, j), j
        while k < stop and not norm[k][0].isalnum():
            opened = doc.quotation(k)
            if opened is not None and opened.open == k:
                break
            k += 1
        if end <= last or k >= stop:
            continue
        if k == end:  # nothing but a blank before the next word
            word = norm[k]
            if doc.cue[k] is None and end != ruled and word[len(conjunction(word)) :] not in resuming:
                continue
        last = end
        why = breaks(doc, k, opening.form, any(norm[i] in COMMAS for i in range(end, k)))
        seen += 1
        if (why == WITHHELD and end == ruled) or seen == _MOST_PLACES:
            yield Place(end, k, ())
            return
        about = about or _Clause.of(doc, opening)
        yield Place(end, k, about.features(doc, end, k, stop, ruled, commas, why))
    yield Place(last_word(doc, at, min(j, stop)), stop, ())


def conjunction(word: str) -> str:
    """The و or ف that a word seems to begin with, or nothing."""
    return word[0] if word[0] in "وف" and len(word) > 3 else ""


def last_word(doc: Document, first: int, end: int) -> int:
    """`end` without the marks before it."""
    while end > first + 1 and not doc.norm[end - 1][0].isalnum():
        end -= 1
    return end


def _mark(token: str) -> str:
    """A mark as features name it: commas and the like as they are, quotation marks alike."""
    return token if token in _PLAIN else "Q" if token in MARKS else ")" if token in ")]}" else "?"


def _size(words: int) -> int:
    """A number of words on a scale of doublings."""
    return (words + 1).bit_length()


@dataclass(frozen=True)
class _Clause:
    """What is the same at all places of a clause: its opening, its cue's group and kind."""

    at: int
    form: Form
    group: str

    @classmethod
    def of(cls, doc: Document, opening: Opening) -> "_Clause":
        before = range(opening.head - 1, max(-1, opening.head - _CUE_BEFORE), -1)
        cue = next((cue for k in before if (cue := doc.cue[k]) is not None), None)
        return cls(opening.at, opening.form, cue.frame.group if cue is not None else "-")

    def features(
        self, doc: Document, end: int, k: int, stop: int, ruled: int, commas: int, why: str
    ) -> tuple[str, ...]:
        """Names of what holds at the place before token `k`."""
        norm, form, group = doc.norm, self.form, self.group
        marks = "".join(_mark(norm[j]) for j in range(end, min(k, end + 2)))
        word = norm[k]
        joined = conjunction(word)
        cue = doc.cue[k]
        ahead = next((j for j in range(k + 1, stop) if norm[j] in COMMAS), stop)
        coming = [one.kind for j in range(k, ahead) if (one := doc.cue[j]) is not None]
        that = any(norm[j] in doc.words.that for j in range(k, ahead))
        kind = "-" if cue is None else f"{cue.kind}{'+و' * cue.joined}{'+ه' * cue.object}"
        return (
            "ruled=" + ("here" if end == ruled else "before" if end > ruled else "later"),
            f"word={word} {marks}",
            f"ends={joined}~{word[-2:]} {marks}",
            f"begins={word[:2]} {marks}",
            f"form={form} {marks}",
            f"form,word={form} {word}",
            f"group={group} {marks}",
            f"group,word={group} {word}",
            f"length={_size(end - self.at)} {form} {marks}",
            f"commas={min(commas, 4)} {marks}",
            f"left={_size(stop - end)} {marks}",
            f"segment={_size(ahead - k)} {marks}",
            f"cue={kind} {marks}",
            f"cue,group={cue.frame.group if cue is not None else '-'} {kind} {marks}",
            f"coming={','.join(coming[:2])} {that} {marks}",
            f"that={that} {joined} {form} {marks}",
            f"why={why} {marks}",
            f"why,form={why} {form} {marks}",
            f"ruled,why={ruled == end} {why}",
        )
