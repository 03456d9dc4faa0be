"""A job that writes to a database and has not ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from forestall.publishing.lock import BusyError
from forestall.publishing.manifest import Part


class TakenOverError(BusyError):
    """Another process goes on with the same run."""


@dataclass(frozen=True)
class Unfinished:
    """A job that has not ended: its facts of the first start, and its complete parts with their columns."""

    key: str
    started: Mapping[str, Any]
    parts: tuple[Part, ...] = ()
    schemas: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, key: str, started: str, parts: str, schemas: str) -> Unfinished:
        """Return the job of a row of the database."""
        found = tuple(Part(**part) for part in json.loads(parts))
        return cls(key, json.loads(started), found, json.loads(schemas))

    def has(self, part: Part, schema: str) -> Unfinished:
        """Return the job with a further part."""
        return replace(self, parts=(*self.parts, part), schemas={**self.schemas, part.path: schema})
