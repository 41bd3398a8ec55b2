"""The labelled statements of a run, each with the set it comes from: written ones, and real ones joined to archives.

Real statements are labelled stand-off; they take part where the user has the archive, and the run says so either way.
Knows files and records; nothing of models.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from data.artifact import sha256_of
from data.errors import QawlError
from data.labels import load_labelled
from data.labels.standoff import StandoffLabel, join_standoff, load_standoff
from data.readers import Failure, find_sources, read_articles
from data.records import LabelledStatement
from training.config import ArchiveSet, DataConfig, located


@dataclass(frozen=True)
class LabelledSet:
    """Rows of one origin. `licence` is what the artifact's card says of them."""

    name: str
    licence: str
    rows: Sequence[LabelledStatement]

    def of(self, split: str) -> list[LabelledStatement]:
        """Its rows of one split; a row that names none is for training."""
        return [row for row in self.rows if (row.split or "train") == split]


@dataclass(frozen=True)
class Labelled:
    """All sets of a run, and what is to be said about those that were not at hand."""

    sets: tuple[LabelledSet, ...]
    notes: tuple[str, ...] = field(default=())

    def of(self, split: str) -> list[LabelledStatement]:
        """The rows of one split, set after set."""
        return [row for one in self.sets for row in one.of(split)]


def read_labelled(config: DataConfig) -> Labelled:
    """Read what a configuration names.

    Raises:
        QawlError: for a bad row; for an archive that is absent and not optional, that is another file than the one
            that was labelled, or whose text has changed under a label.
    """
    written = load_labelled(located(config.path))
    for path in config.extra:
        written += [row.model_copy(update={"split": row.split or "train"}) for row in load_labelled(located(path))]
    sets, notes = [LabelledSet("labelled", config.licence, written)], []
    for archive in config.archives:
        if located(archive.path).exists():
            sets.append(LabelledSet(archive.name, archive.licence, _joined(archive)))
        elif archive.optional:
            notes.append(f"{archive.name}: its stand-off labels are not trained on, {archive.path} is absent")
        else:
            raise QawlError("no such archive", where=archive.path)
    return Labelled(tuple(sets), tuple(notes))


def _joined(archive: ArchiveSet) -> list[LabelledStatement]:
    path = located(archive.path)
    if archive.sha256 and path.is_file() and sha256_of(path) != archive.sha256:
        raise QawlError("another file than the one that was labelled (its SHA-256 differs)", where=str(path))
    labels: list[StandoffLabel] = [one for one in load_standoff(located(archive.labels)) if one.archive == archive.name]
    articles = (one for one in read_articles(find_sources([str(path)])) if not isinstance(one, Failure))
    rows = []
    for row in join_standoff(labels, articles):
        if isinstance(row, QawlError):
            raise row
        rows.append(row)
    if len(rows) != len(labels):
        raise QawlError(
            f"{len(labels) - len(rows)} of {len(labels)} labelled statements are not in it", where=str(path)
        )
    return _without_surplus(sorted(rows, key=lambda row: row.id or ""), archive.most_unrelated)


def _without_surplus(rows: list[LabelledStatement], most: int | None) -> list[LabelledStatement]:
    """The rows less the unrelated training ones beyond `most`; which ones stay depends on their ids alone."""
    surplus = [row for row in rows if row.stance == "unrelated" and row.split == "train"]
    surplus.sort(key=lambda row: hashlib.sha256((row.id or "").encode()).digest())
    left_out = {row.id for row in surplus[most:]} if most is not None else set()
    return [row for row in rows if row.id not in left_out]
