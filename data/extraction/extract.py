"""Article → statements: the way through the parts of this package.

    read (tokens, marks, cues) → find (complements, clause ends) → resolve (speakers)

Rules and a lexicon, and a small linear model of clause ends; nothing to load but lexicon.yaml and clause_ends.json.
"""

import re
from typing import Literal

from data.extraction.document import Document, read
from data.extraction.ends import Chooser
from data.extraction.found import Found, Walk
from data.extraction.leads import name_leads
from data.extraction.register import Register, register_names
from data.extraction.resolution import Resolver
from data.extraction.speakers import PhraseReader
from data.extraction.statements import find
from data.records import Article, Span, Statement

# A letter of Arabic: a text without any is in another language, and none of its statements are ours to find.
_ARABIC = re.compile("[\u0621-\u064a]")
_FIELDS: tuple[Literal["title", "text"], ...] = ("title", "text")


def extract(article: Article, *, explain: bool = False, choose_end: Chooser | None = None) -> list[Statement]:
    """The statements of an article, title first, in the order of the text.

    Offsets are code points into `article.field(statement.field)` as it was given. With `explain`, `evidence`
    names the rule that found the statement and the one that found its speaker. `choose_end` decides where clauses end
    in place of the model of data.extraction.ends. Raises nothing on any text.
    """
    fields: list[tuple[Literal["title", "text"], Document, Walk, list[Found]]] = []
    for name in _FIELDS:
        text = article.field(name)
        if not text or not _ARABIC.search(text):
            continue
        doc = read(text, title=name == "title")
        doc.choose_end = choose_end
        walk = find(doc)
        fields.append((name, doc, walk, walk.found))
    register = Register()
    if fields:
        register.first_names = fields[0][2].reader.given
    base = 0
    for _, doc, walk, found in fields:
        register_names(register, doc, walk.reader, base)
        for one in found:
            if (
                one.mention is not None
                and one.mention.type in ("person", "organisation", "country")
                and not one.mention.definite
            ):
                register.add(doc, one.mention, at=base + one.at)
        base += len(doc.tokens)
    for _, doc, _, found in fields:
        found[:] = [one for one in found if one.rule != "headline-colon" or _known_speaker(register, doc, one)]
    # The body is settled first: its names are longer, and a title leans on them.
    resolver = Resolver(register)
    settled: dict[str, list[Statement]] = {}
    for name, doc, walk, found in reversed(fields):
        settled[name] = _statements(article, name, doc, walk.reader, found, resolver, explain)
        resolver = Resolver(register)
    return [s for name in ("title", "text") for s in settled.get(name, ())]


def _known_speaker(register: Register, doc: Document, one: Found) -> bool:
    """Whether a headline's «X:» names somebody: a stray word that the article never names does not."""
    m = one.mention
    if m is None or m.type != "person" or m.role is not None:
        return m is not None
    words = m.stems(doc)
    known = register.longest(words) if words else None
    return known is not None and (len(known.words) > 1 or known.role is not None)


def _statements(
    article: Article,
    name: Literal["title", "text"],
    doc: Document,
    reader: PhraseReader,
    found: list[Found],
    resolver: Resolver,
    explain: bool,
) -> list[Statement]:
    text = doc.tokens.text
    out: list[Statement] = []
    speakers = [resolver.resolve(doc, reader, one, 0) for one in found]
    name_leads(found, speakers, resolver.register)
    for one, resolved in zip(found, speakers, strict=True):
        cue = Span(text=text[one.cue[0] : one.cue[1]], start=one.cue[0], end=one.cue[1]) if one.cue else None
        out.append(
            Statement(
                article_id=article.id,
                field=name,
                start=one.start,
                end=one.end,
                text=text[one.start : one.end],
                kind=one.kind,
                cue=cue,
                speaker=resolved.speaker,
                asserted=one.asserted,
                evidence={"statement": one.rule, "speaker": resolved.rule} if explain else None,
            )
        )
    return out
