"""The service's settings: `configs/serving.yaml`, checked; and the API keys, which come from the environment.

Knows what may be set and within which bounds; knows nothing of what obeys it.
"""

import difflib
import os
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import Field, SecretStr, ValidationError

from data.errors import QawlError
from data.records import Record


class Limits(Record):
    body_bytes: int = Field(default=8 * 1024 * 1024, ge=1024)
    body_seconds: float = Field(default=30, gt=0)
    articles: int = Field(default=200, ge=1)
    statements: int = Field(default=1000, ge=1)
    article_characters: int = Field(default=1_000_000, ge=1)
    statement_characters: int = Field(default=20_000, ge=1)


class Queue(Record):
    statements: int = Field(default=4000, ge=1)
    wait_seconds: float = Field(default=0.5, gt=0)
    calls_ahead: int = Field(default=16, ge=1)
    deadline_seconds: float = Field(default=120, gt=0)


class Batch(Record):
    tokens: int = Field(default=2048, ge=64)


class Rate(Record):
    calls_per_minute: int = Field(default=0, ge=0)


class Cors(Record):
    """Sites whose pages may call the service from a browser; none by default.

    Names are exact, as browsers send them: scheme, host and port, no path, no «*».
    """

    origins: tuple[Annotated[str, Field(pattern=r"^https?://[a-z0-9.-]+(:[0-9]+)?$")], ...] = ()


class ModelSettings(Record):
    threads: int = Field(default=0, ge=0)
    watch_seconds: float = Field(default=0.5, gt=0)


class Tracing(Record):
    endpoint: str | None = Field(default=None, pattern=r"^https?://")
    sample_rate: float = Field(default=1.0, ge=0, le=1)


_SECTIONS: dict[str, type[Record]] = {
    "limits": Limits,
    "queue": Queue,
    "batch": Batch,
    "rate": Rate,
    "cors": Cors,
    "model": ModelSettings,
    "tracing": Tracing,
}


class Settings(Record):
    """All settings of the service; `keys` maps a key's name to the key and is empty where none is asked for."""

    limits: Limits = Limits()
    queue: Queue = Queue()
    batch: Batch = Batch()
    rate: Rate = Rate()
    cors: Cors = Cors()
    model: ModelSettings = ModelSettings()
    tracing: Tracing = Tracing()
    keys: dict[str, SecretStr] = Field(default_factory=dict)

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read the settings and the keys.

        Args:
            path: a YAML file; by default `QAWL_SERVING_CONFIG`, else `configs/serving.yaml`.

        Raises:
            QawlError: if the file is missing or wrong, with the setting's name; or if a key is malformed.
        """
        named = path or os.environ.get("QAWL_SERVING_CONFIG")
        file = Path(named) if named else Path(__file__).resolve().parent.parent / "configs" / "serving.yaml"
        given: Any = {}
        if named or file.is_file():
            try:
                given = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
            except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
                raise QawlError("settings not readable", where=str(file)) from error
        if isinstance(given, dict) and "keys" in given:
            raise QawlError("keys do not belong in a file", where=str(file), remedy="set QAWL_API_KEYS")
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            raise _explained(error, file) from error
        return settings.model_copy(update={"keys": keys_from(os.environ.get("QAWL_API_KEYS", ""))})


def keys_from(text: str) -> dict[str, SecretStr]:
    """API keys from `name:key,name:key`.

    Raises:
        QawlError: if a part is not a name and a key of at least 16 characters, or a name comes twice.
    """
    keys: dict[str, SecretStr] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, key = part.partition(":")
        if not name or len(key) < 16:
            raise QawlError(
                "a key is NAME:KEY, the key of at least 16 characters",
                where="QAWL_API_KEYS",
                remedy="make one with `python -c 'import secrets; print(secrets.token_urlsafe())'`",
            )
        if name in keys:
            raise QawlError(f"two keys are named {name!r}", where="QAWL_API_KEYS")
        keys[name] = SecretStr(key)
    return keys


def _explained(error: ValidationError, file: Path) -> QawlError:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    remedy = None
    if first["type"] == "extra_forbidden":
        known = [*Settings.model_fields]
        known += [f"{section}.{name}" for section, model in _SECTIONS.items() for name in model.model_fields]
        nearest = difflib.get_close_matches(field, known, n=1)
        remedy = f"did you mean {nearest[0]}?" if nearest else f"known: {', '.join(known)}"
        return QawlError(f"unknown setting {field}", where=str(file), remedy=remedy)
    return QawlError(f"{field}: {first['msg']}", where=str(file))
