"""Features of a company's own kinds of events: how often, how long ago, and which was the last."""

from functools import partial
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

import checks
from companies import companies, company, random_moments, simulated, visit
from forestall.data import Tables
from forestall.moment_features import Family, feature_table
from forestall.moment_features.own_kinds import NO_KINDS, OwnKinds, with_own_kinds
from forestall.moment_features.resolution import RESOLUTION
from forestall.moment_features.standards import Standards
from forestall.moment_features.table import locate, plan_of
from forestall.moment_features.table_sources import sources_of

KINDS = ("checked", "noted", "parcel.lost")
CONTEXT = Family("context", "The company's own.")
OWN = OwnKinds(KINDS, KINDS, (*KINDS, "served", "message"))
FAMILIES = (RESOLUTION, with_own_kinds(CONTEXT, OWN))
own_features = partial(feature_table, families=FAMILIES)


def over_time(tables: Tables, seconds: list[float], own: OwnKinds = OWN) -> dict[str, list[Any]]:
    """Return the features of the visit `a` at some seconds, by name without `context_kind_`."""
    begin = tables.interactions["started_at"][0]
    moments = pl.DataFrame({"interaction_id": ["a"] * len(seconds)}).with_columns(
        as_of=begin + (pl.Series(seconds) * 1_000_000).cast(pl.Duration("us"))
    )
    table = feature_table(tables, moments, families=[with_own_kinds(CONTEXT, own)])
    return {name.removeprefix("context_kind_"): table[name].to_list() for name in table.columns[2:]}


def test_how_often_how_long_ago_and_which_was_the_last():
    shop = company(
        visit("a", 0, (10, "noted"), (30, "served"), (50, "noted"), (60, "returned"), (90, "closed")),
        visit("b", 0, (20, "parcel.lost")),
    )
    found = over_time(shop, [5, 10, 25, 50, 70, 200])
    assert found == {
        # nobody had recorded it before the 10th second: unobserved is not 0
        "noted_n": [None, 1, 1, 2, 2, 2],
        # of an interaction that has ended, until its end
        "noted_ago_s": [None, 0, 15, 0, 20, 40],
        "parcel.lost_n": [None, None, 0, 0, 0, 0],
        "parcel.lost_ago_s": [None] * 6,
        "checked_n": [None] * 6,
        "checked_ago_s": [None] * 6,
        # a return is not among the kinds that count
        "last": [None, "noted", "noted", "noted", "noted", "noted"],
    }


def test_without_a_clock_only_numbers_are_features_and_none_is_unobserved():
    shop = company(visit("a", 0, (10, "noted")), visit("b", 0, (20, "checked")))
    own = OwnKinds(("checked", "noted"), has_clock=False)
    assert over_time(shop, [5, 10], own) == {"checked_n": [0, 0], "noted_n": [0, 1]}


@pytest.mark.parametrize("order", [1, -1])
def test_of_events_at_one_time_the_last_by_name_counts_in_any_order_of_rows(order):
    at_once = [(10, "noted"), (10, "checked"), (10, "served"), (10, "noted"), (9, "message")][::order]
    shop = company(visit("a", 0, *at_once))
    assert over_time(shop, [9, 10])["last"] == ["message", "served"]


def with_kinds(tables: Tables) -> Tables:
    """Return tables with events of own kinds among the others, many of them at the time of another event."""
    third = tables.events.gather_every(3)
    kind = pl.Series("kind", [KINDS[place % 5 % 3] for place in range(third.height)])
    minutes = pl.duration(minutes=pl.int_range(pl.len()) % 4)
    own = third.with_columns(kind, at=pl.col("at") + minutes)
    return tables.replace(events=pl.concat([tables.events, own]))


@pytest.fixture(scope="module")
def tables() -> Tables:
    return with_kinds(simulated())


@pytest.fixture(scope="module")
def moments(tables: Tables) -> pl.DataFrame:
    return random_moments(tables, 400, seed=1)


@pytest.mark.parametrize(
    "check",
    [
        checks.check_blind_to_future,
        checks.check_blind_to_order,
        checks.check_blind_to_ids,
        checks.check_blind_to_shifted_time,
        checks.check_blind_to_other_moments,
    ],
    ids=lambda check: check.__name__,
)
def test_the_checks_of_every_feature(check, tables, moments):
    table = own_features(tables, moments)
    assert table["context_kind_noted_n"].max() > 1
    assert table["context_kind_last"].n_unique() > 4
    check(own_features, tables, moments)


def test_blind_to_its_own_rating_and_cut_at_the_moment(tables):
    checks.check_blind_to_own_rating(own_features, tables)
    checks.check_boundary(own_features, tables)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(companies())
def test_blind_to_the_future_in_any_order_of_events(drawn):
    checks.check_blind_to_future(own_features, *drawn, n_times=3)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(companies())
def test_plain_python_says_the_same(drawn):
    """The oracle: events of the interaction by the moment, counted one by one."""
    tables, moments = drawn
    among = ("noted", "served", "returned")
    family = with_own_kinds(CONTEXT, OwnKinds(("noted",), ("noted",), among))
    table = feature_table(tables, moments, families=[family])
    for row in table.iter_rows(named=True):
        known = tables.events.filter(pl.col("at") <= row["as_of"])
        own = known.filter(pl.col("interaction_id") == row["interaction_id"]).rows(named=True)
        ends = [event["at"] for event in own if event["kind"] in ("closed", "abandoned")]
        times = [event["at"] for event in own if event["kind"] == "noted"]
        last = max(((event["at"], event["kind"]) for event in own if event["kind"] in among), default=None)
        is_recorded = "noted" in known["kind"]
        ago = (min([*ends, row["as_of"]]) - max(times)).total_seconds() if times else None
        assert row["context_kind_noted_n"] == (len(times) if is_recorded else None)
        assert row["context_kind_noted_ago_s"] == (None if ago is None else max(ago, 0))
        assert row["context_kind_last"] == (None if last is None else last[1])


def test_a_few_moments_in_python_are_as_many_in_polars(tables, moments):
    """Both tellings of the terms, and the events of one moment at a time."""
    sources, plan = sources_of(tables, Standards()), plan_of(FAMILIES)
    place, as_of = locate(sources, moments)
    frame = plan.frame(sources.state(place, as_of, plan.columns))
    for size in (3, 40):
        for begin in range(0, 120, size):
            some = slice(begin, begin + size)
            lists = plan.lists(sources.state_in_lists(place[some], as_of[some], plan.columns))
            assert {name: frame[name][some].to_list() for name in frame.columns} == dict(lists)


def test_a_family_without_own_kinds_is_as_it_was():
    assert with_own_kinds(CONTEXT, NO_KINDS).features == ()
    assert OwnKinds.from_dict(OWN.as_dict()) == OWN
