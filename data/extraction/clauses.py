"""Where the complement of a reporting form ends, when no mark says so.

A clause runs to the end of its sentence unless something in it belongs to the reporter again: a further
reporting form, an attribution («بحسب فلان»), or a remark on the words just reported. Knows no speakers.
"""

from data.extraction.complements import Form, Opening, accuses, find_opening, is_speech
from data.extraction.document import LONGEST, Document
from data.extraction.lexicon import Cue, words_of
from data.extraction.tokens import COMMAS, bare

# «لكنه لم يحدد موعدا»: what nobody but the reporter can say of the speaker.
WITHHELD = "withheld"


def following_word(doc: Document, k: int, steps: int = 1) -> str:
    """The word after token `k` (or the one `steps` after it), or nothing at the end."""
    return doc.norm[k + steps] if k + steps < len(doc.norm) else ""


def breaks(doc: Document, k: int, form: Form, after_comma: bool) -> str:
    """Why the reporter takes over at token `k` (the first after a comma, or any in a clause); empty: no reason."""
    t = doc.norm[k]
    cue = doc.cue[k] if after_comma or t != "مجددا" else None
    if cue is not None and not cue.definite and _reports_anew(doc, k, cue, form, after_comma):
        return "report"
    if (after_comma or t != "كما") and attribution(doc, k) is not None:
        return "attribution"
    turn = _turns(doc, k, form, after_comma)
    if turn:
        return turn
    if after_comma:
        return _remarks(doc, k, form) or ("np" if form == "np" and t in words_of("np_ends") else "")
    if t == "كما":
        verb = doc.cue[k + 1] if k + 1 < len(doc.norm) else None
        opening = find_opening(doc, k + 1, verb, 30) if verb is not None else None
        return "report" if opening is not None and opening.form in _SAID else ""
    return "while" if t in ("فيما", "بينما") and _reports_soon(doc, k) else ""


_SAID = ("that", "quote", "colon")


def _reports_anew(doc: Document, k: int, cue: Cue, form: Form, after_comma: bool) -> bool:
    """Whether the reporting form at `k` opens a report of its own and is no part of the clause before it."""
    norm, t = doc.norm, doc.norm[k]
    finite = cue.kind in ("past", "present")
    if cue.kind == "participle":
        if cue.lemma == "اتهم" and not cue.joined and accuses(doc, k):
            return True
        if after_comma and t.endswith(("ا", "ة")) and cue.frame.group not in ("opine", "talk"):
            return True
        circumstance = t.endswith(("ا", "ين")) or after_comma or cue.joined or cue.lemma == "قال"
        return circumstance and find_opening(doc, k, cue, 14) is not None
    if finite and cue.object:
        if not cue.joined or cue.frame.group not in ("opine", "describe"):
            return False
        if after_comma:
            return True  # «…، وتعتبرها تهديدا»
        opening = find_opening(doc, k, cue, 6) if cue.frame.group == "describe" else None
        return opening is not None and opening.form == "that"  # «كشف عن خطة ووصفها بأنها …»
    if finite and cue.joined:
        if cue.kind == "past" and after_comma and t[1:] not in words_of("verb_or_noun"):
            return True
        opening = find_opening(doc, k, cue, 40)
        whole = form == "np" or (after_comma and cue.kind == "present")
        return opening is not None and (whole or opening.form != "np")
    if finite and after_comma:
        opening = find_opening(doc, k, cue, 40)
        said = opening is not None and opening.form in _SAID
        if t[0] == "ل":
            return said
        # «بينما تتهم الحركة …، تتهم الحكومة …» closes a clause; «معلومات …، رجحت أن» goes on with it.
        first = max(doc.begin[k], k - 25) if form == "np" else k
        if norm[doc.begin[k]] in _WHILE or any(w in _WHILE for w in norm[first:k]):
            return cue.kind == "past" or opening is not None
        return opening is not None and opening.form in ("quote", "colon")
    if cue.kind == "masdar" and cue.possessed and cue.joined:
        opening = find_opening(doc, k, cue, 8)
        return opening is not None and opening.form in ("that", "quote")
    return False


