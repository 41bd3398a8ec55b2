"""People called by what they are: «الوزير الأفغاني», «المصدر», «مسؤول عسكري أميركي».

A list of rules, each of which names one ground for taking a description for somebody; the first that finds one wins.
"""

from collections.abc import Callable
from dataclasses import dataclass

from data.extraction.document import Document
from data.extraction.lexicon import words_of
from data.extraction.memory import (
    SOURCES,
    Memory,
    Resolved,
    described,
    held_by,
    nations_of,
    norm_words,
    one_person,
    stems,
)
from data.extraction.mentions import Mention, stem
from data.extraction.register import citizen, nations, role_key
from data.extraction.tokens import bare
from data.records import Span, Speaker

# «مسؤول آخر»: nobody who was there before
_OTHER = frozenset(("اخر", "اخرى", "اخرون", "اخرين", "ثان", "ثالث"))


@dataclass(frozen=True, slots=True)
class Description:
    """A phrase without a name.

    `words`: its stems; `head`: the first without what is attached; `key`, `opening`: the words, and the first of
    them, as roles are compared.
    """

    doc: Document
    mention: Mention
    span: Span
    words: tuple[str, ...]
    head: str
    key: frozenset[str]
    opening: frozenset[str]

    @property
    def single(self) -> bool:
        """Whether it can be one person: not «المسؤولون»."""
        return not self.words[0].endswith(("ون", "ين"))

    @property
    def nation(self) -> str | None:
        """The nation of «الوزير الأفغاني», where there is nothing else in it."""
        return citizen(self.words[1]) if len(self.words) == 2 and citizen(self.words[1]) in nations() else None


Rule = Callable[[Description], Resolved | None]


