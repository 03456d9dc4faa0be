"""The files of scored parts: each attempt of a task writes its own, and exactly one of each part is published."""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from forestall.errors import ForestallError, UsageError

_NOTE = ".done.json"
_LOOK_S = 0.5
Publish = Callable[[int, Path], None]
"""Called once with the number of a part and its complete file, which it takes away."""


@dataclass(frozen=True)
class ScoredFile:
    """A complete file of score rows: the part, the name of the file (none: the rows were there before), its rows."""

    part: int
    name: str
    rows: int


@dataclass(frozen=True)
class ScoredPart:
    """What a task says of a part: the file, and the totals of its rows."""

    file: ScoredFile
    totals: Any = None


def write_attempt(rows: pl.DataFrame, part: int, folder: Path) -> ScoredFile:
    """Write the rows of a part under a name that no other attempt has, and then a note that they are complete.

    Raises
    ------
    UsageError
        The folder is not there.
    """
    if not folder.is_dir():
        raise UsageError(
            "--output must be on storage that Spark's executors reach under the same path as the driver; one of them "
            f"does not find {folder}"
        )
    file = ScoredFile(part, f"part-{part:05d}-{uuid.uuid4().hex}.parquet", rows.height)
    rows.write_parquet(folder / file.name)
    with (folder / file.name).open("rb") as content:
        os.fsync(content.fileno())
    draft = folder / f"{file.name}.note"
    draft.write_text(json.dumps(asdict(file)), encoding="utf-8")
    draft.replace(folder / f"{file.name}{_NOTE}")
    return file


class Published:
    """Publishes the files of parts as they become complete, the first of each part.

    The results of a part do not depend on the attempt: a retried or speculative attempt writes the same rows.

    Parameters
    ----------
    folder
        The folder that the attempts write to.
    publish
        Publishes a file.
    """

    def __init__(self, folder: Path, publish: Publish) -> None:
        self._folder, self._publish = folder, publish
        self._rows: dict[int, int] = {}

    def look(self) -> None:
        """Publish the files that have become complete."""
        for note in sorted(self._folder.glob(f"*{_NOTE}")):
            self._add(ScoredFile(**json.loads(note.read_text(encoding="utf-8"))))

    def take(self, part: ScoredPart) -> None:
        """Take what a successful task says of its part, and publish its file if none of the part is.

        Raises
        ------
        ForestallError
            The part was published with another number of rows.
        """
        file = part.file
        if file.name:
            self._add(file)
        if file.name and self._rows[file.part] != file.rows:
            raise ForestallError(
                f"part {file.part} must have the same rows in each attempt, has {self._rows[file.part]:,} and "
                f"{file.rows:,}; nothing was published; report this fault"
            )

    def _add(self, file: ScoredFile) -> None:
        if file.part not in self._rows:
            self._publish(file.part, self._folder / file.name)
            self._rows[file.part] = file.rows


@contextmanager
def publishing(folder: Path, publish: Publish) -> Iterator[Published]:
    """Publish the files of parts while the context lasts, so that they survive a kill of the job."""
    published, ends, errors = Published(folder, publish), threading.Event(), []

    def watch() -> None:
        try:
            while not ends.wait(_LOOK_S):
                published.look()
        except Exception as error:
            errors.append(error)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield published
    finally:
        ends.set()
        watcher.join()
    if errors:
        raise errors[0]
