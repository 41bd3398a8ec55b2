"""Where the speaker of a reporting form stands: after it, before it, or with the verb that it leans on.

Gives the phrase, or how to go on when there is none; who that is, data.extraction.resolution settles.
"""

import re

from data.extraction.attributions import ISSUED, attributed
from data.extraction.clauses import attribution
from data.extraction.complements import Opening
from data.extraction.document import LONGEST
from data.extraction.found import Found, Source, Walk
from data.extraction.lexicon import Cue, words_of
from data.extraction.mentions import Mention, feminine_head
from data.extraction.names import CIRCUMSTANCE
from data.extraction.tokens import COMMAS, bare

# «نسبت الوكالة إلى فلان قوله»
_ASCRIBED = frozenset(("نسب", "نسبت", "ونسب", "ونسبت", "تنسب", "ينسب"))
# «كلمة لفلان هدد فيها»
_WITHIN = frozenset(("فيه", "فيها", "خلاله", "خلالها"))
# «الدولي», «الغربية»: an adjective, not a second phrase
_ADJECTIVE = re.compile("ال\\w{2,}(?:ي|ية|يون|يين)")
_SUBJECT_PRONOUNS = frozenset(("انه", "انها", "انهم", "هو", "هي", "وهو", "وهي"))
# Verbs whose subject may be followed by an object before the complement.
_WITH_OBJECT = frozenset(("exhort", "demand", "warn", "call", "describe", "demand-bare", "praise", "inform"))


