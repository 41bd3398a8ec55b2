"""Where the complement of a reporting form begins: after أن, at a mark, after a colon, or at a nominal head.

Looks forward from the cue within its sentence. Knows nothing of where the complement ends.
"""

import re
from dataclasses import dataclass
from typing import Literal

from data.extraction.document import Document
from data.extraction.lexicon import Cue, words_of
from data.extraction.marks import Quotation
from data.extraction.tokens import COMMAS, bare

Form = Literal["that", "quote", "colon", "np"]

# How far a complement may stand from its cue, in tokens; long appositions fit, a runaway search does not.
REACH = 70


@dataclass(frozen=True, slots=True)
class Opening:
    """`at`: the complement's first token; `head`: the token that opens it (أن, a mark, a preposition, the noun)."""

    form: Form
    at: int
    head: int


# Verbal nouns of shorter patterns (تحسّن، تعامل، صمود), told from other nouns only by the preposition before them.
_ACT = re.compile("ت\\w{3}|ت\\wا\\w\\w|[^\\Wمي]\\wو[^\\Wنةه]")


# «دعا إلى التعاون» with ل: a mutual act that no list of nouns need hold.
_MUTUAL = re.compile("ت\\wا\\w\\w")

# «محادثات», «مفاوضات»
_MEETINGS = re.compile("م\\wا\\w\\wات")

# «توصل إلى أن» reports, «توصل إلى اتفاق» does not.
_ARRIVALS = frozenset(("توصل", "ذهب", "انتهى", "عاد"))


# Verbs that report only with «بأن».
_WITH_B = frozenset(("دفع", "تمسك", "بشر", "انذر", "سلم", "اقتنع"))

_ASIDES = frozenset(("اذ", "حيث", "فيما", "بينما", "لكن"))
# After these a finite verb opens no clause of its own beside the first verb's.
_NO_NEW_CLAUSE = frozenset(("كما", "ما", "بما", "لم", "لا"))
_GOING_ON = frozenset(("من", "على", "الى", "في", "عن", "مع", "بين", "امام"))


# Pronouns that take up the antecedent and so close a short relative clause.
_RESUMED = frozenset(("عليها", "عليه", "فيها", "فيه", "اليها", "اليه", "منها", "منه", "بها", "به", "عنها", "عنه"))


def act(doc: Document, word: str) -> bool:
    """Whether a word after an attached preposition names an act."""
    if doc._heads(word, "") or _MEETINGS.fullmatch(word):
        return True
    words = doc.words.words
    return (
        _ACT.fullmatch(word) is not None
        and word in words["common_nouns"]
        and word not in words["countries"]
        and word not in words["given_names"]
        and word not in words["organisations"]
        and word not in words["function_words"]
    )


def is_speech(doc: Document, q: Quotation, *, after_opener: bool = False) -> bool:
    """Whether words in marks can be somebody's words rather than a name or a title."""
    previous = bare(doc.norm[q.open - 1]) if q.open else ""
    if q.words == 0:
        return False
    if after_opener:
        return True
    if q.words <= 2:
        return False
    if previous.lstrip("وبل") in doc.words.words["name_heads"] or previous in doc.words.words["name_heads"]:
        return q.words > 9
    if q.words <= 5 and previous in ("في", "من", "مع", "ضد", "لدي", "لدى", "الي", "الى", "علي", "على", "حول", "بين"):
        return False
    if q.words <= 4 and previous and previous not in COMMAS and previous[0].isalpha():
        whole = doc.norm[q.open - 1]
        lists = doc.words.words
        known = (
            whole.startswith(("ال", "لل"))
            or whole in doc.words.that
            or whole in lists["adverbs"]
            or whole in lists["given_names"]
            or doc.counts.get(whole, 0) >= 2
            or doc.cue[q.open - 1] is not None
        )
        if not known and not (q.open >= 2 and doc.norm[q.open - 2] in doc.words.words["given_names"]):
            return False
    called = [w.lstrip("و") for w in doc.norm[max(0, q.open - 3) : q.open - 1]]
    if q.open >= 2 and doc.norm[q.open - 1] == "ب" and any(w in words_of("called") for w in called):
        return q.words > 9  # «القضية المعروفة إعلامياً بـ"…"»
    if previous == "ل" or (q.words <= 6 and q.after < len(doc.norm) and doc.norm[q.after] in doc.words.that):
        return q.words > 9
    return True


_UTTERING = frozenset(("ردد", "هتف", "صاح", "صرخ", "كرر", "تمتم"))


