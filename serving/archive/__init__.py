"""Archives: a million articles to Parquet, killed at any moment, nothing lost.

    shards   cut the input into numbered shards, the same ones every time
    scoring  one shard to rows: the function that every engine runs
    sketch   128 bytes of a text, by which its near-copies are found
    schema   the columns of the Parquet files
    folder   the output folder: parts, manifest, lock, each step durable before the next
    clusters what repeats, exactly or nearly, once all shards are done
    run      joins them: skips finished shards, scores the others, sums up
    remote   the same shards scored on Ray
    answers  the tables as DuckDB views, with their clusters
    export   to CSV, XLSX, JSONL, GDELT's and Citron's forms
    report   one HTML file: stance over time, who changed, what was quoted most

A stop at any moment costs the shards that are open. What a run has finished stands in its manifest; a changed input,
model or option is refused, never mixed.
"""

from serving.archive.run import Outcome, score_archive
from serving.archive.settings import Settings

__all__ = ["Outcome", "Settings", "score_archive"]
