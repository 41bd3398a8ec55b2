"""`qawl predict`: statements in, the same lines out with stance and sentiment filled in."""

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from serving.commands import options
from serving.commands.options import say

if TYPE_CHECKING:
    from data.readers import Failure, StatementRow
    from data.records import Prediction
    from data.targets import Target
    from serving.analyzer import Analyzer

STATEMENTS_AT_ONCE = 512
_ADDED = ("stance", "stance_confidence", "stance_abstained", "sentiment", "sentiment_confidence", "sentiment_abstained")


def predict(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="INPUT", help="JSONL, CSV or other files of statements; - for standard input."),
    ] = None,
    output: options.Output = None,
    target: options.Target = None,
    model: options.Model = None,
    threads: options.Threads = None,
    text_column: options.TextColumn = None,
    speaker_column: options.SpeakerColumn = None,
    context_column: options.ContextColumn = None,
) -> int:
    """Fill in stance and sentiment of statements; labels that were there are kept under "given"."""
    from data.progress import Progress
    from data.readers import Columns, find_sources, read_statements
    from data.targets import resolve_target
    from serving.analyzer import Analyzer

    given = options.inputs_or_stdin(inputs)
    options.refuse_overwriting(output, given)
    card = None if target is None else resolve_target(target, allow_files=True)
    found = find_sources(given)
    options.tell_passed_over(found.passed_over)
    analyzer = Analyzer.pretrained(model, threads=threads)
    columns = Columns(text=text_column, speaker=speaker_column, context=context_column)
    by_name = output.name.lower() if output else found.sources[0].name.lower().removesuffix(".gz").removesuffix(".zst")
    as_table = by_name.endswith((".csv", ".tsv"))
    done = failed = 0
    with ExitStack() as open_files:
        out = open_files.enter_context(output.open("wb")) if output else sys.stdout.buffer
        progress = open_files.enter_context(Progress("predict", "statements"))
        writer = _Table(out, "\t" if by_name.endswith(".tsv") else ",") if as_table else _Lines(out)
        rows = read_statements(found, columns, say)
        while chunk := list(islice(rows, STATEMENTS_AT_ONCE)):
            for outcome in _outcomes(analyzer, chunk, card):
                if isinstance(outcome, str):
                    failed += 1
                    say(outcome)
                else:
                    done += 1
                    writer.write(*outcome)
            out.flush()
            progress.advance(len(chunk))
    return options.status(done, failed, "statement")


def _outcomes(
    analyzer: "Analyzer", chunk: Sequence["StatementRow | Failure"], given: "Target | None"
) -> Iterator["tuple[dict[str, Any], str, Prediction] | str"]:
    from data.errors import QawlError
    from data.readers import Failure
    from data.targets import resolve_target

    outcomes: list[Any] = [str(row) if isinstance(row, Failure) else None for row in chunk]
    by_target: dict[str | None, list[int]] = {}
    for index, row in enumerate(chunk):
        if not isinstance(row, Failure):
            by_target.setdefault(None if given else row.target, []).append(index)
    for name, indices in by_target.items():
        rows = [row for index in indices if not isinstance(row := chunk[index], Failure)]
        try:
            card = given or resolve_target(name)
        except QawlError as error:
            for index, row in zip(indices, rows, strict=True):
                outcomes[index] = f"{row.place}: {error}"
            continue
        for index, row, answer in zip(indices, rows, _answers(analyzer, rows, card), strict=True):
            failed = isinstance(answer, QawlError)
            outcomes[index] = f"{row.place}: {answer}" if failed else (row.record, card.name, answer)
    yield from outcomes


def _answers(analyzer: "Analyzer", rows: Sequence["StatementRow"], target: Any) -> Sequence[Any]:
    from data.errors import QawlError

    try:
        return analyzer.engine.predict([row.statement for row in rows], target)
    except QawlError as error:
        # One of them has no answer: ask for halves, so that only that one fails.
        if len(rows) == 1:
            return [QawlError(error.what)]
        half = len(rows) // 2
        return [*_answers(analyzer, rows[:half], target), *_answers(analyzer, rows[half:], target)]


class _Lines:
    """JSON lines: the record with `stance` and `sentiment` as every output gives them."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out

    def write(self, record: dict[str, Any], target: str, prediction: "Prediction") -> None:
        before = {key: record[key] for key in ("stance", "sentiment") if record.get(key) is not None}
        line = {**record, "target": target, **prediction.model_dump()}
        if before:
            line["given"] = before
        self._out.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


class _Table:
    """CSV: the row's own columns, then the labels, each with its confidence and whether it abstained."""

    def __init__(self, out: IO[bytes], delimiter: str) -> None:
        self._out, self._delimiter, self._columns = out, delimiter, [""]

    def write(self, record: dict[str, Any], target: str, prediction: "Prediction") -> None:
        if self._columns == [""]:
            before = [f"given_{key}" for key in ("stance", "sentiment") if key in record]
            own = [key for key in record if key not in ("target", *_ADDED) and key not in before]
            self._columns = [*own, *before, "target", *_ADDED]
            self._row(self._columns)
        values = {**record, **{f"given_{key}": record.get(key) for key in ("stance", "sentiment")}, "target": target}
        for head, label in (("stance", prediction.stance), ("sentiment", prediction.sentiment)):
            values[head] = label.label
            values[f"{head}_confidence"] = label.confidence
            values[f"{head}_abstained"] = str(label.abstained).lower()
        self._row(["" if (value := values.get(column)) is None else value for column in self._columns])

    def _row(self, values: Sequence[Any]) -> None:
        line = io.StringIO()
        csv.writer(line, delimiter=self._delimiter, lineterminator="\n").writerow(values)
        self._out.write(line.getvalue().encode("utf-8", "replace"))
