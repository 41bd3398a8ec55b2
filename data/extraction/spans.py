"""From an opening to a statement: where its stretch begins and ends, and of which kind it is."""

import re

from data.extraction.clauses import attribution, breaks, several_quotations, subordinate
from data.extraction.complements import Form, Opening
from data.extraction.document import Document
from data.extraction.ends import clause_end
from data.extraction.found import Found, Source, Walk, inner, kind_of, trim
from data.extraction.lexicon import Cue, words_of
from data.extraction.marks import MARKS, Quotation
from data.extraction.mentions import Mention
from data.extraction.subjects import governing_subject, subject_before
from data.extraction.tokens import COMMAS
from data.records import Kind

# «…فستعود الحرب», «…لصدقه الناس»: the main clause after a condition.
_APODOSIS = re.compile("فس|فان|فقد|فلن|فلا|فهو|فهي|ل[^لا]\\w{3}")
_SPOKEN_START = re.compile("س[يتن]\\w{3,}|نحن|لقد|هناك|لا|لن|لم|ليس|يجب|انا|نريد|نامل|هذا|هذه")

_CLOSING = frozenset('”»"“')
# Words in which somebody speaks of himself: «أنا», «لدينا», «إننا», «سأختار».
_OWN = re.compile("و?(?:أنا|نحن|إنني|إننا|إني|لي|لنا|لدي|لدينا|علينا|سأ\\w{3,})")

_THESE = frozenset(("ذلك", "هذا", "هذه", "تلك"))
_AMOUNTS = frozenset(("عدد", "كل", "جميع", "بعض", "كافة"))


def take(
    walk: Walk, i: int, cue: Cue, opening: Opening, mention: Mention | None, source: Source, asserted: bool = True
) -> None:
    """Add the statement that `opening` opens for the form at `i`."""
    doc, norm = walk.doc, walk.doc.norm
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
        end = _after_quotation(walk, q, opening.form)
        within = norm[i - 1] in doc.words.words["relatives"] and norm[q.after : q.after + 1] in (["،"], [","])
        if within or (cue.object and cue.frame.group == "describe" and q.words > 2):
            end = q.after  # «الذي قالت إنه «…»، وتوجهت», «ما وصفه بأنه «…» ضد البلاد»
        if end == q.after or opening.form in ("colon", "quote"):
            if q.words == 0 or (q.words == 1 and opening.form == "np"):
                return
            kind: Kind = "direct"
            a, b = inner(walk.doc, q)
            walk.add(Found(a, b, kind, rule, i, cue_span, mention, source, cue.feminine, cue.plural, asserted), q.after)
            walk.claimed.add(q.open)
            _further(walk, q, i, cue, mention, source, asserted)
            return
        opening = Opening(opening.form, at, opening.head)
        start_span = (tokens.start[at], tokens.end[end - 1])
    elif opening.form == "colon":
        end = _colon_end(walk, at)
        if end <= at:
            return
        if end < size and norm[end] in MARKS:  # a closing mark whose opening one was lost
            a, b = trim(tokens.text, tokens.start[at], tokens.end[end - 1])
            walk.add(Found(a, b, "direct", rule, i, cue_span, mention, source, cue.feminine, cue.plural, asserted), end)
            return
    elif opening.form == "quote":
        return
    else:
        opening = Opening(opening.form, at, opening.head)
        adverbial = norm[doc.begin[i]] in words_of("adverbial_openers") or norm[i - 1 : i] in (
            ["بعد"],
            ["عقب"],
            ["اخرها"],
            ["واخرها"],
            ["وسط"],
            ["من"],
            ["منذ"],
        )
        hangs = cue.kind in ("masdar", "noun") and (opening.form == "np" or adverbial)
        end = clause_end(doc, opening, to_comma=hangs or subordinate(doc, i))
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
    if opening.form == "np" and _bare_naming(walk, at, end, words, cue):
        return
    if words == 0:
        return
    a, b = trim(tokens.text, *start_span)
    if norm[at] in MARKS:
        a = start_span[0]
    if b <= a:
        return
    kind = kind_of(walk.doc, at, end)
    walk.add(Found(a, b, kind, rule, i, cue_span, mention, source, cue.feminine, cue.plural, asserted), end)


def _bare_naming(walk: Walk, at: int, end: int, words: int, cue: Cue) -> bool:
    """«أدان الهجوم», «طالب بالانسحاب»: an act named, nothing said of it."""
    if cue.frame.np_test == "long":
        return words < 5
    if cue.lemma == "طلب" and "اللجوء" in walk.doc.norm[at : at + 2]:
        return True  # «طلبوا حق اللجوء»
    if words <= 1 or (words < 5 and cue.lemma in ("انتقد", "استغرب")):
        return True
    return words == 2 and walk.doc.norm[at].startswith(("ال", "بال")) and not walk.doc.title


