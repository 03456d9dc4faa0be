"""`forestall new-feature`: a starter of own features, with its test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forestall.errors import UsageError
from forestall.jobs.job_result import JobResult
from forestall.own_features.starter import starter


@dataclass(frozen=True, repr=False)
class NewFeature(JobResult):
    """The files that were written, and what to do next."""

    files: list[str]
    next_steps: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints."""
        return {"files": self.files, "next": self.next_steps}


def new_feature(name: str, *, output: str | Path = ".") -> NewFeature:
    """Write a module with one own feature, and a test of it that passes.

    Parameters
    ----------
    name
        The name of the module and of its family: small letters, digits and _.
    output
        The folder; it is made if it is not there.

    Raises
    ------
    UsageError
        The name cannot be that of a family, a file exists already, or the folder cannot be written.
    """
    folder = Path(output)
    texts = starter(name)
    there = [file for file in texts if (folder / file).exists()]
    if there:
        raise UsageError(
            f"NAME must be that of a new module, {folder / there[0]} exists; choose another name"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--output: {folder} cannot be written: {error.strerror}") from None
    module = folder / f"{name}.py"
    return NewFeature(
        [str(folder / file) for file in texts],
        [
            f"change {module}, and try it: pytest {folder / f'test_{name}.py'}",
            f"check it on your records: forestall check-features {module} DATA",
            f"learn from it: put it beside model.yaml, write `features: [{name}]` there, and train",
        ],
    )
