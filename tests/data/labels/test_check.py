from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from data.labels import load_labelled, write_labelled
from data.labels.check import check_files, check_rows, comparison_key, near_duplicates
from data.records import LabelledStatement


def row(text: str, **fields: object) -> LabelledStatement:
    return LabelledStatement.model_validate({"text": text, "stance": "neutral", "sentiment": "neutral", **fields})


STAY = "قواتنا باقية في قاعدة الشمال حتى نهاية العام المقبل"
STAY_VARIANT = "قواتنا باقية في قاعدة الشمال حتى نهايه العام المقبل."


def checks(*rows: LabelledStatement) -> list[tuple[str, str]]:
    findings = check_rows(rows, [f"line {i}" for i in range(len(rows))])
    return [(finding.severity, finding.check) for finding in findings]


def test_the_same_statement_twice_is_an_error() -> None:
    assert checks(row(STAY), row(STAY_VARIANT)) == [("error", "duplicate")]


def test_a_near_duplicate_in_the_same_family_is_meant() -> None:
    pair = [row(STAY, family="a"), row(STAY.replace("باقية", "ليست باقية"), family="a")]
    assert checks(*pair) == []
    assert checks(pair[0], pair[1].model_copy(update={"family": "b"})) == [("warning", "near-duplicate")]


def test_a_near_duplicate_in_another_split_is_a_leak() -> None:
    assert checks(row(STAY, split="train"), row(STAY_VARIANT, split="validation")) == [("error", "leak")]


def test_a_family_in_two_splits_is_a_leak() -> None:
    rows = row(STAY, family="a", split="train"), row("لا علم لنا بذلك", family="a", split="validation")
    assert checks(*rows) == [("error", "leak")]


def test_the_same_words_toward_another_target_are_no_duplicate() -> None:
    assert checks(row(STAY), row(STAY, target="economic-sanctions")) == []


def test_an_evaluation_statement_in_the_set_is_a_leak(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    write_labelled(path, [row(STAY), row("نشكر الجنود ونودعهم")])
    _, findings = check_files(path, [("gold#3", STAY_VARIANT)])
    assert [(finding.check, finding.where) for finding in findings] == [("leak", f"{path}:1")]
    assert "gold#3" in findings[0].message


def test_bad_lines_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    write_labelled(path, [row(STAY)])
    with path.open("ab") as out:
        out.write(b'{"text": "x", "stance": "for"}\nnot json\n\xff\xfe\n[]\n')
    rows, findings = check_files(path)
    assert len(rows) == 1
    assert [finding.where for finding in findings] == [f"{path}:{n}" for n in (2, 3, 4, 5)]
    assert "stance" in findings[0].message


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    rows = [row(STAY, hard=True, family="a"), row("قال «نعم»\nثم مضى", date="2024-01")]
    assert write_labelled(tmp_path / "x.jsonl", rows) == 2
    assert load_labelled(tmp_path) == rows


@given(st.lists(st.text(max_size=40), max_size=8))
def test_a_text_is_always_a_near_duplicate_of_itself(texts: list[str]) -> None:
    pairs = {(a, b) for a, b, _ in near_duplicates([*texts, *texts])}
    assert {(i, i + len(texts)) for i in range(len(texts))} <= pairs


def test_comparison_ignores_marks_and_hamza() -> None:
    assert comparison_key("«إنَّ الأمّة»") == comparison_key("ان الامه")
