"""Attributions: «بحسب المرصد، …» before a clause, «…، وفق ما أعلن الناطق» after it or in its middle."""

import re

from data.extraction.clauses import attribution, breaks
from data.extraction.complements import Opening, find_opening
from data.extraction.document import LONGEST
from data.extraction.ends import clause_end
from data.extraction.found import Found, Source, Walk, inner, kind_of, trim
from data.extraction.lexicon import words_of
from data.extraction.marks import MARKS
from data.extraction.mentions import Mention
from data.extraction.reporting import impersonal, passive_or_plain
from data.extraction.tokens import COMMAS, bare

# «بيان نشره المركز», «بيان أصدرته الوزارة», «نشرة تصدرها الوزارة»
ISSUED = re.compile("(?:(?:نشر|اصدر|بث|وزع|وقع|تلا|اعد|اجر)ت?|[يت](?:نشر|صدر|بث|وزع|عد|جري))(?:ه|ها)")
# «إلى ذلك، …», «من جهة أخرى، …»
_MEANWHILE = tuple(
    [first, second]
    for first, second in (
        ("الى", "ذلك"), ("من", "جهة"), ("من", "جانب"), ("من", "ناحية"), ("في", "غضون"), ("وفي", "غضون"),
        ("في", "سياق"), ("وفي", "سياق"), ("على", "صعيد"), ("وعلى", "صعيد"), ("في", "المقابل"), ("وفي", "المقابل"),
        ("فضلا", "عن"), ("وعلى", "وقع"), ("على", "وقع"),
    )
)  # fmt: skip


# What stands beside a clause with an attribution of its own: «…، فيما يبلغ كذا وفق فلان».
_CONTRASTS = frozenset(("لكن", "ولكن", "فيما", "بينما"))


# «… وفق المركز بعد أيام من زلزال آخر», «… بحسب الشرطة التي لم تحدد …»: the clause is over.
_REMARKS = frozenset(("بعد", "قبل", "عقب", "منذ", "فيما", "بينما"))


