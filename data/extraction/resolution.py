"""Names for the speakers of the statements found: the longest one in the article, carried forward where none stands.

Works on the mentions that data.extraction.statements saw, in the order of the text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from data.extraction.document import Document
from data.extraction.found import Found
from data.extraction.lexicon import words_of
from data.extraction.mentions import Mention, detached, stem
from data.extraction.register import Known, Register, citizen, nations, role_key
from data.extraction.speakers import PhraseReader
from data.extraction.tokens import COMMAS, bare, tokenise
from data.records import Span, Speaker, SpeakerType

# «المصدر نفسه»
_SAME = frozenset(("نفسه", "نفسها", "ذاته", "ذاتها"))
_SOURCES = frozenset(["مصدر", "مصادر"])
# Movements among the organisations that stand alone; the rest are companies or agencies.
_MOVEMENTS = frozenset(("طالبان", "حماس", "داعش"))


@dataclass(slots=True)
class Resolved:
    """A speaker with the evidence for it."""

    speaker: Speaker | None
    rule: str
    feminine: bool | None = None
    plural: bool = False


def register_names(register: Register, doc: Document, reader: PhraseReader, base: int) -> None:
    """Enter every titled name of a field: «وزير الخارجية الروسي سيرغي لافروف», wherever it stands."""
    reader.minimal = True
    norm, roles, honorifics = doc.norm, reader.roles, reader.honorifics
    orgs, given = reader.orgs, reader.given
    documents = doc.words.words["documents"]
    size = len(norm)
    i = 0
    while i < size:
        t = norm[i]
        m: Mention | None = None
        if t == "امام" and doc.tokens.text[doc.tokens.start[i]] == "أ":
            pass  # أمام, not إمام
        elif t in honorifics or bare(t) in roles or (t[0] in "ولب" and bare(t[1:]) in roles):
            m = reader.read_titled(i, min(doc.stop[i], i + 30))
        elif t in given and (i == 0 or norm[i - 1] not in given):
            m = reader.read(i, min(doc.stop[i], i + 8))
        elif t[0] in "لو" and t[1:] in given and t not in given:
            m = reader.read_attached(i, min(doc.stop[i], i + 8))  # «التصريح الأمني لجون برينان»
        elif bare(t) in orgs and bare(t) not in documents and not t.startswith(("بال", "لل", "وبال", "كال")):
            m = reader.read(i, min(doc.stop[i], i + 12))
        if m is not None and m.named and m.name_last > m.name_first:
            if m.type == "person" and m.name_last - m.name_first < 2 and m.role is None:
                i += 1
                continue
            register.add(doc, m, at=base + i)
            i = max(i + 1, m.first + 1)
            continue
        i += 1
    reader.minimal = False


def name_leads(found: Sequence[Found], speakers: list[Resolved], register: Register) -> None:
    """Name whom an article opens with from what follows, in place.

    «"…". هكذا …. وتقول فلانة»: words in marks before anybody is named are the next speaker's. «قال وزير الخارجية
    الفرنسي إن …. وقال جان لوران إن …»: a person who speaks next and is given no role, or the same, is the one
    described.
    """
    for k, resolved in enumerate(speakers):
        rest = [other for other in speakers[k + 1 :] if other.speaker is not None]
        if resolved.speaker is None:
            if found[k].rule == "loose" and found[k].at < 3 and rest and rest[0].speaker is not None:
                resolved.speaker = rest[0].speaker.model_copy(update={"mention": None})
                resolved.rule = "next"
                continue
            return
        if resolved.speaker.type == "unnamed" and resolved.rule == "description":
            _name_described(resolved.speaker, speakers, rest, register)
        return


def _name_described(first: Speaker, speakers: list[Resolved], rest: list[Resolved], register: Register) -> None:
    """Give a description that opens an article the name of the person who speaks next, if that can be the one."""
    words = tuple(stem(w) for w in _norm_words(first.name))
    following = next((o.speaker for o in rest if o.speaker is not None and o.speaker.name != first.name), None)
    if not words or following is None or following.type != "person" or len(_norm_words(following.name)) < 2:
        return
    key = role_key(words)
    held = role_key(_norm_words(following.role or ""))
    if words[0] not in _stems("titles_of_one") if not held else not role_key(words[:1]) <= held:
        return
    for other in speakers:
        if other.speaker is not None and other.speaker.name == first.name:
            role = following.role or first.name
            other.speaker = following.model_copy(update={"mention": other.speaker.mention, "role": role})
            other.rule = "named-later"
    register.describe(following.name, key)


class Resolver:
    """Settles speakers one statement after the other."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.recent: list[tuple[Resolved, int, bool]] = []
        self.sentence: int = -1
        self.reader: PhraseReader | None = None
        # Who was found behind «تقرير», «بيان» when it spoke first: «التقرير» is theirs, whoever has spoken between.
        self.documents: dict[str, Resolved] = {}

    def _document(self, doc: Document, found: Found) -> tuple[str, bool] | None:
        """The document that stands right after the cue, and whether it has the article: «وأضاف التقرير»."""
        for k in range(found.at + 1, min(found.at + 4, len(doc.norm))):
            word = doc.norm[k]
            if word in doc.words.that or word in COMMAS or not word[0].isalpha():
                return None
            plain = bare(word)
            if plain in ("تقرير", "بيان", "دراسة", "وثيقة", "تحقيق", "استطلاع"):
                following = doc.norm[k + 1] if k + 1 < len(doc.norm) else ""
                alone = not following.startswith("ال") or following in doc.words.words["function_words"]
                return plain, word.startswith(("ال", "لل")) and alone
        return None

    def resolve(self, doc: Document, reader: PhraseReader, found: Found, base: int) -> Resolved:
        begin = base + doc.begin[found.at]
        self.reader = reader
        result: Resolved | None = None
        if found.mention is not None:
            result = self._named(doc, found.mention)
        document = self._document(doc, found)
        earlier = self.documents.get(document[0]) if document is not None and document[1] else None
        if earlier is not None and (result is None or result.rule in ("document", "media-anaphor", "first-mention")):
            result = self._carry(earlier, "document")
        if result is None:
            result = self._unnamed(doc, reader, found, begin)
        if document is not None and result.speaker is not None:
            self.documents[document[0]] = result
        relayed = found.mention is not None and found.mention.first > 0 and doc.norm[found.mention.first - 1] == "عن"
        if result.feminine is None and found.feminine is not None and found.mention is not None and not relayed:
            result.feminine = found.feminine
        self._name_last(doc, found, result)
        if result.speaker is not None:
            self.recent.append((result, begin, found.rule.startswith(("noun", "masdar"))))
            if len(self.recent) > 12:
                del self.recent[0]
        return result

    def _name_last(self, doc: Document, found: Found, result: Resolved) -> None:
        """«قال شاب: …. وتابع ساجد: …»: who goes on under a name is the one described before, in place."""
        cue = doc.cue[found.at]
        last = self.recent[-1][0] if self.recent else None
        if cue is None or cue.lemma not in ("تابع", "اضاف", "اردف", "استطرد") or not cue.joined or last is None:
            return
        if result.rule not in ("first-mention", "name") or result.speaker is None or result.speaker.type != "person":
            return
        if len(_norm_words(result.speaker.name)) > 1 or result.speaker.role is not None:
            return
        if last.speaker is not None and last.rule == "description" and last.speaker.type == "unnamed":
            words = _norm_words(last.speaker.name)
            if words and words[0] in words_of("roles") and not words[0].endswith(("ون", "ين")):
                last.speaker = result.speaker.model_copy(update={"mention": last.speaker.mention})
                last.rule = "named-later"

    # -- with a phrase ----------------------------------------------------------------------------------------

    def _named(self, doc: Document, m: Mention) -> Resolved | None:
        tokens = doc.tokens
        start = tokens.start[m.first] + (1 if m.attached in ("ل", "و") and m.attached else 0)
        end = tokens.end[m.last - 1]
        span = Span(text=tokens.text[start:end], start=start, end=end)
        words = tuple(stem(w) for w in m.words(doc) if w[0].isalnum())
        if len(words) > 1 and words[0] in _SOURCES and words[1] in _SAME and self.recent:
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
            told = words[0] == "تقارير" or words[0] in _stems("figures")  # these speak for themselves
            several = told and last is not None and words[0] not in map(stem, _norm_words(last.name))
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
            if (known is None or known.words == words) and len(words) == 1 and words[0].startswith("عبدال"):
                known = self.register.longest(("عبد", words[0][5:]), "person") or known  # there written as two
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
            and (m.words(doc)[1] in words_of("generic_adjectives") or _business(words))
            and (known is None or known.words == words)
        )
        if (
            m.definite
            and m.type in ("person", "organisation")
            and (known is None or general or (itself and m.type != "person"))
        ):
            head = stem(bare(m.words(doc)[0]))
            if len(words) <= 2 and head in _stems("media") and head not in ("صحف", "جرائد"):
                nearest = self._named_before(doc, m, head)
                if nearest is not None:
                    return self._make(nearest, span, "media-anaphor")
                media = self._recent_with_head(words_of("media"))
                if media is not None:
                    return self._make(media, span, "media-anaphor")
            generic = len(words) == 1 or (
                len(words) == 2
                and (
                    _business(words)
                    or m.words(doc)[1] in words_of("generic_adjectives")
                    or head in {stem(x) for x in words_of("media")}
                )
            )
            before = self.recent[-1][0] if self.recent else None
            if generic and before is not None and before.speaker is not None and before.speaker.type == "organisation":
                lone = _norm_words(before.speaker.name)  # «وتقول أوبر …. وقالت الشركة»
                if len(lone) == 1 and lone[0] in words_of("proper_organisations") and head in _stems("dropped_heads"):
                    return Resolved(self._with_mention(before.speaker, span), "anaphor", before.feminine)
            if generic and head in _stems("bodies"):
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
            if by_role is not None:
                return self._make(by_role, span, "role")
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
        return self._make(known, span, rule, m, doc)

    def _fuller(self, words: tuple[str, ...]) -> Known | None:
        """«وول ستريت جورنال» is «صحيفة وول ستريت جورنال الأميركية», «تاس» «وكالة تاس», «بي بي سي» what it ends."""
        for known in self.register.by_word.get(words[0], ()):
            size = len(words)
            if known.type != "organisation" or len(known.words) <= size or known.words[0] == words[0]:
                continue
            called = known.words[0] in _stems("dropped_heads") and known.words[1 : size + 1] == words
            letters = size > 1 and words[0] in _stems("letters") and known.words[-size:] == words
            if (called and size + 1 <= len(known.words) <= size + 2) or letters:
                return known
        return None

    def _body_before(self, doc: Document, m: Mention, head: str) -> Resolved | None:
        """«أعلنت طالبان …. وذكرت الحركة»: the body that bears a name of its own and stands last before."""
        proper, companies = doc.words.words["proper_organisations"], _stems("companies")
        for k in range(m.first - 1, max(-1, m.first - 80), -1):
            plain = bare(doc.norm[k])
            if stem(plain) == head:
                break
            if plain in proper and (head in companies) != (plain in _MOVEMENTS):
                known = self.register.longest((stem(plain),), "organisation")
                return self._make(known, self._span(doc, m), "anaphor") if known is not None else None
        last = self.recent[-1][0] if self.recent else None
        if last is None or last.speaker is None or head not in companies:
            return None
        words = _norm_words(last.speaker.name)
        named = last.speaker.type == "organisation" or (last.speaker.role is None and words[0].startswith("ال"))
        if named and len(words) > 1 and stem(bare(words[0])) not in _stems("governing") | _stems("media") and last.rule != "document":
            return Resolved(self._with_mention(last.speaker, self._span(doc, m)), "anaphor", last.feminine)
        return None

    def _span(self, doc: Document, m: Mention) -> Span:
        start, end = doc.tokens.start[m.first], doc.tokens.end[m.last - 1]
        return Span(text=doc.tokens.text[start:end], start=start, end=end)

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

    def _organisation(self, m: Mention, words: tuple[str, ...]) -> Known | None:
        best: Known | None = None
        alone = m.definite and len(words) == 1
        if len(words) == 1 and not m.definite and m.last - m.first == 1 and words[0] in _stems("offices"):
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
        if best is None or (len(best.words) == len(words) and (m.definite or words[0] in _stems("companies"))):
            for known in self.register.by_word.get(words[0], ()):
                if (
                    known.type == "organisation"
                    and set(words) <= {*known.words, *(w[2:] for w in known.words if w.startswith("لل"))}
                    and (known.words[0] == words[0] or _called(known.words, words))
                    and len(known.words) <= len(words) + 5
                    and (best is None or len(known.words) > len(best.words))
                ):
                    best = known
        if len(words) == 1 and m.definite and words[0] in {stem(x) for x in words_of("media")}:
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
            mention = self.reader.read(k, min(doc.stop[k], k + 10)) if plain == word else None
            if mention is not None and mention.named and mention.last - mention.first > 1:
                words = tuple(stem(w) for w in mention.words(doc) if w[0].isalnum())
                known = self.register.longest(words, "organisation") or self.register.add(doc, mention)
            if known is not None and len(known.words) > 1:
                return known
        return None

    def _recent_known(self, heads: frozenset[str]) -> Known | None:
        stems = {stem(h) for h in heads}
        for resolved, _, _ in reversed(self.recent):
            if resolved.speaker is None:
                continue
            known = self.register.longest(tuple(stem(w) for w in _norm_words(resolved.speaker.name)))
            if known is not None and known.words and known.words[0] in stems:
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
            for head in stems
        ]
        return max(
            (known for known in last if known is not None), key=lambda known: (known.at, known.words), default=None
        )

    def _recent_with_head(self, heads: frozenset[str]) -> Known | None:
        known = self._recent_known(heads)
        return known if known is not None and len(known.words) > 1 else None

    def _described(self, doc: Document, m: Mention, span: Span, words: tuple[str, ...]) -> Resolved:
        """«الوزير الأفغاني», «المصدر», «مسؤول عسكري أميركي»."""
        end = next((k for k, word in enumerate(m.words(doc)) if word in words_of("after_names")), len(m.words(doc)))
        role_words = role_key(m.words(doc)[:end])  # «المغني التونسي المقيم في دبي»
        head = stem(bare(m.head))
        if m.definite:
            surname = self.register.longest(words, "person") if len(words) == 1 else None
            if surname is not None and len(surname.words) > 1:
                return self._make(surname, span, "name")
            variants = [role_words] if role_words else []
            before = doc.norm[m.first - 1] if m.first else ""
            if before in ("هذا", "هذه") and len(words) == 1 and head not in _SOURCES:
                nearest = self._mentioned(doc, m.first, 60, feminine=before == "هذه")
                if nearest is not None:
                    return self._make(nearest, span, "this")
            countryman = self._countryman(doc, m, words)
            if countryman is not None:
                return self._make(countryman, span, "countryman")
            same = self._last_source(head)
            told = _norm_words(same.speaker.name) if same is not None and same.speaker is not None else ()
            if same is not None and len(words) > 1 and told and role_words <= role_key(told):
                return Resolved(self._with_mention(same.speaker, span), "source", same.feminine)
            if head == "مسؤول" or head == "مسوول":
                person = self._last_person()
                whose = {citizen(word) for word in words[1:]} & nations()
                nation = role_key(_norm_words(person.speaker.role or "")) if person and person.speaker else frozenset()
                if whose and nation & nations() and not whose & nation:
                    person = None  # «المسؤول الكوري» is not the American who spoke last
                source = self._last_source(head)
                if words[0].endswith(("ون", "ين")):
                    person = None
                if source is not None and (person is None or self._order(source) > self._order(person)):
                    return source
                if person is not None:
                    return Resolved(self._with_mention(person.speaker, span), "official", person.feminine)
            source = self._last_source(head)
            person = self._last_person()
            if (
                source is not None
                and person is not None
                and len(words) <= 2
                and person.speaker is not None
                and head not in _SOURCES
            ):
                unlike = (
                    role_words and person.speaker.role and not role_words & role_key(_norm_words(person.speaker.role))
                )
                if not words[0].endswith(("ون", "ين")) and not unlike and self._order(person) > self._order(source):
                    return Resolved(self._with_mention(person.speaker, span), "official", person.feminine)
            if source is not None and (len(words) == 1 or (len(words) == 2 and m.words(doc)[0].startswith("ال"))):
                return Resolved(self._with_mention(source.speaker, span), "source", source.feminine)
            for variant in variants:
                # The last speaker with such a role first, then anyone in the article.
                for resolved, _, _ in reversed(self.recent):
                    speaker = resolved.speaker
                    title = _norm_words(speaker.role or "") if speaker is not None else ()
                    if (
                        title
                        and variant <= role_key(title)
                        and (role_key(title[:1]) <= role_key(m.words(doc)[:1]) or not role_key(m.words(doc)[:1]))
                    ):
                        return Resolved(self._with_mention(speaker, span), "role", resolved.feminine)
                known = self.register.of_role(variant, role_key(m.words(doc)[:1]))
                if known is not None:
                    return self._make(known, span, "role")
            if (
                len(words) == 2
                and head in _stems("loose_roles") | _stems("epithets")
                and citizen(words[1]) in nations()
            ):
                person = self.recent[-1][0] if self.recent else None
                if person is not None and _one_person(person) and not _nations_of(person):
                    return Resolved(self._with_mention(person.speaker, span), "loose-role", person.feminine)
            if len(words) == 2 and m.words(doc)[0].startswith("ال"):
                alone = self.register.only_of_role(words[0])
                if alone is not None:
                    return self._make(alone, span, "role")
                named = self.register.longest(words[1:], "person")  # «العقيد المالكي»
                if named is not None and len(named.words) > 1:
                    return self._make(named, span, "name")
            person = self._last_person()
            if len(words) == 2 and person is not None and person.speaker is not None and person.speaker.role:
                held = role_key(_norm_words(person.speaker.role))  # «الوزير الأميركي» after «وزير الخارجية فلان»
                if citizen(words[1]) in nations() and citizen(head) in held and not held & nations():
                    return Resolved(self._with_mention(person.speaker, span), "role", person.feminine)
            if len(words) == 2 and person is not None and person.speaker is not None and person.speaker.role:
                office = _norm_words(person.speaker.role)
                adjective = words[1].endswith(("ي", "يه")) and citizen(words[1]) not in nations()
                if adjective and stem(bare(office[0])) == head and head in _stems("titles_of_one"):
                    return Resolved(self._with_mention(person.speaker, span), "role", person.feminine)
            if len(words) == 2 and head in _stems("loose_roles"):
                for resolved, _, _ in reversed(self.recent):
                    speaker = resolved.speaker
                    if (
                        speaker is not None
                        and speaker.role
                        and citizen(words[1]) in role_key(_norm_words(speaker.role))
                    ):
                        return Resolved(self._with_mention(speaker, span), "loose-role", resolved.feminine)
            if len(words) == 1 and not words[0].endswith(("ون", "ين")) and head not in _stems("many"):
                person = self._last_person()
                other = self._described_before(doc, m, words[0])
                if person is not None and other is not None and other[0] > self.recent[self._order(person)][1]:
                    # «وتلقت صحفية أخرى …. وقالت الصحفية»: described since the last person spoke
                    return Resolved(
                        Speaker(name=other[1], type="unnamed", mention=span), "described-before", m.feminine
                    )
                if person is not None and head not in ("مصدر", "مصادر"):
                    return Resolved(self._with_mention(person.speaker, span), "definite-role", person.feminine)
        club = head == "رئيس"
        if (head in _stems("club_roles") or (club and words[1:2] in (("نادي",), ("فريق",)))) and len(words) > 1:
            person = self._last_person()
            role = _norm_words(person.speaker.role or "") if person is not None and person.speaker else ()
            if person is not None and role and stem(bare(role[0])) == head:
                return Resolved(self._with_mention(person.speaker, span), "role", person.feminine)
        if not m.definite and len(role_words) > 1:
            later = self.register.of_role(role_words, role_key(m.words(doc)[:1]))
            plain = not any(word.endswith(("ي", "يه")) for word in role_words)
            if later is not None and (doc.title or later.role_words == role_words or (plain and len(role_words) == 2)):
                return self._make(later, span, "named-later")  # «متحدث باسم فلان», later with a name
        marked = any(doc.quotation(k) is not None for k in range(m.first, m.last))  # «ضيف "القناة"»
        if (m.definite or marked) and head in _stems("epithets") and self.recent:
            last = self.recent[-1][0]
            same_gender = not last.feminine or m.feminine == last.feminine
            if last.speaker is not None and last.speaker.type == "person" and same_gender:
                return Resolved(self._with_mention(last.speaker, span), "epithet", last.feminine)
        if m.definite and len(words) == 1 and head in _SOURCES and self.recent:
            return self._carry(self.recent[-1][0], "source")
        if m.definite and len(words) == 1 and self.reader is not None:
            fuller = self._described_before(doc, m, words[0])
            if fuller is not None:
                return Resolved(Speaker(name=fuller[1], type="unnamed", mention=span), "described-before", m.feminine)
        name = m.surface(doc)
        longer = self._longer_description(words)
        return Resolved(Speaker(name=longer or name, type="unnamed", mention=span), "description", m.feminine)

    def _countryman(self, doc: Document, m: Mention, words: tuple[str, ...]) -> Known | None:
        """«المسؤول الروسي»: the person named last whose role has the same adjective, if no such source has spoken."""
        if len(words) != 2 or not m.words(doc)[1].startswith("ال") or words[0] not in _stems("loose_roles"):
            return None
        if self._last_source(words[0]) is not None:
            return None
        last = self._last_person()
        if (
            last is not None
            and last.speaker is not None
            and citizen(words[1]) in role_key(_norm_words(last.speaker.role or ""))
        ):
            return None
        return self._mentioned(doc, m.first, 250, role=frozenset((citizen(words[1]),)))

    def _described_before(self, doc: Document, m: Mention, head: str) -> tuple[int, str] | None:
        """The fuller description that stands before «الوزراء», «الباحثون»: «وزراء الخارجية العرب»."""
        if self.reader is None or head in _SOURCES:
            return None
        wanted = _singular(head)
        for k in range(m.first - 1, max(-1, m.first - 200), -1):
            if doc.norm[k].startswith("ال") or _singular(stem(doc.norm[k])) != wanted:
                continue
            fuller = self.reader.read(k, min(doc.stop[k], k + 12))
            if fuller is not None and fuller.first == k and not fuller.named and 1 < fuller.last - k <= 8:
                return k, fuller.surface(doc)
        return None

    def _longer_description(self, words: tuple[str, ...]) -> str | None:
        for resolved, _, _ in reversed(self.recent):
            speaker = resolved.speaker
            if speaker is not None and speaker.type == "unnamed":
                other = tuple(stem(w) for w in _norm_words(speaker.name))
                if len(other) > len(words) and other[: len(words)] == words:
                    return speaker.name
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
        alike = (
            {"مصدر", "مصادر"}
            if head in _SOURCES
            else ({"مسؤول", "مسوول", "مسؤوله"} if head.startswith("مس") else {head})
        )
        for resolved, _, _ in reversed(self.recent):
            speaker = resolved.speaker
            if speaker is not None and speaker.type == "unnamed":
                first = stem(bare(_norm_words(speaker.name)[0])) if _norm_words(speaker.name) else ""
                if first in alike:
                    return resolved
        return None

    def _with_mention(self, speaker: Speaker | None, span: Span | None) -> Speaker | None:
        return None if speaker is None else speaker.model_copy(update={"mention": span})

    def _make(
        self, known: Known, span: Span | None, rule: str, m: Mention | None = None, doc: Document | None = None
    ) -> Resolved:
        feminine = known.feminine
        return Resolved(
            Speaker(name=known.name, type=known.type, mention=span, role=known.role, affiliation=known.affiliation),
            rule,
            feminine,
        )

    # -- without one ------------------------------------------------------------------------------------------

    def _unnamed(self, doc: Document, reader: PhraseReader, found: Found, begin: int) -> Resolved:
        if found.rule == "loose":
            said = self._owner_of_saying(doc, begin, found.at)
            if said is not None:
                return self._make(said, None, "owner")
        if found.source == "sentence":
            if doc.norm[begin].lstrip("و") in ("جاءت", "جاء") and doc.norm[begin + 1] in words_of("sayings"):
                named_first = reader.read(begin + 2, found.at)  # «جاءت تصريحات فلان خلال لقاء مع فلان، حيث قال»
                if named_first is not None and named_first.first == begin + 2 and not named_first.definite:
                    return self._named(doc, named_first) or Resolved(None, "none")
            finite = found.rule.startswith(("past", "present"))
            for resolved, sentence, by_noun in reversed(self.recent):
                if sentence != begin:
                    break
                # «وصف الكرملين زعم أوكرانيا بأن …، وطالب»: who claims in passing is not who goes on.
                if not (finite and by_noun):
                    return self._carry(resolved, "same-sentence")
            mention = reader.sentence_subject(doc.begin[found.at], found.at)
            possessor = self._possessor(doc, found, mention)
            if possessor is not None:
                return self._make(possessor, None, "possessor")
            if [w.lstrip("و") for w in doc.norm[begin : begin + 2]] in (["جاء", "ذلك"], ["جاءت", "تصريحات"]):
                owner = self._owner_of_occasion(doc, begin, found.at)
                if owner is not None:
                    return self._make(owner, None, "occasion")
            if mention is None and found.rule.startswith("participle"):
                # «وبعد موجة الغضب هذه دافع فلان عن نفسه، معترفا بأن»: whoever it is stands in the sentence.
                near = self._mentioned(doc, found.at, found.at - begin, feminine=found.feminine or None)
                if near is not None:
                    return self._make(near, None, "within")
            if mention is not None and self._credible(doc, mention):
                named = self._named(doc, mention)
                if named is not None and named.speaker is not None:
                    return named
        if found.source in ("carried", "sentence") and found.mention is None:
            asked = self._asked(doc, reader, found)
            if asked is not None and asked.speaker is not None:
                return self._carry(asked, "asked")
            acting = self._acting(doc, reader, found)
            if acting is not None:
                return acting
        if found.source == "document":
            for resolved, _, _ in reversed(self.recent):
                return self._carry(resolved, "document")
        if not self.recent:
            cue = doc.cue[found.at]
            if cue is not None and cue.kind in ("past", "participle") and found.source in ("carried", "sentence"):
                # «عينت رئيسة الوزراء فلانة وزيرة. كما تعهدت بكذا»: nobody has spoken yet.
                near = self._mentioned(doc, found.at, 60, feminine=True if found.feminine else None)
                if near is not None:
                    return self._make(near, None, "near")
            return Resolved(None, "none")
        return self._carry(self._agreeing(doc, found) or self.recent[-1][0], "carried")

    def _agreeing(self, doc: Document, found: Found) -> Resolved | None:
        """Who spoke last and agrees with the verb: «أضافوا» several, «أضاف» one."""
        if found.feminine is None or found.source not in ("carried", "sentence"):
            return None
        latest = [resolved for resolved, _, _ in reversed(self.recent[-6:])]
        if found.plural:
            two = doc.norm[found.at].endswith(("ا", "ان"))  # «أضافا»: of two the register knows but one
            return None if two else next((resolved for resolved in latest if _many(resolved)), None)
        for resolved in latest:
            if not found.feminine and _many(resolved):
                continue
            unknown = not found.feminine and resolved.feminine is None
            if unknown or (resolved.feminine is not None and resolved.feminine == found.feminine):
                return resolved
        return None

    def _owner_of_occasion(self, doc: Document, begin: int, at: int) -> Known | None:
        """«جاء ذلك في مقابلة لفلان مع فلانة، حيث قال»: whose it was, else whoever is named last."""
        for k in range(begin + 2, at):
            word = doc.norm[k]
            if word[0] == "ل" and len(word) > 3:
                for end in range(min(at, k + 4), k, -1):
                    words = tuple(stem(w) for w in (detached(word), *doc.norm[k + 1 : end]) if w[0].isalnum())
                    known = self.register.longest(words, "person")
                    if known is not None and len(known.words) > 1:
                        return known
        return self._mentioned(doc, at, at - begin)

    def _owner_of_saying(self, doc: Document, begin: int, at: int) -> Known | None:
        """«تصريحات للأسد وضع فيها خصومه أمام خيارين: "…"»: whose the saying was."""
        for k in range(begin, at - 1):
            owner = doc.norm[k + 1]
            if bare(doc.norm[k]) in words_of("sayings") and owner[0] == "ل" and len(owner) > 3:
                known = self.register.of_surname(stem(detached(owner)))
                if known is not None:
                    return known
        return None

    def _credible(self, doc: Document, m: Mention) -> bool:
        """Whether the subject of a verb that reports nothing can be somebody: no stray word that is named only here."""
        if m.type != "person" or m.role is not None or m.name_last - m.name_first > 1:
            return True
        word = doc.norm[m.name_first]
        known = self.register.of_surname(stem(word))
        noun = word.startswith("ال") and (word[2:] in words_of("common_nouns") or doc._heads(word[2:], ""))
        if noun and known is None:
            return False  # «وتأتي الزيارة عقب كذا»
        return known is not None or word in self.register.first_names or doc.counts.get(word, 0) > 1

    def _possessor(self, doc: Document, found: Found, subject: Mention | None) -> Known | None:
        """«أوقفت السلطات فلانا بعد تصريحه بأن»: the pronoun does not agree with the subject of the sentence."""
        cue, begin = doc.cue[found.at], doc.begin[found.at]
        if cue is None or not cue.possessed or cue.feminine or subject is None or subject.first <= begin:
            return None
        if not doc.norm[subject.first - 1].endswith("ت"):
            return None
        return self._mentioned(doc, found.at, found.at - begin, feminine=False)

    def _asked(self, doc: Document, reader: PhraseReader, found: Found) -> Resolved | None:
        """«سئل فلان عن …. فأجاب: …»: who was asked in the sentence before."""
        cue, begin = doc.cue[found.at], doc.begin[found.at]
        if cue is None or cue.lemma not in ("اجاب", "رد", "قال"):
            return None
        for k in range(begin - 1, max(-1, begin - 40), -1):
            if doc.norm[k] in ("سئل", "سئلت", "وسئل", "وسئلت"):
                mention = reader.read(k + 1, min(doc.stop[k], k + 20))
                return self._named(doc, mention) if mention is not None and mention.first == k + 1 else None
            if doc.cue[k] is not None and doc.norm[k] in ("قال", "وقال", "اكد", "واكد"):
                return None
        return None

    def _acting(self, doc: Document, reader: PhraseReader, found: Found) -> Resolved | None:
        """Who the sentence before is about, when it holds no statement: «دافع فلان عن الشركة. وقال: …»."""
        begin = doc.begin[found.at]
        if begin < 2 or (self.recent and self.recent[-1][1] >= doc.begin[begin - 1]):
            return None
        end = begin - 1
        while end > 0 and doc.begin[end - 1] == end:
            end -= 1
        start = doc.begin[end - 1] if end else 0
        if self.recent and self.recent[-1][1] >= start:
            return None
        mention = reader.sentence_subject(start, min(end, start + 30))
        if mention is None:
            return None
        verb = doc.cue[mention.first - 1] if mention.first else None
        if verb is not None and verb.kind in ("past", "present") and verb.feminine == found.feminine:
            # «ووصف أحد الناجين، ويدعى فلان، ما رآه. وقال …»: who reported something, though no statement was found
            for k in range(mention.first, min(end, mention.first + 20)):
                if doc.norm[k].lstrip("و") in ("يدعى", "تدعى"):
                    mention = reader.read(k + 1, min(doc.stop[k], k + 8)) or mention
                    break
            if mention.named and mention.type == "person" and mention.name_last - mention.name_first > 1:
                return self._named(doc, mention)
        if not mention.named:
            return None
        words = tuple(stem(w) for w in doc.norm[mention.name_first : mention.name_last] if w[0].isalnum())
        last = self.recent[-1][0] if self.recent else None
        if (
            mention.type == "organisation"
            and found.feminine
            and doc.norm[mention.first - 1].endswith("ت")
            and (last is None or last.feminine is False or last.plural or _many(last))
        ):
            known = self._organisation(mention, words)  # «تمكنت الشرطة من اعتقاله. وقالت إن»
            if known is not None:
                return self._make(known, None, "acting")
        if mention.type == "organisation" and words and doc.cue[mention.first - 1] is not None:
            known = self._organisation(mention, words)  # «وطالبت الهيئة الشركات بكذا. وشددت على»
            verb = doc.cue[mention.first - 1]
            if known is not None and verb is not None and verb.feminine == found.feminine:
                return self._make(known, None, "acting")
        if mention.type != "person":
            return None
        known = self.register.longest(words, "person") if words else None
        if known is None and words and mention.role is None:
            known = self.register.of_surname(words[0])  # «وتوجهت حداد بعبارات قاسية»
        if known is None or len(known.words) < 2 or (found.feminine and known.feminine is False):
            return None
        return self._make(known, None, "acting")

    def _carry(self, resolved: Resolved, rule: str) -> Resolved:
        return Resolved(self._with_mention(resolved.speaker, None), rule, resolved.feminine, resolved.plural)


