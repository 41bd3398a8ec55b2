"""The training loop: epochs over token-budget batches, early stopping on validation macro-F1, resumable checkpoints.

A plain loop rather than transformers' Trainer: its data order, its stopping rule and what a checkpoint holds are ours
to read in one page. Knows model, batches and optimiser; not where rows come from nor what becomes of the weights.
"""

import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor, nn

from data.errors import QawlError
from data.progress import Progress
from data.records import SENTIMENTS, STANCES
from data.targets import Target
from data.template import InputEncoder
from training.config import TrainingConfig
from training.dataset import UNLABELLED, batches_of, encode_dataset, token_batches
from training.metrics import Floats, macro_f1
from training.model import StanceModel, parameter_groups, set_attention_dropout
from training.progress import note

STATE = "state.pt"
HEADS = {"stance": len(STANCES), "sentiment": len(SENTIMENTS)}


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: mean training loss, validation macro-F1 of each head, seconds it took."""

    number: int
    loss: float
    stance: float
    sentiment: float
    seconds: float

    @property
    def score(self) -> float:
        """What early stopping looks at: the mean of both heads' macro-F1."""
        return (self.stance + self.sentiment) / 2


def set_seed(seed: int, threads: int) -> None:
    """Seed every source of chance; the same seed, data and thread count give the same metrics on the same machine."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Filling fresh memory guards against reading it unset, which nothing here does, and costs time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def class_weights(labels: Sequence[int], classes: int) -> Tensor:
    """Weights of the classes, from the square root of their inverse frequency; their mean over the rows is 1."""
    counts = np.bincount([label for label in labels if label != UNLABELLED], minlength=classes).astype(np.float64)
    weights = np.where(counts > 0, 1.0 / np.sqrt(np.maximum(counts, 1.0)), 0.0)
    total = float((weights * counts).sum())
    return torch.tensor(weights * (counts.sum() / total) if total else np.ones(classes), dtype=torch.float32)


def predict_logits(
    model: StanceModel, encoder: InputEncoder, dataset: Dataset, targets: Callable[[str], Target], *, budget: int = 8192
) -> dict[str, Floats]:
    """Logits of every row, in order: `stance` [rows, 4], `sentiment` [rows, 3]; full precision, no dropout."""
    encoded = encode_dataset(dataset, encoder, targets)
    out = {head: np.zeros((len(encoded), size)) for head, size in HEADS.items()}
    model.eval()
    with torch.inference_mode():
        for batch in batches_of(encoded, dataset, encoder.pad, budget, 256):
            for head, logits in zip(HEADS, model(*batch.inputs), strict=True):
                out[head][list(batch.positions)] = logits.double().numpy()
    return out


def macro_scores(logits: dict[str, Floats], dataset: Dataset) -> dict[str, float]:
    """Macro-F1 of each head over its labelled rows."""
    scores = {}
    for head, size in HEADS.items():
        gold = np.asarray(dataset[head], dtype=np.int64)
        known = gold != UNLABELLED
        scores[head] = macro_f1(gold[known], logits[head][known].argmax(axis=1), size) if known.any() else 0.0
    return scores


def fit(
    model: StanceModel,
    encoder: InputEncoder,
    train: Dataset,
    validation: Dataset,
    targets: Callable[[str], Target],
    config: TrainingConfig,
    folder: Path,
    fingerprint: str,
) -> list[Epoch]:
    """Train `model` in place; it ends with the weights of the best epoch.

    Args:
        folder: where the state is kept after every epoch; a run that was cut off goes on from there.
        fingerprint: of configuration and data; a state of another run is not resumed.

    Returns:
        the epochs, also those before a resume.

    Raises:
        QawlError: if the folder holds the state of a run with another configuration or other data.
    """
    settings = config.optimiser
    losses = {
        head: nn.CrossEntropyLoss(
            weight=class_weights(list(train[head]), size) if config.heads.class_weights else None,
            label_smoothing=config.heads.label_smoothing,
            ignore_index=UNLABELLED,
        )
        for head, size in HEADS.items()
    }
    shares = {"stance": 1.0, "sentiment": config.heads.sentiment_weight}
    set_attention_dropout(model, settings.attention_dropout)
    optimiser = torch.optim.AdamW(parameter_groups(model, settings), fused=True)
    steps_an_epoch = len(_epoch_batches(train, encoder, targets, config, 0)[1])
    total = steps_an_epoch * settings.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _slope(step, total, settings.warmup))
    average = _Average(model, settings.average) if settings.average else None
    history: list[Epoch] = []
    best = {name: value.clone() for name, value in model.state_dict().items()}

    folder.mkdir(parents=True, exist_ok=True)
    state = folder / STATE
    if state.exists():
        saved = torch.load(state, weights_only=True)
        if saved["fingerprint"] != fingerprint:
            raise QawlError(
                "holds an unfinished run of another configuration or other data",
                where=str(folder),
                remedy="delete it, or choose another --output",
            )
        history = [Epoch(**epoch) for epoch in saved["history"]]
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        torch.set_rng_state(saved["chance"])
        best = saved["best"]
        if average:
            average.values = saved["average"]
        note(f"resuming after epoch {len(history)} of {settings.epochs}")

    while len(history) < settings.epochs and not _stale(history, settings.patience):
        number = len(history) + 1
        started = time.monotonic()
        encoded, order, generator = _epoch_batches(train, encoder, targets, config, number)
        model.train()
        seen = 0.0
        batches = batches_of(encoded, train, encoder.pad, settings.batch_tokens, settings.batch_rows, generator)
        with Progress(f"epoch {number} of {settings.epochs}", "statements", len(train)) as progress:
            for batch in batches:
                with torch.autocast("cpu", dtype=torch.bfloat16, enabled=settings.bf16):
                    logits = model(*batch.inputs)
                gold = {"stance": batch.stance, "sentiment": batch.sentiment}
                loss = torch.zeros(())
                for (head, share), values in zip(shares.items(), logits, strict=True):
                    if (gold[head] != UNLABELLED).any():
                        loss = loss + share * losses[head](values.float(), gold[head])
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
                optimiser.step()
                if schedule.last_epoch < total:
                    schedule.step()
                if average:
                    average.update(model)
                seen += float(loss.detach())
                progress.advance(len(batch.positions))
        with average.applied(model) if average else _as_is():
            scores = macro_scores(predict_logits(model, encoder, validation, targets), validation)
            epoch = Epoch(number, seen / len(order), scores["stance"], scores["sentiment"], time.monotonic() - started)
            if not history or epoch.score > max(past.score for past in history):
                best = {name: value.clone() for name, value in model.state_dict().items()}
        history.append(epoch)
        note(
            f"epoch {number}: loss {epoch.loss:.3f}, validation macro-F1 stance {epoch.stance:.3f}, "
            f"sentiment {epoch.sentiment:.3f}, {epoch.seconds:.0f} s"
        )
        _save(
            state,
            {
                "fingerprint": fingerprint,
                "history": [vars(past) for past in history],
                "model": model.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "chance": torch.get_rng_state(),
                "best": best,
                "average": average.values if average else {},
            },
        )
    model.load_state_dict(best)
    model.eval()
    return history


def _epoch_batches(
    train: Dataset, encoder: InputEncoder, targets: Callable[[str], Target], config: TrainingConfig, number: int
) -> tuple[list[Any], list[list[int]], np.random.Generator]:
    """An epoch's inputs and batches; chance depends on seed and epoch alone, so that a resumed run sees the same."""
    encoded = encode_dataset(
        train,
        encoder,
        targets,
        speaker_dropout=config.input.speaker_dropout,
        context_dropout=config.input.context_dropout,
        generator=np.random.default_rng([config.seed, number, 0]),
    )
    settings = config.optimiser
    lengths = [len(row.ids) for row in encoded]
    order = token_batches(
        lengths, settings.batch_tokens, settings.batch_rows, np.random.default_rng([config.seed, number, 1])
    )
    return encoded, order, np.random.default_rng([config.seed, number, 1])


