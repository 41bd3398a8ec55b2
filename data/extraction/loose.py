"""Words in marks that no opening before them has taken: «…» قال فلان, or a bare quotation."""

import re

from data.extraction.attributions import attributed
from data.extraction.clauses import attribution
from data.extraction.complements import find_opening
from data.extraction.found import Found, Walk, inner
from data.extraction.lexicon import words_of
from data.extraction.marks import Quotation
from data.extraction.titles import title_subject
from data.extraction.tokens import COMMAS, bare


def take_loose(walk: Walk, q: Quotation) -> None:
    """A stretch in marks that no cue before it has opened: «…» قال فلان; or a bare quotation."""
    doc, norm = walk.doc, walk.doc.norm
    if q.open in walk.claimed or q.words < 3:
        return
    after = norm[q.after : q.after + 3]
    if q.words < 4 and not any(w in ("بهذه", "بهاتين") for w in after):
        return
    previous = bare(norm[q.open - 1]) if q.open else "\n"
    names = doc.words.words["name_heads"]
    if previous in names or previous.lstrip("وبل") in names:
        return
    if previous == "ب" and any(w in words_of("called") for w in norm[max(0, q.open - 4) : q.open - 1]):
        return  # «في ما عرف لاحقا بـ"…"»
    k = q.after
    if k < len(norm) and (norm[k] in COMMAS or norm[k][0] == "."):
        k += 1
    if k + 2 < len(norm) and norm[k] in ("بهذه", "بهاتين", "بهذا") and norm[k + 1][:3] in ("الك", "الع"):
        mention = walk.reader.subject(k + 3, min(len(norm), k + 30))  # «…».. بهذه الكلمات تحدث السفير
        if mention is not None:
            a, b = inner(walk.doc, q)
            span = (doc.tokens.start[k], doc.tokens.end[k + 2])
            walk.add(Found(a, b, "direct", "cue-after", k, span, mention, "subject"), k + 3)
            return
    cue = doc.cue[k] if k < len(norm) else None
    if cue is not None and cue.kind in ("past", "present") and not cue.joined:
        following = find_opening(doc, k, cue, 30)
        if following is None or following.form == "np":
            end = k + 1
            while end < doc.stop[k] and norm[end] not in COMMAS and doc.quotation(end) is None:
                end += 1
            mention = walk.reader.read(k + 1, end)
            a, b = inner(walk.doc, q)
            span = (doc.tokens.start[k], doc.tokens.end[k])
            walk.add(Found(a, b, "direct", "cue-after", k, span, mention, "subject" if mention else "carried",
                            cue.feminine, cue.plural), k + 1)  # fmt: skip
            return
    if k < len(norm):
        who = attribution(doc, k)
        if who is not None and _part_of_clause(walk, q):
            return  # «تهدف الزيارة إلى "شراكة جديدة"، وفق ما أعلن القصر»: the whole clause is attributed
        if who is not None:
            end = who
            while end < doc.stop[k] and norm[end] not in COMMAS:
                end += 1
            mention, source = attributed(walk, who, end)
            a, b = inner(walk.doc, q)
            span = (doc.tokens.start[k], doc.tokens.end[k])
            walk.add(Found(a, b, "direct", "attribution", k, span, mention, source), k + 1)
            return
    if doc.title and q.after >= len(norm) and norm[q.open - 1 : q.open] == [".."]:
        mention = title_subject(walk, 0, q.open)  # «فلان يدافع عن القرار.. «لم نخطئ»»
        if mention is not None and mention.first == 0:
            a, b = inner(walk.doc, q)
            walk.add(Found(a, b, "direct", "headline-quote", q.open, None, mention, "subject"), q.after)
        return
    if q.open and norm[q.open - 1] == ":" and not doc.title:
        a, b = inner(walk.doc, q)
        walk.add(Found(a, b, "direct", "loose", q.open, None, None, "carried"), q.after)
        return
    blaming = _blaming(walk, q)
    if blaming is not None:
        mention = walk.reader.subject(blaming + 1, q.open)
        a, b = inner(walk.doc, q)
        span = (doc.tokens.start[blaming], doc.tokens.end[blaming])
        walk.add(Found(a, b, "direct", "blame", blaming, span, mention, "subject" if mention else "carried"), q.after)
        return
    if q.words >= 8 and q.open and (norm[q.open - 1] in doc.words.that or norm[q.open - 1].lstrip("وف") == "ان"):
        a, b = inner(walk.doc, q)  # «وعليه، فإن «…»»: goes on in the words of whoever spoke before
        walk.add(Found(a, b, "direct", "loose", q.open, None, None, "carried"), q.after)
        return
    whole_line = q.open == doc.begin[q.open] and (q.words >= 8 or _fills_line(walk, q))
    if whole_line or (q.words >= 8 and _spoken_sentence(walk, q)):
        a, b = inner(walk.doc, q)
        walk.add(
            Found(a, b, "direct", "loose", q.open, None, None, "sentence" if not whole_line else "carried"), q.after
        )


def _part_of_clause(walk: Walk, q: Quotation) -> bool:
    """Whether a short stretch in marks only ends a clause in which nothing else reports."""
    doc = walk.doc
    before = doc.norm[q.open - 1] if q.open else "\n"
    begin = doc.begin[q.open]
    hanging = q.words <= 20 and _hanging(walk, q)
    return (
        (hanging or (q.words <= 8 and before[0].isalpha()))
        and q.open - begin > 3
        and before not in doc.words.that
        and not any(cue is not None for cue in doc.cue[begin : q.open])
    )


# «ترشيدا», «تاركين»
_ACCUSATIVE = re.compile(r"\w{3,}(?:ا|ين)")


def _hanging(walk: Walk, q: Quotation) -> bool:
    """Whether the words in marks only say how or why: «"تاركين أسلحتهم"», «"ترشيدا للإنفاق"», «"لعدم كفاية الأدلة"»."""
    doc = walk.doc
    word = doc.norm[q.first]
    if doc.cue[q.first] is not None or word in doc.words.words["function_words"]:
        return False
    return _ACCUSATIVE.fullmatch(word) is not None or (word[0] == "ل" and doc.propositional(q.first, "ل"))


def _blaming(walk: Walk, q: Quotation) -> int | None:
    """The verb of «حمل فلان فلانا المسؤولية عن «…»»: too common a form to be a cue without what it blames for."""
    norm = walk.doc.norm
    for k in range(max(walk.doc.begin[q.open], q.open - 30), q.open):
        if norm[k].lstrip("وف") in ("حمل", "حملت", "يحمل", "تحمل"):
            blame = [bare(word).lstrip("لب") for word in norm[k + 1 : q.open]]
            return k if any(word in ("مسؤولية", "مسئولية", "مسوولية", "تبعات") for word in blame) else None
    return None


def _fills_line(walk: Walk, q: Quotation) -> bool:
    """Whether nothing but the words in marks stands in the line."""
    norm = walk.doc.norm
    k = q.after + (q.after < len(norm) and norm[q.after] == ".")
    return q.words >= 4 and norm[q.open - 1 : q.open] == ["\n"] and (k >= len(norm) or norm[k] == "\n")


def _spoken_sentence(walk: Walk, q: Quotation) -> bool:
    """Whether the sentence around a long quotation has some form of saying in it."""
    doc = walk.doc
    return any(
        doc.cue[k] is not None or doc.norm[k] == "بيان" for k in range(max(doc.begin[q.open], q.open - 30), q.open)
    )
