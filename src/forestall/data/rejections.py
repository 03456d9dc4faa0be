"""Rejected rows: kept with the rule that they broke, counted and written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from forestall.data.frames import stack
from forestall.defaults import MAX_REJECTED
from forestall.errors import InputError


@dataclass(frozen=True)
class RejectionCounts:
    """How many rows of each table were rejected.

    Parameters
    ----------
    by_rule
        The number of rejected rows by table and rule, most frequent rule first.
    rows_in
        The number of rows of each table that came in.
    """

    by_rule: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    rows_in: Mapping[str, int] = field(default_factory=dict)

    def count(self, table: str) -> int:
        """Return the number of rejected rows of `table`."""
        return sum(self.by_rule.get(table, {}).values())

    def share(self, table: str) -> float:
        """Return the share of the rows of `table` that were rejected, 0 for an empty table."""
        rows = self.rows_in.get(table, 0)
        return self.count(table) / rows if rows else 0.0

    def check(self, max_rejected: float = MAX_REJECTED) -> None:
        """Check that no more than a share of `max_rejected` of each table's rows was rejected.

        Raises
        ------
        InputError
            More rows of a table were rejected. The message has the count of each rule.
        """
        over = [table for table in self.by_rule if self.share(table) > max_rejected]
        if not over:
            return
        counts = "; ".join(self.describe(table) for table in over)
        raise InputError(
            f"the rejected share of each table must be at most {max_rejected:.3g}: {counts}; "
            "correct the rows or raise --max-rejected"
        )

    def describe(self, table: str) -> str:
        """Return a sentence with the number of rejected rows of `table` by rule."""
        rules = ", ".join(f"{rule} {count}" for rule, count in self.by_rule.get(table, {}).items())
        return f"{table} lost {self.count(table)} of {self.rows_in[table]} rows ({rules})"

    def plus(self, other: RejectionCounts) -> RejectionCounts:
        """Return the counts of these and of further rows."""
        by_rule: dict[str, dict[str, int]] = {}
        for table in dict.fromkeys([*self.by_rule, *other.by_rule]):
            both = Counter(self.by_rule.get(table, {})) + Counter(other.by_rule.get(table, {}))
            by_rule[table] = dict(sorted(both.items(), key=lambda one: (-one[1], one[0])))
        tables = dict.fromkeys([*self.rows_in, *other.rows_in])
        rows_in = {table: self.rows_in.get(table, 0) + other.rows_in.get(table, 0) for table in tables}
        return RejectionCounts(by_rule, rows_in)


@dataclass(frozen=True)
class Rejections:
    """The rejected rows of each table.

    Parameters
    ----------
    frames
        The rejected rows of each table as they came in, with a column `rule`: the rule that each row broke.
        Tables without a rejected row are missing.
    rows_in
        The number of rows of each table that came in.
    at_import
        How many of them the import rejected, by table and rule; `about` of the same tables says so too.
    """

    frames: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    rows_in: Mapping[str, int] = field(default_factory=dict)
    at_import: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def with_rows_in(self, more: Mapping[str, int]) -> Rejections:
        """Return the same rejected rows of tables into which more rows came, or fewer, by table."""
        rows_in = {table: n + more.get(table, 0) for table, n in self.rows_in.items()}
        return replace(self, rows_in=rows_in)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of rejected rows by table and rule, most frequent rule first."""
        return {table: _by_rule(frame) for table, frame in self.frames.items() if frame.height}

    def counts_since_import(self) -> dict[str, dict[str, int]]:
        """Return the same without the rows that the import rejected, which `about` counts."""
        found = {
            table: {rule: n - self.at_import.get(table, {}).get(rule, 0) for rule, n in rules.items()}
            for table, rules in self.counts().items()
        }
        later = {table: {rule: n for rule, n in rules.items() if n > 0} for table, rules in found.items()}
        return {table: rules for table, rules in later.items() if rules}

    @property
    def tally(self) -> RejectionCounts:
        """The counts alone."""
        return RejectionCounts(self.counts(), self.rows_in)

    def count(self, table: str) -> int:
        """Return the number of rejected rows of `table`."""
        return self.frames[table].height if table in self.frames else 0

    def share(self, table: str) -> float:
        """Return the share of the rows of `table` that were rejected, 0 for an empty table."""
        return self.tally.share(table)

    def check(self, max_rejected: float = MAX_REJECTED) -> None:
        """Check that no more than a share of `max_rejected` of each table's rows was rejected.

        Raises
        ------
        InputError
            More rows of a table were rejected. The message has the count of each rule.
        """
        self.tally.check(max_rejected)

    def describe(self, table: str) -> str:
        """Return a sentence with the number of rejected rows of `table` by rule."""
        return self.tally.describe(table)

    def write(self, folder: str | Path) -> list[Path]:
        """Write the rejected rows of each table to `folder`/<table>.parquet, and return the files."""
        folder = Path(folder)
        files = []
        for table, frame in self.frames.items():
            if frame.height:
                folder.mkdir(parents=True, exist_ok=True)
                files.append(folder / f"{table}.parquet")
                frame.write_parquet(files[-1])
        return files

    def plus(self, table: str, rows: pl.DataFrame) -> Rejections:
        """Return these rejections with further rejected `rows` of `table`, which have a column `rule`."""
        if not rows.height:
            return self
        before = [self.frames[table]] if table in self.frames else []
        return replace(self, frames={**self.frames, table: stack([*before, rows])})


def _by_rule(frame: pl.DataFrame) -> dict[str, int]:
    counts = frame.group_by("rule").len().sort(["len", "rule"], descending=[True, False])
    return dict(counts.iter_rows())
