"""History: this customer's earlier interactions."""

from __future__ import annotations

from forestall.moment_features.earlier_columns import (
    EarlierCount,
    EarlierFirst,
    EarlierLast,
    EarlierSmallest,
    EarlierSum,
)
from forestall.moment_features.family import Family, Feature
from forestall.moment_features.shared_terms import (
    AS_OF,
    START,
    WAIT_S,
    days,
    log_ratio,
    ratio,
    recorded,
    seconds,
)
from forestall.moment_features.state_columns import Own
from forestall.moment_features.terms import flag, only_if

_N = EarlierCount()
_N_RATED = EarlierCount("is_rated")
_RATING_LAST = EarlierLast("rating", "is_rated") / 100
_RATING_MEAN = ratio(EarlierSum("rating", "is_rated"), _N_RATED) / 100
_WAIT_MEAN_S = seconds(ratio(EarlierSum("wait", "has_wait"), EarlierCount("has_wait")))
# `is_settled`: it is known whether the interaction was resolved. If that is known of none, the number is unknown.
_N_SETTLED = EarlierCount("is_settled")
_N_UNRESOLVED = only_if(_N.equals(0) | (_N_SETTLED > 0), EarlierCount("is_unresolved"))

HISTORY = Family(
    "history",
    "This customer's last 50 earlier interactions.",
    [
        Feature("contact_n", _N, "Number of earlier interactions.", reason="{value} earlier {interaction|interactions}", low=0, high=50),
        Feature("contact_30d_n", EarlierCount("is_recent"), "Number of earlier interactions in the 30 days before this one.",
                reason="{value} {interaction|interactions} within 30 days", low=0, high=50),
        Feature("since_last_days", days(START - EarlierLast("started_at")), "Days from the start of the last interaction to the start of this one.",
                reason="the last interaction was {value} ago", low=0),
        Feature("tenure_days", days(AS_OF - EarlierFirst("started_at")), "Days since the start of the first of them.",
                reason="a customer for {value}", low=0),
        Feature("rated_n", _N_RATED, "Number of ratings given.", reason="gave {value} {rating|ratings}", low=0, high=50),
        Feature("rated_share", ratio(_N_RATED, _N), "Share of earlier interactions with a rating.",
                reason="rates {value} of the interactions", low=0, high=1),
        Feature("rating_mean", _RATING_MEAN, "Mean of the customer's ratings.", reason="rated {value} on average"),
        Feature("rating_min", EarlierSmallest("rating", "is_rated") / 100, "Lowest rating of the customer.", reason="a lowest rating of {value}"),
        Feature("rating_last", _RATING_LAST, "Rating of the last interaction that was rated.", reason="last rated {value}"),
        Feature("rating_trend", _RATING_LAST - _RATING_MEAN, "Last rating minus the mean rating.",
                reason="ratings have moved by {value}"),
        Feature("unresolved_n", recorded(_N_UNRESOLVED, "resolved"), "Number of earlier interactions that are not resolved.", +1,
                "{value} earlier {interaction|interactions} unresolved", low=0, high=50),
        Feature("unresolved_share", recorded(ratio(_N_UNRESOLVED, _N_SETTLED), "resolved"),
                "Share of earlier interactions that are not resolved.", reason="{value} of the earlier interactions unresolved",
                low=0, high=1),
        Feature("last_unresolved", recorded(only_if(EarlierLast("is_settled") > 0, EarlierLast("is_unresolved")), "resolved"), "Whether the last interaction is not resolved.", +1,
                "the last interaction is unresolved", low=0, high=1),
        Feature("open_n", recorded(EarlierCount("is_open"), "closed", "abandoned"), "Number of earlier interactions that have not ended.", reason="{value} earlier {interaction|interactions} still open", low=0, high=50),
        Feature("wait_mean_s", _WAIT_MEAN_S, "Mean wait of the customer's earlier interactions, seconds.",
                reason="waited {value} on average", low=0),
        Feature("wait_last_s", only_if(EarlierLast("has_wait") > 0, seconds(EarlierLast("wait"))), "Wait of the last interaction, seconds.",
                reason="waited {value} last time", low=0),
        Feature("wait_vs_own", log_ratio(WAIT_S, _WAIT_MEAN_S), "Log ratio of this wait to the customer's own mean wait.",
                +1, "the wait is {value} times what this customer is used to", is_log=True),
        Feature("same_venue_share", ratio(EarlierCount("same_venue"), _N), "Share of earlier interactions at this venue.",
                reason="{value} of the earlier interactions at this venue", low=0, high=1),
        Feature("same_channel_share", ratio(EarlierCount("same_channel"), _N), "Share of earlier interactions in this channel.",
                reason="{value} of the earlier interactions in this channel", low=0, high=1),
        Feature("is_known", flag(_N.is_known()), "Whether the customer is known.", reason="customer known: {value}",
                low=0, high=1),
        Feature("customer_value", Own("customer_value"), "Value of the customer to the company per year.", reason="worth {value} a year"),
    ],
)  # fmt: skip
