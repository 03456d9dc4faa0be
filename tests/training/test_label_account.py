"""What is said of the labels: every interaction is counted once, with the reason why it has no label."""

import polars as pl
import pytest

from companies import DAY, company, visit
from forestall.data import Tables
from forestall.model import Spec
from forestall.moments import Label
from forestall.training.label_account import (
    account_of_labels,
    account_of_parts,
    count_outcomes,
    rate_notes,
    who_is_dissatisfied,
)
from forestall.training.labelled_moments import all_moments, asks_to_draw, known_moments, split

RATED = {"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 30}


def accounted(tables: Tables, label: dict[str, object]) -> tuple[str, dict[str, int]]:
    """Return the paragraph of a label, and the counts of it."""
    spec = Spec.model_validate({"name": "a", "label": label, "moments": {"per_interaction": 2}})
    is_drawn = asks_to_draw(tables, spec.label)
    outcomes = all_moments(tables, spec, is_drawn)
    moments, _ = known_moments(tables, outcomes, is_drawn)
    text = account_of_labels(tables, spec, outcomes, moments, is_drawn)
    return f"{text} {account_of_parts(split(tables, moments, spec)[0])}", count_outcomes(
        tables, outcomes, moments
    )


def test_of_ratings():
    tables = company(
        *(visit(f"r{i}", i * DAY, (i * DAY + 60, "closed")) for i in range(6)),
        visit("late", 0, (60, "closed")),
        visit("silent", 0, (60, "closed")),
        visit("new", 39 * DAY),
        ratings=[*((f"r{i}", 1 + i % 2 * 3, i * DAY + 900) for i in range(6)), ("late", 1, 40 * DAY)],
    )
    text, counts = accounted(tables, RATED)
    assert counts == {"labelled": 6, "censored": 2, "undecided": 1, "past": 0, "not_seen": 0}
    for sentence in (
        "A rating of 2 or less on the scale 1 to 5 counts as dissatisfied; a 3 counts as satisfied.",
        "An interaction ends at its first closed or abandoned (8 of 9 have one), else at its last event, or at its "
        "start if it has none; it is over after 30 days of silence.",
        "Of 9 interactions, 6 are labelled, 3 of them dissatisfied.",
        "2 are censored: no rating came within 30 days",
        "1 is undecided: their 30 days are not over at the end of the records, 2026-04-11.",
        "Of the labelled, 4 are for training and 2 for testing.",
    ):
        assert sentence in text, text
    assert "dropped" not in text


def test_of_an_event():
    """What came before the end is dropped and said; the rest adds up."""
    visits = [
        visit(f"a{i}", i * DAY, (i * DAY + 60, "resolved"), *[(i * DAY + 90, "complained")] * (i % 3 == 0))
        for i in range(60)
    ]
    early = visit("early", 0, (30, "complained"), (60, "closed"))
    text, counts = accounted(company(*visits, early), {"event": "complained", "horizon_days": 7})
    assert sum(counts.values()) == 61
    assert counts["past"] == 1
    assert "other than 'complained'" in text
    assert "1 is dropped, because the event came at or before their end." in text
    assert "are in neither, because their label was not known before the test part begins on" in text


def test_of_events_that_come_while_interactions_are_open():
    visits = [
        visit(
            f"a{i}", i * 40_000, *[(i * 40_000 + 1, "escalated")] * (i % 3 == 0), (i * 40_000 + 60, "closed")
        )
        for i in range(90)
    ]
    later = [visit(f"end{i}", (50 + i) * DAY) for i in range(3)]
    text, counts = accounted(company(*visits, *later), {"event": "escalated", "horizon_days": 7})
    assert sum(counts.values()) == 93
    assert counts["past"] > 0
    assert "because the event had come by the moments that were drawn" in text


def test_without_a_clock():
    tables = company(
        *(visit(str(i), i, *[(i, "churned")] * (i % 4 == 0)) for i in range(40)), about={"clock": "none"}
    )
    text, counts = accounted(tables, {"event": "churned"})
    assert counts == {"labelled": 40, "censored": 0, "undecided": 0, "past": 0, "not_seen": 0}
    assert "there is no clock, so the final state decides" in text
    assert "days" not in text


@pytest.mark.parametrize(
    ("scale", "bar", "other"),
    [((1, 5), 3, "a 4"), ((0, 1), 0.5, "a higher one"), ((0, 10), 6, "a 7"), ((-1, 1), -1, "a 0")],
)  # fmt: skip
def test_the_lowest_rating_that_counts_as_satisfied(scale, bar, other):
    told = who_is_dissatisfied(Label(scale=scale, dissatisfied_at_or_below=bar))
    assert told.endswith(f"counts as dissatisfied; {other} counts as satisfied")


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (40, 80, "20\u00a0% ended dissatisfied, of the later ones for testing 80\u00a0%:"),
        (40, 24, ""),
        (4, 6, ""),
        (0, 0, ""),
    ],
)
def test_a_share_that_changed_beyond_chance_is_said(before, now, said):
    """Of 200 interactions for training and 100 for testing so many are dissatisfied."""
    labels = [*([1] * before + [0] * (200 - before)), *([1] * now + [0] * (100 - now))]
    rows = pl.DataFrame({"label": labels, "part": ["train"] * 200 + ["test"] * 100, "is_last": True})
    # moments before the last do not count
    rows = pl.concat(
        [rows, rows.with_columns(label=pl.lit(1), is_last=pl.lit(False))], how="vertical_relaxed"
    )
    notes = rate_notes(rows)
    assert len(notes) == bool(said)
    assert said in "".join(notes)
    assert rate_notes(rows.filter(part="train")) == []