def speaker_of(walk: Walk, i: int, cue: Cue, opening: Opening) -> tuple[Mention | None, Source]:
    """The phrase beside the form at `i` that speaks, or None and how to go on."""
    doc, norm = walk.doc, walk.doc.norm
    if cue.kind == "masdar":
        return _before_possessed(walk, i)
    if cue.kind == "participle":
        governing = governing_subject(walk, i)
        if cue.plural and (governing is None or governing.type in ("organisation", "country")):
            several = _several_before(walk, i)
            governing = several if several is not None else governing
        if governing is None and doc.title and i > doc.begin[i]:
            governing = walk.reader.read(doc.begin[i], i)
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
        governing = governing_subject(walk, i)  # «نشرت الصحيفة معلومات تفيد بأن»
        return governing or walk.reader.subject(i - 1, i), "subject"
    if cue.object and cue.lemma == "نشر" and bare(word_before) in words_of("sayings"):
        governing = governing_subject(walk, i)  # «قال فلان، في تصريحات نشرتها شبكة كذا: …»
        if governing is not None:
            return governing, "subject"
    # «نقلت الوكالة عن مسؤول أن»: the one quoted speaks.
    end = opening.head
    for k in range(i + 1, end):
        if norm[k] == "لسان" and norm[k - 1] == "على" and k + 1 < end:
            mouth = walk.reader.subject(k + 1, end)  # «ذكر المنشور على لسان فلان أن»
            if mouth is not None and mouth.first == k + 1:
                return mouth, "subject"
        if norm[k] in ("استنادا", "نقلا"):
            who = attribution(doc, k)
            quoted, _ = attributed(walk, who, end) if who is not None else (None, "carried")
            if quoted is not None:
                return quoted, "subject"
    if cue.lemma in ("نقل", "ذكر", "افاد", "قال", "كتب", "اورد", "نشر") or bare(norm[i]) in ("تقول",):
        for k in range(i + 1, end):
            if norm[k] in ("بيان", "بيانا") and cue.lemma == "نقل" and k > i + 1:
                issuer = _owner_of_document(walk, k, end)  # «نقلت الوكالة بيان الخارجية وجاء فيه»
                if issuer is not None:
                    return issuer, "subject"
            if norm[k] == "تصريح" and cue.lemma == "نقل" and k > i + 1 and k + 1 < end:
                said_by = walk.reader.read(k + 1, end)  # «نقلت الوكالة تصريح فلان "…"»
                if said_by is not None and said_by.first == k + 1:
                    return said_by, "subject"
            if norm[k] == "قول" and k + 1 < end:
                mention = walk.reader.read(k + 1, end)  # «نقلت الوكالة عن الصحيفة قول فلان»
                if mention is not None:
                    return mention, "subject"
        for k in range(i + 1, end):
            if norm[k] == "عن" and norm[k - 1] not in words_of("before_on_behalf"):
                said = next((j for j in range(k + 1, end) if norm[j] == "القول"), end)
                mention = (_owner_of_document(walk, k + 1, said) if k + 1 < said else None) or walk.reader.read(
                    k + 1, said
                )
                if mention is None and cue.lemma == "نقل":
                    mention = walk.reader.subject(k + 1, said)
                if cue.lemma not in ("نقل", "ذكر", "نشر", "اورد"):
                    if mention is not None and mention.first != k + 1:
                        break  # «قال فلان، في حديثه عن اللاعب، لشبكة كذا»
                    holder = walk.reader.read(i + 1, k)  # «قالت العضوة بالمجلس عن حزب كذا، فلانة»
                    if holder is not None and holder.role is not None:
                        break
                if mention is not None and (cue.lemma in ("نقل", "ذكر", "نشر", "اورد") or mention.type != "person"):
                    return mention, "subject"
    if not cue.joined and i > doc.begin[i]:
        antecedent = _bare_antecedent(walk, i, cue)
        if antecedent is not None:
            return antecedent, "subject"
    if cue.kind in ("past", "present") and norm[i + 1] in _WITHIN:
        owner = owner_of_saying(walk, i)
        asked = cue.frame.group in _WITH_OBJECT and word_before in doc.words.words["relatives"]
        if owner is not None and (asked or _subject_after(walk, i, end, cue=cue) is None):
            return owner, "subject"
    if not cue.object or norm[i + 1 : i + 2] not in (["ان"],):
        if cue.frame.group in _WITH_OBJECT and word_before in _SUBJECT_PRONOUNS:
            return None, "sentence"  # «كما أنها طالبت الحكومة بالكشف عن»
        if (cue.frame.group in _WITH_OBJECT or doc.title) and not cue.joined and i > doc.begin[i]:
            before = subject_before(walk, i)  # «محرر الافتتاحية يسأل فلانا»
            opens = before is not None and (
                before.first <= doc.begin[i] + 1 or norm[before.first - 1] in words_of("dangling")
            )
            if before is not None and before.last == i and opens:
                return before, "subject"
        if norm[doc.begin[i]] in ("سبق", "وسبق") and norm[doc.begin[i] + 1][0] == "ل" and norm[i - 1] == "ان":
            before = walk.reader.read_attached(doc.begin[i] + 1, i - 1)  # «وسبق لولي العهد أن وصف»
            if before is not None and before.first == doc.begin[i] + 1:
                return before, "subject"
        if (
            norm[doc.begin[i]] in ("وكان", "كان", "وكانت", "كانت", "وكانوا")
            and i > doc.begin[i] + 1
            and (not cue.feminine or norm[doc.begin[i]].endswith("ت"))
        ):
            before = subject_before(walk, i)  # «وكان الرئيس دعا ترامب إلى»
            if before is not None:
                return before, "subject"
        mention = _subject_after(walk, i, end, objects=cue.frame.group in _WITH_OBJECT, cue=cue)
        if mention is not None:
            return mention, "subject"
    if cue.kind == "present" and not cue.joined:
        for k in range(i - 1, max(doc.begin[i], i - 9), -1):
            if norm[k].lstrip("وف") in ("راح", "راحت", "راحوا"):
                begun = walk.reader.subject(k + 1, i)  # «فراح جمهور الفريق يقول»
                if begun is not None and begun.first == k + 1:
                    return begun, "subject"
    if doc.title and cue.joined:
        first = walk.reader.read(0, i)  # «فلان يرفض كذا.. ويهدد بكذا»
        if first is not None and first.first == 0:
            return first, "subject"
    if cue.joined and norm[i][0] == "ف" and norm[doc.begin[i]] in ("اما", "واما") and i - doc.begin[i] <= 15:
        topic = walk.reader.subject(doc.begin[i] + 1, i)  # «أما فلان، فيرى أن»
        if topic is not None and topic.first == doc.begin[i] + 1:
            return topic, "subject"
    if cue.joined and i != doc.begin[i]:
        return governing_subject(walk, i), "sentence"  # «فاتهمت بريطانيا روسيا بالضلوع، وقالت إنه»
    mention = subject_before(walk, i)
    if mention is None or _thing(walk, mention):
        mention = _leading_attribution(walk, i) or mention
    if mention is not None:
        return mention, "subject"
    return None, "carried" if i - doc.begin[i] <= 1 or cue.joined else "sentence"


