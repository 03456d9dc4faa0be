"""The offers that a contact list makes, as the ledger keeps them."""

from __future__ import annotations

import hashlib
from datetime import datetime

import polars as pl

from forestall.data.schemas import TIME
from forestall.model.policy import Policy


def offers_of(
    listed: pl.DataFrame, policy: Policy, at: datetime, model: tuple[str, str | None]
) -> pl.DataFrame:
    """Return the offers of a contact list with arms, for `Ledger.offer`.

    Parameters
    ----------
    listed
        The contact list.
    policy
        Its policy.
    at
        The time of the job.
    model
        Name and version of the model.

    Returns
    -------
    polars.DataFrame
        An interaction is offered once in an experiment: its `contact_id` is made of both.
    """
    names = listed["interaction_id"].to_list()
    ids = [hashlib.sha256(f"{policy.experiment} {name}".encode()).hexdigest()[:32] for name in names]
    return listed.select(
        "interaction_id",
        "customer_id",
        "arm",
        "probability",
        contact_id=pl.Series(ids, dtype=pl.String),
        at=pl.lit(at, TIME),
        experiment=pl.lit(policy.experiment),
        risk="dissatisfaction_risk",
        model_name=pl.lit(model[0]),
        model_version=pl.lit(model[1], pl.String),
    )