def _after_quotation(walk: Walk, q: Quotation, form: Form) -> int:
    """One past the clause that begins with quotation `q`: q.after when nothing follows it."""
    doc, norm = walk.doc, walk.doc.norm
    k = q.after
    stop = doc.stop[k] if k < len(norm) else len(norm)
    if k >= stop:
        return q.after
    if norm[k] in COMMAS:
        if several_quotations(doc, k):
            return q.after
        nxt = k + 1
        if nxt >= stop or breaks(doc, nxt, form, True) or form != "that" or norm[nxt] == "وذلك":
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


def _colon_end(walk: Walk, at: int) -> int:
    """The end of unmarked words after a colon: the sentence, or the closing mark that was never opened."""
    doc, norm = walk.doc, walk.doc.norm
    if at > 1 and norm[at - 1] == "\n":
        end = _verse_end(doc, at)
        if end > at:
            return end
    j = at
    stop = doc.stop[at]
    lost = _lost_opening(doc, at)
    if lost > at:
        return lost
    while j < stop:
        q = doc.quotation(j)
        if q is not None and q.after > j:
            j = q.after
            continue
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
    while j + 3 < len(norm) and norm[j] != "\n" and _goes_on_speaking(doc, j + 1):
        j = doc.stop[j + 1]
    return j


def _lost_opening(doc: Document, at: int) -> int:
    """The closing mark in the line of `at` for which there is no opening one, or -1."""
    norm = doc.norm
    for j in range(at, min(len(norm), at + 300)):
        if norm[j] == "\n":
            break
        if norm[j] in _CLOSING and doc.quotation(j) is None:
            return j
    return -1


def _goes_on_speaking(doc: Document, k: int) -> bool:
    """Whether the sentence at `k` is still the speaker's own: somebody speaks of himself, and nobody reports."""
    end = min(doc.stop[k], k + 60)
    if any(cue is not None and cue.kind in ("past", "present") for cue in doc.cue[k : k + 4]):
        return False
    own = any(_OWN.fullmatch(doc.tokens.surface(j, j + 1)) for j in range(k, end))
    return own and not any(doc.quotation(j) for j in range(k, end))


def _verse_end(doc: Document, at: int) -> int:
    """The end of three short lines or more without a full stop, such as verse; `at` where there are none."""
    norm = doc.norm
    lines, end, j = 0, at, at
    while j < len(norm) and lines < 80:
        k = j
        while k < len(norm) and norm[k] != "\n" and k - j <= 16:
            k += 1
        if k - j < 3 or k - j > 16 or norm[k - 1] in ".:؟!" or norm[j] in MARKS:
            break
        lines, end, j = lines + 1, k, k + 1
    return end if lines >= 3 else at


def _further(
    walk: Walk, q: Quotation, i: int, cue: Cue, mention: Mention | None, source: Source, asserted: bool
) -> None:
    """«…»، وإن «…»; and a quotation that goes on in further marks of its own."""
    doc, norm = walk.doc, walk.doc.norm
    k = q.after
    for _ in range(20):
        if not several_quotations(doc, k):
            return
        if norm[k] in COMMAS:
            k += 1
        nxt = doc.quotation(k + 1)
        if nxt is None:
            return
        a, b = inner(walk.doc, nxt)
        if b > a:
            span = (doc.tokens.start[i], doc.tokens.end[i])
            walk.add(Found(a, b, "direct", "further-quotation", i, span, mention, source, cue.feminine,
                            cue.plural, asserted), nxt.after)  # fmt: skip
            walk.claimed.add(nxt.open)
        k = nxt.after


def described_at(walk: Walk, i: int, cue: Cue, opening: Opening, mention: Mention | None) -> int | None:
    """«وصف بوتن [التدخل في سوريا بأنه "أداة"]»: the token at which what is described begins, or None."""
    doc, norm = walk.doc, walk.doc.norm
    if cue.frame.group != "describe" or cue.object or opening.form not in ("that", "quote"):
        return None
    q = doc.quotation(opening.at)
    limit = 8 if opening.form == "that" else 4
    if q is not None and q.open == opening.at and q.words > limit:
        return None
    a = mention.last if mention is not None and mention.first > i else i + 1
    commas = [k for k in range(a, min(opening.head, a + 25)) if norm[k] in COMMAS]
    if len(commas) > 1:  # «وصف الوزير، نائب رئيس الحزب، القرار بأنه …»
        a = commas[-1] + 1
    while a < opening.head and (norm[a] in COMMAS or norm[a] == "ذلك" or norm[a] in doc.words.words["adverbs"]):
        a += 1
    if a >= opening.head or opening.head - a > 25 or any(doc.quotation(k) is not None for k in range(a, opening.head)):
        return None
    return a if norm[a][0].isalpha() and norm[a] not in doc.words.words["adverbs"] and norm[a] != "على" else None


