"""Which time is the start and what is asked about it, in the shapes of public exports with made-up rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from forestall.importing import import_tables
from forestall.jobs.suggest import suggest
from unseen_rows import N, rows_of, starts, suggested


def test_a_number_called_like_a_key_is_no_time() -> None:
    mapping, *_ = suggested(
        rows_of(
            **{
                "Ticket ID": list(range(N)),
                "Created time": [str(t) for t in starts(63)],
                "Contact ID": [43000 + i % 90 for i in range(N)],
            }
        )
    )
    assert mapping["interactions"]["started_at"] == "Created time"
    assert mapping["interactions"]["customer_id"] == "Contact ID"


@pytest.mark.parametrize("form", ["%B", "%b", "%m"])
def test_a_day_in_three_columns_is_joined_and_a_week_is_no_key(form: str, tmp_path: Path) -> None:
    times = starts(64)
    rows_of(
        hotel=["a", "b"] * (N // 2),
        arrival_date_year=[t.year for t in times],
        arrival_date_month=[f"{t:{form}}" for t in times],
        arrival_date_week_number=[t.isocalendar().week for t in times],
        arrival_date_day_of_month=[t.day for t in times],
        previous_cancellations=[i % 2 for i in range(N)],
        lead_time=[i % 90 for i in range(N)],
        is_canceled=[i % 3 == 0 for i in range(N)],
        reserved_room_type=["C", "D", "E", "F"] * (N // 4),
    ).write_csv(tmp_path / "a.csv")
    mapping = yaml.safe_load(suggest(tmp_path / "a.csv", output=tmp_path / "m.yaml").suggestion.mapping)
    assert mapping["interactions"]["started_at"]["format"] == f"%Y {form} %d"
    assert {"previous_cancellations", "lead_time"} <= set(mapping["keep"])
    assert "known_at" not in mapping
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "a.csv"])
    assert tables.interactions["started_at"].dt.date().sort().to_list() == [t.date() for t in times]


def test_keys_and_times_of_day_are_not_asked_about_as_the_start() -> None:
    times = starts(70)
    *_, questions = suggested(
        rows_of(
            **{
                "Call Id": [f"ID{i:04d}" for i in range(N)],
                "Date": [f"{t:%Y-%m-%d}" for t in times],
                "Time": [f"{t:%H:%M:%S}" for t in times],
                "Booking Value": [200 + i for i in range(N)],
                "Arrival Delay in Minutes": [10 + i % 70 for i in range(N)],
            }
        )
    )
    assert not [one for one in questions if "in a form that is not known" in one or "are these times" in one]


def test_a_limit_is_a_promise_and_a_purchase_no_start_of_a_ticket() -> None:
    times = starts(71)
    mapping, _, questions = suggested(
        rows_of(
            **{
                "Ticket ID": list(range(N)),
                "Date of Purchase": [f"{t - timedelta(days=400):%Y-%m-%d}" for t in times],
                "shipping_limit_date": [str(t) for t in times],
            }
        )
    )
    assert mapping["interactions"]["promised_at"] == "shipping_limit_date"
    assert [one for one in questions if "every wait would be counted from the purchase" in one]
