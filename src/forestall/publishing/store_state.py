"""What an output in an object store holds: the manifest, its files, and the records of jobs that have not ended.

    OUT/manifest.json                                      names the files of the results
    OUT/results-1a2b3c4d5e6f7081/scores/part-00000.parquet   a file, in the folder of its publication
    OUT/.forestall-1a2b3c4d5e6f7081.json                   the record of a job that has not ended

A store has no lock that ends with its process, and no rename. So one conditional write decides: the new manifest is
written only over the one that the job found at its start (its `base`). Of two jobs one succeeds. A job whose base is
no longer the manifest can never publish, so that its files may be removed.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from forestall.errors import UsageError
from forestall.locations import Prefix
from forestall.publishing.manifest import MANIFEST, Manifest, Part, manifest_from

_FORMAT = "forestall_job"
_RECORD = re.compile(r"\.forestall-[0-9a-f]{16}\.json")
_RESULTS = re.compile(r"results-[0-9a-f]{16}")
_MOST_NAMES = 5


@dataclass(frozen=True)
class Record:
    """The record of a job that writes to an object store.

    Parameters
    ----------
    id
        Names the record and the folder of its files.
    key, started
        The job's key, and the facts of its first start.
    base
        The mark of the manifest that it replaces, None if there was none.
    parts
        The files that are complete.
    begun
        The path of each file that was begun, complete or not.
    old
        The path of each file of the results that it replaces.
    turn
        How often the job was taken over after a kill.
    """

    id: str
    key: str
    started: Mapping[str, Any]
    base: str | None
    parts: tuple[Part, ...] = ()
    begun: tuple[str, ...] = ()
    old: tuple[str, ...] = ()
    turn: int = 0

    @classmethod
    def new(cls, key: str, started: Mapping[str, Any], base: str | None, old: Iterable[str]) -> Record:
        """Return the record of a job that begins."""
        return cls(uuid.uuid4().hex[:16], key, started, base, old=tuple(old))

    @property
    def name(self) -> str:
        """The path of the record in the output."""
        return f".forestall-{self.id}.json"

    def stored(self, path: str) -> str:
        """Return where a file of the results is written."""
        return f"results-{self.id}/{path}"

    @property
    def files(self) -> set[str]:
        """All files that the job may have left."""
        return {*self.begun, *self.old}

    def begins(self, at: str) -> Record:
        """Return the record with a file that is about to be written."""
        return self if at in self.begun else replace(self, begun=(*self.begun, at))

    def has(self, part: Part) -> Record:
        """Return the record with a complete file."""
        return replace(self, parts=(*self.parts, part))

    def content(self) -> bytes:
        """Return the content of its object."""
        known = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "parts"}
        return _json({_FORMAT: 1, **known, "parts": [part.to_dict() for part in self.parts]})

    @classmethod
    def read(cls, content: bytes) -> Record | None:
        """Return the record that an object holds, None if it is not one of ours."""
        found = parse(content)
        if found is None or found.get(_FORMAT) != 1:
            return None
        known = {name: found[name] for name in cls.__dataclass_fields__ if name in found}
        for name in ("begun", "old"):
            known[name] = tuple(known.get(name, ()))
        try:
            return cls(**known | {"parts": tuple(Part(**part) for part in found["parts"])})
        except (KeyError, TypeError):
            return None


@dataclass(frozen=True)
class StoreState:
    """What an output holds.

    Attributes
    ----------
    manifest, mark
        The manifest and its mark, None if there is none.
    sizes
        The size of each object, by its path.
    records
        The records of jobs that have not ended, each with its mark.
    """

    prefix: Prefix
    manifest: Manifest | None
    mark: str | None
    sizes: Mapping[str, int] = field(default_factory=dict)
    records: tuple[tuple[Record, str], ...] = ()

    @classmethod
    def of(cls, prefix: Prefix) -> StoreState:
        """Return what an output holds now.

        Raises
        ------
        UsageError
            It holds something that no manifest and no record of Forestall names.
        """
        manifest, mark = find_manifest(prefix)  # before the listing, which then has all of its files
        sizes = prefix.sizes()
        found = ((name, prefix.read(name)) for name in sizes if _RECORD.fullmatch(name))
        stored = [(Record.read(one.content), one.mark) for _, one in found if one is not None]
        records = tuple((record, mark) for record, mark in stored if record is not None)
        state = cls(prefix, manifest, mark, sizes, records)
        state._check_foreign()
        return state

    @property
    def named(self) -> set[str]:
        """The files that the manifest names."""
        return {part.stored for part in self.manifest.parts} if self.manifest else set()

    def is_whole(self) -> bool:
        """Return whether all files of the manifest are there, with their size."""
        parts = self.manifest.parts if self.manifest else ()
        return self.manifest is not None and all(self.sizes.get(part.stored) == part.bytes for part in parts)

    def sweep(self) -> None:
        """Remove what jobs left that can never publish, or that have published."""
        for record, _ in self.records:
            if record.base != self.mark:
                self.prefix.remove((record.files - self.named) & set(self.sizes))
                self.prefix.remove([record.name])

    def _check_foreign(self) -> None:
        own = self.named | {name for record, _ in self.records for name in record.files}
        own |= {MANIFEST} if self.manifest else set()
        foreign = [name for name in self.sizes if name not in own and not name.startswith(".")]
        if not foreign:
            return
        if find_manifest(self.prefix)[1] != self.mark:  # another job has published meanwhile
            return
        more = f" and {len(foreign) - _MOST_NAMES} more" if len(foreign) > _MOST_NAMES else ""
        named = ", ".join(f"'{name}'" for name in foreign[:_MOST_NAMES])
        raise UsageError(
            f"{self.prefix} holds what no run of this kind wrote: {named}{more}; nothing was changed; move it "
            "elsewhere, or choose another --output"
        )


def find_manifest(prefix: Prefix, name: str = MANIFEST) -> tuple[Manifest | None, str | None]:
    """Return the manifest of an output and its mark; None if there is none, or it is another program's."""
    found = prefix.read(name)
    manifest = manifest_from(parse(found.content), prefix / name, prefix) if found else None
    return (None, None) if found is None or manifest is None else (manifest, found.mark)


def is_internal(name: str) -> bool:
    """Return whether an object of an output is of a job that has not ended, or a hidden one."""
    first = name.partition("/")[0]
    return first.startswith(".") or _RESULTS.fullmatch(first) is not None


def manifest_content(manifest: Manifest) -> bytes:
    """Return the content of a manifest's object."""
    return _json(manifest.to_dict())


def parse(content: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a content, None if it is none."""
    try:
        found = json.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
