"""`qawl score`: whole archives to Parquet, resumable."""

from typing import Annotated, Literal

import typer

from data.errors import QawlError
from serving.commands import options
from serving.commands.options import say


def score(
    inputs: Annotated[list[str], typer.Argument(metavar="ARCHIVE...", help="Files, folders or globs; - for stdin.")],
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", help="The folder for the tables and the manifest; also an address, as s3://bucket/folder."
        ),
    ],
    target: options.Target = None,
    model: options.Model = None,
    engine: Annotated[Literal["local", "ray"], typer.Option("--engine", help="Where shards are scored.")] = "local",
    address: Annotated[
        str | None, typer.Option("--address", help="With --engine ray: the cluster's address; without it a local one.")
    ] = None,
    shard_articles: Annotated[
        int, typer.Option("--shard-articles", min=1, help="Articles in a shard: what a stop costs at most.")
    ] = 200,
    threads: options.Threads = None,
    text_column: options.TextColumn = None,
    title_column: options.TitleColumn = None,
    date_column: options.DateColumn = None,
    source_column: options.SourceColumn = None,
    url_column: options.UrlColumn = None,
    id_column: options.IdColumn = None,
) -> int:
    """Score whole archives into a folder of Parquet; the same command again goes on where it stopped.

    The folder holds articles/, statements/ (a folder a month) and clusters/ as Parquet, with every column explained in
    schema.json; manifest.json and summary.json; and quarantine.jsonl, which names each record that could not be
    scored, where it stands and why.
    """
    if address is not None and engine == "local":
        raise QawlError("only goes with --engine ray", where="--address")
    from data.artifact import read_card
    from data.progress import Progress
    from data.readers import STDIN, Columns
    from data.targets import resolve_target
    from serving.archive import Settings, score_archive
    from serving.archive.folder import Folder
    from serving.archive.run import Scorer, find_input, local_scorer
    from serving.archive.spool import spooled
    from serving.engine import Engine
    from serving.store import Store

    card = resolve_target(target)
    folder = Folder(output)
    found = find_input(inputs, folder.place.path)
    options.tell_passed_over(found.passed_over)
    artifact = Store().resolve(model)
    columns = Columns(text_column, title_column, date_column, source_column, url_column, id_column)
    with folder.locked():
        model_card = read_card(artifact)
        settings = Settings(artifact, model_card.version, model_card.name, card, columns, shard_articles)
        folder.begin(settings)
        if STDIN in inputs:
            found.sources.append(spooled(folder.place))
        scorer: Scorer
        if engine == "ray":
            from serving.archive.remote import ray_scorer

            scorer = ray_scorer(settings, address)
        else:
            scorer = local_scorer(settings, lambda: Engine.load(artifact, threads))
        with Progress("score", "articles") as progress:
            try:
                outcome = score_archive(found, folder, settings, scorer, say, progress)
            except KeyboardInterrupt:
                say(
                    f"stopped after {progress.done} articles, which are kept; the same command again goes on from there"
                )
                return 130
    shards = "1 shard" if outcome.shards == 1 else f"{outcome.shards} shards"
    say(
        f"{outcome.articles} articles, {outcome.statements} statements, {outcome.quarantined} quarantined, "
        f"{outcome.repeated} repeated; {shards}, {outcome.skipped_shards} of them from before; {folder.name}"
    )
    if outcome.without_answer:
        say(f"{outcome.without_answer} statements had no answer from the model")
    if failed := outcome.quarantined + outcome.without_answer:
        say(f"what could not be scored: {folder.name}/quarantine.jsonl")
    return 1 if failed else 0
