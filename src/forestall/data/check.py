"""Counts and shares that describe the tables."""

from __future__ import annotations

from typing import Any

import polars as pl

from forestall.data.own_kinds import is_own, kinds_by_use
from forestall.data.ratings import several_ratings
from forestall.data.schemas import CONTACTS, TABLES
from forestall.data.tables import Tables


def check_tables(tables: Tables, scale: tuple[float, float] | None = None) -> dict[str, Any]:
    """Return counts and shares of the tables, ready for JSON.

    Parameters
    ----------
    tables
        Checked tables.
    scale
        Lowest and highest rating. Ratings off the scale count as rejected; without a scale, all ratings count.

    Returns
    -------
    dict
        `rows` (by table), `kinds` and `unknown_kinds` (count of each kind, most frequent first),
        `kinds_by_use` (which kinds features know by name, and which are the company's own), `time_span`
        (first and last start, event and rating, ISO 8601 in UTC), `labelled_share` (share of interactions with
        a rating), `ratings` (count of each value, also of several of one
        interaction; with more than 20 values only the lowest and the highest), `several_ratings` (interactions that
        were rated more than once, their earlier ratings, and those without a time that are not used),
        `clock`, `rating_known`, `known_at`, `rejected` (by table and rule), `rejected_share` (by table) and
        `rejected_at_import` (by table and rule).
    """
    if scale is not None:
        tables = tables.reject_off_scale(*scale)
    kinds = _counts(tables.events["kind"])
    rejections = tables.rejections
    came = [*TABLES, *([CONTACTS] if CONTACTS in rejections.rows_in else [])]
    return {
        "rows": {table: getattr(tables, table).height for table in came},
        "kinds": kinds,
        "unknown_kinds": {kind: count for kind, count in kinds.items() if is_own(kind)},
        "kinds_by_use": kinds_by_use(tables),
        "time_span": {
            "started_at": _span(tables.interactions["started_at"]),
            "at": _span(tables.events["at"]),
            "rated_at": _span(tables.feedback["rated_at"]),
        },
        "labelled_share": tables.feedback["interaction_id"].n_unique() / tables.interactions.height,
        "ratings": _ratings(tables.feedback["rating"]),
        "several_ratings": several_ratings(tables.feedback),
        "clock": tables.about["clock"],
        "rating_known": tables.about["rating_known"],
        "known_at": dict(tables.about["known_at"]),
        "rejected": rejections.counts(),
        "rejected_share": {table: rejections.share(table) for table in came},
        "rejected_at_import": tables.about.get("rejected_at_import", {}),
    }


def _counts(column: pl.Series) -> dict[str, int]:
    counts = column.value_counts(name="n").sort(["n", column.name], descending=[True, False])
    return dict(counts.iter_rows())


def _span(times: pl.Series) -> dict[str, str] | None:
    if times.null_count() == len(times):
        return None
    first, last = times[[times.arg_min() or 0, times.arg_max() or 0]].dt.to_string("iso:strict")
    return {"first": first, "last": last}


def _ratings(ratings: pl.Series) -> dict[str, float]:
    if not len(ratings):
        return {}
    counts = ratings.value_counts(name="n").sort("rating")
    if counts.height <= 20:
        return {f"{rating:g}": n for rating, n in counts.iter_rows()}
    return {"lowest": float(counts["rating"][0]), "highest": float(counts["rating"][-1])}
