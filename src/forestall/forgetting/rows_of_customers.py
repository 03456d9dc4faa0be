"""The rows of a Parquet file that are about customers."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from forestall.data.table_files import UNREADABLE
from forestall.errors import InputError, cannot_read, must_be
from forestall.pseudonyms import pseudonym, salt_in, salts_in

CUSTOMER, INTERACTION = "customer_id", "interaction_id"


@dataclass(frozen=True)
class About:
    """Whom rows are about: customers, and the interactions that are theirs."""

    customers: frozenset[str]
    interactions: frozenset[str] = frozenset()

    def plus(self, interactions: Collection[str]) -> About:
        """Return the same customers with further interactions."""
        return About(self.customers, self.interactions | frozenset(interactions))

    def hashed(self, salts: Collection[str]) -> About:
        """Return the same with the pseudonyms of all ids under some salts beside them."""
        return About(
            self.customers | {pseudonym(one, salt) for one in self.customers for salt in salts},
            self.interactions | {pseudonym(one, salt) for one in self.interactions for salt in salts},
        )

    def has_interaction(self, name: str, salts: Collection[str]) -> bool:
        """Whether an interaction, given by its id, is one of them, also if only its pseudonym is known."""
        return name in self.interactions or any(pseudonym(name, salt) in self.interactions for salt in salts)

    def rows(self, columns: dict[str, pl.DataType]) -> pl.Expr | None:
        """Return which rows of a table with these columns are about them; None if no column can say it."""
        conditions = [
            _as_text(name, columns[name]).is_in(pl.Series(sorted(ids), dtype=pl.String).implode())
            for name, ids in (
                (CUSTOMER, self.customers),
                (INTERACTION, self.interactions),
                ("key", self.interactions),
            )
            if name in columns and ids
        ]
        if "raw" in columns:  # rejected cells and lines hold what stood in the source
            ids = sorted(self.customers | self.interactions)
            raw = _as_text("raw", columns["raw"])
            conditions.append(raw.map_batches(lambda texts: _names_any(texts, ids), return_dtype=pl.Boolean))
        return pl.any_horizontal(*(one.fill_null(value=False) for one in conditions)) if conditions else None


def _names_any(texts: pl.Series, ids: list[str]) -> pl.Series:
    """Return which texts have one of the ids as a whole word."""
    may = texts.str.contains_any(ids).fill_null(value=False)
    found = [
        is_near
        and any(re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", text) for one in ids if one in text)
        for text, is_near in zip(texts, may, strict=True)
    ]
    return pl.Series(found, dtype=pl.Boolean)


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    # a key with gaps may have become a float in another program
    return (column.cast(pl.Int64, strict=False) if dtype.is_float() else column).cast(pl.String, strict=False)


def scanned(file: Path) -> pl.LazyFrame:
    """Return the rows of a Parquet file."""
    return pl.scan_parquet(file, hive_partitioning=False, glob=False)


def columns_of(file: Path) -> dict[str, pl.DataType]:
    """Return the columns of a Parquet file with their types.

    Raises
    ------
    InputError
        It is no Parquet file.
    """
    try:
        return dict(scanned(file).collect_schema())
    except UNREADABLE:
        wrong = must_be(str(file), "a Parquet file", do="restore it, or remove it; nothing was changed")
        raise InputError(cannot_read(file, wrong)) from None


def interactions_of(file: Path, about: About) -> set[str]:
    """Return the interactions in a file that are those of the customers."""
    columns = columns_of(file)
    if not {CUSTOMER, INTERACTION} <= columns.keys():
        return set()
    rows = _as_text(CUSTOMER, columns[CUSTOMER]).is_in(about.customers)
    found = (
        scanned(file).filter(rows).select(_as_text(INTERACTION, columns[INTERACTION])).drop_nulls().collect()
    )
    return set(found.to_series())


def salts_of(file: Path) -> set[str]:
    """Return the salts of the pseudonyms in a file."""
    columns = columns_of(file)
    names = [name for name in (CUSTOMER, INTERACTION) if columns.get(name) == pl.String]
    frame = scanned(file).select(names).collect()
    return set().union(*(salts_in(frame[name].unique()) for name in names))


def customers_in(file: Path, about: About) -> set[str]:
    """Return the ids of customers, or their pseudonyms, that are in a file."""
    columns = columns_of(file)
    if CUSTOMER not in columns:
        return set()
    rows = _as_text(CUSTOMER, columns[CUSTOMER]).is_in(about.customers)
    found = scanned(file).filter(rows).select(_as_text(CUSTOMER, columns[CUSTOMER])).unique().collect()
    return set(found.to_series())


def count_rows(file: Path, about: About) -> int:
    """Return how many rows of a file are about the customers."""
    rows = about.rows(columns_of(file))
    return 0 if rows is None else int(scanned(file).filter(rows).select(pl.len()).collect().item())


def write_others(file: Path, about: About, target: Path) -> None:
    """Write the rows of a file that are not about the customers."""
    rows = about.rows(columns_of(file))
    assert rows is not None
    target.parent.mkdir(parents=True, exist_ok=True)
    scanned(file).filter(~rows).sink_parquet(target, compression="zstd", maintain_order=True)


def names_behind(found: Collection[str], customers: Collection[str]) -> set[str]:
    """Return the customers whose ids or pseudonyms were found."""
    salts = {salt for one in found if (salt := salt_in(one))}
    return {one for one in customers if one in found or any(pseudonym(one, salt) in found for salt in salts)}
