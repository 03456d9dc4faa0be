"""The column with the time zone of each row, which all local times of the row are read in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from forestall.data.zones import unknown_zones
from forestall.importing.suggest.column_profile import ColumnProfile
from forestall.importing.suggest.name_words import find_role
from forestall.importing.suggest.time_evidence import TimeColumn


def find_zone(profiles: Mapping[str, ColumnProfile]) -> str | None:
    """Return the column whose name speaks of a time zone and whose values all are names of zones, or None."""
    for name, profile in profiles.items():
        if find_role("categories", name) != "zone" or not profile.words:
            continue
        if not unknown_zones(pl.Series(profile.words), "UTC"):
            return name
    return None


def unread_zone(profiles: Mapping[str, ColumnProfile], zone: str | None) -> str | None:
    """Return a column that is called like a time zone, and is not the one whose zones are read."""
    called = (name for name, p in profiles.items() if find_role("categories", name) == "zone" and p.n_filled)
    return None if zone else next(called, None)


def in_zone(times: Mapping[str, TimeColumn], zone: str | None) -> dict[str, TimeColumn]:
    """Return the times, those that name no zone with the column of the zone of their row."""
    return {
        name: time if time.has_zone or zone is None else replace(time, zone=zone)
        for name, time in times.items()
    }
