from pathlib import Path

import pytest

from data.errors import QawlError
from training.config import CONFIGS, TrainingConfig, load_config, load_encoder_config, validated
from training.retraining import load_gate


def write(folder: Path, text: str) -> Path:
    path = folder / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["embedded", "arabert"])
def test_the_runs_of_the_repository_are_valid(name: str) -> None:
    config = load_config(CONFIGS / f"{name}.yaml")
    assert load_encoder_config(config.encoder).name


def test_an_unknown_key_is_refused_and_the_nearest_one_named(tmp_path: Path) -> None:
    path = write(tmp_path, "name: a\nencoder: b\noptimiser: {epoch: 3}\n")
    with pytest.raises(QawlError, match=r"unknown key 'optimiser.epoch'; did you mean 'optimiser.epochs'\?"):
        load_config(path)


def test_overrides_reach_into_sections_and_are_typed(tmp_path: Path) -> None:
    path = write(tmp_path, "name: a\nencoder: b\noptimiser: {epochs: 9}\n")
    config = load_config(path, ["optimiser.epochs=2", "optimiser.rate=3e-5", "seed=7", "heads.pooling=cls"])
    assert (config.optimiser.epochs, config.optimiser.rate, config.seed) == (2, 3e-5, 7)
    assert config.heads.pooling == "cls"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("seed", "KEY=VALUE"),
        ("seed=x", "seed"),
        ("optimiser.rate=-1", "greater than 0"),
        ("seed.a=1", "not a section"),
        ("sede=1", "did you mean 'seed'"),
    ],
)
def test_a_wrong_override_says_what_is_wrong(tmp_path: Path, override: str, message: str) -> None:
    path = write(tmp_path, "name: a\nencoder: b\nseed: 1\n")
    with pytest.raises(QawlError, match=message):
        load_config(path, [override])


@pytest.mark.parametrize("text", ["[1, 2]", "name: [", "name: a\n"])
def test_a_broken_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(QawlError, match=r"run\.yaml"):
        load_config(write(tmp_path, text))


def test_an_encoder_is_a_name_a_file_or_a_folder(tmp_path: Path) -> None:
    assert load_encoder_config("e5-small-embedded").licence == "MIT"
    assert load_encoder_config(str(CONFIGS / "encoders" / "arabert-v02.yaml")).kind == "hub"
    assert load_encoder_config(str(tmp_path)).kind == "local"
    with pytest.raises(QawlError, match="known: arabert-v02, e5-small-embedded"):
        load_encoder_config("no-such-encoder")


def test_a_configuration_survives_its_card() -> None:
    config = load_config(CONFIGS / "embedded.yaml")
    assert validated(TrainingConfig, config.model_dump(mode="json"), "card") == config


def test_the_gate_of_the_repository_is_valid() -> None:
    assert load_gate(epochs=1).epochs == 1