def _uttered(doc: Document, q: Quotation, cue: Cue) -> bool:
    """Whether one or two words in marks are a sentence: «سنراقب التطورات», «لمن؟», what somebody shouts or repeats."""
    if not 0 < q.words <= 2 or cue.kind in ("masdar", "noun") or bare(doc.norm[q.open - 1]) in ("ب", "ل", "مثل"):
        return False
    future = doc.tokens.surface(q.first, q.first + 1).startswith(("سأ", "سن"))
    return future or doc.norm[q.last - 1] == "؟" or cue.lemma in _UTTERING


_ASKING = frozenset(("سال", "تساءل", "استفسر", "شرح", "اوضح", "روى", "فسر", "بين", "وصف", "ذكر", "حكى"))


_QUESTIONS = frozenset(("اذا", "كيف", "لماذا", "هل", "متى"))


def _asked(doc: Document, j: int, cue: Cue) -> bool:
    """Whether a question in indirect speech opens at `j`: «تساءل عما إذا كان», «شرحت كيف», «سأل لماذا»."""
    if cue.lemma not in _ASKING or cue.kind == "masdar":
        return False
    t, previous = doc.norm[j], doc.norm[j - 1]
    if t == "اذا":
        return previous in ("عما", "ما")
    if cue.lemma in ("سال", "تساءل", "استفسر"):
        return t in ("كيف", "لماذا", "هل", "متى")
    return t in ("كيف", "لماذا") and cue.lemma != "بين" and cue.lemma != "ذكر"


def lest(doc: Document, j: int) -> bool:
    """Whether the token is «ألا», «بألا» (أن لا): its hamza tells it from «إلا»."""
    if doc.norm[j] not in ("الا", "بالا"):
        return False
    word = doc.tokens.text[doc.tokens.start[j] : doc.tokens.end[j]]
    return word.startswith(("أل", "بأل"))


def _named(doc: Document, q: Quotation, cue: Cue, i: int) -> bool:
    """Whether words in marks name whom or what the verb is about: «يتوعد "حزب كذا" بعملية», «علق على "كذا"»."""
    before = doc.norm[q.open - 1]
    if before == ":":
        return False
    if q.open == i + 1 and q.words <= 6 and cue.kind in ("past", "present"):
        first = bare(doc.norm[q.first])
        if first in doc.words.words["organisations"] or first in doc.words.words["name_heads"]:
            return True  # «أعلن «مكتب أخبار المدينة» أن»
    if q.words <= 5 and doc.quoted.get(doc.marked(q), 0) >= 2:
        return True
    known = q.words <= 6 and cue.kind in ("past", "present")
    if known and bare(doc.norm[q.first]) in doc.words.words["organisations"]:
        return q.after < len(doc.norm) and (doc.norm[q.after][0].isalnum() or doc.norm[q.after] == "(")
    if q.words <= 4 and cue.frame.that and _that_follows(doc, q):
        return True  # «قالت هيئة الإذاعة "كذا"، نقلا عن مصادرها، إن»
    group = cue.frame.group
    if group in ("demand", "exhort", "warn", "call") and q.words <= 4 and cue.kind != "noun":
        following = doc.norm[q.after : q.after + 4]
        return before[0].isalpha() and before not in cue.frame.np and any(w.startswith("ب") for w in following)
    if cue.lemma in words_of("seldom_quoting"):
        return q.words < 7
    if cue.lemma in ("علق", "عقب", "تطرق") and q.words <= 8:
        return any(t in ("على", "الى") for t in doc.norm[i + 1 : q.open])
    return group == "react" and q.open <= i + 2 and q.words <= 6


def _that_follows(doc: Document, q: Quotation) -> bool:
    """Whether «إن» follows a short stretch in marks, with no further verb of saying between."""
    for k in range(q.after, min(doc.stop[q.open], q.after + 14)):
        if doc.norm[k] in doc.words.that:
            return doc.tokens.text[doc.tokens.start[k]] == "إ"
        cue = doc.cue[k]
        if cue is not None and cue.kind in ("past", "present", "participle"):
            return False
    return False


def _condition(doc: Document, j: int, cue: Cue) -> bool:
    """Whether «إن» at `j` is «if»: «هدد بالتدخل إن لم تفعل»."""
    if cue.lemma == "قال" or doc.norm[j] != "ان" or doc.tokens.text[doc.tokens.start[j]] != "إ":
        return False
    return j + 1 < len(doc.norm) and doc.norm[j + 1] in ("لم", "كان", "كانت", "استمر", "استمرت", "لزم", "حدث", "امكن")


