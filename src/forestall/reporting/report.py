"""The report: one HTML page that opens offline, for the manager first and for the data scientist below."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

from forestall.evaluation.effects.contact_order import ContactOrder
from forestall.evaluation.evaluation import Evaluation
from forestall.reporting.charts.chart import Table
from forestall.reporting.charts.report_charts import report_charts
from forestall.reporting.charts.segments import segment_table
from forestall.reporting.page import write_html
from forestall.reporting.text import (
    calibration,
    contact_order,
    drivers,
    early_warning,
    label_comparison,
    leaks,
    segments,
    summary,
    value,
)
from forestall.reporting.text.formats import UNDEFINED, number, number_range, percent, plain_name

log = logging.getLogger(__name__)

_METRICS = {
    "n": "interactions or moments",
    "n_dissatisfied": "dissatisfied",
    "base_rate": "observed rate",
    "mean_risk": "mean risk",
    "auc": "AUC",
    "average_precision": "average precision",
    "log_loss": "log-loss",
    "brier": "Brier score",
    "calibration_error": "calibration error (15 bins of equal size)",
    "calibration_error_perfect": "calibration error of a perfect calibration: mean",
    "calibration_error_perfect_high": "calibration error of a perfect calibration: 95 % bound",
}
_SHARES = ("01", "05", "10", "20")


class Context(TypedDict, total=False):
    """What a report shows beside the evaluation; every key is optional.

    Parameters
    ----------
    model_name, model_version, run_id
        The evaluated model.
    label
        The definition of dissatisfied, in words.
    event
        The kind of event that the model predicts; empty if the label is a rating.
    notes
        Cautions, in sentences: no clock, a random split, few labels.
    counts, windows
        Numbers of interactions, and periods, by name.
    quality
        Interactions by the quality of their data at their last moment: ok, partial, abstained.
    importance
        Features: `feature`, `family`, `gain`, `contribution` (mean absolute), `description`.
    ablations
        Trainings without a family or a column, by name: `metrics`, and `gain` (mean, low, high), which is the
        log-loss lost without it.
    tuning
        The result of the hyperparameter search, in a sentence.
    contact_order
        How well the effect of a contact orders contacts, if it was learnt.
    rejections
        Numbers of rejected rows by table and rule.
    settings
        The resolved `model.yaml`.
    lineage
        Digests, versions and seeds, by name.
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
    contact_order: ContactOrder | None
    rejections: dict[str, dict[str, int]]
    settings: str
    lineage: dict[str, Any]


class KeyFigure(NamedTuple):
    """One of the figures at the top of the report."""

    name: str
    value: str
    detail: str


def write_report(evaluation: Evaluation, context: Context | Mapping[str, Any], path: str | Path) -> Path:
    """Write an evaluation as one HTML page that needs no network, and return its path.

    Parameters
    ----------
    evaluation
        The figures.
    context
        What else to show: see `Context`.
    path
        The file to write.
    """
    sections = report_charts(evaluation, context)
    charts = [chart for some in sections.values() for chart in some]
    target = write_html(
        "report.html.j2",
        path,
        charts,
        **_first_screen(evaluation, context),
        findings=_findings(evaluation, context),
        sections=sections,
        segments={name: segment_table(some) for name, some in evaluation.segments.items()},
        leaks=_leaks(evaluation),
        metrics=_metrics(evaluation),
        ablations=_ablations(evaluation, context),
        labels=_labels(evaluation),
        effect_groups=contact_order.groups(context.get("contact_order")),
        label_comparison=label_comparison.auc_by_label(evaluation),
        rejections=_rejections(context),
        context=dict.fromkeys(Context.__annotations__) | dict(context),
    )
    log.info("report with %d charts written", len(charts))
    return target


def cautions(evaluation: Evaluation, context: Mapping[str, Any]) -> list[str]:
    """Return all cautions of a report or a model card."""
    return [*summary.cautions(evaluation, context), *leaks.leak_warnings(evaluation)]


def _first_screen(evaluation: Evaluation, context: Mapping[str, Any]) -> dict[str, Any]:
    reached = evaluation.overall["capture_at_10"]
    return {
        "title": f"{context.get('model_name', 'Model')}: evaluation",
        "headline": summary.headline(evaluation),
        "basis": summary.basis(evaluation),
        "uncertainty": summary.uncertainty(evaluation),
        "reached_of_ten": None if math.isnan(reached) else 10 * reached,
        "key_figures": _key_figures(evaluation),
        "cautions": cautions(evaluation, context),
    }


