"""Proper names: which words can be part of one, and where it ends.

Arabic has no capitals: a name is known by what it is not (a listed or common word, a verb, an adjective), by listed
given names, and by being named again. Knows nothing of roles or organisations beyond their lists.
"""

import re
from collections import defaultdict
from functools import cached_property
from itertools import pairwise

from data.extraction.document import Document
from data.extraction.lexicon import words_of
from data.extraction.tokens import COMMAS, bare

ARTICLE = ("ال", "وال", "بال", "لل")
# Foreign names that begin like the article: الفونسو, البرتو, اليخاندرو.
FOREIGN_AL = re.compile("ال(?:فون|فري|فار|بير|برت|كس|يك|يسا|يخ|سند)")
# «متهكما», «ساخرا»
CIRCUMSTANCE = re.compile("م\\w{3,}ا|\\wا\\w\\wا")
# «كالتالي»
_AS_FOLLOWS = frozenset(("كالتالي", "كالاتي", "كالعادة", "كالمعتاد", "اللي"))
# «انسحبت», «استقبلت», «تبعثرت»: a woman's deed, no name
_PAST = re.compile("(?:(?:ان|است)\\w{3}|ا\\wت\\w{2,3}|ت\\w{3,4})ت")
# «اللجنة المعنية بالملف», «الموقع المتخصص برصد كذا»: what follows belongs to it
CONCERNED = re.compile("ال(?:معني|مكلف|خاص|مختص|متخصص|متعلق|مهتم|تابع)(?:ة|ون|ين)?")
NISBA = re.compile("\\w{2,}(?:ي|ية|يون|يين|يان|يتين|يات)")


