"""The artifact: a plain directory in which training and serving meet.

    card.json  model.onnx  tokenizer.json  README.md  plots/*.png

`card.json` is written last and holds the SHA-256 of every other file, so that a half-written, altered or foreign
directory is told from a whole one. Knows nothing of how a model is trained, stored or run.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.errors import QawlError
from data.records import SENTIMENTS, STANCES, Record, Sentiment, Stance
from data.targets import Target
from data.template import InputTemplate

FORMAT_VERSION = 1
CARD, GRAPH, TOKENIZER, MODEL_CARD = "card.json", "model.onnx", "tokenizer.json", "README.md"


class Labels(Record):
    """The labels of each head, in the order of the graph's logits."""

    stance: tuple[Stance, ...] = STANCES
    sentiment: tuple[Sentiment, ...] = SENTIMENTS


class Head(Record):
    """How a head's logits become a confidence: divided by `temperature`; under `threshold` it abstains."""

    temperature: float = Field(default=1.0, gt=0)
    threshold: float = Field(default=0.0, ge=0, le=1)


class Heads(Record):
    stance: Head = Head()
    sentiment: Head = Head()


class EncoderSource(Record):
    """Where the encoder's weights came from, and under which licence."""

    name: str
    licence: str
    source: str
    sha256: str | None = None


class DataSource(Record):
    """One labelled set that the artifact was trained or measured on. `rows` counts statements."""

    name: str
    use: Literal["train", "validation", "test"]
    rows: int = Field(ge=0)
    sha256: str
    licence: str


class Graph(Record):
    file: str = GRAPH
    precision: str = "int8"


class Card(BaseModel):
    """All that serving and a reader need to know of an artifact.

    `metrics` maps a measured set (validation, gold …) to its scores; each score that was estimated carries
    n and a 95 % interval beside its value. `config` is the resolved training configuration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int = FORMAT_VERSION
    name: str
    version: str = ""
    created: str
    labels: Labels = Labels()
    targets: tuple[Target, ...]
    template: InputTemplate
    heads: Heads = Heads()
    encoder: EncoderSource
    graph: Graph = Graph()
    data: tuple[DataSource, ...] = ()
    code_version: str = ""
    seed: int = 0
    config: dict[str, Any] = Field(default_factory=dict)
    metrics: dict[str, Any] = Field(default_factory=dict)
    files: dict[str, str] = Field(default_factory=dict)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(folder: Path, card: Card) -> Card:
    """Write `card.json` into a folder whose other files are complete, and return the card as written.

    The version is derived from the files' hashes: the same files give the same version.
    """
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    hashes = {name: sha256_of(folder / name) for name in names if name != CARD}
    # The model card and plots describe; graph and tokenizer decide what the artifact answers.
    deciding = json.dumps(
        [
            hashes.get(card.graph.file),
            hashes.get(TOKENIZER),
            card.heads.model_dump(),
            card.template.model_dump(),
        ]
    )
    version = hashlib.sha256(deciding.encode()).hexdigest()[:12]
    sealed = card.model_copy(update={"files": hashes, "version": version})
    partial = folder / f"{CARD}.partial"
    partial.write_text(sealed.model_dump_json(indent=2) + "\n", encoding="utf-8")
    partial.replace(folder / CARD)
    return sealed


def read_card(folder: Path) -> Card:
    """Read and check an artifact's card.

    Raises:
        QawlError: if the folder is missing, half-written, altered, of another format version, or no artifact.
    """
    where = str(folder)
    if not folder.is_dir():
        raise QawlError("no such artifact folder", where=where, remedy="make one with `qawl train CONFIG`")
    if not (folder / CARD).is_file():
        raise QawlError(f"no {CARD}: half-written, or not an artifact", where=where)
    try:
        raw = json.loads((folder / CARD).read_bytes().decode("utf-8"))
    except ValueError as error:
        raise QawlError("not readable as JSON", where=f"{where}/{CARD}") from error
    version = raw.get("format_version") if isinstance(raw, dict) else None
    if version != FORMAT_VERSION:
        raise QawlError(
            f"format version {version!r}, this Qawl reads {FORMAT_VERSION}",
            where=f"{where}/{CARD}",
            remedy="train the artifact again or use the Qawl that made it",
        )
    try:
        card = Card.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise QawlError(f"field {field}: {first['msg']}", where=f"{where}/{CARD}") from error
    for name in (card.graph.file, TOKENIZER):
        if name not in card.files:
            raise QawlError(f"the card names no {name}", where=f"{where}/{CARD}")
    for name, expected in card.files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise QawlError(f"the card names a file outside the artifact: {name}", where=f"{where}/{CARD}")
        if not path.is_file():
            raise QawlError(f"{name} is missing", where=where, remedy="copy the artifact again")
        if sha256_of(path) != expected:
            raise QawlError(f"{name} is not the file the card describes", where=where, remedy="copy it again")
    return card
