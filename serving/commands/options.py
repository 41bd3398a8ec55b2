"""Options that several commands share, and what they say on stderr about inputs."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from data.errors import QawlError

Target = Annotated[
    str | None,
    typer.Option("--target", help="What the stance is toward: a known name, a YAML file, or Arabic text."),
]
Model = Annotated[
    str | None,
    typer.Option("--model", help="An artifact's folder or tag; without it the one in use."),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Write to this file instead of standard output."),
]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="Threads for the model; default: all cores.")]
TextColumn = Annotated[str | None, typer.Option("--text-column", help="The field that holds the text.")]
TitleColumn = Annotated[str | None, typer.Option("--title-column", help="The field that holds the title.")]
DateColumn = Annotated[str | None, typer.Option("--date-column", help="The field that holds the date.")]
SourceColumn = Annotated[str | None, typer.Option("--source-column", help="The field that holds the outlet.")]
UrlColumn = Annotated[str | None, typer.Option("--url-column", help="The field that holds the address.")]
IdColumn = Annotated[str | None, typer.Option("--id-column", help="The field that holds the identifier.")]
SpeakerColumn = Annotated[str | None, typer.Option("--speaker-column", help="The field that holds the speaker.")]
ContextColumn = Annotated[
    str | None, typer.Option("--context-column", help="The field that holds the sentence around the statement.")
]


def say(line: str) -> None:
    """One line to the user, on stderr."""
    print(f"qawl: {line}", file=sys.stderr, flush=True)


def inputs_or_stdin(inputs: list[str] | None) -> list[str]:
    """What was named, or standard input where something is piped into it.

    Raises:
        QawlError: if nothing was named and standard input is a terminal.
    """
    if inputs:
        return inputs
    if sys.stdin.isatty():
        raise QawlError("no input", remedy="name files or folders, or - for standard input")
    return ["-"]


def tell_passed_over(passed_over: dict[str, int]) -> None:
    """Say which files of a folder were not read because they hold no text in a known form."""
    if passed_over:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(passed_over.items()))
        say(f"passed over files of other kinds: {kinds}")


def refuse_overwriting(output: Path | None, inputs: list[str]) -> None:
    """Raise if the output is one of the inputs, which opening it would empty.

    Raises:
        QawlError: if it is.
    """
    if output is None:
        return
    if not output.parent.is_dir():
        raise QawlError("no such folder", where=str(output.parent))
    if output.is_dir():
        raise QawlError("is a folder, a file is needed", where=str(output))
    for name in inputs:
        path = Path(name)
        if name != "-" and path.exists() and output.exists() and path.samefile(output):
            raise QawlError("is an input too", where=str(output), remedy="name another output")


def status(done: int, failed: int, what: str) -> int:
    """Say how many failed, if any did, and give the exit status: 1 then, else 0. `what` is one of them."""
    if not failed:
        return 0
    others = "the others are done" if done else "there was nothing else"
    say(f"{failed} {what}{'s' if failed > 1 else ''} failed, {others}")
    return 1
