"""Phrases headed by a title or a role, with the name that stands in them or after them.

«وزير الدفاع الأميركي لويد أوستن», «مدير المرصد، فلان», «الدكتور فلان», «فلان، نائب المدير», «مصدر أمني».
"""

from data.extraction.document import Document
from data.extraction.lexicon import words_of
from data.extraction.mentions import Mention
from data.extraction.names import ARTICLE, CIRCUMSTANCE, FOREIGN_AL, NISBA, NameReader
from data.extraction.tokens import COMMAS, bare

# «المصدر نفسه»
_SELF = frozenset(("نفسه", "نفسها", "ذاته", "ذاتها", "انفسهم"))


def doc_finite(doc: Document, k: int) -> bool:
    """Whether a reporting verb in a finite form stands at `k`."""
    cue = doc.cue[k]
    return cue is not None and cue.kind in ("past", "present")


class RoleReader(NameReader):
    """Reads titled and described people of one document."""

    def read_titled(self, i: int, b: int) -> Mention | None:
        """The titled name that begins at token `i`, wherever it stands; for the register."""
        if self.doc.norm[i] in self.honorifics and not self._title_phrase(i, b):
            return self._honorific(i, b)
        return self._role(i, b)

    def _title_phrase(self, a: int, b: int) -> bool:
        """Whether the honorific at `a` heads a longer role («الرئيس الأميركي دونالد»)."""
        nxt = self.doc.norm[a + 1] if a + 1 < b else ""
        return bare(self.doc.norm[a]) in self.roles and (
            nxt.startswith(("ال", "ب", "ل")) or nxt in ("في", "باسم") or not nxt
        )

    def _honorific(self, a: int, b: int) -> Mention | None:
        norm, k = self.doc.norm, self._after_titles(a, b)
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

    def _after_titles(self, k: int, b: int) -> int:
        """One past the honorifics that begin at `k`: «الفريق أول الركن», «آية الله», «د.»."""
        norm, first = self.doc.norm, k
        while k < b and (
            norm[k] in self.honorifics
            or (k > first and (norm[k] in (".", "/") or norm[k - 1 : k + 1] == ["اية", "الله"]))
        ):
            k += 1
        return k

    def _within(self, k: int) -> bool:
        """«الميجر جنرال بالقوات فلان», «النائب الأول لوزير كذا فلان»: what the rank is held in, before the name."""
        word = self.doc.norm[k]
        return word[0] in "بل" and word not in self.given and (self._is_org(word[1:]) or self._is_role(word[1:]))

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
                citizen = nxt + 1 < b and norm[nxt].startswith("ال") and NISBA.fullmatch(norm[nxt]) is not None
                if citizen and self._whole_name(nxt + 1, b, apart=True):
                    name = (nxt + 1, self._name_end(nxt + 1, b))  # «مدرب الفريق، الإسباني فلان، إن»
                    break
                if (
                    nxt < b
                    and (self._starts_name(nxt, b) or self._whole_name(nxt, b, apart=True))
                    and not (indefinite and norm[nxt] not in self.given and not self._whole_name(nxt, b, apart=True))
                ):
                    start = self._after_titles(nxt, b)
                    if start < b:
                        name = (start, self._name_end(start, b))
                break
            if t == "الفريق" and k == a + 1 and not definite_head:
                k, seen_definite = k + 1, True  # «قائد الفريق»: a team
                continue
            if t in self.honorifics and not (
                t.startswith("ال") and self._is_role(t) and not self._starts_name(k + 1, b)
            ):
                start = self._after_titles(k, b)
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
            if t in self.given and norm[k - 1] == "باسم":
                k = self._name_end(k, b)  # «الناطق الرسمي باسم فلان»: not who speaks
                seen_definite, indefinite = True, indefinite and not definite_head
                continue
            if (t in self.given or self._theophoric(k, b)) and not self._after_person_org(k):
                name = (k, self._name_end(k, b))
                break
            if indefinite and self._verb(t) and t[0] in "يت" and "ال" + t[:-1] not in self.countries:
                break  # «رجل ينتظر في طابور»
            if (
                seen_definite
                and CIRCUMSTANCE.fullmatch(t)
                and doc.counts[t] < 2
                and t not in self.given
                and not (k + 1 < b and self._name_like(k + 1))
            ):
                break  # «قال رئيس الوفد مازحا إن»
            if k > a + 1 and (self._new_noun(k) or "ً" in doc.tokens.text[doc.tokens.start[k] : doc.tokens.end[k]]):
                break  # «توقع رئيس النادي نجاحا كبيرا»
            if (
                t in ("من", "الى", "على", "عن", "مع", "حول", "خلال", "بعد", "قبل", "عبر") or t in self.adverbs
            ) and not (t == "الى" and plain_head in words_of("envoys")):
                if t == "من" and k == a + 1 and plain_head in words_of("counted") and k + 1 < b:
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
            if t == "بين" and k + 1 < b and norm[k + 1].startswith("ال") and norm[k + 1].endswith("ين"):
                k += 2  # «وزيرة المساواة بين الجنسين»
                continue
            if t == "في":
                if k + 1 < b and (norm[k + 1] in words_of("place_break") or norm[k + 1].isdigit()):
                    break
                marked = doc.quotation(k + 1) if k + 1 < b else None
                after = max(k + 2, self._letters_end(k + 1, b))  # «مديرة الأخبار في بي بي سي»
                k = marked.after if marked is not None and marked.open == k + 1 and marked.words <= 8 else after
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
            if t in doc.words.that or (norm[k - 1].startswith("ال") and t.endswith(("هم", "هن")) and len(t) > 4):
                break  # «ينصح المحامون موكليهم»
            several_heads = norm[k - 1].endswith("ون")
            several = k == a + 1 and plain_head.endswith("ون") and not definite_head and t[0].isalpha()
            if several and not self._adjective(t) and not t.endswith(("ون", "ين")) and t[0] not in "لب":
                break  # «تداول ناشطون مقطع فيديو»
            if several_heads and k > a + 1 and not t.startswith("ال") and self._addressees(t):
                break  # «حذر خبراء أمنيون مستخدمي البرنامج»
            addressees = t.startswith("ال") and t.endswith("ين") and self._is_role(t) and k > a + 1
            if addressees and norm[k - 1].startswith("ال") and not plain_head.endswith(("ون", "ين")):
                break  # «وعد المتحدث باسم التحالف الصحفيين بأن»
            named_so = t in words_of("names_and_nouns") and k + 1 < b and norm[k + 1] in self.given
            if named_so and k > a + 1 and norm[k - 1].startswith("ال"):
                name = (k, self._name_end(k, b))  # «حاكم الولاية عزيز أحمد»
                break
            if t in doc.words.words["relatives"]:
                titled = next((z for z in range(k + 1, min(b, k + 8)) if norm[z] in self.honorifics), 0)
                if titled and self._starts_name(titled + 1, b):
                    k = titled  # «المتحدث باسم التحالف الذي تقوده السعودية العقيد تركي المالكي»
                    continue
                break
            if t in self.adverbial or t in self.function or t in words_of("dangling") or norm[k - 1] in _SELF:
                break
            if doc.cue[k] is not None and doc.cue[k].kind in ("past", "present", "participle") and k > a + 1:  # type: ignore[union-attr]
                break
            if (
                self.minimal
                and norm[k - 1].startswith("ال")
                and t.startswith("ال")
                and not NISBA.fullmatch(t)
                and t not in words_of("adjectives")
                and not self._hamza_al(k)
            ):
                break
            if self._addressed(t, k == a + 1 and definite_head):
                break
            printed = FOREIGN_AL.match(t) or (self._hamza_al(k) and norm[k - 1].startswith("ال"))
            if seen_definite and printed and self._foreign_al(k) and norm[k + 1] not in self.given:
                name = (k, self._name_end(k, b))  # «وزير الداخلية الفونسو نافاريت»
                break
            owned = doc.cue[k]
            if owned is not None and owned.possessed and k > a + 1:
                break  # «جدد وزراء الخارجية دعوتهم إلى»
            if t.startswith(ARTICLE) or t in self.countries:
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
                    previous.startswith(ARTICLE)
                    or previous in self.countries
                    or not previous[0].isalnum()
                    or (previous[0] in "لب" and previous[1:] in self.countries)
                    or (norm[k - 2] == "في" and not self._is_org(previous))
                ):
                    last = self._name_end(k, b)
                    addressed = last < b and norm[last][0] == "ل" and bare(norm[last][1:]) in words_of("media")
                    if last - k > 1 or self._recurs(k) or addressed:
                        name = (k, last)
                        break
                    if k + 1 < b and norm[k + 1] in self.adverbial:
                        break
            k += 1
        feminine = self._feminine(head)
        if name is None and not indefinite:
            name = self._name_apart(k, b)
        elif name is not None and plain_head in words_of("relations") and name[1] < b and norm[name[1]] in COMMAS:
            name = self._name_apart(name[1], b) or name  # «زوجة الرئيس فلان، فلانة،»
        if name is not None:
            end = name[0] - (norm[name[0] - 1] in COMMAS)
            # «وزير الدفاع الجنرال فلان», but «نائب الرئيس فلان», «قائد الفريق فلان»
            while end > a + (1 if definite_head else 2) and norm[end - 1] in self.honorifics:
                end -= 1
            role = (a, end - (norm[end - 1] in COMMAS))
            return Mention(a, name[1], name[0], name[1], "person", True, norm[name[0]], False, role,
                           self._affiliation(role), feminine)  # fmt: skip
        last = max(min(k, b), a + 1)
        while last > a + 1 and (
            norm[last - 1] in COMMAS or norm[last - 1] in ("-", "–", "(", "ل", "في") or self._hangs_on(last)
        ):
            last -= 1
        return Mention(a, last, a, last, "unnamed", False, bare(head), definite_head or not indefinite, (a, last),
                       self._affiliation((a, last)), feminine)  # fmt: skip

    def _name_apart(self, k: int, b: int) -> tuple[int, int] | None:
        """The name between commas after a title that is longer than was read: «مدير مركز البحر للدراسات، فلان،»."""
        norm = self.doc.norm
        for j in range(k, min(b - 1, k + 8)):
            if norm[j] in COMMAS:
                start = self._after_titles(j + 1, b)
                if self._whole_name(start, b, apart=True):
                    return start, self._name_end(start, b)
                return None
            if not norm[j][0].isalpha() or norm[j] in self.function or self.doc.cue[j] is not None:
                return None
        return None

    def _addressed(self, t: str, directly: bool) -> bool:
        """Whom a speaker talks to: «قال مصدر لرويترز», «قال المسؤول للصحافيين»."""
        if t[0] != "ل" or len(t) < 4:
            return False
        if self._to_latin(t) or (directly and self._attached_name(t)):
            return True
        word = t[2:] if t.startswith("لل") else t[1:]
        return word in words_of("agencies") or (directly and t.startswith("لل") and t.endswith("ين"))

    def _new_noun(self, k: int) -> bool:
        """Whether an indefinite noun that can belong to no definite phrase stands at `k`: an object."""
        norm, t = self.doc.norm, self.doc.norm[k]
        if t in self.given or t.startswith("ال") or self.doc.counts.get(t, 0) > 2:
            return False
        if t.endswith("ا") and len(t) > 3:
            following = norm[k + 1] if k + 1 < len(norm) else ""
            if following.endswith("ا") and following[:-1] in words_of("common_nouns"):
                return True  # «وقع الحارس البرازيلي عقدا جديدا»
            return len(t) > 4 and (t[:-1] in words_of("common_nouns") or self.doc._heads(t[:-1], ""))
        if not norm[k - 1].startswith("ال"):
            return False
        return t.endswith("ية") and len(t) > 4 and not self._closes(k, len(norm))

    def _adjective(self, t: str) -> bool:
        if t in words_of("nouns_like_adjectives"):
            return False
        return bool(NISBA.fullmatch(t)) or t in words_of("indefinite_adjectives")

    def _bound(self, k: int, b: int) -> bool:
        """Whether the word at `k` makes the head before it definite (an annexation: وزير الدفاع)."""
        for j in range(k, min(b, k + 4)):
            t = self.doc.norm[j]
            if t in self.adverbs or t in self.adverbial:
                return False
            marked = self.doc.quotation(j)
            if t.startswith("ال") or t in self.countries or t in self.given or (marked is not None and j > k):
                return True
            if t in COMMAS or t in self.function or t in self.adverbial or t.startswith(("بال", "لل", "باسم")):
                return False
            if NISBA.fullmatch(t) and not self._is_org(t):
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
            or NISBA.fullmatch(norm[a]) is not None
            or (start == k < b and norm[k] in self.given)
        )
        if titled and (start > k or not self.minimal) and not capital and self._whole_name(start, b, apart=start > k):
            last = self._name_end(start, b)
            return self._with_apposition(a, last, start, last, b, (a, k))
        if k < b and k == a + 1 and not capital and self._name_like(k):
            k = self._name_end(a, b)
        return Mention(a, k, a, k, "person", True, norm[a], True)
