"""Words and marks of a text with their offsets, and a normal form for looking them up.

A token's offsets point into the text as given. Its normal form has no vowel signs, tatweel or invisible
characters and one alef; it is only ever compared, never printed. Knows nothing of reporting verbs.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

# Vowel signs, superscript alef, Koranic signs, tatweel, and characters that take no room.
_SILENT = (
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    "\u0640\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u00ad"
)
# «#» and «_» join the words of a tag and are no tokens themselves.
_TOKEN = re.compile(rf"\d+(?:[.,:/٫]\d+)+|(?:[^\W_]|[{_SILENT}])+|\.{{2,}}|[^\w\s#]|\n")
_DROP = re.compile(f"[{_SILENT}]")
_FOLD = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ی": "ي", "ک": "ك", "ھ": "ه", "ہ": "ه"})
_PLAIN = re.compile("[\u0621\u0624\u0626-\u063a\u0641-\u064aa-z0-9]+")

# Two words written as one, as happens where a line was joined: after ة, before إ, after أنّ.
_GLUED = re.compile(
    "(?<=[^\\W\\d_]{2}\u0629)(?=[\u0621-\u064a]{2})"
    "|(?<=[\u0621-\u064a]{4})(?<!\u0634)(?=[\u0623\u0625]\u0646(?:\u0651|\u0647|\u0647\u0627|\u0647\u0645|$))"
    "|(?<=[\u0621-\u064a]{2}\u0649)(?=[\u0621-\u064a]{2})"
    "|(?<=[\u0623\u0625]\u0646\u0651)(?=\u0627\u0644)"
    "|(?<=[\u0623\u0625]\u0646\u0651\u064e)(?=\u0627\u0644)"
    "|(?<=[\u0621-\u064a]{3})(?=\\d)|(?<=\\d)(?=[\u0621-\u064a]{3})"
)
_GLUED_HEAD = re.compile(
    "(?:و|ف)?(?:ذكرت|قالت|أعلنت|أكدت|أكّدت|أفادت|نقلت|كشفت|أوضحت|أضافت)(?=(?:مجلة|صحيفة|وكالة|وزارة|قناة|حركة|مصادر|هيئة|قيادة)$)"
    "|(?:عبر|مصادر|داخل|خلال|ضد|حول)(?=ال[ء-ي]{3})"
    "|(?:العراق|سوريا|لبنان|اليمن|فلسطين|إيران)(?=(?:است|إ)[ء-ي]{3,}$)"
    "|(?:و|ف|ب)?[إأ]نّ(?:ها|هم)(?=[ء-ي][ء-يّ]{2})"
)
_PREFIXED = re.compile("[وف]?(?:[بلك]|ال|لل|بال|كال|س)?$")

SENTENCE_END = frozenset(".!?؟")
COMMAS = frozenset("،,")
OPENERS = frozenset("([{")
CLOSERS = frozenset(")]}")

_cache: dict[str, str] = {}


def _foreign(word: str) -> bool:
    """Whether a word in «إل» is neither «إلى» with a pronoun nor too short to tell: إلقاء, إليزابيث."""
    if len(word) < 4:
        return False
    if word[2] in "يى":
        return word[3:] not in ("ه", "ها", "هم", "هما", "هن", "ك", "كم", "نا", "")
    return len(word) >= 5


def normal(word: str) -> str:
    """The form of a word under which lexicon and names look it up."""
    found = _cache.get(word)
    if found is None:
        found = word
        if not _PLAIN.fullmatch(word):
            if any("ﭐ" <= c <= "ﻼ" for c in word):
                found = unicodedata.normalize("NFKC", found)
            bare = _DROP.sub("", found)
            if bare == "آن":  # a name, not «أن»
                return bare
            found = bare.translate(_FOLD).lower() or word
            # إلقاء must not look like a word with the article.
            at = bare.find("إل", 0, 4)
            if at >= 0 and _foreign(bare[at:]) and all(c in "وفبلك" for c in bare[:at]):
                found = found[:at] + "إ" + found[at + 1 :]
        if len(_cache) > 100_000:
            _cache.clear()
        if len(word) <= 40:
            _cache[word] = found
    return found


_STRIP = ("وبال", "وال", "بال", "فال", "كال", "ولل", "لل", "ال")


@lru_cache(maxsize=30_000)
def bare(word: str) -> str:
    """A normal form less conjunction, attached preposition and article: والمصادر → مصادر."""
    for prefix in _STRIP:
        if word.startswith(prefix) and len(word) - len(prefix) >= 2:
            return word[len(prefix) :]
    return word


@dataclass(slots=True)
class Tokens:
    """Parallel lists over the tokens of one text: normal forms and code-point offsets.

    A line break is a token ("\\n"); a run of full stops is one token ("..").
    """

    text: str
    norm: list[str]
    start: list[int]
    end: list[int]

    def __len__(self) -> int:
        return len(self.norm)

    def surface(self, first: int, last: int) -> str:
        """The text from token `first` up to but without token `last`."""
        return self.text[self.start[first] : self.end[last - 1]] if last > first else ""


def _parts(word: str, at: int) -> list[tuple[int, int]]:
    """The offsets of a word, or of the words that were written as one."""
    cuts = [at]
    first = _GLUED_HEAD.match(word)
    if first:
        cuts.append(at + first.end())
    for match in _GLUED.finditer(word):
        head = word[: match.start()]
        if not _PREFIXED.fullmatch(_DROP.sub("", head)):
            cuts.append(at + match.start())
    cuts.sort()
    cuts.append(at + len(word))
    return [(a, b) for a, b in pairwise(cuts) if b > a]


def tokenise(text: str) -> Tokens:
    """Split a text into words, marks and line breaks. Linear in its length; accepts any Unicode."""
    norm: list[str] = []
    start: list[int] = []
    end: list[int] = []
    for match in _TOKEN.finditer(text):
        word = match.group()
        a, b = match.span()
        if (5 < len(word) < 60 or (len(word) == 5 and not word.isalpha())) and (
            _GLUED.search(word) or _GLUED_HEAD.match(word)
        ):
            for first, last in _parts(word, a):
                norm.append(normal(text[first:last]))
                start.append(first)
                end.append(last)
            continue
        norm.append(normal(word))
        start.append(a)
        end.append(b)
    return Tokens(text, norm, start, end)
