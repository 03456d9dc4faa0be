"""Business time: waits and standards counted while the place is open, beside clock time."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

import checks
from companies import company, random_moments, simulated, visit
from forestall.data import Tables
from forestall.moment_features import FAMILIES, Standards, columns_of, dictionary, feature_table
from forestall.moment_features.business_time import with_business_time
from forestall.moment_features.calendars import read_calendars
from forestall.moment_features.catalogue import ALL_FAMILIES
from forestall.moment_features.earlier_ratings import with_earlier_ratings
from forestall.moment_features.open_calendars import OpenCalendars
from forestall.moment_features.text_features import with_text_scores
from forestall.moment_features.text_score import NO_WEIGHTS

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
OFFICE = {"timezone": "Europe/Copenhagen", "hours": {"mon-fri": "09:00-18:00"}}
OTHERS = with_text_scores(with_earlier_ratings(FAMILIES), NO_WEIGHTS)
OWN = sorted(columns_of(ALL_FAMILIES).keys() - columns_of(OTHERS).keys())
EIGHT_MINUTES = 480.0


def here(*parts: int, zone: ZoneInfo = COPENHAGEN) -> datetime:
    return datetime(*parts, tzinfo=zone).astimezone(UTC)


def ticket(name: str, opened: datetime, *events: tuple[Any, ...], **columns: Any) -> Tables:
    """Return the tables of one ticket, its events (time, kind, actor)."""
    row = {"interaction_id": name, "started_at": opened, **columns}
    rows = [
        {"interaction_id": name, "at": at, "kind": kind, "actor": actor} for at, kind, actor in events
    ] or None
    schema = {
        "interaction_id": pl.String,
        "at": pl.Datetime("us", "UTC"),
        "kind": pl.String,
        "actor": pl.String,
    }
    return Tables(pl.DataFrame([row]), pl.DataFrame(rows, schema=schema), about={"exported_at": "2030-01-01"})


def features(tables: Tables, as_of: datetime, calendars: Any = None, **more: Any) -> dict[str, Any]:
    """Return the features of the one ticket at a time."""
    moments = tables.interactions.select("interaction_id", as_of=pl.lit(as_of).cast(pl.Datetime("us", "UTC")))
    table = feature_table(tables, moments, calendars=calendars or {"office": OFFICE}, **more)
    assert table.height == 1
    return table.row(0, named=True)


@pytest.mark.parametrize(
    ("zone", "friday"),
    [
        ("Europe/Copenhagen", (2026, 6, 5)), ("Europe/Copenhagen", (2026, 3, 27)),
        ("Europe/Copenhagen", (2026, 10, 23)), ("America/New_York", (2026, 3, 6)),
        ("America/New_York", (2026, 10, 30)), ("Asia/Kolkata", (2026, 3, 27)),
    ],
)  # fmt: skip
def test_a_ticket_of_friday_evening_has_waited_eight_minutes_on_monday(zone, friday):
    """Also where the clocks change in that weekend."""
    opened = datetime(*friday, 17, 55)
    answered = (opened + timedelta(days=3)).replace(hour=9, minute=3)
    opened, answered = (one.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for one in (opened, answered))
    tables = ticket("t", opened, (answered, "responded", "staff"))
    row = features(tables, answered, {"office": {**OFFICE, "timezone": zone}})
    assert row["service_wait_business_s"] == EIGHT_MINUTES
    assert row["resolution_response_business_s"] == EIGHT_MINUTES
    assert row["service_wait_business_ratio"] == EIGHT_MINUTES / 90
    assert row["service_wait_s"] == (answered - opened).total_seconds() > 200_000


def test_a_customer_who_waits_has_waited_until_the_moment_while_it_was_open():
    tables = ticket("t", here(2026, 3, 6, 17, 55), (here(2026, 3, 6, 17, 55), "arrived", "customer"))
    times = [here(2026, 3, 6, 17, 58), here(2026, 3, 7, 12), here(2026, 3, 9, 9), here(2026, 3, 9, 9, 3)]
    waited = [features(tables, time)["service_wait_business_s"] for time in times]
    assert waited == [180, 300, 300, EIGHT_MINUTES]


def test_what_is_opened_and_answered_while_closed_has_waited_nothing():
    saturday = here(2026, 3, 7, 10)
    tables = ticket("t", saturday, (saturday + timedelta(hours=5), "responded", "staff"))
    row = features(tables, saturday + timedelta(hours=6))
    assert (row["service_wait_business_s"], row["service_wait_business_breached"]) == (0, 0)
    assert (row["service_wait_s"], row["service_wait_breached"]) == (5 * 3600, 1)


def test_a_holiday_is_closed():
    """Thursday, 24 December 2026 is no public holiday in Denmark, the 25th and the 26th are."""
    opened, answered = here(2026, 12, 24, 17), here(2026, 12, 28, 10)
    tables = ticket("t", opened, (answered, "responded", "staff"))
    named = [("DK", 2), (["DK", "2026-12-24"], 1), ([date(2026, 12, 25)], 2), ([], 11)]
    for holidays, hours in named:
        row = features(tables, answered, {"office": {**OFFICE, "holidays": holidays}})
        assert row["service_wait_business_s"] == hours * 3600, holidays


def test_the_standard_is_counted_in_open_time():
    """90 s of Friday 17:59 end on Monday at 9:00:30."""
    opened = here(2026, 3, 6, 17, 59)
    tables = ticket("t", opened, (opened, "arrived", "customer"))
    in_time, late = (features(tables, here(2026, 3, 9, 9, 0, second)) for second in (30, 31))
    assert (in_time["service_wait_business_ratio"], in_time["service_wait_business_breached"]) == (1, 0)
    assert (late["service_wait_over_business_s"], late["service_wait_business_breached"]) == (1, 1)
    assert in_time["service_standard_business_s"] == 90


def test_a_promise_is_a_clock_time_and_its_standard_the_open_time_until_it():
    opened, promised = here(2026, 3, 6, 17), here(2026, 3, 9, 11)
    tables = ticket("t", opened, (opened, "arrived", "customer"), promised_at=promised)
    row = features(tables, here(2026, 3, 9, 12), standards=Standards(default=60))
    assert row["service_standard_business_s"] == 3 * 3600
    assert row["service_wait_business_s"] == 4 * 3600
    assert row["service_wait_business_ratio"] == 4 / 3
    assert row["service_promise_business_ratio"] == 4 / 3
    assert row["service_promise_over_business_s"] == row["service_wait_over_business_s"] == 3600
    assert row["service_promise_business_breached"] == row["service_wait_business_breached"] == 1
    before = features(tables, here(2026, 3, 9, 11))
    assert (before["service_promise_business_ratio"], before["service_promise_business_breached"]) == (1, 0)


def test_a_promise_while_closed_is_not_broken_before_the_next_opening():
    opened, promised = here(2026, 3, 6, 19), here(2026, 3, 7, 12)
    tables = ticket("t", opened, (opened, "arrived", "customer"), promised_at=promised)
    closed, opening = (features(tables, here(2026, 3, 9, *time)) for time in ((8,), (9, 3)))
    assert closed["service_promise_breached"] == 1
    assert (closed["service_promise_business_breached"], closed["service_wait_business_ratio"]) == (0, 0)
    assert (opening["service_promise_business_breached"], opening["service_wait_business_breached"]) == (1, 1)
    assert opening["service_wait_business_ratio"] == 180  # no second was left


def test_a_missing_time_is_null_and_its_twin_in_clock_time_too():
    tables = ticket("t", here(2026, 3, 6, 10), (here(2026, 3, 6, 10), "arrived", "customer"))
    row = features(tables, here(2026, 3, 6, 11))
    unknown = {name for name in OWN if row[name] is None}
    assert unknown == {
        "service_promise_business_ratio", "service_promise_over_business_s", "service_promise_business_breached",
        "service_human_wait_business_s", "resolution_resolve_business_s",
    }  # fmt: skip
    assert all(row[name.replace("_business", "")] is None for name in unknown)


def test_a_venue_has_its_own_calendar_before_its_channel_and_the_channel_before_all():
    early = {"mon-sun": "06:00-09:00"}
    calendars = {
        "all": OFFICE,
        "calls": {**OFFICE, "hours": {"mon-sun": "00:00-24:00"}, "for": {"channels": ["phone"]}},
        "kiosk": {**OFFICE, "hours": early, "for": {"venues": ["Airport"], "channels": ["web"]}},
    }
    opened = here(2026, 3, 6, 8)
    waited = {}
    for venue, channel in [
        (None, None),
        ("Centre", "email"),
        ("Centre", "phone"),
        ("Airport", "phone"),
        (None, "web"),
    ]:
        tables = ticket("t", opened, (opened, "arrived", "customer"), venue=venue, channel=channel)
        waited[venue, channel] = (
            features(tables, here(2026, 3, 6, 10), calendars)["service_wait_business_s"] / 3600
        )
    assert list(waited.values()) == [1, 1, 2, 1, 1]


def test_what_no_calendar_is_for_is_always_open():
    calendars = {"calls": {**OFFICE, "for": {"channels": ["phone"]}}}
    opened, later = here(2026, 3, 6, 8), here(2026, 3, 6, 10)
    for channel, hours in (("phone", 1), ("email", 2), (None, 2)):
        row = features(ticket("t", opened, channel=channel), later, calendars)
        assert row["service_wait_business_s"] == hours * 3600


def test_always_open_is_clock_time():
    """Where a place never closes, each feature is its twin."""
    tables = simulated()
    moments = random_moments(tables, 400, seed=3)
    always = {"always": {"timezone": "America/New_York", "hours": {"mon-sun": "00:00-24:00"}}}
    table = feature_table(tables, moments, calendars=always)
    for name in OWN:
        twin = name.replace("_business", "")
        checks.assert_same(table.select(value=name), table.select(value=twin), name)
    assert table["service_wait_business_s"].n_unique() > 100


def test_without_calendars_nothing_is_there_and_with_them_nothing_else_changes():
    tables = simulated()
    moments = random_moments(tables, 300, seed=4)
    without = feature_table(tables, moments)
    assert not set(OWN) & set(without.columns)
    table = feature_table(tables, moments, calendars={"office": OFFICE})
    assert table.select(without.columns).equals(without, null_equal=True)
    assert set(table.columns) - set(without.columns) == set(OWN)
    checks_of = {name: table[name].drop_nulls() for name in OWN}
    assert all((values >= 0).all() for values in checks_of.values())
    # no more open time than time
    assert (table["service_wait_business_s"] <= table["service_wait_s"]).all()


def with_office(tables: Tables, moments: pl.DataFrame) -> pl.DataFrame:
    return feature_table(tables, moments, calendars={"office": {**OFFICE, "holidays": "DK"}})


@pytest.mark.slow
def test_business_time_is_blind_to_what_every_feature_is_blind_to():
    tables = simulated()
    moments = random_moments(tables, 300, seed=5)
    checks.check_blind_to_future(with_office, tables, moments)
    checks.check_blind_to_order(with_office, tables, moments)
    checks.check_blind_to_ids(with_office, tables, moments)
    checks.check_blind_to_other_moments(with_office, tables, moments)


def test_waiting_on_is_never_good_news():
    """As time passes without an event, what speaks for risk never falls, and never becomes null."""
    opened = here(2026, 3, 6, 16)
    tables = ticket("t", opened, (opened, "human_requested", "customer"), promised_at=here(2026, 3, 9, 10))
    features_by_name = columns_of(ALL_FAMILIES)
    hours = [opened + timedelta(hours=hours) for hours in range(24 * 5)]
    moments = pl.DataFrame({"interaction_id": "t", "as_of": pl.Series(hours, dtype=pl.Datetime("us", "UTC"))})
    table = feature_table(tables, moments, calendars={"office": OFFICE})
    for before, after in pairwise(table.select(OWN).rows(named=True)):
        for name in OWN:
            if features_by_name[name].direction and before[name] is not None:
                assert after[name] >= before[name], name


def test_the_declarations_go_with_those_of_their_twins():
    declared = columns_of(ALL_FAMILIES)
    for name in OWN:
        own, twin = declared[name], declared[name.replace("_business", "")]
        assert (own.direction, own.low, own.high, own.is_flag) == (
            twin.direction,
            twin.low,
            twin.high,
            twin.is_flag,
        )
        assert "open" in own.description.lower()
        assert own.reason
    described = dictionary()
    assert described.filter(pl.col("needs") == "calendars")["column"].sort().to_list() == OWN
    assert described.height == len(declared)


def test_the_order_of_families_and_features_is_kept():
    calendars = OpenCalendars.of(read_calendars({"office": OFFICE}))
    families = with_business_time(FAMILIES[:2], calendars)
    assert [one.name for one in families] == ["service", "quality"]
    assert [one.name for one in families[0].features[: len(FAMILIES[0].features)]] == [
        one.name for one in FAMILIES[0].features
    ]
    assert list(families[1].features) == list(FAMILIES[1].features)


def test_pandas_gives_pandas():
    tables = company(visit("a", 0, (60, "served", "staff")))
    moments = tables.interactions.select("interaction_id", as_of=pl.col("started_at")).to_pandas()
    assert feature_table(tables, moments, calendars={"office": OFFICE})[
        "service_wait_business_s"
    ].tolist() == [0]
