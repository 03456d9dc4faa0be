"""Example interactions: the most extreme of each kind, and their moments."""

import math

import polars as pl

from forestall.evaluation.questions.examples import KINDS, choose_examples, examples
from walks import at, walk

MOMENTS = walk(
    *[(f"bad{i}", 9, 0.5 + i / 100) for i in range(10)],
    *[(f"good{i}", 9, 0.1 + i / 100) for i in range(10)],
    ("missed", 9, 0.05), ("false", 9, 0.9), ("bad9", 8, 0.2),
    label=pl.col("interaction_id").str.contains("bad|missed").cast(pl.Int8),
    is_last=pl.col("as_of") == at(9),
    venue=pl.col("interaction_id"),
    kinds=pl.concat_list(pl.lit("human_requested")),
    rating=pl.lit(None, pl.Float64),
)  # fmt: skip


def test_the_highest_alarms_and_the_lowest_risks_without_an_alarm_are_chosen():
    found = choose_examples(MOMENTS, 0.5)
    assert found["caught"] == ["bad9", "bad8", "bad7", "bad6"]
    assert (found["missed"], found["false"]) == (["missed"], ["false"])
    assert found["quiet"] == ["good0", "good1"]
    assert list(found) == list(KINDS)


def test_each_venue_is_shown_once_a_kind():
    found = choose_examples(MOMENTS.with_columns(venue=pl.lit("v")), 0.5)
    assert {kind: len(names) for kind, names in found.items()} == dict.fromkeys(KINDS, 1)


def test_an_example_has_the_moments_of_its_interaction_in_order():
    reasons = MOMENTS.select("interaction_id", "as_of", reasons=pl.concat_list(pl.lit("waited")))
    (found,) = examples(MOMENTS, reasons, {"caught": ["bad9"]})
    assert (found.interaction_id, found.kind, found.about) == ("bad9", "caught", "bad9")
    assert math.isnan(found.rating)
    assert [(step.after_s, step.happened, step.risk) for step in found.steps] == [
        (0.0, "human requested", 0.2),
        (3600.0, "human requested", 0.59),
    ]
    assert found.steps[0].reasons == ["waited"]
