"""Several ratings of one interaction: the newest counts, and all are counted."""

import polars as pl

from companies import company, visit
from forestall.data import check_tables
from forestall.data.ratings import newest_ratings, several_ratings

VISITS = [visit(name, 0) for name in ("once", "thrice", "half", "never", "untimed")]
RATINGS = [
    ("once", 4, 100),
    ("thrice", 1, 100), ("thrice", 3, 300), ("thrice", 5, 200),
    ("half", 2, None), ("half", 4, 500),
    ("untimed", 3, None),
]  # fmt: skip


def test_every_rating_is_a_label_an_earlier_fact_or_counted_as_unused():
    feedback = company(*VISITS, ratings=RATINGS).feedback
    newest = newest_ratings(feedback)
    assert dict(newest.select("interaction_id", "rating").iter_rows()) == {
        "once": 4, "thrice": 3, "half": 4, "untimed": 3,
    }  # fmt: skip
    counts = several_ratings(feedback)
    assert counts == {"interactions": 2, "earlier": 2, "unused": 1}
    assert newest.height + counts["earlier"] + counts["unused"] == len(RATINGS)


def test_check_counts_them():
    assert check_tables(company(*VISITS, ratings=RATINGS))["several_ratings"] == {
        "interactions": 2, "earlier": 2, "unused": 1,
    }  # fmt: skip


def test_one_rating_each_counts_nothing():
    feedback = company(*VISITS, ratings=[RATINGS[0], RATINGS[-1]]).feedback
    none = {"interactions": 0, "earlier": 0, "unused": 0}
    assert several_ratings(feedback) == several_ratings(feedback.clear()) == none


def test_two_ratings_at_one_time_are_counted_as_rejected():
    frames = company(*VISITS, ratings=RATINGS)
    again = pl.concat([frames.feedback, frames.feedback.filter(pl.col("interaction_id") == "once")])
    tables = type(frames)(frames.interactions, frames.events, again, frames.about)
    assert tables.rejections.counts() == {"feedback": {"duplicate_key": 1}}
