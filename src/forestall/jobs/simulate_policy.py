"""A simulated company that contacts its riskiest customers and holds some of them out."""

from __future__ import annotations

import polars as pl

from forestall.contacts.arms import customer_names, group_of
from forestall.data.contact_schema import HOLDOUT
from forestall.model.policy import Policy
from forestall.simulation.contacts import offer_times, play_contacts
from forestall.simulation.tables import Frames
from forestall.simulation.whom_contacts_help import Helps

OFFERED_SHARE = 0.25
POLICY = Policy(
    capacity_per_day=100, cost_per_contact=4, saved_share=0.25, customer_value=300,
    experiment="simulated", holdout_share=0.2,
)  # fmt: skip


def play_policy(
    frames: Frames,
    seed: int,
    risks: pl.DataFrame | None = None,
    policy: Policy = POLICY,
    helps: Helps = "hidden",
) -> Frames:
    """Return the tables after the riskiest quarter was offered to be contacted, each in the night after its end.

    Parameters
    ----------
    frames
        Tables from `simulation.simulate_tables`.
    seed
        Draws what the contacts do.
    risks
        `interaction_id` and `risk`, by which customers are chosen; by default the true risk.
    policy
        The holdout share and the experiment.
    helps
        Whom a contact helps: see `simulation.whom_contacts_help`.
    """
    chosen_by = frames["truth"].select("interaction_id", risk="true_risk") if risks is None else risks
    known = offer_times(frames).join(chosen_by, on="interaction_id", maintain_order="left").drop_nulls("risk")
    n = round(OFFERED_SHARE * frames["interactions"].height)
    riskiest = known.sort("risk", descending=True, maintain_order=True).head(n).sort("at", "interaction_id")
    customers = frames["interactions"].select("interaction_id", "customer_id")
    offered = riskiest.join(customers, on="interaction_id", maintain_order="left")
    offered = offered.with_columns(arm=group_of(policy, customer_names(offered)))
    share = policy.holdout_share
    offers = offered.with_columns(
        contact_id=pl.concat_str(pl.lit("k"), "interaction_id"),
        experiment=pl.lit(policy.experiment),
        probability=pl.when(pl.col("arm") == HOLDOUT).then(share).otherwise(1 - share),
        model_name=pl.lit("true-risk" if risks is None else "model"),
        model_version=pl.lit("1"),
    )
    return play_contacts(frames, offers, seed, helps)
