"""Archives: a million articles to Parquet, killed at any moment, nothing lost.

    shards   cut the input into numbered shards, the same ones every time
    scoring  one shard to rows: the function that every engine runs
    schema   the columns of the Parquet files
    folder   the output folder: parts, manifest, lock, each step durable before the next
    run      joins them: skips finished shards, scores the others, sums up

A stop at any moment costs the shards that are open. What a run has finished stands in its manifest; a changed input,
model or option is refused, never mixed.
"""

from serving.archive.run import Outcome, score_archive
from serving.archive.settings import Settings

__all__ = ["Outcome", "Settings", "score_archive"]
