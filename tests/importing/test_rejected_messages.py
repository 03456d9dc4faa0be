"""What is said of rejected rows: column, rule, lines and remedy, after the rows are written."""

from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from forestall.errors import InputError, UsageError
from forestall.importing import import_tables
from importing_texts import BASE, EVENTS, HEADER, TICKETS, TWICE, import_texts, writer


@pytest.fixture
def run(tmp_path: Path) -> Any:
    return partial(import_texts, tmp_path)


def test_too_many_rejected_rows_stop_the_import_after_they_are_written(run: Any, tmp_path: Path) -> None:
    rows = [*TICKETS, "3,tomorrow,new,2026-01-05 11:00,3", "4,yesterday,new,2026-01-05 11:00,3"]
    with pytest.raises(InputError) as error:
        run(BASE + EVENTS, rows, max_rejected=0.05)
    message = str(error.value)
    for part in (
        "interactions lost 2 of 4 rows",
        "unreadable_time 2 at interactions.started_at of ",
        "column 'Opened', lines 4, 5",
        "give the column's `format`",
        f"the rows are in {tmp_path / 'rejected'}",
    ):
        assert part in message
    assert "tomorrow" not in message
    written = pl.read_parquet(tmp_path / "rejected" / "interactions.parquet")
    assert written["raw"].to_list() == ["tomorrow", "yesterday"]
    assert written["line"].to_list() == [4, 5]


def test_a_header_that_stands_lower_is_found_for_the_message(run: Any) -> None:
    with pytest.raises(UsageError, match=r"line 3 looks like the header: write 'file: \{skip_rows: 2\}'"):
        run(BASE + EVENTS, [HEADER, *TICKETS], header="Report,,,,\nMay,,,,")


def test_the_message_names_the_column_of_a_rule_that_every_table_has(run: Any) -> None:
    with pytest.raises(
        InputError, match=r"duplicate_key 1 in interactions\.interaction_id, line 3: write 'newest_by"
    ):
        run(BASE + EVENTS, TWICE, max_rejected=0.05)


def test_an_unreadable_time_of_an_event_log_is_told_as_any_other(tmp_path: Path) -> None:
    rows = ["case,what,when", "1,Open,2026-01-05 10:00", "1,Close,later", "1,Close,2026-01-05 11:00"]
    (tmp_path / "log.csv").write_text("\n".join(rows))
    (tmp_path / "m.yaml").write_text("event_log: {case: case, activity: what, timestamp: when}")
    with pytest.raises(InputError) as error:
        import_tables(
            tmp_path / "m.yaml", [tmp_path / "log.csv"], 0.05, rejected=writer(tmp_path / "rejected")
        )
    for part in (
        "unreadable_time 1 at event_log.timestamp of ",
        "column 'when', line 3: give the column's `format`",
    ):
        assert part in str(error.value)
    assert pl.read_parquet(tmp_path / "rejected" / "events.parquet")["raw"].to_list() == ["later"]
