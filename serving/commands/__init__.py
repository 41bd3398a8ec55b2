"""Commands that use a trained artifact. `qawl.py` puts them together.

Importing this costs only typer; each command imports what it needs when it runs.
"""

import typer

from serving.commands.analyze import analyze
from serving.commands.archives import export, query, report
from serving.commands.models import models
from serving.commands.predict import predict
from serving.commands.score import score
from serving.commands.serve import serve

__all__ = ["models", "register"]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (analyze, predict, score, export, query, report, serve):
        app.command()(command)
