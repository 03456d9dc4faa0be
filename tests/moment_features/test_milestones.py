"""Milestones: when an interaction was served, resolved, reopened and ended."""

from companies import NINE, company, visit
from forestall.moment_features import Standards
from forestall.moment_features.milestones import milestones, never_if_null
from forestall.moment_features.table_sources import sources_of
from forestall.moments.timeline import NEVER

START = int(NINE.timestamp() * 1e6)


def test_milestones():
    shop = company(
        visit("a", 0, (2, "issue_raised", "customer"), (3, "served", "staff"), (5, "resolved", "staff"),
              (7, "reopened", "customer"), (9, "resolved", "staff"), (10, "closed", "system")),
        visit("b", 0, (4, "resolved", "staff"), (6, "reopened", "customer")),
        visit("c", 0, (8, "abandoned", "customer")),
    )  # fmt: skip
    sources = sources_of(shop, Standards())
    found = milestones(sources.events, sources.frame["started_at"].to_numpy())
    seconds = {
        name: [None if at is None else (at - START) // 1_000_000 for at in found[name]]
        for name in found.columns
        if name != "is_resolved"
    }
    assert seconds == {
        "wait_end": [3, 4, 8], "served_at": [3, 4, None], "resolved_at": [5, 4, None], "reopened_at": [7, 6, None],
        "ended_at": [10, None, 8], "raised_at": [2, 0, 0], "settled_at": [9, 6, None],
    }  # fmt: skip
    assert found["is_resolved"].to_list() == [1, 0, 0]
    assert never_if_null(found["reopened_at"])[2] == NEVER
