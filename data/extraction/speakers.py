"""Who speaks: reading the noun phrase beside a cue, and finding the longest name for it in the article.

A mention is a stretch of tokens with its name, role and affiliation told apart; the register holds every
name of the article, so that «السوداني», «رئيس الوزراء» or no subject at all lead to «محمد شياع السوداني».
Knows nothing of statements: it is given the places where subjects stand.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from data.extraction.document import Document, bare
from data.extraction.lexicon import words_of
from data.extraction.marks import MARKS
from data.extraction.tokens import COMMAS, normal
from data.records import SpeakerType

_ARTICLE = ("ال", "وال", "بال", "لل")
_REVERSED = re.compile("»([^«»]*)«")
# «اللجنة المعنية بالملف»: after these a word with ب belongs to the name.
_CONCERNED = re.compile("ال(?:معني|مكلف|خاص|مختص|متعلق|مهتم)ة?")
# Foreign names that begin like the article: الفونسو, البرتو, اليخاندرو.
_FOREIGN_AL = re.compile("ال(?:فون|فري|فار|بير|برت|كس|يك|يسا|يخ|سند)")
_NISBA = re.compile("\\w{2,}(?:ي|ية|يون|يين|يان|يتين|يات)")


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

    def surface(self, doc: Document) -> str:
        """The name as it is printed, without what is attached."""
        text = turned(clean(spaced(doc, self.name_first, self.name_last)))
        if not self.attached or self.name_first != self.first:
            return text
        return "ال" + text[2:] if self.attached == "لل" else text[1:]


def detached(word: str) -> str:
    """لوكالة → وكالة, للمرصد → المرصد, وروسيا → روسيا."""
    return "ال" + word[2:] if word.startswith("لل") else word[1:]


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


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A normal form without the article, and with the spellings of final letters levelled."""
    if word.startswith("ال") and len(word) > 4:
        word = word[2:]
    return word.replace("ى", "ي").replace("ة", "ه")


def doc_finite(doc: Document, k: int) -> bool:
    """Whether a reporting verb in a finite form stands at `k`."""
    cue = doc.cue[k]
    return cue is not None and cue.kind in ("past", "present")


