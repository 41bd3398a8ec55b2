"""What the resolver keeps in mind from statement to statement: who spoke, and what a speaker is called.

Knows the register of names and the speakers settled so far, and nothing of how a phrase is read.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

from data.extraction.document import Document
from data.extraction.lexicon import words_of
from data.extraction.mentions import Mention, detached, stem
from data.extraction.register import Known, Register, citizen, nations, role_key
from data.extraction.speakers import PhraseReader
from data.extraction.tokens import bare, tokenise
from data.records import Span, Speaker

_OFFICIAL = frozenset(("مسؤول", "مسوول", "مسؤوله"))
_OFFICIALS = frozenset(("مسؤولون", "مسؤولين", "مسؤولان"))
SOURCES = frozenset(("مصدر", "مصادر"))


@dataclass(slots=True)
class Resolved:
    """A speaker with the evidence for it."""

    speaker: Speaker | None
    rule: str
    feminine: bool | None = None


class Memory:
    """The speakers settled so far, the last one last: (who, first token of the sentence, whether by a noun)."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.recent: list[tuple[Resolved, int, bool]] = []
        self.reader: PhraseReader | None = None

    def _mentioned(
        self, doc: Document, at: int, back: int, *, feminine: bool | None = None, role: frozenset[str] = frozenset()
    ) -> Known | None:
        """The person named last in the `back` tokens before `at`, of that gender (where known), with that role."""
        for k in range(at - 1, max(-1, at - back - 1), -1):
            word = doc.norm[k]
            if not word[0].isalpha():
                continue
            known = self.register.of_surname(stem(word))
            if known is None and word[0] in "ولب" and len(word) > 3:
                known = self.register.of_surname(stem(detached(word)))
            if known is None or not role <= known.role_words:
                continue
            if feminine is None or known.feminine is None or known.feminine == feminine:
                return known
        return None

    def _order(self, resolved: Resolved) -> int:
        for k in range(len(self.recent) - 1, -1, -1):
            if self.recent[k][0].speaker is resolved.speaker:
                return k
        return -1

    def _last_person(self) -> Resolved | None:
        for resolved, _, _ in reversed(self.recent):
            if resolved.speaker is not None and resolved.speaker.type == "person":
                return resolved
        return None

    def _last_source(self, head: str) -> Resolved | None:
        """The unnamed source of which «المصدر», «المصادر», «المتحدثة» speaks."""
        official = head.startswith("مس")
        alike: frozenset[str] = SOURCES if head in SOURCES else frozenset((head,))
        if official:
            alike = _OFFICIALS if head.endswith(("ون", "ين")) else _OFFICIAL
        for resolved, _, _ in reversed(self.recent):
            speaker = resolved.speaker
            if speaker is not None and speaker.type == "unnamed":
                words = norm_words(speaker.name)
                # «المسؤول» is also «مصدر مسؤول»
                if any(stem(bare(word)) in alike for word in words[: 2 if official else 1]):
                    return resolved
        return None

    def _span(self, doc: Document, m: Mention) -> Span:
        start, end = doc.tokens.start[m.first], doc.tokens.end[m.last - 1]
        return Span(text=doc.tokens.text[start:end], start=start, end=end)

    def _with_mention(self, speaker: Speaker | None, span: Span | None) -> Speaker | None:
        return None if speaker is None else speaker.model_copy(update={"mention": span})

    def _make(self, known: Known, span: Span | None, rule: str) -> Resolved:
        speaker = Speaker(
            name=known.name, type=known.type, mention=span, role=known.role, affiliation=known.affiliation
        )
        return Resolved(speaker, rule, known.feminine)

    def _carry(self, resolved: Resolved, rule: str, span: Span | None = None) -> Resolved:
        """Somebody settled before, here by what stands at `span` or by nothing."""
        return Resolved(self._with_mention(resolved.speaker, span), rule, resolved.feminine)


@cache
def stems(name: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words_of(name))


def business(words: tuple[str, ...]) -> bool:
    """«الصحيفة البريطانية», «الشركة الألمانية»: of many in that country one that was named."""
    heads = stems("companies") | stems("media")
    return words[0] in heads and citizen(words[-1]) in nations()


def one_person(resolved: Resolved) -> bool:
    """Whether a person speaks, also one whose name was known only by its place."""
    speaker = resolved.speaker
    if speaker is None or speaker.type != "unnamed":
        return speaker is not None and speaker.type == "person"
    words = norm_words(speaker.name)
    return len(words) > 1 and not {stem(bare(words[0]))} & (stems("roles") | stems("unnamed")) and not many(resolved)


def nations_of(resolved: Resolved) -> frozenset[str]:
    """The nations that the role of a speaker names."""
    return held_by(resolved) & nations()


def many(resolved: Resolved) -> bool:
    """Whether several people speak: «مسؤولون», «الخبراء»."""
    if resolved.speaker is None or resolved.speaker.type != "unnamed":
        return False
    words = norm_words(resolved.speaker.name)
    return bool(words) and (words[0].endswith(("ون", "ين")) or stem(words[0]) in stems("many"))


@lru_cache(maxsize=10_000)
def norm_words(text: str) -> tuple[str, ...]:
    return tuple(w for w in tokenise(text).norm if w[0].isalnum())


def held_by(resolved: Resolved) -> frozenset[str]:
    """The words of a speaker's role as they are compared."""
    role = resolved.speaker.role if resolved.speaker is not None else None
    return role_key(norm_words(role or ""))


def described(name: str, span: Span, feminine: bool | None) -> Resolved:
    """A speaker without a name, by the fuller description that stood before."""
    return Resolved(Speaker(name=name, type="unnamed", mention=span), "described-before", feminine)
