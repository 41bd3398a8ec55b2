"""Forms of reporting verbs and nouns in a text, told from the words that are spelt like them.

عبر is «through» or «expressed», أمر «matter» or «ordered», هنا «here» or «congratulated»; the words around
decide. Knows no complements and no speakers.
"""

from dataclasses import replace

from data.extraction.lexicon import Cue, CueKind, lexicon, words_of
from data.extraction.marks import MARKS
from data.extraction.tokens import Tokens, bare

# «وجد الباحثون أن»: verbs of finding that report only what students of a matter found; read as «لاحظ».
_FINDINGS = {
    "وجد": "لاحظ", "ووجد": "ولاحظ", "وجدت": "لاحظت", "ووجدت": "ولاحظت", "وجدوا": "لاحظوا", "ووجدوا": "ولاحظوا",
    "اكتشف": "لاحظ", "واكتشف": "ولاحظ", "اكتشفت": "لاحظت", "واكتشفت": "ولاحظت", "اثبتت": "لاحظت", "اثبت": "لاحظ",
}  # fmt: skip
# «وزاد: …», «مبررا أن»: cues only with what is said straight after them; read as «أضاف», «موضحا».
_ADDED = {
    "زاد": "اضاف", "وزاد": "واضاف", "زادت": "اضافت", "وزادت": "واضافت", "كاشفة": "كاشفا", "وكاشفة": "وكاشفا",
    "مبررا": "موضحا", "مبررة": "موضحة", "مقترحا": "موضحا", "مقترحة": "موضحة", "متوقعة": "موضحة", "مرجحة": "موضحة",
    "مفترضا": "موضحا", "مفترضة": "موضحة", "مقسما": "موضحا", "مقسمة": "موضحة", "مفيدا": "موضحا", "مقررا": "موضحا",
}  # fmt: skip
_SOME = frozenset(("منهم", "فمنهم", "ومنهم", "هناك", "فهناك", "وهناك", "ثمة", "وثمة"))
# «بحجة أن»: what somebody gives as a reason; read as «قائلا».
_PRETEXTS = frozenset(("بحجة", "بدعوى", "بذريعة"))
# «رد الوزير بأن»: «returned» or «reached» elsewhere; read as «أجاب».
_REPLIED = {"رد": "اجاب", "ورد": "واجاب", "فرد": "فاجاب", "ردت": "اجابت", "وردت": "واجابت", "فردت": "فاجابت"}
# «يعد بإصلاحات» promises, «يعد الأول» and «يعد بمثابة» are «is counted».
_PROMISED = {"يعد": "وعد", "ويعد": "ووعد", "تعد": "وعدت", "وتعد": "ووعدت", "سيعد": "وعد", "ستعد": "وعدت",
             "يعده": "وعد", "يعدها": "وعد", "يعدهم": "وعد", "تعدهم": "وعدت"}  # fmt: skip
# «حمّل الحزب الحكومة المسؤولية»: «blamed» with the blame after it, elsewhere «carried»; read as «حمّلوا».
_BLAMED = frozenset(("حمل", "وحمل", "حملت", "وحملت", "يحمل", "تحمل", "ويحمل", "وتحمل", "محملا", "محملة", "محملين"))
_SPELT_ALIKE = frozenset((
    *_PRETEXTS, *_REPLIED, *_FINDINGS, *_ADDED, *_PROMISED, *_BLAMED, "بين", "وبين", "امر", "وامر", "عبر", "وعبر",
))  # fmt: skip
# «الذي يبلغ من العمر»
_MEASURED = (["من"], ["عمره"], ["عمرها"], ["عددهم"], ["عدد"], ["طوله"], ["طولها"], ["ارتفاعه"], ["حجمه"])
_MEDIA_NAMED = frozenset(("انباء", "اخبار"))
# «هنا» without a hamza is «here» and not «هنّأ», «تامر» a name and not «تأمر», «سال» flowed.
_HAMZA_WANTED = frozenset(("هنا", "وهنا", "تامر", "سال", "وسال", "فسال"))
# Before أمر these leave it a verb.
_BEFORE_ORDERED = frozenset(("قد", "وقد", "كما", "الذي", "عندما", "بعدما"))


def reporting_forms(tokens: Tokens, inside: bytearray, begin: list[int]) -> list[Cue | None]:
    """The reporting form at each token, if any; `inside`: whether it stands in marks, `begin`: its sentence's start."""
    words = lexicon()
    get, norm = words.cues.get, tokens.norm
    cue = [None if inside[i] else get(w) for i, w in enumerate(norm)]
    for i, found in enumerate(cue):
        if found is not None and (i or norm[i] in _HAMZA_WANTED):
            cue[i] = _form(tokens, i, found)
    for i, w in enumerate(norm):
        if w in _SPELT_ALIKE and not inside[i]:
            cue[i] = _spelt_alike(tokens, i, begin[i], cue[i])
    return cue


def _form(tokens: Tokens, i: int, found: Cue) -> Cue | None:
    """The form as what stands before and after it leaves it: verb, noun, or no report."""
    words, norm = lexicon(), tokens.norm
    word, before = norm[i], norm[i - 1] if i else "\n"
    if found.kind == "noun" and word in _MEDIA_NAMED and bare(before) in words.words["name_heads"]:
        return None  # «وكالة أنباء كذا»
    if found.lemma == "ابلغ" and found.kind == "present" and norm[i + 1 : i + 2] in _MEASURED:
        return None
    if word in _HAMZA_WANTED and "أ" not in tokens.text[tokens.start[i] : tokens.end[i]]:
        return None
    noun = found.jussive and before not in ("لم", "ولم", "فلم")
    if found.kind in ("past", "present") and not found.joined and word != "قال":
        some = before == "من" and norm[i - 2] in _SOME  # «فمنهم من يقول إن»
        noun = noun or (before in words.words["before_nouns"] and not some)
        noun = noun or (found.kind == "past" and before in words.words["propositional"])
    return words.nouns.get(word) if noun else found


