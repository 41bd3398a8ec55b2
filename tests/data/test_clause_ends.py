"""Weighing where a clause ends: the places, and what a model makes of them."""

import json
from importlib.resources import files

from data.extraction import extract
from data.extraction.complements import Opening
from data.extraction.document import Document, read
from data.extraction.ends import ClauseEnds, Place, places, shipped
from data.records import Article

TEXT = "قال الوزير إن السد امتلأ، في خطوة أفرحت القرى، وإن القناة بنيت دون تحديد كلفتها."


def clause() -> tuple[Document, Opening]:
    doc = read(TEXT)
    return doc, Opening("that", 3, 2)


def ends(found: list[Place], doc: Document) -> list[str]:
    return [doc.norm[place.end - 1] for place in found]


def test_places_are_commas_what_is_left_unsaid_and_the_end() -> None:
    doc, opening = clause()
    stop = doc.stop[opening.at]
    assert ends(list(places(doc, opening, stop, frozenset())), doc) == ["امتلا", "القرى", "كلفتها"]
    unsaid = doc.norm.index("دون")
    found = list(places(doc, opening, unsaid, frozenset()))
    assert ends(found, doc) == ["امتلا", "القرى", "بنيت"]
    assert not found[-1].features  # the clause cannot go beyond


def test_a_word_may_begin_a_place_without_any_mark() -> None:
    doc, opening = clause()
    found = list(places(doc, opening, doc.stop[opening.at], frozenset({"بنيت"})))
    assert "القناة" in ends(found, doc)


def test_weights_decide() -> None:
    doc, opening = clause()
    stop = doc.stop[opening.at]
    eager, patient = ClauseEnds(5.0, {}, frozenset()), ClauseEnds(-5.0, {}, frozenset())
    assert doc.norm[eager.choose(doc, opening, stop) - 1] == "امتلا"
    assert patient.choose(doc, opening, stop) == stop
    learnt = ClauseEnds(-5.0, {"word=وان ،": 9.0}, frozenset())
    assert doc.norm[learnt.choose(doc, opening, stop) - 1] == "القرى"


def test_the_rules_place_keeps_the_rules_token() -> None:
    doc, opening = clause()
    comma = doc.norm.index("،")
    assert ClauseEnds(5.0, {}, frozenset()).choose(doc, opening, comma) == comma


def test_every_shipped_weight_names_a_feature_that_places_make() -> None:
    doc, opening = clause()
    made = {
        name.partition("=")[0] for place in places(doc, opening, doc.stop[3], frozenset()) for name in place.features
    }
    body = json.loads(files("data.extraction").joinpath("clause_ends.json").read_text("utf-8"))
    assert {name.partition("=")[0] for name in body["weights"]} <= made
    assert shipped().weights == body["weights"]


def test_extraction_can_be_given_another_judge() -> None:
    article = Article(text=TEXT)
    (first, *_) = extract(article, choose_end=lambda doc, opening, ruled: doc.norm.index("في"))
    assert first.text == "السد امتلأ"
