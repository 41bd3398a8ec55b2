"""Random and mutated texts to try extraction on, and what must hold of its answer on any of them."""

import random
from collections.abc import Iterator, Sequence

from data.extraction import extract
from data.records import Article, Statement

ALPHABET = (
    "قالإنأكدوبحسبالوزيرمحمدة اىئؤء،؛.:!؟?«»“”\"'()‹›‘’…-–#_/0129\n\r\t َُِّْـ"
    "\u200f\u200b\ufeff\u00adabZ\ud7ff\U0001f600 ﷺﻻ\x00"
)
WORDS = [
    *("قال", "وقال", "قالت", "أكد", "أن", "إن", "بأن", "أنه", "وأضاف", "مؤكدا", "مشيرا", "إلى", "بحسب", "وفقا", "لـ"),
    *("لوكالة", "الوزير", "محمد", "علي", "وزارة", "الدفاع", "في", "بيان", "نفى", "وجود", "أعلن", "انسحاب", "الذي"),
    *("التي", "لم", "لو", "نقلا", "عن", "مصدر", "قوله", "كما", "وصف", "بأنها", "على", "حد", "فيما", "يذكر", "ثم"),
    *("الحكومة", "سوريا", "#وسم_آخر", "«", "»", '"', '"', "“", "”", "(", ")", ":", "،", ".", "\n", "12", "%"),
]
MARKS = "«»“”\"'‹›‘’()"
SAMPLE = (
    'قال وزير الدفاع سامر الجندي إن «القوات ستغادر قريبا»، مؤكدا أن الاتفاق جاهز. وأضاف: "لن نؤجل الموعد".\n'
    "وبحسب وزارة الخارجية، فإن المحادثات مستمرة. نفت الحركة وجود خلافات، وفق بيان لها، "
    'فيما قالت مصادر إن الجولة "فشلت".\n'
    "ووصف المتحدث باسم الجيش رامي عيسى التقرير بأنه «غير دقيق»، نقلا عن وكالة الأنباء."
)


def random_text(rng: random.Random) -> str:
    """Characters or words at random."""
    if rng.random() < 0.4:
        return "".join(rng.choice(ALPHABET) for _ in range(rng.randrange(0, 120)))
    glue = rng.choice((" ", " ", "", "\n"))
    return glue.join(rng.choice(WORDS) for _ in range(rng.randrange(0, 70)))


def mutated(rng: random.Random, text: str) -> str:
    """A text cut anywhere, with marks dropped, doubled, swapped, and characters put in or taken out."""
    if len(text) > 400:
        at = rng.randrange(0, len(text) - 300)
        text = text[at : at + rng.randrange(1, 400)]
    characters = list(text)
    for _ in range(rng.randrange(1, 7)):
        if not characters:
            break
        places = [k for k, c in enumerate(characters) if c in MARKS] or list(range(len(characters)))
        k = rng.choice(places)
        action = rng.randrange(5)
        if action == 0:
            del characters[k]
        elif action == 1:
            characters.insert(k, characters[k])
        elif action == 2:
            characters[k] = rng.choice(MARKS)
        elif action == 3:
            characters.insert(rng.randrange(len(characters) + 1), rng.choice(ALPHABET))
        else:
            del characters[rng.randrange(len(characters)) :]
    return "".join(characters)


def inputs(count: int, seed: int, texts: Sequence[str] = (SAMPLE,)) -> Iterator[Article]:
    """`count` articles, half of them random and half mutations of `texts`."""
    rng = random.Random(seed)
    for k in range(count):
        text = random_text(rng) if k % 2 else mutated(rng, rng.choice(texts))
        title = mutated(rng, rng.choice(texts))[:80] if rng.random() < 0.2 else None
        yield Article(id=str(k), text=text, title=title)


def check(article: Article) -> list[Statement]:
    """Extract, and assert what holds of every answer: offsets, order, no blank or overlapping statement."""
    statements = extract(article)
    last: tuple[int, int] = (-1, -1)
    for s in statements:
        field = article.field(s.field)
        assert field[s.start : s.end] == s.text
        assert s.text.strip()
        place = (0 if s.field == "title" else 1, s.start)
        assert place >= last
        last = place
        for span in (s.cue, s.speaker.mention if s.speaker else None):
            if span is not None:
                assert 0 <= span.start < span.end
        if s.cue is not None:
            assert field[s.cue.start : s.cue.end] == s.cue.text
        if s.speaker is not None:
            assert s.speaker.name
            if s.speaker.mention is not None:
                m = s.speaker.mention
                assert field[m.start : m.end] == m.text
    return statements
