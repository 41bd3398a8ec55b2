"""From a configuration to an artifact: read, fit, export, calibrate, measure, describe, seal.

    train(load_config(Path("configs/embedded.yaml")), Path("runs/embedded"))

While it runs, its state lies beside the artifact in `OUTPUT.training/`; a run that was cut off goes on from its last
epoch when it is started again. The artifact appears at OUTPUT in one step, when it is whole.
"""

import hashlib
import importlib.metadata
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from datasets import Dataset
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModel

from data.artifact import CARD, GRAPH, MODEL_CARD, TOKENIZER, Card, DataSource, Graph, Heads, read_card, seal
from data.errors import QawlError
from data.records import LabelledStatement
from data.targets import Target, load_target
from data.template import InputEncoder
from training.adaptation import adapt, read_texts
from training.baselines import score_baselines
from training.calibration import BIAS_SHARE, fit_bias, fit_head, to_predictions
from training.config import REPOSITORY, TrainingConfig, load_encoder_config, located
from training.dataset import UNLABELLED, batches_of, build_dataset, encode_dataset
from training.encoders import Encoder, load_encoder
from training.evaluation import draw_plots, load_evaluation, summarise, table
from training.export import CALIBRATION_ROWS, choose_graph, graph_logits, read_weights
from training.intermediate import read_intermediate
from training.labelled import Labelled, LabelledSet, read_labelled
from training.loop import Epoch, fit, predict_logits, set_seed
from training.metrics import Floats, Ints
from training.model import StanceModel
from training.model_card import write_model_card
from training.prediction import target_lookup
from training.progress import note

LEAST_REAL = 200  # real validation statements that suffice to fit confidence on them alone


