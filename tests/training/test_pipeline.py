import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from data.artifact import read_card
from data.errors import QawlError
from data.records import LabelledStatement
from tests.training.tiny import labelled_rows, save_model, tiny_config
from training.evaluation import evaluate
from training.export import read_weights
from training.loop import STATE
from training.pipeline import train
from training.prediction import artifact_predictor


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def artifact(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny AraBERT-shaped model through training, export and calibration; measured on a second set as well."""
    folder = tmp_path_factory.mktemp("run")
    extra = folder / "extra.jsonl"
    extra.write_text(json.dumps({"text": "نرفض بقاء القوات الأجنبية", "stance": "against"}), encoding="utf-8")
    sets = [{"name": "extra", "path": str(extra)}, {"name": "absent", "path": "no/such/file.jsonl"}]
    return train(tiny_config(model, data={"evaluation": sets}), folder / "artifact", rows=labelled_rows())


def test_the_artifact_is_whole_and_its_working_files_are_gone(artifact: Path) -> None:
    card = read_card(artifact)
    assert {"model.onnx", "tokenizer.json", "README.md", "plots/stance-confusion.png"} <= set(card.files)
    assert not artifact.with_name("artifact.training").exists()


def test_the_card_says_what_was_measured_beside_the_baselines(artifact: Path) -> None:
    card = read_card(artifact)
    validation = card.metrics["validation"]
    assert validation["stance"]["n"] == 48
    assert validation["stance"]["macro_f1"]["value"] > 0.9
    biases = card.metrics["training"]["biases"]
    assert (len(biases["stance"]), len(biases["sentiment"])) == (4, 3)
    assert sum(biases["stance"]) == pytest.approx(0, abs=1e-3)
    assert set(validation["baselines"]) == {"majority", "tfidf-logistic", "frozen-encoder-logistic"}
    assert [(source.name, source.use, source.rows) for source in card.data] == [
        ("labelled/train", "train", 144),
        ("labelled/validation", "validation", 48),
        ("extra", "test", 1),
    ]
    text = (artifact / "README.md").read_text(encoding="utf-8")
    assert "absent: not measured here" in text
    assert f"{validation['stance']['macro_f1']['value']:.3f}" in text


def test_the_graph_answers_as_the_contract_says(artifact: Path) -> None:
    session = onnxruntime.InferenceSession(str(artifact / "model.onnx"))
    ids = np.array([[2, 7, 3, 8, 9, 3]], dtype=np.int64)
    stance, sentiment = session.run(
        ["stance_logits", "sentiment_logits"],
        {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)},
    )
    assert (np.shape(stance), np.shape(sentiment)) == ((1, 4), (1, 3))


def test_the_artifact_predicts_what_its_card_measured(artifact: Path) -> None:
    held = [row for row in labelled_rows() if row.split == "validation"]
    found = evaluate(artifact_predictor(artifact), held)
    assert found["stance"]["macro_f1"] == read_card(artifact).metrics["validation"]["stance"]["macro_f1"]


def test_the_graph_holds_every_weight_under_its_torch_name(artifact: Path) -> None:
    names = set(read_weights(artifact / "model.onnx"))
    assert "encoder.encoder.layer.1.intermediate.dense.weight" in names
    assert {"stance.dense.weight", "stance.out.bias", "sentiment.out.weight"} <= names


def test_the_same_seed_gives_the_same_metrics_and_another_run_can_go_on_from_the_artifact(
    model: Path, artifact: Path, tmp_path: Path
) -> None:
    again = read_card(train(tiny_config(model), tmp_path / "again", rows=labelled_rows(), baselines=False))
    first = read_card(artifact).metrics
    assert again.metrics["validation"]["stance"] == first["validation"]["stance"]
    losses = [epoch["loss"] for epoch in first["training"]["epochs"]]
    assert [epoch["loss"] for epoch in again.metrics["training"]["epochs"]] == losses

    shutil.rmtree(tmp_path / "again")
    went_on = train(tiny_config(model), tmp_path / "on", rows=labelled_rows(), start=artifact, baselines=False)
    assert read_card(went_on).metrics["training"]["epochs"][0]["loss"] < losses[0] / 2


def test_a_run_that_was_cut_off_goes_on_to_the_same_metrics(
    model: Path, artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save = torch.save
    saved = 0

    def cut_off(state: object, path: Path) -> None:
        nonlocal saved
        save(state, path)
        saved += 1
        if saved == 3:
            # The third epoch's state is written but not yet in its place: the run goes on from the second.
            raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", cut_off)
    output = tmp_path / "artifact"
    with pytest.raises(KeyboardInterrupt):
        train(tiny_config(model), output, rows=labelled_rows(), baselines=False)
    monkeypatch.setattr(torch, "save", save)
    assert not output.exists()
    assert (tmp_path / "artifact.training" / STATE).exists()

    with pytest.raises(QawlError, match="another configuration"):
        train(tiny_config(model, seed=99), output, rows=labelled_rows(), baselines=False)

    finished = read_card(train(tiny_config(model), output, rows=labelled_rows(), baselines=False))
    assert "resuming after epoch 2" in capsys.readouterr().err
    expected = [epoch["loss"] for epoch in read_card(artifact).metrics["training"]["epochs"]]
    assert [epoch["loss"] for epoch in finished.metrics["training"]["epochs"]] == pytest.approx(expected, rel=1e-4)


def test_a_folder_with_other_things_in_it_is_not_replaced(model: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("keep me", encoding="utf-8")
    with pytest.raises(QawlError, match="no artifact"):
        train(tiny_config(model), tmp_path, rows=labelled_rows())
    assert (tmp_path / "letter.txt").exists()


def test_a_set_without_validation_rows_is_refused(model: Path, tmp_path: Path) -> None:
    rows = [LabelledStatement(text="قول", stance="favor", split="train")]
    with pytest.raises(QawlError, match="no labelled validation statement"):
        train(tiny_config(model), tmp_path / "artifact", rows=rows)


def test_an_evaluation_set_that_is_not_optional_must_be_there(model: Path, tmp_path: Path) -> None:
    sets = [{"name": "gold", "path": "no/such/file.jsonl", "optional": False}]
    with pytest.raises(QawlError, match=r"no/such/file\.jsonl"):
        train(tiny_config(model, data={"evaluation": sets}), tmp_path / "artifact", rows=labelled_rows())
