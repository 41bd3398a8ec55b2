"""The store of artifacts: which there are, which is in use, and which was before.

Artifacts lie in the BentoML model store (`bentoml models list` shows them); which one is in use stands in a pointer
file beside it, replaced atomically, so that a running service sees either the old or the new one. Every promotion
and rollback is also appended to a history that nothing rewrites. Knows artifacts by their cards; runs no model.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from data.artifact import CARD, Card, read_card
from data.errors import QawlError

SHIPPED = "shipped"
_TAG = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?:[a-z0-9]([a-z0-9._-]*[a-z0-9])?")


def shipped_artifact() -> Path:
    """The artifact that comes with Qawl."""
    return Path(__file__).resolve().parent / "model"


def qawl_home() -> Path:
    """Where Qawl keeps what must outlive it: `QAWL_HOME`, by default `~/.local/share/qawl`."""
    given = os.environ.get("QAWL_HOME")
    base = Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser()
    return Path(given).expanduser() if given else base / "qawl"


def bentoml_home() -> Path:
    """BentoML's folder: `BENTOML_HOME`; inside `QAWL_HOME` where only that is set; else BentoML's own default."""
    if given := os.environ.get("BENTOML_HOME"):
        return Path(given).expanduser()
    return qawl_home() / "bentoml" if os.environ.get("QAWL_HOME") else Path("~/bentoml").expanduser()


class Pointer(BaseModel):
    """Tags from the oldest promoted to the one in use; empty where the shipped artifact is in use."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stack: tuple[str, ...] = ()
    changed: str | None = None

    @property
    def tag(self) -> str:
        return self.stack[-1] if self.stack else SHIPPED


class Entry(BaseModel):
    """An artifact of the store. `card` is null and `problem` says why where it is broken."""

    model_config = ConfigDict(frozen=True)

    tag: str
    path: Path
    card: Card | None = None
    problem: str | None = None
    in_use: bool = False


