"""`qawl analyze`: articles in, one JSON line each out, or a right-to-left table on a terminal."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from serving.commands import options
from serving.commands.options import say

if TYPE_CHECKING:
    from data.readers import Failure
    from data.records import Article, Statement
    from data.targets import Target
    from serving.analyzer import Analyzer

# Enough articles for full batches, few enough that the first answer comes soon.
ARTICLES_AT_ONCE = 32


def analyze(
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT", help="Files, folders or globs; - for standard input.")
    ] = None,
    output: options.Output = None,
    target: options.Target = None,
    model: options.Model = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what each statement and its speaker were found by.")
    ] = False,
    json_lines: Annotated[bool, typer.Option("--json", help="JSON lines on a terminal too.")] = False,
    threads: options.Threads = None,
    text_column: options.TextColumn = None,
    title_column: options.TitleColumn = None,
    date_column: options.DateColumn = None,
    source_column: options.SourceColumn = None,
    url_column: options.UrlColumn = None,
    id_column: options.IdColumn = None,
) -> int:
    """Find the statements of articles, with speaker, stance and sentiment."""
    from data.progress import Progress
    from data.readers import Columns, find_sources, read_articles
    from data.targets import resolve_target
    from serving.analyzer import Analyzer

    given = options.inputs_or_stdin(inputs)
    options.refuse_overwriting(output, given)
    card = resolve_target(target, allow_files=True)
    found = find_sources(given)
    options.tell_passed_over(found.passed_over)
    analyzer = Analyzer.pretrained(model, threads=threads)
    columns = Columns(text_column, title_column, date_column, source_column, url_column, id_column)
    table = output is None and sys.stdout.isatty() and not json_lines
    done = failed = 0
    with ExitStack() as open_files:
        out = open_files.enter_context(output.open("wb")) if output else sys.stdout.buffer
        progress = open_files.enter_context(Progress("analyze", "articles", quiet=table))
        records = read_articles(found, columns, say)
        while chunk := list(islice(records, ARTICLES_AT_ONCE)):
            for article, outcome in _outcomes(analyzer, chunk, card, explain):
                if isinstance(outcome, str):
                    failed += 1
                    say(outcome)
                    continue
                done += 1
                if table:
                    _show(article, outcome)
                else:
                    _write(out, article, outcome)
            out.flush()
            progress.advance(len(chunk))
    return options.status(done, failed, "input")


def _outcomes(
    analyzer: "Analyzer", chunk: list["Article | Failure"], target: "Target", explain: bool
) -> Iterator[tuple[Any, "list[Statement] | str"]]:
    """Each record with its labelled statements, or with the reason why there are none."""
    from data.errors import QawlError
    from data.readers import Failure
    from serving.analyzer import inputs_of, labelled

    waiting: list[tuple[Article, list[Statement] | str]] = []
    for record in chunk:
        if isinstance(record, Failure):
            waiting.append((record, str(record)))  # type: ignore[arg-type]
            continue
        try:
            waiting.append((record, _statements(record, explain)))
        except Exception as error:  # one article's extraction must not take the others with it
            waiting.append((record, f"{record.id}: extraction failed: {type(error).__name__}: {error}"))
    inputs = [one for article, found in waiting if not isinstance(found, str) for one in inputs_of(article, found)]
    try:
        answers = iter(analyzer.engine.predict(inputs, target))
    except QawlError:
        # One of them has no answer: ask for each article alone, so that only that one fails.
        for article, found in waiting:
            if isinstance(found, str):
                yield article, found
                continue
            try:
                alone = analyzer.engine.predict(inputs_of(article, found), target)
                yield article, [labelled(one, label, target) for one, label in zip(found, alone, strict=True)]
            except QawlError as error:
                yield article, f"{article.id}: {error}"
        return
    for article, found in waiting:
        yield article, found if isinstance(found, str) else [labelled(one, next(answers), target) for one in found]


def _statements(article: "Article", explain: bool) -> list["Statement"]:
    from data.extraction import extract
    from serving.analyzer import find_statements

    if not explain:
        return find_statements(article)
    return [one.model_copy(update={"article_id": article.id}) for one in extract(article, explain=True)]


def _write(out: IO[bytes], article: "Article", statements: list["Statement"]) -> None:
    rows = [one.model_dump(exclude={"evidence"} if one.evidence is None else None) for one in statements]
    line = json.dumps({"id": article.id, "statements": rows}, ensure_ascii=False)
    out.write(line.encode("utf-8", "replace") + b"\n")


# Columns of few words keep their widest word's width; the others share what the terminal has left.
_WIDTHS = {"النقل": 5, "الموقف": 7, "الشعور": 8}
_SHARES = {"القول": 12, "القائل": 5, "وُجد بـ": 5}
_KINDS = {"direct": "مباشر", "indirect": "غير مباشر", "mixed": "مختلط"}
_WORDS = {
    "against": ("معارض", "red"),
    "favor": ("مؤيد", "green"),
    "neutral": ("محايد", "yellow"),
    "unrelated": ("لا صلة", "dim"),
    "positive": ("إيجابي", "green"),
    "negative": ("سلبي", "red"),
}


def _show(article: "Article", statements: list["Statement"]) -> None:
    """A table whose first column stands at the right, as Arabic is read."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    explained = any(one.evidence for one in statements)
    heads = ["القول", "القائل", "النقل", "الموقف", "الشعور"] + (["وُجد بـ"] if explained else [])
    table = Table(
        title=escape(article.title or str(article.id or "")),
        title_justify="right",
        title_style="bold",
        show_lines=True,
        expand=True,
    )
    if any(label and label.abstained for one in statements for label in (one.stance, one.sentiment)):
        table.caption, table.caption_justify = "؟ تردد النموذج: يحتاج إلى مراجعة بشرية", "right"
    for head in reversed(heads):
        table.add_column(head, justify="right", width=_WIDTHS.get(head), ratio=_SHARES.get(head), overflow="fold")
    for one in statements:
        labels = []
        for label in (one.stance, one.sentiment):
            if label is None:
                labels.append("")
                continue
            word, colour = _WORDS[label.label]
            doubt = " ؟" if label.abstained else ""
            labels.append(f"[{colour}]{word}{doubt}[/]\n{label.confidence:.0%}")
        speaker = one.speaker.name if one.speaker else "—"
        cells = [escape(one.text), escape(speaker), _KINDS[one.kind], *labels]
        if explained:
            cells.append(escape("\n".join(f"{key}: {value}" for key, value in (one.evidence or {}).items())))
        table.add_row(*reversed(cells))
    if statements:
        with console.capture() as drawn:
            console.print(table)
        # A terminal that orders Arabic itself would take a row for one text and turn its columns round: a mark of
        # direction on both sides of each rule keeps them apart. Elsewhere the marks have no width.
        console.file.write(drawn.get().replace("│", "\u200e│\u200e"))
    else:
        console.print(f"{escape(str(article.title or article.id or ''))}: لا أقوال", justify="right")