def _several_before(walk: Walk, i: int) -> Mention | None:
    """«لضغوط من المستثمرين، مطالبين بتعويضات»: the people named last before a plural participle."""
    doc, norm = walk.doc, walk.doc.norm
    if not norm[i].endswith("ين"):
        return None
    for k in range(i - 1, max(doc.begin[i] - 1, i - 12), -1):
        if norm[k].endswith(("ون", "ين")) and bare(norm[k]) in walk.reader.roles and norm[k][0] != "و":
            several = walk.reader.read(k, i)
            return several if several is not None and several.first == k else None
        if doc.cue[k] is not None:
            return None
    return None


def _bare_antecedent(walk: Walk, i: int, cue: Cue) -> Mention | None:
    """«ادعاءات لرجل زعم أنه»: an indefinite person just before the verb, whom it describes."""
    doc, norm = walk.doc, walk.doc.norm
    word = norm[i - 1]
    plain = word[1:] if word[0] in "لب" and len(word) > 3 else word
    if (
        plain not in walk.reader.roles
        or plain not in walk.reader.unnamed
        or cue.plural
        or (plain.endswith("ة") != cue.feminine)
        or i - 2 < doc.begin[i]
    ):
        return None
    if word == plain and (norm[i - 2] in COMMAS or norm[i - 2] not in ("عن", "من", "مع", "على")):
        return None
    return walk.reader.read_attached(i - 1, i) if word != plain else walk.reader.read(i - 1, i)


def _thing(walk: Walk, mention: Mention) -> bool:
    """Whether the phrase is a lone definite noun that names no person: «الأوضاع», «الاتفاق»."""
    word = walk.doc.norm[mention.name_first]
    lone = mention.type == "person" and mention.role is None and mention.name_last - mention.name_first == 1
    return (
        lone and mention.definite and word.startswith("ال")
        and (word[2:] in words_of("common_nouns") or walk.doc._heads(word[2:], ""))
    )  # fmt: skip


def _leading_attribution(walk: Walk, i: int) -> Mention | None:
    """«وحسب مصادر سياسية، …، فإن هذا يعني أن»: who is behind the whole sentence."""
    doc, begin = walk.doc, walk.doc.begin[i]
    who = attribution(doc, begin)
    if who is None or who >= i:
        return None
    end = who
    while end < i and doc.norm[end] not in COMMAS:
        end += 1
    mention, _ = attributed(walk, who, end)
    return mention


