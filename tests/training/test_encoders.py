from pathlib import Path

import pytest

from data.errors import QawlError
from tests.training.tiny import save_model
from training.config import EncoderConfig, InputConfig, load_encoder_config
from training.encoders import CLOSE, OPEN, load_encoder


def test_a_local_folder_gives_an_encoder_with_the_markers(tmp_path: Path) -> None:
    encoder = load_encoder(load_encoder_config(str(save_model(tmp_path / "model"))), InputConfig(statement_tokens=32))
    opened, closed = (encoder.tokenizer.token_to_id(marker) for marker in (OPEN, CLOSE))
    rows = encoder.model.get_input_embeddings().weight
    assert opened is not None
    assert closed == opened + 1 == len(rows) - 1  # type: ignore[arg-type]
    assert (encoder.template.cls, encoder.template.sep, encoder.template.pad) == ("[CLS]", "[SEP]", "[PAD]")


def test_an_input_longer_than_the_encoder_reads_is_refused(tmp_path: Path) -> None:
    config = load_encoder_config(str(save_model(tmp_path / "model")))
    with pytest.raises(QawlError, match="the encoder reads 256"):
        load_encoder(config, InputConfig(statement_tokens=300))


def test_an_empty_folder_is_one_line_that_names_the_alternatives(tmp_path: Path) -> None:
    with pytest.raises(QawlError, match=r"local folder.*configs/embedded\.yaml"):
        load_encoder(load_encoder_config(str(tmp_path)), InputConfig())


def test_a_hub_out_of_reach_is_one_line_that_names_the_alternatives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    config = EncoderConfig(name="x", kind="hub", source="no-such-owner/no-such-model", licence="none")
    with pytest.raises(QawlError, match=r"cannot be had.*local folder.*configs/embedded\.yaml") as caught:
        load_encoder(config, InputConfig())
    assert "\n" not in str(caught.value)


def test_a_missing_folder_is_named() -> None:
    config = EncoderConfig(name="x", kind="local", source="/no/such/folder", licence="none")
    with pytest.raises(QawlError, match="/no/such/folder"):
        load_encoder(config, InputConfig())
