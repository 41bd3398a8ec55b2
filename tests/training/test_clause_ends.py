"""Learning where clauses end, on invented articles."""

from typing import Any

from training.clause_ends import cross_validate, fit, read_clauses, right_share

# The rules know nothing of «، بثياب خضراء»; readers of these articles end the clause before it.
_PLACES = ("السد", "الجسر", "السوق", "الميناء", "المصنع", "الطريق", "النفق", "المطار", "الملعب", "المسرح")


def articles() -> list[dict[str, Any]]:
    made = []
    for number, place in enumerate(_PLACES):
        told = f"{place} سيفتح بعد شهر، أو بعد شهرين"
        text = f"قال الوزير إن {told}، بثياب خضراء لبسها أمس."
        start = text.index(told)
        statement = {"field": "text", "start": start, "end": start + len(told), "text": told}
        made.append({"id": number, "title": None, "text": text, "statements": [statement]})
    return made


def test_clauses_carry_the_marked_end_beside_the_rules() -> None:
    clauses = read_clauses(articles())
    assert len(clauses) == len(_PLACES)
    assert all(one.right < one.ruled for one in clauses)
    assert {one.doc.norm[one.right - 1] for one in clauses} == {"شهرين"}


def test_a_model_learns_what_the_rules_do_not_know() -> None:
    clauses = read_clauses(articles())
    model = fit(clauses)
    assert right_share(clauses, model) == (0.0, 1.0)
    assert model.weights


def test_folds_part_articles_and_measure_unseen_ones() -> None:
    measured = cross_validate(read_clauses(articles()), 5)
    assert [n for n, _, _ in measured] == [2] * 5
    assert all(rules == 0.0 and learnt == 1.0 for _, rules, learnt in measured)
