"""`qawl labels`: labelled statements in and out. Each command imports what it needs when it runs."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from data.errors import QawlError

labels = typer.Typer(help="Labelled statements: checks, counts, import and export.", no_args_is_help=True)

Files = Annotated[list[Path], typer.Argument(help="JSONL files, or folders of them.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of standard output.")]


@labels.command()
def check(
    files: Files,
    against: Annotated[
        list[Path] | None,
        typer.Option("--against", help="Evaluation statements, none of which may stand in the set; may be repeated."),
    ] = None,
) -> int:
    """Check labelled files: bad lines, repeated statements, leaks between splits, each with its place."""
    from data.labels import load_labelled
    from data.labels.check import check_files

    held_out = [(path.stem, row.text) for path in against or [] for row in load_labelled(path)]
    errors = 0
    for path in files:
        rows, findings = check_files(path, held_out)
        for finding in findings:
            typer.echo(f"{finding.where}: {finding.severity}: {finding.message}")
        bad = sum(finding.severity == "error" for finding in findings)
        errors += bad
        _say(f"{path}: {len(rows)} statements, {bad} errors, {len(findings) - bad} warnings")
    return 1 if errors else 0


@labels.command()
def stats(files: Files) -> int:
    """Count labelled statements by target, stance, sentiment and the rest, as JSON."""
    import dataclasses
    import json

    from data.labels import load_labelled
    from data.labels.statistics import count

    rows = [row for path in files for row in load_labelled(path)]
    counted: dict[str, Any] = {
        target: dataclasses.asdict(count(rows, target)) for target in sorted({row.target for row in rows})
    }
    typer.echo(json.dumps(counted, ensure_ascii=False, indent=2))
    return 0


@labels.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="An annotation tool's export.")],
    output: Output = None,
    format: Annotated[str | None, typer.Option("--format", help="Which tool's; guessed without it.")] = None,
    head: Annotated[str | None, typer.Option("--head", help="What a bare `neutral` is: stance or sentiment.")] = None,
) -> int:
    """Read labels from Label Studio, doccano, Prodigy, Argilla or a table; gives labelled JSONL."""
    from data.labels.formats import read_labels, write_labels
    from data.readers.encoding import decode

    if head not in (None, "stance", "sentiment"):
        raise QawlError(f"no such head: {head}", where="--head", remedy="stance or sentiment")
    try:
        text = decode(file.read_bytes())
    except ValueError as error:
        raise QawlError(str(error), where=str(file)) from error
    chosen = None if format is None else _format(format)
    rows = list(read_labels(text, str(file), chosen, head))  # type: ignore[arg-type]
    _write(write_labels(rows, "jsonl"), output)
    _say(f"{len(rows)} labelled statements")
    return 0


@labels.command()
def export(
    files: Files,
    output: Output = None,
    format: Annotated[
        str, typer.Option("--format", help="jsonl, csv, tsv, label-studio, doccano, prodigy, argilla.")
    ] = ("csv"),
) -> int:
    """Write labelled statements for an annotation tool or a spreadsheet."""
    from data.labels import load_labelled
    from data.labels.formats import write_labels

    chosen = _format(format)
    rows = [row for path in files for row in load_labelled(path)]
    _write(write_labels(rows, chosen), output)
    _say(f"{len(rows)} labelled statements")
    return 0


def _format(name: str) -> Any:
    from data.labels.formats import FORMATS

    if name not in FORMATS:
        raise QawlError(f"no such format: {name}", where="--format", remedy=f"one of {', '.join(FORMATS)}")
    return name


def _write(text: str, output: Path | None) -> None:
    data = text.encode("utf-8")
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        output.write_bytes(data)


def _say(line: str) -> None:
    print(f"qawl: {line}", file=sys.stderr)
