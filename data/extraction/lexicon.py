"""The lexicon of reporting: verbs with their generated forms, speakers' titles, words that open or end a clause.

Reads `lexicon.yaml` once. Knows word forms only, no texts: each form is stored under its normal form
(see tokens.normal), with the conjunctions و and ف and the future س in front where they may stand.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from data.extraction.tokens import normal

CueKind = Literal["past", "present", "participle", "masdar", "noun"]
_OBJECTS = ("ه", "ها", "هم", "هما")


@dataclass(frozen=True, slots=True)
class Frame:
    """What may follow a reporting verb: clause after أن, words in marks, colon, nominal complement."""

    group: str
    that: bool
    quote: bool
    colon: bool
    np: tuple[str, ...]
    np_test: str


@dataclass(frozen=True, slots=True)
class Cue:
    """A form of a reporting verb or noun. `joined`: و or ف stands before it; `object`: a pronoun after it."""

    lemma: str
    kind: CueKind
    frame: Frame
    feminine: bool = False
    plural: bool = False
    joined: bool = False
    object: bool = False
    definite: bool = False
    possessed: bool = False
    jussive: bool = False


@dataclass(frozen=True)
class Lexicon:
    """Forms and word lists, all normalised; see lexicon.yaml for what each list means."""

    cues: dict[str, Cue]
    nouns: dict[str, Cue]
    that: frozenset[str]
    attributions: dict[str, tuple[str, ...]]
    words: dict[str, frozenset[str]]

    def has(self, name: str, word: str) -> bool:
        return word in self.words[name]


def _women(stem: str) -> str:
    """The feminine plural, before whose نون a long vowel goes: قال → قلن, يقول → يقلن."""
    return stem[:-2] + stem[-1] + "ن" if len(stem) > 2 and stem[-2] in "ايو" else stem + "ن"


def _past(stem: str) -> list[tuple[str, bool, bool]]:
    """Third-person forms of a past tense: (form, feminine, plural)."""
    if stem[-1] in "ىا":
        base = stem[:-1]
        dual = base + ("ي" if stem[-1] == "ى" else "و") + "ا"
        return [(stem, False, False), (base + "ت", True, False), (dual, False, True),
                (base + "تا", True, True), (base + "وا", False, True)]  # fmt: skip
    if stem[-1] == "ي":  # خشي
        return [(stem, False, False), (stem + "ت", True, False), (stem[:-1] + "وا", False, True)]
    forms = [(stem, False, False), (stem + "ت", True, False), (stem + "وا", False, True), (_women(stem), True, True)]
    if stem[0] in "أقش":  # elsewhere the dual is spelt as a noun in the accusative: طلبا، وعدا
        forms += [(stem + "ا", False, True), (stem + "تا", True, True)]
    return forms


def _jussive(stem: str) -> list[tuple[str, bool]]:
    """Forms after لم that differ from the indicative: لم يقل، لم ينفِ."""
    rest = stem[1:]
    if rest[-1] in "ىيو":
        return [("ي" + rest[:-1], False), ("ت" + rest[:-1], True)]
    if len(rest) > 2 and rest[-2] in "ويا":
        return [("ي" + rest[:-2] + rest[-1], False), ("ت" + rest[:-2] + rest[-1], True)]
    return []


def _present(stem: str) -> list[tuple[str, bool, bool]]:
    rest = stem[1:]
    cut = rest[:-1] if rest[-1] in "ىيو" else rest
    dual = rest[:-1] + "يان" if rest[-1] == "ى" else rest + "ان"
    women = [] if rest[-1] in "ىيو" else [("ي" + _women(rest), True, True)]
    return [*women, ("ي" + rest, False, False), ("ت" + rest, True, False), ("ي" + cut + "ون", False, True),
             ("ي" + cut + "وا", False, True), ("ي" + dual, False, True), ("ت" + dual, True, True)]  # fmt: skip


def _participles(stem: str) -> list[tuple[str, bool, bool]]:
    """The circumstantial (hal) forms: مؤكداً، مؤكدةً، مؤكدين، مؤكدَين."""
    if stem.endswith("ا"):  # given in the accusative: راداً
        base = stem[:-1]
        return [(stem, False, False), (base + "ة", True, False), (base + "ين", False, True)]
    if stem.endswith("ي"):  # نافياً
        return [(stem + "ا", False, False), (stem + "ة", True, False), (stem[:-1] + "ين", False, True)]
    return [(stem + "ا", False, False), (stem + "ة", True, False), (stem + "ين", False, True),
            (stem + "تين", True, True), (stem + "ات", True, True)]  # fmt: skip


def _add(cues: dict[str, Cue], form: str, cue: Cue) -> None:
    key = normal(form)
    known = cues.get(key)
    if known is not None and known.frame is not cue.frame and known.kind == cue.kind and known.lemma == cue.lemma:
        merged = Frame(
            known.frame.group,
            known.frame.that or cue.frame.that,
            known.frame.quote or cue.frame.quote,
            known.frame.colon or cue.frame.colon,
            tuple(dict.fromkeys(known.frame.np + cue.frame.np)),
            cue.frame.np_test if not known.frame.np else known.frame.np_test,
        )
        cues[key] = Cue(known.lemma, known.kind, merged, known.feminine, known.plural, known.joined, known.object)
        return
    # Finite verbs win over participles, participles over nouns, where two forms are spelt alike.
    cues.setdefault(key, cue)


def _inflect(cues: dict[str, Cue], nouns: dict[str, Cue], line: str, frame: Frame, ambiguous: frozenset[str]) -> None:
    _verb(cues, line, frame, ambiguous)
    past, _, masdar, _ = line.split()
    if masdar != "-":
        _noun(cues, masdar, normal(past), frame, "masdar")
        _noun(nouns, masdar, normal(past), frame, "masdar")


def _verb(cues: dict[str, Cue], line: str, frame: Frame, ambiguous: frozenset[str]) -> None:
    past, present, _, participle = line.split()
    lemma = normal(past)
    if past != "-":
        # بين is also «between» and دون «without»: the bare form is no cue unless its doubling sign is written,
        # which the normal form does not keep.
        for form, feminine, plural in _past(past):
            if normal(form) in ambiguous:
                continue
            for prefix in ("", "و", "ف"):
                if prefix and normal(prefix + form) in ambiguous:
                    continue
                _add(cues, prefix + form, Cue(lemma, "past", frame, feminine, plural, bool(prefix)))
                if not plural or form.endswith("وا"):
                    base = form[:-1] + "ا" if form.endswith("ى") else form
                    base = base[:-1] if form.endswith("وا") else base  # اتهموه
                    for pronoun in _OBJECTS:
                        if normal(prefix + base + pronoun) in ambiguous:
                            continue
                        _add(cues, prefix + base + pronoun,
                             Cue(lemma, "past", frame, feminine, plural, bool(prefix), True))  # fmt: skip
    if present != "-":
        for form, feminine, plural in _present(present):
            for prefix in ("", "و", "ف", "س", "وس", "فس", "ل"):
                key = prefix + form
                if normal(key) not in ambiguous and normal(form) not in ambiguous:
                    joined = bool(prefix) and prefix[0] in "وف"
                    _add(cues, key, Cue(lemma, "present", frame, feminine, plural, joined))
                if (not plural or form.endswith("ون")) and prefix in ("", "و"):
                    base = form[:-1] + "ا" if form.endswith("ى") else form
                    for pronoun in _OBJECTS:
                        if normal(prefix + base + pronoun) in ambiguous:
                            continue
                        _add(cues, prefix + base + pronoun,
                             Cue(lemma, "present", frame, feminine, plural, bool(prefix), True))  # fmt: skip
        for jussive, feminine in _jussive(present):
            _add(cues, jussive, Cue(lemma, "present", frame, feminine, jussive=True))
    if participle != "-":
        for form, feminine, plural in _participles(participle):
            for prefix in ("", "و"):
                if normal(prefix + form) in ambiguous or normal(form) in ambiguous:
                    continue
                _add(cues, prefix + form, Cue(lemma, "participle", frame, feminine, plural, bool(prefix)))


def _noun(cues: dict[str, Cue], noun: str, lemma: str, frame: Frame, kind: CueKind) -> None:
    if noun.endswith("ة"):
        bound = noun[:-1] + "ت"
    elif noun.endswith("اء"):
        bound = noun[:-1] + "ئ"
    else:
        bound = noun
    for prefix in ("", "و", "ب", "ل", "ف", "وب", "ول", "ك"):
        _add(cues, prefix + noun, Cue(lemma, kind, frame, joined=prefix[:1] == "و"))
        for pronoun in (*_OBJECTS, "ي", "نا"):
            joined, feminine = prefix[:1] == "و", pronoun == "ها"
            _add(cues, prefix + bound + pronoun, Cue(lemma, kind, frame, feminine, joined=joined, possessed=True))
    for prefix in ("ال", "وال", "بال", "لل", "وبال"):
        _add(cues, prefix + noun, Cue(lemma, kind, frame, joined=prefix[:1] == "و", definite=True))


def _words(raw: dict[str, Any], name: str) -> frozenset[str]:
    return frozenset(normal(str(w)) for w in raw[name] if not str(w).endswith("_"))


def words_of(name: str) -> frozenset[str]:
    """A word list of the lexicon, normalised."""
    return lexicon().words[name]


@cache
def lexicon() -> Lexicon:
    """The lexicon, read and inflected once per process."""
    source = files("data.extraction").joinpath("lexicon.yaml").read_text(encoding="utf-8")
    raw = yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    cues: dict[str, Cue] = {}
    nouns: dict[str, Cue] = {}
    ambiguous = _words(raw, "ambiguous")
    for group in raw["verbs"]:
        frame = Frame(
            group["group"],
            group.get("that", True),
            group.get("quote", True),
            group.get("colon", True),
            tuple(normal(p) for p in group.get("np", ())),
            group.get("np_test", "none"),
        )
        for line in group["verbs"].strip().splitlines():
            _inflect(cues, nouns, line, frame, ambiguous)
    frames = {cue.lemma: cue.frame for cue in cues.values() if cue.kind == "masdar"}
    for verb, plurals in raw["plural_masdars"].items():
        for noun in plurals:
            _noun(cues, noun, normal(verb), frames[normal(verb)], "masdar")
    noun_frame = Frame("noun", True, True, True, (), "none")
    for noun in raw["noun_cues"]:
        _noun(cues, noun, normal(noun), noun_frame, "noun")
    for name in ("roles", "unnamed"):  # ناشطون, ناشطين, ناشطو
        raw[name] += [str(word)[:-2] + "ين" for word in raw[name] if str(word).endswith("ون") and len(str(word)) > 5]
        raw[name] += [str(word)[:-1] for word in raw[name] if str(word).endswith("ون") and len(str(word)) > 5]
    plain = [k for k in raw if k not in ("verbs", "attributions", "plural_masdars")]
    common = json.loads(files("data.extraction").joinpath("common_words.json").read_text(encoding="utf-8"))
    return Lexicon(
        cues=cues,
        nouns=nouns,
        that=_words(raw, "that"),
        attributions={normal(k): tuple(normal(x) for x in v) for k, v in raw["attributions"].items()},
        words={name: _words(raw, name) for name in plain}
        | {f"common_{kind}": frozenset(common[kind].split()) for kind in ("nouns", "verbs")},
    )
