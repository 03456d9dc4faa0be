"""Labels: what counts, from when on, and what is never a 0."""

import polars as pl
import pytest

from companies import DAY, at, company, visit
from forestall.moments import Label, default_moments, label_moments, until_label

RATED = Label(scale=(1, 5), dissatisfied_at_or_below=2, horizon_days=30)
COMPLAINED = Label(event="complained", horizon_days=30)
NAMES = ["label", "decided_at", "outcome"]


def labels(tables, label, *moments):
    """Return label, second of decision and outcome of moments, each (name, second)."""
    frame = pl.DataFrame(
        [(name, at(second)) for name, second in moments], schema=["interaction_id", "as_of"], orient="row"
    )
    frame = frame.with_columns(pl.col("as_of").cast(pl.Datetime("us", "UTC")))
    labelled = label_moments(tables, frame, label)
    assert labelled.select("interaction_id", "as_of").equals(frame)
    return [
        (value, None if decided_at is None else (decided_at - at(0)).total_seconds(), outcome)
        for value, decided_at, outcome in labelled.select(NAMES).rows()
    ]


def company_until(day, *visits, ratings=()):
    """Return a company whose records go on until a day."""
    return company(*visits, visit("last", day * DAY), ratings=ratings)


def test_a_rating_counts_as_soon_as_it_has_come():
    """Long before the horizon is over, a rating is a label; two is dissatisfied, three is not."""
    tables = company_until(
        1, visit("a", 0), visit("b", 0), visit("c", 0), ratings=[("a", 2, 600), ("b", 3, 700), ("c", 1, 800)]
    )
    assert labels(tables, RATED, ("a", 10), ("b", 10), ("c", 10)) == [
        (1, 600, "decided"),
        (0, 700, "decided"),
        (1, 800, "decided"),
    ]


def test_silence_is_undecided_and_then_censored_but_never_satisfied():
    """Who has not rated is undecided until the horizon is over, and from then on censored."""
    for day, outcome in [(1, "undecided"), (29.99, "undecided"), (30, "censored"), (90, "censored")]:
        assert labels(company_until(day, visit("a", 0)), RATED, ("a", 0)) == [(None, None, outcome)]


@pytest.mark.parametrize(
    ("rated", "as_of", "expected"),
    [
        (30 * DAY, 0, (1, 30 * DAY, "decided")),  # on the last microsecond of the horizon
        (30 * DAY + 1e-6, 0, (None, None, "censored")),
        (30 * DAY + 1e-6, 1, (1, 30 * DAY + 1e-6, "decided")),  # seen from later it is in time
        (600, 600, (None, None, "past")),  # a moment lies strictly before the rating
        (600, 599.999999, (1, 600, "decided")),
        (600, 900, (None, None, "past")),
    ],
)
def test_the_horizon_and_the_moment_are_sharp(rated, as_of, expected):
    """A rating counts after the moment and up to the horizon's end."""
    tables = company_until(365, visit("a", 0), ratings=[("a", 1, rated)])
    assert labels(tables, RATED, ("a", as_of)) == [expected]


def test_a_rating_without_a_time_is_a_label():
    """It counts whenever the moment is; it was known at the end of the horizon, at the latest."""
    tables = company_until(1, visit("a", 0), ratings=[("a", 1, None)])
    expected = [(1, 30 * DAY, "decided"), (1, 120 * DAY, "decided")]
    assert labels(tables, RATED, ("a", 0), ("a", 90 * DAY)) == expected


def test_an_event_as_label():
    """The first complaint within the horizon is a 1; none is a 0 once it is over, and undecided before."""
    events = [(40 * DAY, "complained", "customer"), (50 * DAY, "complained", "customer")]
    tables = company_until(
        60, visit("a", 0, *events), visit("b", 0, (5, "served", "staff")), visit("c", 45 * DAY)
    )
    assert labels(
        tables,
        COMPLAINED,
        ("a", 0),
        ("a", 9 * DAY),
        ("a", 10 * DAY),
        ("a", 40 * DAY),
        ("b", 10),
        ("c", 45 * DAY),
    ) == [
        (0, 30 * DAY, "decided"),
        (0, 39 * DAY, "decided"),
        (1, 40 * DAY, "decided"),
        (None, None, "past"),
        (0, 10 + 30 * DAY, "decided"),
        (None, None, "undecided"),
    ]


