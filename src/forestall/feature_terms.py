"""What a company's own features are declared with: families, features and the terms that compute them.

>>> PARKING = Family("parking", "Time at the car park.", [
...     Feature("wait_s", elapsed(First("parked"), First("served")), "Seconds from parking until served.", +1,
...             "waited {value} since parking", low=0),
... ])

A term is the value of a moment: it may use only what is known by then, and any term of this page does.
"""

from forestall.moment_features.earlier_columns import (
    EarlierCount,
    EarlierFirst,
    EarlierLast,
    EarlierSmallest,
    EarlierSum,
)
from forestall.moment_features.event_attributes import Attribute
from forestall.moment_features.event_columns import (
    ANY_KIND,
    Amount,
    Count,
    First,
    Last,
    Since,
    Words,
)
from forestall.moment_features.family import Family, Feature
from forestall.moment_features.last_kind import LastKind
from forestall.moment_features.operations import Kind
from forestall.moment_features.shared_terms import (
    AS_OF,
    ATTENDED,
    DELIVERED,
    ENDED,
    IS_RESOLVED,
    MANNER,
    PROMISED,
    RAISED,
    RESOLVE_S,
    RESPONDED,
    SERVED,
    SETTLED,
    STAFF_TEXTS,
    STANDARD_S,
    START,
    USUAL_STANDARD_S,
    WAIT_END,
    WAIT_S,
    amount,
    days,
    elapsed,
    has_happened,
    log_ratio,
    ratio,
    recorded,
    seconds,
    text,
)
from forestall.moment_features.state_columns import Own, Queue, Recorded, Usual
from forestall.moment_features.terms import Term, any_of, case, coalesce, flag, largest, only_if, smallest

__all__ = [
    "ANY_KIND",
    "AS_OF",
    "ATTENDED",
    "DELIVERED",
    "ENDED",
    "IS_RESOLVED",
    "MANNER",
    "PROMISED",
    "RAISED",
    "RESOLVE_S",
    "RESPONDED",
    "SERVED",
    "SETTLED",
    "STAFF_TEXTS",
    "STANDARD_S",
    "START",
    "USUAL_STANDARD_S",
    "WAIT_END",
    "WAIT_S",
    "Amount",
    "Attribute",
    "Count",
    "EarlierCount",
    "EarlierFirst",
    "EarlierLast",
    "EarlierSmallest",
    "EarlierSum",
    "Family",
    "Feature",
    "First",
    "Kind",
    "Last",
    "LastKind",
    "Own",
    "Queue",
    "Recorded",
    "Since",
    "Term",
    "Usual",
    "Words",
    "amount",
    "any_of",
    "case",
    "coalesce",
    "days",
    "elapsed",
    "flag",
    "has_happened",
    "largest",
    "log_ratio",
    "number",
    "only_if",
    "ratio",
    "recorded",
    "seconds",
    "smallest",
    "text",
    "truth",
]


def number(column: str) -> Own:
    """Return a column of the interaction that holds numbers."""
    return Own(column)


def truth(column: str) -> Own:
    """Return a column of the interaction that holds true and false."""
    return Own(column, Kind.TRUTH)
