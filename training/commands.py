"""Commands that make and measure artifacts: train, evaluate, retrain. `qawl.py` adds them to the program.

Importing this costs only typer. What serving does for them (finding an artifact by its tag, answering with the engine
that users get) is handed in as `Served`, because training does not know serving.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from data.records import LabelledStatement, Prediction
    from training.evaluation import Predict

Overrides = Annotated[
    list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Settings that replace the configuration's.")
]


@dataclass(frozen=True)
class Served:
    """What serving does for training.

    Args:
        resolve: the folder of an artifact, given as a folder, a tag of the store, or none for the one in use.
        load: a predictor of an artifact's folder, the same one that answers users.
        promote: puts an artifact's folder in use for a reason, and says its tag.
    """

    resolve: Callable[[str | None], Path]
    load: Callable[[Path], "Callable[[list[LabelledStatement]], list[Prediction]]"]
    promote: Callable[[Path, str], str]


def register(app: typer.Typer, served: Served) -> None:
    """Add the commands to the program."""

    @app.command()
    def train(
        config: Annotated[Path, typer.Argument(help="A training run, e.g. configs/embedded.yaml.")],
        overrides: Overrides = None,
        output: Annotated[
            Path | None, typer.Option("--output", "-o", help="Where the artifact is to stand; default runs/NAME.")
        ] = None,
    ) -> int:
        """Fine-tune an encoder on labelled statements; makes an artifact."""
        from training.config import load_config
        from training.pipeline import train as run

        loaded = load_config(config, overrides or [])
        typer.echo(str(run(loaded, output or Path("runs") / loaded.name)))
        return 0

    @app.command()
    def evaluate(
        artifact: Annotated[str, typer.Argument(help="An artifact's folder or tag.")],
        data: Annotated[Path, typer.Option("--data", help="Labelled statements, or articles with marked ones.")],
        report: Annotated[
            Path | None, typer.Option("--report", help="A folder for the report: JSON, HTML, plots.")
        ] = None,
        baselines: Annotated[
            bool, typer.Option(help="Show baselines, fitted on the artifact's own training data, beside it.")
        ] = True,
        as_json: Annotated[bool, typer.Option("--json", help="The scores as JSON.")] = False,
    ) -> int:
        """Measure an artifact: macro-F1 with intervals, each class, calibration, plots."""
        from training.evaluation import evaluate as measure
        from training.evaluation import load_evaluation, table

        rows = load_evaluation(data)
        folder = served.resolve(artifact)
        predict: Predict = served.load(folder)
        fitted_on = _training_rows(folder) if baselines else None
        if baselines and fitted_on is None:
            typer.echo("qawl: the data that the artifact was trained on is not here: no baselines beside it", err=True)
        summary = measure(predict, rows, report, name=data.stem, model=_name(folder), train=fitted_on)
        typer.echo(json.dumps(summary, ensure_ascii=False, indent=2) if as_json else table(summary))
        return 0

    @app.command()
    def retrain(
        labels: Annotated[list[Path], typer.Option("--labels", help="Newly labelled statements; may be repeated.")],
        more: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="Further label files.")] = None,
        config: Annotated[
            Path | None, typer.Option("--config", help="The training run; default: that of the model in use.")
        ] = None,
        output: Annotated[
            Path | None, typer.Option("--output", "-o", help="Where the candidate is to stand; default runs/candidate.")
        ] = None,
        full: Annotated[bool, typer.Option("--full", help="Train from the base encoder, not from the model.")] = False,
        frozen: Annotated[
            Path | None, typer.Option("--frozen", help="What to compare on; default: the validation statements.")
        ] = None,
        model: Annotated[str | None, typer.Option("--model", help="Compare with this one, not the one in use.")] = None,
        promote: Annotated[bool, typer.Option(help="Put a better candidate in use.")] = True,
        as_json: Annotated[bool, typer.Option("--json", help="The outcome as JSON.")] = False,
    ) -> int:
        """Merge new labels, train, compare with the model in use on a frozen set, promote or refuse."""
        from training.config import load_config
        from training.retraining import retrain as run

        current = served.resolve(model)
        outcome = run(
            [*labels, *(more or [])],
            output or Path("runs") / "candidate",
            current=current,
            promote=served.promote if promote else lambda folder, reason: _version(folder),
            predict_current=served.load(current),
            config=load_config(config) if config else None,
            mode="full" if full else "quick",
            frozen=frozen,
        )
        if as_json:
            typer.echo(json.dumps(outcome.to_json(), ensure_ascii=False, indent=2))
        else:
            typer.echo(outcome.reason)
            typer.echo(f"candidate {outcome.version} in {outcome.candidate}")
        return 0


def _version(folder: Path) -> str:
    from data.artifact import read_card

    return read_card(folder).version


def _name(folder: Path) -> str:
    from data.artifact import read_card

    return read_card(folder).name


def _training_rows(folder: Path) -> "list[LabelledStatement] | None":
    """The statements that an artifact's card says it was trained on; none where a part of them is not here."""
    from data.artifact import read_card
    from training.config import DataConfig, located, validated
    from training.labelled import read_labelled

    raw: dict[str, Any] = read_card(folder).config.get("data") or {}
    config = validated(DataConfig, raw, str(folder))
    if not raw or not located(config.path).exists():
        return None
    found = read_labelled(config)
    return None if found.notes else found.of("train")