def owner_of_saying(walk: Walk, i: int) -> Mention | None:
    """Whose saying the verb at `i` speaks of: «بعد كلمة لزعيم الحركة، هدد فيها», «تصريح الوزير، قال فيه»."""
    doc, norm = walk.doc, walk.doc.norm
    for k in range(i - 1, max(doc.begin[i] - 1, i - 25), -1):
        accusative = norm[k].endswith("ا") and norm[k][:-1] in words_of("sayings")
        if accusative and not (norm[k + 1][0] == "ل" and walk.reader._is_org(norm[k + 1])):
            for v in range(k - 1, max(doc.begin[i] - 1, k - 14), -1):
                if norm[v].lstrip("وف") in words_of("issuing"):
                    issuer = walk.reader.subject(v + 1, k)  # «أصدر النادي بيانا جاء فيه»
                    if issuer is not None and issuer.first == v + 1:
                        return issuer
                    return subject_before(walk, v)  # «وكان النادي قد أصدر بيانا قال فيه»
        if norm[k - 1] in ("على", "حول", "بشان"):
            continue  # «ردا على تصريحات فلان»
        said = accusative or bare(norm[k]).lstrip("وب") in words_of("sayings")
        if said and k + 1 < i and norm[k + 1][0].isalpha():
            if norm[k + 1] == "من" and k + 2 < i:
                k += 1  # «تأكيدات من مسؤول أوضح فيها»
            attached = norm[k + 1][0] == "ل" and len(norm[k + 1]) > 3
            owner = walk.reader.read_attached(k + 1, i) if attached else walk.reader.read(k + 1, i)
            if owner is not None and owner.first == k + 1 and (owner.named or owner.role is not None):
                return owner
            return None
    return None


def governing_subject(walk: Walk, i: int) -> Mention | None:
    """The subject of the verb that a participle or noun at `i` leans on, when no statement stands between."""
    doc, norm = walk.doc, walk.doc.norm
    earlier = [one for one in walk.found[-2:] if _holds_back(doc.cue[one.at], one)]
    last_end = earlier[-1].end if earlier else 0
    for k in range(i - 1, max(doc.begin[i] - 1, i - 45), -1):
        if doc.tokens.start[k] < last_end:
            return None
        cue = doc.cue[k]
        if k > doc.begin[i] and norm[k - 1] in doc.words.words["relatives"] and norm[i - 1] in COMMAS:
            continue  # «تحفظت قطر على موقف الجامعة التي استنكرت القصف، مؤكدة …»
        if norm[k + 1] in _WITHIN:
            continue  # «نشر الرئيس تغريدة توعد فيها روسيا قائلا»
        answers = norm[k] in ("رد", "ردت", "ورد", "وردت") and norm[k + 1] != "فعل"
        if answers or (cue is not None and cue.kind in ("past", "present")):
            if cue is not None and not cue.joined and k > doc.begin[i] and not cue.object:
                before = subject_before(walk, k)
                if before is not None:
                    return before
            a = k + 1
            while a < i and norm[a] in words_of("after_verb"):
                a += 1
            minimal, walk.reader.minimal = walk.reader.minimal, cue is not None and cue.frame.group == "react"
            mention = walk.reader.read(a, i)  # «أدان المتحدث الحادث قائلا»
            walk.reader.minimal = minimal
            if mention is not None and not mention.named and mention.role is None:
                return None
            if mention is not None and norm[mention.name_first].endswith("نا") and mention.role is None:
                return None  # «توصل نادينا إلى اتفاق»
            if mention is not None and _thing(walk, mention):
                return None  # «رفض الإدلاء بتفاصيل، مؤكدا»
            return mention if mention is not None and mention.first == a else None
    return None


def _holds_back(cue: Cue | None, one: Found) -> bool:
    """Whether a statement parts what follows from the verb before it: not «رحب فلان بإعلان كذا، معتبرا»."""
    if one.rule == "attribution":
        return one.mention is not None
    return cue is None or cue.kind != "masdar" or cue.possessed