class PhraseReader:
    """Reads noun phrases of one document."""

    def __init__(self, doc: Document) -> None:
        self.doc = doc
        w = doc.words.words
        self.roles, self.orgs, self.unnamed = w["roles"], w["organisations"], w["unnamed"]
        self.honorifics, self.countries, self.given = w["honorifics"], w["countries"], w["given_names"]
        self.function, self.adverbial, self.adverbs = w["function_words"], w["adverbial_starts"], w["adverbs"]
        # Read no further than the first noun and its adjectives: an object may follow («وصف بوتن التدخل»).
        self.minimal = False

    def _is_role(self, t: str) -> bool:
        return bare(t) in self.roles or (t[:1] == "و" and bare(t[1:]) in self.roles)

    def _is_org(self, t: str) -> bool:
        return bare(t) in self.orgs

    def _name_like(self, j: int) -> bool:
        """A word that could be part of a proper name: not listed, not definite, not an adjective."""
        doc, t = self.doc, self.doc.norm[j]
        if t in self.given or (t in words_of("name_glue") and t != "ال"):
            return True
        if (
            len(t) < 2
            or self._to_latin(t)
            or self._possessed(t)
            or (t.endswith("ا") and len(t) > 3 and (t[:-1] in words_of("common_nouns") or self._is_org(t[:-1])))
            or not t[0].isalpha()
            or (t[0] in "لب" and t.endswith("ة"))
            or t in self.function
            or t in self.adverbial
            or t in self.adverbs
        ):
            return False
        if t.startswith(_ARTICLE) or self._is_role(t) or self._is_org(t) or t in doc.words.that:
            return False
        if t in doc.words.words["name_heads"] or t in self.honorifics or t in self.countries:
            return False
        if self._common(t) or self._verb(t) or (t[0] in "لب" and t[1:] in words_of("common_nouns")):
            return False
        if doc.cue[j] is not None or "ً" in doc.tokens.text[doc.tokens.start[j] : doc.tokens.end[j]]:
            return False
        if t in doc.words.words["propositional"] or t in (
            "مما",
            "فان",
            "فانه",
            "فقد",
            "ذاته",
            "نفسه",
            "ذاتها",
            "نفسها",
        ):
            return False
        if t[0] in "لبو" and t[1:] in self.countries:
            return False
        if (t[0] == "ي" and t.endswith(("ون", "ان"))) or self._joined_word(t):
            return False
        if t[0] in "لب" and (self._is_org(t[1:]) or t[1:] in doc.words.words["propositional"] or t[1:3] == "ال"):
            return False
        return not (t.endswith(("ية", "يون", "يين")) and len(t) > 4)

    def _finite(self, t: str) -> bool:
        """A reporting verb in a finite form, also inside marks, where it is no cue."""
        cue = self.doc.words.cues.get(t)
        return cue is not None and cue.kind in ("past", "present") and t not in self.given

    def _to_latin(self, t: str) -> bool:
        """«لـCNN»: to whom it was said."""
        return t[0] in "لب" and len(t) > 2 and t[1].isascii()

    def _possessed(self, t: str) -> bool:
        """«صمته», «صورها»: a common noun with a pronoun."""
        if not t.endswith(("ه", "ها")) or len(t) < 4:
            return False
        base = t.removesuffix("ها") if t.endswith("ها") else t[:-1]
        nouns = words_of("common_nouns")
        return base in nouns or (base[-1] == "ت" and base[:-1] + "ة" in nouns)

    def _owned_role(self, t: str) -> bool:
        """«زوجته», «محاميها»: a person by a pronoun."""
        base = t.removesuffix("ها") if t.endswith("ها") else t[:-1]
        return base in self.roles or (base[-1] == "ت" and base[:-1] + "ة" in self.roles)

    def _common(self, t: str) -> bool:
        return t in words_of("common_nouns") or t in words_of("common_verbs")

    def _verb(self, t: str) -> bool:
        """A common verb, also with ل before it, that is no name of a role or an organisation."""
        rest = t[1:] if t[0] in "لس" and len(t) > 4 else t
        known = words_of("common_verbs")
        return (t in known or rest in known) and not (
            t in self.given or t in self.countries or self._is_role(t) or self._is_org(t) or bare(t) in self.unnamed
            or t in self.honorifics
        )  # fmt: skip

    def _closes(self, k: int, stop: int) -> bool:
        """Whether a name could end with the word at `k`: no noun or verb goes on after it."""
        nxt = self.doc.norm[k + 1] if k + 1 < len(self.doc.norm) else ""
        return (
            k + 1 >= stop or not nxt[:1].isalpha() or nxt in self.function or nxt in self.adverbial
            or nxt in self.adverbs or nxt in self.doc.words.that or self.doc.cue[k + 1] is not None
            or self._is_role(nxt) or nxt in words_of("after_names")
        )  # fmt: skip

    def _joined_word(self, t: str) -> bool:
        """A word with و or ف before another noun: وتحديدا، وإيران."""
        if t[0] not in "وف" or len(t) < 3:
            return False
        rest = t[1:]
        if rest.startswith("ال") and t[0] == "و":
            return True
        if rest in self.function or rest in self.given or rest in self.countries or rest in self.adverbs:
            return True
        if t[0] == "و" and rest.endswith(("ه", "ها")) and rest.removesuffix("ها").removesuffix("ه") in self.roles:
            return True
        if rest in words_of("common_nouns") or (t[0] == "و" and rest.endswith(("ته", "تها")) and len(rest) > 4):
            return True
        return bare(rest) in self.orgs or bare(rest) in self.roles

    def _verb_like(self, t: str) -> bool:
        """A word that is spelt like a present verb and stands where a name would end."""
        return t[0] in "يت" and len(t) >= 4 and t not in self.given

    def _name_end(self, j: int, stop: int) -> int:
        """One past the last token of the proper name that begins at `j`."""
        norm, k = self.doc.norm, j + 1
        while k < stop and k - j < 7:
            t = norm[k]
            if (
                t in words_of("name_glue")
                or t in self.given
                or (norm[k - 1] in ("بن", "ابن", "عبد", "ال") and t[0].isalpha())
            ):
                k += 1
                continue
            if (
                t == "-"
                and k + 1 < stop
                and (
                    self.doc.tokens.end[k - 1] == self.doc.tokens.start[k]
                    and self.doc.tokens.end[k] == self.doc.tokens.start[k + 1]
                )
            ):
                k += 2
                continue
            if not t[0].isalpha() or t in self.function or t in self.adverbial or t in self.adverbs:
                break
            if t in self.doc.words.that:
                break
            titled = j > 0 and norm[j - 1].startswith("ال")
            if k == j + 1 and (norm[j] in self.given or titled) and self._surname(k, stop):
                k += 1
                continue
            if self._is_org(t) or t in self.honorifics or t in self.countries or self._to_latin(t):
                break
            surname = k == j + 1 and t.startswith("ال") and (norm[j] in self.given or titled)
            if (self._common(t) or (t.startswith("ال") and t[2:] in words_of("common_nouns") and not surname)) and not (
                self._closes(k, stop) and (norm[j] in self.given or k > j + 1)
            ):
                break
            if self._is_role(t) and not (k + 1 >= stop and t.startswith("ال")):
                break
            joined = self._joined_word(t) and not (
                t[0] == "ف" and norm[k - 1] in self.given and self.doc.counts.get(t, 0) > 1  # موسى فكي
            )
            if self.doc.cue[k] is not None or len(t) < 2 or joined or self._finite(t):
                break
            if t in words_of("adjectives") and t not in ("الاول", "الثاني"):
                break
            if (
                t[0] in "يت"
                and self.doc.counts.get(t, 0) < 2
                and (t[0] == "ي" or norm[j] not in self.given)
                and k == j + 1
                and not self._closes(k, stop)
            ):
                break
            if t.endswith("ة") and self.doc.counts.get(t, 0) < 2 and not t.startswith("ال"):
                break
            if t[0] in "بل" and (self.doc._heads(t[1:], "") or (t.endswith("ة") and self.doc.counts.get(t, 0) < 2)):
                break
            following = norm[k + 1] if k + 1 < len(norm) else ""
            if j > 0 and norm[j - 1] in COMMAS and following in COMMAS and k - j <= 2 and self.doc.counts.get(t, 0) > 1:
                k += 1  # «، محمد الطاهر سيالة،»: between commas, and named again
                continue
            if t[0] in "لب" and self._possessed(t[1:]):
                break
            if t[0] == "ل" and t not in self.given and (t[1:] in self.given or self.doc.counts.get(t[1:], 0) > 0):
                break  # «قال روحاني لإردوغان»
            if not self._name_goes_on(j, k, stop) or self.doc._heads(t, self.doc.tokens.text[self.doc.tokens.start[k]]):
                break
            if t in self.doc.words.words["propositional"] or t in ("ذاته", "نفسه", "ذاتها", "نفسها", "مما"):
                break
            if t.startswith("ال") and self.doc._heads(t[2:], "") and not (surname and self._closes(k, stop)):
                break
            if t in words_of("after_names"):
                break
            if "ً" in self.doc.tokens.text[self.doc.tokens.start[k] : self.doc.tokens.end[k]]:
                break
            if t[0] == "ل" and len(t) > 3 and (self._is_org(t[1:]) or t[1:] in words_of("media") or t.startswith("لل")):
                break
            if t[0] == "ب" and (t.startswith("بال") or t[1:] in self.doc.words.words["propositional"]):
                break
            k += 1
        return k

    def _surname(self, k: int, stop: int) -> bool:
        """A role or a noun that closes a name after a given name: سامر الجندي، زياد خطاب."""
        norm, t = self.doc.norm, self.doc.norm[k]
        nxt = norm[k + 1] if k + 1 < len(norm) else ""
        closes = (
            k + 1 >= stop or not nxt[:1].isalpha() or nxt in self.function or nxt in self.adverbial
            or nxt in self.adverbs or nxt in self.doc.words.that
        )  # fmt: skip
        cue = self.doc.cue[k]
        if t.startswith("ال"):
            return bare(t) in self.roles and (closes or not (nxt.startswith("ال") and _NISBA.fullmatch(nxt)))
        return cue is not None and cue.kind in ("noun", "masdar") and closes

    def _name_goes_on(self, j: int, k: int, stop: int) -> bool:
        """Whether the word at `k` still belongs to the name from `j`: no run of adjectives, no third stray word."""
        norm = self.doc.norm
        t = norm[k]
        nxt = norm[k + 1] if k + 1 < len(norm) else ""
        if t.startswith("ال"):
            if self.minimal and norm[j] not in self.given and not norm[j].startswith("ال"):
                return self.doc.counts.get(t, 0) >= 2 and False
            if norm[j] in self.given and k == j + 1 and (self._is_role(nxt) or nxt in words_of("after_names")):
                return True  # «إياد البزم الناطق باسم»
            return not (nxt.startswith("ال") and nxt not in self.function and nxt not in self.adverbs and k - j >= 1
                        and norm[k - 1] not in words_of("name_glue") and self.doc.counts.get(t, 0) < 2)  # fmt: skip
        if k - j >= 2 and norm[k - 1] not in words_of("name_glue") and self.doc.counts.get(t, 0) < 2:
            if t.endswith("ا"):  # between commas it is a name, elsewhere rather an object
                return nxt in COMMAS and j > 0 and norm[j - 1] in COMMAS
            return (
                k + 1 >= stop
                or not nxt[0].isalpha()
                or nxt in self.function
                or nxt in self.adverbial
                or nxt in self.adverbs
                or self._is_role(nxt)
            )
        return True

    def read(self, a: int, b: int) -> Mention | None:
        """The mention that stands in the tokens from `a` up to `b`, or None when there is no noun phrase."""
        doc, norm = self.doc, self.doc.norm
        if a < b and norm[a] in ("بهذا", "بهذه", "بشكل", "بصورة", "بطريقة", "بكل"):
            following = self._next_segment(a, b)
            return self.read(following, b) if following is not None else None
        b = min(b, len(norm), a + 60)
        while a < b and (
            norm[a] in words_of("skip_first") or norm[a] in COMMAS or norm[a] in ("-", "–", "—", "ـ", "و", "(")
        ):
            a += 1
        # Adverbials in front: «في بيان، », «أمس ».
        while a < b and (norm[a] in self.adverbs or norm[a].isdigit()):
            a += 1
        if a >= b or self._verb(norm[a]):
            return None
        if norm[a] in ("هذا", "هذه") and a + 1 < b and norm[a + 1].startswith("ال") and self._is_role(norm[a + 1]):
            a += 1  # «قالت هذه المسؤولة»
        t = norm[a]
        if t in self.adverbial or (
            t in self.function
            and not (t == "اكثر" and a + 1 < b and norm[a + 1] == "من")
            and t not in ("كل", "جميع", "بعض", "احد", "احدى", "عدة", "عدد", "اول")
        ):
            k = self._next_segment(a, b)
            return self.read(k, b) if k is not None else None
        if t[0] == "ل" and len(t) > 3 and (t.startswith("لل") or t[1:] in words_of("media")):
            k = self._next_segment(a, b)
            return self.read(k, b) if k is not None else None
        quotation = doc.quotation(a)
        if quotation is not None and quotation.open < a:
            b = min(b, quotation.last)
        if quotation is not None and quotation.open == a:
            last = quotation.after
            return Mention(a, last, quotation.first, quotation.last, "organisation", True, norm[quotation.first], False)
        if not t[0].isalpha():
            return None
        if (
            t[0] == "ل"
            and len(t) > 2
            and t not in self.given
            and (
                t[1:] in doc.words.words["media_names"]
                or t[1:] in self.given
                or t[1:] in self.countries
                or self._is_org(t[1:])
                or t[1:] in doc.counts
            )
        ):
            k = self._next_segment(a, b)
            return self.read(k, b) if k is not None else None
        if a + 1 < b and norm[a + 1] in ("بن", "ابن") and t not in self.honorifics:
            return self._person(a, b)
        if t in self.honorifics and not self._title_phrase(a, b):
            return self._honorific(a, b)
        plain = bare(t)
        if self._is_org(t) and plain not in self.unnamed:
            return self._organisation(a, b)
        if plain in self.roles or plain in self.unnamed:
            return self._role(a, b)
        if t in self.countries:
            last = a + 1
            while last < b and norm[last].startswith("ال") and norm[last] not in self.adverbs and last - a < 3:
                if norm[last] in self.function or not (_NISBA.fullmatch(norm[last]) or norm[last] == "المتحدة"):
                    break
                last += 1
            return Mention(a, last, a, last, "country", True, t, False, feminine=True)
        if t in ("العام", "الشهر", "الاسبوع", "السنة", "الليلة", "الساعة") and a + 1 < b:
            return self.read(a + (2 if norm[a + 1] in self.adverbs else 1), b)
        if t in self.given or (self._name_like(a) and self._name_opens(a, b)):
            return self._person(a, b)
        if t.startswith("ال"):
            return self._definite(a, b)
        stray = t.startswith("وال") and t[3:4] and t[1:] not in doc.counts and t[3:] not in words_of("common_nouns")
        if stray and doc.counts.get(t, 0) >= 2 and self._closes(a, b):  # «وقال والاس إن»
            return Mention(a, a + 1, a, a + 1, "person", True, t, False)
        return None

    def read_attached(self, a: int, b: int) -> Mention | None:
        """The mention whose first word has ل or و attached: لوكالة، للمرصد، وروسيا."""
        norm = self.doc.norm
        word = norm[a]
        norm[a] = detached(word)
        try:
            mention = self.read(a, b)
        finally:
            norm[a] = word
        if mention is None or mention.first != a:
            return mention
        attached: Literal["ل", "لل", "و"] = "و" if word[0] == "و" else "لل" if word.startswith("لل") else "ل"
        return replace(mention, attached=attached)

    def acts(self, word: str) -> bool:
        """Whether a word without its preposition names an act: «بمقتل», «بالإفراج»."""
        return self.doc._heads(word[2:] if word.startswith("ال") else word, "")

    def subject(self, a: int, b: int) -> Mention | None:
        """The phrase that stands where a subject must: also one whose words are in no list."""
        mention = self.read(a, b)
        norm = self.doc.norm
        while a < b and (norm[a] in words_of("skip_first") or norm[a] in self.adverbs):
            a += 1
        if a >= b or (mention is not None and mention.first <= a + 1):
            return mention
        return self._plain(a, b) or mention

    def _plain(self, a: int, b: int) -> Mention | None:
        """A noun phrase known only by its place: «ذكرت خدمة موديز أن», «يقول التاريخ الرسمي إن»."""
        doc, norm = self.doc, self.doc.norm
        head = norm[a]
        if (
            not self._plain_word(a)
            or self._joined_word(head)
            or head.startswith("لل")
            or self._verb(head)
            or (self._possessed(head) and not self._owned_role(head))
            or (head[0] in "لب" and self._known_word(head[1:]))
            or (head[0] == "ل" and head not in self.given and doc.counts.get(head[1:], 0) > 0)
            or (head[0] == "ب" and head.endswith("ة") and len(head) > 4 and head not in self.given)  # «ورد بعفوية»
        ):
            return None
        if self._name_like(a) and not head.endswith("ة") and a + 1 < b and self._name_like(a + 1):
            return self._person(a, b)
        k = a + 1
        while k < b and k - a < 8:
            q = doc.quotation(k)
            if q is not None and q.open == k and q.words <= 5:
                k = q.after
                continue
            if not self._plain_word(k) or (norm[k][0] == "ل" and len(norm[k]) > 3 and norm[k] not in self.given):
                break
            k += 1
        return Mention(a, k, a, k, "unnamed", False, bare(head), False, (a, k), None, head.endswith("ة") or None)

    def _plain_word(self, k: int) -> bool:
        t, doc = self.doc.norm[k], self.doc
        if (
            not t[0].isalpha()
            or len(t) < 2
            or self._to_latin(t)
            or t in self.function
            or t in self.adverbial
            or t in self.adverbs
        ):
            return False
        cue = doc.cue[k]
        if t in doc.words.attributions:
            return False
        if (cue is not None and cue.kind != "noun") or t in doc.words.that or t in doc.words.words["relatives"]:
            return False
        return "ً" not in doc.tokens.text[doc.tokens.start[k] : doc.tokens.end[k]]

    def _known_word(self, word: str) -> bool:
        return (
            word.startswith("ال") or word in self.countries or word in self.given or self._is_org(word)
            or self._is_role(word) or self.doc._heads(word, "")
        )  # fmt: skip

    def read_titled(self, i: int, b: int) -> Mention | None:
        """The titled name that begins at token `i`, wherever it stands; for the register."""
        if self.doc.norm[i] in self.honorifics and not self._title_phrase(i, b):
            return self._honorific(i, b)
        return self._role(i, b)

    def sentence_subject(self, begin: int, end: int) -> Mention | None:
        """The subject of a sentence whose verb reports nothing: «رد البيت الأبيض، مؤكدا أن»."""
        norm = self.doc.norm
        a = begin
        while a < end and (
            norm[a] in words_of("skip_first") or norm[a] in COMMAS or norm[a] in ("وقد", "قد", "كما", "فيما")
        ):
            a += 1
        if a >= end:
            return None
        mention = None
        if (
            norm[a] in self.adverbial
            or norm[a] in self.function
            or (norm[a][0] == "و" and (norm[a][1:] in self.adverbial or norm[a][1:] in self.function))
        ):
            k = self._next_segment(a, end)
            if k is None:
                return None
            a = k
        t = norm[a]
        nominal = (
            (t.startswith("ال") and t not in self.doc.words.words["al_verbs"])
            or self._is_org(t)
            or self._is_role(t)
            or t in self.countries
            or t in self.given
        )
        if nominal:
            mention = self.read(a, end)
        elif a + 1 < end:
            minimal, self.minimal = self.minimal, True  # an object may follow
            mention = self.read(a + 1, end)
            self.minimal = minimal
            if mention is None and a + 2 < end and norm[a + 2] in self.function and self._lone_word(a + 1):
                # «وتغلبت أحلام على دموعها»
                mention = Mention(a + 1, a + 2, a + 1, a + 2, "person", True, norm[a + 1], False)
            elif mention is None and a + 2 < end and norm[a + 2].startswith("ال") and norm[a + 2] not in self.adverbs:
                mention = self._plain(a + 1, end)  # «شن سلاح الجو العراقي غارات على هدف قال إنه»
        if mention is not None and mention.first > a + 2:
            return None
        return mention

    def _lone_word(self, k: int) -> bool:
        """Whether an unlikely name may stand at `k`: no article, no preposition, no pronoun, and seen again."""
        t = self.doc.norm[k]
        return self._plain_word(k) and t[0] not in "لبوف" and not t.startswith("ال") and self.doc.counts.get(t, 0) > 1

    def _name_opens(self, a: int, b: int) -> bool:
        """Whether an unlisted first word can be a name: not a verb at the head of its sentence."""
        t = self.doc.norm[a]
        if self.doc.counts.get(t, 0) >= 2:
            return True
        if t[0] in "وف" and a == self.doc.begin[a] and not (self.doc.title and a + 1 >= b):
            return False
        return not (t.endswith("ت") and len(t) >= 4) or b - a <= 2

    def _next_segment(self, a: int, b: int) -> int | None:
        for k in range(a + 1, b):
            if self.doc.norm[k] in COMMAS and k + 1 < b:
                return k + 1
        return None

    def _title_phrase(self, a: int, b: int) -> bool:
        """Whether the honorific at `a` heads a longer role («الرئيس الأميركي دونالد»)."""
        nxt = self.doc.norm[a + 1] if a + 1 < b else ""
        return bare(self.doc.norm[a]) in self.roles and (
            nxt.startswith(("ال", "ب", "ل")) or nxt in ("في", "باسم") or not nxt
        )

    def _honorific(self, a: int, b: int) -> Mention | None:
        norm, k = self.doc.norm, a
        while k < b and (norm[k] in self.honorifics or norm[k] in (".", "/") or norm[k - 1 : k + 1] == ["اية", "الله"]):
            k += 1
        finite = k < b and doc_finite(self.doc, k)
        unlikely = k < b and not norm[k].startswith("ال") and not self._name_like(k)
        if (
            k >= b
            or finite
            or unlikely
            or self._within(k)
            or not norm[k][0].isalpha()
            or norm[k] in self.function
            or norm[k] in self.adverbial
        ):
            return self._role(a, b)
        last = self._name_end(k, b)
        return self._with_apposition(a, last, k, last, b, (a, k))

    def _within(self, k: int) -> bool:
        """«الميجر جنرال بالقوات الجوية فلان»: the rank is held in something, and the name comes after that."""
        word = self.doc.norm[k]
        return word.startswith("بال") and self._is_org(word[1:])

    def _person(self, a: int, b: int) -> Mention:
        last = self._name_end(a, b)
        return self._with_apposition(a, last, a, last, b, None)

    def _with_apposition(
        self, first: int, last: int, name_first: int, name_last: int, b: int, role: tuple[int, int] | None
    ) -> Mention:
        """Adds «، نائب المنسق الرئيسي» after a name as its role."""
        norm = self.doc.norm
        k = last
        if k + 1 < b and norm[k] in ("،", ",", "(", "-", "–"):
            k += 1
        if (
            k < b
            and self._is_role(norm[k])
            and norm[k] not in self.adverbial
            # «انتقد فلان المستشار فلانا», «أبلغ فلان الصحفيين»: another person
            and not (k == last and (norm[k].endswith(("ين", "ون")) or self._role(k, b).named))
        ):
            end = k + 1
            while (
                end < b
                and norm[end] not in COMMAS
                and norm[end] not in (")", "-", "–", ".")
                and norm[end] not in self.doc.words.that
                and not doc_finite(self.doc, end)
            ):
                end += 1
            if end - k <= 25:
                role = (k, end)
        feminine = self._feminine(norm[role[0]]) if role is not None else None
        return Mention(
            first, last, name_first, name_last, "person", True, norm[name_first], False, role,
            self._affiliation(role), feminine,
        )  # fmt: skip

    def _feminine(self, head: str) -> bool:
        return bare(head).endswith("ة") and bare(head) not in ("خليفة", "علامة", "داعية")

    def _affiliation(self, role: tuple[int, int] | None) -> tuple[int, int] | None:
        """The organisation inside a role: «المتحدث باسم [الخارجية الإيرانية]»."""
        if role is None:
            return None
        norm = self.doc.norm
        if bare(norm[role[0]]) in ("وزير", "وزيرة"):
            return None  # «وزير الدفاع الأميركي»: of a ministry that the words do not name
        for k in range(role[0], role[1]):
            if k > role[0] and bare(norm[k - 1]) in ("وزير", "وزيرة"):
                return None
            named = norm[k] in ("باسم", "في") and k + 1 < role[1]
            if named or (k > role[0] and self._is_org(norm[k]) and not norm[k].startswith(("بال", "لل"))):
                first = k + 1 if named else k
                second = (j for j in range(first + 1, role[1]) if norm[j][0] == "و" and bare(norm[j][1:]) in self.roles)
                return (first, next(second, role[1]))
        return None

    def _role(self, a: int, b: int) -> Mention:
        """A phrase headed by a role, with or without a name in or after it."""
        doc, norm = self.doc, self.doc.norm
        head = norm[a]
        plain_head = bare(head)
        definite_head = head.startswith("ال")
        seen_definite = definite_head
        k = a + 1
        name: tuple[int, int] | None = None
        indefinite = not definite_head and (k >= b or not self._bound(k, b))
        while k < b:
            t = norm[k]
            q = doc.quotation(k)
            if q is not None and q.open == k:
                if q.words > 8:
                    break
                k = q.after
                seen_definite = True
                continue
            if t in COMMAS or t in ("-", "–", "—", "("):
                close = k
                nxt = k + 1
                if nxt < b and t in ("(",):
                    while close < b and norm[close] != ")":
                        close += 1
                    k = close + 1
                    seen_definite = True
                    continue
                if (
                    nxt < b
                    and (self._starts_name(nxt, b) or self._whole_name(nxt, b, apart=True))
                    and not (indefinite and norm[nxt] not in self.given and not self._whole_name(nxt, b, apart=True))
                ):
                    start = nxt
                    while start < b and norm[start] in self.honorifics:
                        start += 1
                    if start < b:
                        name = (start, self._name_end(start, b))
                break
            if t == "الفريق" and k == a + 1 and not definite_head:
                k, seen_definite = k + 1, True  # «قائد الفريق»: a team
                continue
            if t in self.honorifics and not (
                t.startswith("ال") and self._is_role(t) and not self._starts_name(k + 1, b)
            ):
                start = k
                while start < b and (norm[start] in self.honorifics or norm[start] in (".", "/")):
                    start += 1
                if self._institution(k):
                    k = self._name_end(start, b) if start < b else start
                    seen_definite = True
                    continue
                if start < b and self._within(start):
                    k, seen_definite = start + 1, True
                    continue
                if start < b and norm[start][0].isalpha() and norm[start] not in self.function:
                    name = (start, self._name_end(start, b))
                    break
                k = start
                continue
            if t in self.given and k == a + 1 and not definite_head and plain_head in words_of("relations"):
                k = self._name_end(k, b)  # «محامية فلان، فلانة»
                seen_definite, indefinite = True, False
                continue
            if t in self.given and t not in ("ال",) and not self._after_person_org(k):
                name = (k, self._name_end(k, b))
                break
            if (
                t in ("من", "الى", "على", "عن", "مع", "حول", "خلال", "بعد", "قبل", "عبر") or t in self.adverbs
            ) and not (t == "الى" and plain_head in words_of("envoys")):
                if t == "من" and plain_head in ("عديد", "كثير", "اكثر", "عدد") and k + 1 < b:
                    k += 2
                    continue
                overseer = plain_head in words_of("overseers") or bare(norm[k - 1]) in words_of("overseers")
                if t in ("على", "عن") and overseer and k + 1 < b:
                    k += 2
                    continue
                if t in ("من", "على", "عن") and indefinite and k + 1 < b and norm[k + 1].startswith("ال"):
                    k += 2
                    continue
                break
            if t == "في":
                if k + 1 < b and (norm[k + 1] in words_of("place_break") or norm[k + 1].isdigit()):
                    break
                marked = doc.quotation(k + 1) if k + 1 < b else None
                k = marked.after if marked is not None and marked.open == k + 1 and marked.words <= 8 else k + 2
                seen_definite = True
                continue
            if (
                k == a + 1
                and indefinite
                and self._adjective(t)
                and (t not in self.adverbs or (t == "خاصة" and plain_head == "مصادر"))
            ):
                k += 1
                continue
            if t == "ل" and (indefinite or (plain_head in self.unnamed and doc.quotation(k + 1) is not None)):
                break
            if t == "امام" and k + 1 < b and norm[k + 1] in self.given and doc.tokens.text[doc.tokens.start[k]] == "إ":
                name = (k, self._name_end(k, b))  # إمام, not أمام
                break
            if t == "عام" and k == a + 1 and k + 1 < b and norm[k + 1].startswith("ال"):
                k += 1  # «أمين عام الهيئة»
                continue
            if t in ("الى", "لدى", "لدي") and plain_head in words_of("envoys") and k + 1 < b:
                k += 2  # «المبعوث الأممي إلى اليمن مارتن غريفيث»
                seen_definite = True
                continue
            if t in doc.words.words["relatives"]:
                titled = next((z for z in range(k + 1, min(b, k + 8)) if norm[z] in self.honorifics), 0)
                if titled and self._starts_name(titled + 1, b):
                    k = titled  # «المتحدث باسم التحالف الذي تقوده السعودية العقيد تركي المالكي»
                    continue
                break
            if t in self.adverbial or t in self.function:
                break
            if doc.cue[k] is not None and doc.cue[k].kind in ("past", "present", "participle") and k > a + 1:  # type: ignore[union-attr]
                break
            if (
                self.minimal
                and norm[k - 1].startswith("ال")
                and t.startswith("ال")
                and not _NISBA.fullmatch(t)
                and t not in words_of("adjectives")
            ):
                break
            if self._addressed(t, k == a + 1 and definite_head):
                break
            if seen_definite and _FOREIGN_AL.match(t) and self._foreign_al(k) and norm[k + 1] not in self.given:
                name = (k, self._name_end(k, b))  # «وزير الداخلية الفونسو نافاريت»
                break
            owned = doc.cue[k]
            if owned is not None and owned.possessed and k > a + 1:
                break  # «جدد وزراء الخارجية دعوتهم إلى»
            if t.startswith(_ARTICLE) or t in self.countries:
                seen_definite = True
                k += 1
                continue
            if t[0] == "ل" and len(t) > 3 and bare(t[1:]) in words_of("media") and not norm[k - 1].startswith("ال"):
                break
            if t.isdigit() and norm[k - 1].startswith("ال") and k + 1 < b:
                k += 1  # «قائد اللواء 143، العميد فلان»
                continue
            if not t[0].isalpha():
                break
            if (
                norm[k - 1].startswith("ال")
                and t in words_of("common_nouns")
                and t not in self.given
                and not self._is_role(t)
                and not self._is_org(t)
            ):
                break  # «وضع الرئيس الأميركي مستقبل الاتفاق»
            if t[0] == "ب" and seen_definite and plain_head != "قائم" and self.acts(t[1:]):
                break  # «أفاد مراسل القناة بمقتل فلان»
            if (
                t[0] == "ب"
                and len(t) > 3
                and not norm[k - 1][0].isalpha()
                and t not in self.given
                and bare(t[1:]) not in self.orgs
                and t[1:] not in self.countries
                and t[1:] not in words_of("held")
            ):
                break  # «توجه زعيم حركة "الفجر" بمدائح»
            if (
                indefinite
                and k > a + 1
                and self._adjective(norm[k - 1])
                and not self._adjective(t)
                and t[0] not in "لب"
            ):
                break
            if seen_definite and not indefinite and self._name_like(k) and not self._is_role(t):
                previous = norm[k - 1]
                if (
                    previous.startswith(_ARTICLE)
                    or previous in self.countries
                    or not previous[0].isalnum()
                    or (norm[k - 2] == "في" and not self._is_org(previous))
                ):
                    last = self._name_end(k, b)
                    if last - k > 1 or self._recurs(k):
                        name = (k, last)
                        break
                    if k + 1 < b and norm[k + 1] in self.adverbial:
                        break
            k += 1
        feminine = self._feminine(head)
        if name is not None:
            role = (a, name[0] - 1 if norm[name[0] - 1] in COMMAS else name[0])
            while role[1] > role[0] + 1 and norm[role[1] - 1] in self.honorifics and norm[role[1] - 1] != "الفريق":
                role = (role[0], role[1] - 1)
            return Mention(a, name[1], name[0], name[1], "person", True, norm[name[0]], False, role,
                           self._affiliation(role), feminine)  # fmt: skip
        last = max(min(k, b), a + 1)
        while last > a + 1 and (norm[last - 1] in COMMAS or norm[last - 1] in ("-", "–", "(", "ل", "في")):
            last -= 1
        return Mention(a, last, a, last, "unnamed", False, bare(head), definite_head or not indefinite, (a, last),
                       self._affiliation((a, last)), feminine)  # fmt: skip

    def _addressed(self, t: str, directly: bool) -> bool:
        """Whom a speaker talks to: «قال مصدر لرويترز», «قال المسؤول للصحافيين»."""
        if t[0] != "ل" or len(t) < 4:
            return False
        if self._to_latin(t):
            return True
        word = t[2:] if t.startswith("لل") else t[1:]
        return word in words_of("agencies") or (directly and t.startswith("لل") and t.endswith("ين"))

    def _adjective(self, t: str) -> bool:
        if t in words_of("nouns_like_adjectives"):
            return False
        return bool(_NISBA.fullmatch(t)) or t in words_of("indefinite_adjectives")

    def _recurs(self, k: int) -> bool:
        """Whether a lone word after a role is a name: it stands again in the text, or closes the phrase."""
        t = self.doc.norm[k]
        nxt = self.doc.norm[k + 1] if k + 1 < len(self.doc.norm) else ""
        if self.doc.counts.get(t, 0) >= 2 and not self._verb_like(t):
            return True
        return nxt in COMMAS or nxt in self.doc.words.that or nxt in (":", "") or nxt == '"'

    def _bound(self, k: int, b: int) -> bool:
        """Whether the word at `k` makes the head before it definite (an annexation: وزير الدفاع)."""
        for j in range(k, min(b, k + 4)):
            t = self.doc.norm[j]
            if t in self.adverbs or t in self.adverbial:
                return False
            if t.startswith("ال") or t in self.countries or t in self.given:
                return True
            if t in COMMAS or t in self.function or t in self.adverbial or t.startswith(("بال", "لل", "باسم")):
                return False
            if _NISBA.fullmatch(t) and not self._is_org(t):
                return False
        return False

    def _after_person_org(self, k: int) -> bool:
        """«كرسي الأمير محمد», «مؤسسة محمد بن راشد»: the name belongs to an institution."""
        head = self.doc.norm[k - 1] if k else ""
        return (
            bare(head) in self.orgs and not head.startswith("ال") and bare(head) not in words_of("proper_organisations")
        )

    def _institution(self, k: int) -> bool:
        """«كرسي الأمير محمد»: an honorific that belongs to the name of an institution."""
        return k > 0 and self.doc.norm[k - 1] in self.doc.words.words["institutions"]

    def _starts_name(self, k: int, b: int) -> bool:
        if k >= b:
            return False
        t = self.doc.norm[k]
        return t in self.given or t in self.honorifics or self._name_like(k)

    def _organisation(self, a: int, b: int) -> Mention:
        doc, norm = self.doc, self.doc.norm
        k = a + 1
        closed = norm[a].startswith("ال") or bare(norm[a]) in doc.words.words["proper_organisations"]
        definite_head = norm[a].startswith("ال")
        unknown = 0
        while k < b and k - a < 14:
            t = norm[k]
            q = doc.quotation(k)
            if q is not None and q.open == k:
                first = doc.tokens.text[doc.tokens.start[q.first] : doc.tokens.end[q.first]]
                if q.words > 6 or "ً" in first or ((norm[k - 1] in MARKS or closed) and q.words > 3):
                    break  # «عنونت صحيفة "الميثاق" "…"»
                k = q.after
                closed = True
                continue
            if t in COMMAS or t in doc.words.words["relatives"] or t in self.adverbs or t.startswith("والد"):
                break
            if t in ("الشهر", "الاسبوع", "العام") and k + 1 < b and norm[k + 1] in self.adverbs:
                break  # «وزارة الداخلية الشهر الماضي»
            if t == "(":
                close = k
                while close < b and close - k < 6 and norm[close] != ")":
                    close += 1
                if close < b and norm[close] == ")":
                    k = close + 1
                    continue
                break
            if t == "في":
                if (
                    k + 1 < b
                    and norm[k + 1] not in words_of("place_break")
                    and norm[k + 1][0].isalpha()
                    and (norm[k + 1] in self.countries or norm[k + 1].startswith("ال") or self._is_org(norm[k + 1]))
                ):
                    k += 2
                    closed = True
                    continue
                break
            if t in self.honorifics and k > a + 1:
                break
            if t in ("-", "–") and k + 1 < b and norm[k + 1].startswith("ال"):
                k += 2
                continue
            if not t[0].isalnum() or t in self.function or t in self.adverbial:
                break
            cue = doc.cue[k]
            if cue is not None and cue.kind in ("past", "present", "participle") and not t.startswith("ال"):
                break
            if self._is_role(t) and not t.startswith("ال"):
                break
            if t[0] == "ل" and bare(t[1:]) in words_of("media"):
                break
            if t.startswith("لل") and definite_head and k == a + 1:
                break  # «الشركة للاستثمار في»
            if t.startswith("بال") and closed and not _CONCERNED.fullmatch(norm[k - 1]):
                break  # «نددت كتلة الوفاق بالقصف»
            if t.startswith(("ال", "وال", "لل", "بال")):
                if (
                    self.minimal
                    and closed
                    and t.startswith("ال")
                    and not _NISBA.fullmatch(t)
                    and t not in words_of("adjectives")
                ):
                    break
                if closed and doc._heads(t[2:], "") and t.startswith("ال") and not norm[k - 1].startswith("ل"):
                    break
                closed = True
            elif t in self.given and not closed:
                k = self._name_end(k, b)
                closed = True
                continue
            elif t in self.given and (norm[k - 1].startswith("ال") or closed):
                break
            elif t[0] == "ل" and len(t) > 3 and t not in self.given:
                if definite_head and k == a + 1:
                    break  # «الشركة للاستثمار في»
                closed = False
            elif t in self.countries and norm[k - 1].startswith("ال") and closed:
                break  # «اتهم الجيش اللبناني إسرائيل»
            elif (
                t in words_of("proper_organisations")
                or t in words_of("media_names")
                or t in self.countries
                or t in self.given
            ):
                closed = True
            elif t in words_of("name_glue"):
                pass
            elif closed:
                if (
                    t[0] == "و"
                    and len(t) > 3
                    and not definite_head
                    and not self._is_role(t)
                    and (
                        self._is_org(t[1:])
                        or (
                            k + 1 < b
                            and norm[k + 1].startswith("ال")
                            and norm[k + 1] not in self.function
                            and doc.cue[k] is None
                            and t[1:] not in self.given
                        )
                    )
                ):
                    closed = False
                else:
                    break
            elif not (self._is_org(t) or (doc._heads(t, "") and k == a + 1) or t in doc.words.words["name_heads"]):
                unknown += 1
                if unknown > 2 or "ً" in doc.tokens.text[doc.tokens.start[k] : doc.tokens.end[k]]:
                    break
                nxt = norm[k + 1] if k + 1 < b else ""
                if unknown == 2 or not nxt.startswith("ال"):
                    closed = True
            k += 1
        k = min(k, b)
        while k > a + 1 and norm[k - 1] in ("في", "ل", "-", "–"):
            k -= 1
        return Mention(a, k, a, k, "organisation", True, bare(norm[a]), norm[a].startswith("ال"), feminine=None)

    def _definite(self, a: int, b: int) -> Mention:
        """«السوداني»: a surname or a definite noun, the register decides; «الألماني، يورغن كلوب»: the name after."""
        norm, k = self.doc.norm, a + 1
        while (
            k < b
            and k - a < 4
            and norm[k].startswith("ال")
            and norm[k] not in self.adverbs
            and norm[k] not in self.function
            and self.doc.cue[k] is None
        ):
            k += 1
        capital = k < b and norm[k] in self.doc.words.words["capitals"]
        start = k + 1 if k < b and norm[k] in COMMAS else k
        titled = (
            norm[a][2:] in words_of("common_nouns")
            or _NISBA.fullmatch(norm[a]) is not None
            or (start == k < b and norm[k] in self.given)
        )
        if titled and (start > k or not self.minimal) and not capital and self._whole_name(start, b, apart=start > k):
            last = self._name_end(start, b)
            return self._with_apposition(a, last, start, last, b, (a, k))
        if k < b and k == a + 1 and not capital and self._name_like(k):
            k = self._name_end(a, b)
        return Mention(a, k, a, k, "person", True, norm[a], True)

    def _foreign_al(self, k: int) -> bool:
        """«الفونس»: a foreign name that begins like the article, known by the name after it."""
        t = self.doc.norm[k]
        return (
            t.startswith("ال") and len(t) > 4 and t[2:] not in words_of("common_nouns") and not _NISBA.fullmatch(t)
            and t not in self.function and t not in self.adverbs and not self._is_role(t) and not self._is_org(t)
            and k + 1 < len(self.doc.norm) and self._name_like(k + 1) and not self.doc._heads(t[2:], "")
        )  # fmt: skip

    def _whole_name(self, k: int, b: int, *, apart: bool) -> bool:
        """Whether a name of two words or more begins at `k`; `apart`: between commas, which it must fill."""
        norm = self.doc.norm
        if k >= b or norm[k] in self.doc.words.attributions:
            return False
        if not self._name_like(k) and not (apart and self._foreign_al(k)):
            return False
        last = self._name_end(k, b)
        following = norm[last] if last < len(norm) else ""
        if last - k < 2:
            return False
        closed = following in COMMAS or following in self.doc.words.that or not following[:1].isalpha()
        return closed if apart else norm[k] in self.given or closed


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


