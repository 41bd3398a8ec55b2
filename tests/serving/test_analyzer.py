"""The analyzer: what Python users import."""

import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import QawlError
from data.records import Article, Statement
from serving import Analyzer
from serving.store import shipped_artifact

NEWS = (
    "بغداد - وكالات\n"
    "قال وزير الدفاع العراقي ثابت العباسي إن بلاده ترفض بقاء القوات الأجنبية على أراضيها.\n"
    "وأضاف الوزير: «نرحب بالتعاون في التدريب»، مشيرا إلى أن الاتفاق واضح."
)


@pytest.fixture(scope="module")
def analyzer(artifact: Path) -> Analyzer:
    return Analyzer.pretrained(artifact, threads=1)


def test_an_article_in_its_statements_out(analyzer: Analyzer) -> None:
    statements = analyzer.analyze(NEWS)
    assert len(statements) >= 2
    for one in statements:
        assert NEWS[one.start : one.end] == one.text
        assert one.target == "foreign-military-presence"
        assert one.stance is not None
        assert one.sentiment is not None
    assert "العباسي" in (statements[0].speaker.name if statements[0].speaker else "")


def test_several_articles_keep_their_order_and_ids(analyzer: Analyzer) -> None:
    results = analyzer.analyze([Article(id="a", text=NEWS), {"id": 7, "text": NEWS, "desk": "x"}, ""])
    assert [len(result) for result in results] == [len(results[0]), len(results[0]), 0]
    assert {one.article_id for one in results[0]} == {"a"}
    assert {one.article_id for one in results[1]} == {"7"}


def test_statements_with_and_without_what_surrounds_them(analyzer: Analyzer) -> None:
    predictions = analyzer.predict(["نرفض القوات", {"text": "ندعم القوات", "speaker": "الوزير", "context": "قال"}])
    assert [prediction.stance.label for prediction in predictions] == ["against", "favor"]


def test_labels(analyzer: Analyzer) -> None:
    assert analyzer.labels() == {
        "stance": ("against", "favor", "neutral", "unrelated"),
        "sentiment": ("positive", "neutral", "negative"),
    }


@pytest.mark.parametrize("text", ["", " \n\t ", "No Arabic here at all.", "12345 67 !?", "\ufeff\u200f\u202e"])
def test_nothing_said_nothing_found(analyzer: Analyzer, text: str) -> None:
    assert analyzer.analyze(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "قال الوزير: »نرفض القوات« وأضاف «كذلك",
        "قال الوزير “نرفض القوات" + '" ثم قال „نعم”',
        "قال\x00 الوزير\x1b إن \u202eالقوات\u202c ستبقى\u200f.",
        "قال الوزير إن \ud800 القوات ستبقى.",
        "«" * 5000 + "قال الوزير نعم" + "»" * 3000,
    ],
    ids=["reversed marks", "mixed marks", "control and bidi", "half a pair", "only marks"],
)
def test_odd_texts_keep_their_offsets(analyzer: Analyzer, text: str) -> None:
    for one in analyzer.analyze(text):
        assert text[one.start : one.end] == one.text


def test_a_megabyte_without_a_full_stop(analyzer: Analyzer) -> None:
    text = "قال الوزير إن القوات الأجنبية ستبقى في البلاد وأضاف أن الحكومة ترفض ذلك " * 7500
    assert len(text.encode()) > 900_000
    for one in analyzer.analyze(text):
        assert text[one.start : one.end] == one.text


@pytest.mark.parametrize("wrong", [5, None, b"bytes", 3.5, [5], [None], {"title": "no text"}, {"text": 5}])
def test_wrong_types_are_named(analyzer: Analyzer, wrong: object) -> None:
    with pytest.raises(QawlError, match="article") as caught:
        analyzer.analyze(wrong)  # type: ignore[call-overload]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ([""], "statements[0]"),
        (["نرفض", "  "], "statements[1]"),
        ([{"speaker": "x"}], "statements[0].text"),
        ([5], "statements[0]"),
        ("نرفض", "statements"),
        (None, "statements"),
    ],
)
def test_wrong_statements_are_named(analyzer: Analyzer, wrong: object, field: str) -> None:
    with pytest.raises(QawlError) as caught:
        analyzer.predict(wrong)  # type: ignore[arg-type]
    assert caught.value.where is not None
    assert caught.value.where.startswith(field)


def test_an_unknown_target(analyzer: Analyzer) -> None:
    with pytest.raises(QawlError, match="unknown target"):
        analyzer.analyze(NEWS, target="no-such-target")
    statements: list[Statement] = analyzer.analyze(NEWS, target="نزع سلاح الفصائل")
    assert statements[0].target == "نزع سلاح الفصائل"


def test_an_unknown_artifact() -> None:
    with pytest.raises(QawlError, match="no such artifact"):
        Analyzer.pretrained("no-such:artifact")


def test_neither_torch_nor_transformers_are_imported(artifact: Path) -> None:
    program = (
        "import sys; from serving import Analyzer; import serving.service\n"
        f"analyzer = Analyzer.pretrained({str(artifact)!r})\n"
        f"assert analyzer.analyze({NEWS!r})\n"
        "print(sorted({'torch', 'transformers', 'training', 'sklearn', 'datasets'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parent.parent.parent
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=False)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.skipif(not (shipped_artifact() / "card.json").is_file(), reason="no artifact is shipped in serving/model")
def test_the_shipped_artifact_answers() -> None:
    analyzer = Analyzer.pretrained()
    assert sum(f.stat().st_size for f in shipped_artifact().rglob("*") if f.is_file()) <= 40 * 1024 * 1024
    statements = analyzer.analyze(NEWS)
    assert statements
    assert all(one.stance and one.sentiment for one in statements)
    (prediction,) = analyzer.predict(["نرفض رفضا قاطعا أي وجود عسكري أجنبي على أرضنا ونطالب برحيل كل القوات فورا"])
    assert prediction.stance.label == "against"
