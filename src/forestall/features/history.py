"""History: this customer so far."""

from __future__ import annotations

import polars as pl

from forestall.features.family import Family, Feature
from forestall.features.terms import AS_OF, START, WAIT_S, days, flag, log_ratio, past, ratio, recorded

_KNOWN = past("n").is_not_null()

HISTORY = Family(
    "history",
    "This customer so far: of the last 50 earlier interactions.",
    [
        Feature("contact_n", past("n"), "Earlier interactions.", reason="{value} earlier {interaction|interactions}", low=0, high=50),
        Feature("contact_30d_n", past("n_30d"), "Earlier interactions of the last 30 days.",
                reason="{value} {interaction|interactions} within 30 days", low=0, high=50),
        Feature("since_last_days", days(START - past("last_start")), "Days since the last interaction began.",
                reason="the last interaction was {value} ago", low=0),
        Feature("tenure_days", days(AS_OF - past("first_start")), "Days since the first of them.",
                reason="a customer for {value}", low=0),
        Feature("rated_n", past("n_rated"), "Ratings given.", reason="gave {value} {rating|ratings}", low=0, high=50),
        Feature("rated_share", ratio(past("n_rated"), past("n")), "Share of earlier interactions rated.",
                reason="rates {value} of the interactions", low=0, high=1),
        Feature("rating_mean", past("rating_mean"), "Mean of the customer's ratings.", reason="rated {value} on average"),
        Feature("rating_min", past("rating_min"), "Lowest of the customer's ratings.", reason="a lowest rating of {value}"),
        Feature("rating_last", past("rating_last"), "Rating of the last interaction rated.", reason="last rated {value}"),
        Feature("rating_trend", past("rating_last") - past("rating_mean"), "Last rating less the mean.",
                reason="ratings have moved by {value}"),
        Feature("unresolved_n", recorded(past("n_unresolved"), "resolved"), "Earlier interactions not resolved yet.", +1,
                "{value} earlier {interaction|interactions} unresolved", low=0, high=50),
        Feature("unresolved_share", recorded(ratio(past("n_unresolved"), past("n_resolution")), "resolved"),
                "Share of earlier interactions not resolved yet.", reason="{value} of the earlier interactions unresolved",
                low=0, high=1),
        Feature("last_unresolved", recorded(past("last_unresolved"), "resolved"), "Whether the last interaction is not resolved yet.", +1,
                "the last interaction is unresolved", low=0, high=1),
        Feature("open_n", recorded(past("n_open"), "closed", "abandoned"), "Earlier interactions still open.", reason="{value} earlier {interaction|interactions} still open", low=0, high=50),
        Feature("wait_mean_s", past("wait_mean_s"), "The customer's own usual wait, seconds.",
                reason="waited {value} on average", low=0),
        Feature("wait_last_s", past("wait_last_s"), "Wait of the last interaction, seconds.",
                reason="waited {value} last time", low=0),
        Feature("wait_vs_own", log_ratio(WAIT_S, past("wait_mean_s")), "This wait against the customer's own usual, log ratio.",
                +1, "the wait is {value} times what this customer is used to", is_log=True),
        Feature("same_venue_share", ratio(past("n_same_venue"), past("n")), "Share of earlier interactions at this venue.",
                reason="{value} of the earlier interactions at this venue", low=0, high=1),
        Feature("same_channel_share", ratio(past("n_same_channel"), past("n")), "Share of earlier interactions in this channel.",
                reason="{value} of the earlier interactions in this channel", low=0, high=1),
        Feature("is_known", flag(_KNOWN), "Whether it is known who the customer is.", reason="customer known: {value}",
                low=0, high=1),
        Feature("customer_value", pl.col("customer_value"), "Worth to the company per year.", reason="worth {value} a year"),
    ],
)  # fmt: skip