def _subject_after(walk: Walk, i: int, end: int, *, objects: bool = False, cue: Cue | None = None) -> Mention | None:
    """The noun phrase after a verb. `objects`: the verb also takes whom it addresses («حث الحكومة على»)."""
    norm = walk.doc.norm
    a = i + 1
    while a < end and (norm[a] in words_of("after_verb") or _manner(walk, a)):
        a += 1
    if a >= end:
        return None
    again = walk.doc.cue[a]
    if (
        again is not None
        and again.kind in ("past", "present")
        and a == i + 1
        and cue is not None
        and cue.lemma == "قال"
        and norm[a][0] != "و"
        and a + 1 < end
        and walk.reader._name_like(a + 1)
    ):
        walk.doc.cue[a] = again = None  # «قال فيبين نارانغ»: a name that is spelt like a verb
    if again is not None and again.kind == "masdar" and again.definite and bare(norm[a]) not in walk.reader.orgs:
        return None  # «يجددون التأكيد على»
    if cue is not None and a == i + 1 == end and norm[a].startswith("ال"):
        return None
    if norm[a] in ("امكانية", "احتمال", "فكرة", "وجود"):
        return None  # «لكن ميركل رفضت إمكانية أن»
    if objects and cue is not None and norm[a][0].isalpha():
        begin = walk.doc.begin[i]
        if cue.joined and i != begin and not (i == begin + 1 and norm[begin] in ("هذا", "\n")):
            return _first_agreeing(walk, a, end, cue)
        head = norm[a]
        if walk.reader._owned_role(head) or walk.reader._addressees(head):
            return None  # «دعا فيه أنصاره إلى», «يدعو المواطنين إلى»
        if (
            not cue.feminine
            and head.startswith("ال")
            and (head.endswith(("ة", "ات")) or head == "النساء")
            and bare(head) not in walk.reader.roles
        ):
            return None
        if (
            cue.feminine
            and head.startswith("ال")
            and bare(head) in ("مجتمع", "رئيس", "وزير", "جيش", "نظام", "شعب", "مواطنين", "جميع")
        ):
            return None
        if head in ("العالم", "المجتمع", "الدول", "الاطراف", "كافة", "كل", "جميع", "جانبا", "رسالة"):
            return None
    owner = _owner_of_document(walk, a, end)
    if owner is not None:
        return owner
    walk.reader.minimal = objects
    if cue is not None and cue.lemma in ("اتهم", "حث", "حض") and not cue.object and cue.kind in ("past", "present"):
        mention = walk.reader.read(a, end)
        walk.reader.minimal = False
        if mention is not None and mention.last >= end and mention.first == a:
            # One phrase alone between verb and complement is whom the verb is about: «يتهم فيها فلانا بقتل».
            return _first_of_two(walk, a, end)
        return mention
    mention = walk.reader.read(a, end) if objects else walk.reader.subject(a, end)
    if mention is None and objects and a < end and not norm[a].startswith("ال"):
        mention = walk.reader.subject(a, end)
    walk.reader.minimal = False
    masculine = not norm[a].endswith(("ة", "ات", "اء", "ى")) and norm[a] not in walk.reader.given
    if mention is not None and cue is not None and cue.feminine and masculine:
        return None if mention.first == a and _thing(walk, mention) else mention  # «وتعتبر الاتفاق خطأ»
    return mention


def _first_agreeing(walk: Walk, a: int, end: int, cue: Cue) -> Mention | None:
    """The subject in «…، ودعت القيادة العامة السكان إلى»: the first of two phrases, if it agrees with the verb."""
    walk.reader.minimal = True
    mention = walk.reader.read(a, end)
    walk.reader.minimal = False
    if mention is None or mention.first != a:
        return None
    if _turns(walk, a - 1, cue) and _agrees(walk, mention, cue):
        return mention  # «أثار العدد انتقادات، ودعت الأمم المتحدة إلى»
    if mention.last >= end or walk.doc.norm[mention.last] in COMMAS:
        return None
    rest = walk.doc.norm[mention.last]
    # «وطلبت روما من السفينة», «فاتهمت مالي تشاد»
    asked = (rest == "من" and cue.frame.group == "demand-bare") or rest in walk.reader.countries
    if asked and mention.type == "country":
        return mention if cue.feminine else None
    if not rest.startswith("ال") or _ADJECTIVE.fullmatch(rest) or not (mention.named or mention.role):
        return None
    return mention if _agrees(walk, mention, cue) else None