def take_unopened(walk: Walk, i: int, cue: Cue) -> bool:
    """«قال الدكتور حمد الحارثي ستصاحب الطفلة أعراض»: a verb of saying with a named subject and no opening."""
    doc, norm = walk.doc, walk.doc.norm
    if cue.lemma not in ("قال", "اضاف", "اكد", "اوضح", "تابع") or cue.kind != "past" or doc.title:
        return False
    mention = walk.reader.read(i + 1, min(doc.stop[i], i + 40))
    if mention is None or mention.type != "person" or mention.first > i + 2:
        return False
    at = mention.last
    stop = doc.stop[i]
    if stop - at < 6 or not _SPOKEN_START.fullmatch(norm[at]):
        return False
    a, b = trim(doc.tokens.text, doc.tokens.start[at], doc.tokens.end[stop - 1])
    span = (doc.tokens.start[i], doc.tokens.end[i])
    walk.add(
        Found(a, b, kind_of(walk.doc, at, stop), "past:say:unopened", i, span, mention, "subject", cue.feminine), stop
    )
    return True


def take_judged(walk: Walk, i: int, cue: Cue) -> bool:
    """«اعتبر الوزير القرار خطأ», «معتبرا ذلك خطأ», «تعتبرها بلاده حليفة»: a judgement in two accusatives."""
    if cue.lemma not in ("اعتبر", "وصف", "عد") or (cue.lemma == "عد" and not cue.object):
        return False
    doc, norm = walk.doc, walk.doc.norm
    stop = doc.stop[i]
    if i + 2 >= stop or (doc.quotation(i + 1) is not None and not cue.object):
        return False
    if cue.kind == "participle":
        if not _judged_thing(walk, i + 1) or (cue.lemma != "اعتبر" and not _likened(walk, i + 1, stop)):
            return False
        return _judgement(walk, i, i + 1, cue, governing_subject(walk, i), "sentence")
    if cue.kind not in ("past", "present"):
        return False
    if not cue.object and not cue.joined and (cue.lemma == "اعتبر" or _likened(walk, i + 1, stop)):
        before = subject_before(walk, i)  # «التحالف يعتبر الميناء ممرا للتهريب»
        if before is not None and before.last == i and before.type != "unnamed":
            return _judgement(walk, i, i + 1, cue, before)
    q = doc.quotation(i + 1)
    if cue.object and (cue.plural or (q is not None and q.words > 1 and cue.lemma == "اعتبر")):
        return _judgement(walk, i, i + 1, cue, None, "sentence")  # «ويعتبرونه أقل شأنا من سلفه»
    walk.reader.minimal = True
    quoted = (k for k in range(i + 1, min(stop, i + 12)) if cue.object and doc.quotation(k) is not None)
    mention = walk.reader.read(i + 1, next(quoted, min(stop, i + 30)))
    walk.reader.minimal = False
    if (
        norm[i + 1] == "مجرد"
        or mention is None
        or mention.first > i + 1
        or (mention.definite and mention.type == "person")
    ):
        own = norm[i + 1] in ("نفسه", "نفسها")  # «واعتبر نفسه خارج المنافسة»
        likened = cue.lemma == "وصف" and norm[i + 1][0] == "ب" and not norm[i - 1].endswith("ما")
        predicate = cue.object and (likened or (cue.kind == "present" and _predicate(walk, i + 1)))
        if not own and not predicate:
            return False
        return _judgement(walk, i, i + 1, cue, None, "carried" if own else "sentence")
    at = mention.last
    if cue.object and at < stop and norm[at][0] == "و":  # «تعتبره واشنطن ولندن تنظيما محظورا»
        at = next((k for k in range(at + 1, min(stop, at + 8)) if norm[k][0] != "و" and _predicate(walk, k)), at)
    if cue.kind == "present" and not cue.object and not (at < stop and _judged_thing(walk, at)):
        return False  # «ويعتبر النادي واحدا من …»
    if cue.kind == "past" and cue.joined and not cue.object and norm[at : at + 1] == ["من"]:
        return _judgement(walk, i, i + 1, cue, None, "carried")  # «واعتبر فلانا من أفضل …»
    if cue.lemma == "وصف" and not cue.object:
        return _likened(walk, at, stop) and _judgement(walk, i, at, cue, mention)
    return _judgement(walk, i, at, cue, mention)


