import pytest

from data.errors import QawlError
from data.records import LabelledStatement
from training.label_errors import probable_label_errors

GO = ["ترحل القوات فوراً", "نرفض بقاء الجنود", "لا نريد قواعد", "اخرجوا من أرضنا", "يجب إنهاء الاحتلال"]
STAY = ["نشكر القوات الصديقة", "ندعو الجنود للبقاء", "نرحب بالشركاء", "وجودهم ضروري لنا", "التدريب مفيد لجيشنا"]


def rows() -> list[LabelledStatement]:
    made = []
    for i in range(6):
        for stance, texts in (("against", GO), ("favor", STAY)):
            for text in texts:
                record = {"text": f"{text} كما قال المتحدث", "stance": stance, "family": f"{i}"}
                made.append(LabelledStatement.model_validate(record))
    return made


def test_a_label_that_all_others_speak_against_is_listed_first() -> None:
    statements = rows()
    statements[7] = statements[7].model_copy(update={"stance": "against"})
    found = probable_label_errors(statements, "stance")
    assert (found[0].row, found[0].given, found[0].expected) == (7, "against", "favor")
    assert found[0].probability_of_given < 0.5


def test_a_consistent_set_has_none() -> None:
    assert probable_label_errors(rows(), "stance") == []


def test_too_few_families_are_said() -> None:
    with pytest.raises(QawlError, match="too few"):
        probable_label_errors(rows()[:10], "stance")
