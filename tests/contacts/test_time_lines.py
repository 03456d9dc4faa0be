"""Time lines of the contact list: only what is known at the moment, in its order."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companies import at, company, visit
from forestall.contacts import time_lines as module
from forestall.contacts.time_lines import stages, time_lines
from forestall.model import Spec

SPEC = Spec(name="a", label={"event": "complained", "horizon_days": 30})


def moments(*pairs):
    """Return moments of interactions: (id, second)."""
    rows = [(name, at(second)) for name, second in pairs]
    return pl.DataFrame(
        rows, schema={"interaction_id": pl.String, "as_of": pl.Datetime("us", "UTC")}, orient="row"
    )


TABLES = company(
    visit("a", 0, (0, "arrived", "customer"), (90, "served", "staff"), (91, "message", "customer", "hurry")),
    visit("silent", 0),
    visit("b", 10, (10, "arrived", "customer"), (50, "closed", "system")),
)


def test_events_up_to_the_moment_are_shown_and_texts_only_if_asked_for():
    asked = moments(("b", 60), ("silent", 30), ("a", 90))
    found = time_lines(asked, TABLES)
    assert found["kind"].to_list() == [["arrived", "closed"], [], ["arrived", "served"]]
    assert found["seconds_before"].to_list() == [[50, 10], [], [90, 0]]
    assert found["actor"].to_list()[2] == ["customer", "staff"]
    later = moments(("a", 91))
    assert time_lines(later, TABLES)["text"].to_list() == [[None, None, None]]
    assert time_lines(later, TABLES, texts=True)["text"].to_list() == [[None, None, "hurry"]]


def test_a_long_time_line_keeps_its_last_events(monkeypatch):
    monkeypatch.setattr(module, "MAX_EVENTS", 2)
    found = time_lines(moments(("a", 91), ("b", 10)), TABLES)
    assert found["kind"].to_list() == [["served", "message"], ["arrived"]]
    assert found["n_earlier"].to_list() == [1, 0]


def test_the_stage_is_that_of_the_moment():
    asked = moments(("b", 60), ("a", 89), ("a", 90), ("silent", 5))
    assert stages(asked, TABLES, SPEC).to_list() == ["closed", "arrived", "served", "arrived"]
    assert stages(asked.head(0), TABLES, SPEC).to_list() == []


@pytest.mark.slow
@given(seconds=st.lists(st.integers(0, 50), max_size=12), second=st.integers(0, 60))
def test_a_time_line_is_the_events_at_or_before_the_moment(seconds, second):
    tables = company(visit("x", 0, *((one, f"kind_{one}", "staff") for one in seconds)), visit("y", 0))
    found = time_lines(moments(("y", 0), ("x", second)), tables)
    assert found["kind"][1].to_list() == [f"kind_{one}" for one in sorted(seconds) if one <= second]