def take_attribution(walk: Walk, i: int) -> None:
    """«بحسب المرصد، …» before a clause, «…، بحسب المرصد» after it."""
    doc, norm = walk.doc, walk.doc.norm
    who = attribution(doc, i)
    if who is None:
        return
    tokens = doc.tokens
    begin, stop = doc.begin[i], doc.stop[i]
    for k in range(i - 3, max(begin, i - LONGEST), -1):
        if norm[k] in _CONTRASTS and norm[k - 1] in COMMAS and not doc.quotation(k):
            if _another_source(walk, begin, k):
                begin = k + 1
            break
    if norm[i - 1 : i] == ["الا"] or (i > begin and norm[i - 1] in ("-", "–", "—")):
        return
    if norm[i] in ("على", "وعلى") and any(
        c is not None and c.kind == "masdar" and c.possessed for c in doc.cue[who : min(stop, who + 16)]
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
    mention, source = attributed(walk, who, end)
    if end + 2 < stop and norm[end] in COMMAS and norm[end + 1] in doc.words.words["adverbs"]:
        k = end + 2
        while k < stop and norm[k] in COMMAS:
            k += 1
        if k < stop and norm[k] in words_of("then"):
            end = k  # «بحسب الصحيفة، السبت، فقد …»
    if mention is not None and not mention.named and end + 1 < stop and norm[end] in COMMAS:
        # «بحسب مراسل الهيئة في سوريا، عساف عبود، …»
        longer, _ = attributed(walk, who, min(stop, end + 12))
        named = longer is not None and longer.named and longer.name_first == end + 1 and longer.last < stop
        if longer is not None and named and norm[longer.last] in COMMAS:
            mention, end = longer, longer.last
    span = (tokens.start[i], tokens.end[min(who, len(norm)) - 1])
    if span[1] <= span[0]:
        span = (tokens.start[i], tokens.end[i])
    if walk.found and walk.found[-1].rule == "attribution" and walk.found[-1].end > tokens.start[begin]:
        # «ولد فلان، بحسب الوكالة، في …، بحسب الوزارة»: the later one holds the earlier.
        if i - walk.found[-1].at > 3 and walk.found[-1].start >= tokens.start[begin] and walk.found[-1].at < i:
            if walk.found[-1].kind != "direct" and walk.found[-1].end <= tokens.start[walk.found[-1].at]:
                walk.found.pop()
            else:
                return
    elif walk.found and walk.found[-1].end > tokens.start[begin]:
        last = walk.found[-1]
        if last.mention is None and last.source == "carried" and last.rule == "loose":
            last.mention, last.source = mention, source
        return
    anew = norm[i][0] == "و" and end < stop and norm[end] in words_of("then")  # «…، وبحسب فلان فإن»
    leading = (
        anew
        or i - begin <= 1
        or norm[i - 1] in _CONTRASTS
        or (i - begin <= 3 and norm[i - 1] in COMMAS and _opens_loosely(walk, begin))
    )
    if leading:
        at = end
        then = next((k for k in range(end, min(stop, end + 16)) if norm[k] in words_of("then")), None)
        apposed = end < stop and (norm[end] in COMMAS or doc.quotation(end) is not None)
        if then is not None and apposed and not any(_reports(walk, k) for k in range(end, then)):
            at = then  # «بحسب فلان، رئيس القسم في الشركة، فإن»
        while at < stop and (norm[at] in COMMAS or norm[at] in words_of("then") or norm[at] in (":", "ان", "-")):
            at += 1
        if at >= stop and _previous_sentence(walk, i, span, mention, source):
            return
        if at >= stop or at == who:
            if mention is not None and who < mention.last < stop - 2 and norm[mention.last] not in COMMAS:
                at = mention.last  # «ووفق عبد الرحمن لم يعد هناك …»
            else:
                return
        if attribution(doc, at) is not None or _reports(walk, at):
            return
        _attributed_clause(walk, i, at, None, span, mention, source)
        return
    if end < stop and norm[end] in COMMAS and end + 1 < stop:
        # In the middle: «وتدور، وفق المرصد، "اشتباكات"».
        q = doc.quotation(end + 1)
        if q is not None and q.open == end + 1 and q.words >= 3:
            a, b = inner(walk.doc, q)
            walk.add(Found(a, b, "direct", "attribution", i, span, mention, source), q.after)
            walk.claimed.add(q.open)
            return
    previous = norm[i - 1] if norm[i - 1] != "وذلك" else norm[i - 2]
    if previous not in COMMAS and previous not in MARKS:
        # Without a comma only where the attribution closes the sentence, and is somebody.
        nobody = not _credible(walk, mention) if mention is not None else source == "carried"
        told = doc.cue[who - 1] is not None  # «… حسبما قاله القاضي في الجلسة»
        if told and mention is not None and not nobody:
            if not any(_reports(walk, k) for k in range(max(begin, i - 60), i)):
                _attributed_clause(walk, i, begin, i, span, mention, source)
            return
        if mention is not None and not nobody and mention.last + 2 <= stop and mention.last < end and i > begin + 2:
            # «قتل 31 مدنيا في غارات استهدفت وفق المرصد مناطق …»: said in the middle of it.
            if not any(_reports(walk, k) for k in range(max(begin, i - 60), i)):
                told = norm[mention.last] in _REMARKS or norm[mention.last] in doc.words.words["relatives"]
                _attributed_clause(walk, i, begin, i if told else stop, span, mention, source)
            return
        if (
            mention is not None
            and not nobody
            and norm[end : end + 1] == ["،"]
            and 2 <= i - begin <= 4
            and end + 2 < stop
        ):
            _attributed_clause(walk, i, begin, stop, span, mention, source)
            return  # «يبلغ الإنتاج وفق المنظمة، نحو مليوني برميل»
        closed = end >= stop or (norm[end] in COMMAS and mention is not None and mention.last == end)
        if not closed or end - who > 12 or nobody:
            return
    if any(_reports(walk, k) for k in range(max(begin, i - 60), i)):
        return
    tail = doc.words.words["attribution_tail"]
    next_word = norm[who] if who < len(norm) else ""
    if mention is None and doc.cue[begin] is not None and (next_word in tail or next_word[1:] in tail):
        return  # «وتحدث فلان عن «عالم جديد»، على حد تعبيره»
    last_token = i - 1 if previous in COMMAS else i
    if previous in COMMAS and end + 2 < stop and norm[end] in COMMAS and _goes_on(walk, begin, i, end, mention):
        last_token = stop  # «تشكل هذه المقابلة، بحسب الصحيفة، أول مقابلة»
    elif previous in COMMAS and i - begin <= 6 and mention is not None and mention.last + 3 <= end:
        last_token = stop  # «تنتظر البلاد، حسب الأرصاد مرور إعصار قوي»
    _attributed_clause(walk, i, begin, last_token, span, mention, source)


def _another_source(walk: Walk, begin: int, k: int) -> bool:
    """Whether what stands before «، لكن …، بحسب فلان» is somebody else's word or plan, so that only the rest is his."""
    doc = walk.doc
    said = any(f.end > doc.tokens.start[begin] for f in walk.found[-1:])
    return (
        said or any(doc.cue[j] is not None for j in range(begin, k)) or doc.norm[begin].lstrip("و") in ("كان", "كانت")
    )


def _previous_sentence(walk: Walk, i: int, span: tuple[int, int], mention: Mention | None, source: Source) -> bool:
    """«… . وذلك وفقا لوكالة كذا»: the sentence before is the attributed one, if nothing was found in it."""
    doc, begin = walk.doc, walk.doc.begin[i]
    if mention is None or begin < 5 or doc.norm[begin - 1] != "." or i - begin > 1 or mention.last < doc.stop[i] - 3:
        return False
    first = doc.begin[begin - 1]
    if walk.found and walk.found[-1].end > doc.tokens.start[first]:
        return False
    if any(_reports(walk, k) for k in range(max(first, begin - 60), begin - 1)):
        return False
    _attributed_clause(walk, i, first, begin - 1, span, mention, source)
    return True


def _goes_on(walk: Walk, begin: int, i: int, end: int, mention: Mention | None) -> bool:
    """Whether the clause goes on after «، بحسب فلان،»: what follows is no apposition and no remark."""
    doc, norm = walk.doc, walk.doc.norm
    after = norm[end + 1]
    words = doc.words.words
    if after in words["relatives"] or (mention is not None and mention.role is not None and mention.role[0] > end):
        return False
    if doc.stop[i] - end <= 6 and (bare(after) in words["roles"] or after in words["roles"]):
        return False  # «، حسبما أعلن فلان، مدرب الفريق»
    if i - begin <= 6 or (after[0] == "ب" and doc.propositional(end + 1, "ب")):
        return True
    # A bare noun can only be the object or subject that the clause still lacks.
    return after[0].isalpha() and bare(after) in words["common_nouns"] and not breaks(doc, end + 1, "np", True)


def _opens_loosely(walk: Walk, begin: int) -> bool:
    """«وفي دمشق، بحسب فلان، …»: what stands before the comma is no clause that goes on after it."""
    word = walk.doc.norm[begin]
    words = walk.doc.words.words
    for plain in (word, word[1:] if word[0] in "وف" else word):
        if plain in words["function_words"] or plain in words["adverbs"] or plain in words_of("leading"):
            return True
    return False


def _names_somebody(walk: Walk, word: str) -> bool:
    """Whether the word after a document can be whose it is: «أرقام المرصد», not «بيانات حديثة»."""
    reader = walk.reader
    plain = bare(word)
    return (
        word.startswith(("ال", "لل"))
        or plain in reader.orgs
        or plain in reader.roles
        or plain in reader.unnamed
        or word in reader.countries
        or word in reader.given
        or plain in walk.doc.words.words["documents"]
        or (word[0] == "ل" and len(word) > 3)
        or word in ("عن", "ل")
    )


def _reports(walk: Walk, k: int) -> bool:
    """Whether a finite reporting verb with a complement stands at `k`."""
    cue = walk.doc.cue[k]
    if cue is None or cue.kind not in ("past", "present") or impersonal(walk, k):
        return False
    opening = find_opening(walk.doc, k, cue, 30)
    if opening is not None and opening.form == "np" and opening.head == k + 1:
        return not passive_or_plain(walk, k, cue, None)  # «ويتوقع إعلان النتائج غدا بحسب اللجنة»
    return opening is not None


def _credible(walk: Walk, m: Mention) -> bool:
    """Whether a phrase after a bare «وفق» can be somebody and not a plan or a measure."""
    if m.type in ("organisation", "country", "unnamed"):
        return True
    first = walk.doc.norm[m.name_first]
    return first in walk.reader.given or m.role is not None or walk.doc.counts.get(first, 0) >= 2


def attributed(walk: Walk, who: int, end: int) -> tuple[Mention | None, Source]:
    """Who is behind «بحسب …» whose phrase runs from token `who` to `end`, or None and how to go on."""
    doc, norm = walk.doc, walk.doc.norm
    documents = doc.words.words["documents"]
    k = who
    if k + 1 < end and norm[k] in ("عنه", "عنها", "به", "بها", "اليه", "اليها", "عليه", "له", "لها"):
        k = who = k + 1  # «وفقا لما أعلنت عنه الوكالة»
    if k + 2 < end and norm[k] in ("نشر", "ورد", "جاء") and norm[k + 1] == "من":
        k = who = k + 2  # «حسب ما نشر من التحقيقات»
    if k + 1 < end and norm[k] == "في":
        k = who = k + 1  # «حسب ما جاء في التقرير»
    if k + 1 < end and norm[k] in ("احدث", "اخر", "اول"):
        k = who = k + 1  # «وفق أحدث حصيلة للمنظمة»
    if k >= end:
        return None, "carried"
    word = norm[k]
    # Documents and titles of sayings give way to whoever is behind them.
    for _ in range(3):
        plain = bare(word[1:]) if word[0] == "ل" and len(word) > 3 else bare(word)
        if plain == "تقارير" and not word.startswith(("ال", "لل")) and (k + 1 >= end or norm[k + 1] in COMMAS):
            told = walk.reader.read_attached(k, k + 1) if word[0] == "ل" else walk.reader.subject(k, k + 1)
            return told, "subject"
        if word == "التقارير" and k + 1 < end and norm[k + 1].startswith("ال"):
            return walk.reader.subject(k, end), "subject"  # «بحسب التقارير الصحفية الواردة»
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
            if plain not in tail and not _names_somebody(walk, following):
                issued = next((j for j in range(k + 1, min(end - 1, k + 4)) if ISSUED.fullmatch(norm[j])), None)
                if issued is not None:
                    k = issued + 1  # «حصيلة جديدة نشرها المرصد», «تقرير بحثي أصدره البنك»
                elif k + 2 < end and norm[k + 2][0] == "ل" and walk.reader._is_org(norm[k + 2]):
                    k += 2  # «تقرير سنوي للوكالة»
                break
            if plain in words_of("figures") and word.startswith(("ال", "لل")):
                break  # «الإحصاءات الحكومية» speak for themselves
            k += 1
            word = norm[k]
            continue
        break
    if word == "ل" and k + 1 < end:
        k += 1
    relayed = any(norm[j] in ("نقلت", "نقل", "نقلته", "نقله") for j in range(max(0, who - 2), min(end, who + 1)))
    if relayed and end < doc.stop[who] and norm[end] in COMMAS:  # «نقلته وكالة كذا، الثلاثاء، عن الوزير»
        j = end + 1
        while j < doc.stop[who] - 1 and (norm[j] in doc.words.words["adverbs"] or norm[j] in COMMAS):
            j += 1
        if norm[j : j + 1] == ["عن"] and j - end <= 4:
            quoted = walk.reader.read(j + 1, min(doc.stop[who], j + 12))
            if quoted is not None:
                return quoted, "subject"
    for j in range(who, min(end, who + 10)):
        if norm[j] == "عن" and j + 1 < end:
            mention = (walk.reader.subject if relayed else walk.reader.read)(j + 1, end)
            if mention is not None:
                return mention, "subject"
    first = norm[k]
    if (
        first[0] == "ل"
        and len(first) > 3
        # «بحسب لائحة الاتهام», «كما أوضح ليندمير»
        and not (k == who and (norm[k - 1].lstrip("و") in ("بحسب", "حسب", "فق") or doc.cue[k - 1] is not None))
        and first not in doc.words.words["countries"]
        and first not in doc.words.words["given_names"]
        and first not in doc.words.words["organisations"]
        and first not in doc.words.words["roles"]
    ):
        mention = walk.reader.read_attached(k, end)
    else:
        mention = walk.reader.read(k, end)
        if mention is None and k > 0 and doc.cue[k - 1] is not None:
            mention = walk.reader.subject(k, end)  # «حسبما يوضح فلان»
        if mention is None and bare(first) in documents and k + 1 < end:
            mention = walk.reader.read(k + 1, end)  # «بحسب توضيحات فلان»
    if mention is None:
        return None, "carried"
    return mention, "subject"


def _attributed_clause(
    walk: Walk, i: int, at: int, last: int | None, span: tuple[int, int], mention: Mention | None, source: Source
) -> None:
    doc, norm = walk.doc, walk.doc.norm
    tokens = doc.tokens
    if last is None:
        q = doc.quotation(at)
        if q is not None and q.open == at and q.words >= 3:
            a, b = inner(walk.doc, q)
            walk.add(Found(a, b, "direct", "attribution", i, span, mention, source), q.after)
            walk.claimed.add(q.open)
            return
        end = clause_end(doc, Opening("that", at, at))
    else:
        end = last
        at = _after_dateline(walk, at, end)
        if norm[at : at + 2] in _MEANWHILE:
            at = next((k + 1 for k in range(at + 2, min(end, at + 6)) if norm[k] in COMMAS), at)
        if norm[at] in doc.words.words["nobody"] and at + 1 < end and norm[at + 1] in doc.words.that:
            at += 2  # «يُذكر أنه …، بحسب فلان»
        while at < end and (norm[at] in words_of("leading") or norm[at] in COMMAS):
            at += 1
        if end - at > 90:
            at = _last_part(walk, at, end)
            if end - at > 90:
                return
        while end > at + 1 and (norm[end - 1] in COMMAS or norm[end - 1] == "وذلك"):
            end -= 1
    if end - at < 3:
        return
    q = doc.quotation(at)
    start, stop = tokens.start[at], tokens.end[end - 1]
    kind = kind_of(walk.doc, at, end)
    if q is not None and q.open == at and q.after >= end:
        start, stop = inner(walk.doc, q)
        kind = "direct"
        if q.words < 3:
            return
    elif (last is not None and norm[at][0] == "و" and _conjunction(walk, at)) or (
        norm[at] in ("فلقد", "فقد") or (last is None and _apodosis(walk, at))
    ):
        start += 1
    start, stop = (start, stop) if kind != "indirect" else trim(tokens.text, start, stop)
    walk.add(Found(start, stop, kind, "attribution", i, span, mention, source), max(end, i + 1))
    if q is not None:
        walk.claimed.add(q.open)


def _last_part(walk: Walk, at: int, end: int) -> int:
    """Where the last part of a very long sentence begins, which an attribution at its end speaks of."""
    norm = walk.doc.norm
    for k in range(end - 6, max(at, end - LONGEST), -1):
        if norm[k - 1] in COMMAS and walk.doc.quotation(k) is None and norm[k] in words_of("connectives"):
            return k
    return at


def _conjunction(walk: Walk, at: int) -> bool:
    """Whether the و of a first word is «and»: وأسفر, but not وزير or وصل."""
    word = walk.doc.norm[at]
    if word in (
        "ولم",
        "ولا",
        "ولن",
        "وقد",
        "وهو",
        "وهي",
        "وفي",
        "ومن",
        "وعن",
        "وتم",
        "وان",
        "وما",
        "وشن",
        "وليس",
        "وليست",
    ):
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


def _apodosis(walk: Walk, at: int) -> bool:
    """Whether the ف of a first word is that of «بحسب فلان، فبعد …», and not its own."""
    word = walk.doc.norm[at]
    return word[0] == "ف" and word[1:] in walk.doc.words.words["function_words"]


def _after_dateline(walk: Walk, at: int, end: int) -> int:
    """Past «طهران - » or «دبي، الإمارات العربية المتحدة (CNN) –»."""
    norm = walk.doc.norm
    for k in range(at, min(end, at + 10)):
        if norm[k] in ("-", "–", "—") and (k + 1 >= end or walk.doc.tokens.start[k] > walk.doc.tokens.end[k - 1]):
            k += 1
            while k < end and norm[k] in ("-", "–", "—"):
                k += 1
            colon = next((j for j in range(k, min(end, k + 8)) if norm[j] == ":"), k)
            if colon > k and all(len(w) == 1 for w in norm[k:colon]):
                return colon + 1  # «باريس - أ.ف.ب: …»
            return k
    return at
