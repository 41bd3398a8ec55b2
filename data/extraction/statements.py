"""Finding statements in one field: cues, their complements, attributions, headlines, words left in marks.

Gives each statement's stretch, kind and cue and the tokens where its speaker may stand; who that is, is
settled by data.extraction.resolution.
"""

from data.extraction.attributions import attributed, take_attribution
from data.extraction.complements import Opening, accuses, find_opening, unnamed_request
from data.extraction.document import Document
from data.extraction.ends import clause_end
from data.extraction.found import Found, Walk, kind_of, trim
from data.extraction.lexicon import Cue, words_of
from data.extraction.loose import take_loose
from data.extraction.mentions import Mention
from data.extraction.reporting import circumstantial, impersonal, is_asserted, passive_or_plain
from data.extraction.spans import described_at, take, take_judged, take_unopened, take_weighed
from data.extraction.speakers import PhraseReader
from data.extraction.subjects import governing_subject, owner_of_saying, speaker_of, subject_before
from data.extraction.titles import take_title
from data.extraction.tokens import COMMAS, bare


def find(doc: Document) -> Walk:
    """Go through one field from left to right; the statements are in `found`, in the order of the text."""
    walk = Walk(doc, PhraseReader(doc))
    norm, size = doc.norm, len(doc.norm)
    cues = doc.cue
    i = 0
    while i < size:
        if i == doc.begin[i] and i >= walk.busy:
            take_title(walk, i)
        if i < walk.busy:
            i = max(i + 1, min(walk.busy, doc.stop[i] + 1))
            continue
        q = doc.quotation(i)
        if q is not None:
            if q.open == i:
                take_loose(walk, q)
            i = max(q.after, i + 1)
            continue
        cue = cues[i]
        if cue is not None:
            _cue(walk, i, cue)
        elif norm[i] in _CAME:
            _came_in(walk, i)
        elif norm[i][0] in "بحوفنطتاكع":
            take_attribution(walk, i)
        i += 1
    walk.found.sort(key=lambda f: f.start)
    return walk


_ONE_OF = (["احداها"], ["احدها"], ["بعضها"], ["احدهما"], ["احداهما"])
# «جاء فيه: …», «ورد في إحداها «…»»
_CAME = frozenset(("جاء", "وجاء", "ورد", "وورد", "جاءت", "كتب"))


def _came_in(walk: Walk, i: int) -> None:
    """«أصدر النادي بيانا جاء فيه: …», «وجاء في إحداها «…»»: what a text says, whoever wrote it."""
    doc, norm = walk.doc, walk.doc.norm
    said = doc.words.cues["قال"]
    within = norm[i + 1 : i + 2] and (norm[i + 1] in ("فيه", "فيها") or norm[i + 2 : i + 3] in _ONE_OF)
    opening = find_opening(doc, i, said, 6) if within else None
    if opening is None and norm[i + 1 : i + 2] == ["في"]:  # «جاء في مسودة القرار «…»»
        opening = find_opening(doc, i, said, 12)
        if opening is not None and opening.form == "quote":
            whose = walk.reader.read(i + 3, opening.at) if opening.at > i + 3 else None
            mention, source = (whose, "subject") if whose is not None else attributed(walk, i + 1, opening.at)
            take(walk, i, said, opening, mention, source)
            return
    if not within or opening is None or opening.form == "np":
        take_attribution(walk, i)
        return
    mention = owner_of_saying(walk, i) or governing_subject(walk, i)
    if mention is None and i > doc.begin[i] and norm[i][0] != "و":
        mention = walk.reader.sentence_subject(doc.begin[i] + 1, i)
    take(walk, i, said, opening, mention, "subject" if mention is not None else "carried")