@cache
def _stems(name: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words_of(name))


def _general(known: Known) -> bool:
    """Whether a name says no more than «المنظمة الدولية»."""
    words = _norm_words(known.name)
    if len(words) != 2 or not words[0].startswith("ال"):
        return False
    return words[1] in words_of("generic_adjectives") or _business(known.words)


def _business(words: tuple[str, ...]) -> bool:
    """«الصحيفة البريطانية», «الشركة الألمانية»: of many in that country one that was named."""
    heads = _stems("companies") | _stems("media")
    return words[0] in heads and citizen(words[-1]) in nations()


def _one_person(resolved: Resolved) -> bool:
    """Whether a person speaks, also one whose name was known only by its place."""
    speaker = resolved.speaker
    if speaker is None or speaker.type != "unnamed":
        return speaker is not None and speaker.type == "person"
    words = _norm_words(speaker.name)
    return len(words) > 1 and not {stem(bare(words[0]))} & (_stems("roles") | _stems("unnamed")) and not _many(resolved)


def _nations_of(resolved: Resolved) -> frozenset[str]:
    """The nations that the role of a speaker names."""
    role = resolved.speaker.role if resolved.speaker is not None else None
    return role_key(_norm_words(role or "")) & nations()


def _many(resolved: Resolved) -> bool:
    """Whether several people speak: «مسؤولون», «الخبراء»."""
    if resolved.speaker is None or resolved.speaker.type != "unnamed":
        return False
    words = _norm_words(resolved.speaker.name)
    return bool(words) and (words[0].endswith(("ون", "ين")) or stem(words[0]) in _stems("many"))


def _singular(word: str) -> str:
    """«باحثون» and «باحثين» alike."""
    return word[:-2] if word.endswith(("ون", "ين")) and len(word) > 5 else word


def _called(known: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether `words` are what an organisation is called without its head: «الخارجية الروسية»."""
    return known[0] in _stems("dropped_heads") and known[1:2] == words[:1]


@lru_cache(maxsize=10_000)
def _norm_words(text: str) -> tuple[str, ...]:
    return tuple(w for w in tokenise(text).norm if w[0].isalnum())


__all__ = ["Resolved", "Resolver", "SpeakerType", "register_names"]