def _slope(step: int, total: int, warmup: float) -> float:
    rising = max(1.0, total * warmup)
    return min((step + 1) / rising, max(0.0, (total - step) / max(1.0, total - rising)))


def _stale(history: Sequence[Epoch], patience: int) -> bool:
    if not history:
        return False
    best = max(range(len(history)), key=lambda i: (history[i].score, -i))
    return len(history) - 1 - best >= patience


def _save(path: Path, state: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)


class _Average:
    """A moving average of the weights (Izmailov et al. 2018, in its exponential form)."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay, self.seen = decay, 0
        self.values = {name: value.detach().clone() for name, value in model.named_parameters()}

    def update(self, model: nn.Module) -> None:
        with torch.no_grad():
            for name, value in model.named_parameters():
                self.values[name].lerp_(value, 1.0 - self.decay)

    def applied(self, model: nn.Module) -> "_Swapped":
        return _Swapped(model, self.values)


class _Swapped:
    def __init__(self, model: nn.Module, values: dict[str, Tensor]) -> None:
        self.model, self.values = model, values
        self.own: dict[str, Tensor] = {}

    def __enter__(self) -> None:
        with torch.no_grad():
            for name, value in self.model.named_parameters():
                self.own[name] = value.detach().clone()
                value.copy_(self.values[name])

    def __exit__(self, *_: object) -> None:
        with torch.no_grad():
            for name, value in self.model.named_parameters():
                value.copy_(self.own[name])


class _as_is:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
