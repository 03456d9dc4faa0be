"""The importer of a queue's tickets (drawn, called, served) counts what a count by hand does."""

from pathlib import Path

import pytest

from ready_import import (
    kinds_of,
    mean_risk_of_copies,
    ratings_of,
    rows_are_accounted_for,
    run,
    times_of,
    write_csv,
)

TICKETS = """
ticket,site,service,drawn_at,outcome,wait,service_time,counter,rating,rated_at,comment
A001,Aarhus C,passport,2026-03-02 09:00:00,served,00:12:30,00:05:00,3,4,2026-03-02 09:19,fine
A002,Aarhus C,passport,2026-03-02 09:01:00,no_show,00:20:00,,,,,
B001,Aarhus C,tax,2026-03-02 09:05:00,served,2 min,1h 5m,4,1,2026-03-02 10:13,slow
B002,Aarhus C,tax,2026-03-02 09:07:00,served,0,90,4,,,
"""


def test_a_ticket_is_drawn_served_and_closed(tmp_path: Path) -> None:
    tables = run("queue", write_csv(tmp_path / "queue.csv", TICKETS))
    assert rows_are_accounted_for(tables)
    assert tables.rejections.counts() == {}
    assert kinds_of(tables) == {"abandoned": 1, "arrived": 4, "closed": 3, "served": 3}
    # nine in Aarhus is eight in UTC; 12:30 of waiting and 5:00 of service end at 09:17:30
    assert times_of(tables, "A001") == [
        ("arrived", "02 08:00"),
        ("served", "02 08:12"),
        ("closed", "02 08:17"),
    ]
    assert times_of(tables, "A002") == [("arrived", "02 08:01"), ("abandoned", "02 08:21")]
    assert times_of(tables, "B001")[-1] == ("closed", "02 09:12")
    assert ratings_of(tables) == [("A001", 4.0, "02 08:19"), ("B001", 1.0, "02 09:13")]


def test_what_is_known_only_afterwards_is_not_known_before(tmp_path: Path) -> None:
    tables = run("queue", write_csv(tmp_path / "queue.csv", TICKETS))
    assert tables.about["known_at"] == {"counter": "served", "service_time": "closed"}
    assert "comment" not in tables.interactions.columns


@pytest.mark.slow
def test_its_model_learns_from_them(tmp_path: Path) -> None:
    tables = run("queue", write_csv(tmp_path / "queue.csv", TICKETS))
    assert mean_risk_of_copies("queue", tables) == pytest.approx(1 / 3, abs=0.13)
