"""`forestall import --suggest`: a commented mapping and a first model for tables that were never seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from forestall.config import parse_config
from forestall.errors import UsageError, must_be
from forestall.importing.mapping import Mapping
from forestall.importing.suggest import Suggestion, suggest_mapping
from forestall.importing.suggest.source_files import read_source_files
from forestall.job_files import OnStep, no_progress
from forestall.jobs.job_result import JobResult
from forestall.model.spec import Spec


@dataclass(frozen=True, repr=False)
class SuggestResult(JobResult):
    """What `suggest` wrote.

    Attributes
    ----------
    suggestion
        The texts of the mapping and of `model.yaml`, the open questions, and where each column went.
    files
        The files that were written, by what they hold.
    figures
        What the command prints.
    """

    suggestion: Suggestion
    files: dict[str, str]
    figures: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints."""
        return self.figures


def suggest(
    sources: str | Path | Sequence[str | Path],
    *,
    output: str | Path | None = None,
    progress: OnStep = no_progress,
) -> SuggestResult:
    """Suggest a mapping and a first `model.yaml` for tables that were never seen.

    Parameters
    ----------
    sources
        One or more files, as for an import: `FILE`, or `NAME=FILE` for a further table.
    output
        The mapping file to write; `model.yaml` is written beside it, unless there is one. None writes nothing.
    progress
        Called with a text when a long step begins.

    Raises
    ------
    UsageError
        The output exists already, or a source's name is not that of a known format.
    InputError
        A source cannot be read.
    """
    target = Path(output) if output is not None else None
    if target is not None and target.exists() and target.stat().st_size:
        raise UsageError(
            must_be("--output", "a new file", target, do="choose another name, or remove the file")
        )
    progress("reading the sources")
    files = read_source_files([sources] if isinstance(sources, str | Path) else list(sources))
    progress("looking at the columns")
    name = str(target) if target else "mapping.yaml"
    suggestion = suggest_mapping(
        files.frames,
        main=files.main,
        options=files.options,
        command=lambda main, tables: files.command(main, tables, name),
    )
    parse_config(yaml.safe_load(suggestion.mapping), Mapping, "the suggested mapping")
    parse_config(yaml.safe_load(suggestion.model), Spec, "the suggested model.yaml")
    written = _write(suggestion, target) if target else {}
    counts: dict[str, int] = {}
    for place in suggestion.placed.values():
        counts[place] = counts.get(place, 0) + 1
    figures = {**written, "columns": counts, "questions": suggestion.questions}
    return SuggestResult(suggestion, written, figures)


def _write(suggestion: Suggestion, mapping: Path) -> dict[str, str]:
    """Write both files; a `model.yaml` that is there already stays as it is."""
    model = mapping.with_name("model.yaml")
    mapping.parent.mkdir(parents=True, exist_ok=True)
    mapping.write_text(suggestion.mapping, encoding="utf-8")
    written = {"mapping": str(mapping)}
    if not model.exists():
        model.write_text(suggestion.model, encoding="utf-8")
        written["model"] = str(model)
    return written