class NameReader:
    """Reads proper names of one document."""

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
            or self._attached_name(t)
            or self._owned_role(t)
            or (t.endswith("وا") and len(t) > 4)  # «وقعوا»
            or (t[0] == "و" and len(t) > 4 and t[1:] in words_of("common_verbs"))
            or (t.endswith("ا") and len(t) > 3 and (t[:-1] in words_of("common_nouns") or self._is_org(t[:-1])))
            or not t[0].isalpha()
            or (t[0] in "لب" and t.endswith("ة"))
            or t in self.function
            or t in self.adverbial
            or t in self.adverbs
        ):
            return False
        if (
            (t.startswith(ARTICLE) and not self._hamza_al(j))
            or self._is_role(t)
            or self._is_org(t)
            or t in doc.words.that
        ):
            return False
        if t in doc.words.words["name_heads"] or t in self.honorifics or t in self.countries:
            return False
        if self._common(t) or self._verb(t) or (t[0] in "لب" and t[1:] in words_of("common_nouns")):
            return False
        if t[0] == "ل" and t[1:] in self.given:  # «التصريح الأمني لجون برينان»
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

    def _attached_name(self, t: str) -> bool:
        """«لترامب», «بترامب»: a name that stands more often without the preposition."""
        counts = self.doc.counts
        return (
            t[0] in "لب"
            and len(t) > 3
            and t[1:] not in self.function
            and (counts.get(t[1:], 0) > counts.get(t, 0) or (len(t) > 4 and counts.get(t[1:], 0) > 1))
        )

    def _hamza_al(self, j: int) -> bool:
        """«ألمايو», «إليزا»: printed with a hamza, so that it begins with no article."""
        doc, t = self.doc, self.doc.norm[j]
        return (
            t.startswith("ال") and len(t) > 4 and doc.tokens.text[doc.tokens.start[j]] in "أإ"
            and t not in doc.words.words["al_verbs"] and t not in self.function and t not in self.countries
            and t[2:] not in words_of("common_verbs") and t not in words_of("common_nouns") and doc.cue[j] is None
        )  # fmt: skip

    def _theophoric(self, j: int, stop: int) -> bool:
        """«عطاء الله», «نصر الله»: a given name though its first word is a noun."""
        norm = self.doc.norm
        return j + 2 < stop and norm[j + 1] == "الله" and norm[j] in words_of("theophoric")

    def _letters_end(self, j: int, stop: int) -> int:
        """One past «بي بي سي», «سي إن إن», spelt-out letters that begin at `j`; `j` where there are none."""
        norm, k = self.doc.norm, j
        opening, within = words_of("letters"), words_of("letters_within")
        if j >= stop or norm[j] not in opening:
            return j
        while k < stop and k - j < 5 and (norm[k] in opening or (k > j and norm[k] in within)):
            k += 1
        if k < stop and k - j >= 2 and norm[k] == "نيوز":
            k += 1
        return k if k - j >= 2 else j

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
        return base in nouns or (base.endswith("ت") and base[:-1] + "ة" in nouns)

    def _owned_role(self, t: str) -> bool:
        """«زوجته», «محاميها»: a person by a pronoun."""
        if not t.endswith(("ه", "ها")):
            return False
        base = t.removesuffix("ها") if t.endswith("ها") else t[:-1]
        return base in self.roles or (base.endswith("ت") and base[:-1] + "ة" in self.roles)

    def _addressees(self, t: str) -> bool:
        """«المواطنين», «منظمي الحفل»: people in the plural that cannot be a subject."""
        stem = t.removeprefix("ال")
        return (stem.endswith("ين") and stem[:-2] + "ون" in self.roles) or (
            stem.endswith("ي") and stem not in self.roles and stem[:-1] + "و" in self.roles
        )

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
        if rest in ("غيره", "غيرها", "غيرهم", "غيرهما", "غير"):
            return True
        if rest.startswith("ال") and t[0] == "و":
            return True
        if rest in self.function or rest in self.given or rest in self.countries or rest in self.adverbs:
            return True
        if t[0] == "و" and rest.endswith(("ه", "ها")) and rest.removesuffix("ها").removesuffix("ه") in self.roles:
            return True
        if rest in words_of("common_nouns") or (t[0] == "و" and rest.endswith(("ته", "تها")) and len(rest) > 4):
            return True
        return bare(rest) in self.orgs or bare(rest) in self.roles

    def _adjective_like(self, t: str) -> bool:
        return t in words_of("indefinite_adjectives") or (len(t) > 4 and t.endswith("ية") and t[:-1] + "ة" != t
                                                          and t[:-1] in words_of("common_nouns"))  # fmt: skip

    def _verb_like(self, t: str) -> bool:
        """A word that is spelt like a present verb and stands where a name would end."""
        return t[0] in "يت" and len(t) >= 4 and t not in self.given

    def _name_end(self, j: int, stop: int) -> int:
        """One past the last token of the proper name that begins at `j`."""
        norm, k = self.doc.norm, j + 1
        while k < stop and k - j < 7:
            t = norm[k]
            nxt = norm[k + 1] if k + 1 < stop else ""
            if k > j + 1 and t in self.given and self._is_role(t) and nxt.startswith("ال"):
                break  # «سامر الجندي نجم المنتخب»
            known_by_less = self.doc.counts.get(norm[k - 1], 0) > self.doc.counts.get(t, 0) + 2
            glued = norm[k - 1] in words_of("name_glue") or t in words_of("name_glue")
            if k - j == 2 and t in self.given and known_by_less and not glued:
                break  # «ما ذكره محمد عبده وسام على صدري»
            if t == "شيخ" and nxt in self.given:
                k += 1  # «آرام شيخ محمد»
                continue
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
            if (
                (norm[k - 1] in ("ابو", "ام", "ابن", "بن") or self._father(k - 1))
                and not t.startswith(ARTICLE)
                and self.doc.cue[k] is None
            ):
                k += 1  # «نبيل أبو ردينة»
                continue
            if t in self.honorifics and norm[k - 2 : k - 1] == ["عبد"] and k == j + 2 and self._closes(k, stop):
                k += 1  # «عبد اللطيف الحاج»
                continue
            titled = j > 0 and norm[j - 1].startswith("ال")
            if k == j + 1 and (norm[j] in self.given or titled) and self._surname(k, stop):
                k += 1
                continue
            if self._is_org(t) or t in self.honorifics or t in self.countries or self._to_latin(t):
                break
            surname = k == j + 1 and t.startswith("ال") and (norm[j] in self.given or titled)
            if (
                k == j + 1
                and norm[j] in self.given
                and k + 1 < stop
                and norm[k + 1].startswith("ال")
                and self._closes(k + 1, stop)
                and t in words_of("names_and_nouns")
            ):
                k += 2  # «مصطفى كامل السيد إن»
                continue
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
            alone = (
                k == j + 1
                and (not self.minimal or norm[j] in self.given)
                and self._closes(k, stop)
                and not self._adjective_like(t)
            )
            if t.endswith("ة") and self.doc.counts.get(t, 0) < 2 and not t.startswith("ال") and not alone:
                break
            if t.endswith("ات") and len(t) > 4 and nxt.startswith("ال") and self.doc.counts.get(t, 0) < 2:
                break  # «ألغى فلان بن فلان تعليقات الرئيس»
            if (t[0] in "لس" and self._verb(t)) or t in _AS_FOLLOWS or _PAST.fullmatch(t):
                break  # «سيوقع», «ليعتذر», «كالتالي», «انسحبت»
            if t.endswith("ا") and self.doc.counts.get(t, 0) < 2 and self.doc._heads(t[:-1], ""):
                break  # «حصدت فلانة تقدما»
            if t.endswith("ها") and nxt.startswith("ال") and self.doc.counts.get(t, 0) < 2:
                break  # «واصلت فلانة ردها الغاضب»
            if t[0] == "ب" and k - j > 1 and t not in self.given and t[1:] in words_of("common_nouns"):
                break
            if t[0] in "بل" and (self.doc._heads(t[1:], "") or (t.endswith("ة") and self.doc.counts.get(t, 0) < 2)):
                break
            following = norm[k + 1] if k + 1 < len(norm) else ""
            if j > 0 and norm[j - 1] in COMMAS and following in COMMAS and k - j <= 2 and self.doc.counts.get(t, 0) > 1:
                k += 1  # «، محمد الطاهر سيالة،»: between commas, and named again
                continue
            if self._possessed(t) or (t[0] in "لب" and self._possessed(t[1:])):
                break
            if t[0] == "ل" and t not in self.given and (t[1:] in self.given or self.doc.counts.get(t[1:], 0) > 0):
                break  # «قال روحاني لإردوغان»
            if not self._name_goes_on(j, k, stop) or self.doc._heads(t, self.doc.tokens.text[self.doc.tokens.start[k]]):
                break
            if t in self.doc.words.words["propositional"] or t in ("ذاته", "نفسه", "ذاتها", "نفسها", "مما"):
                break
            third = k == j + 2 and norm[j] in self.given and t.startswith("ال")  # «محمد ارشيد المواجدة»
            if t.startswith("ال") and self.doc._heads(t[2:], "") and not ((surname or third) and self._closes(k, stop)):
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

    def _father(self, k: int) -> bool:
        """«أبي», not «آبي»."""
        return self.doc.norm[k] == "ابي" and self.doc.tokens.text[self.doc.tokens.start[k]] != "آ"

    def _hangs_on(self, k: int) -> bool:
        """Whether the adjective before `k` lacks what follows it: «الموقع المتخصص [برصد كذا]»."""
        return (
            k < len(self.doc.norm) and self.doc.norm[k][0] in "بل" and bool(CONCERNED.fullmatch(self.doc.norm[k - 1]))
        )

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
            return bare(t) in self.roles and (closes or not (nxt.startswith("ال") and NISBA.fullmatch(nxt)))
        return cue is not None and cue.kind in ("noun", "masdar") and closes

    def _name_goes_on(self, j: int, k: int, stop: int) -> bool:
        """Whether the word at `k` still belongs to the name from `j`: no run of adjectives, no third stray word."""
        norm = self.doc.norm
        t = norm[k]
        nxt = norm[k + 1] if k + 1 < len(norm) else ""
        if t.startswith("ال"):
            apart = j > 0 and norm[j - 1] in COMMAS and k == j + 1 and nxt in COMMAS  # «، تركي المالكي،»
            known = norm[j] in self.given or (j > 0 and norm[j - 1] in self.honorifics)
            if known and k == j + 1 and (nxt in COMMAS or self._is_role(nxt) or nxt in words_of("after_names")):
                return True  # «إياد البزم الناطق باسم»
            if self.minimal and norm[j] not in self.given and not norm[j].startswith("ال") and not apart:
                return False
            return not (nxt.startswith("ال") and nxt not in self.function and nxt not in self.adverbs and k - j >= 1
                        and norm[k - 1] not in words_of("name_glue") and self.doc.counts.get(t, 0) < 2)  # fmt: skip
        if k - j >= 2 and norm[k - 1] not in words_of("name_glue") and self.doc.counts.get(t, 0) < 2:
            before = norm[k - 1]
            if before not in self.given and nxt not in COMMAS and self._stands_alone(before, norm[k - 2]):
                return False  # «دونالد ترامب مقتنع»: the surname stands alone elsewhere
            if t.endswith("ا"):  # between commas it is a name, elsewhere rather an object
                apposed = k + 2 < len(norm) and self._is_role(norm[k + 2])
                return nxt in COMMAS and ((j > 0 and norm[j - 1] in COMMAS) or apposed)
            return (
                k + 1 >= stop
                or not nxt[0].isalpha()
                or nxt in self.function
                or nxt in self.adverbial
                or nxt in self.adverbs
                or self._is_role(nxt)
            )
        return True

    def _stands_alone(self, word: str, first: str) -> bool:
        """Whether a surname is also used without what stands before it."""
        return any(before != first for before in self._before.get(word, ()))

    @cached_property
    def _before(self) -> dict[str, set[str]]:
        """What stands before each word, wherever it stands."""
        found: dict[str, set[str]] = defaultdict(set)
        for before, word in pairwise(self.doc.norm):
            found[word].add(before)
        return found

    def acts(self, word: str) -> bool:
        """Whether a word without its preposition names an act: «بمقتل», «بالإفراج»."""
        return self.doc._heads(word[2:] if word.startswith("ال") else word, "")

    def _name_opens(self, a: int, b: int) -> bool:
        """Whether an unlisted first word can be a name: not a verb at the head of its sentence."""
        t = self.doc.norm[a]
        if self.doc.counts.get(t, 0) >= 2:
            return True
        if t[0] in "وف" and a == self.doc.begin[a] and not (self.doc.title and a + 1 >= b):
            return False
        return not (t.endswith("ت") and len(t) >= 4) or b - a <= 2

    def _recurs(self, k: int) -> bool:
        """Whether a lone word after a role is a name: it stands again in the text, or closes the phrase."""
        t = self.doc.norm[k]
        nxt = self.doc.norm[k + 1] if k + 1 < len(self.doc.norm) else ""
        if self.doc.counts.get(t, 0) >= 2 and not self._verb_like(t):
            return True
        return nxt in COMMAS or nxt in self.doc.words.that or nxt in (":", "") or nxt == '"'

    def _starts_name(self, k: int, b: int) -> bool:
        if k >= b:
            return False
        t = self.doc.norm[k]
        return t in self.given or t in self.honorifics or self._name_like(k)

    def _foreign_al(self, k: int) -> bool:
        """«الفونس»: a foreign name that begins like the article, known by the name after it."""
        t = self.doc.norm[k]
        return (
            t.startswith("ال") and len(t) > 4 and t[2:] not in words_of("common_nouns") and not NISBA.fullmatch(t)
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
