"""Names of organisations: where they end.

«وزارة الدفاع الأميركية», «حركة «الفجر»», «المرصد السوري لحقوق الإنسان».
"""

from data.extraction.lexicon import words_of
from data.extraction.marks import MARKS
from data.extraction.mentions import Mention
from data.extraction.names import CONCERNED, NISBA, NameReader
from data.extraction.tokens import COMMAS, bare

_DIRECTIONS = frozenset(("شمال", "جنوب", "شرق", "غرب", "وسط", "شمالي", "جنوبي", "شرقي", "غربي"))
# «مجموعة من المنظمات»
_GATHERED = frozenset(("مجموعة", "مجموعات", "فريق", "تحالف", "ائتلاف"))


class OrganisationReader(NameReader):
    """Reads names of organisations of one document."""

    def _organisation(self, a: int, b: int) -> Mention:
        doc, norm = self.doc, self.doc.norm
        k = a + 1
        proper = bare(norm[a]) in words_of("proper_organisations")
        closed = norm[a].startswith("ال") or proper
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
            if t == "من" and k == a + 1 and not definite_head and bare(norm[a]) in _GATHERED and k + 1 < b:
                k += 2  # «مجموعة من خمس منظمات»
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
                direction = k + 1
                while direction + 1 < b and norm[direction] in _DIRECTIONS:
                    direction += 1
                if direction > k + 1 and (norm[direction] in self.countries or norm[direction].startswith("ال")):
                    k, closed = direction + 1, True  # «الشرطة في شمال شرق بريطانيا»
                    continue
                if (
                    k + 1 < b
                    and norm[k + 1] not in words_of("place_break")
                    and norm[k + 1][0].isalpha()
                    and (
                        norm[k + 1] in self.countries
                        or norm[k + 1].startswith("ال")
                        or self._is_org(norm[k + 1])
                        or norm[k + 1] in words_of("places")
                        or (self._name_like(k + 1) and not self.minimal and self._closes(k + 1, b))
                    )
                ):
                    place = norm[k + 1] in words_of("places") and k + 2 < b and self._name_like(k + 2)
                    k = self._name_end(k + 2, b) if place else k + 2
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
            if k == a + 1 and self._is_role(t) and not t.startswith("ال") and bare(norm[a]) in words_of("offices"):
                k += 1  # «مكتب رئيس الوزراء»
                continue
            if self._is_role(t) and not t.startswith("ال") and not NISBA.fullmatch(t):
                break
            if t[0] == "ل" and bare(t[1:]) in words_of("media"):
                break
            adjective = NISBA.fullmatch(t) is not None or t in words_of("adjectives")
            if norm[k - 1] in MARKS and t.startswith("ال") and not adjective:
                break  # «نشرت صحيفة "الميثاق" الخبر»
            if definite_head and k == a + 1 and t.startswith("ال") and bare(t) in words_of("many"):
                break  # «نصح الجيش الجنود بعدم الرد»
            if t.startswith("لل") and definite_head and k == a + 1:
                break  # «الشركة للاستثمار في»
            if t.startswith("بال") and closed and not CONCERNED.fullmatch(norm[k - 1]):
                break  # «نددت كتلة الوفاق بالقصف»
            if t.startswith(("ال", "وال", "لل", "بال")):
                if (
                    self.minimal
                    and closed
                    and t.startswith("ال")
                    and not NISBA.fullmatch(t)
                    and t not in words_of("adjectives")
                ):
                    break
                if definite_head and k == a + 1 and norm[a].endswith("ة") and t.startswith("ال") and t.endswith("ي"):
                    break  # «تقييم الشرطة الأولي»
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
                if (proper and not t.startswith("لل")) or (
                    norm[k - 1] in MARKS and t.endswith("ات") and not (k + 1 < b and norm[k + 1].startswith("ال"))
                ):
                    break  # «بيان طالبان لمدة شهر», «بثت قناة «الميثاق» لقطات»
                if definite_head and (k == a + 1 or (t.endswith("ات") and norm[k + 1 : k + 2] != ["ال"])):
                    break  # «الشركة للاستثمار في», «الجيش اللبناني لانتقادات»
                closed = False
            elif t in self.countries and (norm[k - 1].startswith("ال") or norm[k - 1] in MARKS) and closed:
                break  # «اتهم الجيش اللبناني إسرائيل»
            elif (
                t in words_of("proper_organisations")
                or t in words_of("media_names")
                or t in self.countries
                or t in self.given
            ):
                closed = True
                proper = proper or t in words_of("proper_organisations")
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
                foreign = k + 1 < b and self._name_like(k + 1) and nxt not in self.given and nxt not in self.countries
                if unknown == 2 or not (nxt.startswith("ال") or (foreign and doc._heads(nxt, "") is False)):
                    closed = True
            k += 1
        k = min(k, b)
        while k > a + 1 and (norm[k - 1] in ("في", "ل", "-", "–") or self._hangs_on(k)):
            k -= 1
        return Mention(a, k, a, k, "organisation", True, bare(norm[a]), norm[a].startswith("ال"), feminine=None)