def _turns(doc: Document, k: int, form: Form, after_comma: bool) -> str:
    """Why a turn stands at `k` that needs no comma: «دون أن يذكر …», «في حين …», «لكنه لم يحدد …»."""
    t = doc.norm[k]
    if t not in _TURNING:
        return ""
    following, later = following_word(doc, k), following_word(doc, k, 2)
    if t in ("دون", "بدون"):
        return WITHHELD if _without(doc, k + 1) and doc.norm[k - 1] not in words_of("prevented") else ""
    if t == "من" and following == "دون":
        return WITHHELD if _without(doc, k + 2) else ""
    if t == "في" and following == "حين":
        return "while" if later and later not in doc.words.that else ""
    if t == "وما":
        named = doc.cue[k + 1] if following else None
        # «قالت إنها «…» وما وصفته بأنه «…»»
        return "report" if named is not None and named.frame.group == "describe" else ""
    if t in ("مما", "ما"):
        return "outcome" if form == "np" and following in words_of("outcomes") else ""
    return WITHHELD if t in _CONTRARY and _withheld(doc, k, after_comma) else ""


def _without(doc: Document, k: int) -> bool:
    """Whether the words after «دون» name what was left unsaid: «الكشف عن», «أن يحدد»."""
    word = doc.norm[k] if k < len(doc.norm) else ""
    if word == "ان":
        verb = following_word(doc, k)
        return any(verb in words_of(name) for name in ("withheld", "not_given", "unsaid"))
    return word in words_of("without")


def _remarks(doc: Document, k: int, form: Form) -> str:
    """Why the reporter's remark on what was said begins at `k`, the first token after a comma."""
    t, following, later = doc.norm[k], following_word(doc, k), following_word(doc, k, 2)
    if t in doc.words.words["reporter_after_comma"]:
        return "reporter"
    for name in ("narrative", "circumstances", "answers"):
        if t in words_of(name):
            return name
    if t in ("في", "خلال", "اثناء") and following in words_of("remarks_in"):
        return "remark"
    if t == "في" and following in _FIRST:  # «…، في أحدث حلقة من»
        first = following == "احدث" or bare(later) in words_of("remarks_in") or later in words_of("remarked")
        return "remark" if first else ""
    if t in ("ياتي", "تاتي", "جاء", "جاءت"):
        return "remark" if following in _THIS or bare(following) in words_of("sayings") else ""
    if t == "من":
        return "turn" if following in words_of("turns") else ""
    if t == "تعليقا" or (t == "ردا" and form == "np"):
        return "occasion" if following == "على" else ""
    if t in ("وهو", "وهذا", "وهي", "وذلك", "الامر") and following in ("ما", "الذي"):
        verb = doc.cue[k + 2] if later else None
        which = following == "ما" or (verb is not None and verb.kind in ("past", "present"))
        return "which" if which else ""
    if t in ("وهو", "وهي"):
        return "which" if _remarked(doc, k + 1) else ""
    if t == "مما":
        return "outcome" if following in words_of("outcomes") else ""
    if t == "وذلك" and following in words_of("occasions"):
        return "occasion" if following != "على" or later in ("هامش", "خلفية", "اثر") else ""
    if t[0] == "م" and t.endswith(("ا", "ة", "ين")) and following in doc.words.that:
        return "report"  # «…، مسجلا أن»
    if t in ("الا", "غير") and following in ("ان", "انه", "انها", "انهم"):
        return "but"
    connects = t in words_of("connectives") or (t == "في" and following == "الوقت")
    return "while" if connects and _reports_soon(doc, k) else ""


_WHILE = frozenset(("بينما", "وبينما", "فبينما", "فيما", "وفيما"))
_FIRST = frozenset(("اول", "اخر", "ابرز", "احدث"))
_THIS = frozenset(("ذلك", "هذا", "هذه"))
# «لكنه لم يحدد», «…، ولم يذكر»
_CONTRARY = frozenset(("لكنه", "لكنها", "لكنهم", "ولكنه", "ولكنها", "لكن", "ولكن", "ولم"))
_TURNING = _CONTRARY | {"دون", "بدون", "من", "في", "ما", "مما", "وما"}


def _withheld(doc: Document, k: int, after_comma: bool) -> bool:
    """«لكنه لم يحدد موعدا», «…، ولم يذكر تفاصيل»: the reporter on what was left unsaid."""
    norm = doc.norm
    t = norm[k]
    if t != "ولم":
        k += 1
        if norm[k : k + 1] != ["لم"] and norm[k + 1 : k + 2] == ["لم"]:
            k += 1  # «لكن الوزير لم يحدد»
        if norm[k : k + 1] != ["لم"]:
            return False
    elif not after_comma:
        return False
    verb = norm[k + 1] if k + 1 < doc.stop[k] else ""
    return verb in words_of("withheld") or (
        verb in words_of("not_given") and any(w in words_of("details") for w in norm[k + 2 : k + 5])
    )


