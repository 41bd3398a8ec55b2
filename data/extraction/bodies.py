"""Organisations called by less than their name: «الوزارة», «الصحيفة البريطانية», «الخارجية الروسية»."""

from data.extraction.document import Document
from data.extraction.lexicon import words_of
from data.extraction.memory import Memory, Resolved, business, norm_words, stems
from data.extraction.mentions import Mention, stem
from data.extraction.register import Known, role_key
from data.extraction.tokens import bare
from data.records import Span

# Before the name of a company: where something was said.
_CHANNELS = frozenset(("على", "عبر", "في", "موقع", "تطبيق", "منصة", "شبكة"))
# Movements among the organisations that stand alone; the rest are companies or agencies.
_MOVEMENTS = frozenset(("طالبان", "حماس", "داعش"))


class BodyResolver(Memory):
    """Finds the organisation that a phrase is short for."""

    def _organisation(self, m: Mention, words: tuple[str, ...]) -> Known | None:
        best: Known | None = None
        alone = m.definite and len(words) == 1
        if len(words) == 1 and not m.definite and m.last - m.first == 1 and words[0] in stems("offices"):
            return None
        for known in self.register.by_word.get(words[0], ()):
            if alone and not known.name.startswith("ال"):
                continue  # «المقاومة» is not «مقاومة الاحتلال»
            if (
                known.type in ("organisation", "country")
                and known.words[: len(words)] == words
                and (best is None or len(known.words) > len(best.words))
            ):
                best = known
        if best is None or (len(best.words) == len(words) and (m.definite or words[0] in stems("companies"))):
            for known in self.register.by_word.get(words[0], ()):
                if (
                    known.type == "organisation"
                    and set(words) <= {*known.words, *(w[2:] for w in known.words if w.startswith("لل"))}
                    and (known.words[0] == words[0] or _called(known.words, words))
                    and len(known.words) <= len(words) + 5
                    and (best is None or len(known.words) > len(best.words))
                ):
                    best = known
        if len(words) == 1 and m.definite and words[0] in stems("media"):
            return None
        if alone and best is not None:
            # «الاتحاد»: whoever of that name spoke last, else who was named last before.
            same = [
                known for known in self.register.by_word.get(words[0], ())
                if known.type == "organisation" and known.words[:1] == words and len(known.words) > 1
            ]  # fmt: skip
            for resolved, _, _ in reversed(self.recent):
                for known in same:
                    if resolved.speaker is not None and resolved.speaker.name == known.name:
                        return known
            earlier = [known for known in same if known.at <= m.first]
            if earlier:
                return max(earlier, key=lambda known: (len(known.words), known.at))
        return best

    def _fuller(self, words: tuple[str, ...]) -> Known | None:
        """«وول ستريت جورنال» is «صحيفة وول ستريت جورنال الأميركية», «تاس» «وكالة تاس», «بي بي سي» what it ends."""
        for known in self.register.by_word.get(words[0], ()):
            size = len(words)
            if known.type != "organisation" or len(known.words) <= size or known.words[0] == words[0]:
                continue
            called = known.words[0] in stems("dropped_heads") and known.words[1 : size + 1] == words
            letters = size > 1 and words[0] in stems("letters") and known.words[-size:] == words
            if (called and size + 1 <= len(known.words) <= size + 2) or letters:
                return known
        return None

    def _body_before(self, doc: Document, m: Mention, head: str) -> Resolved | None:
        """«أعلنت طالبان …. وذكرت الحركة»: the body that bears a name of its own and stands last before."""
        proper, companies = doc.words.words["proper_organisations"], stems("companies")
        for k in range(m.first - 1, max(-1, m.first - 80), -1):
            plain = bare(doc.norm[k])
            if stem(plain) == head:
                break
            if doc.norm[k - 1] in _CHANNELS:
                continue  # «على تويتر»: where it was said
            if plain in proper and (head in companies) != (plain in _MOVEMENTS):
                known = self.register.longest((stem(plain),), "organisation")
                return self._make(known, self._span(doc, m), "anaphor") if known is not None else None
        last = self.recent[-1][0] if self.recent else None
        if last is None or last.speaker is None or head not in companies:
            return None
        words = norm_words(last.speaker.name)
        named = last.speaker.type == "organisation" or (last.speaker.role is None and words[0].startswith("ال"))
        if (
            named
            and len(words) > 1
            and stem(bare(words[0])) not in stems("governing") | stems("media")
            and last.rule != "document"
        ):
            return Resolved(self._with_mention(last.speaker, self._span(doc, m)), "anaphor", last.feminine)
        return None

    def _named_before(self, doc: Document, m: Mention, head: str) -> Known | None:
        """The organisation with this head that was named last before «الصحيفة», «المنظمة»."""
        if self.reader is None:
            return None
        for k in range(m.first - 1, max(-1, m.first - 250), -1):
            word = doc.norm[k]
            plain = word[1:] if word[0] in "ولب" and len(word) > 3 and stem(word) != head else word
            if plain.startswith("ال") or stem(plain) != head:
                continue
            known = self.register.longest(tuple(
                stem(w) for w in doc.norm[k : k + 3] if w[0].isalnum()
            ), "organisation")  # fmt: skip
            end = min(doc.stop[k], k + 10)
            mention = self.reader.read(k, end) if plain == word else self.reader.read_attached(k, end)
            if mention is not None and mention.named and mention.last - mention.first > 1:
                known = self.register.longest(mention.stems(doc), "organisation") or self.register.add(doc, mention)
            if known is not None and len(known.words) > 1:
                return known
        return None

    def _recent_known(self, heads: frozenset[str]) -> Known | None:
        """The organisation that spoke last, else was named last, whose first stem is one of `heads`."""
        for resolved, _, _ in reversed(self.recent):
            if resolved.speaker is None:
                continue
            known = self.register.longest(tuple(stem(w) for w in norm_words(resolved.speaker.name)))
            if known is not None and known.words and known.words[0] in heads:
                return known
        # The last named of them all: the order of a set is not the same in every process.
        last = [
            next(
                (
                    known
                    for known in reversed(self.register.by_head.get(head, ()))
                    if len(known.words) > 1 and not _general(known)
                ),
                None,
            )
            for head in heads
        ]
        return max(
            (known for known in last if known is not None), key=lambda known: (known.at, known.words), default=None
        )

    def _recent_with_head(self, heads: frozenset[str]) -> Known | None:
        known = self._recent_known(heads)
        return known if known is not None and len(known.words) > 1 else None

    def _anaphor(self, doc: Document, m: Mention, span: Span, words: tuple[str, ...]) -> Resolved | None:
        """«الشركة», «الوكالة الرسمية»: the one of this head that spoke or was named before."""
        head = stem(bare(m.words(doc)[0]))
        if len(words) <= 2 and head in stems("media") and head not in ("صحف", "جرائد"):
            nearest = self._named_before(doc, m, head)
            if nearest is not None:
                return self._make(nearest, span, "media-anaphor")
            media = self._recent_with_head(stems("media"))
            if media is not None:
                return self._make(media, span, "media-anaphor")
        generic = len(words) == 1 or (
            len(words) == 2
            and (business(words) or m.words(doc)[1] in words_of("generic_adjectives") or head in stems("media"))
        )
        before = self.recent[-1][0] if self.recent else None
        if generic and before is not None and before.speaker is not None and before.speaker.type == "organisation":
            lone = norm_words(before.speaker.name)  # «وتقول أوبر …. وقالت الشركة»
            if len(lone) == 1 and lone[0] in words_of("proper_organisations") and head in stems("dropped_heads"):
                return Resolved(self._with_mention(before.speaker, span), "anaphor", before.feminine)
        if generic and head in stems("bodies"):
            alike = self._body_before(doc, m, head)
            if alike is not None:
                return alike
        carried = self._recent_with_head(frozenset({head})) if generic else None
        if carried is not None:
            return self._make(carried, span, "anaphor")
        nearest = self._named_before(doc, m, head) if generic else None
        if nearest is not None:
            return self._make(nearest, span, "anaphor")
        by_role = self.register.of_role(role_key(m.words(doc)), role_key(m.words(doc)[:1]))
        return self._make(by_role, span, "role") if by_role is not None else None


def _general(known: Known) -> bool:
    """Whether a name says no more than «المنظمة الدولية»."""
    words = norm_words(known.name)
    if len(words) != 2 or not words[0].startswith("ال"):
        return False
    return words[1] in words_of("generic_adjectives") or business(known.words)


def _called(known: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether `words` are what an organisation is called without its head: «الخارجية الروسية»."""
    return known[0] in stems("dropped_heads") and known[1:2] == words[:1]