def _spelt_alike(tokens: Tokens, i: int, begin: int, found: Cue | None) -> Cue | None:
    get, w = lexicon().cues.get, tokens.norm[i]
    if w in ("بين", "وبين"):
        return get("بينت") if _explains(tokens, i, at=begin) else found
    if w in _PRETEXTS:
        return get("قائلا") if tokens.norm[i + 1 : i + 2] and tokens.norm[i + 1] in lexicon().that else found
    if w in _REPLIED:
        return get(_REPLIED[w]) if _replies(tokens, i) else found
    if w in _ADDED:
        after = tokens.norm[i + 1 : i + 3]
        if w.lstrip("و").startswith("كاشفة"):
            revealed = get(_ADDED[w]) if after[:1] == ["عن"] else None
            return replace(revealed, feminine=True) if revealed is not None else found
        said = after and (after[0] in lexicon().that or (after[0] == ":" and w.lstrip("و").startswith("زاد")))
        return get(_ADDED[w]) if said else found
    if w in _PROMISED:
        promised = get(_PROMISED[w]) if _promises(tokens, i) else None
        return replace(promised, kind="present") if promised is not None else found
    if w in _FINDINGS:
        return get(_FINDINGS[w]) if _finds(tokens, i) else found
    if w in _BLAMED:
        return _blames(tokens, i)
    if w in ("امر", "وامر"):
        ordered = get("امرت" if w == "امر" else "وامرت") if _orders(tokens, i, begin) else None
        return replace(ordered, feminine=False) if ordered is not None else found
    # «عبر» is «through» unless its doubling is written or عن follows.
    doubled = "ّ" in tokens.text[tokens.start[i] : tokens.end[i]]
    reach = 24 if i - begin <= 3 else 14
    return found if doubled or "عن" in tokens.norm[i + 1 : i + reach] else None


def _explains(tokens: Tokens, i: int, *, at: int) -> bool:
    """Whether بين is the verb «explained»: its doubling is written, or it opens a clause and أن follows soon."""
    if "ّ" in tokens.text[tokens.start[i] : tokens.end[i]]:
        return True
    if i != at:
        return False
    following = tokens.norm[i + 1 : i + 16]
    return any(w in ("ان", "انه", "انها", "بان") for w in following) and not any(w[0] == "و" for w in following[:4])


def _replies(tokens: Tokens, i: int) -> bool:
    """Whether a reply in words follows soon: «رد الوزير بأن», «وردت عليه قائلة», «رد فلان: «…»»."""
    for word in tokens.norm[i + 1 : i + 9]:
        if word in ("بان", "بانه", "بانها", "بانهم", "بانني", ":", "قائلا", "قائلة", "بالقول") or word in MARKS:
            return True
        if word in ("فيه", "فيها", "في") or not word[0].isalnum():
            return False
    return False


def _blames(tokens: Tokens, i: int) -> Cue | None:
    """حمل as «blamed» where the blame follows soon."""
    w = tokens.norm[i]
    read = lexicon().cues.get("حملوا")
    if read is None or not any("مسؤولي" in word or "مسئولي" in word for word in tokens.norm[i + 2 : i + 18]):
        return None
    kind: CueKind = "participle" if w[0] == "م" else "past"
    return replace(read, kind=kind, feminine=w[-1] in "تة" or "تحمل" in w, plural=w.endswith("ين"), joined=w[0] == "و")


def _promises(tokens: Tokens, i: int) -> bool:
    """Whether what is promised follows the verb with its «بـ»; «لم يعد» is «no longer»."""
    word = tokens.norm[i + 1] if i + 1 < len(tokens) else ""
    if (i and tokens.norm[i - 1] in ("لم", "ولم")) or word == "بمثابة" or word in words_of("not_attached"):
        return False
    return word[:1] == "ب" and (len(word) > 4 or tokens.norm[i + 2 : i + 3] == ['"'])


def _finds(tokens: Tokens, i: int) -> bool:
    """Whether whoever finds things out by trade stands beside the verb, and أن after it."""
    following = tokens.norm[i + 1 : i + 16]
    if not following or not any(w in ("ان", "انه", "انها", "انهم") for w in following):
        return False
    before = tokens.norm[i - 1] if i else ""
    return bare(following[0]) in words_of("finders") or bare(before) in words_of("finders")


def _orders(tokens: Tokens, i: int, begin: int) -> bool:
    """Whether أمر is the verb «ordered» and not the noun: a clause begins with it and what is ordered follows."""
    if "أ" not in tokens.text[tokens.start[i] : tokens.end[i]] or i + 1 >= len(tokens):
        return False
    following = tokens.norm[i + 1 : i + 14]
    judge = tokens.norm[i - 1 : i] == ["،"] and bare(following[0]) in lexicon().words["roles"]
    if i != begin and tokens.norm[i - 1] not in _BEFORE_ORDERED and not judge:
        return False
    return following[0][0].isalpha() and any(w[0] == "ب" and len(w) > 3 for w in following)
