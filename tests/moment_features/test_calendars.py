"""Calendars of model.yaml: strict, with errors that say what to write."""

from datetime import date
from typing import Any

import pytest
import yaml

from forestall.errors import UsageError
from forestall.model.spec import Spec
from forestall.moment_features.calendars import Calendar, read_calendars, week_of
from forestall.moments.open_time import DAY_US, SECOND_US

HOUR_US = 3600 * SECOND_US
LABEL = {"scale": [1, 5], "dissatisfied_at_or_below": 2}


def hours_of(**hours: Any) -> list[tuple[float, float]]:
    """Return opening hours in hours since Monday."""
    named = {days.replace("_", "-"): own for days, own in hours.items()}
    week = Calendar.model_validate({"timezone": "UTC", "hours": named}).week
    return [(begin / HOUR_US, end / HOUR_US) for begin, end in week]


def calendar(**more: Any) -> dict[str, Any]:
    return {"timezone": "Europe/Copenhagen", "hours": {"mon-fri": "09:00-18:00"}, **more}


def refusal(**calendars: Any) -> str:
    with pytest.raises(UsageError) as raised:
        read_calendars(calendars)
    message = str(raised.value)
    assert "\n" not in message
    return message


def test_hours_are_read_by_weekday():
    assert hours_of(mon="09:00-18:00") == [(9, 18)]
    assert hours_of(mon_wed="9:00-12:30") == [(9, 12.5), (33, 36.5), (57, 60.5)]
    assert hours_of(sat=["13:00-16:00", "10:00 - 12:00"]) == [(130, 132), (133, 136)]
    assert hours_of(sun="00:00-24:00") == [(144, 168)]
    assert hours_of(Mon="08:00-09:00", TUE="08:00-09:00") == [(8, 9), (32, 33)]
    # two that touch are no overlap
    assert hours_of(mon=["08:00-12:00", "12:00-16:00"]) == [(8, 12), (12, 16)]


def test_a_range_of_days_may_go_over_the_weekend_and_days_may_be_listed():
    days = [begin // DAY_US for begin, _ in week_of({"sun-tue, thu": ["08:00-09:00"]})]
    assert days == [0, 1, 3, 6]
    assert [begin // DAY_US for begin, _ in week_of({"mon-sun": ["08:00-09:00"]})] == list(range(7))


def test_a_day_without_hours_is_closed():
    assert hours_of(mon="09:00-18:00", sat=[]) == [(9, 18)]


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ({"monday": "09:00-18:00"}, "unknown weekday in 'monday', did you mean 'mon'?"),
        ({"mon-fri-sun": "09:00-18:00"}, "'mon-fri-sun' must be a day, or a range of two such as mon-fri"),
        ({"mon": "9-18"}, "the hours of 'mon' must be like \"09:00-18:00\", in quotes, is 9-18"),
        ({"mon": "09:00-24:30"}, "the hours of 'mon' must be between 00:00 and 24:00, is 09:00-24:30"),
        ({"mon": "09:60-10:00"}, "the hours of 'mon' must be between 00:00 and 24:00, is 09:60-10:00"),
        ({"fri": "22:00-06:00"}, 'must begin before they end, are 22:00-06:00; write hours over midnight as those '
         'of two days, such as fri: "22:00-24:00" and sat: "00:00-06:00"'),
        ({"fri": "09:00-09:00"}, "must begin before they end, are 09:00-09:00"),
        ({"fri": ["09:00-12:00", "11:00-13:00"]}, "the hours of 'fri' overlap; begin each after"),
        ({"mon-fri": "09:00-12:00", "fri": "13:00-14:00"}, "'fri' and 'mon-fri' both name fri; name each day once"),
        ({"mon,mon": "09:00-12:00"}, "'mon,mon' and 'mon,mon' both name mon; name each day once"),
        ({}, 'must name at least one opening hour, such as mon-fri: "09:00-18:00"'),
        ({"mon": []}, "must name at least one opening hour"),
        ({"mon": 600}, "calendars.office.hours.mon must be a list, in square brackets"),
    ],
)  # fmt: skip
def test_hours_that_cannot_be_read_are_refused_with_what_to_write(hours, said):
    message = refusal(office=calendar(hours=hours))
    assert said in message
    assert message.startswith("calendars: calendars.office.hours")


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        (
            "Europe/Copenhagn",
            "must be a time zone of the IANA database, is 'Europe/Copenhagn'; did you mean 'Europe/Copenhagen'?",
        ),
        ("Mars", "must be a time zone of the IANA database, is 'Mars'; such as Europe/Copenhagen"),
        ("", "must be a time zone of the IANA database, is ''; such as Europe/Copenhagen"),
    ],
)
def test_an_unknown_zone_is_refused(zone, said):
    assert said in refusal(office=calendar(timezone=zone))


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            "XX",
            "'XX' must be a date such as 2026-12-24 or a country code such as DK; list the dates of a country that",
        ),
        ("dk", "did you mean 'DK'?"),
        ("Denmark", "'Denmark' must be a date such as 2026-12-24 or a country code such as DK"),
        (["DK", "2026-13-24"], "'2026-13-24' must be a date"),
        ("US-ZZ", "'US-ZZ' must name a part of US that has holidays of its own: AK, AL,"),
        ("DK-84", "'DK-84' must name a part of DK that has holidays of its own; there is none, write DK"),
        (False, 'must be a country code or dates, is no; in YAML Norway is "NO", in quotes'),
        ([12], "calendars.office.holidays.0 must be a valid string, is 12"),
    ],
)
def test_unknown_countries_and_dates_are_refused(days, said):
    assert said in refusal(office=calendar(holidays=days))


