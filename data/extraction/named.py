"""Who a phrase beside a cue is: the longest name of the article that it stands for."""

from data.extraction.bodies import BodyResolver
from data.extraction.descriptions import DescriptionResolver
from data.extraction.document import Document
from data.extraction.lexicon import words_of
from data.extraction.memory import SOURCES, Resolved, business, norm_words, stems
from data.extraction.mentions import Mention, stem
from data.extraction.register import Known, role_key
from data.extraction.tokens import COMMAS, bare
from data.records import Span, Speaker

# «المصدر نفسه»
_SAME = frozenset(("نفسه", "نفسها", "ذاته", "ذاتها"))


class NameResolver(DescriptionResolver, BodyResolver):
    """Settles a phrase."""

    def _named(self, doc: Document, m: Mention) -> Resolved | None:
        tokens = doc.tokens
        start = tokens.start[m.first] + (1 if m.attached in ("ل", "و") and m.attached else 0)
        end = tokens.end[m.last - 1]
        span = Span(text=tokens.text[start:end], start=start, end=end)
        words = m.stems(doc)
        if len(words) > 1 and words[0] in SOURCES and words[1] in _SAME and self.recent:
            return self._carry(self.recent[-1][0], "source")  # «المصدر نفسه»: whoever it was
        if len(words) > 1 and words[-1] in _SAME:
            words = words[:-1]
        if not words:
            return None
        if (
            len(words) == 1
            and bare(m.words(doc)[0]) in doc.words.words["documents"]
            and (
                m.definite
                or (words[0] == "بيان" and m.last < len(doc.norm) and doc.norm[m.last] in doc.words.that | COMMAS)
            )
        ):
            last = self.recent[-1][0].speaker if self.recent else None
            told = words[0] == "تقارير" or words[0] in stems("figures")  # these speak for themselves
            several = told and last is not None and words[0] not in map(stem, norm_words(last.name))
            if last is not None and not several:
                return self._carry(self.recent[-1][0], "document")
            name = m.surface(doc)
            return Resolved(Speaker(name=name, type="organisation", mention=span), "document")
        if words in (("اخير",), ("اخيره",)) and m.definite:
            nearest = self._mentioned(doc, m.first, 60, feminine=words == ("اخيره",))
            if nearest is not None:
                return self._make(nearest, span, "latter")
        if m.type == "unnamed":
            return self._described(doc, m, span, words)
        known: Known | None = None
        rule = "name"
        if m.type == "person" and not m.role:
            while len(words) > 1 and self.register.overlong(words):
                words = words[:-1]
        if m.type == "person":
            known = self.register.longest(
                words, "person", role_key(doc.norm[slice(*m.role)]) if m.role else frozenset()
            )
            if known is None or known.words == words:
                known = self.register.written_apart(words) or known
            if known is None and m.definite:
                known = self.register.longest(words)
            if len(words) == 1 and m.role is None and (known is None or known.words == words):
                known = self.register.spelt_like(words[0]) or known
        else:
            known = self._organisation(m, words)
        itself = known is not None and m.definite and len(words) == 1 and known.words == words
        general = (
            m.type == "organisation"
            and len(words) == 2
            and m.definite
            and (m.words(doc)[1] in words_of("generic_adjectives") or business(words))
            and (known is None or known.words == words)
        )
        if (
            m.definite
            and m.type in ("person", "organisation")
            and (known is None or general or (itself and m.type != "person"))
        ):
            shorter = self._anaphor(doc, m, span, words)
            if shorter is not None:
                return shorter
        if m.type == "person" and len(words) > 1 and (known is None or known.words == words):
            known = self.register.spelt_otherwise(words, known) or known
        if known is None or known.words == words:
            fuller = self._fuller(words) if m.role is None else None
            known = fuller or known
        if known is None and len(words) == 1 and words[0][0] == "و" and m.type == "person":
            known = self.register.of_surname(words[0][1:])  # «.. وفلان يدعو إلى كذا»
        if known is None:
            known = self.register.add(doc, m)
            rule = "first-mention"
        if known is None:
            return None
        return self._make(known, span, rule)