def _nearer(doc: Document, j: int, cue: Cue, other: Cue | None) -> bool:
    """Whether the أن at `j` belongs to the verb of a relative clause and not to the one before it."""
    if doc.norm[j].startswith("ب"):
        return cue.frame.group in ("say", "demand-bare", "react", "opine", "affirm")
    first = doc.tokens.text[doc.tokens.start[j]]
    return first == "إ" and cue.lemma != "قال" and other is not None and other.lemma == "قال"


def _that(doc: Document, j: int) -> bool:
    if doc.norm[j] not in doc.words.that:
        return False
    previous = doc.norm[j - 1] if j else ""
    following = doc.norm[j + 1] if j + 1 < len(doc.norm) else ""
    if (previous == "." and doc.tokens.end[j - 1] == doc.tokens.start[j]) or (
        following == "." and j + 2 < len(doc.norm) and doc.tokens.start[j + 2] == doc.tokens.end[j + 1]
    ):
        return False  # «سي.ان.بي.سي»
    if doc.norm[j] == "بان" and following == "كي":
        return False  # a name
    if previous == "من" and j > 1 and doc.norm[j - 2] in words_of("not_before_min_that"):
        return False
    # «إلى أن» after a verb that does not take إلى is «until»; the caller's frame says more.
    return previous not in doc.words.words["not_before_that"]


def _after_comma(doc: Document, j: int) -> bool:
    return j > 0 and doc.norm[j - 1] in COMMAS


def _nominal_here(doc: Document, i: int, j: int) -> bool:
    """Whether a verbal noun at `j` can be the object of the verb at `i` and not part of its subject."""
    if j == i + 1:
        return True
    previous = doc.norm[j - 1]
    words = doc.words.words
    if previous in words["given_names"] and doc.norm[j + 1 : j + 2] == ["ل"]:
        return False  # «أكد طلال سلامة لـ«الصحيفة» أنه»: a surname
    if previous in COMMAS or previous in words["adverbs"] or not previous[0].isalnum():
        return True
    if previous in words_of("months") or (previous.isdigit() and doc.norm[j - 2] in words_of("months")):
        return True  # «أعلنت في 25 نيسان/أبريل إطلاق …»
    if j == i + 2 and previous in words_of("after_verb"):
        return True  # «أكد فيه استمرار …»
    if previous in words["function_words"] or previous in doc.words.attributions:
        return False
    owner = doc.cue[i]
    if owner is not None and owner.kind in ("masdar", "noun") and previous.lstrip("ول") in words["common_nouns"]:
        return False  # «إعلان ترامب لمكان وموعد عقد القمة»
    if previous.startswith(("ال", "وال", "لل", "بال")):
        return True
    heads = (previous, previous[1:]) if previous[0] in "وبل" else (previous,)
    if any(plain in words["roles"] or plain in words["organisations"] or plain in words["unnamed"] for plain in heads):
        return False  # «أكد المندوب لتحالف دعم …»
    if previous.isdigit():
        return False
    return not doc.propositional(j - 1) and not (previous.startswith("لم") and len(previous) > 4)


