"""Speakers whose name comes only after their words."""

from collections.abc import Sequence

from data.extraction.found import Found
from data.extraction.memory import Resolved, norm_words, stems
from data.extraction.mentions import stem
from data.extraction.register import Register, role_key
from data.records import Speaker


def name_leads(found: Sequence[Found], speakers: list[Resolved], register: Register) -> None:
    """Name whom an article opens with from what follows, in place.

    «"…". هكذا …. وتقول فلانة»: words in marks before anybody is named are the next speaker's. «قال وزير الخارجية
    الفرنسي إن …. وقال جان لوران إن …»: a person who speaks next and is given no role, or the same, is the one
    described.
    """
    for k, resolved in enumerate(speakers):
        rest = [other for other in speakers[k + 1 :] if other.speaker is not None]
        if resolved.speaker is None:
            if found[k].rule == "loose" and found[k].at < 3 and rest and rest[0].speaker is not None:
                resolved.speaker = rest[0].speaker.model_copy(update={"mention": None})
                resolved.rule = "next"
                continue
            return
        if resolved.speaker.type == "unnamed" and resolved.rule == "description":
            _name_described(resolved.speaker, speakers, rest, register)
        return


def _name_described(first: Speaker, speakers: list[Resolved], rest: list[Resolved], register: Register) -> None:
    """Give a description that opens an article the name of the person who speaks next, if that can be the one."""
    words = tuple(stem(w) for w in norm_words(first.name))
    following = next((o.speaker for o in rest if o.speaker is not None and o.speaker.name != first.name), None)
    if not words or following is None or following.type != "person" or len(norm_words(following.name)) < 2:
        return
    key = role_key(words)
    held = role_key(norm_words(following.role or ""))
    if words[0] not in stems("titles_of_one") if not held else not role_key(words[:1]) <= held:
        return
    for other in speakers:
        if other.speaker is not None and other.speaker.name == first.name:
            role = following.role or first.name
            other.speaker = following.model_copy(update={"mention": other.speaker.mention, "role": role})
            other.rule = "named-later"
    register.describe(following.name, key)
