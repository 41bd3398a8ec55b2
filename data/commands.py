"""`qawl labels`: labelled statements in and out. Each command imports what it needs when it runs."""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import QawlError

if TYPE_CHECKING:
    from data.labels.agreement import Agreement
    from data.records import LabelledStatement

# Called with the statements of a checked folder; what each yields is printed. `qawl.py` adds what needs a model.
reviews: "list[Callable[[Sequence[LabelledStatement]], Iterable[str]]]" = []

labels = typer.Typer(help="Labelled statements: checks, counts, import and export.", no_args_is_help=True)

Files = Annotated[list[Path], typer.Argument(help="JSONL files, or folders of them.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of standard output.")]


@labels.command()
def check(
    files: Files,
    against: Annotated[
        list[Path] | None,
        typer.Option("--against", help="Evaluation articles or statements, none of which may stand in the set."),
    ] = None,
    archive: Annotated[
        list[str] | None,
        typer.Option("--archive", help="Articles, to check the real statements labelled stand-off in them as well."),
    ] = None,
    form_only: Annotated[
        bool, typer.Option("--form-only", help="Leave out the checks that train a baseline (a minute or two).")
    ] = False,
) -> int:
    """Check labelled files: bad lines, repeated statements, leaks, agreement of readings, probable label errors."""
    from data.labels.check import check_files, check_set, evaluation_texts

    held_out = [text for path in against or [] for text in evaluation_texts(path)]
    errors = 0
    for path in files:
        rows, findings = check_files(path, held_out)
        for finding in findings:
            typer.echo(f"{finding.where}: {finding.severity}: {finding.message}")
        bad = sum(finding.severity == "error" for finding in findings)
        errors += bad
        compared = f", compared with {len(held_out)} evaluation statements" if held_out else ""
        typer.echo(f"{path}: {len(rows)} statements, {bad} errors, {len(findings) - bad} warnings{compared}")
        for head, found in _agreements(path).items():
            typer.echo(f"{path}: two readings, {head}: n {found.n}, equal {found.share:.3f}, kappa {found.kappa:.3f}")
        if not form_only:
            for review in reviews:
                for line in review(rows):
                    typer.echo(line)
    if archive:
        rows, failed = _join(files, archive)
        findings = check_set(rows, [f"standoff:{row.id}" for row in rows], held_out)
        for finding in findings:
            typer.echo(f"{finding.where}: {finding.severity}: {finding.message}")
        bad = failed + sum(finding.severity == "error" for finding in findings)
        errors += bad
        typer.echo(f"stand-off: {len(rows)} real statements joined, {bad} errors, {len(findings) - bad} warnings")
    return 1 if errors else 0


@labels.command()
def stats(
    files: Files,
    card: Annotated[bool, typer.Option("--card", help="Write README.md and plots into the folder instead.")] = False,
    archive: Annotated[
        list[Path] | None, typer.Option("--archive", help="Real articles to compare the wording with, in the card.")
    ] = None,
) -> int:
    """Count labelled statements by target, stance, sentiment and the rest, as JSON; or write the folder's data card."""
    import dataclasses
    import json

    from data.labels import load_labelled
    from data.labels.statistics import count

    if card:
        for folder in files:
            _write_card(folder, archive or [])
            _say(f"{folder / 'README.md'} written")
        return 0
    rows = [row for path in files for row in load_labelled(path)]
    counted: dict[str, Any] = {
        target: dataclasses.asdict(count(rows, target)) for target in sorted({row.target for row in rows})
    }
    typer.echo(json.dumps(counted, ensure_ascii=False, indent=2))
    return 0


def _agreements(path: Path) -> "dict[str, Agreement]":
    """Agreement of the double readings that lie beside a labelled folder, by file and head."""
    from data.labels.agreement import agreement, load_readings

    found = {}
    for file in sorted((path / "readings").glob("*.jsonl")) if path.is_dir() else []:
        readings = load_readings(file)
        for head in ("stance", "sentiment"):
            pairs = [(getattr(one.first, head), getattr(one.second, head)) for one in readings]
            found[f"{file.stem} {head}"] = agreement([a for a, _ in pairs], [b for _, b in pairs])
    return found


