"""Times that follow another time of their row: of an interaction, of an event of a kind."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from importing_texts import BASE, at, import_texts


@pytest.fixture
def run(tmp_path: Path) -> Any:
    return partial(import_texts, tmp_path)


def test_a_duration_may_follow_another_event_in_any_order(run: Any) -> None:
    mapping = (
        BASE + "events:\n  - {kind: closed, at: {after: served, minutes: Talk}}\n"
        "  - {kind: served, at: {after: started_at, minutes: Wait}}\n"
    )
    tables = run(mapping, ["1,2026-01-05 10:00,5,2", "2,2026-01-05 10:00,,2"], header="Id,Opened,Wait,Talk")
    assert tables.events.select("kind", "at").rows() == [("closed", at(7)), ("served", at(5))]


TWO_ENDS = ["1,2026-01-05 10:00,2026-01-05 11:00,,3", "2,2026-01-05 10:00,,2026-01-05 12:00,4"]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1), (1, 2, 0)])
def test_an_event_follows_all_entries_of_a_kind_in_any_order(run: Any, order: tuple[int, ...]) -> None:
    entries = (
        "{kind: closed, at: C}",
        "{kind: tipped, at: {after: closed, minutes: 5}}",
        "{kind: closed, at: D}",
    )
    mapping = BASE + f"events: [{', '.join(entries[i] for i in order)}]\n"
    tables = run(
        mapping, [*TWO_ENDS, "3,2026-01-05 10:00,2026-01-05 12:00,2026-01-05 11:00,"], "Id,Opened,C,D,R"
    )
    tipped = tables.events.filter(kind="tipped").sort("interaction_id")["at"].to_list()
    assert tipped == [at(65), at(125), at(65)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_event_may_follow_another_one_of_its_own_kind(run: Any, order: tuple[int, ...]) -> None:
    entries = ("{kind: closed, at: {after: closed, minutes: 5}}", "{kind: closed, at: C}")
    mapping = BASE + f"events: [{', '.join(entries[i] for i in order)}]\n"
    tables = run(mapping, TWO_ENDS, "Id,Opened,C,D,R")
    assert tables.events.sort("at").select("interaction_id", "at").rows() == [("1", at(60)), ("1", at(65))]


@pytest.mark.parametrize("several", ["", ", several: keep"])
def test_a_rating_may_follow_an_event(run: Any, several: str) -> None:
    mapping = (
        BASE + "events: [{kind: closed, at: C}]\n"
        f"feedback: {{rating: R, rated_at: {{after: closed, minutes: 5}}{several}}}\n"
    )
    tables = run(mapping, TWO_ENDS, "Id,Opened,C,D,R")
    assert tables.feedback.select("rating", "rated_at").rows() == [(3.0, at(65)), (4.0, None)]
