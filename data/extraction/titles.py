"""Titles and turns of talk: «فلان: لا نحتاج إلى قوات أجنبية» at the head of a title or a line."""

from data.extraction.complements import find_opening
from data.extraction.found import Found, Walk, inner, kind_of, trim
from data.extraction.lexicon import words_of
from data.extraction.marks import MARKS
from data.extraction.mentions import Mention
from data.extraction.tokens import bare
from data.records import Kind

# «فلان بعد الزيارة: …», «فلان وسط جنوده: …»
_CIRCUMSTANCES = frozenset((
    "حول", "عن", "بشان", "ردا", "بعد", "قبل", "خلال", "على", "تعليقا", "لدى", "امام", "وسط", "في", "من",
))  # fmt: skip


def take_title(walk: Walk, i: int) -> None:
    """«السوداني: لا نحتاج قوات أجنبية» at the head of a title or a line."""
    doc, norm = walk.doc, walk.doc.norm
    stop = min(doc.stop[i], i + 14)
    if not doc.title and i > 0 and norm[i - 1] != "\n" and norm[i - 1][0] != ".":
        return
    if not doc.title and norm[i] in words_of("read_also") and norm[i + 1 : i + 2] and norm[i + 1][0] == ".":
        i += 2  # «اقرأ أيضا.. فلان: …» links another article's title
        if i >= stop:
            return
    elif not doc.title and i > 60:
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
            _said_after(walk, i, j)
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
    mention = title_subject(walk, begin, colon)
    if mention is None:
        return
    if (
        not (doc.title and _verb(walk, mention, colon))
        and mention.last < colon - 3
        and mention.role is None
        and norm[mention.last] not in _CIRCUMSTANCES
        and norm[mention.last][0] != "ل"
    ):
        return
    capital = norm[mention.first] in doc.words.words["capitals"] and norm[colon + 1] not in words_of("events")
    if mention.type == "country" and not capital and not _speaks(walk, colon + 1):
        return  # «العراق: مقتل …» is a dateline; «إيران: لن نتراجع» is not.
    at = colon + 1
    place = mention.role is None and mention.type != "organisation"
    if norm[at : at + 1] and norm[at] in words_of("events") and place:
        return  # «غزة: مقتل شاب»: a dateline
    if _other_speaker(walk, at):
        return
    end = _to_the_end(walk, doc.stop[at]) if at < len(norm) else at
    if end <= at:
        return
    tokens = doc.tokens
    q = doc.quotation(at)
    if q is not None and q.open == at and q.after >= end:
        a, b = inner(walk.doc, q)
        kind: Kind = "direct"
    else:
        a, b = trim(tokens.text, tokens.start[at], tokens.end[end - 1])
        if norm[at] in MARKS:
            a = tokens.start[at]
        kind = kind_of(walk.doc, at, end)
    if b - a < 8 and kind != "direct":
        return
    walk.add(Found(a, b, kind, "headline-colon", i, None, mention, "subject"), end)


def title_subject(walk: Walk, begin: int, end: int) -> Mention | None:
    """Who stands at the head of a title or a line that runs to token `end`, without the verb that follows."""
    norm = walk.doc.norm
    mention = None if norm[begin].startswith("وال") else walk.reader.read(begin, end)
    if mention is None and norm[begin][0] == "و" and len(norm[begin]) > 3:
        return walk.reader.read_attached(begin, end)  # «….. وحزب كذا: هي معركتنا»
    verb = _verb(walk, mention, end) if mention is not None and walk.doc.title else None
    if mention is not None and verb is not None and verb < mention.last:
        return walk.reader.read(begin, verb)
    return mention


def _verb(walk: Walk, mention: Mention, end: int) -> int | None:
    """The verb after a person in a title, also where it was taken for the name's last word: «فلان يدق جرس كذا: …»."""
    norm = walk.doc.norm
    if mention.type not in ("person", "unnamed"):
        return None
    for k in range(max(mention.first + 1, mention.last - 1), min(end - 1, mention.last + 1)):
        if norm[k][0] == "ي" and norm[k] not in walk.reader.given:
            return k
    return None


def _to_the_end(walk: Walk, end: int) -> int:
    """Past «.. ولن ننسى», «.. حتى الأطفال» in a title: later parts that only go on with somebody's words."""
    doc, norm = walk.doc, walk.doc.norm
    at = end
    while doc.title and at < len(norm) and norm[at][0] == ".":
        at += 1
    if not doc.title or not end < at < len(norm):
        return end
    first = norm[at].removeprefix("و")
    goes_on = first in doc.words.words["function_words"] or first in words_of("own_words")
    told = ":" in norm[at:] or any(cue is not None and cue.kind != "masdar" for cue in doc.cue[at:])
    return len(norm) if goes_on and not told else end


def _other_speaker(walk: Walk, at: int) -> bool:
    """«فلان: المرشح ينفي اتهامات بكذا»: a title about somebody in which a verb of its own reports."""
    doc = walk.doc
    for k in range(at + 1, min(doc.stop[at], at + 9)):
        cue = doc.cue[k]
        if cue is not None and cue.kind == "present" and cue.frame.group in ("deny", "announce") and not cue.object:
            return find_opening(doc, k, cue) is not None
    return False


def _speaks(walk: Walk, k: int) -> bool:
    """Whether the words from `k` can only be somebody's own: «لن نتراجع», «سنرد», «يجب أن …»."""
    if k >= len(walk.doc.norm):
        return False
    word, given = walk.doc.norm[k], walk.reader.given
    future = word[:2] in ("سن", "سا", "سي", "ست") and len(word) > 3 and word not in given
    ours = any(
        w.endswith(("نا", "ناها", "ناه", "ناهم")) and len(w) > 4 and w not in given
        for w in walk.doc.norm[k : min(walk.doc.stop[k], k + 6)]
    )
    return future or ours or word in words_of("own_words")


def _said_after(walk: Walk, i: int, verb: int) -> None:
    """«فلان يهاجم كذا: لن نسمح به»: a title that first tells what was done and then what was said."""
    doc, norm = walk.doc, walk.doc.norm
    if not doc.title:
        return
    stop = doc.stop[i]
    colon = next((k for k in range(verb, stop) if norm[k] == ":" and doc.quotation(k) is None), None)
    if colon is None or colon + 3 >= stop:
        return
    cues = [(k, doc.cue[k]) for k in range(i, colon)]
    if any(cue is not None and find_opening(doc, k, cue) for k, cue in cues):
        return  # a cue of its own opens it
    mention = walk.reader.read(i, verb) if verb > i else None
    if mention is None or mention.first != i or not (mention.type == "person" or _speaks(walk, colon + 1)):
        return
    tokens = doc.tokens
    a, b = trim(tokens.text, tokens.start[colon + 1], tokens.end[stop - 1])
    walk.add(Found(a, b, kind_of(walk.doc, colon + 1, stop), "headline-colon", i, None, mention, "subject"), stop)