# «بنحو مليون», «بأكثر من»: how much something is estimated at
_ABOUT = re.compile("ب(?:نحو|حوالي|اكثر|اقل|قرابة|مئات|الاف|عشرات|ملايين|مليون|مليار|مليارات)")
_BLAME = re.compile("(?:ال)?(?:مسؤولي|مسئولي)(?:ة|ته|تها|تهم)")


def take_weighed(walk: Walk, i: int, cue: Cue) -> bool:
    """«قدرت المنظمة [عدد النازحين بنحو مليون]», «حمل الحزب [الحكومة مسؤولية العنف]»."""
    if cue.lemma not in ("قدر", "حمل") or cue.object:
        return False
    doc, norm = walk.doc, walk.doc.norm
    mark = next((k for k in range(i + 2, min(doc.stop[i], i + 18)) if _weight(walk, k, cue)), None)
    if mark is None:
        return False
    if cue.kind == "participle":
        return _judgement(walk, i, i + 1, cue, governing_subject(walk, i), "sentence")
    before = subject_before(walk, i) if not cue.joined else None
    if before is not None and before.last == i and before.type != "unnamed":
        return _judgement(walk, i, i + 1, cue, before)
    walk.reader.minimal = True
    mention = walk.reader.read(i + 1, mark)
    walk.reader.minimal = False
    if mention is None or mention.first > i + 1 or mention.last >= mark:
        return False
    at = mention.last
    if norm[at] == "من" and norm[at + 1] in words_of("turns"):  # «وقدرت الهيئة من جهتها …»
        at += 2
    return _judgement(walk, i, at, cue, mention)


def _weight(walk: Walk, k: int, cue: Cue) -> bool:
    """Whether the second object of the verb stands at `k`: a number after ب, or the blame."""
    norm = walk.doc.norm
    if cue.lemma == "حمل":
        return _BLAME.fullmatch(norm[k]) is not None
    return _ABOUT.fullmatch(norm[k]) is not None or (norm[k] == "ب" and norm[k + 1 : k + 2] != [])


def _likened(walk: Walk, at: int, stop: int) -> bool:
    """Whether «بـ» with what something is called follows the thing itself: «وصف الوزير [الهجوم بالجبان]»."""
    doc, norm = walk.doc, walk.doc.norm
    while at < stop and norm[at] in COMMAS:
        at += 1
    for k in range(at + 1, min(stop, at + 10)):
        other = doc.cue[k]
        if norm[k] in COMMAS or (other is not None and other.kind not in ("masdar", "noun")):
            return False
        if norm[k].startswith("بال") and len(norm[k]) > 5:
            return norm[at][0].isalpha()
        if norm[k] == "ب" and doc.quotation(k + 1) is not None:
            return norm[at][0].isalpha()  # «واصفا القرار بـ"الظالم"»
    return False


def _judged_thing(walk: Walk, k: int) -> bool:
    """Whether a definite thing that can be judged begins here: «ذلك», «هذه», «القرار», «إياها»."""
    word, words = walk.doc.norm[k], walk.doc.words.words
    return word in _THESE or word.startswith(("ال", "ايا")) or word in words["countries"]


def _predicate(walk: Walk, k: int) -> bool:
    """Whether the word can be what something is judged to be: a bare noun without article."""
    word, words = walk.doc.norm[k], walk.doc.words.words
    return word[0].isalpha() and not word.startswith("ال") and word not in words["function_words"]


def _judgement(walk: Walk, i: int, at: int, cue: Cue, mention: Mention | None, source: Source = "subject") -> bool:
    doc, norm = walk.doc, walk.doc.norm
    stop = doc.stop[i]
    while at < stop and norm[at] in COMMAS:
        at += 1
    end = clause_end(doc, Opening("np", at, at), to_comma=cue.object) if at < stop else at
    least = 2 if cue.object or cue.lemma == "وصف" else 3
    if sum(1 for k in range(at, end) if norm[k][0].isalnum()) < least or (
        norm[at] in doc.words.words["function_words"] and norm[at] not in _THESE and norm[at] not in _AMOUNTS
    ):
        return False
    if mention is not None:
        source = "subject"
    a, b = trim(doc.tokens.text, doc.tokens.start[at], doc.tokens.end[end - 1])
    kind = kind_of(doc, at, end)
    q = doc.quotation(at)
    if q is not None and q.open == at:
        a, b, kind = (*inner(doc, q), "direct") if q.after >= end else (doc.tokens.start[at], b, kind)
    span = (doc.tokens.start[i], doc.tokens.end[i])
    walk.add(
        Found(a, b, kind, "past:judged", i, span, mention, source, cue.feminine, cue.plural),
        end,
    )
    return True
