"""What decides the rows of a run. Two runs with the same settings and input make the same rows."""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from data.readers import Columns
from data.targets import Target

# Raised when the rows of a finished shard would come out differently, as with a new column.
ROWS_VERSION = 2


@cache
def extraction_version() -> str:
    """A hash of the sources that find statements: another extraction finds others, and rows of two are never mixed."""
    digest = hashlib.sha256()
    package = Path(str(files("data.extraction")))
    sources = [path for path in sorted(package.rglob("*")) if path.suffix in (".py", ".yaml", ".json", ".txt")]
    for path in [*sources, package.parent / "normalisation.py"]:
        digest.update(f"{path.relative_to(package.parent).as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


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
            "extraction": extraction_version(),
            "model": {"name": self.name, "version": self.version},
            "target": self.target.model_dump(mode="json"),
            "columns": {key: value for key, value in asdict(self.columns).items() if value},
            "shard_articles": self.shard_articles,
        }

    def fingerprint(self) -> str:
        """The same for the same `deciding()`."""
        text = json.dumps(self.deciding(), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
