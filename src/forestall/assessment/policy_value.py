"""What a policy is worth on a company's records."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from forestall.evaluation.questions.policy_value import PolicyValue
from forestall.evaluation.questions.policy_value import policy_value as value_of_policy
from forestall.model.policy import Policy, worth
from forestall.model.prepared_tables import PreparedTables
from forestall.moments import label_moments
from forestall.training.labelled_moments import IS_DRAWN, judged_moments
from forestall.training.policy_bands import interactions_per_day, starting_from


def policy_value(prepared: PreparedTables, paths: pl.DataFrame, begin: datetime | None) -> PolicyValue | None:
    """Return what the model's policy is worth on a sample of interactions; None without a policy or a clock.

    Parameters
    ----------
    prepared
        The model, and the records.
    paths
        What `risk_trajectories` returned.
    begin
        The sample is of interactions that start then or later; of all without it.
    """
    model, tables = prepared.model, prepared.tables
    policy: Policy | None = model.spec.policy
    per_day = interactions_per_day(tables, begin)
    last = _evaluated(prepared, paths).filter(pl.col("risk").is_not_null())
    if policy is None or per_day is None or not last.height:
        return None
    rows = last.join(
        tables.interactions.select("interaction_id", "customer_value"),
        on="interaction_id",
        how="left",
        maintain_order="left",
    )
    share = last.height / max(starting_from(tables, begin).height, 1)
    filled = rows.with_columns(customer_value=worth(policy, rows["customer_value"].to_numpy()))
    n_days = round(starting_from(tables, begin).height / per_day)
    return value_of_policy(filled, policy, share=share, per_day=per_day, n_days=n_days, seed=model.spec.seed)


def _evaluated(prepared: PreparedTables, paths: pl.DataFrame) -> pl.DataFrame:
    """Return the interactions of the sample, each at the moment at which it is evaluated."""
    model, tables = prepared.model, prepared.tables
    last = paths.filter("is_last")
    if not model.info.get(IS_DRAWN):
        return last
    # the last moment before the event would tell it
    moments = judged_moments(tables, model.spec, is_drawn=True).join(
        last.select("interaction_id", "customer_id"), on="interaction_id", how="inner", maintain_order="left"
    )
    scores = prepared.score(moments)
    labelled = label_moments(tables, moments, model.spec.label)
    return labelled.select("interaction_id", "customer_id", "as_of", "label").with_columns(
        risk=scores["dissatisfaction_risk"]
    )
