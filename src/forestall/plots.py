"""The charts of the report as functions: each returns a Plotly figure.

`figure.show()` opens it, `figure.write_html(FILE)` writes it, and a notebook draws it by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from forestall.assessment.drivers import explain_moments
from forestall.assessment.drivers import importance as importance_of
from forestall.data import Tables
from forestall.errors import InputError, UsageError, must_be, nearest
from forestall.evaluation.metrics.calibration import as_arrays, calibration_error
from forestall.evaluation.metrics.curves import curves
from forestall.evaluation.questions.examples import Example, Step
from forestall.model import RiskModel
from forestall.model.prepared_tables import PreparedTables
from forestall.model.scored_moments import scored_moments
from forestall.moment_features.table import moments_frame
from forestall.registry import LoadedModel
from forestall.reporting.charts.calibration import calibration_curve
from forestall.reporting.charts.chart import METHOD_LINES, Chart, Table
from forestall.reporting.charts.drivers import importance_chart
from forestall.reporting.charts.examples import example_chart
from forestall.reporting.charts.ranking import gains_curve, roc_curve
from forestall.reporting.charts.run_figure import chart_figure
from forestall.reporting.text.formats import number

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["calibration", "gains", "importance", "risk_over_time", "roc"]

_N_SHOWN_MOMENTS = 50


def calibration(y: Any, risk: Any, sample_weight: Any = None) -> Figure:
    """Return the calibration curve: the observed rate by the expected one, with the band of sampling noise.

    Parameters
    ----------
    y, risk
        Labels 0 or 1, and risks from 0 to 1, shape (n,).
    sample_weight
        Weights, shape (n,).

    Raises
    ------
    InputError
        There are no rows, the lengths differ, a label is not 0 or 1, or a risk is missing or not from 0 to 1.
    """
    labels, risks, weights = _rows(y, risk, sample_weight)
    error = calibration_error(labels, risks, weights)
    points = curves(labels, risks, weights, {}).reliability
    return chart_figure(calibration_curve(points, f"Calibration error {number(error)}"))


def gains(y: Any, risk: Any, sample_weight: Any = None, *, others: Mapping[str, Any] | None = None) -> Figure:
    """Return the cumulative gains: the share of the dissatisfied who are reached, by the share contacted.

    Parameters
    ----------
    y, risk, sample_weight
        See `calibration`.
    others
        Risks of baselines to compare with, shape (n,) each: `logistic`, `raw`, `rule` and `wait`.

    Raises
    ------
    InputError
        See `calibration`; or there is one class only.
    UsageError
        `others` has another name.
    """
    labels, risks, weights = _both_classes(*_rows(y, risk, sample_weight))
    for name in others or {}:
        if name not in METHOD_LINES or name == "risk":
            raise UsageError(f"others has no line '{name}', {nearest(name, set(METHOD_LINES) - {'risk'})}")
    beside = {name: _rows(y, one, sample_weight)[1] for name, one in (others or {}).items()}
    points = curves(labels, risks, weights, beside).capture
    return chart_figure(gains_curve(points, "Customers are contacted in the order of their risk."))


def roc(y: Any, risk: Any, sample_weight: Any = None) -> Figure:
    """Return the ROC curve; see `calibration` for the parameters, and `gains` for errors."""
    labels, risks, weights = _both_classes(*_rows(y, risk, sample_weight))
    auc = float(roc_auc_score(labels, risks, sample_weight=weights))
    table = Table(["", "value"], [["AUC", number(auc)]])
    points = curves(labels, risks, weights, {}).roc
    return chart_figure(roc_curve(points, f"AUC {number(auc)}", table))


def importance(model: LoadedModel | RiskModel, tables: Tables, moments: Any = None) -> Figure:
    """Return the mean absolute contribution of the most important features to the log-odds.

    Parameters
    ----------
    model
        What `forestall.load` or `forestall.learn(…).model` returns.
    tables
        Records to explain: of more than 1,000 moments, a systematic sample is.
    moments
        A frame of `interaction_id` and `as_of`; by default the end of each interaction.

    Raises
    ------
    InputError
        There are no moments, or they are no frame of moments.
    """
    own = _risk_model(model)
    chosen = scored_moments(own.spec, tables) if moments is None else moments_frame(moments)
    known = tables.interactions.select("interaction_id", "customer_id")
    frame = chosen.select("interaction_id", "as_of").join(
        known, on="interaction_id", how="left", maintain_order="left"
    )
    found = importance_of(explain_moments(PreparedTables.of(own, tables), frame))
    chart = importance_chart({"importance": found})
    if chart is None:
        raise InputError(must_be("moments", "at least one", do="none was given"))
    return chart_figure(chart)


def risk_over_time(model: LoadedModel | RiskModel, tables: Tables, interaction: str) -> Figure:
    """Return the risk of one interaction after each of its events.

    Parameters
    ----------
    model, tables
        See `importance`.
    interaction
        Its `interaction_id`.

    Raises
    ------
    InputError
        The interaction is not in the tables.
    """
    own = _risk_model(model)
    row = tables.interactions.filter(pl.col("interaction_id") == interaction)
    if not row.height:
        raise InputError("interaction must be an interaction_id of the tables, is none")
    start = row["started_at"][0]
    events = tables.events.filter(pl.col("interaction_id") == interaction)
    times = events.group_by("at").agg(pl.col("kind")).sort("at").head(_N_SHOWN_MOMENTS)
    at = times["at"].to_list() or [start]
    kinds = [", ".join(some) for some in times["kind"]] or ["started"]
    moments = pl.DataFrame({"interaction_id": [interaction] * len(at), "as_of": pl.Series(at)})
    scores = own.score(tables, moments=moments, reasons=True)
    steps = [
        Step((when - start).total_seconds(), kind, risk, [reason["text"] for reason in reasons or []])
        for when, kind, risk, reasons in zip(
            at, kinds, scores["dissatisfaction_risk"], scores["reasons"].to_list(), strict=True
        )
    ]
    return chart_figure(
        _plain(example_chart(0, Example(interaction, "quiet", "", math.nan, steps), math.nan))
    )


def _plain(chart: Chart) -> Chart:
    """Return an example chart without the verdict of an alarm, which nobody has asked for."""
    return Chart(chart.key, "Risk over time", chart.text, chart.spec, chart.table)


def _risk_model(model: LoadedModel | RiskModel) -> RiskModel:
    return model.risk_model if isinstance(model, LoadedModel) else model


def _rows(y: Any, risk: Any, sample_weight: Any = None) -> tuple[Any, Any, Any]:
    if len(y) != len(risk) or not len(y):
        raise InputError(
            must_be("y and risk", "of the same length, at least 1", f"{len(y)} labels and {len(risk)} risks")
        )
    if sample_weight is not None and len(sample_weight) != len(y):
        raise InputError(must_be("sample_weight", f"of {len(y)} weights", f"{len(sample_weight)}"))
    try:
        labels, risks, weights = as_arrays(y, risk, sample_weight)
    except (TypeError, ValueError):
        raise InputError(must_be("y, risk and sample_weight", "numbers", "others")) from None
    if not len(labels):
        raise InputError(must_be("sample_weight", "above 0 in a row", "0 in all"))
    if not np.isin(labels, (0, 1)).all():
        raise InputError(must_be("y", "labels 0 or 1", "other values or none"))
    if not ((risks >= 0) & (risks <= 1)).all():
        do = "leave out rows for which a model abstained"
        raise InputError(must_be("risk", "a number from 0 to 1 in each row", do=do))
    return labels, risks, weights


def _both_classes(y: Any, risk: Any, weight: Any) -> tuple[Any, Any, Any]:
    if len(np.unique(y)) < 2:
        raise InputError(must_be("y", "labels of both kinds", do="a ranking needs both"))
    return y, risk, weight
