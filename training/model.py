"""The classifier: one encoder, two heads. Stance has four logits, sentiment three, in the order of `data.records`.

Reads ids, mask and token types of the input template; knows nothing of text, labels' names or training.
"""

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from data.records import SENTIMENTS, STANCES
from training.config import HeadsConfig, OptimiserConfig, Pooling


def pool(hidden: Tensor, input_ids: Tensor, attention_mask: Tensor, how: Pooling, markers: tuple[int, int]) -> Tensor:
    """One vector an input from its token vectors.

    Args:
        hidden: [batch, tokens, width].
        input_ids: [batch, tokens].
        attention_mask: [batch, tokens], 1 on tokens, 0 on padding.
        how: the first token, the mean of all tokens, or the mean from the opening marker up to the closing one.
        markers: ids of the two markers.

    Returns:
        [batch, width].
    """
    if how == "cls":
        return hidden[:, 0]
    mask = attention_mask
    if how == "marked":
        opened = (input_ids == markers[0]).long().cumsum(dim=1)
        closed = (input_ids == markers[1]).long().cumsum(dim=1)
        mask = attention_mask * (opened - closed).clamp(min=0, max=1)
    weight = mask.to(hidden.dtype).unsqueeze(-1)
    return (hidden * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1.0)


class _Head(nn.Module):
    def __init__(self, width: int, labels: int, dropout: float) -> None:
        super().__init__()
        self.dense = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(width, labels)

    def forward(self, pooled: Tensor) -> Tensor:
        return self.out(self.dropout(torch.tanh(self.dense(self.dropout(pooled)))))  # type: ignore[no-any-return]


class StanceModel(nn.Module):
    """A pair encoder with a stance head and a sentiment head.

    Args:
        encoder: any transformers encoder that takes ids and an attention mask; one with two token types also takes
            those (RoBERTa-like ones have a single type and read the separator instead).
        config: pooling and dropout.
        markers: ids of the opening and the closing marker of the statement.
    """

    def __init__(self, encoder: PreTrainedModel, config: HeadsConfig, markers: tuple[int, int]) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooling, self.markers = config.pooling, markers
        self.typed = getattr(encoder.config, "type_vocab_size", 0) >= 2
        width = int(encoder.config.hidden_size)
        self.stance = _Head(width, len(STANCES), config.dropout)
        self.sentiment = _Head(width, len(SENTIMENTS), config.dropout)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of both heads; the arguments are int64 [batch, tokens]. Returns plain tensors, for the export."""
        types = {"token_type_ids": token_type_ids} if self.typed else {}
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **types).last_hidden_state
        pooled = pool(hidden, input_ids, attention_mask, self.pooling, self.markers)
        return self.stance(pooled), self.sentiment(pooled)


def set_attention_dropout(model: StanceModel, share: float) -> None:
    """Set the dropout of attention weights where the encoder names it as BERT does; others keep their own."""
    for name, module in model.encoder.named_modules():
        if name.endswith("attention.self.dropout") and isinstance(module, nn.Dropout):
            module.p = share


def parameter_groups(model: StanceModel, config: OptimiserConfig) -> list[dict[str, object]]:
    """Parameters with learning rates: heads at their own, layers decaying from the top down (Howard & Ruder 2018).

    Biases and layer norms are not decayed towards zero.
    """
    layers = int(model.encoder.config.num_hidden_layers)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if not name.startswith("encoder."):
            rate = config.heads_rate
        else:
            depth = _depth(name, layers)
            if config.freeze_embeddings and depth == 0:
                parameter.requires_grad_(False)
                continue
            rate = config.rate * config.layer_decay ** (layers - depth)
        decay = config.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return [{"params": found, "lr": rate, "weight_decay": decay} for (rate, decay), found in groups.items()]


def _depth(name: str, layers: int) -> int:
    """0 for embeddings, n for the n-th layer; what stands after the layers counts with the last one."""
    for before, part in zip(name.split("."), name.split(".")[1:], strict=False):
        if before in ("layer", "layers") and part.isdigit():
            return int(part) + 1
    return 0 if "embeddings" in name else layers
