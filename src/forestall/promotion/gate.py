"""The gate: the checks that a version must pass to become champion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from forestall.evaluation.check import Check
from forestall.evaluation.metrics.customers import one_each
from forestall.model.spec import Gate
from forestall.one_line import one_line
from forestall.promotion.baseline_checks import baseline_checks
from forestall.promotion.checks import (
    RequiredGain,
    calibration_checks,
    champion_checks,
    data_checks,
    label_check,
    latency_check,
    leak_check,
    segment_check,
    size_checks,
)
from forestall.promotion.latency import Latency

__all__ = ["Check", "GateResult", "comparison_checks", "data_checks", "label_check", "leak_check"]


@dataclass(frozen=True, repr=False)
class GateResult:
    """The verdict of the gate on a version.

    Parameters
    ----------
    name, version
        The checked version.
    champion
        The version that was champion at that time; None if there was none.
    checks
        All checks, passed or failed.
    compared_on
        The rows and the models that were compared, in words.
    notes
        What the gate required and why, and what could not be checked, in sentences.
    moved
        Whether the version was made champion.
    """

    name: str
    version: str
    champion: str | None
    checks: tuple[Check, ...]
    compared_on: str
    notes: tuple[str, ...] = ()
    moved: bool = False

    def __repr__(self) -> str:
        return one_line("GateResult", self.to_dict())

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    @property
    def reasons(self) -> list[str]:
        """The reason of each failed check, in a sentence; empty if the gate is passed."""
        return [one.why for one in self.checks if not one.passed]

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, the verdict and its reasons, as they are printed and logged."""
        return asdict(self) | {
            "notes": list(self.notes),
            "passed": self.passed,
            "reasons": self.reasons,
            "checks": [asdict(check) for check in self.checks],
        }

    def summary(self) -> dict[str, Any]:
        """Return the result for a reader: a row for each check, and the verdict last."""
        verdict = "passed" if self.passed else "not passed"
        fields = self.to_dict()
        rows = [{**one, "passed": "yes" if one["passed"] else "NO"} for one in fields["checks"]]
        shown = ("name", "version", "champion", "compared_on", "notes")
        return {name: fields[name] for name in shown} | {
            "checks": rows,
            "gate": verdict,
            "moved": self.moved,
            "reasons": self.reasons,
        }


def comparison_checks(
    rows: pl.DataFrame,
    gate: Gate,
    *,
    required: RequiredGain = "better",
    segments: Sequence[str] = (),
    latency: Latency | None = None,
    seed: int = 7,
    n_labelled: int | None = None,
) -> list[Check]:
    """Return the checks that compare a version with the baselines and the champion.

    See `forestall.promotion.checks` and `baseline_checks`. With too few rows only the size checks are returned, because
    bootstrap intervals of few rows are too narrow.

    Parameters
    ----------
    rows
        Rows that no compared model has seen in training, in the form of `evaluation.evaluate`: with `risk_base_rate`,
        the risks of the other baselines if they are known, and `risk_champion` if there is a champion.
    required
        Whether the version must be better than the champion, or not worse.
    segments
        The columns of the segments that are checked for harm.
    latency
        The latency of both models, if it was measured.
    seed
        The seed of the bootstrap.
    n_labelled
        The number of labelled interactions of the version; see `baseline_checks`.
    """
    compared = ["risk", "risk_champion"] if "risk_champion" in rows.columns else ["risk"]
    both = rows.drop_nulls(compared)
    last = both.filter("is_last")
    enough = size_checks(last, gate)
    if not all(check.passed for check in enough):
        return enough
    checks = [*enough, *baseline_checks(both, gate, seed, n_labelled)]
    if len(compared) > 1:
        checks += champion_checks(both, gate, required, seed)
    checks += calibration_checks(one_each(last), gate, seed)
    if len(compared) > 1:
        checks.append(segment_check(last, segments, gate))
    return checks if latency is None else [*checks, latency_check(latency, gate)]
