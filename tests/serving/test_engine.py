"""The engine on a tiny artifact."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import QawlError
from data.records import StatementInput
from data.targets import Target, load_target
from serving.backends import Backend, Ids, Logits
from serving.engine import ROWS, TILE, Engine, available_threads, plan_batches, readable
from tests.serving import tiny

TARGET = load_target("foreign-military-presence")


def said(*texts: str) -> list[StatementInput]:
    return [StatementInput(text=text) for text in texts]


class Counting:
    """A backend that counts what it is asked, in front of another."""

    name = "counting"

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.shapes: list[tuple[int, ...]] = []

    def run(self, ids: Ids, mask: Ids, types: Ids) -> tuple[Logits, Logits]:
        self.shapes.append(ids.shape)
        return self.backend.run(ids, mask, types)


def test_words_decide_the_tiny_models_labels(engine: Engine) -> None:
    against, favor = engine.predict(said("نرفض وجود القوات", "نرحب بوجود القوات اليوم نرحب"), TARGET)
    assert (against.stance.label, against.sentiment.label) == ("against", "negative")
    assert (favor.stance.label, favor.sentiment.label) == ("favor", "positive")


def test_probabilities_are_probabilities(engine: Engine) -> None:
    (prediction,) = engine.predict(said("ندين انسحاب القوات"), TARGET)
    for label in (prediction.stance, prediction.sentiment):
        assert sum(label.probabilities.values()) == pytest.approx(1, abs=1e-4)
        assert label.confidence == max(label.probabilities.values()) == label.probabilities[label.label]


def test_temperature_and_threshold_come_from_the_card(tmp_path: Path) -> None:
    bold = Engine.load(tiny.make(tmp_path / "bold", threshold=0.0), 1)
    shy = Engine.load(tiny.make(tmp_path / "shy", threshold=0.99), 1)
    statement = said("نرفض وجود القوات")
    assert not bold.predict(statement, TARGET)[0].stance.abstained
    assert shy.predict(statement, TARGET)[0].stance.abstained
    assert shy.card.heads.stance.temperature == 1.5


def test_an_answer_does_not_depend_on_its_neighbours(engine: Engine) -> None:
    statements = said(*(f"نرفض القوات {'اليوم ' * n}" for n in range(40)))
    together = engine.predict(statements, TARGET)
    for statement, prediction in zip(statements, together, strict=True):
        (alone,) = engine.predict([statement], TARGET)
        assert alone.stance.probabilities == pytest.approx(prediction.stance.probabilities, abs=1e-5)


def test_identical_statements_are_computed_once(engine: Engine) -> None:
    counting = Counting(engine.backend)
    twice = Engine(engine.card, engine.encoder, counting)
    predictions = twice.predict(said("نرفض القوات") * 50 + said("ندعم القوات"), TARGET)
    assert sum(shape[0] for shape in counting.shapes) == 2
    assert len(predictions) == 51
    assert predictions[0] == predictions[49] != predictions[50]


def test_many_windows_keep_their_order(engine: Engine) -> None:
    statements = said(*(f"{'نرفض' if n % 3 else 'ندعم'} القوات {n}" for n in range(1200)))
    labels = [prediction.stance.label for prediction in engine.predict(statements, TARGET)]
    assert labels == ["against" if n % 3 else "favor" for n in range(1200)]


def test_nothing_in_nothing_out(engine: Engine) -> None:
    assert engine.predict([], TARGET) == []


def test_an_answer_that_is_not_finite_is_an_error_of_its_statement_alone(engine: Engine) -> None:
    encoded = engine.encode(said("نرفض القوات", f"قال {tiny.POISON}", "ندعم القوات"), TARGET)
    first, second, third = engine.classify(encoded)
    assert isinstance(second, QawlError)
    assert not isinstance(first, QawlError)
    assert not isinstance(third, QawlError)
    with pytest.raises(QawlError, match="statement 1: the model gave no finite answer"):
        engine.predict(said("نرفض", f"قال {tiny.POISON}"), TARGET)


@pytest.mark.parametrize(
    "text",
    ["\ud800 نرفض", "a" * 200_000, "\u202eنرفض\u202c", "\x00\x01\x7f", "«»«»“”", "hello", "ن" + "ّ" * 5000, "🙂" * 900],
    ids=["half a pair", "long", "bidi", "control", "marks", "latin", "marks upon marks", "emoji"],
)
def test_odd_texts_get_an_answer(engine: Engine, text: str) -> None:
    statement = StatementInput(text=readable(text), speaker=text, context=text)
    (prediction,) = engine.predict([statement], TARGET)
    assert np.isfinite(prediction.stance.confidence)


def test_a_target_of_ones_own(engine: Engine) -> None:
    target = Target(name="نزع السلاح", title="نزع السلاح", definition="تسليم السلاح إلى الدولة")
    assert engine.predict(said("ندعم القوات"), target)[0].stance.label == "favor"


@given(st.lists(st.integers(1, 400), max_size=200), st.integers(64, 2048))
def test_a_plan_holds_every_input_once_and_keeps_its_budget(lengths: list[int], budget: int) -> None:
    batches = plan_batches(lengths, budget)
    assert Counter(index for batch in batches for index in batch) == Counter(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget
        assert len(batch) in ROWS


def test_a_plan_sorts_so_that_little_is_padded() -> None:
    random = np.random.default_rng(0)
    lengths = random.integers(8, 128, 200).tolist()
    padded = sum(len(batch) * max(lengths[i] for i in batch) for batch in plan_batches(lengths))
    assert padded <= 1.1 * sum(lengths)


def test_batches_come_in_few_widths(engine: Engine) -> None:
    counting = Counting(engine.backend)
    Engine(engine.card, engine.encoder, counting).predict(said(*("نرفض " * n for n in range(1, 60))), TARGET)
    widths = {width for _, width in counting.shapes}
    most = engine.card.template.most_tokens
    assert len(widths) > 1
    assert all(width % TILE == 0 or width == most for width in widths)


def test_there_is_a_thread_to_work_with() -> None:
    assert available_threads() >= 1


# An artifact that is missing, half-written, or not ours.


def test_a_missing_artifact(tmp_path: Path) -> None:
    with pytest.raises(QawlError, match="no such artifact folder"):
        Engine.load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "card.json"])
def test_a_half_written_artifact(tmp_path: Path, name: str) -> None:
    folder = tiny.make(tmp_path / "a")
    (folder / name).unlink()
    with pytest.raises(QawlError) as caught:
        Engine.load(folder)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_truncated_graph(tmp_path: Path) -> None:
    folder = tiny.make(tmp_path / "a")
    graph = folder / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:-100])
    with pytest.raises(QawlError, match=r"model\.onnx is not the file the card describes"):
        Engine.load(folder)


def test_an_artifact_of_another_version(tmp_path: Path) -> None:
    with pytest.raises(QawlError, match="format version 99"):
        Engine.load(tiny.make(tmp_path / "a", format_version=99))


def test_a_graph_that_is_none(tmp_path: Path) -> None:
    from data.artifact import read_card, seal

    folder = tiny.make(tmp_path / "a")
    card = read_card(folder)
    (folder / "model.onnx").write_bytes(b"not a graph")
    seal(folder, card)
    with pytest.raises(QawlError, match="the graph cannot be loaded"):
        Engine.load(folder)