def _agrees(walk: Walk, mention: Mention, cue: Cue) -> bool:
    """Whether the phrase has the gender of the verb before it."""
    feminine = mention.feminine
    if feminine is None:
        feminine = feminine_head(bare(walk.doc.norm[mention.first]))
    return feminine == cue.feminine


def _turns(walk: Walk, i: int, cue: Cue) -> bool:
    """Whether no verb of the sentence before the one at `i` has its gender: it must have a subject of its own."""
    begin = walk.doc.begin[i]
    if cue.plural or i - begin > LONGEST:
        return False
    if not cue.feminine:
        return _feminine_verb(walk, begin)
    return not any(_feminine_verb(walk, k) for k in range(begin, i))


def _feminine_verb(walk: Walk, k: int) -> bool:
    """Whether a verb of a feminine subject may stand at `k`: «أعلنت», «وتلقت», «وتنفي»."""
    word, cue = walk.doc.norm[k], walk.doc.cue[k]
    if cue is not None and cue.kind in ("past", "present"):
        return cue.feminine
    return len(word) > 3 and word.endswith("ت") and not word.endswith("ات") and "ال" not in word[:3]


def _owner_of_document(walk: Walk, a: int, end: int) -> Mention | None:
    """Whose the document at `a` is: «بيان للوزارة», «بيان نشره المركز», «بيان صادر عن الوزارة», «بيان الجيش»."""
    norm = walk.doc.norm
    head = bare(norm[a])
    plainly = norm[a] in words_of("claims") or norm[a] in words_of("figures")
    if not (head in words_of("owned") or head in words_of("figures") or plainly) or a + 1 >= end:
        return None
    k = a + 1
    following = norm[k]
    if norm[a] in words_of("figures") and following in ("من", "عن") and k + 1 < end:
        holder = walk.reader.read(k + 1, end)  # «أظهرت بيانات من معهد الإحصاء»
        return holder if holder is not None and holder.first == k + 1 and holder.type == "organisation" else None
    if following[0] == "ل" and len(following) > 3:
        owner = walk.reader.read_attached(k, end)
        return owner if owner is not None and owner.first == k else None
    if ISSUED.fullmatch(following) and k + 1 < end:
        return walk.reader.subject(k + 1, end)
    if following in ("صادر", "صدر", "صادرة", "صدرت") and norm[k + 1] == "عن" and k + 2 < end:
        return walk.reader.subject(k + 2, end)
    somebody = following in walk.reader.given or walk.doc.counts.get(following, 0) >= 3
    claim = norm[a] in words_of("claims")
    if (norm[a] == "بيان" or claim) and (following.startswith("ال") or bare(following) in walk.reader.orgs or somebody):
        owner = walk.reader.read(k, end)
        return owner if owner is not None and owner.first == k and owner.last <= end else None
    if claim:
        owner = walk.reader.read(k, end)  # «رفض ادعاء بي بي سي بأن»
        return owner if owner is not None and owner.first == k and owner.named else None
    for j in range(k, min(end - 1, k + 4)):
        if ISSUED.fullmatch(norm[j]):  # «تقرير حديث أصدره البنك»
            return walk.reader.subject(j + 1, end)
        if norm[j] in COMMAS:
            break
    return None


def _first_of_two(walk: Walk, a: int, end: int) -> Mention | None:
    """The accuser in «اتهم الكرملين واشنطن بـ…», where nothing but their order parts subject and object."""
    norm = walk.doc.norm
    for s in range(a + 1, end):
        t = norm[s]
        known = t in walk.reader.countries or t in walk.reader.given or walk.doc.counts.get(t, 0) >= 2
        definite = t.startswith("ال") and not norm[a].startswith("ال")
        if not known and not definite and s + 1 < end:
            continue
        if t.startswith("ال") and (norm[s - 1].startswith("ال") or not known):
            continue
        first, second = walk.reader.read(a, s), walk.reader.read(s, end)
        if first is not None and second is not None and first.last == s and second.last >= end:
            return first
    return None