class DescriptionResolver(Memory):
    """Finds the person that a description means."""

    def _described(self, doc: Document, m: Mention, span: Span, words: tuple[str, ...]) -> Resolved:
        said = m.words(doc)
        end = next((k for k, word in enumerate(said) if word in words_of("after_names")), len(said))
        # «المغني التونسي المقيم في دبي» is looked up as «المغني التونسي»
        d = Description(doc, m, span, words, stem(bare(m.head)), role_key(said[:end]), role_key(said[:1]))
        definite: tuple[Rule, ...] = (
            self._surname,
            self._this_one,
            self._countryman,
            self._told_again,
            self._official,
            self._source,
            self._holder,
            self._of_trade,
            self._titled,
            self._of_office,
            self._of_loose_role,
            self._the_one,
        )
        other: tuple[Rule, ...] = (self._of_club, self._named_later, self._epithet, self._lone)
        rules = (*definite, *other) if m.definite else other
        for rule in () if any(word in _OTHER for word in said[1:3]) else rules:
            found = rule(d)
            if found is not None:
                return found
        return Resolved(Speaker(name=m.surface(doc), type="unnamed", mention=span), "description", m.feminine)

    # -- with the article ---------------------------------------------------------------------------------------

    def _surname(self, d: Description) -> Resolved | None:
        """«الجندي»: a role that is somebody's name."""
        known = self.register.longest(d.words, "person") if len(d.words) == 1 else None
        return self._make(known, d.span, "name") if known is not None and len(known.words) > 1 else None

    def _this_one(self, d: Description) -> Resolved | None:
        """«هذا المسؤول»: who was named last."""
        before = d.doc.norm[d.mention.first - 1] if d.mention.first else ""
        if before not in ("هذا", "هذه") or len(d.words) != 1 or d.head in SOURCES:
            return None
        nearest = self._mentioned(d.doc, d.mention.first, 60, feminine=before == "هذه")
        return self._make(nearest, d.span, "this") if nearest is not None else None

    def _countryman(self, d: Description) -> Resolved | None:
        """«المسؤول الروسي»: the person named last whose role has the same adjective, if no such source has spoken."""
        said = d.mention.words(d.doc)
        if len(d.words) != 2 or not said[1].startswith("ال") or d.words[0] not in stems("loose_roles"):
            return None
        last = self._last_person()
        if self._last_source(d.words[0]) is not None or (last is not None and citizen(d.words[1]) in held_by(last)):
            return None
        known = self._mentioned(d.doc, d.mention.first, 250, role=frozenset((citizen(d.words[1]),)))
        return self._make(known, d.span, "countryman") if known is not None else None

    def _told_again(self, d: Description) -> Resolved | None:
        """«المسؤول العسكري الأميركي» after «مسؤول عسكري أميركي كبير»."""
        same = self._last_source(d.head)
        told = norm_words(same.speaker.name) if same is not None and same.speaker is not None else ()
        if same is not None and len(d.words) > 1 and told and d.key <= role_key(told):
            return self._carry(same, "source", d.span)
        last = self.recent[-1][0] if self.recent else None
        if d.head in SOURCES and same is None and last is not None and last.speaker is not None:
            # «المصدر العسكري» after «مسؤول عسكري»
            rest = d.key - d.opening
            if last.speaker.type == "unnamed" and rest and rest <= role_key(norm_words(last.speaker.name)):
                return self._carry(last, "source", d.span)
        return None

    def _official(self, d: Description) -> Resolved | None:
        """«المسؤول»: the source or the person who spoke last."""
        if d.head not in ("مسؤول", "مسوول"):
            return None
        source = self._last_source(d.head)
        person = self._last_person() if d.single else None
        whose = {citizen(word) for word in d.words[1:]} & nations()
        if person is not None and whose and nations_of(person) and not whose & nations_of(person):
            person = None  # «المسؤول الكوري» is not the American who spoke last
        if source is not None and (person is None or self._order(source) > self._order(person)):
            return source
        return self._carry(person, "official", d.span) if person is not None else None

    def _source(self, d: Description) -> Resolved | None:
        """«المصدر», «المصدر الأمني»."""
        source = self._last_source(d.head)
        short = len(d.words) == 1 or (len(d.words) == 2 and d.mention.words(d.doc)[0].startswith("ال"))
        return self._carry(source, "source", d.span) if source is not None and short else None

    def _holder(self, d: Description) -> Resolved | None:
        """«الرئيس الإيراني»: the last speaker with such a role, else anyone in the article."""
        if not d.key:
            return None
        for resolved, _, _ in reversed(self.recent):
            title = norm_words(resolved.speaker.role or "") if resolved.speaker is not None else ()
            if title and d.key <= role_key(title) and role_key(title[:1]) <= (d.opening or role_key(title[:1])):
                return self._carry(resolved, "role", d.span)
        known = self.register.of_role(d.key, d.opening)
        return self._make(known, d.span, "role") if known is not None else None

    def _of_trade(self, d: Description) -> Resolved | None:
        """«المدرب الألماني»: who spoke last, if no nation of theirs was named."""
        last = self.recent[-1][0] if self.recent else None
        trade = d.nation is not None and d.head in stems("loose_roles") | stems("epithets")
        if trade and last is not None and one_person(last) and not nations_of(last):
            return self._carry(last, "loose-role", d.span)
        return None

    def _titled(self, d: Description) -> Resolved | None:
        """«الرئيس الفرنسي» where one is called «الرئيس» and no more; «العقيد المالكي»."""
        if len(d.words) != 2 or not d.mention.words(d.doc)[0].startswith("ال"):
            return None
        alone = self.register.only_of_role(d.words[0])
        if alone is not None:
            return self._make(alone, d.span, "role")
        named = self.register.longest(d.words[1:], "person")
        return self._make(named, d.span, "name") if named is not None and len(named.words) > 1 else None

    def _of_office(self, d: Description) -> Resolved | None:
        """«الوزير الأميركي», «المدير الفني» after «وزير الخارجية فلان», «مدير الفريق فلان»."""
        person = self._last_person()
        if len(d.words) != 2 or person is None or not held_by(person):
            return None
        if d.nation is not None:
            fits = citizen(d.head) in held_by(person) and not nations_of(person)
        else:
            fits = d.words[1].endswith(("ي", "يه")) and self._same_head(d, person) and d.head in stems("titles_of_one")
        return self._carry(person, "role", d.span) if fits else None

    def _of_loose_role(self, d: Description) -> Resolved | None:
        """«الدبلوماسي اليمني»: who spoke last of that nation."""
        if len(d.words) == 2 and d.head in stems("loose_roles"):
            for resolved, _, _ in reversed(self.recent):
                if citizen(d.words[1]) in held_by(resolved):
                    return self._carry(resolved, "loose-role", d.span)
        return None

    def _the_one(self, d: Description) -> Resolved | None:
        """«الوزير»: who spoke last, unless somebody was described since: «وتلقت صحفية أخرى …. وقالت الصحفية»."""
        person = self._last_person()
        if len(d.words) != 1 or not d.single or d.head in stems("many") or person is None:
            return None
        other = self._described_before(d.doc, d.mention, d.words[0])
        if other is not None and other[0] > self.recent[self._order(person)][1]:
            return described(other[1], d.span, d.mention.feminine)
        return self._carry(person, "definite-role", d.span) if d.head not in SOURCES else None

    # -- with or without it -------------------------------------------------------------------------------------

    def _of_club(self, d: Description) -> Resolved | None:
        """«قائد الفريق», «رئيس النادي الإسباني»: who spoke last under such a role."""
        club = d.head in stems("club_roles") or (d.head == "رئيس" and d.words[1:2] in (("نادي",), ("فريق",)))
        person = self._last_person()
        if club and len(d.words) > 1 and person is not None and self._same_head(d, person):
            return self._carry(person, "role", d.span)
        return None

    def _named_later(self, d: Description) -> Resolved | None:
        """«متحدث باسم فلان», later with a name."""
        later = self.register.of_role(d.key, d.opening) if not d.mention.definite and len(d.key) > 1 else None
        if later is None:
            return None
        plain = len(d.key) == 2 and not any(word.endswith(("ي", "يه")) for word in d.key)
        fits = d.doc.title or plain or later.role_words == d.key
        return self._make(later, d.span, "named-later") if fits else None

    def _epithet(self, d: Description) -> Resolved | None:
        """«السيدة الأولى», «ضيف "القناة"»: who spoke last."""
        marked = any(d.doc.quotation(k) is not None for k in range(d.mention.first, d.mention.last))
        last = self.recent[-1][0] if self.recent else None
        if last is None or last.speaker is None or not (d.mention.definite or marked):
            return None
        fits = last.speaker.type == "person" and (not last.feminine or d.mention.feminine == last.feminine)
        return self._carry(last, "epithet", d.span) if fits and d.head in stems("epithets") else None

    def _lone(self, d: Description) -> Resolved | None:
        """«المصدر»: who spoke last; «الوزراء»: «وزراء الخارجية العرب»."""
        if not d.mention.definite or len(d.words) != 1:
            return None
        if d.head in SOURCES and self.recent:
            return self._carry(self.recent[-1][0], "source")
        fuller = self._described_before(d.doc, d.mention, d.words[0])
        return described(fuller[1], d.span, d.mention.feminine) if fuller is not None else None

    # -- what the rules look at ---------------------------------------------------------------------------------

    def _same_head(self, d: Description, person: Resolved) -> bool:
        role = norm_words(person.speaker.role or "") if person.speaker is not None else ()
        return bool(role) and stem(bare(role[0])) == d.head

    def _described_before(self, doc: Document, m: Mention, head: str) -> tuple[int, str] | None:
        """The fuller description that stands before «الوزراء», «الباحثون»: «وزراء الخارجية العرب»."""
        if self.reader is None or head in SOURCES:
            return None
        wanted = _singular(head)
        for k in range(m.first - 1, max(-1, m.first - 200), -1):
            if doc.norm[k].startswith("ال") or _singular(stem(doc.norm[k])) != wanted:
                continue
            fuller = self.reader.read(k, min(doc.stop[k], k + 12))
            if fuller is not None and fuller.first == k and not fuller.named and 1 < fuller.last - k <= 8:
                return k, fuller.surface(doc)
        return None


def _singular(word: str) -> str:
    """«باحثون» and «باحثين» alike."""
    return word[:-2] if word.endswith(("ون", "ين")) and len(word) > 5 else word