def test_norway_without_quotes_is_named():
    """YAML reads NO as false."""
    content = yaml.safe_load("office: {timezone: Europe/Oslo, hours: {mon-fri: '09:00-16:00'}, holidays: NO}")
    assert 'Norway is "NO", in quotes' in refusal(**content)
    content = yaml.safe_load(
        "office: {timezone: Europe/Oslo, hours: {mon-fri: '09:00-16:00'}, holidays: 'NO'}"
    )
    assert read_calendars(content)["office"].countries == ["NO"]


def test_holidays_are_countries_and_dates():
    content = yaml.safe_load("holidays: [DK, US-CA, 2026-12-31, '2027-06-05']")
    own = read_calendars({"office": calendar(**content)})["office"]
    assert own.countries == ["DK", "US-CA"]
    assert own.dates == [date(2026, 12, 31), date(2027, 6, 5)]
    assert read_calendars({"office": calendar(holidays="DK")})["office"].countries == ["DK"]
    assert read_calendars({"office": calendar()})["office"].holidays == []


def test_an_unknown_key_is_refused_with_the_nearest():
    assert "unknown key 'calendars.office.timezon', did you mean 'timezone'?" in refusal(
        office=calendar(timezon="UTC")
    )
    claims = {"channel": ["phone"]}
    assert "unknown key 'calendars.office.for.channel', did you mean 'channels'?" in refusal(
        office=calendar(**{"for": claims})
    )
    assert "calendars.office.timezone must be given" in refusal(office={"hours": {"mon": "09:00-10:00"}})
    assert "unknown key 'calendars.office.claims', known: for, holidays, hours, timezone" in refusal(
        office=calendar(claims={"channels": ["a"]})
    )


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ({"channels": ["phone", "chat"]}, {"channels": ["chat"]}, "'a' and 'b' both name the channel 'chat'; name"),
        ({"venues": ["Leeds"]}, {"venues": ["Leeds"]}, "'a' and 'b' both name the venue 'Leeds'; name it once"),
        (None, None, "'a' and 'b' are both for all; give one of them 'for'"),
        ({"channels": ["chat", "chat"]}, None, "'a' and 'a' both name the channel 'chat'; name it once"),
        ({}, None, "must name channels or venues; leave out 'for' where the calendar is for all"),
    ],
)  # fmt: skip
def test_two_calendars_of_the_same_are_refused(first, second, said):
    both = {
        name: calendar(**({} if own is None else {"for": own})) for name, own in (("a", first), ("b", second))
    }
    assert said in refusal(**both)
    with pytest.raises(ValueError, match="calendars"):
        Spec(name="m", label=LABEL, calendars=both)


def test_a_channel_and_a_venue_of_one_name_may_have_calendars_of_their_own():
    read = read_calendars({
        "a": calendar(**{"for": {"channels": ["web"]}}), "b": calendar(**{"for": {"venues": ["web"]}}), "c": calendar(),
    })  # fmt: skip
    assert list(read) == ["a", "b", "c"]


def test_a_specification_with_calendars_can_be_written_and_read_again():
    spec = Spec(
        name="m",
        label=LABEL,
        calendars={"a": calendar(**{"for": {"venues": ["x"]}, "holidays": [date(2026, 5, 1)]})},
    )
    written = yaml.safe_dump(spec.model_dump(mode="json"))
    assert "for:" in written
    assert Spec.model_validate(yaml.safe_load(written)) == spec
    assert Spec(name="m", label=LABEL).calendars == {}