def _write_card(folder: Path, archives: Sequence[Path]) -> None:
    from collections import Counter

    from data.extraction import extract
    from data.labels import load_labelled
    from data.labels.card import card_text, draw_plots
    from data.labels.standoff import load_standoff
    from data.labels.statistics import count, wording
    from data.readers import Failure, find_sources, read_articles
    from data.records import DEFAULT_TARGET, Article

    rows = load_labelled(folder)
    targets = sorted({row.target for row in rows}, key=lambda name: (name != DEFAULT_TARGET, name))
    statistics = [count(rows, target) for target in targets]
    ours = []
    for row in rows:
        found = extract(Article(text=row.context or row.text))
        cue = next((one.cue.text for one in found if one.cue and row.text in (one.text, one.text.strip())), None)
        ours.append((row.text, cue))
    wordings = {"ours": wording(ours)}
    for path in archives:
        said: list[tuple[str, str | None]] = []
        for article in read_articles(find_sources([str(path)])):
            if isinstance(article, Failure):
                continue
            said += [(one.text, one.cue.text if one.cue else None) for one in extract(article)]
            if len(said) >= len(rows):
                break
        if said:
            wordings[path.name] = wording(said)
    labelled = [one for path in sorted((folder / "standoff").glob("*.jsonl")) for one in load_standoff(path)]
    # What tests the extraction is described in the folder's decisions.
    standoff = dict(Counter(str(one.stance) for one in labelled if one.split != "test").most_common())
    plots = draw_plots(folder, statistics[0])
    text = card_text(folder, statistics, _agreements(folder), wordings, standoff, plots)
    (folder / "README.md").write_text(text, encoding="utf-8")


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
    files: Annotated[
        list[Path] | None, typer.Argument(help="JSONL files, or folders of them; data/labelled without any.")
    ] = None,
    output: Output = None,
    format: Annotated[
        str, typer.Option("--format", help="jsonl, csv, tsv, label-studio, doccano, prodigy, argilla.")
    ] = "jsonl",
    archive: Annotated[
        list[str] | None,
        typer.Option("--archive", help="Articles: gives the real statements labelled stand-off in them instead."),
    ] = None,
) -> int:
    """Write labelled statements for an annotation tool or a spreadsheet; with --archive, the stand-off ones joined."""
    from data.labels import load_labelled
    from data.labels.formats import write_labels

    chosen = _format(format)
    given = files or [Path("data/labelled")]
    failed = 0
    if archive:
        rows, failed = _join(given, archive)
    else:
        rows = [row for path in given for row in load_labelled(path)]
    _write(write_labels(rows, chosen), output)
    _say(f"{len(rows)} labelled statements")
    return 1 if failed else 0


def _join(files: Sequence[Path], archives: Sequence[str]) -> "tuple[list[LabelledStatement], int]":
    """Stand-off labels of the files, or of the folders' `standoff/`, joined; and how many no longer fit their text."""
    from collections import Counter

    from data.labels.standoff import join_standoff, load_standoff
    from data.readers import Failure, find_sources, read_articles

    sources = [
        one for path in files for one in (sorted((path / "standoff").glob("*.jsonl")) if path.is_dir() else [path])
    ]
    wanted = [label for path in sources for label in load_standoff(path)]
    if not wanted:
        raise QawlError("no stand-off labels", where=", ".join(map(str, files)))
    articles = (one for one in read_articles(find_sources(archives)) if not isinstance(one, Failure))
    rows, failed = [], 0
    for row in join_standoff(wanted, articles):
        if isinstance(row, QawlError):
            failed += 1
            _say(str(row))
        else:
            rows.append(row)
    found = {row.id for row in rows}
    for name, missing in Counter(label.archive for label in wanted if label.id not in found).items():
        _say(f"{name}: {missing} labels have no statement in what was given")
    return rows, failed


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
