import pytest
import torch
from transformers import BertConfig, BertModel

from training.config import HeadsConfig, OptimiserConfig
from training.model import StanceModel, parameter_groups, pool

OPEN, CLOSE = 5, 6
IDS = torch.tensor([[1, 5, 7, 8, 6, 0], [1, 9, 5, 7, 6, 2]])
MASK = torch.tensor([[1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1]])
HIDDEN = torch.arange(12.0).reshape(2, 6, 1)


@pytest.mark.parametrize(
    ("how", "expected"), [("cls", [0.0, 6.0]), ("mean", [2.0, 8.5]), ("marked", [(1 + 2 + 3) / 3, (8 + 9) / 2])]
)
def test_pooling_takes_the_tokens_it_names(how: str, expected: list[float]) -> None:
    pooling = HeadsConfig.model_validate({"pooling": how}).pooling
    assert pool(HIDDEN, IDS, MASK, pooling, (OPEN, CLOSE)).squeeze(1).tolist() == pytest.approx(expected)


def small_model() -> StanceModel:
    torch.manual_seed(0)
    shape = BertConfig(vocab_size=20, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
    return StanceModel(BertModel(shape, add_pooling_layer=False), HeadsConfig(), (OPEN, CLOSE)).eval()


def test_both_heads_answer_and_padding_changes_nothing() -> None:
    model = small_model()
    types = torch.zeros_like(IDS)
    with torch.inference_mode():
        stance, sentiment = model(IDS, MASK, types)
        alone, _ = model(IDS[:1, :5], MASK[:1, :5], types[:1, :5])
    assert (stance.shape, sentiment.shape) == ((2, 4), (2, 3))
    assert torch.allclose(stance[:1], alone, atol=1e-5)


def test_learning_rates_fall_from_the_heads_to_the_embeddings() -> None:
    model = small_model()
    settings = OptimiserConfig(rate=1.0, heads_rate=5.0, layer_decay=0.5, weight_decay=0.1)
    groups = parameter_groups(model, settings)
    rates = {id(p): group["lr"] for group in groups for p in group["params"]}  # type: ignore[attr-defined]
    named = dict(model.named_parameters())
    assert rates[id(named["stance.out.weight"])] == 5
    assert rates[id(named["encoder.encoder.layer.1.output.dense.weight"])] == 1
    assert rates[id(named["encoder.encoder.layer.0.output.dense.weight"])] == 0.5
    assert rates[id(named["encoder.embeddings.word_embeddings.weight"])] == 0.25
    assert len(rates) == len(named)


def test_frozen_embeddings_are_not_trained() -> None:
    model = small_model()
    parameter_groups(model, OptimiserConfig(freeze_embeddings=True))
    assert not model.encoder.get_input_embeddings().weight.requires_grad
    assert model.stance.out.weight.requires_grad
