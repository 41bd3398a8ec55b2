"""Masked-language training before labels: what is hidden, what is left out, and that the encoder learns."""

import json
from pathlib import Path

import torch

from tests.training.tiny import labelled_rows, save_model
from training.adaptation import LEAST, SHINGLE, WINDOW, adapt, masked, read_texts, windows
from training.config import AdaptationConfig, InputConfig, load_encoder_config
from training.encoders import Encoder, load_encoder
from training.loop import set_seed

TEXTS = [" ".join(f"{row.context}" for row in labelled_rows()[at : at + 24]) for at in range(0, 192, 24)]


def encoder_at(folder: Path) -> Encoder:
    """The tiny model of a folder, saved there where it is not yet: its tokenizer is not the same each time."""
    budgets = InputConfig(target_tokens=8, speaker_tokens=4, left_tokens=8, statement_tokens=16, right_tokens=4)
    path = folder if (folder / "config.json").exists() else save_model(folder)
    return load_encoder(load_encoder_config(str(path)), budgets)


def test_windows_hold_the_texts_in_rows_of_bounded_length(tmp_path: Path) -> None:
    encoder = encoder_at(tmp_path)
    rows = windows(encoder, TEXTS)
    assert rows
    assert all(LEAST <= len(row) <= WINDOW for row in rows)
    first, last = (encoder.tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]"))
    assert all(row[0] == first and row[-1] == last for row in rows)


def test_a_share_of_the_tokens_is_hidden_and_never_a_special_one() -> None:
    chance = torch.Generator().manual_seed(0)
    ids = torch.randint(10, 100, (64, 128), generator=chance)
    ids[:, 0] = 1
    attention = torch.ones_like(ids)
    attention[:, 100:] = 0
    seen, hidden = masked(ids, attention, torch.tensor([1]), 2, 100, 0.3, chance)
    assert not hidden[:, 0].any()
    assert not hidden[:, 100:].any()
    assert 0.27 < hidden[:, 1:100].float().mean() < 0.33
    assert torch.equal(seen[~hidden], ids[~hidden])
    assert 0.75 < (seen[hidden] == 2).float().mean() < 0.85


def test_articles_on_other_matters_and_evaluation_texts_are_left_out(tmp_path: Path) -> None:
    wanted = "قالت القوات إن الجيش سيغادر القاعدة قبل نهاية العام وإن الجنود عادوا إلى بلادهم"
    tested = "أعلن الوزير أن الجنود وصلوا إلى القاعدة مساء أمس وأن الجيش ينتظر أوامر جديدة من العاصمة"
    other = "افتتحت البلدية حديقة جديدة في وسط المدينة وزرعت فيها أشجار كثيرة هذا الربيع"
    archive = tmp_path / "archive.jsonl"
    archive.write_text("".join(json.dumps({"text": text}) + "\n" for text in (wanted, tested, other)), encoding="utf-8")
    quoted = " ".join(tested.split()[2 : 2 + SHINGLE])
    texts, notes = read_texts(AdaptationConfig(archives=(str(archive), str(tmp_path / "absent.jsonl"))), [quoted])
    assert texts == [wanted]
    assert len(notes) == 1
    assert "absent" in notes[0]


def test_the_encoder_learns_to_guess_and_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    short = AdaptationConfig(tokens=2 * 8 * WINDOW, rows=8, rate=5e-3)
    long = short.model_copy(update={"tokens": 12 * 8 * WINDOW})
    texts = TEXTS * 12
    set_seed(1, 1)
    first = adapt(encoder_at(tmp_path), texts, short, seed=1)
    encoder = encoder_at(tmp_path)
    assert adapt(encoder, texts, long, seed=1) < first - 0.3
    again = encoder_at(tmp_path)
    adapt(again, texts, long, seed=1)
    pairs = zip(encoder.model.state_dict().values(), again.model.state_dict().values(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)
    dropouts = [module.p for module in encoder.model.modules() if isinstance(module, torch.nn.Dropout)]
    assert min(dropouts) > 0
