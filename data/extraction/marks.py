"""Quotation marks: which stretches of a text stand in marks.

Marks are paired by type, nearest first, within a line; a stray mark is left alone and breaks nothing.
An opening mark that is repeated at each paragraph of one long quotation opens a quotation per paragraph.
Knows nothing of who speaks or whether the words in marks are a statement.
"""

from bisect import bisect_right
from dataclasses import dataclass

from data.extraction.tokens import Tokens

_OPEN = {"«": "»", "“": "”", "„": "“”", "‹": "›", "‘": "’", "‟": "”"}
_CLOSE = {"»": "«", "”": "“„‟", "›": "‹", "’": "‘"}
MARKS = frozenset("«»“”„‟‹›‘’\"'`＂")


@dataclass(frozen=True, slots=True)
class Quotation:
    """A stretch in marks: token indices of the first inner token and one past the last, and of the marks.

    `after` is the token index after the closing mark(s).
    """

    open: int
    first: int
    last: int
    after: int
    words: int
    closed: bool = True


def _opens(tokens: Tokens, i: int) -> bool:
    """Whether a straight mark looks like an opening one by the blanks around it."""
    text, a, b = tokens.text, tokens.start[i], tokens.end[i]
    before = text[a - 1] if a else " "
    after = text[b] if b < len(text) else " "
    return (before.isspace() or before in "(ـ:،[") and not after.isspace()


def _closes(tokens: Tokens, i: int) -> bool:
    text, a, b = tokens.text, tokens.start[i], tokens.end[i]
    before = text[a - 1] if a else " "
    after = text[b] if b < len(text) else " "
    return not before.isspace() and (after.isspace() or after in ".,،؛:!؟?)…")


def quotations(tokens: Tokens) -> list[Quotation]:
    """The outermost stretches in marks, in text order, not overlapping.

    «», “”, "", ‹›, ‘’ and doubled ((…)), ''…'', ``…'', <<…>>; «…« and »…» too, where they were typed so.
    """
    norm = tokens.norm
    found: list[Quotation] = []
    size = len(norm)
    i = 0
    while i < size:
        t = norm[i]
        if t in MARKS or t == "(" or t == "<":
            quotation = _at(tokens, i)
            if quotation is not None:
                found.append(quotation)
                i = quotation.after
                continue
        i += 1
    return found


def _double(tokens: Tokens, i: int, mark: str) -> bool:
    return i + 1 < len(tokens) and tokens.norm[i + 1] == mark and tokens.start[i + 1] == tokens.end[i]


def _at(tokens: Tokens, i: int) -> Quotation | None:
    norm = tokens.norm
    mark = norm[i]
    width = 1
    if mark in "(<'`":
        if not _double(tokens, i, mark):
            return None
        closers, width = {"(": ")", "<": ">", "'": "'", "`": "'"}[mark], 2
    elif mark in _OPEN:
        closers = _OPEN[mark]
        if _double(tokens, i, mark):
            width = 2
    elif mark in ('"', "＂"):
        closers = mark + "”"
        if _double(tokens, i, mark):
            width = 2
            if i + 2 < len(norm) and norm[i + 2] in ".,،؛\n":
                return None
    elif mark == "»" and _opens(tokens, i):
        closers = "«»"
    elif mark == "”" and _opens(tokens, i):
        closers = "”“"
    else:
        return None
    return _closing(tokens, i, i + width, mark, closers, width)


def _closing(tokens: Tokens, i: int, first: int, mark: str, closers: str, width: int) -> Quotation | None:
    """The quotation that opens at `i`, up to its closing mark in the same line, else to the line's end."""
    norm = tokens.norm
    size = len(norm)
    straight = mark in ('"', "＂")
    depth = 0
    words = 0
    j = first
    last_possible = -1
    while j < size:
        t = norm[j]
        if t == "\n":
            break
        if t in closers and not (t in _OPEN and t not in "“" and mark != "»"):
            wide = width == 1 or _double(tokens, j, t)
            if straight and t == mark and _opens(tokens, j) and not _closes(tokens, j) and words:
                # A quotation inside a quotation in the same straight marks, or a lost closing mark.
                inner = _inner_closing(tokens, j, mark)
                if inner >= 0:
                    j = inner + 1
                    continue
                return Quotation(i, first, j, j, words, closed=False)
            if depth == 0 and wide:
                if j == first:
                    return None
                return Quotation(i, first, j, min(size, j + width), words)
            if depth == 0 and width == 2 and last_possible < 0:
                last_possible = j
            if depth:
                depth -= 1
        elif t == mark and not straight:
            if mark in "«“" and words and _lost_closing(tokens, j, closers):
                return Quotation(i, first, j, j, words, closed=False)
            if norm[j - 1] == t and tokens.end[j - 1] == tokens.start[j]:
                pass
            elif mark == "«" and not _opens(tokens, j) and _closes(tokens, j):
                return Quotation(i, first, j, j + 1, words)  # «…« as typed
            else:
                depth += 1
        elif t == "“" and straight and _closes(tokens, j):
            return Quotation(i, first, j, j + 1, words)
        elif t[0].isalnum():
            words += 1
        j += 1
        if words > 400:
            break
    if width == 2 and last_possible > first:
        return Quotation(i, first, last_possible, last_possible + 1, words)
    if mark in "«“\"" and width == 1 and words >= 4 and (j >= size or norm[j] == "\n") and _opens(tokens, i):
        last = j
        while last > first and norm[last - 1] in ".،,":
            last -= 1
        return Quotation(i, first, last, j, words, closed=False) if last > first else None
    return None


def _inner_closing(tokens: Tokens, j: int, mark: str) -> int:
    """Token index of the mark that closes an inner stretch opened at `j`, when an outer closing one follows."""
    norm = tokens.norm
    inner = -1
    for k in range(j + 1, min(len(norm), j + 80)):
        if norm[k] == "\n":
            return -1
        if norm[k] == mark:
            if inner < 0:
                if not _closes(tokens, k) or k - j > 6:
                    return -1
                inner = k
            elif _opens(tokens, k) and not _closes(tokens, k):
                return -1
            else:
                return inner
    return -1


def _lost_closing(tokens: Tokens, j: int, closers: str) -> bool:
    """Whether the opening mark at `j` starts a new stretch because the one before was never closed."""
    count = 0
    for k in range(j + 1, min(len(tokens), j + 300)):
        t = tokens.norm[k]
        if t == "\n":
            break
        if t in closers:
            count += 1
            if count == 2:
                return False
        elif t == tokens.norm[j]:
            count -= 1
    return count == 1


class QuotationIndex:
    """Which quotation, if any, a token stands in or opens."""

    def __init__(self, found: list[Quotation]) -> None:
        self.all = found
        self._opens = [q.open for q in found]

    def at(self, i: int) -> Quotation | None:
        """The quotation that covers token `i`, its marks included."""
        k = bisect_right(self._opens, i) - 1
        if k >= 0 and i < self.all[k].after:
            return self.all[k]
        return None