def find_opening(doc: Document, i: int, cue: Cue, reach: int = REACH) -> Opening | None:
    """The complement that the reporting form at token `i` opens, if it opens any."""
    norm, frame = doc.norm, cue.frame
    if cue.lemma == "جدد" and cue.kind == "participle":
        reach = 4  # elsewhere «مجددا» is «again»
    separate = frozenset(p for p in frame.np if len(p) > 1)
    that, words = doc.words.that, doc.words.words
    stop = min(doc.stop[i], i + reach)
    if cue.lemma == "كشف" and cue.kind == "past" and norm[i + 1 : i + 2] in (["النقاب"], ["الستار"]):
        return None  # «كُشف النقاب عن»: nobody said so
    if cue.lemma == "لوح" and norm[i + 1 : i + 3] == ["في", "الافق"]:
        return None
    nominal: Opening | None = None
    relative = parted = aside = False
    crossed = 0
    j = i + 1
    while j < stop:
        q = doc.quotation(j)
        if q is not None:
            if j == i + 1 and frame.group == "opine" and cue.kind == "present":
                j = max(q.after, j + 1)
                continue
            if cue.possessed and j - i > 3 and cue.kind == "masdar" and norm[j - 1] != ":":
                return nominal
            if (
                frame.group in ("announce", "affirm", "deny")
                and q.open == j
                and nominal is None
                and q.words <= 5
                and q.after < stop
                and norm[q.after][0].isalnum()
                and doc._heads(norm[q.first], "")
            ):
                return Opening("np", j, j)  # «يعلن "إحباط صفقة" في الخليل»
            if _named(doc, q, cue, i):
                j = max(q.after, j + 1)
                continue
            if frame.quote and is_speech(doc, q, after_opener=norm[j - 1] == ":" or _uttered(doc, q, cue)):
                return nominal or Opening("quote", q.open, q.open)
            if q.after <= j:
                return nominal
            j = q.after
            continue
        t = norm[j]
        if cue.lemma == "شدد" and t in words_of("tightened"):
            return None
        if t == ":":
            if j + 1 < stop and norm[j + 1] in that and frame.that:
                return Opening("that", j + 2, j + 1)
            if cue.possessed and j - i > 12 and doc.quotation(j + 1) is None:
                return nominal  # «ومطالبته بكذا …:»
            return nominal or (Opening("colon", j + 1, j) if frame.colon else None)
        if t in that and frame.that and _that(doc, j):
            if cue.lemma in _WITH_B and norm[j][0] != "ب":
                return None  # «دفع بأن» argues, «دفع إلى أن» does not
            if _condition(doc, j, cue):
                j += 1
                continue
            if parted and cue.lemma not in words_of("as_said"):
                return nominal  # «ونشر العنف، بينما الحقيقة أنه»
            if norm[j - 1] == "الى" and frame.group in ("announce", "affirm", "deny", "demand", "inform"):
                return nominal  # «خاض حربا إلى أن»: until
            if (cue.lemma == "رفض" and j - i > 8) or (cue.lemma in _ARRIVALS and norm[j - 1] != "الى"):
                return None
            if crossed and (j - crossed <= 4 or _nearer(doc, j, cue, doc.cue[crossed])):
                return nominal  # «يذكر فيها المنطقة التي يقول فلان إنها»: the nearer verb's
            if nominal is not None and j - nominal.at > 1 and norm[j - 1] not in separate:
                return nominal
            return Opening("that", j + 1, j)
        if nominal is None and t in _QUESTIONS and _asked(doc, j, cue):
            return Opening("that", j + (t == "اذا"), j)
        if frame.that and lest(doc, j) and norm[j - 1] not in words["not_before_that"]:
            return Opening("that", j, j)
        if nominal is not None and t in COMMAS:
            if frame.that and j + 1 < stop and norm[j + 1] in that and nominal.head > i + 2:
                return Opening("that", j + 2, j + 1)
            if frame.that:
                # «أعلنت القوات، بإسناد من الحلفاء، الثلاثاء، أن», «أعلنت لجنة مراقبة الإنفاق، السبت، أنها»: an aside.
                near = 9 if nominal.head == nominal.at and norm[nominal.head - 1] in COMMAS else 4
                later = next((k for k in range(j + 1, min(stop, j + near)) if _that(doc, k)), None)
                if later is not None and norm[later - 1] in COMMAS and not any(doc.cue[j:later]):
                    return Opening("that", later + 1, later)
            if frame.that and j + 2 < stop and norm[j + 1] in separate and norm[j + 2] in that:
                return Opening("that", j + 3, j + 1)  # «حذرت الدولة، وتدعمها فصائل من المعارضة، من أنها»
            return nominal
        if nominal is None and (t in _ASIDES or (t in doc.words.attributions and norm[j - 1] in COMMAS)):
            aside = True  # «النتائج التي أعلنت في البداية إذ حافظ …», «اقترحت الدول عقوبات، وفق وثيقة …»
        if t in words["relatives"]:
            relative = True
        elif t in COMMAS or t in _RESUMED:
            relative = False  # «… التي تسيطر عليها»
        other = doc.cue[j]
        if (
            other is not None
            and other.kind == "past"
            and not other.joined
            and "" in frame.np
            and t in words["propositional"]
            and nominal is None
            and not relative
            and j + 1 < stop
            and norm[j + 1][0].isalnum()
            and _nominal_here(doc, i, j)
        ):
            nominal = _nominal(doc, i, j, cue, separate)  # «أعلن الاتحاد أمس نشر مراقبين»
            other = None
        if other is not None and unnamed_request(doc, j, other):
            j += 3
            continue
        if other is not None and j == i + 1 and other.joined and other.kind == cue.kind == "present":
            return None  # «تحذر وتدعو إلى»
        if other is not None and j > i + (cue.kind != "noun") and not other.object:
            if other.kind in ("past", "present") and cue.kind == "past" and _indefinite(doc, i + 1, j):
                pass  # «قال فلسطينيون رأوا»: a relative clause without a pronoun
            elif other.kind in ("past", "present"):
                crossed = j
                if cue.kind in ("masdar", "noun"):
                    return nominal
                before = norm[j - 1]
                written = before in words_of("sayings") and other.lemma in ("نشر", "نقل", "كتب")  # «في مقال نشر على»
                if not written and before not in words["relatives"] and before not in _NO_NEW_CLAUSE:
                    return nominal
            elif other.kind == "participle" and norm[j + 1 : j + 2] == ["باسم"]:
                pass  # «قالت الإدارة ومتحدثة باسم القاعدة إن»
            elif (other.kind == "participle" and (_after_comma(doc, j) or other.joined or t.endswith("ا"))) or (
                other.possessed
                and cue.kind in ("past", "present")
                and frame.group == "say"
                and norm[j - 1] not in ("لدى", "عند")
            ):
                return nominal
        if nominal is None and cue.kind != "noun" and not relative and not parted and not aside:
            nominal = _nominal(doc, i, j, cue, separate)
            if nominal is not None and nominal.form != "np":
                return nominal
        if cue.kind in ("masdar", "noun") and t == "من" and norm[j + 1 : j + 2] == ["قبل"]:
            return nominal  # «إعلان الهدنة من قبل الحركة»
        if t in COMMAS:
            parted = (
                parted
                or (cue.kind == "masdar" and not _apposed(doc, j, separate))
                or (j + 1 < stop and norm[j + 1] in words_of("parting"))
            )
        j += 1
    return nominal


