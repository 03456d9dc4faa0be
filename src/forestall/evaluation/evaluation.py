"""An evaluation: all figures of a model on rows that it has not learnt from."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from forestall.errors import InputError, nearest
from forestall.evaluation.metrics.bootstrap import Gain, bootstrap_intervals, paired_gain
from forestall.evaluation.metrics.calibration import calibration_error
from forestall.evaluation.metrics.curves import Curves, curves
from forestall.evaluation.metrics.customers import one_each, row_weights, weights_of
from forestall.evaluation.metrics.risk_metrics import risk_metrics
from forestall.evaluation.questions.baselines import NAMES
from forestall.evaluation.questions.certainty import Certainty, certainty
from forestall.evaluation.questions.drivers import Drivers
from forestall.evaluation.questions.earliness import Earliness
from forestall.evaluation.questions.examples import Example
from forestall.evaluation.questions.leaks import Leak
from forestall.evaluation.questions.outcomes import OutcomePrediction
from forestall.evaluation.questions.policy_value import PolicyValue
from forestall.evaluation.questions.raters import Raters
from forestall.evaluation.questions.reversals import Reversal
from forestall.evaluation.questions.segments import Segment
from forestall.evaluation.questions.segments import segments as by_segment
from forestall.evaluation.questions.stages import StageMetrics, by_stage
from forestall.json_text import json_text

log = logging.getLogger(__name__)

REQUIRED = ("interaction_id", "customer_id", "as_of", "stage", "is_last", "label", "risk")
FEW_DISSATISFIED = 100
_COMPARED = ("auc", "average_precision", "log_loss", "brier", "calibration_error", "capture_at_10")
_GAINED = ("log_loss", "auc")


@dataclass(frozen=True)
class Baseline:
    """The metrics of a baseline (a simple method) on the same rows.

    Parameters
    ----------
    metrics
        See `risk_metrics`.
    gains
        By metric: by how much the model is better.
    """

    metrics: dict[str, float]
    gains: dict[str, Gain]


@dataclass(frozen=True)
class Evaluation:
    """All figures of a model on rows that it has not learnt from.

    Parameters
    ----------
    overall
        Metrics at the last moment of each interaction: see `risk_metrics`. If customers were contacted, the held-out
        stand for them: all figures are those of customers whom nobody contacts.
    moments
        Metrics over all moments, weighted.
    intervals
        95 % intervals of the overall metrics, over customers.
    baselines
        The baselines on the same rows, by name.
    stages
        Metrics by stage of the interaction, over all moments.
    segments
        By column, how good the risks are for each segment at the last moments, the worst first.
    truth
        If the true risk is known: its AUC and log-loss, the share of its lift that the model reaches, the distance of
        the risks from it, and how often it lies between `risk_low` and `risk_high`.
    curves
        The points of the charts, at the last moments.
    notes
        What readers of the figures must know.
    may_be_seen
        Whether the model may have learnt from the rows.
    certainty, earliness, raters, drivers
        How certain and how early the risks are, who rates, and what drives the risk; None if that was not asked for,
        or the data do not show it.
    reversals
        Venues where a greeting is associated with dissatisfaction in the opposite direction.
    leaks
        Columns that may be known only with the rating.
    examples
        Example interactions, moment by moment.
    value
        What the policy would save; None without a policy.
    labels
        How well models of this label and of others predict each outcome, if that was asked for.
    """

    overall: dict[str, float]
    moments: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    baselines: dict[str, Baseline]
    stages: list[StageMetrics]
    segments: dict[str, list[Segment]] = field(default_factory=dict)
    truth: dict[str, float] = field(default_factory=dict)
    curves: Curves = field(default_factory=Curves)
    notes: list[str] = field(default_factory=list)
    may_be_seen: bool = False
    certainty: Certainty | None = None
    earliness: Earliness | None = None
    raters: Raters | None = None
    drivers: Drivers | None = None
    reversals: list[Reversal] = field(default_factory=list)
    leaks: list[Leak] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    value: PolicyValue | None = None
    labels: list[OutcomePrediction] = field(default_factory=list)

    def metrics(self) -> dict[str, float]:
        """Return the figures as flat names and numbers, for an MLflow run, without those that are not defined.

        Examples of names: `auc`, `auc_low`, `moments/auc`, `baseline/rule/log_loss`,
        `gain/rule/log_loss_low`, `stage/closed/auc`, `truth/auc_share`.
        """
        flat = dict(self.overall)
        for name, (low, high) in self.intervals.items():
            flat |= {f"{name}_low": low, f"{name}_high": high}
        flat |= {f"moments/{name}": value for name, value in self.moments.items()}
        for name, baseline in self.baselines.items():
            flat |= {f"baseline/{name}/{metric}": baseline.metrics[metric] for metric in _COMPARED}
            for metric, gain in baseline.gains.items():
                place = f"gain/{name}/{metric}"
                flat |= {place: gain.mean, f"{place}_low": gain.low, f"{place}_high": gain.high}
        for cell in self.stages:
            figures = {"n": cell.n, "base_rate": cell.base_rate, "auc": cell.auc, "log_loss": cell.log_loss}
            flat |= {f"stage/{cell.name}/{name}": float(value) for name, value in figures.items()}
        flat |= {f"truth/{name}": value for name, value in self.truth.items()}
        for part in (self.certainty, self.earliness, self.raters, self.drivers, self.value):
            flat |= part.metrics() if part is not None else {}
        flat |= {"leaks": float(len(self.leaks)), "segments_wrong": float(self.n_wrong)}
        return {name: float(value) for name, value in flat.items() if math.isfinite(value)}

    @property
    def n_wrong(self) -> int:
        """The number of segments for which the risks are wrong beyond sampling noise."""
        return sum(one.is_wrong for some in self.segments.values() for one in some)

    def to_json(self) -> str:
        """Return all fields as JSON; figures that are not defined are null."""
        return json_text(self)


def evaluate(
    frame: pl.DataFrame,
    segments: Sequence[str] = (),
    seed: int = 7,
    n_resamples: int = 500,
    seen: Mapping[str, Iterable[str]] | None = None,
) -> Evaluation:
    """Return all figures of the risks in a frame.

    Parameters
    ----------
    frame
        One row per moment: interaction_id, customer_id, as_of, stage, is_last (the moment at which its
        interaction is scored), label (0 or 1), risk (null where the model abstains); optional:
        weight, holdout_weight (a factor of the weight), risk_low, risk_high, true_risk, `risk_<baseline>` (base_rate,
        logistic, raw, rule, wait).
    segments
        Columns whose values are the segments.
    seed
        Seed of the resamples and draws.
    n_resamples
        Number of resamples behind each interval.
    seen
        By column, the segments that the model has learnt from.

    Raises
    ------
    InputError
        A column is missing, or a label is neither 0 nor 1.
    """
    _check(frame, segments)
    scored = frame.filter(pl.col("risk").is_not_null())
    last = scored.filter("is_last")
    at_last = one_each(last)
    overall = risk_metrics(last["label"], last["risk"], weights_of(at_last), seed=seed)
    known = [name for name in NAMES if f"risk_{name}" in frame.columns]
    compared = {
        name: last[f"risk_{name}"].to_numpy() for name in known if not last[f"risk_{name}"].has_nulls()
    }
    simple = {name: _baseline(at_last, name, seed, n_resamples) for name in compared}
    result = Evaluation(
        overall=overall,
        moments=risk_metrics(scored["label"], scored["risk"], row_weights(scored), seed=seed),
        intervals=bootstrap_intervals(at_last, n_resamples, seed),
        baselines=simple,
        stages=by_stage(scored),
        segments=by_segment(at_last, segments, seen=seen, seed=seed, n_resamples=min(n_resamples, 200)),
        truth=_truth(at_last),
        curves=curves(
            last["label"].cast(pl.Float64).to_numpy(), last["risk"].to_numpy(), row_weights(at_last), compared
        ),
        notes=_notes(frame, last, simple),
        certainty=certainty(scored, segments, seed),
    )
    log.info("evaluated %d moments of %d interactions", len(frame), len(last))
    return result


def _check(frame: pl.DataFrame, segments: Sequence[str]) -> None:
    for column in (*REQUIRED, *segments):
        if column not in frame.columns:
            hint = nearest(column, frame.columns)
            raise InputError(f"rows to evaluate must have the column {column}; it is missing, {hint}")
    if not frame["label"].is_in([0, 1]).all():
        raise InputError("rows to evaluate: column label must be 0 or 1 in every row; it has other values")


def _baseline(last: pl.DataFrame, name: str, seed: int, n_resamples: int) -> Baseline:
    column = f"risk_{name}"
    gains = {
        metric: paired_gain(last, "risk", column, metric=metric, n=n_resamples, seed=seed)
        for metric in _GAINED
    }
    return Baseline(risk_metrics(last["label"], last[column], weights_of(last), seed=seed), gains)


def _truth(last: pl.DataFrame) -> dict[str, float]:
    """Return how near the risks are to the true ones; empty if those are not known."""
    if "true_risk" not in last.columns or last["true_risk"].has_nulls() or not len(last):
        return {}
    weight = weights_of(last)
    best = risk_metrics(last["label"], last["true_risk"], weight)
    auc = risk_metrics(last["label"], last["risk"], weight)["auc"]
    result = {
        "auc": best["auc"],
        "log_loss": best["log_loss"],
        "auc_share": (auc - 0.5) / (best["auc"] - 0.5) if best["auc"] != 0.5 else math.nan,
        "calibration_error": calibration_error(last["true_risk"], last["risk"], weight),
    }
    if {"risk_low", "risk_high"} <= set(last.columns):
        inside = last["true_risk"].is_between(last["risk_low"], last["risk_high"])
        result["interval_coverage"] = float(inside.cast(pl.Float64).mean() or 0.0)  # type: ignore[arg-type]
    return result


def _notes(frame: pl.DataFrame, last: pl.DataFrame, simple: Mapping[str, Baseline]) -> list[str]:
    notes = []
    n_dissatisfied = int(last["label"].sum())
    if not 0 < n_dissatisfied < len(last):
        kinds = "no interaction" if not len(last) else "one class only"
        notes.append(f"The rows hold {kinds}, so the ranking of the risks cannot be measured.")
    elif n_dissatisfied < FEW_DISSATISFIED:
        notes.append(f"Only {n_dissatisfied} of the interactions ended dissatisfied: the figures are rough.")
    n_abstained = frame.filter("is_last")["risk"].null_count()
    if n_abstained:
        notes.append(f"The model abstained from {n_abstained} interactions; no figure includes them.")
    left_out = [name for name in NAMES if name not in simple]
    if left_out:
        names = ", ".join(name.replace("_", " ") for name in left_out)
        notes.append(
            f"Not compared with: {names} (baselines are fitted in training, if their columns exist)."
        )
    gain = simple["raw"].gains["log_loss"] if "raw" in simple else None
    if gain is not None and gain.low <= 0:
        notes.append(
            "The model is not significantly better than LightGBM with its defaults on the raw columns: the gain in "
            f"log-loss is {gain.mean:.4f} (95\u00a0% interval {gain.low:.4f} to {gain.high:.4f}). For these data the "
            "benefit of Forestall's features is not shown."
        )
    return notes
