"""Targets: what a stance is toward. A target is a card of text that the encoder reads, not a class of the model.

A new target is a YAML file in `configs/targets/`, or an object or plain text in a request.
"""

from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from data.errors import QawlError
from data.records import DEFAULT_TARGET, Record


class Target(Record):
    """A target card: `title` is its name in Arabic, `definition` one sentence, `aspects` what it touches."""

    name: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=200)
    definition: str = Field(default="", max_length=2000)
    aspects: tuple[str, ...] = Field(default=(), max_length=20)

    @property
    def text(self) -> str:
        """The card as the encoder reads it."""
        parts = [self.title]
        if self.definition:
            parts.append(self.definition)
        if self.aspects:
            parts.append("، ".join(self.aspects))
        return ": ".join(parts[:2]) + (f". {parts[2]}" if len(parts) > 2 else "")


def targets_folder() -> Path:
    """The folder of the target cards that Qawl knows by name."""
    return Path(__file__).resolve().parent.parent / "configs" / "targets"


def known_targets() -> list[str]:
    """Names of the targets in `configs/targets/`, the default one first."""
    names = sorted(path.stem for path in targets_folder().glob("*.yaml"))
    return sorted(names, key=lambda name: name != DEFAULT_TARGET)


def load_target(name: str) -> Target:
    """Read a target by its name in `configs/targets/`.

    Raises:
        QawlError: if no target has this name.
    """
    if name not in known_targets():
        raise QawlError(
            f"unknown target {name!r}",
            where="target",
            remedy=f"known: {', '.join(known_targets())}; or give a target card or Arabic text",
        )
    return read_target(targets_folder() / f"{name}.yaml")


def read_target(path: Path) -> Target:
    """Read a target card from a YAML file.

    Raises:
        QawlError: if there is no such file, or it is not a target card.
    """
    try:
        return Target.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise QawlError("no readable target card", where=str(path)) from error
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "not readable as YAML"
        raise QawlError(f"not a target card: {reason}", where=str(path)) from error


def resolve_target(given: str | Target | None, *, allow_files: bool = False) -> Target:
    """The target that a caller means: none for the default, a known name, a card, or Arabic text.

    Args:
        given: what the caller said.
        allow_files: read a path that ends in .yaml; only for callers who may read this machine's files.

    Raises:
        QawlError: if a name is neither known nor Arabic text, or a file is no target card.
    """
    if isinstance(given, Target):
        return given
    if given is None:
        return load_target(DEFAULT_TARGET)
    if allow_files and given.endswith((".yaml", ".yml")):
        return read_target(Path(given))
    # Arabic letters say that the text itself is meant; names of known targets are Latin.
    if any("\u0620" <= letter <= "\u064a" for letter in given):
        title = " ".join(given.split())[:200]
        return Target(name=title, title=title)
    return load_target(given)