def _apposed(doc: Document, comma: int, separate: frozenset[str]) -> bool:
    """Whether a name in apposition begins or ends at a comma: «تحذير قائد الجيش، اللواء فلان، من …»."""
    word = doc.norm[comma + 1] if comma + 1 < len(doc.norm) else ""
    words = doc.words.words
    return word in words["honorifics"] or word in words["given_names"] or word in separate


def _indefinite(doc: Document, a: int, b: int) -> bool:
    """Whether the tokens are a short noun phrase without article or name: «مسؤول عسكري رفيع», «فلسطينيون»."""
    given = doc.words.words["given_names"]
    return 0 < b - a <= 4 and all(
        w[0].isalpha() and not w.startswith("ال") and w not in given and w not in doc.words.that for w in doc.norm[a:b]
    )


def unnamed_request(doc: Document, j: int, cue: Cue) -> bool:
    """«طالبا عدم الكشف عن هويته», «طلب عدم ذكر اسمه»: no statement."""
    following = doc.norm[j + 1 : j + 3]
    if doc.norm[j - 1 : j] in (["لم"], ["لا"]) and any(w in words_of("identity") for w in following):
        return True  # «الذي لم يكشف اسمه»
    return cue.lemma in ("طلب", "فضل", "اشترط", "رفض") and (
        (following[:1] == ["عدم"] and following[-1] in words_of("naming"))
        or (following[:1] != ["عدم"] and bool(following) and following[0] in words_of("naming"))
    )


_WISHING = frozenset(("طلب", "توقع", "رجح", "استبعد", "اقترح", "اشترط", "التمس"))


def _accusative(doc: Document, word: str) -> bool:
    """«توقع الرئيس ارتفاعا كبيرا», «يطلب اتفاقا»: a verbal noun in the indefinite accusative."""
    return len(word) > 4 and word.endswith("ا") and doc._heads(word[:-1], "")


def _point_in_time(doc: Document, j: int) -> bool:
    """«أعلن نهاية الأسبوع أن»: when it was said, not the end of something."""
    if doc.norm[j] not in ("نهاية", "بداية", "ختام"):
        return False
    k = j + 1 + (doc.norm[j + 1 : j + 2] in (["هذا"], ["هذه"]))
    return k >= len(doc.norm) or bare(doc.norm[k]) in words_of("times") or doc.norm[k].isdigit()


def _named_state(doc: Document, k: int) -> bool:
    """«أشار إلى خطورة الوضع», «لفت إلى الجهود المبذولة»: a state of affairs that is pointed out."""
    t = doc.norm[k]
    words = doc.words.words
    if t.startswith("ال"):
        return doc._heads(t[2:], "")
    plain = bare(t)
    return (
        len(t) > 2
        and t[0].isalpha()
        and t not in words["function_words"]
        and t not in words["countries"]
        and t not in words["given_names"]
        and plain not in words["organisations"]
        and plain not in words["roles"]
        and plain not in words["documents"]
    )