def test_ratings_do_not_matter_to_an_event_label():
    """With an event label, a rating says nothing."""
    tables = company_until(60, visit("a", 0), ratings=[("a", 1, 600)])
    assert labels(tables, COMPLAINED, ("a", 0)) == [(0, 30 * DAY, "decided")]


def test_an_event_counts_only_when_the_horizon_is_over_as_its_absence_does():
    """Else the last days of the records would hold complaints alone."""
    tables = company_until(20, visit("a", 0, (DAY, "complained", "customer")), visit("b", 0))
    undecided = [(None, None, "undecided")] * 2
    assert labels(tables, COMPLAINED, ("a", 0), ("b", 0)) == undecided
    over = tables.replace(interactions=company_until(31, visit("a", 0), visit("b", 0)).interactions)
    assert labels(over, COMPLAINED, ("a", 0), ("b", 0)) == [
        (1, 30 * DAY, "decided"),
        (0, 30 * DAY, "decided"),
    ]


def test_until_its_event_nothing_of_it_or_after_it_is_left():
    """What happened at the very time of the event is not before it."""
    events = [
        (0, "arrived"),
        (5, "served"),
        (9, "noted"),
        (9, "complained"),
        (12, "closed"),
        (15, "complained"),
    ]
    tables = company_until(60, visit("a", 0, *events), visit("b", 0, (1, "closed")))
    left = until_label(tables, COMPLAINED).events
    assert left.select("interaction_id", "kind").rows() == [
        ("a", "arrived"),
        ("a", "served"),
        ("b", "closed"),
    ]


def test_what_came_after_the_rating_is_none_of_its_facts():
    """A help desk that closes a ticket days after the survey is judged by what it had done until the survey."""
    tables = company_until(
        60,
        visit("a", 0, (5, "resolved"), (3 * DAY, "closed")),
        visit("b", 0, (5, "resolved"), (10, "closed")),
        visit("c", 0, (5, "closed")),
        ratings=[("a", 1, DAY), ("b", 1, DAY), ("c", 1, None)],
    )
    seen = until_label(tables, RATED)
    assert dict(seen.events.group_by("interaction_id").len().iter_rows()) == {"a": 1, "b": 2, "c": 1}
    moments = default_moments(seen).filter(pl.col("interaction_id") != "last")
    assert label_moments(tables, moments, RATED)["outcome"].to_list() == ["decided"] * 3


def test_without_a_clock_the_final_state_decides_an_event():
    """It is 1 where the event is recorded at all, and else 0; no horizon is waited for, and nothing is past."""
    tables = company(
        visit("a", 0, (1, "churned"), (2, "noted")),
        visit("b", 0),
        visit("c", 0, (0, "churned")),
        about={"clock": "none"},
    )
    label = Label(event="churned")
    moments = default_moments(tables, "churned")
    labelled = label_moments(tables, moments, label)
    assert labelled.select(NAMES).rows() == [
        (1, None, "decided"), (0, None, "decided"), (1, None, "decided"),
    ]  # fmt: skip
    assert until_label(tables, label).events["kind"].to_list() == ["noted"]


def test_the_newest_of_several_ratings_is_the_label():
    """An earlier rating decides nothing; a rating without a time counts only alone."""
    ratings = [("a", 1, 600), ("a", 5, 900), ("b", 5, 600), ("b", 1, 900), ("c", 1, None), ("c", 5, 10)]
    tables = company_until(60, *(visit(name, 0, (700, "served")) for name in "abc"), ratings=ratings)
    assert labels(tables, RATED, ("a", 0), ("a", 700), ("b", 0), ("c", 0)) == [
        (0, 900, "decided"),
        (0, 900, "decided"),
        (1, 900, "decided"),
        (0, 10, "decided"),
    ]
    assert until_label(tables, RATED).events["interaction_id"].to_list() == ["a", "b"]


def test_a_rating_without_a_time_came_after_the_end():
    """Its label is known a horizon after the end, at each of its moments; the end must lie within the horizon."""
    long = visit("a", 0, (DAY, "served"), (40 * DAY, "resolved"))
    tables = company_until(90, long, visit("b", 0, (DAY, "served")), ratings=[("a", 1, None), ("b", 5, None)])
    assert labels(tables, RATED, ("a", 0), ("a", 20 * DAY), ("a", 41 * DAY), ("b", 0), ("b", DAY)) == [
        (None, None, "censored"),  # the interaction went on for longer than the horizon
        (1, 70 * DAY, "decided"),
        (1, 71 * DAY, "decided"),
        (0, 31 * DAY, "decided"),
        (0, 31 * DAY, "decided"),
    ]
