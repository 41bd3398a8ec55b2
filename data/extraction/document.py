"""One field of an article made ready: its words, stretches in marks, sentence ends and possible cues.

Everything here is found once, in one pass, so that the rules look up and do not search.
Knows nothing of complements or speakers.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from data.extraction.homographs import reporting_forms
from data.extraction.lexicon import Cue, Lexicon, lexicon, words_of
from data.extraction.marks import Quotation, QuotationIndex, quotations
from data.extraction.tokens import SENTENCE_END, Tokens, bare, tokenise

# Verbal nouns by their patterns (normal forms, without the article).
_MASDAR = re.compile(
    "است\\w{2,3}ا\\w|\\w\\wا[^\\Wا]ة|است\\w\\wا?\\wة|[اإ]\\w{2,3}ا[^\\Wت]|[اإ]\\wا\\wة|[اإ]\\w{2,3}اء|ت\\w\\wي\\w|م\\wا\\w\\wة|ان\\w{2}ا\\w|ا\\wت\\wا\\w"
)
# How far rules look within a sentence, in tokens, that a text without sentence ends may cost no more than its length;
# the longest clause in our reading had 110.
LONGEST = 220
_PRONOUNS = ("هما", "ها", "هم", "نا", "ه")


@dataclass(slots=True)
class Document:
    """The tokens of one field and what stands where.

    `stop[i]` is the first token at or after i that ends the sentence (a mark, a line break, or the end);
    `begin[i]` the first token of i's sentence; `cue[i]` the reporting form at i, if any.
    """

    tokens: Tokens
    marks: QuotationIndex
    stop: list[int]
    begin: list[int]
    cue: list[Cue | None]
    words: Lexicon
    title: bool
    counts: dict[str, int]
    quoted: dict[tuple[str, ...], int]
    # What decides where clauses end, if not the model of data.extraction.ends.
    choose_end: Callable[..., int] | None = None
    # The tokens' normal forms, kept here as every rule asks for them.
    norm: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.norm = self.tokens.norm

    def marked(self, q: Quotation) -> tuple[str, ...]:
        """The words of a short stretch in marks."""
        return tuple(self.tokens.norm[q.first : q.last])

    def quotation(self, i: int) -> Quotation | None:
        return self.marks.at(i)

    def is_word(self, i: int) -> bool:
        t = self.tokens.norm[i]
        return t[0].isalnum() or (len(t) > 1 and t[0] not in ".\n")

    def in_list(self, name: str, i: int) -> bool:
        return self.tokens.norm[i] in self.words.words[name]

    def bare(self, i: int) -> str:
        """The normal form without the conjunctions و/ف and the prepositions ب/ل and the article."""
        return bare(self.tokens.norm[i])

    def propositional(self, i: int, prefix: str = "") -> bool:
        """Whether the word at `i`, less an attached preposition, heads a nominal complement."""
        word = self.tokens.norm[i]
        if prefix and word.startswith(prefix):
            word = word[len(prefix) :]
        return self._heads(word, self.tokens.text[self.tokens.start[i]])

    def _heads(self, word: str, first: str) -> bool:
        listed = self.words.words["propositional"]
        if word in listed:
            return True
        if word in self.words.words["function_words"] or word in self.words.words["adverbs"]:
            return False
        if (
            word.startswith("ال")
            or word in self.words.words["countries"]
            or word.endswith(("ية", "يون"))
            or word in words_of("not_masdar")
            or word in self.words.words["organisations"]
        ):
            return False
        if first == "أ":  # أفعال, أرسنال: a plural or a name, not a verbal noun
            return False
        if _MASDAR.fullmatch(word) and word not in self.words.words["roles"]:
            return True
        for pronoun in _PRONOUNS:
            if word.endswith(pronoun) and len(word) > len(pronoun) + 2:
                stem = word[: -len(pronoun)]
                if stem in listed or (stem not in words_of("not_masdar") and _MASDAR.fullmatch(stem)):
                    return True
                if stem.endswith("ت") and (stem[:-1] + "ة" in listed or _MASDAR.fullmatch(stem[:-1] + "ة")):
                    return stem[:-1] + "ة" not in words_of("not_masdar")
                if stem[-1] in "ئؤ" and (stem[:-1] + "ء" in listed or _MASDAR.fullmatch(stem[:-1] + "ء")):
                    return True
        return False


def _ends_sentence(tokens: Tokens, i: int, title: bool) -> bool:
    t = tokens.norm[i]
    if t == "\n":
        return True
    if t not in SENTENCE_END:
        return title and t[0] == "." and len(t) > 1
    if t == ".":
        at = tokens.start[i]
        if tokens.text[at - 1 : at].isdigit() and tokens.text[at + 1 : at + 2].isdigit():
            return False  # و5.6
        previous = tokens.norm[i - 1] if i else ""
        if _within_letters(tokens, i):
            return False
        if len(previous) == 1 and previous.isalpha() and i + 1 < len(tokens) and tokens.norm[i + 1] != "\n":
            return False  # د. فلان
    return True


def _within_letters(tokens: Tokens, i: int) -> bool:
    """Whether a full stop parts spelt-out letters: «سي.ان.بي.سي», «بي.بي.سي»."""
    if not 0 < i < len(tokens) - 1:
        return False
    if tokens.end[i - 1] != tokens.start[i] or tokens.start[i + 1] != tokens.end[i]:
        return False
    return all(len(w) <= 3 and w.isalpha() for w in (tokens.norm[i - 1], tokens.norm[i + 1]))


_DASHES = frozenset("-–—")


def _after_datelines(tokens: Tokens, begin: list[int]) -> None:
    """Let a sentence begin after «دبي، الإمارات العربية المتحدة (CNN) --»."""
    norm = tokens.norm
    k = 1
    while k < len(norm) - 1:
        if norm[k] in _DASHES and k - begin[k] <= 12 and norm[k + 1] not in _DASHES and begin[k] < k:
            first = k
            while first > begin[k] and norm[first - 1] in _DASHES:
                first -= 1
            if norm[first - 1] == ")" and "(" in norm[begin[k] : first]:
                old, j = begin[k], k + 1
                while j < len(norm) and begin[j] == old:
                    begin[j] = k + 1
                    j += 1
                k = j
                continue
        k += 1


def _one_name(tokens: Tokens, words: Lexicon) -> None:
    """Keep «بان» of «بان كي مون», «فان» of «لويس فان غال» apart from the conjunctions «بأن», «فإن», in place."""
    norm, text = tokens.norm, tokens.text
    van = [i for i in range(1, len(norm) - 1) if norm[i] == "فان" and "إ" not in text[tokens.start[i] : tokens.end[i]]]
    given = words.words["given_names"]
    named = {norm[i + 1] for i in van if norm[i - 1] in given or words.cues.get(norm[i - 1]) is not None}
    for i in van:
        if norm[i + 1] in named and not norm[i + 1].startswith("ال"):
            norm[i] = "فون"  # read like it
    for i in range(len(norm) - 1):
        if norm[i] == "بان" and norm[i + 1] == "كي" and "أ" not in text[tokens.start[i] : tokens.end[i]]:
            norm[i], norm[i + 1] = "بانكي", "كيمون"


def read(text: str, *, title: bool = False) -> Document:
    """Make a field ready. Linear in its length."""
    tokens = tokenise(text)
    words = lexicon()
    _one_name(tokens, words)
    size = len(tokens)
    index = QuotationIndex(quotations(tokens), size)
    inside = bytearray(size)
    for q in index.all:
        for k in range(q.first, q.last):
            inside[k] = 1
    stop = [size] * (size + 1)
    for i in range(size - 1, -1, -1):
        stop[i] = i if not inside[i] and _ends_sentence(tokens, i, title) else stop[i + 1]
    begin = [0] * (size + 1)
    at = 0
    for i in range(size):
        begin[i] = at
        if stop[i] == i:
            at = i + 1
    begin[size] = at
    _after_datelines(tokens, begin)
    cue = reporting_forms(tokens, inside, begin)
    return Document(tokens, index, stop, begin, cue, words, title, Counter(tokens.norm),
                    Counter(tuple(tokens.norm[q.first : q.last]) for q in index.all if q.words <= 5))  # fmt: skip
