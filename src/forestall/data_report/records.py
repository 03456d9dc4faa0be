"""The records that the questions of the data report share: places, periods and milestones, each computed once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import polars as pl

from forestall.data import Tables
from forestall.data.schemas import CORE_KINDS, TIME
from forestall.data_report.finding import MAX_WORDS
from forestall.moment_features.events import Events
from forestall.moment_features.milestones import milestones
from forestall.moments import end_of_records

# the length of a period, by the longest span of time that is shown in such periods
_PERIODS = (
    (timedelta(days=21), "1d", "day"),
    (timedelta(days=200), "1w", "week"),
    (timedelta(days=5 * 366), "1mo", "month"),
    (timedelta(days=15 * 366), "1q", "quarter"),
)
_LONGEST = ("1y", "year")
_CORE = (0.002, 0.998)  # single rows far from the others do not decide the length of periods


@dataclass(frozen=True)
class Records:
    """Tables with what several questions need.

    Parameters
    ----------
    tables
        The checked tables.
    """

    tables: Tables

    @property
    def has_clock(self) -> bool:
        """Whether the times are times of a clock, not the order of rows."""
        return bool(self.tables.about["clock"] != "none")

    @property
    def n(self) -> int:
        """The number of interactions."""
        return self.tables.interactions.height

    @cached_property
    def end(self) -> datetime:
        """The time of the last record."""
        end = end_of_records(self.tables)
        assert end is not None  # there is an interaction, and it has a start
        return end

    @cached_property
    def core(self) -> tuple[datetime, datetime]:
        """The span of nearly all starts."""
        starts = self.tables.interactions["started_at"]
        low, high = (starts.quantile(one, "nearest") for one in _CORE)
        assert isinstance(low, datetime)
        assert isinstance(high, datetime)
        return low, high

    @cached_property
    def period(self) -> tuple[str, str]:
        """The length of the periods for Polars, and its name."""
        length = self.core[1] - self.core[0]
        return next(((every, name) for longest, every, name in _PERIODS if length <= longest), _LONGEST)

    def in_periods(self, time: str = "started_at") -> pl.Expr:
        """Return the first day of the period of a time, as text; null outside of the span of nearly all starts."""
        first, last = (pl.lit(one, dtype=TIME).dt.truncate(self.period[0]) for one in self.core)
        begin = pl.col(time).dt.truncate(self.period[0])
        return pl.when(begin.is_between(first, last)).then(begin.dt.strftime("%Y-%m-%d"))

    @cached_property
    def starts(self) -> pl.DataFrame:
        """Return of each interaction its place, start and period, in the order of the table."""
        return self.tables.interactions.select(
            pl.int_range(pl.len(), dtype=pl.UInt32).alias("place"),
            "interaction_id",
            "started_at",
            period=self.in_periods(),
        )

    @cached_property
    def events(self) -> pl.DataFrame:
        """Return the events with the place of their interaction: place, at, kind, actor."""
        return self.tables.events.select("interaction_id", "at", "kind", "actor").join(
            self.starts.select("interaction_id", "place"), on="interaction_id", how="left", maintain_order="left"
        ).drop("interaction_id")  # fmt: skip

    @cached_property
    def milestones(self) -> pl.DataFrame:
        """Return the milestones of each interaction as times, in the order of the table.

        They are those of the features: see `moment_features.milestones`.
        """
        n = self.events.height
        events = self.events.select(
            pl.col("at").dt.timestamp("us"), "kind", "actor",
            text=pl.lit(None, pl.String), value=pl.lit(None, pl.Float64),
        )  # fmt: skip
        started_at = self.starts["started_at"].dt.timestamp("us").to_numpy()
        owner = self.events["place"].cast(pl.Int64).to_numpy()
        no_locale = pl.repeat(None, self.n, dtype=pl.String, eager=True)
        assert len(owner) == n
        reached = milestones(Events.of(events, owner, started_at, no_locale), started_at)
        return reached.with_columns(pl.exclude("is_resolved").cast(TIME))

    @cached_property
    def ratings(self) -> pl.DataFrame:
        """Return the newest rating of each rated interaction: interaction_id, rating, rated_at."""
        feedback = self.tables.feedback.select("interaction_id", "rating", "rated_at")
        newest = feedback.sort("rated_at", nulls_last=False, maintain_order=True)
        return newest.unique("interaction_id", keep="last", maintain_order=True)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of events that are there."""
        return frozenset(self.tables.events["kind"].unique())

    @cached_property
    def shown_kinds(self) -> frozenset[str]:
        """The kinds that may be named: all that features know, and the company's own if there are at most 20."""
        own = self.kinds - CORE_KINDS
        return self.kinds if len(own) <= MAX_WORDS else self.kinds & CORE_KINDS

    @cached_property
    def empty_columns(self) -> frozenset[str]:
        """The columns of the interactions without a value."""
        nulls = self.tables.interactions.null_count().row(0, named=True)
        return frozenset(name for name, n in nulls.items() if n == self.n)

    @cached_property
    def actors_with_text(self) -> frozenset[str]:
        """Who has said or written something; a manager is staff too."""
        who = self.tables.events.filter(pl.col("text").is_not_null())["actor"].unique().drop_nulls()
        return frozenset(who) | ({"staff"} if "manager" in set(who) else set())

    @cached_property
    def has_rating_times(self) -> bool:
        """Whether there is a rating with a time."""
        times = self.tables.feedback["rated_at"]
        return times.null_count() < len(times)


def tables_of(tables: Tables, rows: pl.DataFrame) -> Tables:
    """Return the tables of some interactions: those of `rows`, by interaction_id."""
    ids = rows.select("interaction_id")
    return tables.replace(
        interactions=tables.interactions.join(ids, on="interaction_id", how="semi", maintain_order="left"),
        events=tables.events.join(ids, on="interaction_id", how="semi", maintain_order="left"),
        feedback=tables.feedback.join(ids, on="interaction_id", how="semi", maintain_order="left"),
    )
