"""`qawl models`: the store of artifacts."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from serving.store import Entry

models = typer.Typer(help="The store of artifacts: which there are, and which is in use.", no_args_is_help=True)

Artifact = Annotated[str, typer.Argument(help="An artifact's folder, or its tag as `qawl models list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Reason = Annotated[str, typer.Option("--reason", help="Kept in the history.")]


@models.command("list")
def list_(as_json: AsJson = False) -> int:
    """Every artifact, the one in use marked; a broken one with what is wrong with it."""
    from serving.store import Store

    entries = Store().entries()
    if as_json:
        for entry in entries:
            typer.echo(json.dumps(_line(entry), ensure_ascii=False))
        return 0
    width = max((len(entry.tag) for entry in entries), default=0)
    for entry in entries:
        about = entry.problem or (_about(entry) if entry.card else "")
        typer.echo(f"{'*' if entry.in_use else ' '} {entry.tag:{width}}  {about}")
    if not entries:
        typer.echo("no artifacts; make one with `qawl train CONFIG`")
    return 0


@models.command()
def show(
    artifact: Annotated[str | None, typer.Argument(help="A folder or tag; without it the one in use.")] = None,
) -> int:
    """The card of an artifact, as JSON."""
    from serving.store import Store

    entry = Store().show(artifact)
    typer.echo(json.dumps(_line(entry), ensure_ascii=False, indent=2))
    return 0


@models.command()
def promote(artifact: Artifact, reason: Reason = "") -> int:
    """Put an artifact in use; a running service follows. A folder is imported first."""
    from serving.store import Store

    typer.echo(f"in use: {Store().promote(artifact, reason=reason).tag}")
    return 0


@models.command()
def rollback(reason: Reason = "") -> int:
    """Put back the artifact that was in use before; a running service follows."""
    from serving.store import Store

    typer.echo(f"in use: {Store().rollback(reason=reason).tag}")
    return 0


@models.command("import")
def import_(folder: Annotated[Path, typer.Argument(help="An artifact's folder.")]) -> int:
    """Copy an artifact into the store, once it has proved whole."""
    from serving.store import Store

    typer.echo(Store().import_artifact(folder).tag)
    return 0


@models.command()
def export(
    artifact: Artifact,
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
) -> int:
    """Copy an artifact out of the store."""
    from serving.store import Store

    typer.echo(str(Store().export(artifact, folder)))
    return 0


@models.command()
def history() -> int:
    """Every promotion and rollback, the oldest first, as JSON lines."""
    from serving.store import Store

    for event in Store().history():
        typer.echo(json.dumps(event, ensure_ascii=False))
    return 0


def _about(entry: "Entry") -> str:
    assert entry.card is not None
    card = entry.card
    return f"{card.created[:10]}  {card.encoder.name}, {card.graph.precision}"


def _line(entry: "Entry") -> dict[str, Any]:
    return entry.model_dump(mode="json")
