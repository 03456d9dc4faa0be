"""Time zones that stand in a value: `Z`, offsets, usual abbreviations and names such as `Europe/Oslo`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

import polars as pl

from forestall.data.zone_names import US_ABBREVIATIONS, named_zone

ABBREVIATIONS: Mapping[str, float] = {
    **{"Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MET": 1, "MEST": 2},
    **{"MEZ": 1, "MESZ": 2},
    **{"EET": 2, "EEST": 3, "MSK": 3, "TRT": 3, "SAST": 2, "WAT": 1, "CAT": 2, "EAT": 3, "GST": 4, "PKT": 5},
    **{"IST": 5.5, "NPT": 5.75, "ICT": 7, "WIB": 7, "SGT": 8, "HKT": 8, "PHT": 8, "AWST": 8, "KST": 9, "JST": 9},
    **{"ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "BRT": -3, "ART": -3, "CLT": -4},
    **{"NST": -3.5, "NDT": -2.5, "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5},
    **{"MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10},
}  # fmt: skip
"""Hours ahead of UTC of the usual abbreviations. Of those with several meanings, the most frequent one."""

_OFFSET = r"(?:GMT|UTC)?[+\-−]\d{1,2}(?::?\d{2})?"
_NAME = r"[A-Z][A-Za-z_]+/[A-Z][A-Za-z_+\-0-9]+(?:/[A-Z][A-Za-z_]+)?"
_WORDS = "|".join(sorted([*ABBREVIATIONS, *US_ABBREVIATIONS], key=len, reverse=True))
_COMMENT = r"(?:\s*\([^)]*\)|\[[^\]]*\])?"
AT_END = rf"(?:(\d|[AaPp][Mm])\s*({_OFFSET}|z|{_WORDS})|(\d|[AaPp][Mm])\s*\[?({_NAME})\]?){_COMMENT}\s*$"
_DAY = r"^\s*\d{4}-\d{1,2}-\d{1,2}\s*$"
WITHIN = rf"\s({_OFFSET}|{_WORDS})(\s)"
_S = 1_000_000
LONGEST = 40
"""A text of more characters is no zone. The longest name of the IANA database has 32."""
MOST_UNLISTED = 200
"""How many names of a column are asked of Polars that the computer's database of zones lacks."""


def split_zone(text: pl.Series, *, is_last: bool = True) -> tuple[pl.Series, pl.Series]:
    """Return texts of times without their zones, and the zones (null where a text names none).

    Parameters
    ----------
    text
        Times as text.
    is_last
        Whether the zone stands at the end of the text, or between other parts.
    """
    column = pl.col("text")
    frame = pl.DataFrame({"text": text})
    if is_last:
        zone = pl.coalesce(column.str.extract(AT_END, 2), column.str.extract(AT_END, 4))
        rest = column.str.replace(AT_END, "${1}${3}")
        is_day = column.str.contains(_DAY)  # the day of the month looks like an offset
        split = frame.select(
            rest=pl.when(is_day).then(column).otherwise(rest), zone=pl.when(~is_day).then(zone)
        )
    else:
        split = frame.select(rest=column.str.replace(WITHIN, "${2}"), zone=column.str.extract(WITHIN, 1))
    return split["rest"], split["zone"]


def local_to_utc(
    local: pl.Series, zone: pl.Series, default: str, changes: Counter[str] | None = None
) -> pl.Series:
    """Return local times as UTC times, each by its own zone or, without one, by `default`.

    Parameters
    ----------
    local
        Times without a zone.
    zone
        The zone of each time: an offset, an abbreviation or a name; null for `default`.
    default
        Name of the zone of times that name none.
    changes
        Counts local times that occur twice or never; see `from_zone`.

    Returns
    -------
    polars.Series
        UTC times in microseconds; null where the zone is unknown.
    """
    frame = pl.DataFrame(
        {"local": local.cast(pl.Datetime("us")), "zone": zone.fill_null("").str.strip_chars(" []")}
    )
    if frame.is_empty() or (frame["zone"] == frame["zone"][0]).all():  # nearly every column
        return _of_one_zone(frame, default, changes).alias(local.name)
    shifts, named = _meanings(frame.filter(pl.col("local").is_not_null())["zone"], default)
    shift = pl.col("zone").replace_strict(shifts, default=None, return_dtype=pl.Int64)
    shifted = frame.select(pl.col("local") - pl.duration(microseconds=shift)).to_series()
    utc = shifted.to_numpy(writable=True)
    # each row belongs to one zone: the work grows with the rows, not with rows times zones
    some = frame.with_row_index("row").filter(pl.col("zone").is_in(list(named)))
    for rows in some.partition_by("zone", maintain_order=True):
        times = from_zone(rows["local"], named[rows["zone"][0]], changes)
        utc[rows["row"].to_numpy()] = times.dt.replace_time_zone(None).to_numpy()
    return pl.Series(local.name, utc).dt.replace_time_zone("UTC")


