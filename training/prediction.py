"""Predictions of an artifact, for measuring it: its graph over labelled statements, in the engine that serves it.

The same template, graph and calibration as serving, without its batching, limits or threads.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from tokenizers import Tokenizer

from data.artifact import TOKENIZER, Card, read_card
from data.records import LabelledStatement, Prediction
from data.targets import Target, load_target
from data.template import InputEncoder
from training.calibration import to_predictions
from training.dataset import build_dataset, encode_dataset
from training.evaluation import Predict
from training.export import graph_logits


def target_lookup(targets: Sequence[Target]) -> Callable[[str], Target]:
    """Target cards by name: those given, else those of `configs/targets/`; an Arabic name is its own card."""
    known = {target.name: target for target in targets}

    def look_up(name: str) -> Target:
        if name in known:
            return known[name]
        if any("\u0620" <= letter <= "\u064a" for letter in name):
            return Target(name=name, title=name)
        return load_target(name)

    return look_up


def artifact_predictor(folder: Path, *, threads: int = 2) -> Predict:
    """A predictor for `training.evaluation` from an artifact.

    Raises:
        QawlError: if the artifact is missing or broken.
    """
    card: Card = read_card(folder)
    encoder = InputEncoder(Tokenizer.from_file(str(folder / TOKENIZER)), card.template)
    look_up = target_lookup(card.targets)

    def predict(rows: list[LabelledStatement]) -> list[Prediction]:
        if not rows:
            return []
        encoded = encode_dataset(build_dataset(rows), encoder, look_up)
        logits = graph_logits(
            folder / card.graph.file, encoded, encoder.pad, precision=card.graph.precision, threads=threads
        )
        return to_predictions(logits["stance"], logits["sentiment"], card.heads)

    return predict
