"""Whether a reporting form reports at all, and whether as something said: impersonal, passive, negated, supposed."""

from data.extraction.found import Walk
from data.extraction.lexicon import Cue, words_of
from data.extraction.mentions import Mention
from data.extraction.tokens import COMMAS


def impersonal(walk: Walk, i: int) -> bool:
    """Whether nobody speaks: «يُذكر أن», «يشار إلى»."""
    nxt = walk.doc.norm[i + 1] if i + 1 < len(walk.doc.norm) else ""
    return nxt in walk.doc.words.that or nxt in ("الى", "ان", "هنا")


def circumstantial(walk: Walk, i: int) -> bool:
    """Whether a participle says how the subject of the sentence went on speaking: «…، مؤكدا أن»."""
    norm = walk.doc.norm
    previous = norm[i - 1] if i else "\n"
    cue = walk.doc.cue[i]
    if cue is not None and cue.lemma == "قال":
        return True
    if previous in words_of("copulas"):
        return False  # «ليس مؤكدا أن»
    word = walk.doc.tokens.text[walk.doc.tokens.start[i] : walk.doc.tokens.end[i]]
    if (
        norm[i].endswith("ين")
        and cue is not None
        and cue.frame.group in ("demand", "call", "opine", "affirm", "say", "point")
    ):
        return previous not in walk.doc.words.words["function_words"] and not previous.endswith("ين")
    return previous in COMMAS or "ً" in word or not previous[0].isalnum()


def is_asserted(walk: Walk, i: int, previous: str) -> bool:
    """False where the reporting is negated, asked, or only supposed: «لم يقل», «لو قال», «أن يقول»."""
    words, cue = walk.doc.words.words, walk.doc.cue[i]
    present = cue is not None and cue.kind == "present"
    if previous in ("ما", "وما"):  # «ما قال» at the head of a sentence denies; elsewhere it is «what he said»
        return present or i - 1 > walk.doc.begin[i]
    if previous in words["negations"] and present:
        return False
    if previous in words["hypotheticals"]:
        return False
    if previous in ("قد", "وقد") and present:
        return False
    return not (previous in walk.doc.words.that and present)


def passive_or_plain(walk: Walk, i: int, cue: Cue, mention: Mention | None) -> bool:
    """Verbs of seeing and finding are cues only with a speaker of their own."""
    if walk.doc.norm[i - 1 : i] == ["من"]:
        return False  # «ومنهم من يعتقد أن»
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