def _of_one_zone(frame: pl.DataFrame, default: str, changes: Counter[str] | None) -> pl.Series:
    local = frame["local"]
    shifts, named = _meanings(frame["zone"].head(1), default)
    for name in named.values():
        return from_zone(local, name, changes)
    for shift in shifts.values():
        return (local - timedelta(microseconds=shift)).dt.replace_time_zone("UTC")
    return pl.Series([None], dtype=pl.Datetime("us", "UTC")).new_from_index(0, len(local))


def unknown_zones(zones: pl.Series, default: str) -> list[str]:
    """Return the different texts of a column of zones that are none."""
    texts = zones.drop_nulls().str.strip_chars(" []")
    texts = texts.filter(texts != "").unique(maintain_order=True)
    shifts, named = _meanings(texts, default)
    return [text for text in texts.to_list() if text not in shifts and text not in named]


def _meanings(zones: pl.Series, default: str) -> tuple[dict[str, int], dict[str, str]]:
    """Return what the distinct zones of a column mean: microseconds ahead of UTC, or the name of a zone.

    A text of more than `LONGEST` characters is no zone. Polars decides which names are zones, but it takes long to
    refuse one: names that the computer's database of zones lacks are asked up to `MOST_UNLISTED`, in order, and the
    rest are no zones. A computer may lack old names such as `US/Pacific`, of which there are fewer.
    """
    distinct = zones.filter(zones.str.len_chars() <= LONGEST).unique(maintain_order=True).to_list()
    shifts: dict[str, int] = {}
    named: dict[str, str] = {}
    n_unlisted = 0
    for text in distinct:
        shift = offset_us(text, default) if text else None
        name = (named_zone(text) or _listed().get(text.lower(), text)) if text else default
        if shift is not None:
            shifts[text] = shift
            continue
        if text and name.lower() not in _listed():
            n_unlisted += 1
            if n_unlisted > MOST_UNLISTED:
                continue
        if is_zone(name):
            named[text] = name
    return shifts, named


@cache
def _listed() -> dict[str, str]:
    """Return the names of zones that this computer's database has, each by its letters in lower case."""
    return {name.lower(): name for name in available_timezones()}


def is_zone(name: str) -> bool:
    """Return whether `name` is a known time zone, such as `Asia/Kolkata`."""
    if not name or len(name) > LONGEST:
        return False
    try:
        pl.Series([0]).cast(pl.Datetime("us")).dt.replace_time_zone(name)
    except pl.exceptions.PolarsError:
        return False
    return True


def from_zone(times: pl.Series, zone: str, changes: Counter[str] | None = None) -> pl.Series:
    """Return local times of `zone` in UTC and microseconds.

    A local time that occurs twice, because clocks are set back, is read as the first. A local time that does
    not occur, because clocks are set forward, is read as if they were not: 02:30 is half an hour after 02:00,
    which is 03:30. `changes` counts both, as `twice` and `never`.
    """
    times = times.cast(pl.Datetime("us"))
    if zone == "UTC":
        return times.dt.replace_time_zone("UTC")
    utc = _earliest(times, zone)
    skipped = utc.is_null() & times.is_not_null()
    if changes is not None:
        once = times.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
        changes["never"] += int(skipped.sum())
        changes["twice"] += once.null_count() - times.null_count() - int(skipped.sum())
    if not skipped.any():
        return utc
    day = pl.duration(days=1)
    shifted = _earliest(pl.select(times - day).to_series(), zone)
    return pl.select(pl.when(skipped).then(shifted + day).otherwise(utc)).to_series().alias(times.name)


def _earliest(times: pl.Series, zone: str) -> pl.Series:
    local = times.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone("UTC")


def offset_us(zone: str, home: str = "UTC") -> int | None:
    """Return how many microseconds a zone is ahead of UTC, None if it is neither an offset nor an abbreviation.

    An abbreviation with several meanings has that of the zone `home`, if it is used there: `IST` is an hour
    ahead in Dublin, and five and a half in Kolkata.
    """
    if len(zone) > LONGEST:
        return None
    text = zone.upper().replace("−", "-")
    if text in ABBREVIATIONS:
        return int(_own_meanings(home).get(text, ABBREVIATIONS[text]) * 3600 * _S)
    text = text.removeprefix("GMT").removeprefix("UTC")
    digits = text[1:].replace(":", "")
    if text[:1] not in ("+", "-") or not digits.isdecimal() or len(digits) > 4:
        return None
    if len(digits) == 3 and ":" not in text:
        return None  # `-300` are five hours where minutes are counted, and three where hours are written
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    if hours > 18 or minutes > 59:
        return None
    return (1 if text[0] == "+" else -1) * (hours * 3600 + minutes * 60) * _S


@lru_cache(maxsize=64)
def _own_meanings(home: str) -> dict[str, float]:
    """Return the abbreviations that a zone uses in winter and in summer, with their hours ahead of UTC.

    `home` is a zone of a mapping or of the caller's code, never a text of a record.
    """
    found = {}
    for month in (1, 7):
        time = datetime(2024, month, 1, tzinfo=ZoneInfo(home))
        found[str(time.tzname())] = time.utcoffset().total_seconds() / 3600  # type: ignore[union-attr]
    return found
