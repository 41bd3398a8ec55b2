"""`qawl labels`: labelled statements in and out. Each command imports what it needs when it runs."""

from pathlib import Path
from typing import Annotated

import typer

labels = typer.Typer(help="Labelled statements: checks, counts, import and export.", no_args_is_help=True)
Files = Annotated[list[Path], typer.Argument(help="JSONL files, or folders of them.")]


@labels.command()
def check(files: Files) -> int:
    """Check labelled files: every bad line, repeated statement and leak between splits, with its place."""
    from data.labels.check import check_files

    findings = 0
    for path in files:
        rows, found = check_files(path)
        for finding in found:
            typer.echo(str(finding))
        findings += len(found)
        typer.echo(f"{path}: {len(rows)} statements, {len(found)} findings", err=True)
    return 1 if findings else 0
