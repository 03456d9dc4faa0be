"""Tables are valid once they are made, whatever frames they are made of."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from forestall.data import Tables, check_tables
from forestall.data.schemas import TIME, column_types
from forestall.errors import InputError

START = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def interactions(**columns: Any) -> dict[str, Any]:
    return {"interaction_id": ["a", "b"], "started_at": [at(0), at(60)], **columns}


def events(**columns: Any) -> dict[str, Any]:
    return {"interaction_id": ["a", "b"], "at": [at(5), at(90)], "kind": ["served", "served"], **columns}


@pytest.fixture(params=[pl.DataFrame, pd.DataFrame], ids=["polars", "pandas"])
def frame(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_tables_have_the_columns_and_types_of_the_contract(frame: Any) -> None:
    tables = Tables(frame(interactions(vip=[1, 0], city=["x", "y"])), frame(events()))
    further = {"vip": pl.Float64(), "city": pl.String()}
    assert dict(tables.interactions.schema) == {**column_types("interactions"), **further}
    assert dict(tables.events.schema) == column_types("events")
    assert dict(tables.feedback.schema) == column_types("feedback")
    assert tables.frames == ("pandas" if frame is pd.DataFrame else "polars")
    assert tables.rejections.counts() == {}


def test_pandas_and_polars_make_the_same_tables() -> None:
    columns = interactions(price=[1.5, None], vip=[True, False]), events(value=[None, 2])
    one = Tables(*[pl.DataFrame(table) for table in columns])
    other = Tables(*[pd.DataFrame(table) for table in columns])
    assert one.digest() == other.digest()


TIMES = {
    "with a zone": [at(0), at(60)],
    "without a zone": [at(0).replace(tzinfo=None), at(60).replace(tzinfo=None)],
    "in another zone": [at(s).astimezone(timezone(timedelta(hours=5, minutes=30))) for s in (0, 60)],
    "as text": ["2026-01-05T10:00:00Z", "2026-01-05T10:01:00Z"],
    "as text without a zone": ["2026-01-05 10:00", "2026-01-05T10:01:00.000"],
    "as text of mixed zones": ["2026-01-05T12:00:00+02:00", "2026-01-05 10:01:00 UTC"],
}


@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES.keys())
def test_times_become_utc(times: list[Any], frame: Any) -> None:
    tables = Tables(frame(interactions(started_at=times)), frame(events()))
    assert tables.interactions["started_at"].to_list() == [at(0), at(60)]
    assert tables.interactions.schema["started_at"] == TIME


def test_mixed_zones_in_a_pandas_column_become_utc() -> None:
    times = [
        pd.Timestamp("2026-01-05 12:00", tz="Africa/Johannesburg"),
        pd.Timestamp("2026-01-05 10:01", tz="UTC"),
    ]
    mixed = pd.DataFrame(interactions(started_at=pd.Series(times, dtype=object)))
    assert Tables(mixed, pd.DataFrame(events())).interactions["started_at"].to_list() == [at(0), at(60)]


def test_a_day_without_a_time_is_read_as_its_end(frame: Any) -> None:
    days = {"interaction_id": ["a", "b"], "rating": [1, 5], "rated_at": [date(2026, 1, 5), date(2026, 1, 6)]}
    tables = Tables(frame(interactions()), frame(events()), frame(days))
    assert tables.feedback["rated_at"][0] == datetime(2026, 1, 5, 23, 59, 59, 999_999, tzinfo=UTC)
    text = {**days, "rated_at": ["2026-01-05", "2026-01-06"]}
    assert Tables(frame(interactions()), frame(events()), frame(text)).feedback.equals(tables.feedback)


def test_keys_of_whole_numbers_are_the_same_text_in_all_tables() -> None:
    own = pd.DataFrame(interactions(interaction_id=pd.array([1, 2], dtype="Int64")))
    happened = pd.DataFrame(events(interaction_id=[1.0, 2.0]))
    assert Tables(own, happened).events["interaction_id"].to_list() == ["1", "2"]


def test_gaps_of_every_kind_are_null() -> None:
    gaps = {
        "price": [np.nan, 3.0],
        "channel": ["", "  "],
        "venue": pd.Categorical(["x", None]),
        "customer_value": pd.array([None, 4], dtype="Int64"),
        "promised_at": [pd.NaT, at(9)],
        "is_commodity": pd.array([True, None], dtype="boolean"),
        "staff": pd.Series([None, np.nan], dtype=object),
        "purchased_at": [np.nan, np.nan],
    }
    got = Tables(pd.DataFrame(interactions(**gaps)), pd.DataFrame(events())).interactions
    assert got["price"].to_list() == [None, 3.0]
    assert got["channel"].to_list() == [None, None]
    assert got["venue"].to_list() == ["x", None]
    assert got["customer_value"].to_list() == [None, 4.0]
    assert got["promised_at"].to_list() == [None, at(9)]
    assert got["is_commodity"].to_list() == [True, None]
    assert got["staff"].to_list() == [None, None]
    assert got["purchased_at"].to_list() == [None, None]


def test_events_a_little_before_the_start_move_up_to_it(frame: Any) -> None:
    tables = Tables(frame(interactions()), frame(events(at=[at(-5), at(90)])))
    assert tables.events["at"].to_list() == [at(0), at(90)]


def test_duplicate_events_and_unknown_kinds_stay(frame: Any) -> None:
    twice = events(interaction_id=["a", "a"], at=[at(5), at(5)], kind=["sang", "sang"])
    assert Tables(frame(interactions()), frame(twice)).events.height == 2


def test_several_ratings_of_an_interaction_stay_if_their_times_differ(frame: Any) -> None:
    """Only a row with the same interaction and time as an earlier one is a duplicate; so is a second without a time."""
    ratings = {
        "interaction_id": ["a", "a", "a", "b", "b"],
        "rating": [1, 5, 2, 3, 4],
        "rated_at": [at(100), at(200), at(100), None, None],
    }
    tables = Tables(frame(interactions()), frame(events()), frame(ratings))
    assert tables.feedback["rating"].to_list() == [1, 5, 3]
    assert tables.rejections.counts() == {"feedback": {"duplicate_key": 2}}
    assert check_tables(tables)["labelled_share"] == 1


def test_tables_may_have_no_events(frame: Any) -> None:
    none = frame({"interaction_id": [], "at": [], "kind": []})
    assert Tables(frame(interactions()), none).events.height == 0


def test_ratings_off_the_scale_are_rejected_by_the_label(frame: Any) -> None:
    ratings = {"interaction_id": ["a", "b"], "rating": [5, 7], "rated_at": [at(100), at(100)]}
    tables = Tables(frame(interactions()), frame(events()), frame(ratings))
    on_scale = tables.reject_off_scale(1, 5)
    assert on_scale.feedback["interaction_id"].to_list() == ["a"]
    assert on_scale.rejections.counts() == {"feedback": {"rating_off_scale": 1}}
    assert on_scale.rejections.share("feedback") == 0.5
    assert tables.feedback.height == 2


BAD_TABLES = {
    "no frame": ({"interaction_id": ["a"]}, "must be a pandas or polars frame, is dict"),
    "empty": (pl.DataFrame(schema={"interaction_id": pl.String, "started_at": pl.Datetime}), "has none"),
    "column missing": (
        pl.DataFrame({"interaction_id": ["a"], "start_at": [START]}),
        "did you mean 'start_at'",
    ),
    "no time at all": (
        pl.DataFrame(interactions(started_at=["soon", "later"])),
        "interactions.started_at must hold times .*; none of its 2 values",
    ),
    "numbers as times": (
        pl.DataFrame(interactions(started_at=[1, 2])),
        "started_at must hold times, is Int64",
    ),
    "lists as text": (
        pl.DataFrame(interactions(channel=[["x"], ["y"]])),
        "interactions.channel must hold text",
    ),
    "words as numbers": (
        pl.DataFrame(interactions(price=["dear", "cheap"])),
        "interactions.price must hold num",
    ),
    "numbers as flags": (
        pl.DataFrame(interactions(is_commodity=[2, 3])),
        "is_commodity must hold true or false",
    ),
    "column twice": (
        pd.DataFrame([["a", "b", START]], columns=["interaction_id", "interaction_id", "started_at"]),
        "has 'interaction_id' more than once",
    ),
    "all rejected": (
        pl.DataFrame(interactions(interaction_id=[None, ""])),
        r"must have a valid row: interactions lost 2 of 2 rows \(no_interaction_id 2\)",
    ),
}


@pytest.mark.parametrize(("own", "message"), BAD_TABLES.values(), ids=BAD_TABLES.keys())
def test_tables_that_cannot_be_read_are_one_clear_error(own: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        Tables(own, pl.DataFrame(events()))
    assert "\n" not in str(error.value)


def test_what_is_no_frame_and_no_dict_is_named() -> None:
    visits = pd.DataFrame(interactions())
    with pytest.raises(InputError, match="interactions must have a column 'interaction_id', has an index"):
        Tables(visits.set_index("interaction_id"), pd.DataFrame(events()))
    with pytest.raises(InputError, match="events must have a column 'interaction_id', there are none"):
        Tables(visits, pd.DataFrame())
    with pytest.raises(InputError, match="about must be a dict, is str"):
        Tables(visits, pd.DataFrame(events()), about="crm")  # type: ignore[arg-type]
