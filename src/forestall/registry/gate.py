"""The gate: what a version must show before it may become champion."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import mlflow
import polars as pl

from forestall.evaluation import paired_gain
from forestall.model.spec import Gate
from forestall.registry.aliases import Version
from forestall.registry.tracking import registry_errors

# Fewer interactions than these cannot tell a model from noise: their bootstrap interval is too narrow.
MIN_COMPARED = 100
MIN_COMPARED_DISSATISFIED = 20


@dataclass(frozen=True)
class Check:
    """One check: its figure, the bound that the figure is held against, and whether it passed.

    Parameters
    ----------
    check
        What is checked.
    figure
        What was found.
    bound, must
        What the figure is held against, and how: `be at least` or `be above` it, or `be` it.
    passed
        Whether it does.
    """

    check: str
    figure: float
    must: str
    bound: float
    passed: bool


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
    moved
        Whether the version is champion because of this.
    """

    name: str
    version: str
    champion: str | None
    checks: tuple[Check, ...]
    compared_on: str
    moved: bool = False

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as it is printed and logged."""
        return asdict(self) | {"passed": self.passed, "checks": [asdict(check) for check in self.checks]}


def data_checks(gate: Gate, n_labelled: int, n_dissatisfied: int, is_experimental: bool) -> list[Check]:
    """Return the checks of what the version learnt from."""
    return [
        Check("is_experimental", int(is_experimental), "be", 0, not is_experimental),
        _least("n_labelled", n_labelled, gate.min_labelled),
        _least("n_dissatisfied", n_dissatisfied, gate.min_dissatisfied),
    ]


def comparison_checks(challenger: pl.DataFrame, champion: pl.Series | None, seed: int) -> list[Check]:
    """Return the checks of how well the version does on rows that no model compared has seen.

    The gain is the difference of the mean log-loss; its 95 % interval comes from a bootstrap over customers,
    with both models on the same rows. The version must be better than the base rate: the whole interval
    above zero. It must not be worse than the champion: the interval's upper end at or above zero. So a
    version that is as good as the champion passes, one that is worse beyond chance does not.

    Parameters
    ----------
    challenger
        Rows in the form of `evaluation.evaluate`.
    champion
        The champion's risks of the same rows, in their order; None where there is no champion.
    """
    rows = challenger.filter(pl.col("risk").is_not_null())
    decided = rows.unique("interaction_id")
    enough = [
        _least("n_compared", decided.height, MIN_COMPARED),
        _least("n_compared_dissatisfied", int(decided["label"].sum()), MIN_COMPARED_DISSATISFIED),
    ]
    if not all(check.passed for check in enough):
        return enough
    gain = paired_gain(rows, "risk", "risk_base_rate", seed=seed)
    checks = [*enough, Check("gain_over_base_rate_low", gain.low, "be above", 0.0, gain.low > 0)]
    if champion is not None:
        both = challenger.with_columns(risk_champion=champion)
        both = both.drop_nulls(["risk", "risk_champion"])
        gain = paired_gain(both, "risk", "risk_champion", seed=seed)
        checks.append(Check("gain_over_champion_high", gain.high, "be at least", 0.0, bool(gain.high >= 0)))
    return checks


def log_verdict(client: mlflow.MlflowClient, version: Version, result: GateResult) -> None:
    """Write the gate's verdict and checks to the version and its run."""
    verdict = "passed" if result.passed else "not passed"
    with registry_errors(f"run {version.run_id}"):
        client.log_text(version.run_id, json.dumps(result.to_dict(), indent=2), "gate.json")
        client.set_tag(version.run_id, "forestall.gate", verdict)
        client.set_model_version_tag(version.name, version.version, "forestall.gate", verdict)
        for check in result.checks:
            client.log_metric(version.run_id, f"gate/{check.check}", float(check.figure))


def _least(what: str, figure: int, bound: int) -> Check:
    return Check(what, figure, "be at least", bound, figure >= bound)
