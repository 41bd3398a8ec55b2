"""Rows of public sets for the training that comes before ours: targets and statements from elsewhere, same labels.

A pair of headlines is read as a statement (the second) toward a target (the first): agree is favor, disagree against.
Rows seen toward another row's target are unrelated to it, which no public set says. Knows sets and records; no model.
"""

from collections.abc import Sequence

import numpy as np

from data.errors import QawlError
from data.public_sets import describe, read_public
from data.records import DEFAULT_TARGET, LabelledStatement, Stance
from training.config import IntermediateConfig, located
from training.labelled import LabelledSet

HELD_OUT = 400  # rows that measure an epoch of it
_PAIRS: dict[str, Stance] = {"agree": "favor", "disagree": "against"}


def read_intermediate(config: IntermediateConfig, seed: int) -> tuple[list[LabelledSet], list[str]]:
    """The training rows of the public sets that a configuration names.

    Args:
        seed: decides which rows are taken and which are seen toward another target.

    Returns:
        the sets, each row with its split (`validation` for a few held out), and notes on those that are absent.

    Raises:
        QawlError: for a set whose licence does not allow shipping, and for files other than those described.
    """
    sets, notes = [], []
    for number, wanted in enumerate(config.sets):
        described = describe(wanted.name)
        if not described.may_ship:
            raise QawlError(
                f"{wanted.name}: its licence does not allow to ship what is trained on it", where="intermediate.sets"
            )
        root = located(config.path) / wanted.name
        if not root.is_dir():
            notes.append(f"{wanted.name}: not trained on first, {root} is absent")
            continue
        chance = np.random.default_rng([seed, number])
        rows = [as_statement(row) for row in read_public(wanted.name, root)["train"]]
        rows = [rows[i] for i in chance.permutation(len(rows))[: wanted.most]]
        held = min(HELD_OUT // len(config.sets), len(rows) // 10)
        split = [row.model_copy(update={"split": "validation" if i < held else "train"}) for i, row in enumerate(rows)]
        split += unrelated_rows([row for row in split if row.split == "train"], config.unrelated, chance)
        sets.append(LabelledSet(f"{wanted.name}, before ours", described.licence, split))
    return sets, notes


def as_statement(row: LabelledStatement) -> LabelledStatement:
    """A pair of texts as a statement toward a target; any other row as it is."""
    if not row.group or row.stance or not row.context:
        return row
    return LabelledStatement(
        id=row.id, text=row.context, target=row.text[:200], stance=_PAIRS.get(row.group, "neutral"), split=row.split
    )


def unrelated_rows(
    rows: Sequence[LabelledStatement], share: float, chance: np.random.Generator
) -> list[LabelledStatement]:
    """A share of the rows that have a target, each once more toward another row's target, as unrelated."""
    own = [row for row in rows if row.target != DEFAULT_TARGET]
    targets = [row.target for row in own]
    if len(set(targets)) < 2:
        return []
    found = []
    for i in chance.permutation(len(own))[: int(share * len(own))]:
        others = [target for target in (targets[j] for j in chance.integers(0, len(own), 8)) if target != targets[i]]
        if others:
            row = own[i]
            found.append(
                row.model_copy(
                    update={"id": f"{row.id}-unrelated", "target": others[0], "stance": "unrelated", "sentiment": None}
                )
            )
    return found
