"""Every name of an article, looked up by its words, its role or its first letters.

Entered from the mentions wherever they stand, so that «السوداني», «رئيس الوزراء» or no subject at all lead to
«محمد شياع السوداني».
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from data.extraction.document import Document
from data.extraction.lexicon import words_of
from data.extraction.mentions import Mention, stem, titled
from data.extraction.speakers import PhraseReader
from data.extraction.tokens import bare
from data.records import SpeakerType


@dataclass(slots=True)
class Known:
    """A speaker of the article: the longest name seen, and what is known of them."""

    name: str
    words: tuple[str, ...]
    type: SpeakerType
    head: str = ""
    role: str | None = None
    role_words: frozenset[str] = field(default_factory=frozenset)
    affiliation: str | None = None
    feminine: bool | None = None
    at: int = 0
    role_heads: frozenset[str] = field(default_factory=frozenset)
    seen: int = 0


class Register:
    """Every name of an article, looked up by its words."""

    def __init__(self) -> None:
        self.by_word: dict[str, list[Known]] = defaultdict(list)
        self.by_role: dict[str, list[Known]] = defaultdict(list)
        self.by_head: dict[str, list[Known]] = defaultdict(list)
        self.by_start: dict[str, list[Known]] = defaultdict(list)
        self.by_joined: dict[str, Known] = {}
        self.first_names: frozenset[str] = frozenset()
        self._seen: dict[tuple[str, ...], Known] = {}

    def add(self, doc: Document, m: Mention, *, at: int = 0) -> Known | None:
        """Enter a mention that carries a name."""
        words = m.stems(doc)
        if not words:
            return None
        role = titled(doc, *m.role) if m.role and m.role[1] - m.role[0] <= 30 else None
        role_words = role_key(doc.norm[m.role[0] : m.role[1]]) if m.role else frozenset()
        known = self._seen.get(words)
        if known is None and m.type == "person" and len(words) > 1 and not m.role and words[0] not in self.first_names:
            # A surname with something after it («ترامب المتكرر») is no new name.
            for other in self.by_word.get(words[0], ()):
                if other.type == "person" and len(other.words) > 1 and other.words[-1] == words[0]:
                    return other
        if known is None:
            name = m.surface(doc)
            known = Known(name, words, m.type, m.head, role, role_words,
                          titled(doc, *m.affiliation) if m.affiliation else None, m.feminine, at)  # fmt: skip
            self._seen[words] = known
            if m.type in ("person", "organisation", "country"):
                for word in dict.fromkeys(words):
                    if len(self.by_word[word]) < 40:
                        self.by_word[word].append(known)
            if m.type == "person" and len(words) > 1:
                for first in range(len(words) - 1):
                    self.by_joined.setdefault(joined(words[first:]), known)
                for key in (words[-1][:3], "…" + words[-1][-3:]):
                    if len(self.by_start[key]) < 40:
                        self.by_start[key].append(known)
            if m.type == "organisation" or m.type == "unnamed":
                self.by_head[stem(bare(m.words(doc)[0]))].append(known)
        else:
            if role and not known.role:
                known.role = role
                known.role_words = role_words
                known.affiliation = titled(doc, *m.affiliation) if m.affiliation else None
            elif role_words - known.role_words:
                known.role_words |= role_words
        known.seen += 1
        if m.role and role_words:
            known.role_heads |= role_key(doc.norm[m.role[0] : m.role[0] + 1])
        if role_words and m.type == "person":
            for word in role_words:
                entries = self.by_role[word]
                if known not in entries[-5:] and len(entries) < 40:
                    entries.append(known)
        return known

    def describe(self, name: str, words: frozenset[str]) -> None:
        """Keep the words of a description that turned out to be that person's."""
        for known in self._seen.values():
            if known.name == name and known.type == "person":
                known.role_words |= words
                known.role_heads |= words
                for word in words:
                    self.by_role[word].append(known)

    def longest(
        self, words: tuple[str, ...], kind: SpeakerType | None = None, role: frozenset[str] = frozenset()
    ) -> Known | None:
        """The longest name that holds all of `words`, of those who hold the `role` if anybody does."""
        wanted = set(words)
        candidates = [
            known
            for known in self.by_word.get(words[-1], ()) or self.by_word.get(words[0], ())
            if wanted <= set(known.words) and (kind is None or known.type == kind)
        ]
        if not candidates:
            return None
        if role and len(words) == 1:
            candidates = [known for known in candidates if role <= known.role_words] or candidates
        best = max(candidates, key=lambda known: (len(known.words), len(known.name)))
        if best.seen == 1 and best.type == "person":
            # «آبي بالفعل» beside «آبي أحمد»: a name that stands only once may hold a word that is none of it.
            surer = [
                known
                for known in candidates
                if known.type == "person" and known.seen > 1 and len(known.words) > 1
                and (best.role is None or not set(known.words) <= set(best.words))
            ]  # fmt: skip
            best = max(surer, key=lambda known: (len(known.words), known.seen), default=best)
        return best

    def written_apart(self, words: tuple[str, ...]) -> Known | None:
        """The person whose name, or the end of it, holds blanks elsewhere: «ديمستورا» is «ستيفان دي مستورا»."""
        known = self.by_joined.get(joined(words))
        return known if known is not None and known.words[-len(words) :] != words else None

    def overlong(self, words: tuple[str, ...]) -> bool:
        """Whether the last of `words` is rather no part of the name: «ترامب المتكرر», «ترامب يفاجئ»."""
        start = words[:-1]
        shorter = self.longest(start, "person")
        # «جون توري» does not make «جون تولوتش» too long
        if shorter is None or (shorter.words[-len(start) :] != start and start not in self._seen):
            return False
        whole = self.longest(words, "person")
        if whole is None:
            return True
        return whole.words == words and whole.seen < min(2, shorter.seen) and words[-1] not in self.first_names

    def of_surname(self, word: str) -> Known | None:
        """The person whose name ends with the stem `word`; None where nobody's does."""
        best: Known | None = None
        for known in self.by_word.get(word, ()):
            if known.type == "person" and len(known.words) > 1 and known.words[-1] == word:
                best = known if best is None or len(known.words) > len(best.words) else best
        return best

    def spelt_like(self, word: str) -> Known | None:
        """The person whose surname differs from `word` in one letter: «غوتيريش» is «غوتيريس»."""
        if len(word) < 5:
            return None
        near: list[Known] = [*self.by_start.get(word[:3], ()), *self.by_start.get("…" + word[-3:], ())]
        for known in near:
            if known.words[-1] != word and one_letter_apart(known.words[-1], word):
                return known
        return None

    def spelt_otherwise(self, words: tuple[str, ...], known: Known | None) -> Known | None:
        """The person named earlier by as many words that differ in one letter of one: «تجنو» is «تيجنو»."""
        same: list[Known] = [*self.by_word.get(words[0], ()), *self.by_word.get(words[-1], ())]
        for other in same:
            if other is known or other.type != "person" or len(other.words) != len(words):
                continue
            if known is not None and other.at >= known.at:
                continue
            unlike = [(x, y) for x, y in zip(other.words, words, strict=True) if x != y]
            if len(unlike) == 1 and min(map(len, unlike[0])) > 3 and one_letter_apart(*unlike[0]):
                return other
        return None

    def only_of_role(self, head: str) -> Known | None:
        """The one person called by this role and nothing more («الرئيس فلان»); None where there are several."""
        same = [known for known in self.by_role.get(head, ()) if known.role_words == {head}]
        return same[0] if len(same) == 1 else None

    def of_role(self, words: frozenset[str], head: frozenset[str] = frozenset()) -> Known | None:
        """The person whose role holds the words of a description («الرئيس الإيراني») and, if given, begins alike."""
        best: Known | None = None
        for word in words:
            for known in self.by_role.get(word, ()):
                if words <= known.role_words and head <= known.role_heads and (best is None or known.at > best.at):
                    best = known
        return best


