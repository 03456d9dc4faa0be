"""A column with the zone of each row is the zone of all local times of the row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import yaml

from forestall.importing import import_tables
from forestall.jobs.suggest import suggest
from unseen_rows import N, rows_of, starts, suggested

ZONES = ["America/New_York", "Europe/Paris", "Asia/Tokyo"]


def local(time: datetime, i: int) -> str:
    return time.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONES[i % 3])).strftime("%Y-%m-%d %H:%M")


def tickets() -> pl.DataFrame:
    times = starts(20)
    return rows_of(
        ref=[f"z{i}" for i in range(N)],
        opened=[local(t, i) for i, t in enumerate(times)],
        due=[local(t + timedelta(hours=4), i) for i, t in enumerate(times)],
        tz=[ZONES[i % 3] for i in range(N)],
        first_reply=[local(t + timedelta(hours=1), i) for i, t in enumerate(times)],
        closed=[local(t + timedelta(hours=8), i) for i, t in enumerate(times)],
        csat=[1 + i % 5 for i in range(N)],
        csat_date=[local(t + timedelta(days=2), i) for i, t in enumerate(times)],
    )


def test_every_local_time_is_read_in_the_zone_of_its_row(tmp_path: Path) -> None:
    tickets().write_csv(tmp_path / "a.csv")
    found = suggest(tmp_path / "a.csv", output=tmp_path / "mapping.yaml").suggestion
    assert "timezone" not in yaml.safe_load(found.mapping)
    assert not [question for question in found.questions if "time zone" in question]
    tables = import_tables(tmp_path / "mapping.yaml", [tmp_path / "a.csv"])
    assert tables.interactions["started_at"].dt.replace_time_zone(None).to_list() == starts(20)
    apart = tables.events.join(tables.interactions, on="interaction_id").with_columns(
        hours=(pl.col("at") - pl.col("started_at")).dt.total_hours()
    )
    assert dict(apart.select("kind", "hours").unique().rows()) == {"arrived": 0, "responded": 1, "closed": 8}
    rated = tables.feedback.join(tables.interactions, on="interaction_id")
    assert set((rated["rated_at"] - rated["started_at"]).dt.total_hours()) == {48}
    promised = tables.interactions["promised_at"] - tables.interactions["started_at"]
    assert set(promised.dt.total_hours()) == {4}


def test_the_times_of_an_event_log_have_the_zone_of_their_row() -> None:
    times = starts(21)
    mapping, _, questions = suggested(
        rows_of(
            case_id=[f"c{i // 4}" for i in range(N)],
            activity=[("Opened", "Taken", "Asked", "Closed")[i % 4] for i in range(N)],
            timestamp=[local(t, i // 4) for i, t in enumerate(times)],
            tz=[ZONES[i // 4 % 3] for i in range(N)],
        )
    )
    assert mapping["event_log"]["timestamp"] == {"column": "timestamp", "timezone": {"column": "tz"}}
    assert not [question for question in questions if "time zone" in question]


@pytest.mark.parametrize("gap", [None, "CET?"])
def test_rows_without_a_zone_leave_the_question(gap: str | None) -> None:
    frame = tickets().with_columns(tz=pl.when(pl.int_range(N) == 3).then(pl.lit(gap)).otherwise(pl.col("tz")))
    *_, questions = suggested(frame)
    assert [question for question in questions if "time zone" in question]