class Register:
    """Every name of an article, looked up by its words."""

    def __init__(self) -> None:
        self.by_word: dict[str, list[Known]] = defaultdict(list)
        self.by_role: dict[str, list[Known]] = defaultdict(list)
        self.by_head: dict[str, list[Known]] = defaultdict(list)
        self.by_start: dict[str, list[Known]] = defaultdict(list)
        self.first_names: frozenset[str] = frozenset()
        self._seen: dict[tuple[str, ...], Known] = {}

    def add(self, doc: Document, m: Mention, *, at: int = 0) -> Known | None:
        """Enter a mention that carries a name."""
        words = tuple(stem(w) for w in m.words(doc) if w[0].isalnum())
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
            if m.type == "person" and len(words) > 1 and len(self.by_start[words[-1][:3]]) < 40:
                self.by_start[words[-1][:3]].append(known)
            if m.type == "organisation" or m.type == "unnamed":
                self.by_head[stem(bare(m.words(doc)[0]))].append(known)
        else:
            if role and not known.role:
                known.role = role
                known.role_words = role_words
                known.affiliation = titled(doc, *m.affiliation) if m.affiliation else None
            elif role_words - known.role_words:
                known.role_words |= role_words
        if m.role and role_words:
            known.role_heads |= role_key(doc.norm[m.role[0] : m.role[0] + 1])
        if role_words and m.type == "person":
            for word in role_words:
                entries = self.by_role[word]
                if known not in entries[-5:] and len(entries) < 40:
                    entries.append(known)
        return known

    def longest(self, words: tuple[str, ...], kind: SpeakerType | None = None) -> Known | None:
        """The longest name that holds all of `words`."""
        wanted = set(words)
        candidates = [
            known
            for known in self.by_word.get(words[-1], ()) or self.by_word.get(words[0], ())
            if wanted <= set(known.words) and (kind is None or known.type == kind)
        ]
        if not candidates:
            return None
        return max(candidates, key=lambda known: (len(known.words), len(known.name)))

    def of_surname(self, word: str) -> Known | None:
        """The person whose name ends with the stem `word`; None where nobody's does."""
        best: Known | None = None
        for known in self.by_word.get(word, ()):
            if known.type == "person" and len(known.words) > 1 and known.words[-1] == word:
                best = known if best is None or len(known.words) > len(best.words) else best
        return best

    def spelt_like(self, word: str) -> Known | None:
        """The person whose surname differs from `word` in one letter: «غوتيريش» is «غوتيريس»."""
        if len(word) < 6:
            return None
        for known in self.by_start.get(word[:3], ()):
            if known.words[-1] != word and one_letter_apart(known.words[-1], word):
                return known
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


def role_key(words: Sequence[str]) -> frozenset[str]:
    """The words of a role as they are compared: «الناطق الرسمي لقوات التحالف» = «المتحدث باسم قوات التحالف»."""
    out = set()
    for word in words:
        key = stem(bare(word))
        if len(key) > 4 and key[0] in "لب" and word[0] == key[0]:
            key = key[1:]
        if key.startswith("ناطق"):
            key = "متحدث" + key[4:]
        if key[0].isalnum() and key not in words_of("role_fillers"):
            out.add(citizen(key, country=word in words_of("countries")))
    return frozenset(out)


def same_words(text: str) -> tuple[str, ...]:
    return tuple(stem(normal(w)) for w in re.findall(r"\w+", text))
