"""The gate: what a version must show before it may become champion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from forestall.evaluation.check import Check
from forestall.model.spec import Gate
from forestall.promotion.checks import (
    Must,
    baseline_checks,
    champion_checks,
    data_checks,
    label_check,
    latency_check,
    segment_check,
    size_checks,
    truth_checks,
)
from forestall.promotion.latency import Latency

__all__ = ["Check", "GateResult", "comparison_checks", "data_checks", "label_check"]


@dataclass(frozen=True)
class GateResult:
    """What the gate found, and what was done.

    Parameters
    ----------
    name, version
        The version that went through the gate.
    champion
        The version that was champion before; None if there was none.
    checks
        All checks, passed or not.
    compared_on
        Which rows the models were compared on, and which models, in words.
    notes
        What was asked and why, and what could not be checked, in sentences.
    moved
        Whether the version is champion because of this.
    """

    name: str
    version: str
    champion: str | None
    checks: tuple[Check, ...]
    compared_on: str
    notes: tuple[str, ...] = ()
    moved: bool = False

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    @property
    def reasons(self) -> list[str]:
        """Why it is refused, a sentence for each check that failed; empty if it passed."""
        return [one.why for one in self.checks if not one.passed]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as it is printed and logged."""
        return asdict(self) | {
            "notes": list(self.notes),
            "passed": self.passed,
            "reasons": self.reasons,
            "checks": [asdict(check) for check in self.checks],
        }

    def summary(self) -> dict[str, Any]:
        """Return the result for reading: a row for each check, and the verdict last."""
        verdict = "passed" if self.passed else "not passed"
        said = self.to_dict()
        rows = [{**one, "passed": "yes" if one["passed"] else "NO"} for one in said["checks"]]
        shown = ("name", "version", "champion", "compared_on", "notes")
        return {name: said[name] for name in shown} | {
            "checks": rows,
            "gate": verdict,
            "moved": self.moved,
            "reasons": self.reasons,
        }


def comparison_checks(
    rows: pl.DataFrame,
    gate: Gate,
    *,
    must: Must = "better",
    segments: Sequence[str] = (),
    latency: Latency | None = None,
    seed: int = 7,
) -> list[Check]:
    """Return the checks of how well a version does on rows that no model compared has seen.

    See `forestall.promotion.checks` for each of them. With too few rows nothing else is looked at: their bootstrap
    intervals are too narrow to tell a model from noise.

    Parameters
    ----------
    rows
        In the form of `evaluation.evaluate`, with `risk_base_rate` and the other baselines, where they are known; and
        with `risk_champion`, the champion's risks, where there is a champion.
    must
        What the log-loss must be beside the champion's.
    segments
        Columns by which no group may be worse off.
    latency
        How long both take, where it was measured.
    seed
        Of the resamples.
    """
    compared = ["risk", "risk_champion"] if "risk_champion" in rows.columns else ["risk"]
    both = rows.drop_nulls(compared)
    last = both.filter("is_last")
    enough = size_checks(last, gate)
    if not all(check.passed for check in enough):
        return enough
    checks = [*enough, *baseline_checks(both, seed)]
    if len(compared) > 1:
        checks += champion_checks(both, gate, must, seed)
    checks += truth_checks(last, gate, seed)
    if len(compared) > 1:
        checks.append(segment_check(last, segments, gate))
    return checks if latency is None else [*checks, latency_check(latency, gate)]
