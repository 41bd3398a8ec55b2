"""Quotation marks: which stretches of a text stand in marks.

Marks are paired by type, nearest first, within a line; a stray mark is left alone and breaks nothing.
An opening mark that is repeated at each paragraph of one long quotation opens a quotation per paragraph.
Knows nothing of who speaks or whether the words in marks are a statement.
"""

from dataclasses import dataclass
from itertools import zip_longest

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
    pairing = _Pairing(tokens)
    i = 0
    while i < size:
        t = norm[i]
        if t in MARKS or t == "(" or t == "<":
            quotation = pairing.at(i)
            if quotation is not None:
                found.append(quotation)
                i = quotation.after
                continue
        i += 1
    return found


def _double(tokens: Tokens, i: int, mark: str) -> bool:
    return i + 1 < len(tokens) and tokens.norm[i + 1] == mark and tokens.start[i + 1] == tokens.end[i]


class _Pairing:
    """Finds the closing mark of an opening one.

    Looking ahead costs from a budget that grows with the text; once it is spent (thousands of stray opening
    marks) only near closings are looked for, so that the whole stays linear.
    """

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.budget = 20 * len(tokens) + 20_000

    def _reach(self, i: int, most: int) -> int:
        return min(len(self.tokens), i + (most if self.budget > 0 else 24))

    def at(self, i: int) -> Quotation | None:
        tokens, norm = self.tokens, self.tokens.norm
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
        return self._closing(i, i + width, mark, closers, width)

    def _closing(self, i: int, first: int, mark: str, closers: str, width: int) -> Quotation | None:
        """The quotation that opens at `i`, up to its closing mark in the same line, else to the line's end."""
        tokens, norm = self.tokens, self.tokens.norm
        size = self._reach(i, 1500)
        straight = mark in ('"', "＂")
        depth = 0
        words = 0
        last_possible = -1
        j = first
        while j < size:
            t = norm[j]
            self.budget -= 1
            if t == "\n":
                break
            if t in closers and not (t in _OPEN and t not in "“" and mark != "»"):
                wide = width == 1 or _double(tokens, j, t)
                if straight and t == mark and words and _opens(tokens, j) and not _closes(tokens, j):
                    # A quotation inside a quotation in the same straight marks, or a lost closing mark.
                    inner = self._inner_closing(j, mark)
                    if inner >= 0:
                        j = inner + 1
                        continue
                    if words <= 6 and self._shut(j, mark):
                        return Quotation(i, first, j, j + 1, words)
                    return Quotation(i, first, j, j, words, closed=False)
                if depth == 0 and wide:
                    return Quotation(i, first, j, min(len(norm), j + width), words) if j > first else None
                if depth == 0 and width == 2 and last_possible < 0:
                    last_possible = j
                if depth:
                    depth -= 1
            elif t == mark and not straight:
                if norm[j - 1] == t and tokens.end[j - 1] == tokens.start[j]:
                    pass
                elif mark == "«" and not _opens(tokens, j) and _closes(tokens, j):
                    return Quotation(i, first, j, j + 1, words)  # «…« as typed
                elif mark in "«“" and words and self._lost_closing(j, closers):
                    return Quotation(i, first, j, j, words, closed=False)
                else:
                    depth += 1
            elif t == "“" and straight and _closes(tokens, j):
                return Quotation(i, first, j, j + 1, words)
            elif t[0].isalnum():
                words += 1
                if words > 450:
                    return None
            j += 1
        if width == 2 and last_possible > first:
            return Quotation(i, first, last_possible, last_possible + 1, words)
        if mark in '«“"' and width == 1 and words >= 8 and j < len(norm) and norm[j] == "\n" and _opens(tokens, i):
            last = self._closing_below(j, mark, closers)
            if last > j:
                return Quotation(i, first, last, last + 1, words)
        if mark in '«“"' and width == 1 and words >= 3 and (j >= len(norm) or norm[j] == "\n") and _opens(tokens, i):
            last = j
            while last > first and norm[last - 1] in ".،,":
                last -= 1
            return Quotation(i, first, last, j, words, closed=False) if last > first else None
        return None

    def _closing_below(self, j: int, mark: str, closers: str) -> int:
        """The mark at the end of a later line that closes a quotation of several paragraphs, or -1.

        No other mark of its kind may stand between: a paragraph that opens anew is a quotation of its own.
        """
        tokens, norm = self.tokens, self.tokens.norm
        for k in range(j + 1, self._reach(j, 500)):
            self.budget -= 1
            if norm[k] in closers and (norm[k] != mark or not _opens(tokens, k)):
                after = k + 1 + (norm[k + 1 : k + 2] == ["."])
                return k if after >= len(norm) or norm[after] == "\n" else -1
            if norm[k] == mark:
                return -1
        return -1

    def _inner_closing(self, j: int, mark: str) -> int:
        """Token index of the mark that closes an inner stretch opened at `j`, when an outer closing one follows."""
        tokens, norm = self.tokens, self.tokens.norm
        inner = -1
        for k in range(j + 1, self._reach(j, 80)):
            self.budget -= 1
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

    def _shut(self, j: int, mark: str) -> bool:
        """Whether the mark at `j` closes, though blanks stand around it as around an opening one: «"الوادي "الرسمية».

        Read as an opening one it would have no closing mark in its line.
        """
        tokens, norm = self.tokens, self.tokens.norm
        for k in range(j + 1, self._reach(j, 300)):
            self.budget -= 1
            if norm[k] == "\n":
                return True
            if norm[k] == mark:
                return _opens(tokens, k) and not _closes(tokens, k)
        return True

    def _lost_closing(self, j: int, closers: str) -> bool:
        """Whether the opening mark at `j` starts a new stretch because the one before was never closed."""
        norm = self.tokens.norm
        count = 0
        for k in range(j + 1, self._reach(j, 300)):
            self.budget -= 1
            t = norm[k]
            if t == "\n":
                break
            if t in closers:
                count += 1
                if count == 2:
                    return False
            elif t == norm[j]:
                count -= 1
        return count == 1


class QuotationIndex:
    """Which quotation, if any, a token stands in or opens."""

    def __init__(self, found: list[Quotation], size: int) -> None:
        self.all = found
        # Asked for nearly every token: a list is quicker than a search. One more place for the token before the first.
        self._at: list[Quotation | None] = [None] * (size + 1)
        for q, following in zip_longest(found, found[1:]):
            end = q.after if following is None else min(q.after, following.open)
            self._at[q.open : end] = [q] * (end - q.open)

    def at(self, i: int) -> Quotation | None:
        """The quotation that covers token `i`, its marks included."""
        return self._at[i] if i < len(self._at) else None
