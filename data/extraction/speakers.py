"""Who speaks: reading the noun phrase beside a cue.

Goes by the first word of the phrase to people, roles, organisations and countries; knows nothing of statements:
it is given the places where subjects stand.
"""

from dataclasses import replace
from typing import Literal

from data.extraction.lexicon import words_of
from data.extraction.mentions import Mention, detached
from data.extraction.names import NISBA
from data.extraction.organisations import OrganisationReader
from data.extraction.roles import RoleReader
from data.extraction.tokens import COMMAS, bare

_THESE = frozenset(("هذا", "هذه", "هؤلاء", "تلك", "ذلك", "هذان", "هاتان"))


class PhraseReader(RoleReader, OrganisationReader):
    """Reads noun phrases of one document."""

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
        if norm[a] in _THESE and a + 1 < b and norm[a + 1].startswith("ال"):
            a += 1  # «قالت هذه المسؤولة», «يقول هؤلاء المهاجرون»
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
            t[0] in "لب"
            and len(t) > 2
            and t not in self.given
            and t not in self.roles
            and t not in self.orgs
            and t not in self.countries
            and (
                t[1:] in doc.words.words["media_names"]
                or t[1:] in self.given
                or t[1:] in self.countries
                or self._is_org(t[1:])
                or self._is_role(t[1:])
                or t[1:] in self.unnamed
                or t[1:] in doc.counts
            )
        ):
            k = self._next_segment(a, b)
            return self.read(k, b) if k is not None else None
        letters = self._letters_end(a, b)
        if letters > a:
            return Mention(a, letters, a, letters, "organisation", True, t, False, feminine=True)
        if a + 1 < b and norm[a + 1] in ("بن", "ابن") and t not in self.honorifics:
            return self._person(a, b)
        team = t == "الفريق" and a + 1 < b and norm[a + 1].startswith("ال") and norm[a + 1] != "الركن"
        if t in self.honorifics and not team and not self._title_phrase(a, b):
            return self._honorific(a, b)
        plain = bare(t)
        if self._is_org(t) and plain not in self.unnamed:
            return self._organisation(a, b)
        if plain in self.roles or plain in self.unnamed:
            return self._role(a, b)
        if t in self.countries:
            last = a + 1
            while last < b and norm[last].startswith("ال") and norm[last] not in self.adverbs and last - a < 3:
                if norm[last] in self.function or not (NISBA.fullmatch(norm[last]) or norm[last] == "المتحدة"):
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
        if not detached(word):  # a lone «ل»
            return None
        norm[a] = detached(word)
        try:
            mention = self.read(a, b)
        finally:
            norm[a] = word
        if mention is None or mention.first != a:
            return mention
        attached: Literal["ل", "لل", "و"] = "و" if word[0] == "و" else "لل" if word.startswith("لل") else "ل"
        return replace(mention, attached=attached)

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
        if self._owned_role(head) and a + 1 < b and norm[a + 1] in self.given:
            return self._person(a + 1, b)  # «خطيبته فاطمة»
        k = a + 1
        while k < b and k - a < 8:
            q = doc.quotation(k)
            if q is not None and q.open == k and q.words <= 5:
                k = q.after
                continue
            if self._object(a, k, b):
                break
            if not self._plain_word(k) or (norm[k][0] == "ل" and len(norm[k]) > 3 and norm[k] not in self.given):
                break
            k += 1
        return Mention(a, k, a, k, "unnamed", False, bare(head), False, (a, k), None, head.endswith("ة") or None)

    def _object(self, a: int, k: int, b: int) -> bool:
        """Whether an object begins at `k`, after the phrase from `a`: «رفضت محاكم يونانية [طلبات تركيا]»."""
        before, t = self.doc.norm[k - 1], self.doc.norm[k]
        described = before.startswith("ال") or (k > a + 1 and self._adjective(before))
        agrees = self._adjective(t) or (t.endswith("ة") and before.endswith("ة"))
        return described and not (t.startswith("ال") or agrees or t in self.given or self._closes(k, b))

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
            or self._is_role(word) or word in self.unnamed or self.doc._heads(word, "")
        )  # fmt: skip

    def sentence_subject(self, begin: int, end: int) -> Mention | None:
        """The subject of a sentence whose verb reports nothing: «رد البيت الأبيض، مؤكدا أن»."""
        norm = self.doc.norm
        a = begin
        while a < end and (
            norm[a] in words_of("skip_first")
            or norm[a] in COMMAS
            or norm[a] in ("وقد", "قد", "كما", "فيما", "لكن", "ولكن", "بينما")
        ):
            a += 1
        if a >= end:
            return None
        if norm[a] in ("علمت", "وعلمت", "علم", "وعلم"):  # «علمت الصحيفة أن الإدارة تدرس كذا، فيما حثت فلانا»
            that = next((k for k in range(a + 1, min(end, a + 8)) if norm[k] in ("ان", "بان")), None)
            if that is not None and that + 1 < end:
                return self.read(that + 1, end)
        mention = None
        negated = norm[a].lstrip("وف") in ("لم", "لن", "لا")
        if not negated and (
            norm[a] in self.adverbial
            or norm[a] in self.function
            or (norm[a][0] == "و" and (norm[a][1:] in self.adverbial or norm[a][1:] in self.function))
        ):
            k = self._next_segment(a, end)
            if k is None:
                return None
            a = k
        if negated and a + 2 < end:
            a += 1  # «ولم تكشف النيابة عن كذا، لكنها أشارت»
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

    def _next_segment(self, a: int, b: int) -> int | None:
        for k in range(a + 1, b):
            if self.doc.norm[k] in COMMAS and k + 1 < b:
                return k + 1
        return None