def _remarked(doc: Document, k: int) -> bool:
    """«، وهو إجراء يشير إلى …», «، وهو أول اعتراف من نوعه», «، وهو المصطلح الذي تطلقه …»."""
    if k >= len(doc.norm):
        return False  # the text is cut after «وهو»
    word, following = doc.norm[k], doc.norm[k + 1 : k + 2]
    if word in words_of("remarked"):
        return True
    if word in ("اول", "ابرز", "احدث", "اخر", "اقوى", "اوضح") and following:
        return bare(following[0]) in words_of("remarks_in") or following[0] in words_of("remarked")
    return word.startswith("ال") and bool(following) and following[0] in doc.words.words["relatives"]


def _reports_soon(doc: Document, k: int) -> bool:
    """Whether a reporting verb with a complement of its own follows within a few words."""
    for j in range(k + 1, min(doc.stop[k], k + (22 if doc.norm[k] in ("لكن", "ولكن", "فيما", "بينما") else 9))):
        if doc.norm[j] in COMMAS:
            return False
        cue = doc.cue[j]
        if cue is not None and cue.kind not in ("masdar", "noun") and find_opening(doc, j, cue, 25):
            return True
    return False


# «على حد تعبيره», «كما قال»
_ATTRIBUTING = frozenset(("على", "وعلى", "كما"))


def attribution(doc: Document, k: int) -> int | None:
    """The token at which the speaker of «بحسب …» begins, or None when `k` is no such phrase."""
    norm, known = doc.tokens.norm, doc.words.attributions
    t = norm[k]
    word = t if t[0] not in "وف" or t[1:] not in known else t[1:]
    needs = known.get(word)
    if needs is None and t not in _ATTRIBUTING:
        return None
    size = len(norm)
    nxt = norm[k + 1] if k + 1 < size else ""
    if not nxt or nxt == "\n":
        return None
    if needs is None:
        if t in ("على", "وعلى") and nxt in doc.words.words["attribution_after_ala"] and k + 2 < size:
            if nxt == "ذمة" and bare(norm[k + 2]) in ("قضايا", "قضية", "تحقيق", "تحقيقات", "محاكمة"):
                return None  # «موقوفون على ذمة قضايا»
            return k + 2 if norm[k + 2] in doc.words.words["attribution_tail"] or nxt != "حد" else None
        if t == "على" and nxt == "ما" and k + 3 < size:
            said = doc.cue[k + 2]
            return k + 3 if said is not None and not said.object and said.lemma != "وصف" else None
        verb = doc.cue[k + 1]
        if t == "كما" and verb is not None and verb.kind in ("past", "present"):
            if verb.lemma not in words_of("as_said"):
                return None
            opening = find_opening(doc, k + 1, verb, 25)
            if opening is not None and opening.form == "np" and k == doc.begin[k]:
                return None  # «كما دعا الأطراف إلى …» at the head of a sentence
            return k + 2 if opening is None or opening.form == "np" else None
        return None
    if "الى" in needs and nxt in needs and k + 2 < size and not _document(doc, norm[k + 2]):
        return None  # «استنادا إلى حل الدولتين»
    if "عن" in needs or "الى" in needs:
        return k + 2 if nxt in needs and k + 2 < size else None
    if (nxt == "ما" and "ما" in needs) or (nxt == "لما" and "لما" in needs):
        if norm[k + 2 : k + 3] == ["تم"]:
            return None  # «وفقا لما تم الاتفاق عليه»
        return k + 3 if k + 3 < size and doc.cue[k + 2] is not None else k + 2
    if "" in needs and word in ("حسبما", "وفقما"):
        return k + 2 if doc.cue[k + 1] is not None else k + 1
    if nxt[0] == "ل" and "ل" in needs:
        head = nxt[1:] or (norm[k + 2] if k + 2 < size else "")
        head = head[1:] if nxt.startswith("لل") else head
        return None if _not_source(doc, head, k) else k + 1
    if "" in needs:
        return None if _not_source(doc, nxt, k) else k + 1
    return None