class Store:
    """The artifacts under one data directory.

    Args:
        home: the data directory, by default `qawl_home()`.
        models: the BentoML model store's folder, by default the one in `bentoml_home()`.
    """

    def __init__(self, home: Path | None = None, models: Path | None = None) -> None:
        self.home = home or qawl_home()
        self.models = models or bentoml_home() / "models"

    @property
    def pointer_path(self) -> Path:
        """The file that a running service watches."""
        return self.home / "in-use.json"

    @property
    def history_path(self) -> Path:
        return self.home / "history.jsonl"

    def pointer(self) -> Pointer:
        """Which artifact is in use.

        Raises:
            QawlError: if the pointer file is not readable.
        """
        try:
            return Pointer.model_validate_json(self.pointer_path.read_bytes())
        except FileNotFoundError:
            return Pointer()
        except (ValidationError, OSError) as error:
            raise QawlError(
                "not readable, so it is unknown which artifact is in use",
                where=str(self.pointer_path),
                remedy="delete it to go back to the shipped artifact, then promote again",
            ) from error

    def resolve(self, artifact: str | Path | None = None) -> Path:
        """The directory of an artifact.

        Args:
            artifact: a directory, a tag (`name:version`), `shipped`, or none for the one in use.

        Raises:
            QawlError: if there is no such artifact.
        """
        if artifact is None:
            return self._path_of(self.pointer().tag)
        if isinstance(artifact, Path) or Path(artifact).is_dir():
            return Path(artifact)
        if artifact == SHIPPED or _TAG.fullmatch(artifact):
            return self._path_of(artifact)
        raise QawlError(
            f"no such artifact: {artifact}",
            where="artifact",
            remedy="give a directory, or a tag from `qawl models list`",
        )

    def fallbacks(self) -> list[str]:
        """Tags to try in order when a service starts: the one in use, those before it, the shipped one."""
        return [*dict.fromkeys([*reversed(self.pointer().stack), SHIPPED])]

    def import_artifact(self, folder: Path) -> Entry:
        """Copy a directory into the store, once it has proved whole. Importing the same artifact again changes nothing.

        Raises:
            QawlError: if the directory is not a whole artifact of this format version.
        """
        card = read_card(folder)
        name = re.sub(r"[^a-z0-9._-]+", "-", card.name.lower()).strip("-._") or "artifact"
        tag = f"{name}:{card.version}"
        if not _TAG.fullmatch(tag):
            raise QawlError(f"the card's version is no version: {card.version!r}", where=f"{folder}/{CARD}")
        path = self._path_of(tag, must_exist=False)
        if path.exists():
            entry = self._entry(tag)
            if entry.card is not None:
                return entry
            shutil.rmtree(path)  # what an interrupted import left

        import bentoml
        from bentoml._internal.models import ModelStore

        self.models.mkdir(parents=True, exist_ok=True)
        with bentoml.models.create(
            tag,
            labels={"stage": "artifact", "encoder": _label(card.encoder.name)},
            metadata={"created": card.created, "precision": card.graph.precision},
            _model_store=ModelStore(str(self.models)),
        ) as model:
            for file in [CARD, *card.files]:
                target = Path(model.path) / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / file, target)
        read_card(path)
        return self._entry(tag)

    def entries(self) -> list[Entry]:
        """Every artifact of the store and the shipped one, broken ones among them; the newest last."""
        folders = [folder for folder in self.models.glob("*/*") if folder.is_dir()]
        # Other projects' models share BentoML's store: what has no card is none of ours.
        tags = [f"{folder.parent.name}:{folder.name}" for folder in folders if (folder / CARD).is_file()]
        stored = [self._entry(tag) for tag in tags if _TAG.fullmatch(tag)]
        stored.sort(key=lambda entry: entry.card.created if entry.card else "")
        return [self._entry(SHIPPED), *stored] if shipped_artifact().is_dir() else stored

    def show(self, artifact: str | Path | None = None) -> Entry:
        """One artifact, by tag or directory, by default the one in use.

        Raises:
            QawlError: if there is none, or it is broken.
        """
        path = self.resolve(artifact)
        if artifact is None:
            artifact = self.pointer().tag
        card = read_card(path)
        return Entry(tag=str(artifact), path=path, card=card, in_use=path == self.resolve(None))

    def promote(self, artifact: str | Path, *, reason: str = "") -> Entry:
        """Put an artifact in use; a running service follows. A directory is imported first.

        Raises:
            QawlError: if the artifact is missing or broken; the one in use then stays.
        """
        given = str(artifact)
        if given == SHIPPED or (_TAG.fullmatch(given) and not Path(given).is_dir()):
            tag = given
            read_card(self._path_of(tag))
        else:
            tag = self.import_artifact(self.resolve(artifact)).tag
        with self._locked():
            before = self.pointer()
            if before.tag != tag:
                self._point([*before.stack, tag], "promote", tag, before.tag, reason)
        return self._entry(tag)

    def rollback(self, *, reason: str = "") -> Entry:
        """Put back the artifact that was in use before the present one; a running service follows.

        Raises:
            QawlError: if nothing was promoted, or the earlier one is missing or broken.
        """
        with self._locked():
            before = self.pointer()
            if not before.stack:
                raise QawlError("nothing to roll back: the shipped artifact is in use", where="models")
            stack = before.stack[:-1]
            tag = stack[-1] if stack else SHIPPED
            read_card(self._path_of(tag))
            self._point(stack, "rollback", tag, before.tag, reason)
        return self._entry(tag)

    def export(self, artifact: str | Path | None, folder: Path) -> Path:
        """Copy an artifact out of the store into a new or empty directory.

        Raises:
            QawlError: if the artifact is broken, or the directory holds something.
        """
        source = self.resolve(artifact)
        card = read_card(source)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise QawlError("is not an empty directory", where=str(folder), remedy="name a new one")
        for file in [*card.files, CARD]:  # the card last: a half-written copy has none
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / file, target)
        return folder

    def history(self) -> list[dict[str, Any]]:
        """Every promotion and rollback, the oldest first; lines that an interruption cut short are left out."""
        if not self.history_path.is_file():
            return []
        events = []
        for line in self.history_path.read_text(encoding="utf-8").splitlines():
            try:
                events.append(json.loads(line))
            except ValueError:
                continue
        return events

    def _path_of(self, tag: str, *, must_exist: bool = True) -> Path:
        if tag == SHIPPED:
            path = shipped_artifact()
            remedy = "make it with `make train`, or promote another"
        else:
            name, _, version = tag.partition(":")
            if version == "latest" and (latest := self.models / name / "latest").is_file():
                version = latest.read_text().strip()
            path = self.models / name / version
            remedy = "`qawl models list` shows the artifacts there are"
        if must_exist and not path.is_dir():
            raise QawlError(f"no such artifact: {tag}", where=str(path), remedy=remedy)
        return path

    def _entry(self, tag: str) -> Entry:
        path = self._path_of(tag, must_exist=False)
        try:
            in_use = tag == self.pointer().tag
        except QawlError:
            in_use = False
        try:
            return Entry(tag=tag, path=path, card=read_card(path), in_use=in_use)
        except QawlError as error:
            return Entry(tag=tag, path=path, problem=str(error), in_use=in_use)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "in-use.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _point(self, stack: Any, action: str, tag: str, before: str, reason: str) -> None:
        when = datetime.now(UTC).isoformat(timespec="seconds")
        event = {"when": when, "action": action, "tag": tag, "before": before, "reason": reason}
        with self.history_path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial = self.pointer_path.with_suffix(".partial")
        with partial.open("w", encoding="utf-8") as file:
            file.write(Pointer(stack=tuple(stack), changed=when).model_dump_json() + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.pointer_path)


def _label(text: str) -> str:
    # BentoML's labels: letters, digits, dashes, dots and underscores, 63 at most, alphanumeric at both ends.
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text)[:63].strip("-._") or "unknown"