def _cue(walk: Walk, i: int, cue: Cue) -> None:
    doc, norm = walk.doc, walk.doc.norm
    previous = norm[i - 1] if i else ""
    if norm[i] in ("يذكر", "ويذكر", "يشار", "ويشار", "يلاحظ", "ويلاحظ", "تردد", "وتردد") and impersonal(walk, i):
        walk.busy = max(walk.busy, i + 1)
        return
    if cue.kind == "noun" or (cue.kind == "masdar" and not cue.possessed):
        _noun_cue(walk, i, cue)
        return
    if cue.kind == "participle" and (previous.isdigit() or (previous in words_of("copulas") and cue.lemma != "قال")):
        return  # «50 مشجعا», «ليس مؤكدا أن»
    if (
        cue.kind == "participle"
        and (not norm[i].endswith("ا") or cue.lemma == "اتهم")
        and not circumstantial(walk, i)
        and not (cue.lemma == "اتهم" and accuses(doc, i))
    ):
        return  # «متهما بالقتل» is accused, «متهما واشنطن» accuses
    opening = find_opening(doc, i, cue)
    if opening is None:
        if not any(taken(walk, i, cue) for taken in (take_unopened, take_judged, take_weighed)):
            take_attribution(walk, i)
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
    if previous in words_of("remarked") and i > 1 and norm[i - 2] in ("وهو", "وهي"):
        return  # «…، وهو إجراء يشير إلى»: the reporter
    if norm[i] == "مجددا" and previous not in COMMAS:
        return
    if norm[i] == "طالبة" and norm[i + 1] != "من" and opening.head > i + 1:
        return  # «طالبة جامعية»
    if cue.kind in ("past", "present") and bare(previous) in words_of("no_speakers"):
        return  # «بينما الواقع يشير إلى»
    pointing = cue.lemma == "اشار" and cue.kind == "present"
    if previous in ("ما", "وما", "بما") and (pointing or cue.lemma in words_of("shows")):
        return  # «وثائق وما يثبت أنها», «وهو ما يشير إلى أن»
    if previous == "مما" or (previous == "ما" and cue.lemma == "افاد") or unnamed_request(doc, i, cue):
        return
    if cue.lemma == "وجه" and opening.form == "np" and norm[i - 1] in doc.words.words["relatives"]:
        return
    asserted = is_asserted(walk, i, previous)
    question = norm[opening.head] in ("كيف", "لماذا", "متى", "هل", "اذا")  # «لم يوضح كيف …» says nothing
    if not asserted and (opening.form in ("np", "colon") or opening.head - i > 15 or question):
        return
    if (
        cue.kind == "masdar"
        and opening.form == "np"
        and ((cue.possessed and previous in ("بعد", "قبل", "خلال")) or cue.lemma == "التزم")
    ):
        return
    mention, source = speaker_of(walk, i, cue, opening)
    if _accused(walk, i, cue, opening, mention):
        return
    if opening.form == "that" and cue.kind in ("past", "present") and passive_or_plain(walk, i, cue, mention):
        return
    if (
        opening.form == "np"
        and opening.head == i + 1
        and (mention is None or mention.last < i)
        and passive_or_plain(walk, i, cue, None)
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
        before = subject_before(walk, i) if not cue.joined else None
        q = doc.quotation(opening.at)
        mention, source = before, "subject" if before is not None else "sentence"
        if q is None or q.open != opening.at:
            opening = Opening("np", i + 1, i + 1)
    described = described_at(walk, i, cue, opening, mention)
    judged = _judged_in_marks(walk, i, cue, opening, mention)
    if judged is not None:
        described = judged
        if judged <= i + 2 and (mention is None or judged < mention.last):
            mention, source = None, "carried" if judged == i + 1 else "sentence"
    if described is not None:
        q = doc.quotation(opening.at)
        in_marks = q is not None and q.open == opening.at and norm[q.after : q.after + 1] not in (["الذي"], ["التي"])
        end = q.after if q is not None and in_marks else clause_end(doc, opening)
        a, b = trim(doc.tokens.text, doc.tokens.start[described], doc.tokens.end[end - 1])
        if b > a:
            span = (doc.tokens.start[i], doc.tokens.end[i])
            kind, rule = kind_of(walk.doc, described, end), f"{cue.kind}:describe:object"
            walk.add(Found(a, b, kind, rule, i, span, mention, source, cue.feminine, cue.plural, asserted), end)
        return
    take(walk, i, cue, opening, mention, source, asserted)


def _accused(walk: Walk, i: int, cue: Cue, opening: Opening, mention: Mention | None) -> bool:
    """«اتُّهم بالتجسس», «وقد اتُّهمت الحركة بالقتل»: the verb is passive, there is nobody left to be accused."""
    if cue.lemma != "اتهم" or cue.object or opening.form != "np":
        return False
    before = mention is not None and mention.first < i
    alone = opening.head == i + 2 and walk.doc.norm[i + 2][0] == "ب" and not before
    return opening.head == i + 1 or (alone and cue.kind == "past" and not cue.joined)


def _judged_in_marks(walk: Walk, i: int, cue: Cue, opening: Opening, mention: Mention | None) -> int | None:
    """«تعتبر [الاتفاق «خطأ تاريخيا»]», «اعتبر فيه [القرار «عملا عدائيا»]»: where the thing judged begins, or None."""
    doc, norm = walk.doc, walk.doc.norm
    q = doc.quotation(opening.at)
    before, far = norm[opening.head - 1], opening.head - i
    if cue.lemma != "اعتبر" or opening.form != "quote" or cue.object or not 2 <= far <= 16 or q is None:
        return None
    first = norm[q.first]
    predicate = first == "غير" or (first.endswith("ا") and len(first) > 3 and first not in doc.words.that)
    definite = q.words <= 5 and far <= 8 and before.startswith("ال")
    if not definite and not (predicate and before[0].isalpha()):
        return None
    at = mention.last if mention is not None and i < mention.last < opening.head else i + 1
    return at + (norm[at] in words_of("after_verb"))


# claims whose content stands beside them as a verbal noun: «بعد مزاعم دعم المتمردين»
_CLAIMED = frozenset(("زعم", "مزاعم", "ادعاء", "ادعاءات", "دعوى", "ذريعة", "حجة"))


def _noun_cue(walk: Walk, i: int, cue: Cue) -> None:
    """«تصريحات فلان بأن», «إعلان فلان انسحاب», «جاء في بيان: »."""
    doc, norm = walk.doc, walk.doc.norm
    previous = norm[i - 1] if i else ""
    if norm[i] == "راي" and i == doc.begin[i] and norm[i + 1 : i + 2] == [":"]:
        return  # a label
    if cue.definite and norm[i] not in ("بالقول",):
        nxt = norm[i + 1] if i + 1 < len(norm) else ""
        # «التحذيرات الأميركية بفرض عقوبات»
        whose = nxt.startswith("ال") and nxt.endswith("ية") and cue.lemma in words_of("noun_np")
        if nxt not in doc.words.that and not whose:
            return
    pretext = norm[i].lstrip("و")[0] == "ب"
    if (
        norm[i].lstrip("وب") in _CLAIMED
        and (pretext or previous in words_of("before_nouns"))
        and i + 2 < doc.stop[i]
        and doc.propositional(i + 1)
    ):
        # «احتجزوه بدعوى إثارة الشغب»: theirs; «بعد مزاعم دعم المتمردين»: nobody's.
        take(walk, i, cue, Opening("np", i + 1, i + 1), None, "sentence" if pretext else "given")
        return
    opening = find_opening(doc, i, cue, 22)
    if opening is None:
        return
    if opening.form == "that":
        if opening.head - i > 6 and not cue.possessed and any(t in COMMAS for t in norm[i : opening.head]):
            return  # «رفض الحركة دعوة الرئيس، المخاوف من أن»
    elif opening.form == "np":
        if cue.lemma not in words_of("noun_np") or (
            cue.lemma == "اشار" and (previous == "في" or opening.head == i + 1)
        ):
            return  # «…، في إشارة إلى رحيله»: the reporter
    elif opening.form == "quote":
        q = doc.quotation(opening.at)
        if q is None or q.words < 5 or q.open - i > 10 or (q.words < 7 and norm[q.open - 1] != ":"):
            return
    elif opening.head - i > 10:
        return
    mention = walk.reader.read(i + 1, opening.head) if opening.head > i + 1 else None
    if opening.form == "np" and norm[i + 1] == "من" and opening.head > i + 2:
        mention = walk.reader.subject(i + 2, opening.head)  # «دعوات من النقابات إلى الإضراب»
    accused = cue.lemma == "اتهم" and norm[i + 1][0] == "ل" and len(norm[i + 1]) > 3
    if opening.form == "np" and mention is None and not cue.possessed and opening.head > i + 1 and not accused:
        return  # «إعلان حفل افتتاح الجسر»
    spoken = norm[i] == "بالقول"
    if (
        cue.definite
        and not spoken
        and mention is None
        and opening.form == "that"
        and not (i > 1 and previous == "في" and norm[i - 2] in _CAME)  # «جاء في التقرير أن»
        and governing_subject(walk, i) is None
    ):
        return  # «التوقعات بأن»: nobody's
    owned = cue.lemma in words_of("owned") or cue.lemma in words_of("sayings")
    if owned and norm[i + 1][0] == "ل" and len(norm[i + 1]) > 3 and opening.head > i + 1:
        mention = walk.reader.read_attached(i + 1, opening.head)
    if doc.title and opening.form == "np" and mention is None:
        return  # «تحذير من عاصفة»: nobody's
    if mention is None and not cue.possessed:
        mention = governing_subject(walk, i)
        if mention is not None:
            take(walk, i, cue, opening, mention, "subject")
            return
    if cue.definite and mention is None and previous == "في" and opening.form == "that":
        take(walk, i, cue, opening, None, "document")
        return
    stray = (
        mention is not None and mention.type == "person" and mention.role is None and not mention.definite
        and mention.last - mention.first == 1 and norm[mention.first] not in walk.reader.given
        and doc.counts.get(norm[mention.first], 0) < 2
    )  # fmt: skip
    if stray and not cue.possessed:  # «حذر فلان، في تصريح منفصل، من أن»
        governing = governing_subject(walk, i)
        if governing is not None:
            take(walk, i, cue, opening, governing, "subject")
            return
    if norm[i].startswith(("بم", "لم")) and cue.lemma == "طالب":
        mention = None  # «تظاهر الأهالي لمطالبة الحكومة بكذا»: of whom it is asked
    if cue.lemma == "اتهم" and opening.form == "np" and not cue.possessed and mention is not None:
        mention = mention if mention.last < opening.head and norm[mention.last][0] == "ل" else None
    if mention is not None and mention.first > i + 2 and not cue.possessed and mention.type != "person":
        mention = None
    take(walk, i, cue, opening, mention, "subject" if mention else "sentence")