def _key_figures(evaluation: Evaluation) -> list[KeyFigure]:
    """Return AUC, lift, log-loss and calibration error, each with what to compare it with; or nothing without rows."""
    overall = evaluation.overall
    if not overall["n"]:
        return []
    bound = percent(overall["calibration_error_perfect_high"], 1)
    figures = [
        KeyFigure("AUC", number(overall["auc"], 2), _interval(evaluation, "auc", 2)),
        KeyFigure("lift at 10 %", number(overall["lift_at_10"], 1), "random ranking: 1.0"),
        KeyFigure("log-loss", number(overall["log_loss"]), _interval(evaluation, "log_loss", 3)),
        KeyFigure(
            "calibration error", percent(overall["calibration_error"], 1), f"sampling noise: up to {bound}"
        ),
    ]
    return [figure for figure in figures if figure.value != UNDEFINED]


def _interval(evaluation: Evaluation, metric: str, digits: int) -> str:
    low, high = evaluation.intervals.get(metric, (math.nan, math.nan))
    return "" if math.isnan(low) else f"95 %: {number_range(low, high, digits)}"


def _findings(evaluation: Evaluation, context: Mapping[str, Any]) -> dict[str, str]:
    """Return the main findings by their topic; topics without a finding are left out."""
    has_times = evaluation.earliness is not None
    found = {
        "Ranking": summary.ranking(evaluation),
        "Calibration": calibration.calibration(evaluation),
        "Baselines": summary.comparison(evaluation),
        "Early warning": early_warning.auc_at_stages(evaluation)
        if has_times
        else summary.auc_by_stage(evaluation),
        "Lead time": early_warning.lead_times_in_short(evaluation),
        "Saving": value.saving(evaluation),
        "Segments": segments.deviating_segments(evaluation),
        "Greetings": segments.reversed_greetings(evaluation),
        "Main driver": drivers.main_driver(evaluation),
        "Label noise": calibration.label_noise(evaluation),
        "True risk": summary.true_risk(evaluation),
        "Hyperparameters": context.get("tuning") or "",
        "Effect of a contact": contact_order.effect(context.get("contact_order")),
        "Order of contacts": contact_order.verdict(context.get("contact_order")),
        "Sleeping dogs": contact_order.sleeping_dogs(context.get("contact_order")),
    }
    return {topic: sentence for topic, sentence in found.items() if sentence}


def _metrics(evaluation: Evaluation) -> Table:
    """Return all metrics, at the last moments with their intervals and over all moments."""
    names = _METRICS | {
        f"{kind}_at_{share}": f"{title} {int(share)} %"
        for kind, title in (("lift", "lift at"), ("capture", "dissatisfied customers reached by contacting"))
        for share in _SHARES
    }
    rows = []
    for name, title in names.items():
        low, high = evaluation.intervals.get(name, (math.nan, math.nan))
        interval = "" if math.isnan(low) else number_range(low, high, 4)
        values = (evaluation.overall[name], evaluation.moments[name])
        rows.append([title, number(values[0], 4), interval, number(values[1], 4)])
    return Table(["", "last moments", "95 % interval", "all moments"], rows)


def _ablations(evaluation: Evaluation, context: Mapping[str, Any]) -> Table | None:
    found = context.get("ablations", {})
    if not found:
        return None
    shown = ("auc", "log_loss", "average_precision")
    rows = [["this model", *(number(evaluation.overall[name], 4) for name in shown), ""]]
    for name, one in found.items():
        lost = one.get("gain")
        loss = f"{number(lost['mean'], 4)} ({number_range(lost['low'], lost['high'], 4)})" if lost else ""
        rows.append([name, *(number(one["metrics"].get(metric), 4) for metric in shown), loss])
    return Table(["", "AUC", "log-loss", "average precision", "log-loss lost (95 % interval)"], rows)


def _leaks(evaluation: Evaluation) -> Table | None:
    rows = [
        [
            plain_name(one.name),
            one.kind,
            "yes" if one.is_used else "no",
            f"{number(one.auc)} ({number_range(one.auc_low, one.auc_high)})",
            one.how,
            percent(one.filled_rated),
            percent(one.filled_others),
            one.why,
        ]
        for one in evaluation.leaks
    ]
    heads = ["", "kind", "used", "AUC alone", "read as", "filled, rated", "filled, not rated", "reason"]
    return Table(heads, rows) if rows else None


def _labels(evaluation: Evaluation) -> Table | None:
    rows = [
        [
            f"{one.outcome}: by the model of {one.model}",
            number(one.n_learnt),
            f"{number(one.n)} ({number(one.n_positive)})",
            f"{number(one.auc)} ({number_range(one.auc_low, one.auc_high)})",
        ]
        for one in evaluation.labels
    ]
    return Table(["", "training rows", "test rows (with the outcome)", "AUC"], rows) if rows else None


def _rejections(context: Mapping[str, Any]) -> Table | None:
    rows = [
        [table, rule, number(int(n))]
        for table, rules in context.get("rejections", {}).items()
        for rule, n in rules.items()
    ]
    return Table(["table", "broken rule", "rows"], rows) if rows else None
