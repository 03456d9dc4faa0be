"""The words in which features are declared: expressions over the state of a moment.

The names of the columns say where they come from (`features.sources` computes what is named, and only that):
events (`n:`, `sum:`, `since:`, `first:`, `last:`, `words:`), what the company has recorded at all (`recorded:`),
learnt facts (`usual:`), the queue (`queue:`), the customer's past (`past:`), and else the interaction itself.
Times are microseconds, amounts hundredths; `elapsed` and `amount` turn them into seconds and units.
"""

from __future__ import annotations

import polars as pl

from forestall.moments.moments import ENDS

AS_OF = pl.col("as_of")
START = pl.col("started_at")
PROMISED = pl.col("promised_at")
STANDARD = "own:standard_s"  # names with a colon are of the state, and no company's columns
USUAL_STANDARD_S = pl.col(STANDARD)  # of the venue, the channel, or all


def n(kind: str, actor: str = "") -> pl.Expr:
    """Return how many events of the kind there were; `*` is any kind."""
    return pl.col(f"n:{kind}:{actor}" if actor else f"n:{kind}")


def first(kind: str, actor: str = "") -> pl.Expr:
    """Return when the first event of the kind was."""
    return pl.col(f"first:{kind}:{actor}" if actor else f"first:{kind}")


def last(kind: str, actor: str = "") -> pl.Expr:
    """Return when the last event of the kind was."""
    return pl.col(f"last:{kind}:{actor}" if actor else f"last:{kind}")


def amount(kind: str) -> pl.Expr:
    """Return the sum of the values of the kind's events."""
    return divide(pl.col(f"sum:{kind}"), 100)


def since(kind: str) -> pl.Expr:
    """Return the sum of the times of the kind's events, microseconds since the start."""
    return pl.col(f"since:{kind}")


def words(actor: str, what: str) -> pl.Expr:
    """Return a count over the words of staff or customer."""
    return pl.col(f"words:{actor}:{what}")


def usual(dimension: str, fact: str) -> pl.Expr:
    """Return what is usual at the interaction's venue, channel, … (null when nothing is known of it)."""
    return pl.col(f"usual:{dimension}:{fact}")


def queue(what: str) -> pl.Expr:
    """Return a fact of the queue at the moment."""
    return pl.col(f"queue:{what}")


def past(what: str) -> pl.Expr:
    """Return a fact of the customer's earlier interactions."""
    return pl.col(f"past:{what}")


def recorded(value: pl.Expr, *kinds: str) -> pl.Expr:
    """Return the value once the company has recorded any of the kinds at all, else null: unobserved is not 0."""
    return pl.when(pl.any_horizontal([pl.col(f"recorded:{kind}") for kind in kinds])).then(value)


def divide(value: pl.Expr, by: float) -> pl.Expr:
    """Return value / by, the same for one row as for many.

    Polars divides many rows by a literal as a product with its inverse, which differs in the last bit; by a column it
    divides truly.
    """
    return value / pl.col(f"unit:{by:g}")


def seconds(microseconds: pl.Expr) -> pl.Expr:
    """Return microseconds as seconds."""
    return divide(microseconds, 1e6)


def days(microseconds: pl.Expr) -> pl.Expr:
    """Return microseconds as days."""
    return divide(microseconds, 86_400e6)


def elapsed(begin: pl.Expr, until: pl.Expr | None = None) -> pl.Expr:
    """Return seconds from `begin` until `until`, or until now where that has not come."""
    end = AS_OF if until is None else pl.coalesce(until, AS_OF)
    return seconds((end - begin).clip(lower_bound=0))


def earliest(*times: pl.Expr) -> pl.Expr:
    """Return the earliest of the times that have come."""
    return pl.min_horizontal(times)


def flag(condition: pl.Expr) -> pl.Expr:
    """Return 1 where the condition holds and 0 where it does not."""
    return condition.cast(pl.Float64)


def happened_yet(time: pl.Expr) -> pl.Expr:
    """Return 1 where the time has come, else 0."""
    return flag(time.is_not_null())


def ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Return part / whole, null where the whole is not above zero."""
    return pl.when(whole > 0).then(part / whole)


def log_ratio(value: pl.Expr, usual_value: pl.Expr, floor: float = 1.0) -> pl.Expr:
    """Return log((value + floor) / (usual + floor)): how far from the usual, the same up and down."""
    return ((value + floor) / (usual_value + floor)).log()


def _term(name: str) -> pl.Expr:
    return pl.col(f"term:{name}")


# What many features read is computed once. When staff first turned to the customer is the end of waiting: a greeting
# is not yet service.
ATTENDED, ENDED, WAIT_END, RAISED = (_term(name) for name in ("attended", "ended", "wait_end", "raised"))
IS_RESOLVED, MANNER, WAIT_S, RESOLVE_S, STANDARD_S = (
    _term(name) for name in ("is_resolved", "manner", "wait_s", "resolve_s", "standard_s")
)
STAFF_TEXTS = words("staff", "n_texts")
SERVED = earliest(ATTENDED, first("resolved"), first("delivered"))

_ATTENDED = (first("served"), first("responded"), first("message", "staff"))
_ENDED = tuple(first(kind) for kind in ENDS)
_COURTESIES = words("staff", "n_thanks") + words("staff", "n_apologies") + words("staff", "n_polite")

DERIVED: tuple[dict[str, pl.Expr], ...] = (
    {
        "term:attended": earliest(*_ATTENDED),
        "term:ended": earliest(*_ENDED),
        "term:wait_end": earliest(*_ATTENDED, first("resolved"), first("delivered"), *_ENDED),
        "term:raised": pl.coalesce(first("issue_raised"), START),
        "term:is_resolved": last("resolved").is_not_null()
        & (last("reopened").is_null() | (last("resolved") >= last("reopened"))),
        "term:manner": _COURTESIES - 2 * words("staff", "n_rude"),
        # What was committed to this very customer goes before what all are promised.
        "term:standard_s": pl.when(PROMISED > START)
        .then(seconds(PROMISED - START))
        .otherwise(USUAL_STANDARD_S),
    },
    {
        "term:wait_s": elapsed(START, WAIT_END),
        # Until the matter is settled for good: a reopened one is still open.
        "term:resolve_s": elapsed(RAISED, pl.when(IS_RESOLVED).then(last("resolved"))),
    },
)
