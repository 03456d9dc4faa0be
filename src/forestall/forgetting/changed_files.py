"""Changed files of a folder, put in place so that a kill leaves the old content or the new."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from forestall.publishing import Manifest, read_manifest, writing
from forestall.publishing.disk import move, sync_file, sync_folder
from forestall.publishing.manifest import Part
from forestall.publishing.staging import PREFIX, Staging

Write = Callable[[Path], None]


@dataclass
class Changes:
    """The files of a folder that change.

    Attributes
    ----------
    writes
        By the path within the folder: what writes the new file, in the order in which they are put in place.
    counts
        By the path, how much it loses.
    """

    writes: dict[str, Write] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, file: Path, folder: Path, write: Write, count: int) -> None:
        """Note that a file changes."""
        path = file.relative_to(folder).as_posix()
        self.writes[path], self.counts[path] = write, count

    def add_text(self, file: Path, folder: Path, text: str, count: int) -> None:
        """Note that a file gets another text."""
        self.add(file, folder, lambda target: _write_text(target, text), count)


def _write_text(target: Path, text: str) -> None:
    target.write_text(text, encoding="utf-8")


def publish(folder: Path, changes: Changes) -> None:
    """Write the changed files and put them in place.

    With a manifest all files change in one step, and the manifest has their new digests. A folder without one, made by
    hand or by MLflow, changes file by file, each in one step; given again, `forget` goes on.

    Raises
    ------
    InputError
        The disk is full, or refuses to be written.
    """
    if not changes.writes:
        return
    manifest = read_manifest(folder)
    with writing(folder):
        if manifest is None:
            _publish_files(folder, changes)
        else:
            _publish_all(folder, changes, manifest)


def _publish_files(folder: Path, changes: Changes) -> None:
    drafts = {}
    try:
        for path, write in changes.writes.items():
            file = folder / path
            drafts[path] = file.with_name(f"{PREFIX}{os.getpid()}-{file.name}")
            write(drafts[path])
            sync_file(drafts[path])
        for path, draft in drafts.items():
            move(draft, folder / path)
            sync_folder((folder / path).parent)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def _publish_all(folder: Path, changes: Changes, manifest: Manifest) -> None:
    # the content is no longer what the job would write: given again, it computes again
    staging = Staging.create(folder, "", manifest.started)
    try:
        entries = sorted({PurePosixPath(path).parts[0] for path in changes.writes})
        for entry in entries:
            for file in sorted((folder / entry).rglob("*")):
                path = file.relative_to(folder).as_posix()
                if file.is_file() and path not in changes.writes:
                    _copy(file, staging.new / path)
        for path, write in changes.writes.items():
            (staging.new / path).parent.mkdir(parents=True, exist_ok=True)
            write(staging.new / path)
        changed = {path: Part.of(staging.new / path, staging.new) for path in changes.writes}
        parts = tuple(changed.get(part.path, part) for part in manifest.parts)
        staging.commit(replace(manifest, key="", parts=parts), entries)
        staging.publish()
    finally:
        staging.remove()


def _copy(file: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the disk has no second names."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, target)
    except OSError:
        shutil.copy2(file, target)
