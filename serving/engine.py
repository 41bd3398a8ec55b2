"""The engine: statements in, calibrated labels out.

Sorts inputs by length into batches under a token budget, computes identical statements once, and tokenizes the next
window while the graph runs on this one. Knows the artifact and a backend that runs its graph; knows nothing of
articles, HTTP or where artifacts are kept.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
from tokenizers import Tokenizer

from data.artifact import TOKENIZER, Card, Head, read_card
from data.errors import QawlError
from data.records import Label, Prediction, StatementInput
from data.targets import Target
from data.template import Encoded, InputEncoder
from serving.backends import Backend, Logits, choose_backend

# 2,048 padded tokens keep the matrix products busy and the activations of a 12 x 768 encoder under 100 MB.
TOKEN_BUDGET = 2048
# Rows are padded to the longest of their batch; a batch ends where padding would exceed this share of it.
PADDING_SHARE = 0.15
# Rows are padded to a multiple of this, and a batch has one of these numbers of rows: products fit the processor's
# tiles, and the code that OpenVINO makes and keeps for each shape (0.2 MB) stays bounded.
TILE = 8
ROWS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
# Statements tokenized at a time: enough to sort by length, few enough that the first answer comes soon.
WINDOW = 512


def available_threads() -> int:
    """CPUs that this process may use: its affinity, cut to the container's quota where there is one."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if quota != "max":
            count = min(count, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):
        pass  # no control group: the affinity stands
    return count


