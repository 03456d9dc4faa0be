"""The default moment of a record is that of its interaction in tables, whatever is predicted."""

import numpy as np
import pytest

from companies import DAY, at, company, frozen_facts, simulated, visit
from forestall.data import Tables
from forestall.moment_features import feature_table
from forestall.moment_features.catalogue import ALL_FAMILIES
from forestall.moment_features.frozen_facts import FrozenFacts
from forestall.moment_features.record_sources import sources_of_records
from forestall.moment_features.records_from_tables import records
from forestall.moment_features.standards import Standards
from forestall.moment_features.table import features_at, plan_of
from forestall.moments import default_moments

BY_HAND = company(
    visit("escalated", 0, (0, "issue_raised"), (900, "escalated")),
    visit("alone", 0, (900, "escalated")),
    visit(
        "complained",
        0,
        (50, "resolved"),
        (DAY, "complained"),
        (2 * DAY, "responded"),
        (3 * DAY, "complained"),
    ),
    visit("closed", 0, (50, "closed"), (DAY, "complained")),
    visit("gone", 0, (50, "served"), (70, "abandoned"), (80, "closed")),
    visit("quiet", 0),
)


NO_FACTS = FrozenFacts([], {}, {})


def sources(tables: Tables, label_event: str | None, facts: FrozenFacts = NO_FACTS, **more: bool):
    """Return the sources of records of the whole interactions, without a moment of their own."""
    ends = default_moments(tables).with_columns(as_of=tables.events["at"].max())
    rows = [{**record, "as_of": None} for record in records(tables, ends)]
    return sources_of_records(rows, Standards(), facts, None, None, label_event, **more)


@pytest.mark.parametrize("label_event", [None, "escalated", "complained", "abandoned", "closed", "unknown"])
@pytest.mark.parametrize("tables", [BY_HAND, simulated(60)], ids=["by hand", "simulated"])
def test_it_is_the_same_in_records_and_tables(tables, label_event):
    found = np.array(sources(tables, label_event).interactions["as_of"])
    expected = default_moments(tables, label_event)["as_of"].dt.timestamp("us").to_numpy()
    assert found.tolist() == expected.tolist()


def test_without_a_clock_the_labels_event_is_no_fact():
    """All other events stay, each with its columns."""
    hidden, shown = (sources(BY_HAND, "complained", hides_label_event=one).events for one in (True, False))
    kept = shown.columns["kind"] != shown.kinds["complained"]
    assert kept.sum() == len(hidden.timeline.at) == BY_HAND.events.height - 3
    for name, values in hidden.columns.items():
        assert (values == shown.columns[name][kept]).all(), name
    assert hidden.timeline.offsets.tolist() == [0, 2, 3, 5, 6, 9, 9]


STEPS = ((10, "greeted"), (50, "served"), (300, "issue_raised"), (900, "responded"), (2000, "resolved"))


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_record_that_stops_at_the_labels_event_has_the_same_facts_without_it(is_closed):
    """Neither its moment nor a feature knows of the event, in tables and in records alike."""
    last = [(2500, "closed")] if is_closed else []
    stopped = [
        visit(f"{n} steps", n, *STEPS[:n], *(last if n == len(STEPS) else [])) for n in range(len(STEPS) + 1)
    ]
    came = [
        (row, [*events, {**visit("", 0, (DAY, "complained"))[1][0], "interaction_id": row["interaction_id"]}])
        for row, events in stopped
    ]
    without, tables = company(*stopped), company(*came)
    moments = default_moments(tables, "complained")
    assert moments.equals(default_moments(without))
    assert feature_table(tables, moments).equals(feature_table(without, moments))
    facts = frozen_facts(without, at(3000))
    own, own_without = (sources(one, "complained", facts) for one in (tables, without))
    assert own.interactions["as_of"] == own_without.interactions["as_of"]
    plan = plan_of(ALL_FAMILIES)
    found, expected = (
        features_at(one, np.arange(len(came)), np.array(one.interactions["as_of"]), plan)
        for one in (own, own_without)
    )
    assert found.equals(expected)
