"""What decides the rows of a run. Two runs with the same settings and input make the same rows."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.readers import Columns
from data.targets import Target

# Raised when the rows of a finished shard would come out differently: a new column, another extraction.
ROWS_VERSION = 2


@dataclass(frozen=True)
class Settings:
    """Settings of a run.

    Args:
        artifact: the artifact's directory, for whoever loads it; its `version` is what counts.
        version: the artifact's version, derived from its files.
        target: what the stance is toward.
        columns: names of fields that the caller gave.
        shard_articles: records in a shard.
    """

    artifact: Path
    version: str
    name: str
    target: Target
    columns: Columns
    shard_articles: int = 200

    def deciding(self) -> dict[str, Any]:
        """Everything that decides the rows, as it stands in `run.json`."""
        return {
            "rows_version": ROWS_VERSION,
            "model": {"name": self.name, "version": self.version},
            "target": self.target.model_dump(mode="json"),
            "columns": {key: value for key, value in asdict(self.columns).items() if value},
            "shard_articles": self.shard_articles,
        }

    def fingerprint(self) -> str:
        """The same for the same `deciding()`."""
        text = json.dumps(self.deciding(), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