_SOURCES = ("documents", "organisations", "unnamed", "roles", "given_names")


def _document(doc: Document, word: str) -> bool:
    plain, words = bare(word), doc.words.words
    return any(plain in words[name] for name in _SOURCES) or word in ("ما", "مصادر")


def _within_clause(doc: Document, k: int) -> bool:
    """Whether neither the beginning of a sentence nor a comma or a mark stands before the token."""
    return k > doc.begin[k] and doc.norm[k - 1][0].isalnum() and doc.norm[k - 1] != "وذلك"


def _not_source(doc: Document, word: str, k: int) -> bool:
    """Whether the word after «وفق» at `k` is a plan, a measure or a rule and nobody who speaks."""
    plain, words = bare(word), doc.words.words
    listed = words["not_sources"]
    if k == doc.begin[k] and doc.norm[k + 1].startswith(("ال", "لل")) and "ل" + word not in listed:
        return False  # «ووفقا للقانون يحق للعامل …»: what the law says
    # «للوائح» is written with one lam of its noun's two.
    if any(form in listed for form in (word[2:] if word.startswith("ال") else word, word, "ل" + word)):
        return True
    if word.startswith("ل") and word[1:] in listed:
        return True
    whole = bare(doc.norm[k + 1])  # «وفق لائحة …»: its own ل
    common = plain in words["common_nouns"] or whole in words["common_nouns"]
    measure = common and word not in words["countries"] and not _document(doc, word)
    return measure and _within_clause(doc, k)  # «تختلف الأسعار حسب جودة الثمار»


def ruled_end(doc: Document, opening: Opening, *, to_comma: bool = False) -> int:
    """Where the rules alone end a clause without marks of its own that begins at `opening.at`: one past its last token.

    `to_comma`: the clause hangs on a noun in an adverbial («بعد إعلان فلان كذا، …») and ends with it.
    """
    norm = doc.norm
    at = opening.at
    stop = min(doc.stop[at], at + LONGEST)
    depth = 0
    j = at
    while j < stop:
        q = doc.quotation(j)
        if q is not None and q.after > j:
            j = q.after
            if j < stop and norm[q.last - 1] in COMMAS and breaks(doc, j, opening.form, True):
                return j  # «… "مسؤولة عن الأزمة،" مضيفا أن»
            continue
        t = norm[j]
        if t in "([{":
            depth += 1
        elif t in ")]}":
            depth -= 1
            if depth < 0:
                return j
        elif t in COMMAS:
            if to_comma and following_word(doc, j) not in words_of("hanging_on"):
                return j
            k = j + 1
            while k < stop and norm[k] in COMMAS:
                k += 1
            if k < stop and breaks(doc, k, opening.form, True):
                return j
        elif t == ":" and opening.form == "np" and j + 1 < stop and doc.quotation(j + 1) is not None:
            return j
        elif t[0] == "." and len(t) > 1:
            if j + 1 < stop and breaks(doc, j + 1, opening.form, True):
                return j
        elif j > at and depth == 0 and breaks(doc, j, opening.form, False):
            return j
        j += 1
    return stop


def subordinate(doc: Document, i: int) -> bool:
    """Whether the form at `i` stands in a clause before the main one: «بعد أن أعلن فلان كذا، …», «وعندما قال …»."""
    norm = doc.norm
    a = i
    while a > max(doc.begin[i], i - 12) and norm[a - 1] not in COMMAS:
        a -= 1
    if a - doc.begin[i] > 5 or a == i:
        return False
    word, following = norm[a].removeprefix("و"), norm[a + 1]
    if word == "في":
        return following in ("حين", "وقت") or norm[a + 1 : a + 3] == ["الوقت", "الذي"]
    return word in words_of("subordinators") or (word in words_of("subordinators_of_that") and following == "ان")


def several_quotations(doc: Document, after: int) -> bool:
    """Whether «…»، وإن «…» goes on with a quotation of its own."""
    norm = doc.norm
    k = after
    if k < len(norm) and norm[k] in COMMAS:
        k += 1
    if k + 1 < len(norm) and norm[k][0] in "و" and norm[k][1:] in doc.words.that:
        q = doc.quotation(k + 1)
        return q is not None and is_speech(doc, q, after_opener=True)
    return False
