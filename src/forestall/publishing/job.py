"""A job that writes results, as its manifest describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from forestall.publishing.manifest import Manifest, job_key
from forestall.publishing.ownership import FindEarlier, check_manifest, check_owner


@dataclass(frozen=True)
class Job:
    """A job that writes results.

    Attributes
    ----------
    name, run_id
        The command, and the id of the run.
    names
        The entries of the output that it may write.
    inputs, options
        What determines the results: the model and the data with their digests; the options.
    started
        Facts of this start, which the results hold. If the job was killed before, or has ended, its first facts count.
    replaces
        The commands whose results it replaces, by default its own.
    any_run
        Whether it replaces the results of any run, not only of its own.
    find_earlier
        Finds results of version 0.1 in an output.
    """

    name: str
    run_id: str
    names: tuple[str, ...]
    inputs: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    started: Mapping[str, Any] = field(default_factory=dict)
    replaces: tuple[str, ...] = ()
    any_run: bool = False
    find_earlier: FindEarlier = lambda _: None

    @property
    def key(self) -> str:
        """A digest of what determines the results."""
        return job_key(self.name, self.run_id, dict(self.inputs), dict(self.options))

    def check_owner(self, output: Path) -> None:
        """Check that the job may replace the results in an output, see `ownership.check_owner`."""
        check_owner(output, (self.name, *self.replaces), self._owner, self.find_earlier)

    def check_manifest(self, manifest: Manifest, output: object) -> None:
        """Check that the job may replace the results of a manifest, see `ownership.check_manifest`."""
        check_manifest(output, (self.name, *self.replaces), self._owner, manifest)

    @property
    def _owner(self) -> str | None:
        """The run whose results it replaces, None for any."""
        return None if self.any_run else self.run_id

    def manifest(self, started: Mapping[str, Any], **content: Any) -> Manifest:
        """Return the manifest of its results."""
        return Manifest(
            self.name,
            self.run_id,
            self.key,
            version("forestall"),
            dict(self.inputs),
            dict(self.options),
            dict(started),
            **content,
        )
