"""The content of `about.json`: defaults, and errors for what is not valid."""

import logging
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from forestall.data import Tables
from forestall.data.about import complete_about
from forestall.errors import InputError

START = datetime(2026, 1, 5, 10, tzinfo=UTC)
OWN = {"interaction_id": ["a", "b"], "started_at": [START.replace(hour=9)] * 2}
EVENTS = pl.DataFrame({"interaction_id": ["a"], "at": [START], "kind": ["served"]})


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"clock": "sundial"}, "clock must be times or none"),
        ({"known_at": {"Close cod": "closed"}}, "did you mean 'close_code'"),
        ({"known_at": {"price": "closed"}}, "known_at must name a further column of interactions"),
        ({"known_at": ["close_code"]}, "known_at must be an object"),
    ],
)
def test_invalid_content_is_an_error(about: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Tables(pl.DataFrame({**OWN, "close_code": ["x", "y"]}), EVENTS, about=about)


def test_rating_known_follows_from_the_times_of_ratings() -> None:
    own, happened = pl.DataFrame(OWN), EVENTS
    rated = pl.DataFrame({"interaction_id": ["a"], "rating": [3]})
    assert Tables(own, happened, rated).about["rating_known"] == "none"
    timed = rated.with_columns(rated_at=pl.lit(START))
    assert Tables(own, happened, timed).about["rating_known"] == "times"


def test_given_keys_stay_and_missing_ones_get_defaults() -> None:
    given = {"timezone": "Asia/Kolkata", "exported_at": "2026-01-06"}
    assert complete_about(given, list(OWN), has_rating_times=True) == {
        "timezone": "Asia/Kolkata",
        "exported_at": "2026-01-06",
        "clock": "times",
        "known_at": {},
        "rating_known": "times",
    }


def test_a_column_that_is_not_in_the_data_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        complete_about({"known_at": {"zzz": "closed"}}, [*OWN, "plan"], has_rating_times=True)
    assert "known_at names the column zzz" in caplog.text
