"""Normalise Arabic text for an encoder on a copy, keeping a map from every character back to the text as given.

Two recipes: `arabert-v02` repeats what `ArabertPreprocessor("bert-base-arabertv02")` does before pre-training
(aub-mind/arabert, preprocess.py, MIT-era description in the paper: Antoun et al. 2020, arXiv 2003.00104), and
`light` only removes what carries no meaning (vowel marks, tatweel, control characters) for encoders that were
trained on raw text. Knows nothing of tokens or models.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Recipe = Literal["arabert-v02", "light"]

LETTER = "\u0621-\u063a\u0641-\u064a"
_TASHKEEL = re.compile("[\u064b-\u0652\u0670]+")
_TATWEEL = re.compile("\u0640+")
# Zero-width, bidirectional and other format or control characters, but neither line breaks nor tabs.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff]+"
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,31});")
_URL = re.compile(r"(?:https?://|www\.)[^\s«»\"“”]+")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_MENTION = re.compile(r"@\w{1,64}")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,1000}>")
_REPEATED = re.compile(r"(\D)\1{2,}")
_PUNCTUATION = re.compile(rf"([^0-9{LETTER}\u0660-\u0669a-zA-Z\[\]\s])")
_DIGITS_LETTERS = re.compile(rf"(\d+)([{LETTER}\u066a-\u066c]+)")
_LETTERS_DIGITS = re.compile(rf"([{LETTER}\u066a-\u066c]+)(\d+)")
_UNKNOWN_TO_ARABERT = re.compile(
    "[^0-9\u0621-\u063a\u0640-\u066c\u0671-\u0674a-zA-Z\\[\\]!\"#$%'()*+,.:;\\-<=·>?@\\\\^_`{|}~—٪’،؟“؛”»\\s«–…‘]+"
)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Alignment:
    """For each code point of the normalised text, the half-open range of the given text that it stands for."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range of the given text behind `normalised[start:end]`.

        Raises:
            ValueError: if the range is empty or lies outside the normalised text.
        """
        if not 0 <= start < end <= len(self.starts):
            raise ValueError(f"no characters between {start} and {end} of {len(self.starts)}")
        return min(self.starts[start:end]), max(self.ends[start:end])


@dataclass(frozen=True, slots=True)
class Normalised:
    """The normalised copy and the way back: `alignment` has one range per code point of `text`."""

    text: str
    alignment: Alignment


class _Copy:
    """A text under rewriting; every rewriting step carries the alignment along."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = list(range(len(text)))
        self.ends = list(range(1, len(text) + 1))

    def rewrite(self, pattern: re.Pattern[str], pieces: Sequence[str | int]) -> None:
        """Replace each match by `pieces`: a number copies that group, a string stands for the whole match."""
        out: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for match in pattern.finditer(self.text):
            a, b = match.span()
            out.append(self.text[done:a])
            starts += self.starts[done:a]
            ends += self.ends[done:a]
            for piece in pieces:
                if isinstance(piece, int):
                    i, j = match.span(piece)
                    out.append(self.text[i:j])
                    starts += self.starts[i:j]
                    ends += self.ends[i:j]
                else:
                    out.append(piece)
                    starts += [self.starts[a]] * len(piece)
                    ends += [self.ends[b - 1]] * len(piece)
            done = b
        if done:
            self.text = "".join([*out, self.text[done:]])
            self.starts = starts + self.starts[done:]
            self.ends = ends + self.ends[done:]

    def unescape(self) -> None:
        """Replace HTML entities (&quot;, &#1575;) by their characters."""
        for entity in sorted({match.group() for match in _ENTITY.finditer(self.text)}):
            plain = html.unescape(entity)
            if plain != entity:
                self.rewrite(re.compile(re.escape(entity)), [plain])

    def strip(self) -> None:
        left = len(self.text) - len(self.text.lstrip())
        right = len(self.text.rstrip())
        if left >= right:
            self.text, self.starts, self.ends = "", [], []
        else:
            self.text = self.text[left:right]
            self.starts, self.ends = self.starts[left:right], self.ends[left:right]


def normalise(text: str, recipe: Recipe = "arabert-v02") -> Normalised:
    """Normalise `text` for an encoder.

    Args:
        text: any Unicode text.
        recipe: `arabert-v02` for AraBERT v0.2, `light` for encoders trained on raw text.

    Returns:
        the normalised text, and for each of its code points the range of `text` it stands for. Never raises.
    """
    copy = _Copy(text)
    copy.rewrite(_INVISIBLE, [])
    copy.rewrite(_TASHKEEL, [])
    copy.rewrite(_TATWEEL, [])
    if recipe == "arabert-v02":
        copy.unescape()
        copy.rewrite(_URL, [" [رابط] "])
        copy.rewrite(_EMAIL, [" [بريد] "])
        copy.rewrite(_MENTION, [" [مستخدم] "])
        copy.rewrite(_TAG, [" "])
        copy.rewrite(_REPEATED, [1, 1])
        copy.rewrite(_PUNCTUATION, [" ", 1, " "])
        copy.rewrite(_DIGITS_LETTERS, [" ", 1, " ", 2, " "])
        copy.rewrite(_LETTERS_DIGITS, [" ", 1, " ", 2, " "])
        copy.rewrite(_UNKNOWN_TO_ARABERT, [])
    copy.rewrite(_SPACE, [" "])
    copy.strip()
    return Normalised(copy.text, Alignment(tuple(copy.starts), tuple(copy.ends)))
