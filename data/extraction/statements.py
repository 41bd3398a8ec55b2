"""Finding statements in one field: cues, their complements, attributions, headlines, words left in marks.

Gives each statement's stretch, kind and cue and the tokens where its speaker may stand; who that is, is
settled by data.extraction.resolution.
"""

import re
from dataclasses import dataclass
from typing import Literal

from data.extraction.clauses import attribution, breaks, clause_end, several_quotations
from data.extraction.complements import Form, Opening, accuses, find_opening, unnamed_request
from data.extraction.document import Document
from data.extraction.lexicon import Cue, words_of
from data.extraction.marks import MARKS, Quotation
from data.extraction.mentions import Mention
from data.extraction.speakers import PhraseReader
from data.extraction.tokens import COMMAS, bare
from data.records import Kind

Source = Literal["subject", "carried", "sentence", "given", "document"]

_EDGE = frozenset(" \t\r\n،,.؛;:!؟?…-–—*•" + "".join(MARKS))
# «…فستعود الحرب», «…لصدقه الناس»: the main clause after a condition.
_APODOSIS = re.compile("فس|فان|فقد|فلن|فلا|فهو|فهي|ل[^لا]\\w{3}")
# «إلى ذلك، …», «من جهة أخرى، …»
_MEANWHILE = tuple(
    [first, second]
    for first, second in (
        ("الى", "ذلك"), ("من", "جهة"), ("من", "جانب"), ("من", "ناحية"), ("في", "غضون"), ("وفي", "غضون"),
        ("في", "سياق"), ("وفي", "سياق"), ("على", "صعيد"), ("وعلى", "صعيد"), ("في", "المقابل"), ("وفي", "المقابل"),
    )
)  # fmt: skip
_SPOKEN_START = re.compile("س[يتن]\\w{3,}|نحن|لقد|هناك|لا|لن|لم|ليس|يجب|انا|نريد|نامل|هذا|هذه")
# «نسبت الوكالة إلى فلان قوله»
_ASCRIBED = frozenset(("نسب", "نسبت", "ونسب", "ونسبت", "تنسب", "ينسب"))
# «كلمة لفلان هدد فيها»
_WITHIN = frozenset(("فيه", "فيها", "خلاله", "خلالها"))
# «الدولي», «الغربية»: an adjective, not a second phrase
_ADJECTIVE = re.compile("ال\\w{2,}(?:ي|ية|يون|يين)")
# «متهكما», «ساخرا»
_CIRCUMSTANCE = re.compile("م\\w{3,}ا|\\wا\\w\\wا")
# «بيان نشره المركز», «بيان أصدرته الوزارة»
_ISSUED = re.compile("(?:نشر|اصدر|بث|وزع|وقع|تلا)ت?(?:ه|ها)")
_SUBJECT_PRONOUNS = frozenset(("انه", "انها", "انهم", "هو", "هي", "وهو", "وهي"))
# Verbs whose subject may be followed by an object before the complement.
_WITH_OBJECT = frozenset(("exhort", "demand", "warn", "call", "describe", "demand-bare", "praise", "inform"))


@dataclass(slots=True)
class Found:
    """A statement before its speaker is known.

    `start`, `end`: code points; `cue`: code points of the cue or None; `at`: its token index;
    `mention`: the phrase beside the cue; `source`: how to go on when there is none.
    """

    start: int
    end: int
    kind: Kind
    rule: str
    at: int
    cue: tuple[int, int] | None
    mention: Mention | None
    source: Source
    feminine: bool | None = None
    plural: bool = False
    asserted: bool = True


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start] in _EDGE or text[start].isspace()):
        start += 1
    while end > start and (text[end - 1] in " \t\r\n،,؛;:-–—." or text[end - 1].isspace()):
        end -= 1
    return start, end


