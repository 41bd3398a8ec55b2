"""`qawl export`, `qawl query`, `qawl report`: what one does with a folder that `qawl score` wrote."""

import csv
import datetime
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from data.errors import QawlError
from serving.commands import options
from serving.commands.options import say

Run = Annotated[
    str, typer.Argument(metavar="DIR", help="A folder that `qawl score` wrote; also an address, as s3://bucket/folder.")
]


def export(
    run: Run,
    form: Annotated[
        Literal["csv", "xlsx", "jsonl", "gqg", "citron"],
        typer.Option("--format", "-f", help="gqg: as GDELT's Global Quotation Graph; citron: Citron's annotations."),
    ] = "csv",
    output: options.Output = None,
    where: Annotated[
        str | None, typer.Option("--where", help="Only these statements, in SQL: \"stance = 'against'\".")
    ] = None,
) -> int:
    """Write the statements of an archive in another form."""
    from serving.archive.answers import connected
    from serving.archive.export import write
    from serving.archive.folder import Folder

    if form == "xlsx" and output is None:
        raise QawlError("needs a file", where="--format xlsx", remedy="name one with --output")
    options.refuse_overwriting(output, [])
    with connected(Folder(run)) as connection:
        import duckdb

        try:
            if output is None:
                count = write(connection, form, sys.stdout.buffer, where)
                sys.stdout.buffer.flush()
            else:
                partial = output.with_name(output.name + ".partial")
                with partial.open("wb") as file:
                    count = write(connection, form, file, where)
                partial.replace(output)
        except duckdb.Error as error:
            raise QawlError(" ".join(str(error).split())[:300], where="--where") from error
    unit = "articles" if form in ("gqg", "citron") else "statements"
    say(f"{count} {unit} written" + (f": {output}" if output else ""))
    return 0


def query(
    run: Run,
    sql: Annotated[
        str,
        typer.Argument(
            metavar="SQL",
            help="Views: statements, articles, appearances, clusters; their columns stand in DIR/schema.json.",
        ),
    ],
    form: Annotated[
        Literal["table", "csv", "jsonl"] | None,
        typer.Option("--format", "-f", help="Default: a table on a terminal, CSV elsewhere."),
    ] = None,
) -> int:
    """Ask the tables of an archive in SQL (DuckDB)."""
    from serving.archive.answers import ask, connected
    from serving.archive.folder import Folder

    chosen = form or ("table" if sys.stdout.isatty() else "csv")
    with connected(Folder(run)) as connection:
        names, rows = ask(connection, sql)
        if chosen == "table":
            _print_table(names, rows)
        elif chosen == "csv":
            writer = csv.writer(sys.stdout)
            writer.writerow(names)
            writer.writerows(rows)
        else:
            for row in rows:
                print(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=_plain))
    return 0


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else str(value)


def _print_table(names: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*names)
    most = 200
    for number, row in enumerate(rows):
        if number == most:
            say(f"only the first {most} rows are shown; --format csv gives all")
            break
        table.add_row(*("" if value is None else str(value) for value in row))
    Console().print(table)


def report(
    run: Run,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file; without it to report.html in DIR.")
    ] = None,
    most: Annotated[
        int, typer.Option("--most", min=1, help="Statements that the file holds at most; the counts are of all.")
    ] = 3000,
) -> int:
    """Write one self-contained HTML file: who said what, how it changed, with the statements behind every number."""
    from serving.archive.answers import connected
    from serving.archive.folder import Folder
    from serving.archive.report import report_of

    folder = Folder(run)
    options.refuse_overwriting(output, [])
    with connected(folder) as connection:
        page, shown, related = report_of(connection, folder.run(), most)
    if output is None:
        with folder.replacing("report.html") as file:
            file.write(page.encode())
    else:
        partial = output.with_name(output.name + ".partial")
        partial.write_text(page, encoding="utf-8")
        partial.replace(output)
    if shown < related:
        say(f"the file holds {shown} of {related} statements (--most); its counts are of all of them")
    say(str(output or f"{folder.name}/report.html"))
    return 0
