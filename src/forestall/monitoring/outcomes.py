"""The outcomes of the new interactions, with the risks that they are compared with."""

from __future__ import annotations

import polars as pl

from forestall.data import Tables
from forestall.evaluation.metrics.bootstrap import bootstrap_intervals
from forestall.evaluation.metrics.calibration import reliability_points
from forestall.evaluation.metrics.customers import one_each, row_weights, weights_of
from forestall.evaluation.metrics.expected import expected_figures
from forestall.evaluation.metrics.risk_metrics import risk_metrics
from forestall.model import RiskModel
from forestall.moments import label_moments
from forestall.moments.contacted import HOLDOUT_WEIGHT
from forestall.moments.seeded_draws import draw_rows
from forestall.monitoring.cohorts import MOST_INTERACTIONS, Cohorts
from forestall.monitoring.monitored_records import MonitoredRecords
from forestall.monitoring.past_scores import PastScores, label_past_scores
from forestall.monitoring.result import Listed, Outcome
from forestall.monitoring.scored_cohort import score_moments
from forestall.training.labelled_moments import IS_DRAWN, asks_to_draw, labelled_moments, last_moments

_LABELLED = ("interaction_id", "customer_id", "as_of", "label", f"^{HOLDOUT_WEIGHT}$")


def labelled_outcomes(
    model: RiskModel, now: MonitoredRecords, cohorts: Cohorts, past_scores: PastScores | None
) -> pl.DataFrame:
    """Return the new interactions with a known label, and their evaluated risk.

    Parameters
    ----------
    model, now
        The model and the records of today.
    cohorts
        The interactions to compare: those that are new.
    past_scores
        The risks of earlier scoring jobs; None to score the labelled moments now.

    Returns
    -------
    polars.DataFrame
        interaction_id, customer_id, as_of, label, risk, data_quality, and is_listed: whether the interaction was on a
        contact list. If customers were contacted, `weight` too: the held-out stand for them.
    """
    spec, is_new = model.spec, pl.col("interaction_id").is_in(cohorts.new_ids.implode())
    if past_scores is not None:
        found = [
            label_past_scores(past_scores, tables, spec.label, _is_drawn(model, tables), spec.seed)
            for tables in now.each()
        ]
        rows = pl.concat(found).filter(is_new).sort("interaction_id")
    else:
        found = [_labelled(tables, model).filter(is_new).select(_LABELLED) for tables in now.each()]
        rows = pl.concat(found).sort("as_of", "interaction_id")
        rows = draw_rows(rows, MOST_INTERACTIONS, spec.seed, "labelled")
        rows = score_moments(now, model, rows).rename({"dissatisfaction_risk": "risk"})
        rows = rows.with_columns(is_listed=pl.lit(False))
    rows = rows.filter(pl.col("risk").is_not_null()).select(*_LABELLED, "risk", "data_quality", "is_listed")
    rows = one_each(rows)
    return draw_rows(rows, MOST_INTERACTIONS, spec.seed, "labelled")


def _labelled(tables: Tables, model: RiskModel) -> pl.DataFrame:
    """Return one labelled moment of each interaction with a label.

    It is the last moment or, if the label's event often occurs while interactions are open, a randomly drawn one.
    """
    label = model.spec.label
    if _is_drawn(model, tables):
        return labelled_moments(tables, model.spec, is_drawn=True)[0].filter("is_last")
    moments = label_moments(tables, last_moments(tables, label), label)
    customers = tables.interactions.select("interaction_id", "customer_id")
    labelled = moments.filter(pl.col("label").is_not_null())
    return labelled.join(customers, on="interaction_id", how="inner", maintain_order="left")


def _is_drawn(model: RiskModel, tables: Tables) -> bool:
    """Return whether moments are drawn, as in the training of the model.

    They are drawn if the label's event often occurs while interactions are open.
    """
    return bool(model.info.get(IS_DRAWN, asks_to_draw(tables, model.spec.label)))


def outcome_figures(rows: pl.DataFrame, seed: int) -> Outcome:
    """Return the observed and the expected figures of labelled interactions: `label`, `risk`, `customer_id`."""
    label, risk = rows["label"].cast(pl.Float64).to_numpy(), rows["risk"].to_numpy()
    weight = weights_of(rows)
    return Outcome(
        metrics=risk_metrics(label, risk, weight, seed=seed),
        intervals=bootstrap_intervals(rows, seed=seed) if rows.height else {},
        promised=expected_figures(risk, weight, seed=seed),
        reliability=reliability_points(label, risk, row_weights(rows), n_bins=10) if rows.height else {},
    )


def contact_list_figures(rows: pl.DataFrame) -> Listed | None:
    """Return the mean risk and the observed rate of interactions on a contact list; None if there are none."""
    if not rows.height:
        return None
    risk, rate = rows.select(pl.col("risk").mean(), pl.col("label").cast(pl.Float64).mean()).row(0)
    return Listed(rows.height, risk, rate)
