"""The tests can fail: each check of the features catches what it is there to catch."""

import ast
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import checks
from companies import Features, random_moments, simulated
from forestall.data import Tables
from forestall.moment_features import feature_table
from forestall.moments import Timeline

CHECKS = (
    checks.check_blind_to_future,
    checks.check_blind_to_order,
    checks.check_blind_to_ids,
    checks.check_blind_to_shifted_time,
    checks.check_blind_to_other_moments,
)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return simulated(n=150)


@pytest.fixture(scope="module")
def moments(tables: Tables) -> pl.DataFrame:
    return random_moments(tables, 150, seed=2)


def with_column(leak: pl.Expr) -> Features:
    """Return features with one more, `leak`, over all that the tables will ever hold of the interaction."""

    def features(tables: Tables, moments: pl.DataFrame) -> pl.DataFrame:
        rows = tables.interactions.with_row_index("row").join(
            tables.feedback, on="interaction_id", how="left", maintain_order="left"
        )
        lives = rows.join(
            tables.events.group_by("interaction_id").len(),
            on="interaction_id",
            how="left",
            maintain_order="left",
        )
        known = moments.join(lives, on="interaction_id", how="left", maintain_order="left").with_row_index(
            "moment"
        )
        table = feature_table(tables, moments).select("interaction_id", "as_of", "service_wait_s")
        return table.with_columns(known.select(leak.alias("leak")))

    return features


def test_good_features_pass(tables, moments):
    """A column that is none of these passes every check."""
    harmless = with_column(pl.col("price"))
    for check in CHECKS:
        check(harmless, tables, moments)
    checks.check_blind_to_own_rating(harmless, tables, 3)


@pytest.mark.parametrize(
    ("check", "leak"),
    [
        (checks.check_blind_to_future, pl.col("len")),
        (checks.check_blind_to_future, pl.col("rating")),
        (checks.check_blind_to_order, pl.col("row").cast(pl.Float64)),
        (checks.check_blind_to_ids, pl.col("interaction_id").str.len_chars()),
        (checks.check_blind_to_ids, pl.col("interaction_id").rank()),
        (checks.check_blind_to_shifted_time, pl.col("as_of").dt.month()),
        (
            checks.check_blind_to_shifted_time,
            (pl.col("as_of") - datetime(2020, 1, 1, tzinfo=UTC)).dt.total_days(),
        ),
        (checks.check_blind_to_other_moments, pl.col("price") - pl.col("price").mean()),
        (checks.check_blind_to_other_moments, pl.col("moment")),
    ],
    ids=["life", "rating", "row", "name", "rank", "month", "epoch", "batch", "place"],
)
def test_a_leaking_feature_is_caught(tables, moments, check, leak):
    """A feature that sees what it must not is caught, and named."""
    with pytest.raises(AssertionError, match="leak"):
        check(with_column(leak), tables, moments)


def test_its_own_rating_is_caught(tables):
    """So is one that knows what the customer will say, from the moment on at which it is said."""
    rating = pl.when(pl.col("rated_at") <= pl.col("as_of")).then("rating")
    checks.check_blind_to_future(with_column(rating), tables, random_moments(tables, 100, seed=3))
    with pytest.raises(AssertionError, match="blind to its own rating"):
        checks.check_blind_to_own_rating(with_column(rating), tables, 3)


def before_the_moment(known):
    """Return a cutoff that does not count what happens at the moment."""
    return lambda timeline, owner, as_of: known(timeline, owner, as_of - 1)


def after_the_moment(known):
    """Return a cutoff that counts what happens a microsecond later."""
    return lambda timeline, owner, as_of: known(timeline, owner, as_of + 1)


def never(known):
    """Return no cutoff at all: the whole life is known."""
    return lambda timeline, owner, as_of: known(timeline, owner, np.full(np.shape(as_of), 2**61))


@pytest.mark.parametrize(
    ("cutoff", "check"),
    [
        (before_the_moment, checks.check_boundary),
        (after_the_moment, checks.check_boundary),
        (after_the_moment, checks.check_blind_to_future),
        (never, checks.check_boundary),
        (never, checks.check_blind_to_future),
    ],
)
def test_a_cutoff_in_the_wrong_place_is_caught(tables, moments, monkeypatch, cutoff, check):
    """The one cutoff, a microsecond early, a microsecond late or left out, is caught."""
    monkeypatch.setattr(Timeline, "known", cutoff(Timeline.known))
    with pytest.raises(AssertionError, match=r"not blind to the future|cutoff is not at the moment"):
        check(feature_table, tables, *([moments] if check is checks.check_blind_to_future else []))


def test_wrong_types_and_ranges_are_caught(tables):
    """A column that is missing, of another type, infinite or out of range is caught and named."""
    table = feature_table(tables)
    checks.check_types_and_ranges(table)
    wait = pl.col("service_wait_s")
    for wrong in (-wait - 1, wait / 0, wait.cast(pl.Int64), pl.col("service_staff").alias("service_wait_s")):
        with pytest.raises(AssertionError, match="service_wait_s"):
            checks.check_types_and_ranges(table.with_columns(wrong))
    with pytest.raises(AssertionError):
        checks.check_types_and_ranges(table.drop("service_wait_s"))


def test_the_files_that_are_listed_as_slow_or_in_a_group_exist() -> None:
    from conftest import HERE
    from run_order import GROUP_OF, LONG_FILES, SLOW_FILES

    listed = (*sorted(SLOW_FILES), *LONG_FILES, *GROUP_OF)
    assert [name for name in listed if not (HERE / name).is_file()] == []


@pytest.mark.parametrize(
    ("group", "folder", "fixtures"),
    [("spark", "", {"spark"}), ("server", "server", {"server", "moving", "two"})],
)
def test_a_group_holds_every_file_that_uses_what_its_files_share(
    group: str, folder: str, fixtures: set[str]
) -> None:
    """A file that is left out starts Spark or the servers once more, in a worker of its own."""
    from conftest import HERE
    from run_order import GROUPS

    def uses(file: Path) -> bool:
        every = [
            one for one in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(one, ast.FunctionDef)
        ]
        asked = [one for one in every if one.name.startswith("test_") or one.decorator_list]
        return any(fixtures & {argument.arg for argument in one.args.args} for one in asked)

    found = [file.relative_to(HERE).as_posix() for file in (HERE / folder).rglob("test_*.py") if uses(file)]
    assert sorted(found) == sorted(GROUPS[group])
