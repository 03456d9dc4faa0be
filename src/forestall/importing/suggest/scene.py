"""What was found in the sources, before each column gets its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from forestall.importing.suggest.column_profile import ColumnProfile, profile_columns, spread_rows
from forestall.importing.suggest.joins import Join, SourceTable, choose_main, find_join, joined_rows
from forestall.importing.suggest.key_evidence import Key, find_key
from forestall.importing.suggest.log_evidence import LogColumns, case_sample, changing_columns, find_log
from forestall.importing.suggest.rating_evidence import RatingColumn, find_rating
from forestall.importing.suggest.time_evidence import TimeColumn, find_times
from forestall.importing.suggest.zone_evidence import find_zone, in_zone


@dataclass
class Scene:
    """The sources as one table: a row per interaction, the columns of further files named `NAME.column`.

    Parameters
    ----------
    main
        The file with the interactions.
    joins, strangers
        The further files, and those that do not belong to the interactions.
    key, log
        The key of the interactions, and the columns of an event log.
    profiles, times
        The columns of the sample, and which of them are times.
    changing
        Columns of an event log that change within a case.
    differing
        Columns that differ between rows with the same key, where rows are interactions.
    rating
        The customer's rating.
    zone
        The column with the time zone of each row, in which all local times are read.
    """

    main: SourceTable
    joins: list[Join]
    strangers: list[SourceTable]
    key: Key
    log: LogColumns | None
    profiles: Mapping[str, ColumnProfile]
    times: Mapping[str, TimeColumn]
    rating: RatingColumn | None
    changing: set[str] = field(default_factory=set)
    differing: set[str] = field(default_factory=set)
    zone: str | None = None

    @property
    def n_rows(self) -> int:
        """How many rows of the sample are looked at."""
        return len(next(iter(self.profiles.values())).text)

    @property
    def join_keys(self) -> set[str]:
        """The columns by which further files are joined."""
        return {join.to for join in self.joins}

    def table_of(self, column: str) -> str:
        """Return the name of the further file of a column; empty for the main file."""
        return next((j.table.name for j in self.joins if column.startswith(f"{j.table.name}.")), "")


def look_at(name: str, frame: pl.DataFrame) -> SourceTable:
    """Return what a single file holds."""
    sample = spread_rows(frame)
    profiles = profile_columns(frame, sample)
    times = find_times(list(profiles.values()))
    return SourceTable(name, frame, sample, profiles, times, find_log(frame, profiles, times))


def table_names(names: list[str]) -> dict[str, str]:
    """Return a short name for each file, without what all names begin or end with.

    Examples
    --------
    >>> table_names(["olist_orders_dataset", "olist_order_items_dataset"])
    {'olist_orders_dataset': 'orders', 'olist_order_items_dataset': 'order_items'}
    """
    parts = {name: [part for part in re.split(r"[^0-9A-Za-z]+", name.lower()) if part] for name in names}
    if len(names) > 1:
        for end in (0, -1):
            while all(len(p) > 1 for p in parts.values()) and len({p[end] for p in parts.values()}) == 1:
                for part in parts.values():
                    part.pop(end)
    short = {name: "_".join(part) or "table" for name, part in parts.items()}
    short = {name: f"t_{word}" if word[0].isdigit() else word for name, word in short.items()}
    return short if len(set(short.values())) == len(names) else {name: name for name in names}


def see(tables: Mapping[str, pl.DataFrame], main: str | None = None) -> Scene:
    """Return what was found in the files of a company.

    Parameters
    ----------
    tables
        The files' rows by name.
    main
        The file with the interactions; None: found by the keys.
    """
    seen = {name: look_at(name, frame) for name, frame in tables.items()}
    first = seen[main or choose_main(seen)]
    others = [table for table in seen.values() if table is not first]
    if first.log:
        return _log_scene(first, others)
    key = find_key(first.profiles, first.times)
    joins, strangers = _join_all(first, others, key)
    wide = first.sample
    for join in joins:
        if join.log is None:
            wide = joined_rows(wide, join)
    profiles = _wide_profiles(first, wide)
    zone = find_zone(first.profiles)
    times = find_times(list(profiles.values()))
    own = {name: time for name, time in times.items() if name in first.profiles}
    times |= in_zone(own, zone)
    untimed = {name: p for name, p in profiles.items() if name not in times and name != key.column}
    scene = Scene(first, joins, strangers, key, None, profiles, times, find_rating(untimed), zone=zone)
    if key.column and not key.is_unique:
        scene.differing = set(changing_columns(first.frame, key.column))
    return scene


def _join_all(
    first: SourceTable, others: list[SourceTable], key: Key
) -> tuple[list[Join], list[SourceTable]]:
    """Join each further file to what is joined already, until none fits any more."""
    wide, left = first.frame, list(others)
    joins: list[Join] = []
    while True:
        found = [
            (join.share, table)
            for table in left
            if (join := find_join(table, wide, key.column, first.frame.columns))
        ]
        if not found:
            return joins, left
        for table in [table for _, table in found]:
            join = find_join(table, wide, key.column, first.frame.columns)
            if join:
                joins.append(join)
                left.remove(table)
                wide = wide if join.log else joined_rows(wide, join)


def _wide_profiles(first: SourceTable, wide: pl.DataFrame) -> dict[str, ColumnProfile]:
    profiles = profile_columns(wide, wide)
    for name, profile in profiles.items():
        profile.is_unique = name in first.profiles and first.profiles[name].is_unique
    return profiles


def _log_scene(first: SourceTable, others: list[SourceTable]) -> Scene:
    """Return an event log as one row per case: its first, with the last rating."""
    log = first.log
    assert log is not None
    rows = case_sample(first.frame, log.case)
    changing = set(changing_columns(rows, log.case))
    all_profiles = profile_columns(rows, rows)
    untimed = {
        n: p for n, p in all_profiles.items() if n not in first.times and n not in (log.case, log.activity)
    }
    rated = find_rating(untimed)
    stamps = find_times([all_profiles[log.timestamp]])[log.timestamp].values
    ordered = rows.with_columns(stamps.alias("__at__")).sort("__at__", maintain_order=True, nulls_last=True)
    if rated:
        has_rating = all_profiles[rated.column].text.is_not_null().alias("__rated__")
        of_case = rows.select(log.case, rated.column).with_columns(has_rating).filter("__rated__")
        last_rating = of_case.unique(log.case, keep="last", maintain_order=True).drop("__rated__")
        ordered = ordered.drop(rated.column).join(last_rating, on=log.case, how="left", maintain_order="left")
    cases = ordered.unique(log.case, keep="first", maintain_order=True).select(rows.columns)
    profiles = profile_columns(cases, cases)
    for name in (log.activity, log.timestamp, *changing):
        if not rated or name != rated.column:
            profiles[name] = all_profiles[name]
    flat = {n: p for n, p in profiles.items() if n not in changing}
    times = find_times(list(flat.values()))
    times[log.timestamp] = find_times([all_profiles[log.timestamp]])[log.timestamp]
    rating = find_rating({rated.column: profiles[rated.column]}) if rated else None
    zone = find_zone(all_profiles)
    times = in_zone(times, zone)
    return Scene(first, [], others, Key(log.case), log, profiles, times, rating, changing, zone=zone)
