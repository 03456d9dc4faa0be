"""`forestall check-features`: the checks that every feature must pass, on a company's own features and records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import UsageError, must_be
from forestall.job_files import OnStep, no_progress, read_data
from forestall.jobs.job_result import JobResult
from forestall.model.columns_of_own_features import context_with
from forestall.model.context import Context
from forestall.model.input_tables import with_types
from forestall.model.spec import folder_of, read_spec
from forestall.moment_features.catalogue import dictionary
from forestall.moment_features.standards import Standards
from forestall.own_features import OwnFeatures, read_own_features
from forestall.own_features.check_features import MANY, Checked, check_columns, check_own_features


@dataclass(frozen=True, repr=False)
class FeatureReport(JobResult):
    """What the checks found.

    Attributes
    ----------
    own
        The features.
    checked
        What was tried, and what was found.
    """

    own: OwnFeatures
    checked: Checked

    @property
    def passed(self) -> bool:
        """Whether all features keep to all rules."""
        return not self.checked.faults

    @property
    def faults(self) -> list[str]:
        """A sentence for each feature that breaks a rule."""
        return [str(one) for one in self.checked.faults]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints."""
        found = self.checked
        faulty = {one.feature for one in found.faults}
        features = [
            {
                "feature": row["column"],
                "contributes_to": line["contributes_to"],
                "type": row["type"],
                "direction": row["direction"],
                "known": found.known.get(row["column"]),
                "passed": row["column"] not in faulty,
                "description": row["description"],
            }
            for row, line in zip(
                dictionary(self.own.families).iter_rows(named=True), self.own.described(), strict=True
            )
        ]
        return {
            "passed": self.passed,
            "modules": {module.name: module.digest for module in self.own.modules},
            "interactions": found.n_interactions,
            "moments": found.n_moments,
            "features": features,
            "rules": list(found.rules),
            "faults": [one._asdict() for one in found.faults],
            "notes": list(found.notes),
        }

    def summary(self) -> dict[str, Any]:
        """Return the figures for a reader."""
        return {**self.to_dict(), "faults": self.faults}


def check_features(
    module: str | Path,
    data: Tables | str | Path,
    *,
    model: str | Path | None = None,
    interactions: int = MANY,
    max_rejected: float = MAX_REJECTED,
    progress: OnStep = no_progress,
) -> FeatureReport:
    """Check a company's own features: blind to the future, the same in batch and requests, in their range, and more.

    Parameters
    ----------
    module
        The name of a module, such as `my_company.features`, or its file.
    data
        A data folder, or tables.
    model
        The model's folder: its standards and its `context` are used, and the module is looked for there first.
    interactions
        About how many interactions are tried; whole customers are drawn, always the same.
    max_rejected, progress
        See `forestall.jobs`; called when a long step begins.

    Raises
    ------
    UsageError
        There is no such module, or `model.yaml` is not valid.
    FeatureError
        The module holds what it must not, such as a clock, or a feature is not declared as it must be.
    InputError
        The data are not valid.
    """
    if interactions < 1:
        raise UsageError(must_be("--interactions", "at least 1", interactions))
    name, folders = _named(module)
    spec = None if model is None else read_spec(model)
    progress("reading the module, twice")
    own = read_own_features([name], *folders, *([] if model is None else [folder_of(model)]))
    progress("reading the tables")
    tables = read_data(data, spec=spec, max_rejected=max_rejected)
    check_columns(own, tables)
    context = context_with(Context() if spec is None else spec.context, own)
    types = {name: one for name, one in context.holds.items() if name in own.further_columns}
    typed = with_types(tables, Context(read=types))
    progress("checking the features")
    standards = Standards() if spec is None else spec.standards
    return FeatureReport(own, check_own_features(own, typed, standards, interactions))


def _named(module: str | Path) -> tuple[str, list[Path]]:
    """Return the name of a module, and the folder in which its file is, if a file was given."""
    path = Path(module)
    if path.suffix != ".py":
        return str(module), []
    if not path.is_file():
        raise UsageError(
            must_be("MODULE", "the name of a module or its file", module, do="there is no such file")
        )
    return path.stem, [path.parent]
