"""The importer of a chat transcript (one row a message) counts what a count by hand does."""

from pathlib import Path

import polars as pl
import pytest

from ready_import import kinds_of, mean_risk_of_copies, ratings_of, run, write_csv

MESSAGES = """
conversation_id,customer_id,department,language,sent_at,sender,agent,text,rating,rated_at
c1,k7,orders,da-DK,2026-03-02T09:00:00Z,customer,,"Hej, hvor er min pakke?",,
c1,k7,orders,da-DK,2026-03-02T09:00:02Z,bot,,Et øjeblik,,
c1,k7,orders,da-DK,2026-03-02T09:00:03Z,system,,Ida joined,,
c1,k7,orders,da-DK,2026-03-02T09:03:00Z,agent,Ida,Den kommer i morgen,,
c1,k7,orders,da-DK,2026-03-02T09:04:00Z,agent,Bo,Jeg overtager,2,2026-03-02T09:30:00Z
c2,k8,orders,en-GB,2026-03-02T10:00:00Z,customer,,Refund please,,
"""


def test_each_message_is_an_event_of_who_wrote_it(tmp_path: Path) -> None:
    tables = run("chat", write_csv(tmp_path / "chat.csv", MESSAGES))
    assert tables.rejections.counts() == {}
    assert tables.interactions["interaction_id"].to_list() == ["c1", "c2"]
    assert kinds_of(tables) == {"message": 5}  # six rows, one of them a notice of the system
    actors = tables.events.group_by("actor").len().sort("actor")
    assert dict(actors.iter_rows()) == {"customer": 2, "staff": 2, "system": 1}
    assert tables.events["text"][0] == "Hej, hvor er min pakke?"


def test_the_first_agent_is_the_staff_and_the_last_rating_counts(tmp_path: Path) -> None:
    tables = run("chat", write_csv(tmp_path / "chat.csv", MESSAGES))
    staff = tables.interactions.select("interaction_id", "staff")
    assert dict(staff.iter_rows()) == {"c1": "Ida", "c2": None}
    assert tables.interactions.filter(pl.col("interaction_id") == "c1")["locale"].item() == "da-DK"
    assert ratings_of(tables) == [("c1", 2.0, "02 09:30")]


@pytest.mark.slow
def test_its_model_learns_from_them(tmp_path: Path) -> None:
    tables = run("chat", write_csv(tmp_path / "chat.csv", MESSAGES))
    assert mean_risk_of_copies("chat", tables) == pytest.approx(1 / 3, abs=0.13)