# «نفى الاتهامات الموجهة إليه»
_ASCRIBING = frozenset(("التي", "عن", "حول", "بشان", "الموجهة", "المنسوبة", "الواردة", "المتداولة"))


def _definite_act(doc: Document, i: int, j: int, cue: Cue) -> bool:
    """Whether a definite noun at `j` opens a complement: «أكد الحرص على», «أعلن التوصل إلى», «نفى الأنباء التي»."""
    norm, group = doc.norm, cue.frame.group
    t = norm[j]
    following = norm[j + 1] if j + 1 < doc.stop[j] else ""
    if group == "deny" and "ال" + t in words_of("rumours") and following and _nominal_here(doc, i, j):
        return following[0] == "ب" or following in ("عن", "حول", "بشان")  # «نفى اتهامات بالتجسس»
    if not t.startswith("ال") or not following:
        return False
    attached = following[0] == "ب"
    if j == i + 1 and t[2:] in doc.words.words["propositional"] and (attached or following in ("على", "في", "عن")):
        return True
    if t in words_of("definite_acts") and group != "demand-bare" and (j > i + 1 or doc.title):
        return _nominal_here(doc, i, j) and norm[j - 1] not in doc.words.words["relatives"]
    return group == "deny" and t in words_of("rumours") and (attached or following in _ASCRIBING)


def accuses(doc: Document, i: int) -> bool:
    """Whether متهما, متهمة accuse somebody («متهمة الجيران بدعم …») and are not what somebody is («متهمة بالقتل»)."""
    word = doc.norm[i + 1] if i + 1 < len(doc.norm) else ""
    words = doc.words.words
    return (
        word.startswith("ال")
        or word in words["countries"]
        or word in words["given_names"]
        or word in words["organisations"]
    ) and any(w[0] == "ب" for w in doc.norm[i + 2 : min(doc.stop[i], i + 14)])


def _demanded(doc: Document, i: int, j: int) -> bool:
    """Whether «بـ» at `j` holds the thing asked for: it stands by the verb or its subject and has a word after it."""
    following = doc.norm[j + 1] if j + 1 < doc.stop[j] else ""
    if doc.norm[i - 1 : i] and doc.norm[i - 1] in doc.words.words["relatives"]:
        return False
    return j - i <= 4 and bool(following) and following[0].isalpha() and "و" not in (following[0], doc.norm[j][0])


def _committed(doc: Document, i: int, j: int, word: str) -> bool:
    """Whether what somebody promises or threatens with can stand at `j`: a noun by the verb or after its subject."""
    words, before = doc.words.words, doc.norm[j - 1]
    if i and doc.norm[i - 1] in words["relatives"]:
        return False
    noun = word.startswith("ال") or word in words["common_nouns"] or _ACT.fullmatch(word) is not None
    near = j - i <= 4 or before in COMMAS or before in words["adverbs"]
    return near and noun and _deed(doc, j, word)


def _deed(doc: Document, j: int, word: str) -> bool:
    """Whether what somebody is accused of can stand at `j`: no place and no name, and something follows it."""
    words = doc.words.words
    listed = ("countries", "given_names", "organisations", "function_words", "adverbs")
    return j + 1 < doc.stop[j] and word[0].isalpha() and not any(word in words[name] for name in listed)


def _own_b(doc: Document, j: int) -> bool:
    """«اتهم الوزير بومبيو الجيران بدعم»: a name that begins with ب, a strange one only where a «بـ» follows it."""
    word, words = doc.norm[j], doc.words.words
    rest = word[1:]
    if any(word in words[name] for name in ("countries", "capitals", "given_names")):
        return True  # «واتهمت بريطانيا …»
    if len(word) < 5 or rest.startswith("ال") or act(doc, rest):
        return False
    if any(form in words["common_nouns"] for form in (rest, bare(rest), rest[:-2], rest[:-1], rest[:-1] + "ة")):
        return False
    later = doc.norm[j + 1 : min(doc.stop[j], j + 8)]
    return any(w == "ب" or (w[0] == "ب" and act(doc, w[1:])) for w in later)


def _shown(doc: Document, i: int) -> bool:
    """Whether a document stands beside the verb at `i`: «كشف تقرير اعتراض شحنتين», «بيانات أظهرت ارتفاع …»."""
    listed = doc.words.words["documents"]
    before = doc.norm[i - 1] if i else ""
    return bare(doc.norm[i + 1]) in listed or bare(before) in listed


