"""The report: one page that opens anywhere, offline, for the manager first and the data scientist after."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from forestall.evaluation.evaluation import Evaluation
from forestall.reporting.charts.chart import Table
from forestall.reporting.charts.report_charts import charts, in_parts
from forestall.reporting.charts.segments import segment_table
from forestall.reporting.page import write_html
from forestall.reporting.text import findings
from forestall.reporting.text import sentences as say

log = logging.getLogger(__name__)

_METRICS = {
    "n": "rows",
    "n_dissatisfied": "of them ended dissatisfied",
    "base_rate": "base rate",
    "mean_risk": "mean risk",
    "auc": "AUC",
    "average_precision": "average precision",
    "log_loss": "log-loss",
    "brier": "Brier score",
    "calibration_error": "calibration error (15 bins of equal counts)",
    "calibration_error_perfect": "calibration error of exactly right risks: mean",
    "calibration_error_perfect_high": "calibration error of exactly right risks: 95 % bound",
}


class Context(TypedDict, total=False):
    """What a report tells besides the evaluation; every key may be left out.

    Parameters
    ----------
    model_name, model_version, run_id
        Of the model.
    label
        What counts as dissatisfied, in a sentence.
    event
        The kind of event that is foreseen; left out where it is a bad rating.
    notes
        Cautions, in sentences: no clock, a random split, few labels.
    counts, windows
        Of the data: numbers and times by name.
    quality
        Interactions by the quality of their data at their last moment: ok, partial, abstained.
    importance
        Features: `feature`, `family`, `gain`, `contribution` (mean of its size), `description`.
    ablations
        Trainings without a family or a column, by name: `metrics`, and `gain` (mean, low, high) in log-loss
        of the full model over it.
    tuning
        What trying settings brought, in a sentence.
    rejections
        Counts of rejected rows by table and rule.
    settings
        The resolved `model.yaml`.
    lineage
        Where it comes from, by name: digests, versions, seeds.
    """

    model_name: str
    model_version: str
    run_id: str
    label: str
    event: str
    notes: list[str]
    counts: dict[str, int]
    windows: dict[str, str]
    quality: dict[str, int]
    importance: list[dict[str, Any]]
    ablations: dict[str, dict[str, Any]]
    tuning: str
    rejections: dict[str, dict[str, int]]
    settings: str
    lineage: dict[str, Any]


def write_report(evaluation: Evaluation, context: Context | Mapping[str, Any], path: str | Path) -> Path:
    """Write the evaluation as one HTML page that needs no network, and return its path.

    Parameters
    ----------
    evaluation
        The figures.
    context
        What else is told: see `Context`.
    path
        The file to write.
    """
    drawn = charts(evaluation, context)
    target = write_html(
        "report.html.j2",
        path,
        drawn,
        **_summary(evaluation, context),
        parts=in_parts(drawn),
        segments={name: segment_table(some) for name, some in evaluation.segments.items()},
        leaks=_leaks(evaluation),
        figures=_figures(evaluation),
        ablations=_ablations(evaluation, context),
        labels=_labels(evaluation),
        labels_said=findings.labels(evaluation),
        rejections=_rejections(context),
        context=dict.fromkeys(Context.__annotations__) | dict(context),
    )
    log.info("report of %d pictures written", len(drawn))
    return target


def _summary(evaluation: Evaluation, context: Mapping[str, Any]) -> dict[str, Any]:
    caught = evaluation.overall["capture_at_10"]
    low, high = evaluation.intervals.get("capture_at_10", (math.nan, math.nan))
    return {
        "title": f"{context.get('model_name', 'Model')}: evaluation",
        "headline": say.headline(evaluation),
        "basis": say.basis(evaluation),
        "surety": say.surety(evaluation),
        "reached": None if math.isnan(caught) else 10 * caught,
        "reached_low": None if math.isnan(low) else 10 * low,
        "reached_high": None if math.isnan(high) else 10 * high,
        "sentences": [
            sentence
            for sentence in (
                say.ranking(evaluation),
                say.calibration(evaluation),
                say.comparison(evaluation),
                findings.early(evaluation) if evaluation.earliness else say.earliness(evaluation),
                findings.alarms_in_short(evaluation),
                findings.value(evaluation),
                findings.groups(evaluation),
                findings.reversed_places(evaluation),
                findings.claim(evaluation),
                findings.noise(evaluation),
                say.truth(evaluation),
                context.get("tuning"),
            )
            if sentence
        ],
        "cautions": [*say.cautions(evaluation, context), *findings.watch(evaluation)],
    }


def _figures(evaluation: Evaluation) -> Table:
    """Return all metrics, at the last moments with their intervals and over all moments."""
    names = _METRICS | {
        f"{kind}_at_{share}": f"{spoken} {int(share)} %"
        for kind, spoken in (("lift", "lift, riskiest"), ("capture", "share reached, riskiest"))
        for share in ("01", "05", "10", "20")
    }
    rows = []
    for name, spoken in names.items():
        low, high = evaluation.intervals.get(name, (math.nan, math.nan))
        interval = "" if math.isnan(low) else f"{say.number(low, 4)} to {say.number(high, 4)}"
        values = (evaluation.overall[name], evaluation.moments[name])
        rows.append([spoken, say.number(values[0], 4), interval, say.number(values[1], 4)])
    return Table(["", "last moments", "95 % interval", "all moments"], rows)


def _ablations(evaluation: Evaluation, context: Mapping[str, Any]) -> Table | None:
    found = context.get("ablations", {})
    if not found:
        return None
    shown = ("auc", "log_loss", "average_precision")
    rows = [["the model", *(say.number(evaluation.overall[name], 4) for name in shown), ""]]
    for name, one in found.items():
        gain = one.get("gain")
        mean, low, high = (
            (say.number(gain[part], 4) for part in ("mean", "low", "high")) if gain else ("",) * 3
        )
        told = f"{mean} ({low} to {high})" if gain else ""
        rows.append([name, *(say.number(one["metrics"].get(metric), 4) for metric in shown), told])
    return Table(["", "AUC", "log-loss", "average precision", "loss without it, in log-loss"], rows)


def _leaks(evaluation: Evaluation) -> Table | None:
    rows = [
        [
            say.spoken(one.name),
            one.kind,
            "yes" if one.is_used else "no",
            f"{say.number(one.auc)} ({say.number(one.auc_low)} to {say.number(one.auc_high)})",
            one.how,
            say.percent(one.filled_rated),
            say.percent(one.filled_others),
            one.why,
        ]
        for one in evaluation.leaks
    ]
    heads = ["", "what", "used", "AUC alone", "read as", "filled, rated", "filled, others", "why"]
    return Table(heads, rows) if rows else None


def _labels(evaluation: Evaluation) -> Table | None:
    rows = [
        [
            f"{one.outcome}: by a model of {one.model}",
            say.number(one.n_learnt),
            f"{say.number(one.n)} ({say.number(one.n_positive)})",
            f"{say.number(one.auc)} ({say.number(one.auc_low)} to {say.number(one.auc_high)})",
        ]
        for one in evaluation.labels
    ]
    return Table(["", "learnt from", "judged on (had it)", "AUC"], rows) if rows else None


def _rejections(context: Mapping[str, Any]) -> Table | None:
    rows = [
        [table, rule, say.number(int(n))]
        for table, rules in context.get("rejections", {}).items()
        for rule, n in rules.items()
    ]
    return Table(["table", "rule that they broke", "rows"], rows) if rows else None
