"""Features of a company's own kinds of events: how often, how long ago, and which was the last."""

from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

import checks
from companies import companies, company, random_moments, simulated, visit
from forestall.data import Tables
from forestall.moment_features import Family, context_family, feature_table
from forestall.moment_features.own_kinds import NO_KINDS, OwnKinds, with_own_kinds
from forestall.moment_features.resolution import RESOLUTION
from forestall.moment_features.standards import Standards
from forestall.moment_features.table import locate, plan_of
from forestall.moment_features.table_sources import sources_of
from forestall.moments import default_moments

KINDS = ("checked", "noted", "parcel.lost")
CONTEXT = Family("context", "The company's own.")
OWN = OwnKinds(
    KINDS,
    KINDS,
    (*KINDS, "served", "message"),
    numbers=("amount",),
    texts=("team",),
    label_event="complained",
)
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
    found = over_time(shop, [5, 10, 25, 50, 70, 200], replace(OWN, numbers=(), texts=()))
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
    place = pl.int_range(pl.len())
    amount = pl.when(place % 3 > 0).then(place * 37 % 101 / 7 - 5)
    team = pl.when(place % 4 > 0).then(pl.lit("team ") + (place * 13 % 11).cast(pl.String))
    return tables.replace(events=pl.concat([tables.events, own]).with_columns(amount=amount, team=team))


@pytest.fixture(scope="module")
def tables() -> Tables:
    return with_kinds(simulated())


@pytest.fixture(scope="module")
def moments(tables: Tables) -> pl.DataFrame:
    return random_moments(tables, 400, seed=1)


@pytest.mark.slow
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
    assert table["context_event_amount_mean"].n_unique() > 20
    assert table["context_event_team_last"].n_unique() > 9
    check(own_features, tables, moments)


@pytest.mark.slow
def test_blind_to_its_own_rating_and_cut_at_the_moment(tables):
    checks.check_blind_to_own_rating(own_features, tables)
    checks.check_boundary(own_features, tables)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(companies())
def test_blind_to_the_future_in_any_order_of_events(drawn):
    tables, moments = drawn
    valued = tables.replace(events=tables.events.with_columns(amount="value", team="actor"))
    checks.check_blind_to_future(own_features, valued, moments, n_times=3)


@pytest.mark.slow
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
    """Both translations of the terms, and the events of one moment at a time."""
    sources, plan = sources_of(tables, Standards()), plan_of(FAMILIES)
    place, as_of = locate(sources, moments)
    frame = plan.frame(sources.state(place, as_of, plan.columns))
    for size in (3, 40):
        for begin in range(0, 120, size):
            some = slice(begin, begin + size)
            lists = plan.lists(sources.state_in_lists(place[some], as_of[some], plan.columns))
            assert {name: frame[name][some].to_list() for name in frame.columns} == dict(lists)


def paid(*events: tuple[Any, ...]) -> Tables:
    """Return the visit `a` with events (second, kind, amount, team)."""
    shop = company(
        visit("a", 0, *[(second, kind) for second, kind, _, _ in events]), visit("b", 0, (1, "noted"))
    )
    amounts, teams = ([*column, None] for column in list(zip(*events, strict=True))[2:])
    columns = [pl.Series("amount", amounts, dtype=pl.Float64), pl.Series("team", teams, dtype=pl.String)]
    return shop.replace(events=shop.events.with_columns(columns))


def test_the_last_mean_and_highest_of_a_number_and_the_last_of_a_text():
    tables = paid(
        (10, "noted", 0.1, "b"), (20, "noted", None, None), (20, "served", 0.2, "c"), (20, "checked", 0.7, "a"),
        (30, "complained", 99, "z"), (40, "noted", -3, " "),
    )  # fmt: skip
    own = OwnKinds(numbers=("amount",), texts=("team",), label_event="complained")
    begin = tables.interactions["started_at"][0]
    moments = pl.DataFrame({"interaction_id": ["a"] * 5}).with_columns(
        as_of=begin + (pl.Series([5, 10, 20, 30, 40]) * 1_000_000).cast(pl.Duration("us"))
    )
    table = feature_table(tables, moments, families=[with_own_kinds(CONTEXT, own)])
    # of two values at one time the larger is the last; what came with the label's own event does not count
    assert table["context_event_amount_last"].to_list() == [None, 0.1, 0.7, 0.7, -3]
    assert table["context_event_amount_highest"].to_list() == [None, 0.1, 0.7, 0.7, 0.7]
    assert table["context_event_amount_mean"].to_list() == [None, 0.1, *[pytest.approx(1 / 3)] * 2, -0.5]
    assert table["context_event_team_last"].to_list() == [None, "b", "c", "c", "c"]


def test_an_attribute_of_another_type_is_read_and_a_missing_one_is_null():
    tables = paid((10, "noted", 2, "4.5"), (20, "noted", 3, "x"))
    end = default_moments(tables).head(1)
    own = OwnKinds(numbers=("team", "gone"), texts=("amount", "lost"))
    table = feature_table(tables, end, families=[with_own_kinds(CONTEXT, own)])
    assert table.row(0, named=True) | {"interaction_id": "", "as_of": ""} == {
        "interaction_id": "", "as_of": "",
        "context_event_team_last": 4.5, "context_event_team_mean": 4.5, "context_event_team_highest": 4.5,
        "context_event_gone_last": None, "context_event_gone_mean": None, "context_event_gone_highest": None,
        "context_event_amount_last": "3", "context_event_lost_last": None,
    }  # fmt: skip


def test_without_a_clock_a_number_has_no_last_value():
    tables = paid((10, "noted", 2, "a"))
    table = feature_table(
        tables, families=[with_own_kinds(CONTEXT, OwnKinds(numbers=("amount",), has_clock=False))]
    )
    assert table.columns[2:] == ["context_event_amount_mean", "context_event_amount_highest"]


def test_a_family_without_own_kinds_is_as_it_was():
    assert with_own_kinds(CONTEXT, NO_KINDS).features == ()
    assert OwnKinds.from_dict(OWN.as_dict()) == OWN


def test_a_column_keeps_its_name_where_a_kind_would_take_it():
    own = OwnKinds(counted=("price",), timed=("price",))
    columns = context_family([], ["kind_price_n"], {})
    names = [feature.name for feature in with_own_kinds(columns, own).features]
    assert names == ["kind_price_n", "kind_price_ago_s"]
    assert with_own_kinds(columns, own).features[0] == columns.features[0]
