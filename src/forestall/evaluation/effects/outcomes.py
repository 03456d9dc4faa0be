"""What became of the customers of an experiment: ratings, events, coming back, and the value of who came back.

Each outcome lies after the assignment and within its horizon, in all arms alike. It counts when its horizon is over, so
that all customers were observed for the same time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from forestall.data import Tables
from forestall.moments import Label, label_moments

COME_BACK_DAYS = 90
RATING, CAME_BACK, VALUE = "rating", "came_back", "customer_value"
ALWAYS = (RATING, CAME_BACK, VALUE)
"""Names of the outcomes that are no kind of event."""


@dataclass(frozen=True)
class Outcome:
    """An outcome of an experiment.

    Parameters
    ----------
    name
        `rating`, `came_back`, `customer_value` or a kind of event.
    title
        What it is, for a reader.
    is_bad
        Whether a lower value is better.
    is_amount
        Whether it is an amount of money and not a share of the customers.
    rows
        One row per unit with a horizon that is over: `unit`, `value` (null: the customer did not rate) and
        `decided_at`.
    n_waiting
        Units with a horizon that is not over.
    """

    name: str
    title: str
    is_bad: bool
    is_amount: bool
    rows: pl.DataFrame
    n_waiting: int


def outcomes_of(
    units: pl.DataFrame, tables: Tables, label: Label, kinds: tuple[str, ...], end: datetime
) -> list[Outcome]:
    """Return the outcomes of the units of an experiment.

    Parameters
    ----------
    units
        One row per unit: `unit`, interaction_id, customer_id, `at` (of the assignment), `worth` (the customer's value).
    tables
        The records.
    label
        The definition of dissatisfied; with an event label there is no outcome of the rating.
    kinds
        Kinds of events.
    end
        The end of the records.
    """
    # labels are censored at a contact where a risk is learnt; here what came after the contact is the outcome
    tables = tables.replace(contacts=tables.contacts.clear())
    found = [] if label.event is not None else [_rating(units, tables, label, end)]
    wanted = dict.fromkeys([*([label.event] if label.event else []), *kinds])
    found += [_event(units, tables, kind, label.horizon_days, end) for kind in wanted]
    came_back = _came_back(units, tables)
    known = came_back.filter(pl.col("value").is_not_null())
    found.append(
        _matured(
            CAME_BACK, f"came back within {COME_BACK_DAYS} days", known, COME_BACK_DAYS, end, is_bad=False
        )
    )
    worth = known.with_columns(value=pl.col("value") * pl.col("worth")).drop_nulls("value")
    title = f"yearly value of customers who came back within {COME_BACK_DAYS} days"
    found.append(_matured(VALUE, title, worth, COME_BACK_DAYS, end, is_bad=False, is_amount=True))
    return found


def _rating(units: pl.DataFrame, tables: Tables, label: Label, end: datetime) -> Outcome:
    timed = tables.replace(feedback=tables.feedback.filter(pl.col("rated_at").is_not_null()))
    rows = _labelled(units, timed, label)
    return _matured(RATING, "dissatisfied by the rating", rows, label.horizon_days, end)


def _event(units: pl.DataFrame, tables: Tables, kind: str, days: float, end: datetime) -> Outcome:
    rows = _labelled(units, tables, Label(event=kind, horizon_days=days))
    return _matured(kind, f"{kind.replace('_', ' ')} within {days:g} days", rows, days, end)


def _labelled(units: pl.DataFrame, tables: Tables, label: Label) -> pl.DataFrame:
    """Return the units with `value`, without those whose outcome had come before the assignment."""
    moments = units.with_columns(as_of=pl.col("at"))
    labelled = label_moments(tables, moments, label).filter(pl.col("outcome") != "past")
    return labelled.with_columns(value=pl.col("label").cast(pl.Float64))


def _came_back(units: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Return the units with `value`: 1 if the customer began another interaction in time; null if nobody knows who."""
    later = tables.interactions.select("customer_id", again="started_at", other="interaction_id").drop_nulls()
    within = pl.col("again").is_between(
        pl.col("at"), pl.col("at") + timedelta(days=COME_BACK_DAYS), closed="right"
    )
    back = (
        units.join(later, on="customer_id")
        .filter(within, pl.col("other") != pl.col("interaction_id"))["unit"]
        .unique()
    )
    value = pl.when(pl.col("customer_id").is_not_null()).then(
        pl.col("unit").is_in(back.implode()).cast(pl.Float64)
    )
    return units.with_columns(value=value)


def _matured(
    name: str,
    title: str,
    rows: pl.DataFrame,
    days: float,
    end: datetime,
    *,
    is_bad: bool = True,
    is_amount: bool = False,
) -> Outcome:
    decided = rows.with_columns(decided_at=pl.col("at") + timedelta(days=days))
    over = decided.filter(pl.col("decided_at") <= end)
    return Outcome(
        name,
        title,
        is_bad,
        is_amount,
        over.select("unit", "value", "decided_at"),
        decided.height - over.height,
    )
