"""Response: which share of the interactions is rated, over time and by channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from forestall.data.ratings import several_ratings
from forestall.data_report.finding import MAPPING, Finding, may_be_shown, yaml_line
from forestall.data_report.records import Records
from forestall.model import Spec
from forestall.reporting.text.formats import number, percent

_FEW, _ALL, _MANY = 0.02, 0.999, 0.05
_AT_LEAST_DAYS = 30.0
_TIMES_LATER = 2.0
_MIN_ROWS = 200


@dataclass(frozen=True)
class Rated:
    """A group of interactions: their number, and the number that is rated."""

    name: str
    n: int
    n_rated: int


@dataclass(frozen=True)
class Response:
    """Who rates.

    Parameters
    ----------
    n, n_rated
        The number of interactions, and of those with a rating.
    n_no_time
        Ratings without a time.
    median_days
        The median time from the start to the rating, days; None if it is unknown.
    periods
        By the period of the start; empty without a clock.
    channels
        By channel; empty if its words may not be shown.
    findings
        What was found.
    """

    n: int
    n_rated: int
    n_no_time: int
    median_days: float | None
    periods: list[Rated]
    channels: list[Rated]
    findings: list[Finding]


def response(records: Records, spec: Spec | None) -> Response:
    """Return who rates."""
    feedback = records.ratings
    rows = records.starts.with_columns(records.tables.interactions["channel"]).join(
        feedback, on="interaction_id", how="left", maintain_order="left"
    )
    rows = rows.with_columns(is_rated=pl.col("rating").is_not_null())
    delay = rows.select(days=(pl.col("rated_at") - pl.col("started_at")).dt.total_seconds() / 86_400)
    median = delay["days"].median()
    found = Response(
        records.n,
        feedback.height,
        feedback["rated_at"].null_count(),
        float(median) if isinstance(median, float) and records.has_clock else None,
        _groups(rows.drop_nulls("period"), "period") if records.has_clock else [],
        _groups(rows, "channel") if may_be_shown(rows["channel"]) else [],
        [],
    )
    found.findings.extend(_findings(found, spec, has_complaints="complained" in records.kinds))
    found.findings.extend(_several(several_ratings(records.tables.feedback)))
    if records.has_clock and feedback.height:
        found.findings.extend(_ends_of_ratings(rows, spec))
        found.findings.extend(_changes(found.periods))
    return found


def _groups(rows: pl.DataFrame, by: str) -> list[Rated]:
    counts = rows.group_by(by).agg(n=pl.len(), n_rated=pl.col("is_rated").sum())
    order = counts.sort("period") if by == "period" else counts.sort(["n", by], descending=[True, False])
    return [Rated(name or "unknown", n, n_rated) for name, n, n_rated in order.iter_rows()]


def _findings(found: Response, spec: Spec | None, *, has_complaints: bool) -> Iterator[Finding]:
    if not found.n_rated:
        is_needed = spec is not None and spec.label.event is None
        yield Finding(
            "response",
            "error" if is_needed else "note",
            "There are no ratings.",
            "The model predicts a rating, so it cannot be trained."
            if is_needed
            else "A model can predict an event instead, such as a complaint.",
            MAPPING if is_needed else "model.yaml",
            yaml_line("feedback", {"rating": "…", "rated_at": "…"})
            if is_needed
            else yaml_line("label", {"event": "complained" if has_complaints else "…", "horizon_days": 30}),
        )
        return
    share = found.n_rated / found.n
    if share >= _ALL:
        yield Finding(
            "response",
            "note",
            f"{number(found.n_rated)} of {number(found.n)} interactions are rated: the export holds only "
            "rated ones.",
            "The model learns what customers say who rate. Waits, queues and the customer's past miss "
            "everyone else. Export unrated interactions too, if there are any.",
        )
    elif share < _FEW:
        yield Finding(
            "response",
            "warning",
            f"Only {percent(share, 1)} of the interactions are rated ({number(found.n_rated)} of "
            f"{number(found.n)}).",
            "The few who rate may differ from the others. See in the model's report who the ratings are "
            "from.",
        )
    if found.n_no_time == found.n_rated and found.median_days is None:
        yield Finding(
            "response",
            "note",
            "No rating has a time.",
            "Ratings can then be a label, but never a feature: the customer's earlier ratings and the usual "
            "rating of a venue stay unknown.",
            MAPPING,
            yaml_line("feedback", {"rating": "…", "rated_at": "…"}),
        )
    elif found.n_no_time > _MANY * found.n_rated:
        yield Finding(
            "response",
            "warning",
            f"{number(found.n_no_time)} of {number(found.n_rated)} ratings have no time.",
            "These ratings are no features of later interactions.",
        )


def _several(counts: dict[str, int]) -> Iterator[Finding]:
    """Yield how many interactions were rated more than once."""
    if not counts["interactions"]:
        return
    earlier, unused = counts["earlier"], counts["unused"]
    means = f"The newest rating is the label. {number(earlier)} earlier ratings are facts from their time on."
    if unused:
        means += f" {number(unused)} ratings without a time are not used, because another one has a time."
    yield Finding(
        "response",
        "note",
        f"{number(counts['interactions'])} interactions were rated more than once.",
        means,
    )


def _ends_of_ratings(rows: pl.DataFrame, spec: Spec | None) -> Iterator[Finding]:
    """Yield where ratings begin long after the interactions, or end long before them."""
    longest = max(spec.label.horizon_days if spec else 0.0, _AT_LEAST_DAYS)
    ends = rows.select(
        first=pl.col("started_at").quantile(0.01, "nearest"),
        last=pl.col("started_at").quantile(0.99, "nearest"),
        first_rated=pl.col("started_at").filter("is_rated").quantile(0.01, "nearest"),
        last_rated=pl.col("started_at").filter("is_rated").quantile(0.99, "nearest"),
    ).row(0, named=True)
    whole = ends["last"] - ends["first"]
    least = max(timedelta(days=longest), whole * 0.1)
    if ends["last"] - ends["last_rated"] > least:
        n = rows.filter(pl.col("started_at") > ends["last_rated"]).height
        yield Finding(
            "response",
            "warning",
            f"Ratings end early: 99 % of the rated interactions start before {ends['last_rated']:%Y-%m-%d}, "
            f"but {number(n)} interactions start later.",
            "The later ones are not labelled, so the test part is older than it seems. Export the newest "
            "ratings too.",
        )
    if ends["first_rated"] - ends["first"] > least:
        n = rows.filter(pl.col("started_at") < ends["first_rated"]).height
        yield Finding(
            "response",
            "note",
            f"Ratings begin late: 99 % of the rated interactions start after {ends['first_rated']:%Y-%m-%d}, "
            f"but {number(n)} interactions start earlier.",
            "The earlier ones are history only. That is no harm.",
        )


def _changes(periods: list[Rated]) -> Iterator[Finding]:
    """Yield a response rate that differs between the first and the second half of the periods."""
    half = len(periods) // 2
    first, second = periods[:half], periods[half:-1] or periods[half:]
    n = [sum(one.n for one in part) for part in (first, second)]
    if min(n) < _MIN_ROWS:
        return
    shares = [
        sum(one.n_rated for one in part) / total for part, total in zip((first, second), n, strict=True)
    ]
    if min(shares) > 0 and max(shares) / min(shares) >= _TIMES_LATER:
        yield Finding(
            "response",
            "warning",
            f"The response rate is {percent(shares[0], 1)} in the first half of the time and "
            f"{percent(shares[1], 1)} in the second.",
            "The way of asking has probably changed. Then other customers answer, and the base rate of the "
            "training part is not that of the test part.",
        )