def _manner(walk: Walk, a: int) -> bool:
    """«قالتا مازحتين», «قال ساخرا»: how it was said, not who said it."""
    norm, tokens = walk.doc.norm, walk.doc.tokens
    if norm[a] in ("مازحتين", "مازحين", "ضاحكين", "ضاحكتين") or "ً" in tokens.text[tokens.start[a] : tokens.end[a]]:
        return True
    following = norm[a + 1] if a + 1 < len(norm) else ""
    return (
        CIRCUMSTANCE.fullmatch(norm[a]) is not None
        and norm[a] not in walk.reader.given
        and norm[a] not in walk.reader.countries
        and (following[:1] in '«"“:' or following in COMMAS)
        and walk.doc.counts.get(norm[a], 0) < 2
    )


def subject_before(walk: Walk, i: int) -> Mention | None:
    """«الوزير قال إن», «وكان الوزير قد قال إن»."""
    doc, norm = walk.doc, walk.doc.norm
    begin = max(doc.begin[i], i - 40)
    if norm[begin] in ("لم", "ولم", "لن", "ولن", "لا", "ولا"):
        begin = min(begin + 2, i)
    if walk.found and walk.found[-1].end > doc.tokens.start[begin]:
        while begin < i and doc.tokens.start[begin] < walk.found[-1].end:
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
            if doc.cue[k] is None or walk.reader._is_role(norm[k]):
                antecedent = walk.reader.read(k, end)
                if antecedent is not None and antecedent.first == k and antecedent.last == end:
                    if within and antecedent.definite and antecedent.role is None:
                        break  # «النسخة العربية، التي قال فيها»
                    rare = antecedent.type == "person" and doc.counts.get(norm[antecedent.first], 0) < 3
                    if rare and _taken_up(walk, i) and antecedent.definite and antecedent.role is None:
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
        and (first[1:] in walk.reader.countries or first[1:] in walk.reader.given or first.startswith("وال"))
    ):
        mention = walk.reader.read_attached(begin, end)
    else:
        mention = walk.reader.read(begin, end)
    issuer = _owner_of_document(walk, begin, end)
    if issuer is not None:
        return issuer  # «إحصائية نشرها المركز، الأحد، قالت إن»
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
        and not _relative_between(walk, mention.last, end)
        and not (gap <= 12 and mention.named and norm[mention.last][0] == "و" and len(norm[mention.last]) > 3)
    ):
        return None
    if mention.type == "person" and mention.role is None and mention.definite and gap > 1:
        return None
    return mention


def _taken_up(walk: Walk, i: int) -> bool:
    """Whether the pronoun on the conjunction after the verb may be the antecedent itself: «الذي قال إنه»."""
    following = walk.doc.norm[i + 1] if i + 1 < len(walk.doc.norm) else ""
    return following in ("انه", "انها", "انهم", "بانه", "بانها", "بانهم")


def _relative_between(walk: Walk, a: int, b: int) -> bool:
    relatives = walk.doc.words.words["relatives"]
    return any(walk.doc.norm[k] in relatives or walk.doc.norm[k] in COMMAS for k in range(a, min(b, a + 3)))


def _before_possessed(walk: Walk, i: int) -> tuple[Mention | None, Source]:
    """«عن مصدر عسكري قوله إن»: the phrase after the nearest عن before."""
    doc, norm = walk.doc, walk.doc.norm
    for k in range(i - 1, max(doc.begin[i] - 1, i - 40), -1):
        if norm[k] in ("عنه", "عنها", "عنهم"):
            return None, "carried"  # «نقلت الوكالة عنها قولها»
        if norm[k] in ("عن", "لسان") or (norm[k] == "الى" and any(w in _ASCRIBED for w in norm[doc.begin[i] : k])):
            mention = walk.reader.subject(k + 1, i)
            if mention is not None:
                return mention, "subject"
            break
    return None, "sentence"
