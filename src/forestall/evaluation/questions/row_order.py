"""Whether the order of a source's rows gives the label away, as where rows were sorted by their outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.stats import norm, rankdata

from forestall.data import Tables
from forestall.evaluation.metrics.rank_association import somers_d
from forestall.evaluation.questions.groups import MIN_ROWS
from forestall.evaluation.questions.leaks import Leak
from forestall.moments.labels import has_no_clock
from forestall.statistics import Floats, Ints

SOURCE, ORDER = "source", "order"
"""The kind of a `Leak` of the order of rows, and its reason."""
NAME = "order of the rows"
_LEAST = {
    False: 0.55,
    True: 0.6,
}  # by whether there is a clock: with one, rows may be sorted by what is known early
_BLOCK = 50  # rows that are neighbours in time
_PARTS = 20
_Z, _Z_CERTAIN = float(norm.ppf(0.975)), float(norm.ppf(0.9995))
_DIGITS = 9  # differences below are rounding


@dataclass(frozen=True)
class RowOrder:
    """How well the place of a row alone predicts its label.

    Parameters
    ----------
    auc, auc_low, auc_high
        The AUC of the place, with its 95 % interval; NaN with fewer than 100 rows or one label only.
    has_clock
        Whether the rows have times: then it is the AUC of what the place says beyond the time.
    is_leak
        Whether it is so high, beyond chance, that the rows seem to be sorted by the outcome.
    """

    auc: float
    auc_low: float
    auc_high: float
    has_clock: bool
    is_leak: bool

    def leak(self) -> Leak:
        """Return it as an entry of the leak watch."""
        beyond = " beyond the time" if self.has_clock else ""
        why = (
            f"the place of the row alone predicts the label{beyond} with an AUC of {self.auc:.2f} "
            f"({self.auc_low:.2f} to {self.auc_high:.2f}): the rows seem to be sorted by the outcome or by what "
            "follows from it. No feature reads it, but a number or key given in this order tells the same"
        )
        nan = math.nan
        return Leak(
            NAME, SOURCE, False, (ORDER,), self.auc, self.auc_low, self.auc_high, "place", nan, nan, why
        )


def order_of_rows(tables: Tables, labelled: pl.DataFrame) -> RowOrder:
    """Return how well the place of an interaction in the table alone predicts its label.

    Parameters
    ----------
    tables
        The records in the order of their source.
    labelled
        The labelled interactions: interaction_id and label.
    """
    places = tables.interactions.select("interaction_id", _at="started_at").with_row_index("_place")
    rows = labelled.select("interaction_id", "label").join(places, on="interaction_id", how="inner")
    time = None if has_no_clock(tables) else rows["_at"].dt.timestamp("us").to_numpy()
    place, label = rows["_place"].cast(pl.Int64), rows["label"].cast(pl.Float64)
    return row_order(place.to_numpy(), label.to_numpy(), time)


def row_order(place: Ints, label: Floats, time: Ints | None) -> RowOrder:
    """Return how well the place of a row alone predicts its label.

    Without times, the place itself is tried, and the label's share in each twentieth of the rows, without the row
    itself. With times, rows are compared only with rows near in time, by the part of the place that the time does not
    explain: a trend over time is none of the order, and rows in the order of time (or against it) say nothing.

    Parameters
    ----------
    place
        The place of each row in its source, shape (n,).
    label
        0 or 1, shape (n,).
    time
        The start of each row, shape (n,); None without a clock.
    """
    nothing = RowOrder(math.nan, math.nan, math.nan, time is not None, is_leak=False)
    if len(label) < MIN_ROWS or not 0 < label.sum() < len(label):
        return nothing
    tried = (
        [_beyond_time(place, time)]
        if time is not None
        else [place.astype(np.float64), _share_nearby(place, label)]
    )
    best, error = nothing, 0.0
    for number, x in enumerate(tried):
        d, spread = somers_d(x, label)
        # the place may predict in both directions; a share of the label only in one
        auc, spread = 0.5 + (abs(d) if number == 0 else d) / 2, spread / 2
        if math.isnan(best.auc) or auc > best.auc:
            low, high = max(auc - _Z * spread, 0.0), min(auc + _Z * spread, 1.0)
            best, error = replace(nothing, auc=auc, auc_low=low, auc_high=high), spread
    is_certain = best.auc - _Z_CERTAIN * error > 0.5
    return replace(best, is_leak=is_certain and best.auc >= _LEAST[best.has_clock])


def _share_nearby(place: Ints, label: Floats) -> Floats:
    """Return the share of label 1 among the other rows of the same part of the source, shape (n,)."""
    part = (rankdata(place, "ordinal") - 1) * _PARTS // len(place)
    hits, n = np.bincount(part, label, _PARTS), np.bincount(part, minlength=_PARTS)
    return np.asarray((hits[part] - label + label.mean()) / n[part], dtype=np.float64)


def _beyond_time(place: Ints, time: Ints) -> Floats:
    """Return the part of the place that the time does not explain, within blocks of neighbours in time, shape (n,)."""
    order = np.lexsort((place, time))
    found = np.zeros(len(place))
    for rows in np.array_split(order, max(len(order) // _BLOCK, 1)):
        y, x = _centred(place[rows]), _centred(time[rows])
        slope = (x @ y) / (x @ x) if (x @ x) > 0 else 0.0
        found[rows] = np.round((y - slope * x) / len(rows), _DIGITS)
    return found


def _centred(values: Ints) -> Floats:
    ranks = rankdata(values)
    return np.asarray(ranks - ranks.mean(), dtype=np.float64)