def padded_length(tokens: int) -> int:
    """Tokens that an input takes up, padding included: the next multiple of `TILE`."""
    return -(-tokens // TILE) * TILE


def plan_batches(lengths: Sequence[int], budget: int = TOKEN_BUDGET, padding: float = PADDING_SHARE) -> list[list[int]]:
    """Group inputs into batches, shortest first.

    Args:
        lengths: tokens of each input.
        budget: most padded tokens of a batch; an input longer than that makes a batch of its own.
        padding: most padding of a batch, as a share of its padded tokens.

    Returns:
        indices into `lengths`, each exactly once; a batch has one of `ROWS` rows.
    """
    batches: list[list[int]] = []
    batch: list[int] = []

    def close() -> None:
        rows = max(size for size in ROWS if size <= len(batch))
        batches.append(batch[:rows])
        del batch[:rows]

    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        while batch:
            padded = (len(batch) + 1) * lengths[index]
            useful = sum(lengths[one] for one in batch) + lengths[index]
            wasteful = padded - useful > padding * padded and len(batch) >= 4
            if len(batch) < ROWS[-1] and padded <= budget and not wasteful:
                break
            close()
        batch.append(index)
    while batch:
        close()
    return batches


def readable(text: str) -> str:
    """The text with each half of a surrogate pair, which has no UTF-8 form for the tokenizer, replaced by `?`."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _clean(statement: StatementInput) -> StatementInput:
    try:
        "".join((statement.text, statement.speaker or "", statement.context or "")).encode("utf-8")
    except UnicodeEncodeError:
        return statement.model_copy(
            update={
                "text": readable(statement.text),
                "speaker": statement.speaker and readable(statement.speaker),
                "context": statement.context and readable(statement.context),
            }
        )
    return statement


class Engine:
    """Classifies statements with one artifact. Safe to call from several threads.

    Args:
        card: the artifact's card.
        encoder: makes token ids after the card's template.
        backend: runs the graph.
    """

    def __init__(self, card: Card, encoder: InputEncoder, backend: Backend) -> None:
        self.card, self.encoder, self.backend = card, encoder, backend

    @classmethod
    def load(cls, artifact: str | Path, threads: int | None = None) -> Self:
        """Read an artifact directory.

        Args:
            artifact: the directory.
            threads: threads for inference; all that the machine gives where none are named.

        Raises:
            QawlError: if the artifact is missing, half-written, altered or of another format version.
        """
        folder = Path(artifact)
        card = read_card(folder)
        try:
            tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        except Exception as error:  # tokenizers raises plain Exception
            raise QawlError(f"not a tokenizer: {error}", where=str(folder / TOKENIZER)) from error
        encoder = InputEncoder(tokenizer, card.template)
        graph = folder / card.graph.file
        return cls(card, encoder, choose_backend(graph, card.graph.precision, threads or available_threads()))

    def warm(self) -> None:
        """Run short and long inputs once, so that the first caller does not wait for memory and kernels."""
        target = self.card.targets[0] if self.card.targets else Target(name="warm", title="قول")
        texts = ("قال.", "قال الوزير إن القوات ستبقى. " * 12)
        self.predict([StatementInput(text=text) for text in texts], target)

    def encode(self, statements: Sequence[StatementInput], target: Target) -> list[Encoded]:
        """Token ids of each statement toward `target`, in order."""
        return self.encoder.encode(target, [_clean(statement) for statement in statements])

    def classify(self, encoded: Sequence[Encoded]) -> list[Prediction | QawlError]:
        """Label encoded statements, in order; one that the model cannot answer gets an error in its place."""
        answers: list[Prediction | QawlError | None] = [None] * len(encoded)
        for batch in plan_batches([padded_length(len(item.ids)) for item in encoded]):
            for index, answer in zip(batch, self._run([encoded[i] for i in batch]), strict=True):
                answers[index] = answer
        return [answer for answer in answers if answer is not None]

    def predict(self, statements: Sequence[StatementInput], target: Target) -> list[Prediction]:
        """Label statements toward one target, in order. Identical ones are computed once.

        Raises:
            QawlError: if the model gives no finite answer for a statement.
        """
        places: dict[tuple[str, str | None, str | None], list[int]] = {}
        for index, statement in enumerate(statements):
            places.setdefault((statement.text, statement.speaker, statement.context), []).append(index)
        firsts = [indices[0] for indices in places.values()]
        answers: list[Prediction | None] = [None] * len(statements)
        distinct = [statements[index] for index in firsts]
        for indices, answer in zip(places.values(), self._answers(distinct, target), strict=True):
            if isinstance(answer, QawlError):
                raise QawlError(answer.what, where=f"statement {indices[0]}")
            for index in indices:
                answers[index] = answer
        return [answer for answer in answers if answer is not None]

    def _answers(self, statements: Sequence[StatementInput], target: Target) -> Iterator[Prediction | QawlError]:
        windows = [statements[at : at + WINDOW] for at in range(0, len(statements), WINDOW)]
        if len(windows) <= 1:
            for window in windows:
                yield from self.classify(self.encode(window, target))
            return
        # The tokenizer is native and releases the interpreter, as the graph does: they overlap.
        with ThreadPoolExecutor(1, thread_name_prefix="qawl-tokenize") as ahead:
            coming = ahead.submit(self.encode, windows[0], target)
            for following in [*windows[1:], None]:
                encoded = coming.result()
                if following is not None:
                    coming = ahead.submit(self.encode, following, target)
                yield from self.classify(encoded)

    def _run(self, batch: Sequence[Encoded]) -> list[Prediction | QawlError]:
        longest = max(len(item.ids) for item in batch)
        # An encoder may read no more positions than its template fills.
        longest = max(longest, min(padded_length(longest), self.card.template.most_tokens))
        ids = np.full((len(batch), longest), self.encoder.pad, dtype=np.int64)
        mask = np.zeros((len(batch), longest), dtype=np.int64)
        types = np.zeros((len(batch), longest), dtype=np.int64)
        for row, item in enumerate(batch):
            ids[row, : len(item.ids)] = item.ids
            mask[row, : len(item.ids)] = 1
            types[row, : len(item.types)] = item.types
        stance, sentiment = self.backend.run(ids, mask, types)
        finite = np.isfinite(np.concatenate([stance, sentiment], axis=1)).all(axis=1).tolist()
        heads, labels = self.card.heads, self.card.labels
        stances = _labels(stance, labels.stance, heads.stance)
        sentiments = _labels(sentiment, labels.sentiment, heads.sentiment)
        return [
            Prediction.model_construct(stance=stances[row], sentiment=sentiments[row])
            if finite[row]
            else QawlError("the model gave no finite answer")
            for row in range(len(batch))
        ]


def _labels(logits: Logits, names: Sequence[str], head: Head) -> list[Label]:
    """Logits [batch, labels] to one label a row: softmax at the head's temperature, abstaining under its threshold."""
    scaled = np.nan_to_num(logits.astype(np.float64)) / head.temperature
    exponents = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    rows = (exponents / exponents.sum(axis=1, keepdims=True)).round(6).tolist()
    labels = []
    for row in rows:
        confidence = max(row)
        # Built unchecked: the values are probabilities by construction, and checking costs more than the softmax.
        labels.append(
            Label.model_construct(
                label=names[row.index(confidence)],
                confidence=confidence,
                probabilities=dict(zip(names, row, strict=True)),
                abstained=confidence < head.threshold,
            )
        )
    return labels