def _nominal(doc: Document, i: int, j: int, cue: Cue, separate: frozenset[str]) -> Opening | None:
    """A nominal complement that begins at `j` (at a preposition, an attached one, or the noun itself)."""
    norm, frame = doc.norm, cue.frame
    test = frame.np_test
    if test == "none" or not frame.np:
        return None
    t = norm[j]
    if cue.lemma in ("اظهر", "كشف") and t not in separate and not _shown(doc, i):
        return None  # «أظهرت بيانات ارتفاع الأسعار» says, «أظهر اللاعب قدرته» does not
    again = (doc.cue[j] or doc.cue[i + 1]) if cue.lemma == "جدد" else None
    if again is not None and again.kind == "masdar" and again.lemma in words_of("noun_np") and t not in separate:
        return None  # «جدد تهديده بقصف المدينة»: the noun opens what was said
    if cue.lemma == "تبنى" and t in words_of("adopted"):
        return None  # «تبنى المدرب خطة جديدة»
    if t in separate and cue.lemma in ("عبر", "تطلع") and j + 1 < len(norm):
        if bare(norm[j + 1]) in ("راي", "رايه", "رايها", "رايهم", "اراء", "ارائهم"):
            return None  # «الآراء تعبر عن رأي كاتبها»
        if cue.lemma == "تطلع" and not (act(doc, norm[j + 1]) or act(doc, bare(norm[j + 1]))):
            return None  # «يتطلعون إلى الجيران»
    if cue.lemma == "راى" and t not in words_of("deemed"):
        return None  # «يرى الخبير ضرورة التدخل» says, «يرى الطبيب تحسنا» does not
    if t in separate and j + 1 < len(norm):
        k = j + 1
        if norm[k] in doc.words.that:
            return None  # found as a clause in the next step
        q = doc.quotation(k)
        if q is not None:
            if q.open != k or test == "describe":
                return None
            if q.after < doc.stop[j] and norm[q.after][0].isalnum():
                return Opening("np", k, j)
            return Opening("quote", k, j) if q.words >= 3 else None
        if t == "عن" and norm[j - 1] in words_of("before_on_behalf"):
            return None  # «كشف تقرير صادر عن المصرف أن»
        if not norm[k][0].isalnum() or norm[k] in doc.words.words["relatives"] or norm[k] in doc.words.words["adverbs"]:
            return None
        if frame.group == "reveal" and j > i + 1 and norm[j - 1].endswith(("ه", "ها", "هم")) and act(doc, norm[j - 1]):
            return None  # «يكشف سبب غيابه عن …»
        if norm[k] in words_of("identity") or norm[k] in words_of("topics"):
            return None  # «تحدثوا شريطة عدم الكشف عن هوياتهم», «كشف عن تفاصيل الحادث»: what about, not what
        if t == "من" and norm[k] in words_of("after_from"):
            return None  # «خشي الناس غيابه بتدخل من قبل المدرب»
        if frame.group == "reveal" and (norm[k].isdigit() or norm[k] == "احدث"):
            return None  # «كشفت عن 3 هواتف»
        if test == "any" or doc.propositional(k) or act(doc, norm[k]):
            if cue.lemma in _ARRIVALS:
                return None
            return Opening("np", k, j)
        if cue.lemma == "اعلن" and cue.kind in ("past", "present") and doc.stop[k] - k >= 5 and _named_state(doc, k):
            return Opening("np", k, j) if not norm[k].startswith("ال") else None  # «أعلن عن برنامج جديد …»
        if frame.group == "talk" and (
            norm[k] in ("مئات", "عشرات", "الاف", "عدد", "نحو", "اكثر")
            or (_named_state(doc, k) and doc.stop[k] - k >= 5 and not norm[k].startswith("ال"))
        ):
            return Opening("np", k, j)
        if cue.lemma in ("اشار", "لفت", "المح", "نوه", "نبه") and doc.stop[k] - k >= 5:
            listed = doc.words.words
            long = doc.stop[k] - k >= 9 and norm[k].startswith("ال") and norm[k] not in listed["countries"]
            if _named_state(doc, k) or (long and bare(norm[k]) not in listed["roles"]):
                return Opening("np", k, j)
        return None
    rooted = "" in frame.np and t in doc.words.words["propositional"]  # «أعلن بدء العملية»: its own ب
    if "ب" in frame.np and t[0] == "ب" and t not in words_of("not_attached") and not rooted and not _own_b(doc, j):
        if t == "ب" and j + 1 < len(norm):
            q = doc.quotation(j + 1)
            if q is None or q.open != j + 1 or any(w.lstrip("و") in words_of("called") for w in norm[j - 2 : j]):
                return None
            after = q.after
            if test == "any" and after < doc.stop[j] and norm[after][0].isalnum() and doc.cue[after] is None:
                return Opening("np", j, j)  # «تطالب بـ"حماية" السكان»
            return Opening("quote", j + 1, j) if q.words >= 2 else None
        if test == "describe":
            return None
        rest = t[1:]
        if bare(norm[j - 1].removeprefix("و")) in words_of("taking_b"):
            return None  # «المفوض المعني بالآثار», «ضابط متهم بالتعذيب»
        if test == "long":
            return Opening("np", j, j) if rest.startswith("ال") or act(doc, rest) else None
        if cue.lemma in words_of("committing") and _committed(doc, i, j, rest):
            return Opening("np", j, j)  # «توعدت الحركة بهجمات جديدة», «تعهد بالوقوف معها»
        if rest.startswith("ال"):
            if "الأ" in doc.tokens.text[doc.tokens.start[j] : doc.tokens.end[j]]:
                return None  # «يلوحون بالأعلام»: no verbal noun begins so
            rest = rest[2:]
        elif cue.lemma == "طالب" and _indefinite(doc, j, j + 1) and _demanded(doc, i, j):
            return Opening("np", j, j)  # «تطالب الحركة بوزارة سيادية»
        short = len(rest) <= 2 and rest not in doc.words.words["propositional"]  # «توعدت بالرد»
        if not short and (
            act(doc, rest) or (cue.lemma == "اتهم" and (j > i + 1 or cue.object) and _deed(doc, j, rest))
        ):
            return Opening("np", j, j)
        return None
    if ("ل" in frame.np and t[0] == "ل" and len(t) > 3 and j == i + 1) or (
        "ل" in frame.np and t[0] == "ل" and len(t) > 4
    ):
        rest = t[2:] if t.startswith("لل") else t[1:]
        near = norm[j + 1 : min(doc.stop[j], j + 14)]
        if j > i + 1 and "الى" in near and not COMMAS & set(near[: near.index("الى")]):
            return None  # «دعت المنظمة الأوروبية للسلامة الشركات إلى توخي الحذر»
        meeting = j + 1 < doc.stop[j] and rest.endswith("ات") and rest in doc.words.words["common_nouns"]
        mutual = frame.group == "call" and (_MUTUAL.fullmatch(rest) is not None or meeting)
        return Opening("np", j, j) if (mutual or act(doc, rest)) and cue.lemma not in _ARRIVALS else None
    if frame.group == "reveal" and t in words_of("intents") and not cue.object:
        return Opening("np", j, j)  # «أعرب الرئيس نيته نقل السفارة»
    definite = t.startswith("ال") and j > i + 1 and cue.lemma == "ناشد"
    if definite and _nominal_here(doc, i, j) and (doc._heads(t[2:], "") or _MUTUAL.fullmatch(t[2:])):
        return Opening("np", j, j)  # «ناشد خان الأحزاب التكاتف معه»
    if "" in frame.np and not cue.object:
        verb = j + 1 < len(norm) and norm[j + 1] in ("ايضا", "امس", "اليوم")  # «موقع نشر أيضا صورا»
        issued = cue.lemma == "اعلن" and t[-1] == "ا" and t[:-1] in words_of("issued")
        acted = (
            issued
            or doc.propositional(j)
            or (cue.lemma in _WISHING and (j > i + 1 or doc.title) and _accusative(doc, t))
        )
        if not verb and acted and _nominal_here(doc, i, j) and not _point_in_time(doc, j):
            return Opening("np", j, j)
        if _definite_act(doc, i, j, cue):
            return Opening("np", j, j)
        if cue.lemma == "تبنى" and t == "المسؤولية":
            return Opening("np", j, j)
        finite = cue.kind in ("past", "present")
        after_subject = j > i + 1 or (doc.title and i > doc.begin[i])
        if cue.lemma == "طلب" and finite and t.startswith("ال") and doc._heads(t[2:], "") and after_subject:
            before = norm[j - 1]
            words = doc.words.words
            whole = (
                j == i + 1
                or before.startswith("ال")
                or before in COMMAS
                or before in words["countries"]
                or (before in words["given_names"] or doc.counts.get(before, 0) >= 2)
            )
            following = norm[j + 1] if j + 1 < doc.stop[j] else "و"
            goes_on = following[0] in "لب" or following.startswith("ال") or following in _GOING_ON
            if goes_on and ("من" in norm[i + 1 : j] or (whole and _nominal_here(doc, i, j))):
                return Opening("np", j, j)
    return None
