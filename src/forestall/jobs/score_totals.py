"""What adds up while the parts of a scoring job are scored: counts, the contact list and the partings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from forestall.contacts.contact_list import Candidates
from forestall.contacts.partings import in_order, partings
from forestall.data import Tables
from forestall.data.schemas import TABLES
from forestall.model.spec import Spec
from forestall.reporting.contact_page import MAX_ROWS


@dataclass(frozen=True)
class ScoreCounts:
    """Counts of interactions and their score rows; those of other interactions may be added.

    Attributes
    ----------
    interactions, at_a_moment, scored, partial
        The valid interactions, those that have a moment, that have a risk, and whose facts are incomplete.
    rows
        The score rows.
    doubled, unknown
        Moments that have two rows, and rows that belong to no interaction: 0.
    bands
        The number of moments in each band.
    """

    interactions: int = 0
    at_a_moment: int = 0
    scored: int = 0
    partial: int = 0
    rows: int = 0
    doubled: int = 0
    unknown: int = 0
    bands: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, rows: pl.DataFrame, tables: Tables) -> ScoreCounts:
        """Return the counts of the score rows of tables."""
        is_scored = pl.col("dissatisfaction_risk").is_not_null().any()
        by_interaction = rows.group_by("interaction_id").agg(is_scored.alias("is_scored"))
        n_moments = rows.select("interaction_id", "as_of").n_unique() if rows.height else 0
        return cls(
            interactions=tables.interactions.height,
            at_a_moment=by_interaction.height,
            scored=int(by_interaction["is_scored"].sum()),
            partial=rows.filter(pl.col("data_quality") == "partial")["interaction_id"].n_unique(),
            rows=rows.height,
            doubled=rows.height - n_moments,
            unknown=rows.join(tables.interactions, on="interaction_id", how="anti").height,
            bands=Counter(dict(rows.drop_nulls("risk_band").group_by("risk_band").len().iter_rows())),
        )

    def plus(self, other: ScoreCounts) -> ScoreCounts:
        """Return the counts of these and of other interactions."""
        return ScoreCounts(
            *(
                getattr(self, name) + getattr(other, name)
                for name in ScoreCounts.__dataclass_fields__  # Counter adds up too
            )
        )


@dataclass
class ScoreTotals:
    """The totals of a scoring job, part by part.

    Parameters
    ----------
    spec
        The model's specification.
    limit
        The longest contact list; see `contacts.contact_list`.
    now
        The time of the job; None without a clock.
    low
        The value of a customer at or below which it is low.
    """

    spec: Spec
    limit: int | None
    now: datetime | None
    low: float | None
    counts: ScoreCounts = field(default_factory=ScoreCounts)
    scored_at: datetime | None = None
    candidates: Candidates | None = None
    shown: tuple[pl.DataFrame, Tables] | None = None
    costly: pl.DataFrame | None = None

    def add(self, rows: pl.DataFrame, tables: Tables) -> None:
        """Add the score rows of whole customers."""
        self.counts = self.counts.plus(ScoreCounts.of(rows, tables))
        if self.scored_at is None and rows.height:
            self.scored_at = rows["scored_at"][0]
        if self.limit is None and self.spec.policy is None:
            return
        found = Candidates.of(rows, tables, self.spec, self.limit, self.now)
        self.candidates = found if self.candidates is None else self.candidates.plus(found)
        self._keep_shown(rows, tables)
        if self.spec.policy is not None:
            self._add_costly(partings(rows, tables, self.low))

    def join(self, other: ScoreTotals) -> None:
        """Add the totals of other customers."""
        self.counts = self.counts.plus(other.counts)
        self.scored_at = self.scored_at or other.scored_at
        if other.candidates is not None:
            found = other.candidates
            self.candidates = found if self.candidates is None else self.candidates.plus(found)
        if other.shown is not None:
            self._keep_shown(*other.shown)
        if other.costly is not None:
            self._add_costly(other.costly)

    def _add_costly(self, more: pl.DataFrame) -> None:
        self.costly = more if self.costly is None else in_order(pl.concat([self.costly, more]))

    def _keep_shown(self, rows: pl.DataFrame, tables: Tables) -> None:
        """Keep what the page of the contact list shows: the rows and the records of the listed interactions."""
        assert self.candidates is not None
        listed = self.candidates.best.head(MAX_ROWS).select("interaction_id")
        if self.shown is not None:
            before, known = self.shown
            rows, tables = (
                pl.concat([before, rows]),
                _changed(
                    tables,
                    {name: pl.concat([getattr(known, name), getattr(tables, name)]) for name in TABLES},
                ),
            )
        own = _of(rows, listed)
        few = _changed(tables, {name: _of(getattr(tables, name), listed) for name in TABLES})
        self.shown = (own if own.height else rows.head(1), few)  # one row says which model scored


def _changed(tables: Tables, frames: dict[str, pl.DataFrame]) -> Tables:
    return tables.replace(
        interactions=frames["interactions"], events=frames["events"], feedback=frames["feedback"]
    )


def _of(frame: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    return frame.join(listed, on="interaction_id", how="semi", maintain_order="left")