def joined(words: Sequence[str]) -> str:
    """The words of a name without blanks; «عبدالله» has kept the article that «عبد» … «الرحمن» loses as a stem."""
    return "".join(words).replace("عبدال", "عبد")


def one_letter_apart(a: str, b: str) -> bool:
    """Whether two words differ in one letter put in, left out or changed."""
    if len(a) > len(b):
        a, b = b, a
    k = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    return a[k:] == b[k + 1 :] if len(a) < len(b) else a[k + 1 :] == b[k + 1 :]


def citizen(key: str, *, country: bool = False) -> str:
    """The form under which a country and the forms of its adjective are compared: البحرين, بحرينية → بحريني."""
    if key.endswith("يه") and len(key) > 4:
        return key[:-1]
    if not country:
        return key
    if key.endswith("يا"):
        return key[:-1]
    return key[:-1] + "ي" if key[-1] in "اه" else key + "ي"


@cache
def nations() -> frozenset[str]:
    """The adjectives of all countries as they are compared; «ألمانيا» has no article to lose."""
    return frozenset(citizen(form, country=True) for word in words_of("countries") for form in (word, stem(word)))


@cache
def _own_letters() -> frozenset[str]:
    """Roles and adjectives of countries; the ل or ب that one begins with is its own: «برلماني», «لبناني»."""
    roles = {stem(word) for word in words_of("roles")}
    return frozenset(roles | nations())


def role_key(words: Sequence[str]) -> frozenset[str]:
    """The words of a role as they are compared: «الناطق الرسمي لقوات التحالف» = «المتحدث باسم قوات التحالف»."""
    out = set()
    for word in words:
        key = stem(bare(word))
        if len(key) > 4 and key[0] in "لب" and word[0] == key[0] and citizen(key) not in _own_letters():
            key = key[1:]
        if key.startswith("ناطق"):
            key = "متحدث" + key[4:]
        if key.startswith("برلماني"):
            key = "نائب" + key[7:]
        if key[0].isalnum() and key not in words_of("role_fillers"):
            out.add(citizen(key, country=word in words_of("countries")))
    return frozenset(out)


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
