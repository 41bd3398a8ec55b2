"""The command line `qawl`: the composition root, where data, training and serving are joined.

Commands live beside what they command (`serving.commands`, `training.commands`, `data.commands`); this module gives
each side what it needs of the other, turns errors into one line on stderr, and sets the exit status: 0 all done, 1 some
inputs failed, 2 the call itself was wrong, 130 interrupted. Modules are imported when their command runs.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from data.commands import labels, reviews
from data.errors import QawlError
from serving.commands import models
from serving.commands import register as register_serving
from training.commands import Served
from training.commands import register as register_training

if TYPE_CHECKING:
    from data.records import LabelledStatement, Prediction

app = typer.Typer(
    name="qawl",
    help="Who says what in Arabic news about foreign military presence, and how they stand to it.",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"max_content_width": 120, "help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
register_serving(app)
app.add_typer(models, name="models")
app.add_typer(labels, name="labels")

# Which group of dependencies brings what, to say what to install.
_GROUPS = {
    "ray": "cluster",
    "bentoml": "serving",
    "onnxruntime": "serving",
    "tokenizers": "serving",
    "datasketch": "archive",
    "fsspec": "archive",
    "duckdb": "archive",
    "openpyxl": "archive",
    "pyarrow": "archive",
    "trafilatura": "archive",
    "warcio": "archive",
}


def _predictor(artifact: Path) -> "Callable[[list[LabelledStatement]], list[Prediction]]":
    """The serving engine as training asks it: labelled statements in, each toward its own target."""
    from data.records import StatementInput
    from data.targets import resolve_target
    from serving.engine import Engine

    engine = Engine.load(artifact)
    cards = {target.name: target for target in engine.card.targets}

    def predict(rows: "list[LabelledStatement]") -> "list[Prediction]":
        answers: dict[int, Prediction] = {}
        for name in sorted({row.target for row in rows}):
            indices = [index for index, row in enumerate(rows) if row.target == name]
            inputs = [
                StatementInput(text=rows[i].text, speaker=rows[i].speaker, context=rows[i].context) for i in indices
            ]
            target = cards.get(name) or resolve_target(name)
            answers.update(zip(indices, engine.predict(inputs, target), strict=True))
        return [answers[index] for index in range(len(rows))]

    return predict


def _resolve(artifact: str | None) -> Path:
    from serving.store import Store

    return Store().resolve(artifact)


def _promote(artifact: Path, reason: str) -> str:
    from serving.store import Store

    return Store().promote(artifact, reason=reason).tag


register_training(app, Served(resolve=_resolve, load=_predictor, promote=_promote))


def _review(rows: "Sequence[LabelledStatement]") -> "Iterator[str]":
    """Label review where the training group is installed; one line that says so elsewhere."""
    try:
        from training.review import review
    except ModuleNotFoundError as error:
        yield f"probable label errors: not looked for, {error.name} is not installed (pip install 'qawl[training]')"
        return
    for target in sorted({row.target for row in rows}):
        yield from review(rows, target)


reviews.append(_review)


@app.callback()
def _global(
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error; may stand anywhere."),
) -> None:
    # Taken out of the arguments by `main`; declared here for the help.
    del debug


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    end = given.index("--") if "--" in given else len(given)
    debug = "--debug" in given[:end]
    sys.exit(run([word for i, word in enumerate(given) if word != "--debug" or i >= end], debug=debug))


def run(arguments: Sequence[str], *, debug: bool = False) -> int:
    """Run one command and return its exit status; an error is one line on stderr, or a traceback with `debug`."""
    try:
        # In this mode an `Exit` comes back as its status, and so does what the command returns.
        status = app(list(arguments), prog_name="qawl", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing more can be flushed there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, EOFError):
        _say("interrupted")
        return 130
    except Exception as error:
        if debug:
            raise
        return _explain(error)


def _explain(error: Exception) -> int:
    if isinstance(error, QawlError):
        _say(str(error))
        return 2
    if hasattr(error, "format_message"):  # typer's usage errors, whichever copy of click it carries
        context = getattr(error, "ctx", None)
        tip = f"; see `{context.command_path} --help`" if context is not None else ""
        # Its own sentence ends in a full stop, and ours goes on.
        _say(f"{error.format_message().removesuffix('.')}{tip}")
        return 2
    if type(error).__name__ == "Abort":
        _say("interrupted")
        return 130
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.partition(".")[0]
        group = _GROUPS.get(package, "training")
        _say(f"{package} is not installed; pip install 'qawl[{group}]'")
        return 2
    if isinstance(error, OSError) and error.filename:
        _say(f"{error.filename}: {error.strerror}")
        return 2
    what = " ".join(str(error).split())[:300]
    _say(f"{type(error).__name__}: {what}; run again with --debug for the traceback")
    return 2


def _say(line: str) -> None:
    print(f"qawl: {' '.join(line.split())}", file=sys.stderr)


if __name__ == "__main__":
    main()