class Finder:
    """Goes through one field from left to right."""

    def __init__(self, doc: Document) -> None:
        self.doc = doc
        self.reader = PhraseReader(doc)
        self.found: list[Found] = []
        self.busy = 0
        self.claimed: set[int] = set()

    # -- the walk -----------------------------------------------------------------------------------------------

    def run(self) -> list[Found]:
        doc = self.doc
        norm, size = doc.norm, len(doc.norm)
        cues = doc.cue
        i = 0
        while i < size:
            if i == doc.begin[i] and i >= self.busy:
                self._sentence(i)
            if i < self.busy:
                i = max(i + 1, min(self.busy, doc.stop[i] + 1))
                continue
            q = doc.quotation(i)
            if q is not None:
                if q.open == i:
                    self._loose(q)
                i = max(q.after, i + 1)
                continue
            cue = cues[i]
            if cue is not None:
                self._cue(i, cue)
            elif norm[i][0] in "بحوفنطتاكع":
                self._attribution(i)
            i += 1
        self.found.sort(key=lambda f: f.start)
        return self.found

    # -- cues ---------------------------------------------------------------------------------------------------

    def _cue(self, i: int, cue: Cue) -> None:
        doc, norm = self.doc, self.doc.norm
        previous = norm[i - 1] if i else ""
        if norm[i] in ("يذكر", "ويذكر", "يشار", "ويشار", "يلاحظ", "ويلاحظ", "يعتقد_") and self._impersonal(i):
            self.busy = max(self.busy, i + 1)
            return
        if cue.kind == "noun" or (cue.kind == "masdar" and not cue.possessed):
            self._noun_cue(i, cue)
            return
        if cue.kind == "participle" and (
            previous.isdigit() or (previous in words_of("copulas") and cue.lemma != "قال")
        ):
            return  # «50 مشجعا», «ليس مؤكدا أن»
        if (
            cue.kind == "participle"
            and (not norm[i].endswith("ا") or cue.lemma == "اتهم")
            and not self._circumstantial(i)
            and not (cue.lemma == "اتهم" and accuses(doc, i))
        ):
            return  # «متهما بالقتل» is accused, «متهما واشنطن» accuses
        opening = find_opening(doc, i, cue)
        if opening is None:
            if not self._unopened(i, cue) and not self._judged(i, cue):
                self._attribution(i)
            return
        if cue.object and (
            (opening.form == "np" and cue.frame.group not in ("demand", "exhort", "call", "warn"))
            or (
                opening.form == "that"
                and cue.frame.group not in ("inform", "describe", "demand", "exhort", "warn", "call")
                and previous not in ("ما", "وما")
            )
        ):
            return
        if cue.lemma == "سال" and cue.kind == "masdar" and previous in ("لدى", "عند", "وعند", "ولدى"):
            return
        if previous in words_of("remarked") and i > 1 and norm[i - 2] in ("وهو", "وهي"):
            return  # «…، وهو إجراء يشير إلى»: the reporter
        if norm[i] == "مجددا" and previous not in COMMAS:
            return
        if cue.kind in ("past", "present") and bare(previous) in words_of("no_speakers"):
            return  # «بينما الواقع يشير إلى»
        if cue.lemma == "اتهم" and opening.form == "np" and opening.head == i + 1 and not cue.object:
            return  # «اتُّهم بالتجسس»
        if previous in ("ما", "وما", "بما") and cue.lemma in words_of("shows"):
            return  # «وثائق وما يثبت أنها»
        if previous == "مما" or (previous == "ما" and cue.lemma == "افاد") or unnamed_request(doc, i, cue):
            return
        if cue.lemma == "وجه" and opening.form == "np" and norm[i - 1] in doc.words.words["relatives"]:
            return
        asserted = self._asserted(i, previous)
        if not asserted and (opening.form in ("np", "colon") or opening.head - i > 15):
            return
        if (
            cue.kind == "masdar"
            and opening.form == "np"
            and ((cue.possessed and previous in ("بعد", "قبل", "خلال")) or cue.lemma == "التزم")
        ):
            return
        mention, source = self._speaker(i, cue, opening)
        if opening.form == "that" and cue.kind in ("past", "present") and self._passive_or_plain(i, cue, mention):
            return
        if (
            opening.form == "np"
            and opening.head == i + 1
            and (mention is None or mention.last < i)
            and self._passive_or_plain(i, cue, None)
        ):
            return  # «حيث يتوقع تتويجه»
        if norm[i].endswith("تبين") and (mention is None or mention.first < i or opening.head <= i + 2):
            return  # «وتبين أن»: it turned out
        if (
            cue.frame.group == "describe"
            and not cue.object
            and cue.kind != "masdar"
            and mention is not None
            and mention.first > i
            and mention.last >= opening.head - (norm[opening.head - 1] == "ب")
            and opening.form in ("that", "quote")
        ):
            # «وصف سليماني بأنه»: what is described stands where a subject would.
            before = self._subject_before(i) if not cue.joined else None
            q = doc.quotation(opening.at)
            mention, source = before, "subject" if before is not None else "sentence"
            if q is None or q.open != opening.at:
                opening = Opening("np", i + 1, i + 1)
        described = self._described(i, cue, opening, mention)
        if described is not None:
            q = doc.quotation(opening.at)
            end = q.after if q is not None and q.open == opening.at else clause_end(doc, opening)
            a, b = _trim(doc.tokens.text, doc.tokens.start[described], doc.tokens.end[end - 1])
            if b > a:
                span = (doc.tokens.start[i], doc.tokens.end[i])
                kind, rule = self._kind(described, end), f"{cue.kind}:describe:object"
                self._add(Found(a, b, kind, rule, i, span, mention, source, cue.feminine, cue.plural, asserted), end)
            return
        self._take(i, cue, opening, mention, source, asserted)

    def _unopened(self, i: int, cue: Cue) -> bool:
        """«قال الدكتور حمد الحارثي ستصاحب الطفلة أعراض»: a verb of saying with a named subject and no opening."""
        doc, norm = self.doc, self.doc.norm
        if cue.lemma not in ("قال", "اضاف", "اكد", "اوضح", "تابع") or cue.kind != "past" or doc.title:
            return False
        mention = self.reader.read(i + 1, min(doc.stop[i], i + 40))
        if mention is None or mention.type != "person" or mention.first > i + 2:
            return False
        at = mention.last
        stop = doc.stop[i]
        if stop - at < 6 or not _SPOKEN_START.fullmatch(norm[at]):
            return False
        a, b = _trim(doc.tokens.text, doc.tokens.start[at], doc.tokens.end[stop - 1])
        span = (doc.tokens.start[i], doc.tokens.end[i])
        self._add(
            Found(a, b, self._kind(at, stop), "past:say:unopened", i, span, mention, "subject", cue.feminine), stop
        )
        return True

    def _judged(self, i: int, cue: Cue) -> bool:
        """«اعتبر الوزير القرار خطأ», «وصفتها الأمم المتحدة محاولة إبادة»: a judgement in two accusatives."""
        doc = self.doc
        stop = doc.stop[i]
        if cue.kind == "present" and cue.lemma == "اعتبر" and not cue.object and not cue.joined:
            before = self._subject_before(i)  # «التحالف يعتبر الميناء ممرا للتهريب»
            if before is None or before.last != i or before.type == "unnamed":
                return False
            return self._judgement(i, i + 1, cue, before)
        if cue.kind != "past" or not ((cue.lemma == "اعتبر" and not cue.object) or (cue.lemma == "وصف" and cue.object)):
            return False
        self.reader.minimal = True
        mention = self.reader.read(i + 1, min(stop, i + 30))
        self.reader.minimal = False
        if mention is None or mention.first > i + 1 or (mention.definite and mention.type == "person"):
            return False
        at = mention.last
        return self._judgement(i, at, cue, mention)

    def _judgement(self, i: int, at: int, cue: Cue, mention: Mention) -> bool:
        doc, norm = self.doc, self.doc.norm
        stop = doc.stop[i]
        while at < stop and norm[at] in COMMAS:
            at += 1
        end = clause_end(doc, Opening("np", at, at), to_comma=cue.object) if at < stop else at
        if end - at < (2 if cue.object else 3) or norm[at] in doc.words.words["function_words"]:
            return False
        a, b = _trim(doc.tokens.text, doc.tokens.start[at], doc.tokens.end[end - 1])
        span = (doc.tokens.start[i], doc.tokens.end[i])
        self._add(
            Found(a, b, self._kind(at, end), "past:judged", i, span, mention, "subject", cue.feminine, cue.plural), end
        )
        return True

    def _impersonal(self, i: int) -> bool:
        nxt = self.doc.norm[i + 1] if i + 1 < len(self.doc.norm) else ""
        return nxt in self.doc.words.that or nxt in ("الى", "ان", "هنا")

    def _circumstantial(self, i: int) -> bool:
        norm = self.doc.norm
        previous = norm[i - 1] if i else "\n"
        cue = self.doc.cue[i]
        if cue is not None and cue.lemma == "قال":
            return True
        if previous in words_of("copulas"):
            return False  # «ليس مؤكدا أن»
        word = self.doc.tokens.text[self.doc.tokens.start[i] : self.doc.tokens.end[i]]
        return (
            previous in COMMAS
            or "ً" in word
            or not previous[0].isalnum()
            or (norm[i].endswith("ين") and previous in COMMAS)
        )

    def _asserted(self, i: int, previous: str) -> bool:
        """False where the reporting is negated, asked, or only supposed: «لم يقل», «لو قال», «أن يقول»."""
        words, cue = self.doc.words.words, self.doc.cue[i]
        present = cue is not None and cue.kind == "present"
        if previous in ("ما", "وما"):  # «ما قال» at the head of a sentence denies; elsewhere it is «what he said»
            return present or i - 1 > self.doc.begin[i]
        if previous in words["negations"] and present:
            return False
        if previous in words["hypotheticals"]:
            return False
        if previous in ("قد", "وقد") and present:
            return False
        return not (previous in self.doc.words.that and present)

    def _passive_or_plain(self, i: int, cue: Cue, mention: Mention | None) -> bool:
        """Verbs of seeing and finding are cues only with a speaker of their own."""
        if mention is not None and (cue.lemma != "افترض" or mention.last > i or mention.type == "person"):
            return False
        if (
            cue.kind == "present"
            and (not cue.feminine or cue.lemma == "افترض")
            and not cue.plural
            and cue.lemma in ("اعتقد", "توقع", "رجح", "زعم", "ظن", "افترض", "اشتبه", "قدر", "خشي", "تصور", "فضل")
        ):
            return True  # «يُعتقد أن», «ويُرجَّح أن»
        return cue.lemma in ("قرر", "امل") and cue.kind == "past"

    # -- speakers -----------------------------------------------------------------------------------------------

    def _speaker(self, i: int, cue: Cue, opening: Opening) -> tuple[Mention | None, Source]:
        doc, norm = self.doc, self.doc.norm
        if cue.kind == "masdar":
            return self._before_possessed(i)
        if cue.kind == "participle":
            governing = self._governing(i)
            if governing is None and doc.title and i > doc.begin[i]:
                governing = self.reader.read(doc.begin[i], i)
            return governing, "sentence"
        word_before = norm[i - 1] if i > doc.begin[i] else ""
        if (
            cue.kind == "present"
            and not cue.joined
            and (
                bare(word_before) in doc.words.words["documents"]
                or (word_before.endswith("ا") and word_before[:-1] in doc.words.words["documents"])
            )
            and not word_before.startswith("ال")
        ):
            governing = self._governing(i)  # «نشرت الصحيفة معلومات تفيد بأن»
            return governing or self.reader.subject(i - 1, i), "subject"
        # «نقلت الوكالة عن مسؤول أن»: the one quoted speaks.
        end = opening.head
        for k in range(i + 1, end):
            if norm[k] in ("استنادا", "نقلا"):
                who = attribution(doc, k)
                quoted, _ = self._attributed(who, end) if who is not None else (None, "carried")
                if quoted is not None:
                    return quoted, "subject"
        if cue.lemma in ("نقل", "ذكر", "افاد", "قال", "كتب", "اورد", "نشر") or bare(norm[i]) in ("تقول",):
            for k in range(i + 1, end):
                if norm[k] == "بيان" and cue.lemma == "نقل" and k > i + 1:
                    issuer = self._owner_of_document(k, end)  # «نقلت الوكالة بيان الخارجية وجاء فيه»
                    if issuer is not None:
                        return issuer, "subject"
                if norm[k] == "قول" and k + 1 < end:
                    mention = self.reader.read(k + 1, end)  # «نقلت الوكالة عن الصحيفة قول فلان»
                    if mention is not None:
                        return mention, "subject"
            for k in range(i + 1, end):
                if norm[k] == "عن" and norm[k - 1] not in words_of("before_on_behalf"):
                    said = next((j for j in range(k + 1, end) if norm[j] == "القول"), end)
                    mention = self.reader.read(k + 1, said)
                    if mention is None and cue.lemma == "نقل":
                        mention = self.reader.subject(k + 1, said)
                    if cue.lemma not in ("نقل", "ذكر", "نشر", "اورد"):
                        holder = self.reader.read(i + 1, k)  # «قالت العضوة بالمجلس عن حزب كذا، فلانة»
                        if holder is not None and holder.role is not None:
                            break
                    if mention is not None and (cue.lemma in ("نقل", "ذكر", "نشر", "اورد") or mention.type != "person"):
                        return mention, "subject"
        if cue.kind in ("past", "present") and norm[i + 1] in _WITHIN:
            owner = self._owner(i)
            asked = cue.frame.group in _WITH_OBJECT and word_before in doc.words.words["relatives"]
            if owner is not None and (asked or self._subject_after(i, end, cue=cue) is None):
                return owner, "subject"
        if not cue.object or norm[i + 1 : i + 2] not in (["ان"],):
            if cue.frame.group in _WITH_OBJECT and word_before in _SUBJECT_PRONOUNS:
                return None, "sentence"  # «كما أنها طالبت الحكومة بالكشف عن»
            if (cue.frame.group in _WITH_OBJECT or doc.title) and not cue.joined and i > doc.begin[i]:
                before = self._subject_before(i)  # «محرر الافتتاحية يسأل فلانا»
                if before is not None and before.last == i and before.first <= doc.begin[i] + 1:
                    return before, "subject"
            if norm[doc.begin[i]] in ("سبق", "وسبق") and norm[doc.begin[i] + 1][0] == "ل" and norm[i - 1] == "ان":
                before = self.reader.read_attached(doc.begin[i] + 1, i - 1)  # «وسبق لولي العهد أن وصف»
                if before is not None and before.first == doc.begin[i] + 1:
                    return before, "subject"
            if norm[doc.begin[i]] in ("وكان", "كان", "وكانت", "كانت", "وكانوا") and i > doc.begin[i] + 1:
                before = self._subject_before(i)  # «وكان الرئيس دعا ترامب إلى»
                if before is not None:
                    return before, "subject"
            mention = self._subject_after(i, end, objects=cue.frame.group in _WITH_OBJECT, cue=cue)
            if mention is not None:
                return mention, "subject"
        if doc.title and cue.joined:
            first = self.reader.read(0, i)  # «فلان يرفض كذا.. ويهدد بكذا»
            if first is not None and first.first == 0:
                return first, "subject"
        if cue.joined and i != doc.begin[i]:
            return None, "sentence"
        mention = self._subject_before(i)
        if mention is not None:
            return mention, "subject"
        return None, "carried" if i - doc.begin[i] <= 1 or cue.joined else "sentence"

    def _owner(self, i: int) -> Mention | None:
        """Whose saying the verb at `i` speaks of: «بعد كلمة لزعيم الحركة، هدد فيها», «تصريح الوزير، قال فيه»."""
        doc, norm = self.doc, self.doc.norm
        for k in range(i - 1, max(doc.begin[i] - 1, i - 25), -1):
            if bare(norm[k]).lstrip("وب") in words_of("sayings") and k + 1 < i and norm[k + 1][0].isalpha():
                if norm[k + 1] == "من" and k + 2 < i:
                    k += 1  # «تأكيدات من مسؤول أوضح فيها»
                attached = norm[k + 1][0] == "ل" and len(norm[k + 1]) > 3
                owner = self.reader.read_attached(k + 1, i) if attached else self.reader.read(k + 1, i)
                if owner is not None and owner.first == k + 1 and (owner.named or owner.role is not None):
                    return owner
                return None
        return None

    def _governing(self, i: int) -> Mention | None:
        """The subject of the verb that a participle or noun at `i` leans on, when no statement stands between."""
        doc, norm = self.doc, self.doc.norm
        earlier = [one for one in self.found[-2:] if one.rule != "attribution" or one.mention is not None]
        last_end = earlier[-1].end if earlier else 0
        for k in range(i - 1, max(doc.begin[i] - 1, i - 45), -1):
            if doc.tokens.start[k] < last_end:
                return None
            cue = doc.cue[k]
            if k > doc.begin[i] and norm[k - 1] in doc.words.words["relatives"] and norm[i - 1] in COMMAS:
                continue  # «تحفظت قطر على موقف الجامعة التي استنكرت القصف، مؤكدة …»
            if norm[k + 1] in _WITHIN:
                continue  # «نشر الرئيس تغريدة توعد فيها روسيا قائلا»
            if norm[k] in ("رد", "ردت", "ورد", "وردت") or (cue is not None and cue.kind in ("past", "present")):
                if cue is not None and not cue.joined and k > doc.begin[i] and not cue.object:
                    before = self._subject_before(k)
                    if before is not None:
                        return before
                a = k + 1
                while a < i and norm[a] in words_of("after_verb"):
                    a += 1
                mention = self.reader.read(a, i)
                return mention if mention is not None and mention.first == a else None
        return None

    def _subject_after(self, i: int, end: int, *, objects: bool = False, cue: Cue | None = None) -> Mention | None:
        """The noun phrase after a verb. `objects`: the verb also takes whom it addresses («حث الحكومة على»)."""
        norm = self.doc.norm
        a = i + 1
        while a < end and (norm[a] in words_of("after_verb") or self._manner(a)):
            a += 1
        if a >= end:
            return None
        again = self.doc.cue[a]
        if (
            again is not None
            and again.kind in ("past", "present")
            and a == i + 1
            and cue is not None
            and cue.lemma == "قال"
            and norm[a][0] != "و"
            and a + 1 < end
            and self.reader._name_like(a + 1)
        ):
            self.doc.cue[a] = again = None  # «قال فيبين نارانغ»: a name that is spelt like a verb
        if again is not None and again.kind == "masdar" and again.definite and bare(norm[a]) not in self.reader.orgs:
            return None  # «يجددون التأكيد على»
        if cue is not None and a == i + 1 == end and norm[a].startswith("ال"):
            return None
        if norm[a] in ("امكانية", "احتمال", "فكرة", "وجود"):
            return None  # «لكن ميركل رفضت إمكانية أن»
        if objects and cue is not None and norm[a][0].isalpha():
            if cue.joined and i != self.doc.begin[i]:
                return self._first_agreeing(a, end, cue)
            head = norm[a]
            if (
                not cue.feminine
                and head.startswith("ال")
                and (head.endswith(("ة", "ات")) or head == "النساء")
                and bare(head) not in self.reader.roles
            ):
                return None
            if (
                cue.feminine
                and head.startswith("ال")
                and bare(head) in ("مجتمع", "رئيس", "وزير", "جيش", "نظام", "شعب", "مواطنين", "جميع")
            ):
                return None
            if head in ("العالم", "المجتمع", "الدول", "الاطراف", "كافة", "كل", "جميع", "المواطنين", "جانبا", "رسالة"):
                return None
        owner = self._owner_of_document(a, end)
        if owner is not None:
            return owner
        self.reader.minimal = objects
        if cue is not None and cue.lemma in ("اتهم", "حث", "حض") and not cue.object and cue.kind in ("past", "present"):
            mention = self.reader.read(a, end)
            self.reader.minimal = False
            if mention is not None and mention.last >= end and mention.first == a:
                # One phrase alone between verb and complement is whom the verb is about: «يتهم فيها فلانا بقتل».
                return self._first_of_two(a, end)
            return mention
        mention = self.reader.read(a, end) if objects else self.reader.subject(a, end)
        if mention is None and objects and a < end and not norm[a].startswith("ال"):
            mention = self.reader.subject(a, end)
        self.reader.minimal = False
        return mention

    def _first_agreeing(self, a: int, end: int, cue: Cue) -> Mention | None:
        """The subject in «…، ودعت القيادة العامة السكان إلى»: the first of two phrases, if it agrees with the verb."""
        self.reader.minimal = True
        mention = self.reader.read(a, end)
        self.reader.minimal = False
        if mention is None or mention.first != a or mention.last >= end or self.doc.norm[mention.last] in COMMAS:
            return None
        rest = self.doc.norm[mention.last]
        asked = rest == "من" and cue.frame.group == "demand-bare"  # «وطلبت روما من السفينة»
        if asked and mention.type == "country":
            return mention if cue.feminine else None
        if not rest.startswith("ال") or _ADJECTIVE.fullmatch(rest) or not (mention.named or mention.role):
            return None
        feminine = mention.feminine
        if feminine is None:
            feminine = bare(self.doc.norm[a]).endswith(("ة", "ات")) or bare(self.doc.norm[a]) in words_of(
                "feminine_heads"
            )
        return mention if feminine == cue.feminine else None

    def _owner_of_document(self, a: int, end: int) -> Mention | None:
        """Whose the document at `a` is: «بيان للوزارة», «بيان نشره المركز», «بيان صادر عن الوزارة», «بيان الجيش»."""
        norm = self.doc.norm
        if bare(norm[a]) not in words_of("owned") or a + 1 >= end:
            return None
        k = a + 1
        following = norm[k]
        if following[0] == "ل" and len(following) > 3:
            owner = self.reader.read_attached(k, end)
            return owner if owner is not None and owner.first == k else None
        if _ISSUED.fullmatch(following) and k + 1 < end:
            return self.reader.subject(k + 1, end)
        if following in ("صادر", "صدر", "صادرة", "صدرت") and norm[k + 1] == "عن" and k + 2 < end:
            return self.reader.subject(k + 2, end)
        somebody = following in self.reader.given or self.doc.counts.get(following, 0) >= 3
        if norm[a] == "بيان" and (following.startswith("ال") or bare(following) in self.reader.orgs or somebody):
            owner = self.reader.read(k, end)
            return owner if owner is not None and owner.first == k and owner.last <= end else None
        return None

    def _first_of_two(self, a: int, end: int) -> Mention | None:
        """The accuser in «اتهم الكرملين واشنطن بـ…», where nothing but their order parts subject and object."""
        norm = self.doc.norm
        for s in range(a + 1, end):
            t = norm[s]
            known = t in self.reader.countries or t in self.reader.given or self.doc.counts.get(t, 0) >= 2
            definite = t.startswith("ال") and not norm[a].startswith("ال")
            if not known and not definite and s + 1 < end:
                continue
            if t.startswith("ال") and (norm[s - 1].startswith("ال") or not known):
                continue
            first, second = self.reader.read(a, s), self.reader.read(s, end)
            if first is not None and second is not None and first.last == s and second.last >= end:
                return first
        return None

    def _manner(self, a: int) -> bool:
        """«قالتا مازحتين», «قال ساخرا»: how it was said, not who said it."""
        norm, tokens = self.doc.norm, self.doc.tokens
        if norm[a] in ("مازحتين", "مازحين", "ضاحكين", "ضاحكتين") or "ً" in tokens.text[tokens.start[a] : tokens.end[a]]:
            return True
        following = norm[a + 1] if a + 1 < len(norm) else ""
        return (
            _CIRCUMSTANCE.fullmatch(norm[a]) is not None
            and norm[a] not in self.reader.given
            and norm[a] not in self.reader.countries
            and (following[:1] in '«"“:' or following in COMMAS)
            and self.doc.counts.get(norm[a], 0) < 2
        )

    def _subject_before(self, i: int) -> Mention | None:
        """«الوزير قال إن», «وكان الوزير قد قال إن»."""
        doc, norm = self.doc, self.doc.norm
        begin = max(doc.begin[i], i - 40)
        if norm[begin] in ("لم", "ولم", "لن", "ولن", "لا", "ولا"):
            begin = min(begin + 2, i)
        if self.found and self.found[-1].end > doc.tokens.start[begin]:
            while begin < i and doc.tokens.start[begin] < self.found[-1].end:
                begin += 1
        end = i
        pluperfect = False
        while end > begin and norm[end - 1] in (
            "قد", "فقد", "سوف", "لم", "لا", "لن", "كان", "كانت", "كانوا", "ايضا", "ما"
        ):  # fmt: skip
            end -= 1
            pluperfect = pluperfect or norm[end].startswith("كان")
        if end > begin and norm[end - 1] in doc.words.words["relatives"]:
            # The antecedent stands just before: «الوزير الذي قال إن».
            verb = doc.cue[i]
            if verb is not None and verb.feminine != norm[end - 1].endswith("التي") and not verb.plural:
                return None  # «المستشفى الذي قالت إنه»: not who speaks
            within = i + 1 < len(norm) and norm[i + 1] in ("فيه", "فيها", "خلاله", "خلالها", "به", "بها")
            end -= 1
            if norm[end - 1] in COMMAS:
                end -= 1
            for k in range(max(begin, end - 10), end):
                if doc.cue[k] is None or self.reader._is_role(norm[k]):
                    antecedent = self.reader.read(k, end)
                    if antecedent is not None and antecedent.first == k and antecedent.last == end:
                        if within and antecedent.definite and antecedent.role is None:
                            break  # «النسخة العربية، التي قال فيها»
                        rare = antecedent.type == "person" and doc.counts.get(norm[antecedent.first], 0) < 3
                        if rare and self._taken_up(i) and antecedent.definite and antecedent.role is None:
                            break  # «القرار الذي قال إنه سيساهم في»
                        return antecedent
                    if antecedent is not None and antecedent.first == k and antecedent.named:
                        if antecedent.role is None or antecedent.role[1] != end:
                            continue
                        return antecedent  # «جو بايدن، نائب الرئيس سابقا، والذي قال»
            return None
        for k in range(end - 1, begin - 1, -1):
            if norm[k] in (
                ":",
                "كان",
                "كانت",
                "وكان",
                "وكانت",
                "لكن",
                "ولكن",
                "فيما",
                "بينما",
                "حيث",
                "كما",
                "اذ",
                "ان",
                "وفيما",
                "بعدما",
                "عندما",
                "بان",
                "لان",
                "وان",
            ):
                begin = k + 1
                break
        while begin < end and (norm[begin] in COMMAS or norm[begin] in words_of("leading")):
            begin += 1
        if begin >= end:
            return None
        first = norm[begin]
        if (
            first[0] == "و"
            and len(first) > 3
            and (first[1:] in self.reader.countries or first[1:] in self.reader.given or first.startswith("وال"))
        ):
            mention = self.reader.read_attached(begin, end)
        else:
            mention = self.reader.read(begin, end)
        if mention is None:
            return None
        if mention.first > begin + 1 and mention.type == "person" and not mention.role and end - begin > 6:
            return None
        if end - begin > 25 and mention.last - mention.first < 3:
            return None
        gap = end - max(mention.last, mention.role[1] if mention.role else 0)
        if (
            gap > 3
            and not pluperfect
            and norm[end - 1] not in COMMAS
            and not self._relative_between(mention.last, end)
            and not (gap <= 12 and mention.named and norm[mention.last][0] == "و" and len(norm[mention.last]) > 3)
        ):
            return None
        if mention.type == "person" and mention.role is None and mention.definite and gap > 1:
            return None
        return mention

    def _taken_up(self, i: int) -> bool:
        """Whether the pronoun on the conjunction after the verb may be the antecedent itself: «الذي قال إنه»."""
        following = self.doc.norm[i + 1] if i + 1 < len(self.doc.norm) else ""
        return following in ("انه", "انها", "انهم", "بانه", "بانها", "بانهم")

    def _relative_between(self, a: int, b: int) -> bool:
        relatives = self.doc.words.words["relatives"]
        return any(self.doc.norm[k] in relatives or self.doc.norm[k] in COMMAS for k in range(a, min(b, a + 3)))

    def _before_possessed(self, i: int) -> tuple[Mention | None, Source]:
        """«عن مصدر عسكري قوله إن»: the phrase after the nearest عن before."""
        doc, norm = self.doc, self.doc.norm
        for k in range(i - 1, max(doc.begin[i] - 1, i - 40), -1):
            if norm[k] in ("عنه", "عنها", "عنهم"):
                return None, "carried"  # «نقلت الوكالة عنها قولها»
            if norm[k] in ("عن", "لسان") or (norm[k] == "الى" and any(w in _ASCRIBED for w in norm[doc.begin[i] : k])):
                mention = self.reader.subject(k + 1, i)
                if mention is not None:
                    return mention, "subject"
                break
        return None, "sentence"

    # -- taking a complement ------------------------------------------------------------------------------------

    def _take(
        self, i: int, cue: Cue, opening: Opening, mention: Mention | None, source: Source, asserted: bool = True
    ) -> None:
        doc, norm = self.doc, self.doc.norm
        tokens = doc.tokens
        cue_span = (tokens.start[i], tokens.end[i])
        rule = f"{cue.kind}:{cue.frame.group}:{opening.form}"
        size = len(norm)
        at = opening.at
        while opening.form == "colon" and at < size and norm[at] == "\n":
            at += 1
        if opening.form == "that" and at < size and norm[at] in COMMAS | {":"}:
            at += 1
        if at + 1 < size and norm[at] == "و" and norm[at + 1] in MARKS:
            at += 1  # «إلى أنه و"أينما نرى …"»
        if at >= size:
            return
        q = doc.quotation(at)
        start_span: tuple[int, int] | None = None
        if q is not None and q.open == at:
            end = self._after_quotation(q, opening.form)
            if end == q.after or opening.form in ("colon", "quote"):
                if q.words == 0 or (q.words == 1 and opening.form == "np"):
                    return
                kind: Kind = "direct"
                a, b = self._inner(q)
                self._add(
                    Found(a, b, kind, rule, i, cue_span, mention, source, cue.feminine, cue.plural, asserted), q.after
                )
                self.claimed.add(q.open)
                self._further(q, i, cue, mention, source, asserted)
                return
            opening = Opening(opening.form, at, opening.head)
            start_span = (tokens.start[at], tokens.end[end - 1])
        elif opening.form == "colon":
            end = self._colon_end(at)
            if end <= at:
                return
        elif opening.form == "quote":
            return
        else:
            opening = Opening(opening.form, at, opening.head)
            adverbial = norm[doc.begin[i]] in words_of("adverbial_openers") or norm[i - 1 : i] in (
                ["بعد"],
                ["عقب"],
                ["من"],
                ["منذ"],
            )
            meanwhile = opening.form == "np" and norm[doc.begin[i] : doc.begin[i] + 3] == ["في", "الوقت", "الذي"]
            hangs = cue.kind in ("masdar", "noun") and (opening.form == "np" or adverbial)
            end = clause_end(doc, opening, to_comma=hangs or meanwhile)
        if start_span is None:
            if not asserted and norm[i - 1] in ("لو", "اذا", "ولو", "واذا", "فاذا"):
                end = next((k for k in range(at + 2, end) if _APODOSIS.match(norm[k])), end)
            while end > at + 1 and (norm[end - 1] in COMMAS or norm[end - 1] in words_of("dangling")):
                end -= 1
            if end <= at:
                return
            start_span = (tokens.start[at], tokens.end[end - 1])
        words = sum(1 for k in range(at, end) if norm[k][0].isalnum())
        if opening.form == "np" and words == 1 and cue.frame.group in ("demand", "call") and cue.kind != "masdar":
            # «تدعو مجلس الأمن للتدخل»: whom it is asked of belongs to it.
            first = mention.last if mention is not None and mention.first > i else i + 1
            if opening.head - first >= 2 and norm[first][0].isalpha() and norm[first] not in words_of("after_verb"):
                at, words = first, 1 + opening.head - first
                start_span = (tokens.start[at], tokens.end[end - 1])
        if opening.form == "np" and self._bare_naming(at, end, words, cue):
            return
        if words == 0:
            return
        a, b = _trim(tokens.text, *start_span) if norm[at] not in MARKS else (
            start_span[0], _trim(tokens.text, *start_span)[1])  # fmt: skip
        a, b = self._balance(a, b, at, end)
        if b <= a:
            return
        kind = self._kind(at, end)
        self._add(Found(a, b, kind, rule, i, cue_span, mention, source, cue.feminine, cue.plural, asserted), end)

    def _balance(self, a: int, b: int, at: int, end: int) -> tuple[int, int]:
        return a, b

    def _bare_naming(self, at: int, end: int, words: int, cue: Cue) -> bool:
        """«أدان الهجوم», «طالب بالانسحاب»: an act named, nothing said of it."""
        if cue.frame.np_test == "long":
            return words < 5
        if words <= 1 or (words < 5 and cue.lemma in ("انتقد", "استغرب")):
            return True
        return words == 2 and self.doc.norm[at].startswith(("ال", "بال")) and not self.doc.title

    def _after_quotation(self, q: Quotation, form: Form) -> int:
        """One past the clause that begins with quotation `q`: q.after when nothing follows it."""
        doc, norm = self.doc, self.doc.norm
        k = q.after
        stop = doc.stop[k] if k < len(norm) else len(norm)
        if k >= stop:
            return q.after
        if norm[k] in COMMAS:
            if several_quotations(doc, k):
                return q.after
            nxt = k + 1
            if nxt >= stop or breaks(doc, nxt, form, True) or form != "that":
                return q.after
            if q.words >= 6 and norm[nxt][:1] != "و":
                return q.after
        elif (
            norm[k] in ".!?؟)"
            or not norm[k][0].isalnum()
            or breaks(doc, k, form, True)
            or (form not in ("that", "np") and q.words >= 3)
        ):
            return q.after
        end = clause_end(doc, Opening(form, q.after, q.after))
        return max(end, q.after)

    def _inner(self, q: Quotation) -> tuple[int, int]:
        tokens = self.doc.tokens
        a, b = tokens.start[q.first], tokens.end[q.last - 1]
        text = tokens.text
        while a < b and (text[a].isspace() or text[a] in "،,:"):
            a += 1
        while b > a and (text[b - 1].isspace() or text[b - 1] in ".،,"):
            b -= 1
        return a, b

    def _colon_end(self, at: int) -> int:
        """The end of unmarked words after a colon: the sentence, or the closing mark that was never opened."""
        doc, norm = self.doc, self.doc.norm
        j = at
        stop = doc.stop[at]
        while j < stop:
            q = doc.quotation(j)
            if q is not None and q.after > j:
                j = q.after
                continue
            if norm[j] in ("”", "»", '"', "“"):
                return j
            if (
                norm[j] in COMMAS
                and j + 1 < stop
                and (
                    attribution(doc, j + 1) is not None
                    or (breaks(doc, j + 1, "colon", True) and doc.cue[j + 1] is not None)
                )
            ):
                return j
            j += 1
        return stop

    def _kind(self, at: int, end: int) -> Kind:
        doc = self.doc
        j = at
        names = doc.words.words["name_heads"]
        while j < end:
            q = doc.quotation(j)
            if q is None:
                j += 1
                continue
            previous = doc.norm[q.open - 1] if q.open else ""
            plain = bare(previous)
            if q.words >= 5:
                return "mixed"
            if plain not in names and plain.lstrip("وبل") not in names and not self._name_elsewhere(q):
                return "mixed"
            j = max(q.after, j + 1)
        return "indirect"

    def _name_elsewhere(self, q: Quotation) -> bool:
        if q.words > 4:
            return False
        if q.words == 1 and self.doc.norm[q.first].isdigit():
            return True  # «إخراج "86" حافلة»
        listed = self.doc.words.words
        first = self.doc.norm[q.first]
        if first in listed["name_heads"] or bare(first) in listed["proper_organisations"]:
            return True  # «"داعش"», «"حزب الله"»
        return 1 < q.words <= 3 and self.doc.quoted.get(self.doc.marked(q), 0) >= 2

    def _further(self, q: Quotation, i: int, cue: Cue, mention: Mention | None, source: Source, asserted: bool) -> None:
        """«…»، وإن «…»; and a quotation that goes on in further marks of its own."""
        doc, norm = self.doc, self.doc.norm
        k = q.after
        for _ in range(20):
            if not several_quotations(doc, k):
                return
            if norm[k] in COMMAS:
                k += 1
            nxt = doc.quotation(k + 1)
            if nxt is None:
                return
            a, b = self._inner(nxt)
            if b > a:
                span = (doc.tokens.start[i], doc.tokens.end[i])
                self._add(Found(a, b, "direct", "further-quotation", i, span, mention, source, cue.feminine,
                                cue.plural, asserted), nxt.after)  # fmt: skip
                self.claimed.add(nxt.open)
            k = nxt.after

    def _add(self, found: Found, busy: int) -> None:
        if found.start and self.doc.tokens.text[found.start - 1] == "#":
            found.start -= 1
        if found.end > found.start:
            self.found.append(found)
            self.busy = max(self.busy, busy)

    # -- nouns --------------------------------------------------------------------------------------------------

    def _noun_cue(self, i: int, cue: Cue) -> None:
        """«تصريحات فلان بأن», «إعلان فلان انسحاب», «جاء في بيان: »."""
        doc, norm = self.doc, self.doc.norm
        if cue.definite and norm[i] not in ("بالقول",):
            nxt = norm[i + 1] if i + 1 < len(norm) else ""
            if nxt not in doc.words.that:
                return
        opening = find_opening(doc, i, cue, 22)
        if opening is None:
            return
        if opening.form == "that":
            if cue.definite and norm[i] == "القول":
                return
            if opening.head - i > 6 and not cue.possessed and any(t in COMMAS for t in norm[i : opening.head]):
                return  # «رفض الحركة دعوة الرئيس، المخاوف من أن»
        elif opening.form == "np":
            if cue.lemma not in ("اعلن", "نفى", "طالب", "اتهم"):
                return
        elif opening.form == "quote":
            q = doc.quotation(opening.at)
            if q is None or q.words < 5 or q.open - i > 10 or (q.words < 7 and norm[q.open - 1] != ":"):
                return
        elif opening.head - i > 10:
            return
        mention = self.reader.read(i + 1, opening.head) if opening.head > i + 1 else None
        if opening.form == "np" and any(norm[k] in words_of("adverbial_openers") for k in range(i, opening.head)):
            return  # «إعلان فلان بعد اقتراح شركة مكلفة وضع خطة»
        if opening.form == "np" and mention is None and not cue.possessed and opening.head > i + 1:
            return  # «إعلان حفل افتتاح الجسر»
        spoken = norm[i] == "بالقول"
        if cue.definite and not spoken and mention is None and opening.form == "that" and self._governing(i) is None:
            return  # «التوقعات بأن»: nobody's
        if cue.lemma in words_of("owned") and norm[i + 1][0] == "ل" and len(norm[i + 1]) > 3 and opening.head > i + 1:
            mention = self.reader.read_attached(i + 1, opening.head)
        if mention is None and not cue.possessed:
            mention = self._governing(i)
            if mention is not None:
                self._take(i, cue, opening, mention, "subject")
                return
        if norm[i].startswith("بم") and cue.lemma == "طالب":
            mention = None
        if mention is not None and mention.first > i + 2 and not cue.possessed and mention.type != "person":
            mention = None
        self._take(i, cue, opening, mention, "subject" if mention else "sentence")

    # -- attributions -------------------------------------------------------------------------------------------

    def _attribution(self, i: int) -> None:
        """«بحسب المرصد، …» before a clause, «…، بحسب المرصد» after it."""
        doc, norm = self.doc, self.doc.norm
        who = attribution(doc, i)
        if who is None:
            return
        tokens = doc.tokens
        begin, stop = doc.begin[i], doc.stop[i]
        if norm[i - 1 : i] == ["الا"] or (i > begin and norm[i - 1] in ("-", "–", "—")):
            return
        if norm[i] in ("على", "وعلى") and any(
            c is not None and c.kind == "masdar" and c.possessed for c in doc.cue[who : min(stop, who + 8)]
        ):
            return  # «نقلت على لسان فلان قوله إن»
        # The phrase itself.
        end = who
        while (
            end < stop
            and norm[end] not in COMMAS
            and norm[end] not in ("فان", "فانه", "فانها", "فقد", ":")
            and doc.quotation(end) is None
        ):
            end += 1
            if end - who > 30:
                break
        q = doc.quotation(end) if end < stop else None
        if (
            q is not None
            and q.open == end
            and (q.words <= 3 or bare(norm[end - 1]) in doc.words.words["name_heads"] or norm[end - 1] == "ل")
        ):
            end = q.after
            while end < stop and norm[end] not in COMMAS and norm[end] not in ("فان", "فانه", "فانها", ":"):
                if doc.quotation(end) is not None:
                    break
                end += 1
        mention, source = self._attributed(who, end)
        if end + 2 < stop and norm[end] in COMMAS and norm[end + 1] in doc.words.words["adverbs"]:
            k = end + 2
            while k < stop and norm[k] in COMMAS:
                k += 1
            if norm[k] in words_of("then"):
                end = k  # «بحسب الصحيفة، السبت، فقد …»
        if mention is not None and not mention.named and end + 1 < stop and norm[end] in COMMAS:
            # «بحسب مراسل الهيئة في سوريا، عساف عبود، …»
            longer, _ = self._attributed(who, min(stop, end + 12))
            named = longer is not None and longer.named and longer.name_first == end + 1 and longer.last < stop
            if longer is not None and named and norm[longer.last] in COMMAS:
                mention, end = longer, longer.last
        span = (tokens.start[i], tokens.end[min(who, len(norm)) - 1])
        if span[1] <= span[0]:
            span = (tokens.start[i], tokens.end[i])
        if self.found and self.found[-1].rule == "attribution" and self.found[-1].end > tokens.start[begin]:
            # «ولد فلان، بحسب الوكالة، في …، بحسب الوزارة»: the later one holds the earlier.
            if i - self.found[-1].at > 3 and self.found[-1].start >= tokens.start[begin] and self.found[-1].at < i:
                if self.found[-1].kind != "direct" and self.found[-1].end <= tokens.start[self.found[-1].at]:
                    self.found.pop()
                else:
                    return
        elif self.found and self.found[-1].end > tokens.start[begin]:
            last = self.found[-1]
            if last.mention is None and last.source == "carried" and last.rule == "loose":
                last.mention, last.source = mention, source
            return
        anew = norm[i][0] == "و" and end < stop and norm[end] in words_of("then")  # «…، وبحسب فلان فإن»
        leading = anew or i - begin <= 1 or (i - begin <= 3 and norm[i - 1] in COMMAS and self._opens_loosely(begin))
        if leading:
            at = end
            while at < stop and (norm[at] in COMMAS or norm[at] in words_of("then") or norm[at] in (":", "ان", "-")):
                at += 1
            if at >= stop or at == who:
                if mention is not None and who < mention.last < stop - 2 and norm[mention.last] not in COMMAS:
                    at = mention.last  # «ووفق عبد الرحمن لم يعد هناك …»
                else:
                    return
            if attribution(doc, at) is not None or self._reports(at):
                return
            self._attributed_clause(i, at, None, span, mention, source)
            return
        if end < stop and norm[end] in COMMAS and end + 1 < stop:
            # In the middle: «وتدور، وفق المرصد، "اشتباكات"».
            q = doc.quotation(end + 1)
            if q is not None and q.open == end + 1 and q.words >= 3:
                a, b = self._inner(q)
                self._add(Found(a, b, "direct", "attribution", i, span, mention, source), q.after)
                self.claimed.add(q.open)
                return
        previous = norm[i - 1]
        if previous not in COMMAS and previous not in MARKS:
            # Without a comma only where the attribution closes the sentence, and is somebody.
            nobody = not self._credible(mention) if mention is not None else source == "carried"
            if mention is not None and not nobody and mention.last + 2 <= stop and mention.last < end and i > begin + 2:
                # «قتل 31 مدنيا في غارات استهدفت وفق المرصد مناطق …»: said in the middle of it.
                if not any(self._reports(k) for k in range(max(begin, i - 60), i)):
                    self._attributed_clause(i, begin, stop, span, mention, source)
                return
            closed = end >= stop or (norm[end] in COMMAS and mention is not None and mention.last == end)
            if not closed or end - who > 12 or nobody:
                return
        if any(self._reports(k) for k in range(max(begin, i - 60), i)):
            return
        tail = doc.words.words["attribution_tail"]
        if mention is None and doc.cue[begin] is not None and (norm[who] in tail or norm[who][1:] in tail):
            return  # «وتحدث فلان عن «عالم جديد»، على حد تعبيره»
        last_token = i - 1 if previous in COMMAS else i
        if previous in COMMAS and end + 2 < stop and norm[end] in COMMAS and self._goes_on(begin, i, end, mention):
            last_token = stop  # «تشكل هذه المقابلة، بحسب الصحيفة، أول مقابلة»
        elif previous in COMMAS and i - begin <= 6 and mention is not None and mention.last + 3 <= end:
            last_token = stop  # «تنتظر البلاد، حسب الأرصاد مرور إعصار قوي»
        self._attributed_clause(i, begin, last_token, span, mention, source)

    def _goes_on(self, begin: int, i: int, end: int, mention: Mention | None) -> bool:
        """Whether the clause goes on after «، بحسب فلان،»: what follows is no apposition and no remark."""
        doc, norm = self.doc, self.doc.norm
        after = norm[end + 1]
        words = doc.words.words
        if after in words["relatives"] or (mention is not None and mention.role is not None and mention.role[0] > end):
            return False
        if doc.stop[i] - end <= 6 and (bare(after) in words["roles"] or after in words["roles"]):
            return False  # «، حسبما أعلن فلان، مدرب الفريق»
        if i - begin <= 6:
            return True
        # A bare noun can only be the object or subject that the clause still lacks.
        return after[0].isalpha() and bare(after) in words["common_nouns"] and not breaks(doc, end + 1, "np", True)

    def _opens_loosely(self, begin: int) -> bool:
        """«وفي دمشق، بحسب فلان، …»: what stands before the comma is no clause that goes on after it."""
        word = self.doc.norm[begin]
        words = self.doc.words.words
        for plain in (word, word[1:] if word[0] in "وف" else word):
            if plain in words["function_words"] or plain in words["adverbs"] or plain in words_of("leading"):
                return True
        return False

    def _names_somebody(self, word: str) -> bool:
        """Whether the word after a document can be whose it is: «أرقام المرصد», not «بيانات حديثة»."""
        reader = self.reader
        plain = bare(word)
        return (
            word.startswith(("ال", "لل"))
            or plain in reader.orgs
            or plain in reader.roles
            or plain in reader.unnamed
            or word in reader.countries
            or word in reader.given
            or plain in self.doc.words.words["documents"]
            or (word[0] == "ل" and len(word) > 3)
            or word in ("عن", "ل")
        )

    def _reports(self, k: int) -> bool:
        """Whether a finite reporting verb with a complement stands at `k`."""
        cue = self.doc.cue[k]
        if cue is None or cue.kind not in ("past", "present") or self._impersonal(k):
            return False
        opening = find_opening(self.doc, k, cue, 30)
        if opening is not None and opening.form == "np" and opening.head == k + 1:
            return not self._passive_or_plain(k, cue, None)  # «ويتوقع إعلان النتائج غدا بحسب اللجنة»
        return opening is not None

    def _credible(self, m: Mention) -> bool:
        """Whether a phrase after a bare «وفق» can be somebody and not a plan or a measure."""
        if m.type in ("organisation", "country", "unnamed"):
            return True
        first = self.doc.norm[m.name_first]
        return first in self.reader.given or m.role is not None or self.doc.counts.get(first, 0) >= 2

    def _attributed(self, who: int, end: int) -> tuple[Mention | None, Source]:
        doc, norm = self.doc, self.doc.norm
        documents = doc.words.words["documents"]
        k = who
        if k + 1 < end and norm[k] in ("عنه", "عنها", "به", "بها", "اليه", "اليها", "عليه", "له", "لها"):
            k = who = k + 1  # «وفقا لما أعلنت عنه الوكالة»
        if k + 1 < end and norm[k] == "في":
            k = who = k + 1  # «حسب ما جاء في التقرير»
        if k >= end:
            return None, "carried"
        word = norm[k]
        # Documents and titles of sayings give way to whoever is behind them.
        for _ in range(3):
            plain = bare(word[1:]) if word[0] == "ل" and len(word) > 3 else bare(word)
            if word == "تقارير" and (k + 1 >= end or norm[k + 1] in COMMAS):
                return self.reader.subject(k, k + 1), "subject"
            if word == "التقارير" and k + 1 < end and norm[k + 1].startswith("ال"):
                return self.reader.subject(k, end), "subject"  # «بحسب التقارير الصحفية الواردة»
            if word.startswith("لل"):
                plain = word[2:]
            tail = doc.words.words["attribution_tail"]
            if plain in documents or word in tail:
                if k + 1 >= end:
                    return None, "document" if plain not in tail else "carried"
                if norm[k + 1] in COMMAS:
                    return None, "document"
                following = norm[k + 1]
                if word.startswith(("ال", "لل")) and following.startswith("ال") and plain not in words_of("figures"):
                    return None, "document"
                if plain not in tail and not self._names_somebody(following):
                    break
                if plain in words_of("figures") and word.startswith(("ال", "لل")):
                    break  # «الإحصاءات الحكومية» speak for themselves
                k += 1
                word = norm[k]
                continue
            break
        if word == "ل" and k + 1 < end:
            k += 1
        for j in range(who, min(end, who + 7)):
            if norm[j] == "عن" and j + 1 < end:
                mention = self.reader.read(j + 1, end)
                if mention is not None:
                    return mention, "subject"
        first = norm[k]
        if (
            first[0] == "ل"
            and len(first) > 3
            and not (k == who and norm[k - 1].lstrip("و") in ("بحسب", "حسب", "فق"))  # «بحسب لائحة الاتهام»
            and first not in doc.words.words["countries"]
            and first not in doc.words.words["given_names"]
            and first not in doc.words.words["organisations"]
            and first not in doc.words.words["roles"]
        ):
            mention = self.reader.read_attached(k, end)
        else:
            mention = self.reader.read(k, end)
            if mention is None and k > 0 and doc.cue[k - 1] is not None:
                mention = self.reader.subject(k, end)  # «حسبما يوضح فلان»
        if mention is None:
            return None, "carried"
        return mention, "subject"

    def _attributed_clause(
        self, i: int, at: int, last: int | None, span: tuple[int, int], mention: Mention | None, source: Source
    ) -> None:
        doc, norm = self.doc, self.doc.norm
        tokens = doc.tokens
        if last is None:
            q = doc.quotation(at)
            if q is not None and q.open == at and q.words >= 3:
                a, b = self._inner(q)
                self._add(Found(a, b, "direct", "attribution", i, span, mention, source), q.after)
                self.claimed.add(q.open)
                return
            end = clause_end(doc, Opening("that", at, at))
        else:
            end = last
            at = self._after_dateline(at, end)
            if norm[at : at + 2] in _MEANWHILE:
                at = next((k + 1 for k in range(at + 2, min(end, at + 6)) if norm[k] in COMMAS), at)
            if norm[at] in doc.words.words["nobody"] and at + 1 < end and norm[at + 1] in doc.words.that:
                at += 2  # «يُذكر أنه …، بحسب فلان»
            while at < end and (norm[at] in words_of("leading") or norm[at] in COMMAS):
                at += 1
            if end - at > 90:
                at = self._last_part(at, end)
                if end - at > 90:
                    return
            while end > at + 1 and (norm[end - 1] in COMMAS or norm[end - 1] == "وذلك"):
                end -= 1
        if end - at < 3:
            return
        q = doc.quotation(at)
        start, stop = tokens.start[at], tokens.end[end - 1]
        kind = self._kind(at, end)
        if q is not None and q.open == at and q.after >= end:
            start, stop = self._inner(q)
            kind = "direct"
            if q.words < 3:
                return
        elif last is not None and norm[at][0] == "و" and self._conjunction(at):
            start += 1
        start, stop = (start, stop) if kind != "indirect" else _trim(tokens.text, start, stop)
        self._add(Found(start, stop, kind, "attribution", i, span, mention, source), max(end, i + 1))
        if q is not None:
            self.claimed.add(q.open)

    def _described(self, i: int, cue: Cue, opening: Opening, mention: Mention | None) -> int | None:
        """«وصف بوتن [التدخل في سوريا بأنه "أداة"]»: the token at which what is described begins, or None."""
        doc, norm = self.doc, self.doc.norm
        if cue.frame.group != "describe" or cue.object or opening.form not in ("that", "quote"):
            return None
        q = doc.quotation(opening.at)
        limit = 8 if opening.form == "that" else 4
        if q is not None and q.open == opening.at and q.words > limit:
            return None
        a = mention.last if mention is not None and mention.first > i else i + 1
        while a < opening.head and (norm[a] in COMMAS or norm[a] in ("اياه", "اياها", "اياهم", "ذلك")):
            a += 1
        if (
            a >= opening.head
            or opening.head - a > 25
            or any(doc.quotation(k) is not None for k in range(a, opening.head))
        ):
            return None
        return a if norm[a][0].isalpha() and norm[a] not in doc.words.words["adverbs"] and norm[a] != "على" else None

    def _last_part(self, at: int, end: int) -> int:
        """Where the last part of a very long sentence begins, which an attribution at its end speaks of."""
        norm = self.doc.norm
        for k in range(end - 6, at, -1):
            if norm[k - 1] in COMMAS and self.doc.quotation(k) is None and norm[k] in words_of("connectives"):
                return k
        return at

    def _conjunction(self, at: int) -> bool:
        """Whether the و of a first word is «and»: وأسفر, but not وزير or وصل."""
        word = self.doc.norm[at]
        if word in ("ولم", "ولا", "ولن", "وقد", "وهو", "وهي", "وفي", "ومن", "وعن", "وتم", "وان", "وما"):
            return True
        roots = (
            "وزير",
            "وزار",
            "وصل",
            "وقع",
            "وجد",
            "ولي",
            "واشنطن",
            "وحد",
            "وكال",
            "وفد",
            "وفا",
            "وثق",
            "وسط",
            "وقته",
            "وسائل",
            "وافق",
            "وضع",
            "ولاي",
            "والد",
            "وجه",
            "وقف",
            "واصل",
            "ورد",
            "وعد",
            "وصف",
            "وكيل",
            "ولد",
        )
        return len(word) > 3 and not word.startswith(roots)

    def _after_dateline(self, at: int, end: int) -> int:
        """Past «طهران - » or «دبي، الإمارات العربية المتحدة (CNN) –»."""
        norm = self.doc.norm
        for k in range(at, min(end, at + 10)):
            if norm[k] in ("-", "–", "—") and (k + 1 >= end or self.doc.tokens.start[k] > self.doc.tokens.end[k - 1]):
                k += 1
                while k < end and norm[k] in ("-", "–", "—"):
                    k += 1
                return k
        return at

    # -- headlines and turns ------------------------------------------------------------------------------------

    def _sentence(self, i: int) -> None:
        """«السوداني: لا نحتاج قوات أجنبية» at the head of a title or a line."""
        doc, norm = self.doc, self.doc.norm
        stop = min(doc.stop[i], i + 14)
        if not doc.title and i > 0 and norm[i - 1] != "\n" and norm[i - 1][0] != ".":
            return
        if not doc.title and i > 60:
            return
        colon = -1
        j = i
        while j < stop:
            q = doc.quotation(j)
            if q is not None and q.after > j:
                if q.words > 6:
                    return
                j = q.after
                continue
            if norm[j] == ":":
                colon = j
                break
            verb = doc.cue[j]
            if verb is not None and (verb.kind == "present" or (verb.kind == "past" and j > i)):
                self._said_after(i, j)
                return
            j += 1
        if colon <= i or (colon + 2 >= doc.stop[i] and not doc.title):
            return
        first = bare(norm[i])
        if norm[i] in doc.words.words["not_headline_speakers"] or first in doc.words.words["not_headline_speakers"]:
            return
        if norm[i][0].isdigit():
            return
        begin = i
        for k in range(colon - 1, i, -1):
            if norm[k][0] == "." or norm[k] in ("|", "/"):
                begin = k + 1
                break
        mention = self.reader.read(begin, colon)
        if mention is None:
            return
        if (
            mention.last < colon - 3
            and mention.role is None
            and norm[mention.last] not in ("حول", "عن", "بشان", "ردا", "بعد", "خلال", "على", "تعليقا", "لدى", "امام")
            and norm[mention.last][0] != "ل"
        ):
            return
        capital = norm[mention.first] in doc.words.words["capitals"] and norm[colon + 1] not in words_of("events")
        if mention.type == "country" and not capital and not self._speaks(colon + 1):
            return  # «العراق: مقتل …» is a dateline; «إيران: لن نتراجع» is not.
        at = colon + 1
        if self._other_speaker(at):
            return
        end = doc.stop[at] if at < len(norm) else at
        # A title's later parts belong to the same words: «فلان: … .. …».
        if end <= at:
            return
        tokens = doc.tokens
        q = doc.quotation(at)
        if q is not None and q.open == at and q.after >= end:
            a, b = self._inner(q)
            kind: Kind = "direct"
        else:
            a, b = _trim(tokens.text, tokens.start[at], tokens.end[end - 1])
            if norm[at] in MARKS:
                a = tokens.start[at]
            kind = self._kind(at, end)
        if b - a < 8:
            return
        self._add(Found(a, b, kind, "headline-colon", i, None, mention, "subject"), end)

    def _other_speaker(self, at: int) -> bool:
        """«فلان: المرشح ينفي اتهامات بكذا»: a title about somebody in which a verb of its own reports."""
        doc = self.doc
        for k in range(at + 1, min(doc.stop[at], at + 9)):
            cue = doc.cue[k]
            if cue is not None and cue.kind == "present" and cue.frame.group in ("deny", "announce") and not cue.object:
                return find_opening(doc, k, cue) is not None
        return False

    def _speaks(self, k: int) -> bool:
        """Whether the words from `k` can only be somebody's own: «لن نتراجع», «سنرد», «يجب أن …»."""
        word = self.doc.norm[k]
        future = word[:2] in ("سن", "سا", "سي", "ست") and len(word) > 3 and word not in self.reader.given
        return future or word in words_of("own_words")

    def _said_after(self, i: int, verb: int) -> None:
        """«فلان يهاجم كذا: لن نسمح به»: a title that first tells what was done and then what was said."""
        doc, norm = self.doc, self.doc.norm
        if not doc.title:
            return
        stop = doc.stop[i]
        colon = next((k for k in range(verb, stop) if norm[k] == ":" and doc.quotation(k) is None), None)
        if colon is None or colon + 3 >= stop or not self._speaks(colon + 1):
            return
        cues = [(k, doc.cue[k]) for k in range(i, colon)]
        if any(cue is not None and find_opening(doc, k, cue) for k, cue in cues):
            return  # a cue of its own opens it
        mention = self.reader.read(i, verb) if verb > i else None
        if mention is None or mention.first != i:
            return
        tokens = doc.tokens
        a, b = _trim(tokens.text, tokens.start[colon + 1], tokens.end[stop - 1])
        self._add(Found(a, b, self._kind(colon + 1, stop), "headline-colon", i, None, mention, "subject"), stop)

    # -- words in marks without an opening before them -------------------------------------------------------------

    def _loose(self, q: Quotation) -> None:
        """A stretch in marks that no cue before it has opened: «…» قال فلان; or a bare quotation."""
        doc, norm = self.doc, self.doc.norm
        if q.open in self.claimed or q.words < 3:
            return
        after = norm[q.after : q.after + 3]
        if q.words < 4 and not any(w in ("بهذه", "بهاتين") for w in after):
            return
        previous = bare(norm[q.open - 1]) if q.open else "\n"
        names = doc.words.words["name_heads"]
        if previous in names or previous.lstrip("وبل") in names:
            return
        k = q.after
        if k < len(norm) and (norm[k] in COMMAS or norm[k][0] == "."):
            k += 1
        if k + 2 < len(norm) and norm[k] in ("بهذه", "بهاتين", "بهذا") and norm[k + 1][:3] in ("الك", "الع"):
            mention = self.reader.subject(k + 3, min(len(norm), k + 30))  # «…».. بهذه الكلمات تحدث السفير
            if mention is not None:
                a, b = self._inner(q)
                span = (doc.tokens.start[k], doc.tokens.end[k + 2])
                self._add(Found(a, b, "direct", "cue-after", k, span, mention, "subject"), k + 3)
                return
        cue = doc.cue[k] if k < len(norm) else None
        if cue is not None and cue.kind in ("past", "present") and not cue.joined:
            following = find_opening(doc, k, cue, 30)
            if following is None or following.form == "np":
                end = k + 1
                while end < doc.stop[k] and norm[end] not in COMMAS and doc.quotation(end) is None:
                    end += 1
                mention = self.reader.read(k + 1, end)
                a, b = self._inner(q)
                span = (doc.tokens.start[k], doc.tokens.end[k])
                self._add(Found(a, b, "direct", "cue-after", k, span, mention, "subject" if mention else "carried",
                                cue.feminine, cue.plural), k + 1)  # fmt: skip
                return
        if k < len(norm):
            who = attribution(doc, k)
            if who is not None:
                end = who
                while end < doc.stop[k] and norm[end] not in COMMAS:
                    end += 1
                mention, source = self._attributed(who, end)
                a, b = self._inner(q)
                span = (doc.tokens.start[k], doc.tokens.end[k])
                self._add(Found(a, b, "direct", "attribution", k, span, mention, source), k + 1)
                return
        if q.open and norm[q.open - 1] == ":" and not doc.title:
            a, b = self._inner(q)
            self._add(Found(a, b, "direct", "loose", q.open, None, None, "carried"), q.after)
            return
        blaming = self._blaming(q)
        if blaming is not None:
            mention = self.reader.subject(blaming + 1, q.open)
            a, b = self._inner(q)
            span = (doc.tokens.start[blaming], doc.tokens.end[blaming])
            self._add(
                Found(a, b, "direct", "blame", blaming, span, mention, "subject" if mention else "carried"), q.after
            )
            return
        whole_line = q.open == doc.begin[q.open] and q.words >= 6
        if q.words >= 8 and (whole_line or self._spoken_sentence(q)):
            a, b = self._inner(q)
            self._add(
                Found(a, b, "direct", "loose", q.open, None, None, "sentence" if not whole_line else "carried"), q.after
            )

    def _blaming(self, q: Quotation) -> int | None:
        """The verb of «حمل فلان فلانا المسؤولية عن «…»»: too common a form to be a cue without what it blames for."""
        norm = self.doc.norm
        for k in range(max(self.doc.begin[q.open], q.open - 30), q.open):
            if norm[k].lstrip("وف") in ("حمل", "حملت", "يحمل", "تحمل"):
                blame = [bare(word).lstrip("لب") for word in norm[k + 1 : q.open]]
                return k if any(word in ("مسؤولية", "مسئولية", "مسوولية", "تبعات") for word in blame) else None
        return None

    def _spoken_sentence(self, q: Quotation) -> bool:
        """Whether the sentence around a long quotation has some form of saying in it."""
        doc = self.doc
        return any(
            doc.cue[k] is not None or doc.norm[k] == "بيان" for k in range(max(doc.begin[q.open], q.open - 30), q.open)
        )
