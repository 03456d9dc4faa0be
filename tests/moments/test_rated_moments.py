"""Moments just before each rating, and labels that are each moment's own next rating."""

import polars as pl
import pytest

from companies import at, company, visit
from forestall.errors import UsageError
from forestall.model import Spec
from forestall.moments import Label, label_moments
from forestall.moments.rated_moments import rated_moments
from forestall.training.labelled_moments import labelled_moments

NEXT = Label(scale=(1, 5), dissatisfied_at_or_below=2, target="next")
TALK = company(
    visit("a", 0, (10, "message", "customer", "x"), (30, "message", "customer", "y"), (50, "message", "customer", "z")),
    visit("b", 0, (20, "message", "customer", "x")),
    ratings=[("a", 5, 11), ("a", 1, 31), ("a", 4, 51)],
)  # fmt: skip


def seconds(table: pl.DataFrame) -> list[tuple[str, float]]:
    return [(name, (time - at(0)).total_seconds()) for name, time in table.iter_rows()]


def test_each_rating_has_the_last_event_before_it():
    found = rated_moments(TALK, 9, seed=7)
    assert seconds(found.select("interaction_id", "as_of")) == [("a", 10), ("a", 30), ("a", 50), ("b", 20)]
    assert found["is_last"].to_list() == [False, False, True, True]
    assert found["weight"].to_list() == pytest.approx([1 / 3] * 3 + [1])


def test_of_more_ratings_the_last_and_random_others_count():
    for seed in range(5):
        found = rated_moments(TALK, 2, seed).filter(interaction_id="a")
        assert found.height == 2
        assert found["is_last"].to_list() == [False, True]


def test_a_rating_before_all_events_has_the_start():
    found = rated_moments(company(visit("a", 0, (10, "closed")), ratings=[("a", 1, 5)]), 9, seed=7)
    assert seconds(found.select("interaction_id", "as_of")) == [("a", 0)]


def test_each_moment_has_its_own_next_rating():
    moments = pl.DataFrame(
        {"interaction_id": ["a"] * 5 + ["b"], "as_of": [at(one) for one in (0, 11, 30, 31, 51, 20)]}
    )
    found = label_moments(TALK, moments, NEXT)
    # a rating at the moment is known, so it is not the next one
    assert found["label"].to_list() == [0, 1, 1, 0, None, None]
    assert found["outcome"].to_list()[:5] == ["decided"] * 4 + ["past"]
    assert found["decided_at"].to_list()[:4] == [at(11), at(31), at(31), at(51)]
    newest = label_moments(TALK, moments, Label(scale=(1, 5), dissatisfied_at_or_below=2))
    assert newest["label"].to_list() == [0, 0, 0, 0, None, None]


def test_moments_of_training_weigh_equally():
    spec = Spec(name="next", label=NEXT.model_dump())
    moments, counts = labelled_moments(TALK, spec)
    assert moments.sort("as_of")["label"].to_list() == [0, 1, 0]
    assert moments["weight"].to_list() == pytest.approx([1 / 3] * 3)
    assert counts["labelled"] == 1


def test_an_event_has_no_next():
    with pytest.raises((UsageError, ValueError), match="target"):
        Label(event="complained", target="next")
