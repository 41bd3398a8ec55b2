"""A noun phrase that may name a speaker, and how a name is printed and compared.

A mention is a stretch of tokens with its name, role and affiliation told apart. Knows nothing of how it is found.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from data.extraction.document import Document
from data.extraction.lexicon import words_of
from data.extraction.tokens import bare
from data.records import SpeakerType

# «ابن سلمان» is «بن سلمان», «أبي ظبي» «أبو ظبي».
_CASES = {"ابن": "بن", "ابي": "ابو", "ابا": "ابو"}
_REVERSED = re.compile("»([^«»]*)«")


@dataclass(frozen=True, slots=True)
class Mention:
    """A noun phrase that may name a speaker.

    `tokens`: its stretch; `name`: the stretch of the name or head phrase; `named`: a proper name was seen;
    `definite`: «الوزير», which must be looked up; `key`: normal words of the name without article.
    """

    first: int
    last: int
    name_first: int
    name_last: int
    type: SpeakerType
    named: bool
    head: str
    definite: bool
    role: tuple[int, int] | None = None
    affiliation: tuple[int, int] | None = None
    feminine: bool | None = None
    # «لوكالة», «للمرصد»: what is attached before the name's first word.
    attached: Literal["", "ل", "لل", "و"] = ""

    def words(self, doc: Document) -> list[str]:
        """The normal words of the name, without what is attached."""
        words = doc.norm[self.name_first : self.name_last]
        if self.attached and self.name_first == self.first and words:
            words[0] = detached(words[0])
        return words

    def stems(self, doc: Document) -> tuple[str, ...]:
        """The words of the name as names are compared."""
        return tuple(stem(word) for word in self.words(doc) if word[0].isalnum())

    def surface(self, doc: Document) -> str:
        """The name as it is printed, without what is attached."""
        text = turned(clean(spaced(doc, self.name_first, self.name_last)))
        if not self.attached or self.name_first != self.first:
            return text
        if self.attached == "لل":
            return "ال" + text[1 if _begins_with_lam(doc.norm[self.first]) else 2 :]
        return text[1:]


def feminine_head(word: str) -> bool:
    """Whether a noun, bare, takes a feminine verb: «وزارة», «سلطات», «الأمم»."""
    return word.endswith(("ة", "ات")) or word in words_of("feminine_heads")


def detached(word: str) -> str:
    """لوكالة → وكالة, للمرصد → المرصد, للجنة → اللجنة, وروسيا → روسيا."""
    if word.startswith("لل"):
        return "ال" + word[1 if _begins_with_lam(word) else 2 :]
    return word[1:]


def _begins_with_lam(word: str) -> bool:
    """Whether the second ل of «للجنة» is the noun's own, the article's being left out before it."""
    return word[1:] in words_of("organisations") or word[1:] in words_of("roles")


def spaced(doc: Document, first: int, last: int) -> str:
    """The text of a stretch, with a blank where two words were written as one."""
    tokens = doc.tokens
    if last <= first:
        return ""
    out = [tokens.text[tokens.start[first] : tokens.end[first]]]
    for k in range(first + 1, last):
        gap = tokens.text[tokens.end[k - 1] : tokens.start[k]]
        if not gap and tokens.norm[k][0].isalpha() and tokens.norm[k - 1][0].isalpha():
            gap = " "
        out += [gap, tokens.text[tokens.start[k] : tokens.end[k]]]
    return "".join(out)


def clean(text: str) -> str:
    """A name as it is printed: blanks levelled, line breaks, outer marks and commas off."""
    return " ".join(text.replace("_", " ").replace("#", " ").split()).strip(" ،,.:؛-–—")


def turned(text: str) -> str:
    """A name with its reversed marks set right, and without marks that have no partner."""
    text = _REVERSED.sub("«\\1»", text)
    if text.count("«") != text.count("»"):
        text = " ".join(text.replace("«", " ").replace("»", " ").split())
    return text


def titled(doc: Document, first: int, last: int) -> str:
    """A role or an affiliation as it is printed, without a preposition attached before it or a mark without partner."""
    text = turned(clean(doc.tokens.surface(first, last)))
    if text.count('"') % 2:
        text = " ".join(text.replace('"', " ").split())
    word, roles = doc.norm[first], words_of("roles")
    if word[0] in "لب" and bare(word) not in roles and bare(word[1:]) in roles:
        return text[1:]
    return "ال" + text[2:] if word.startswith("لل") else text


@lru_cache(maxsize=30_000)
def stem(word: str) -> str:
    """A normal form without the article, and with the spellings of final letters levelled."""
    if word.startswith("ال") and len(word) > 4:
        word = word[2:]
    return _CASES.get(word) or word.replace("ى", "ي").replace("ة", "ه")
