"""Labelled statements as model inputs: a `datasets.Dataset`, and batches of like length under a token budget.

Knows records, template and tensors; no model.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor

from data.records import SENTIMENTS, STANCES, LabelledStatement, StatementInput
from data.targets import Target
from data.template import Encoded, InputEncoder

UNLABELLED = -100  # torch's cross entropy leaves such rows out


@dataclass(frozen=True)
class Batch:
    """Tensors of one batch, all int64: three of [rows, tokens], two of [rows]; `positions` say which rows these are."""

    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor
    stance: Tensor
    sentiment: Tensor
    positions: tuple[int, ...]

    @property
    def inputs(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.input_ids, self.attention_mask, self.token_type_ids


def build_dataset(rows: Sequence[LabelledStatement]) -> Dataset:
    """The columns a run needs, one row a statement; missing labels are -100."""
    return Dataset.from_dict(
        {
            "text": [row.text for row in rows],
            "speaker": [row.speaker for row in rows],
            "context": [row.context for row in rows],
            "target": [row.target for row in rows],
            "stance": [STANCES.index(row.stance) if row.stance else UNLABELLED for row in rows],
            "sentiment": [SENTIMENTS.index(row.sentiment) if row.sentiment else UNLABELLED for row in rows],
        }
    )


def encode_dataset(
    dataset: Dataset,
    encoder: InputEncoder,
    targets: Callable[[str], Target],
    *,
    speaker_dropout: float = 0.0,
    context_dropout: float = 0.0,
    generator: np.random.Generator | None = None,
) -> list[Encoded]:
    """Encode every row, leaving out speakers and contexts at random where a generator is given.

    Returns:
        one Encoded a row, in order.
    """
    rows = dataset.to_list()
    statements = []
    for row in rows:
        keep_speaker = generator is None or generator.random() >= speaker_dropout
        keep_context = generator is None or generator.random() >= context_dropout
        statements.append(
            StatementInput(
                text=row["text"],
                speaker=row["speaker"] if keep_speaker else None,
                context=row["context"] if keep_context else None,
            )
        )
    encoded: dict[int, Encoded] = {}
    names = [row["target"] for row in rows]
    for name in sorted(set(names)):
        positions = [i for i, other in enumerate(names) if other == name]
        found = encoder.encode(targets(name), [statements[i] for i in positions])
        encoded.update(zip(positions, found, strict=True))
    return [encoded[i] for i in range(len(rows))]


def token_batches(
    lengths: Sequence[int], budget: int, most_rows: int, generator: np.random.Generator | None = None
) -> list[list[int]]:
    """Positions grouped into batches of like length whose padded size stays within `budget` tokens.

    A row longer than the budget is a batch of its own. With a generator, rows of like length are mixed (lengths are
    compared up to a tenth) and the batches come in random order; without, the shortest come first.
    """
    keys = np.asarray(lengths, dtype=np.float64)
    if generator is not None:
        keys = keys * generator.uniform(0.9, 1.1, size=len(keys))
    batches: list[list[int]] = []
    longest = 0
    for position in np.argsort(keys, kind="stable").tolist():
        longest = max(longest, lengths[position])
        current = batches[-1] if batches else []
        if current and len(current) < most_rows and longest * (len(current) + 1) <= budget:
            current.append(position)
        else:
            batches.append([position])
            longest = lengths[position]
    if generator is not None:
        generator.shuffle(batches)
    return batches


def collate(
    positions: Sequence[int], encoded: Sequence[Encoded], labels: Mapping[str, Sequence[int]], pad: int
) -> Batch:
    """Pad the rows at `positions` into one batch."""
    rows = [encoded[i] for i in positions]
    width = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), width), pad, dtype=torch.int64)
    types = torch.zeros((len(rows), width), dtype=torch.int64)
    mask = torch.zeros((len(rows), width), dtype=torch.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row.ids)] = torch.tensor(row.ids)
        types[number, : len(row.ids)] = torch.tensor(row.types)
        mask[number, : len(row.ids)] = 1
    stance, sentiment = (torch.tensor([labels[head][i] for i in positions]) for head in ("stance", "sentiment"))
    return Batch(ids, mask, types, stance, sentiment, tuple(positions))


def batches_of(
    encoded: Sequence[Encoded],
    dataset: Dataset,
    pad: int,
    budget: int,
    most_rows: int,
    generator: np.random.Generator | None = None,
) -> Iterator[Batch]:
    """Batches of a whole dataset; see `token_batches` for their order."""
    labels = {"stance": list(dataset["stance"]), "sentiment": list(dataset["sentiment"])}
    for positions in token_batches([len(row.ids) for row in encoded], budget, most_rows, generator):
        yield collate(positions, encoded, labels, pad)