def train(
    config: TrainingConfig,
    output: Path,
    *,
    rows: Sequence[LabelledStatement] | None = None,
    start: Path | None = None,
    baselines: bool = True,
) -> Path:
    """Train an artifact.

    Args:
        config: the run.
        output: where the artifact is to stand; an artifact there is replaced, any other content refused.
        rows: labelled statements that say their split, instead of those that the configuration names.
        start: an artifact to go on from, with its encoder, tokenizer and template; the configuration's are then unused.
        baselines: measure them beside the model.

    Returns:
        `output`.

    Raises:
        QawlError: if data, encoder or output are not what they must be, or no exported graph is faithful.
    """
    began = time.monotonic()
    _check_output(output)
    given = (
        read_labelled(config.data) if rows is None else Labelled((LabelledSet("labelled", config.data.licence, rows),))
    )
    splits = {name: given.of(name) for name in ("train", "validation")}
    for name, found in splits.items():
        if not any(row.stance for row in found) and not any(row.sentiment for row in found):
            raise QawlError(
                f"no labelled {name} statement", where=config.data.path, remedy=f'give rows "split": "{name}"'
            )
    targets = tuple(load_target(name) for name in config.targets)
    look_up = target_lookup(targets)
    for name in sorted({row.target for rows_of in splits.values() for row in rows_of}):
        look_up(name)
    work = output.with_name(f"{output.name}.training")

    set_seed(config.seed, config.threads)
    encoder, model = _from_artifact(start, config) if start else fresh_model(config)
    inputs = InputEncoder(encoder.tokenizer, encoder.template)
    sets, absent = _evaluation_sets(config)
    before, missing = ([], []) if start else read_intermediate(config.intermediate, config.seed)
    held_out = [row.context or row.text for rows_of in sets.values() for row in rows_of]
    texts, unread = ([], []) if start else read_texts(config.adaptation, held_out)
    notes = [*given.notes, *unread, *missing, *absent]
    # Written and real statements are also measured apart: the former are the same wherever the run is repeated.
    apart = {f"validation-{one.name}": one.of("validation") for one in given.sets} if len(given.sets) > 1 else {}
    measured = {"validation": splits["validation"], **{k: rows_of for k, rows_of in apart.items() if rows_of}, **sets}
    data = {name: build_dataset(found) for name, found in {"train": splits["train"], **measured}.items()}
    note(f"{config.name}: " + ", ".join(f"{name} {len(d)}" for name, d in data.items()) + " statements")

    beside: dict[str, Any] = {}
    if baselines:
        note("baselines: majority, TF-IDF, frozen encoder")
        vectors = None if start else {n: _frozen_vectors(model, inputs, d, look_up) for n, d in data.items()}
        beside = score_baselines(splits["train"], measured, vectors)

    fingerprint = hashlib.sha256(
        json.dumps(
            [
                config.model_dump(mode="json"),
                _hash_texts(texts),
                *(_hash(one.rows) for one in before),
                *(_hash(splits[name]) for name in splits),
                _artifact_version(start),
            ]
        ).encode()
    ).hexdigest()
    set_seed(config.seed, config.threads)
    adapted = _adapted(encoder, texts, config, work, fingerprint) if texts else None
    first = _fit_before(model, inputs, before, look_up, config, work, fingerprint) if before else []
    history = fit(model, inputs, data["train"], data["validation"], look_up, config, work, fingerprint)

    building = work / "artifact"
    shutil.rmtree(building, ignore_errors=True)
    (building / "plots").mkdir(parents=True)
    note("exporting")
    torchs = predict_logits(model, inputs, data["validation"], look_up)
    gold = {head: np.asarray(data["validation"][head], dtype=np.int64) for head in ("stance", "sentiment")}
    biases = {
        "stance": _settle(model, "stance", torchs["stance"], gold["stance"]),
        "sentiment": _settle(model, "sentiment", torchs["sentiment"], gold["sentiment"]),
    }
    precision, tried, logits = choose_graph(
        model,
        encode_dataset(data["validation"], inputs, look_up),
        torchs,
        gold,
        inputs.pad,
        config.export,
        building / GRAPH,
        encode_dataset(data["train"].select(_spread(len(data["train"]), CALIBRATION_ROWS)), inputs, look_up),
    )
    encoder.tokenizer.save(str(building / TOKENIZER), pretty=False)

    fitted = _calibration_rows(given.sets)
    heads = Heads(
        **{
            head: fit_head(
                logits[head][fitted & (gold[head] != UNLABELLED)],
                gold[head][fitted & (gold[head] != UNLABELLED)],
                config.precision_goal,
            )
            for head in gold
        }
    )
    metrics: dict[str, Any] = {}
    pictures: list[str] = []
    for name, found in measured.items():
        if name != "validation":
            encoded = encode_dataset(data[name], inputs, look_up)
            logits = graph_logits(building / GRAPH, encoded, inputs.pad, precision=precision, threads=config.threads)
        predictions = to_predictions(logits["stance"], logits["sentiment"], heads)
        metrics[name] = summarise(found, predictions)
        if beside:
            metrics[name]["baselines"] = beside[name]
        note(table({"set": name, "model": config.name, **metrics[name]}))
        if name == "validation":
            pictures = draw_plots(building / "plots", found, predictions)
    metrics["training"] = {
        "adaptation": {"texts": len(texts), "loss": adapted},
        "before": [asdict(epoch) for epoch in first],
        "epochs": [asdict(epoch) for epoch in history],
        "biases": biases,
        "export": [asdict(trial) for trial in tried],
        "seconds": round(time.monotonic() - began),
    }
    sources = _sources((*before, *given.sets), sets)
    if texts:
        # Read for its words alone, without labels.
        licence = config.adaptation.licence
        sources.insert(
            0, DataSource(name="adaptation", use="train", rows=len(texts), sha256=_hash_texts(texts), licence=licence)
        )
    card = Card(
        name=config.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        targets=targets,
        template=encoder.template,
        heads=heads,
        encoder=encoder.source,
        graph=Graph(precision=precision),
        data=tuple(sources),
        code_version=code_version(),
        seed=config.seed,
        config={**config.model_dump(mode="json"), "architecture": _architecture(model)},
        metrics=metrics,
    )
    (building / MODEL_CARD).write_text(write_model_card(card, pictures, notes), encoding="utf-8")
    seal(building, card)
    read_card(building)
    if output.exists():
        shutil.rmtree(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    building.replace(output)
    shutil.rmtree(work)
    for line in notes:
        note(line)
    note(f"artifact {read_card(output).version} in {output}, {(time.monotonic() - began) / 60:.1f} minutes")
    return output


def _settle(model: StanceModel, head: Literal["stance", "sentiment"], logits: Floats, gold: Ints) -> list[float]:
    """Fit a head's label biases on validation and add them: to its output layer, so that every graph holds them, and to
    the logits given, in place."""
    known = gold != UNLABELLED
    bias = BIAS_SHARE * fit_bias(logits[known], gold[known])
    with torch.no_grad():
        layer = getattr(model, head).out
        layer.bias += torch.from_numpy(bias).to(layer.bias.dtype)
    logits += bias
    return [round(float(one), 4) for one in bias]


def _spread(count: int, most: int) -> range:
    """At most `most` positions, evenly over `count` rows."""
    return range(0, count, max(1, -(-count // most)))


def _check_output(output: Path) -> None:
    if output.is_dir() and any(output.iterdir()) and not (output / CARD).is_file():
        raise QawlError(
            "not empty, and no artifact that could be replaced", where=str(output), remedy="choose another --output"
        )
    if output.exists() and not output.is_dir():
        raise QawlError("a file, where the artifact's folder is to stand", where=str(output))


def _evaluation_sets(config: TrainingConfig) -> tuple[dict[str, list[LabelledStatement]], list[str]]:
    sets, notes = {}, []
    for wanted in config.data.evaluation:
        path = located(wanted.path)
        if path.exists():
            sets[wanted.name] = load_evaluation(path)
        elif wanted.optional:
            notes.append(f"{wanted.name}: not measured here, {wanted.path} is absent")
        else:
            raise QawlError("no such evaluation set", where=wanted.path)
    return sets, notes


def _calibration_rows(sets: Sequence[LabelledSet]) -> npt.NDArray[np.bool_]:
    """Which validation rows confidence is fitted on: the real ones where there are enough, else all.

    Written statements are plainer than news: a temperature fitted on them too would be too sure of what serving reads.
    """
    real = [np.full(len(one.of("validation")), number > 0) for number, one in enumerate(sets)]
    rows = np.concatenate(real)
    return rows if rows.sum() >= LEAST_REAL else np.ones(len(rows), dtype=np.bool_)


def _adapted(encoder: Encoder, texts: Sequence[str], config: TrainingConfig, work: Path, fingerprint: str) -> float:
    """Adapt the encoder to the texts, or take it as an earlier start of this run left it; returns the loss."""
    state = work / "adapted.pt"
    if state.exists():
        saved = torch.load(state, weights_only=True)
        if saved["fingerprint"] == fingerprint:
            encoder.model.load_state_dict(saved["encoder"])
            note("the encoder is adapted already")
            return float(saved["loss"])
    loss = adapt(encoder, texts, config.adaptation, config.seed)
    work.mkdir(parents=True, exist_ok=True)
    torch.save({"fingerprint": fingerprint, "encoder": encoder.model.state_dict(), "loss": loss}, state)
    return loss


def _fit_before(
    model: StanceModel,
    inputs: InputEncoder,
    sets: Sequence[LabelledSet],
    targets: Callable[[str], Target],
    config: TrainingConfig,
    work: Path,
    fingerprint: str,
) -> list[Epoch]:
    """Train on public sets first; the heads go on from there."""
    given = Labelled(tuple(sets))
    data = {name: build_dataset(given.of(name)) for name in ("train", "validation")}
    note("before ours: " + ", ".join(f"{one.name.split(',')[0]} {len(one.of('train'))}" for one in sets))
    wanted = config.intermediate
    optimiser = config.optimiser.model_copy(
        update={
            "epochs": wanted.epochs,
            "rate": config.optimiser.rate * wanted.rate,
            "heads_rate": config.optimiser.heads_rate * wanted.rate,
        }
    )
    run = config.model_copy(update={"optimiser": optimiser})
    return fit(model, inputs, data["train"], data["validation"], targets, run, work / "before", fingerprint)


def _markers(tokenizer: Tokenizer, encoder: Encoder) -> tuple[int, int]:
    opened, closed = (tokenizer.token_to_id(name) for name in (encoder.template.open, encoder.template.close))
    if opened is None or closed is None:
        raise QawlError("the tokenizer lacks the statement's markers", where=TOKENIZER)
    return opened, closed


def fresh_model(config: TrainingConfig) -> tuple[Encoder, StanceModel]:
    """The configuration's encoder with untrained heads."""
    encoder = load_encoder(load_encoder_config(config.encoder), config.input)
    return encoder, StanceModel(encoder.model, config.heads, _markers(encoder.tokenizer, encoder))


def _from_artifact(folder: Path, config: TrainingConfig) -> tuple[Encoder, StanceModel]:
    """The encoder and heads of an artifact, their 8-bit weights read back from its graph."""
    card = read_card(folder)
    described = card.config.get("architecture")
    if not isinstance(described, dict):
        raise QawlError(
            "the card says nothing of the encoder's architecture", where=str(folder), remedy="retrain in full"
        )
    settings = {key: value for key, value in described.items() if key not in ("model_type", "pooling", "dropout")}
    plain = AutoConfig.for_model(described["model_type"], **settings)
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    bare = AutoModel.from_config(plain)  # type: ignore[no-untyped-call]
    encoder = Encoder(bare, tokenizer, card.template, card.encoder)
    heads = config.heads.model_copy(update={"pooling": described["pooling"]})
    model = StanceModel(encoder.model, heads, _markers(tokenizer, encoder))
    weights = read_weights(folder / card.graph.file)
    state = model.state_dict()
    needed = {
        name for name in state if "pooler" not in name and "position_ids" not in name and "token_type_ids" not in name
    }
    missing = sorted(name for name in needed if name not in weights or weights[name].shape != state[name].shape)
    if missing:
        raise QawlError(f"the graph does not hold {missing[0]}", where=str(folder), remedy="retrain in full")
    model.load_state_dict({**state, **{name: weights[name] for name in needed}})
    return encoder, model


def _architecture(model: StanceModel) -> dict[str, Any]:
    """What it takes to build the encoder again without its source: transformers' configuration, less defaults."""
    described = json.loads(model.encoder.config.to_json_string(use_diff=True))
    for key in ("_name_or_path", "architectures", "transformers_version", "dtype"):
        described.pop(key, None)
    return {**described, "model_type": model.encoder.config.model_type, "pooling": model.pooling}


def _frozen_vectors(
    model: StanceModel, inputs: InputEncoder, data: Dataset, targets: Callable[[str], Target]
) -> Floats:
    """Mean token vectors [rows, width] of the encoder before any training."""
    encoded = encode_dataset(data, inputs, targets)
    vectors = np.zeros((len(encoded), int(model.encoder.config.hidden_size)))
    model.eval()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for batch in batches_of(encoded, data, inputs.pad, 8192, 256):
            types = {"token_type_ids": batch.token_type_ids} if model.typed else {}
            hidden = model.encoder(input_ids=batch.input_ids, attention_mask=batch.attention_mask, **types)
            mask = batch.attention_mask.unsqueeze(-1).float()
            mean = (hidden.last_hidden_state.float() * mask).sum(dim=1) / mask.sum(dim=1)
            vectors[list(batch.positions)] = mean.double().numpy()
    return vectors


def _sources(given: Sequence[LabelledSet], sets: dict[str, list[LabelledStatement]]) -> list[DataSource]:
    """What the card says of the data: each set's share of each split, and what was only measured on."""
    found = [(f"{one.name}/{use}", use, one.of(use), one.licence) for one in given for use in ("train", "validation")]
    theirs = "its publishers'; measured on, not part of the artifact"
    found += [(name, "test", rows, theirs) for name, rows in sets.items()]
    return [
        DataSource.model_validate(
            {"name": name, "use": use, "rows": len(rows), "sha256": _hash(rows), "licence": licence}
        )
        for name, use, rows, licence in found
        if rows
    ]


def _hash(rows: Sequence[LabelledStatement]) -> str:
    """SHA-256 of the rows as JSON lines, in their order."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row.model_dump_json(exclude_none=True).encode() + b"\n")
    return digest.hexdigest()


def _hash_texts(texts: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass") + b"\x00")
    return digest.hexdigest()


def _artifact_version(folder: Path | None) -> str | None:
    return read_card(folder).version if folder else None


def code_version() -> str:
    """The commit of the checkout, with -dirty where it was changed; else the installed package's version."""
    try:
        command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"]
        found = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        if found.returncode == 0 and found.stdout.strip():
            return found.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        pass
    try:
        return importlib.metadata.version("qawl")
    except importlib.metadata.PackageNotFoundError:
        return ""
