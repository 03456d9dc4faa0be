"""Several files: which one has the interactions, and how the others belong to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from forestall.importing.join_keys import as_key, loose_key
from forestall.importing.suggest.column_profile import ColumnProfile, is_nearly_unique, share_of
from forestall.importing.suggest.key_evidence import is_key_of_others
from forestall.importing.suggest.log_evidence import LogColumns, case_sample, log_of_case
from forestall.importing.suggest.name_words import find_role, has_role, plain_words
from forestall.importing.suggest.rating_evidence import find_rating
from forestall.importing.suggest.time_evidence import TimeColumn

_LOOKED_AT = 5_000
_SEVERAL = 1.2
_FEWEST_KEYS = 10
_FEW_COLUMNS = 3
_RATHER_OWN = 0.1
_OF_SURVEY = ("rated_at", "survey_sent", "ignored", "updated")


@dataclass(frozen=True)
class SourceTable:
    """One file and what was found in it."""

    name: str
    frame: pl.DataFrame
    sample: pl.DataFrame
    profiles: Mapping[str, ColumnProfile]
    times: Mapping[str, TimeColumn]
    log: LogColumns | None


@dataclass(frozen=True)
class Join:
    """A further file that belongs to the interactions.

    Parameters
    ----------
    table
        The file's name.
    column, to
        Its column, and the column of the interactions with the same values.
    rows_per_key
        How many rows a key has on average.
    newest_by
        The time by which the newest row counts, if a key has several.
    log
        The file's columns, if its rows are events of the interactions.
    share
        How many of 100 of its keys (of a lookup: of the interactions' values) have a partner.
    """

    table: SourceTable
    column: str
    to: str
    rows_per_key: float
    newest_by: str | None
    log: LogColumns | None
    share: float


def choose_main(tables: Mapping[str, SourceTable]) -> str:
    """Return the name of the file that has the interactions.

    It is the one whose key the other files hold, but no list of customers, products or places, to which all rows of the
    interactions point as well, and not the orders to which rated tickets point, which have a start and an end of their
    own. Where no file points to another, the one with the rating counts, rather with a time that is not that of
    a survey; then the one with the most times.
    """
    pointing = {name: _n_pointing_to(tables, name) for name in tables}
    scores = {
        name: (
            not _is_list(tables, name),
            _has_rated_cases(table),
            pointing[name],
            not pointing[name] and _has_rating(table),
            any(find_role("times", time) not in _OF_SURVEY for time in table.times),
            len(table.times),
        )
        for name, table in tables.items()
    }
    return max(scores, key=lambda name: scores[name])


def _is_list(tables: Mapping[str, SourceTable], name: str) -> bool:
    """Return whether a file lists customers, products or flights: other files have several rows for each of them.

    The key is that of a customer or the like, or the other file has interactions itself: a third one points to them, or
    it has ratings and times, of which the list has none.
    """
    main = tables[name]
    keys = [p.name for p in main.profiles.values() if _is_key_but_for_mistakes(main, p)]
    return any(
        (column == key or (_are_names(main) and _is_key_in(column, key, name)))
        and (
            is_key_of_others(key)
            or _n_pointing_to(tables, place) > 0
            or _are_of_places(main, other)
            or _are_names(main)
        )
        and other.frame[column].drop_nulls().n_unique() * _SEVERAL < other.frame[column].count()
        and contained(other.frame[column], main.frame[key]) > 0.8
        for key in keys
        for place, other in tables.items()
        if other is not main
        for column in other.frame.columns
    )


def _is_key_but_for_mistakes(table: SourceTable, profile: ColumnProfile) -> bool:
    """Return whether a column is the key of a file, or that of a customer of which hardly one stands there twice."""
    if profile.name in table.times:
        return False
    is_of_others = is_key_of_others(profile.name) and profile.words_per_cell < 1.5
    return profile.is_unique or (is_of_others and is_nearly_unique(table.frame[profile.name]))


def _are_names(table: SourceTable) -> bool:
    """Return whether a file has nothing but the names of codes, such as those of the products."""
    return len(table.frame.columns) <= _FEW_COLUMNS and not table.times and not _has_rating(table)


def _has_rated_cases(table: SourceTable) -> bool:
    """Return whether the rows of a file are rated cases with a key, a start and an end of their own."""
    roles = {find_role("times", time) for time in table.times}
    has_ends = "started_at" in roles and bool({"resolved", "closed"} & roles)
    return has_ends and bool(_own_keys(table)) and table.log is None and _has_rating(table)


def _are_of_places(main: SourceTable, other: SourceTable) -> bool:
    """Return whether a file has the ratings of what the other lists, such as restaurants, which have no time."""
    return not main.times and bool(other.times) and other.log is None and _has_rating(other)


def _n_pointing_to(tables: Mapping[str, SourceTable], name: str) -> int:
    main = tables[name]
    return sum(
        any(
            contained(other.frame[column], main.frame[key]) > 0.8
            for key in _own_keys(main)
            for column in other.frame.columns
            if column == key or _is_key_in(column, key, name)
        )
        for other in tables.values()
        if other is not main
    )


def _is_key_in(column: str, key: str, name: str) -> bool:
    """Return whether a column is called like a file and its key, as `ticket_id` is of the `id` of `tickets`."""
    words, own = plain_words(column), plain_words(key)
    of_file = {form for word in plain_words(name) for form in (word, word.removesuffix("s"))}
    return len(own) == 1 and words[-1:] == own and bool(words[:-1]) and set(words[:-1]) <= of_file


def _own_keys(table: SourceTable) -> list[str]:
    """Return the columns without equal values that are no key of a customer, a product or a place."""
    unique = [p.name for p in table.profiles.values() if p.is_unique and p.name not in table.times]
    return [name for name in unique if not is_key_of_others(name)]


def _has_rating(table: SourceTable) -> bool:
    profiles = {name: p for name, p in table.profiles.items() if name not in table.times}
    return find_rating(profiles) is not None


def contained(values: pl.Series, among: pl.Series) -> float:
    """Return the share of the different values (at most 5,000 of them) that are among others."""
    if values.dtype.is_nested() or among.dtype.is_nested():
        return 0.0
    own = as_key(values, values.name).drop_nulls().unique(maintain_order=True)
    own = own.gather_every(max(1, -(-len(own) // _LOOKED_AT)))
    return share_of(own.is_in(as_key(among, among.name).implode()))


def loosely_contained(table: SourceTable, main: pl.DataFrame, key: str) -> str:
    """Return the column of a file that would hold the key but for case, marks and leading zeros; empty if none does."""
    ours = pl.DataFrame({"key": as_key(main[key], key)}).select(loose_key("key"))["key"].implode()
    for column in table.frame.columns:
        profile = table.profiles[column]
        if column in table.times or profile.is_nested or profile.n_distinct < _FEWEST_KEYS:
            continue
        theirs = pl.DataFrame({"key": as_key(profile.raw, column)}).select(loose_key("key"))["key"]
        if share_of(theirs.drop_nulls().is_in(ours)) > 0.5:
            return column
    return ""


def find_join(
    table: SourceTable, wide: pl.DataFrame, key: str | None, main: Collection[str] = ()
) -> Join | None:
    """Return how a further file belongs to the rows of the interactions, or None if it does not.

    Parameters
    ----------
    table
        The further file.
    wide
        The interactions, with the columns of the files that are joined already.
    key
        The key of the interactions.
    main
        The columns of the file with the interactions.
    """
    found: list[tuple[float, int, Join]] = []
    for column in table.frame.columns:
        profile = table.profiles[column]
        if column in table.times or profile.is_nested or not profile.n_filled or profile.words_per_cell > 1.5:
            continue
        for place, to in enumerate(wide.columns):
            join = _try(table, column, wide, to, key)
            if join:
                own = _RATHER_OWN * (
                    to in main
                )  # rather a key of the interactions than that of a joined file
                found.append((join.share + own + (1.0 if to == key else 0.0), -place, join))
    return max(found, key=lambda one: one[:2])[2] if found else None


def _try(table: SourceTable, column: str, wide: pl.DataFrame, to: str, key: str | None) -> Join | None:
    if not _same_name(table.name, column, to, to == key) or wide.schema[to].is_nested():
        return None
    is_unique = table.profiles[column].is_unique or is_nearly_unique(table.frame[column])
    is_lookup = is_unique and to != key
    pair = (wide[to], table.frame[column]) if is_lookup else (table.frame[column], wide[to])
    share = contained(*pair)
    if share < 0.5 or (to != key and not is_lookup):
        return None
    keys = table.frame[column].drop_nulls()
    per_key = len(keys) / max(keys.n_unique(), 1)
    log = table.log if table.log and table.log.case == column else None
    if log is None and per_key >= _SEVERAL and to == key:  # its rows have a key of their own
        log = log_of_case(case_sample(table.frame, column), column, table.profiles, table.times)
    newest = _newest_by(table) if per_key > 1 and log is None and not is_lookup else None
    return Join(table, column, to, per_key, newest, log, share)


def _same_name(table: str, column: str, to: str, is_key: bool) -> bool:
    """Return whether two names can mean the same key: equal, or both a key, one named after the other's file."""
    own, other = plain_words(column), plain_words(to.rsplit(".", 1)[-1])
    if own == other:
        return has_role("holds", "key", column) or len(own) > 1
    if not (has_role("holds", "key", column) or has_role("holds", "key", to)):
        return False
    marks = {"id", "key", "number", "no", "nr", "nummer", "num", "ref", "reference"}
    bare_own, bare_other = set(own) - marks, set(other) - marks
    if is_key and not bare_other:  # the key is called just `Id`
        return bool(own) and not has_role("categories", "customer_id", column)
    return (bool(bare_own) and bare_own == bare_other) or (
        not bare_own and (bare_other == set(plain_words(table)) or _is_key_in(to, column, table))
    )


def _newest_by(table: SourceTable) -> str | None:
    """Return the latest of the file's times."""
    latest = {name: time.values.max() for name, time in table.times.items() if time.values.max() is not None}
    return max(latest, key=lambda name: str(latest[name]), default=None)


def kind_of_rows(join: Join) -> tuple[str, str] | None:
    """Return the column in which the rows of one key differ, such as the question of a survey, and its first word.

    None if each key has one row, or if no column has each of its words once a key.
    """
    frame = join.table.sample.drop_nulls(join.column)
    if join.log or join.rows_per_key < _SEVERAL:
        return None
    for name, profile in join.table.profiles.items():
        words = profile.words
        if name == join.column or name in join.table.times or profile.is_flag or len(words) < 2:
            continue
        pairs = frame.select(join.column, name).drop_nulls()
        if profile.numbers is None and pairs.n_unique() > 0.99 * frame.height:
            return name, words[0]
    return None


def joined_rows(wide: pl.DataFrame, join: Join) -> pl.DataFrame:
    """Return the interactions with the columns of a further file, named `NAME.column`; of several rows one counts."""
    rows = join.table.frame
    if join.newest_by:
        spot = join.table.times[join.newest_by]
        if len(spot.values) == rows.height:
            rows = rows.with_columns(spot.values.alias("__time__")).sort(
                "__time__", descending=True, nulls_last=True
            )
            rows = rows.drop("__time__")
    rows = rows.unique(join.column, keep="first", maintain_order=True)
    rows = rows.rename({name: f"{join.table.name}.{name}" for name in rows.columns})
    column = f"{join.table.name}.{join.column}"
    right = rows.with_columns(as_key(rows[column], column).alias("__on__"))
    left = wide.with_columns(as_key(wide[join.to], join.to).alias("__on__"))
    return left.join(right, on="__on__", how="left", maintain_order="left").drop("__on__")
