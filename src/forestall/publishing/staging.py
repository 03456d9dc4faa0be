"""The temporary folder of a job, in its output: what is new, what is old until then, and how to go on after a kill.

    OUT/.forestall-1a2b3c4d/
        job.json        the job's key, and the facts of its first start
        parts.jsonl     the parts that are written and synced
        new/            the new entries of OUT
        old/            the old entries, while the new ones are put in place
        work/           temporary files of the job, such as the parts of large tables
        plan.json       which entries are moved
        manifest.json   the new manifest: while it is here, the results are complete and not yet in place

The manifest decides what a kill leads to. Without it, OUT was not touched. With it, the moves are done to their end.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from forestall.errors import InputError, UsageError
from forestall.publishing.disk import move, read_json, sync_folder, sync_tree, write_json
from forestall.publishing.manifest import MANIFEST, Manifest, Part, read_manifest

PREFIX = ".forestall-"
_NAME = re.compile(rf"{re.escape(PREFIX)}[a-z0-9_]{{8}}")
_JOB, _PARTS, _PLAN, _NEW, _OLD, _WORK = "job.json", "parts.jsonl", "plan.json", "new", "old", "work"
_OWN = {
    _NEW,
    _OLD,
    _WORK,
    _PARTS,
    *(f"{name}{end}" for name in (_JOB, _PLAN, MANIFEST) for end in ("", ".part")),
}


@dataclass(frozen=True)
class Staging:
    """The temporary folder of a job.

    Parameters
    ----------
    folder
        The folder itself; the folder around it is the output.
    """

    folder: Path

    @classmethod
    def create(cls, output: Path, key: str, started: Mapping[str, Any]) -> Staging:
        """Return a new temporary folder, whose name no other process has."""
        staging = cls(output / Path(tempfile.mkdtemp(prefix=PREFIX, dir=output)).name)
        try:
            staging.new.mkdir()
            write_json({"key": key, "started": dict(started)}, staging.folder / _JOB)
        except OSError:
            shutil.rmtree(staging.folder)
            raise
        return staging

    @classmethod
    def left_in(cls, output: Path) -> list[Staging]:
        """Return the temporary folders in an output, in the order of their names."""
        if not output.is_dir():
            return []
        found = [item for item in output.iterdir() if _NAME.fullmatch(item.name) and item.is_dir()]
        return [cls(item) for item in sorted(found) if {one.name for one in item.iterdir()} <= _OWN]

    @property
    def new(self) -> Path:
        """The folder of the new entries."""
        return self.folder / _NEW

    @property
    def work(self) -> Path:
        """The folder for temporary files of the job. It need not exist."""
        return self.folder / _WORK

    @property
    def key(self) -> str | None:
        """The key of the job, None if it was killed before it was written."""
        return (read_json(self.folder / _JOB) or {}).get("key")

    @property
    def started(self) -> dict[str, Any]:
        """The facts of the first start."""
        return dict((read_json(self.folder / _JOB) or {}).get("started", {}))

    @property
    def is_complete(self) -> bool:
        """Whether the new results are complete, and may not yet be in place."""
        return (self.folder / MANIFEST).exists()

    def remember(self, part: Part) -> None:
        """Note that a part is complete and on the disk."""
        with (self.folder / _PARTS).open("a", encoding="utf-8") as notes:
            notes.write(json.dumps(asdict(part)) + "\n")
            notes.flush()
            os.fsync(notes.fileno())

    def parts(self) -> dict[str, Part]:
        """Return the parts that are complete, by their path. A note that a kill cut short does not count."""
        file = self.folder / _PARTS
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        parts = {}
        for line in lines:
            try:
                part = Part(**json.loads(line))
            except (ValueError, TypeError):
                continue
            if part.is_in(self.new):
                parts[part.path] = part
        return parts

    def take_over(self, other: Staging) -> None:
        """Take the complete parts of a job that was killed, and remove its temporary folder."""
        for path, part in other.parts().items():
            (self.new / path).parent.mkdir(parents=True, exist_ok=True)
            move(other.new / path, self.new / path)
            self.remember(part)
        other.remove()

    def remove(self) -> None:
        """Remove the temporary folder, unless complete results or old ones are still to be put in place."""
        if not self.is_complete:
            shutil.rmtree(self.folder)

    def commit(self, manifest: Manifest, old: list[str]) -> None:
        """Note that the new results are complete, and that they replace `old` entries of the output."""
        if self.work.exists():
            shutil.rmtree(self.work)
        sync_tree(self.new)
        (self.folder / _OLD).mkdir()
        new = sorted(item.name for item in self.new.iterdir())
        write_json({"new": new, "old": [MANIFEST, *old]}, self.folder / _PLAN)
        write_json(manifest.to_dict(), self.folder / MANIFEST)

    def settle(self) -> None:
        """Put committed results in place; if they are not complete, put the old ones back."""
        if not self.is_complete:
            return
        try:
            manifest = read_manifest(self.folder)
        except InputError:
            manifest = None
        if manifest is not None and all(part.is_in(self.new, self.folder.parent) for part in manifest.parts):
            self._forward()
        else:
            self.undo()

    def publish(self) -> None:
        """Put committed results in place. After an error the old ones are back.

        Raises
        ------
        OSError
            The disk refuses a move.
        """
        try:
            self._forward()
        except (OSError, UsageError):
            self.undo()
            raise

    def _forward(self) -> None:
        """Move the old entries away and the new ones in, the manifest last. It may be repeated after a kill."""
        output, old, plan = self.folder.parent, self.folder / _OLD, self._plan()
        for name in plan["old"]:
            is_next = name not in plan["new"] or _exists(self.new / name)
            if _exists(output / name) and not _exists(old / name) and is_next:
                move(output / name, old / name)
        for name in plan["new"]:
            if not _exists(self.new / name):
                continue
            if _exists(output / name):
                raise UsageError(
                    f"{output / name} must not exist while results are put in place, another program made it; "
                    "move it away and give the command again"
                )
            move(self.new / name, output / name)
        sync_folder(output)
        move(self.folder / MANIFEST, output / MANIFEST)
        sync_folder(output)

    def undo(self) -> None:
        """Move the new entries out and the old ones back. After a kill it may be repeated, or turned around."""
        output, old, plan = self.folder.parent, self.folder / _OLD, self._plan()
        for name in reversed(plan["new"]):
            is_new = name not in plan["old"] or _exists(old / name)
            if _exists(output / name) and not _exists(self.new / name) and is_new:
                move(output / name, self.new / name)
        for name in reversed(plan["old"]):
            if _exists(old / name) and not _exists(output / name):
                move(old / name, output / name)
        kept = [name for name in plan["old"] if _exists(old / name)]
        if kept:
            raise UsageError(
                f"{output / kept[0]} must be free for the old results, which are in {old}; move what is there away "
                "and give the command again"
            )
        (self.folder / MANIFEST).unlink()
        sync_folder(output)

    def _plan(self) -> dict[str, list[str]]:
        plan = read_json(self.folder / _PLAN) or {}
        return {"new": plan.get("new", []), "old": plan.get("old", [])}


def _exists(path: Path) -> bool:
    """Whether there is a file, a folder or a link of this name, also one that leads nowhere."""
    return os.path.lexists(path)
