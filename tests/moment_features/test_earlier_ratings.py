"""Earlier ratings of the interaction itself: facts of its later moments, in tables and in records alike."""

import polars as pl
import pytest

from companies import DAY, at, company, visit
from forestall.data import Tables
from forestall.moment_features import FAMILIES, Family, Standards
from forestall.moment_features.catalogue import columns_of
from forestall.moment_features.earlier_ratings import (
    FEATURES,
    MIN_MOMENTS,
    know_earlier_ratings,
    with_earlier_ratings,
)
from forestall.moment_features.frozen_facts import FrozenFacts
from forestall.moment_features.record_sources import sources_of_records
from forestall.moment_features.records_from_tables import records
from forestall.moment_features.table import features_at, locate, plan_of
from forestall.moment_features.table_sources import sources_of
from forestall.moments import Label, label_moments
from forestall.moments.labels import until_label

# Three ratings of one ticket, which is worked on between them.
TICKET = company(
    visit("a", 0, (50, "responded", "staff"), (2 * DAY, "responded", "staff"), (5 * DAY, "closed"), customer_id="c"),
    visit("b", 10, (60, "closed"), customer_id="d"),
    ratings=[("a", 2, DAY), ("a", 4, 3 * DAY), ("a", 1, 6 * DAY), ("b", 5, DAY)],
)  # fmt: skip
SECONDS = [0, DAY - 1, DAY, 2 * DAY, 3 * DAY, 5 * DAY]
EXPECTED = {
    "resolution_rated_n": [0, 0, 1, 1, 2, 2],
    "resolution_rating_last": [None, None, 2, 2, 4, 4],
}
PLAN = plan_of([Family("resolution", "Earlier ratings alone.", FEATURES)])


def moments_of(name: str, seconds: list[float]) -> pl.DataFrame:
    return pl.DataFrame({"interaction_id": [name] * len(seconds), "as_of": [at(one) for one in seconds]})


def features(tables: Tables, moments: pl.DataFrame) -> pl.DataFrame:
    sources = sources_of(tables, Standards())
    return features_at(sources, *locate(sources, moments), PLAN)


def of_records(rows: list[dict], scale: tuple[float, float] | None = None) -> pl.DataFrame:
    sources = sources_of_records(rows, Standards(), FrozenFacts([], {}, {}), scale=scale)
    place = sources.frame.with_row_index()["index"].cast(pl.Int64).to_numpy()
    return features_at(sources, place, sources.frame["as_of"].to_numpy(), PLAN).select(*EXPECTED)


def test_they_follow_the_other_features_of_their_family():
    added = columns_of(with_earlier_ratings(FAMILIES)).keys() - columns_of(FAMILIES).keys()
    assert added == EXPECTED.keys()


def test_each_is_known_from_its_time_on():
    table = features(TICKET, moments_of("a", SECONDS))
    assert {name: table[name].to_list() for name in EXPECTED} == EXPECTED


def test_the_newest_is_the_label_and_is_known_at_no_moment_of_training():
    label = Label(scale=(1, 5), dissatisfied_at_or_below=2, horizon_days=30)
    moments = moments_of("a", [*SECONDS, 6 * DAY])
    labelled = label_moments(TICKET, moments, label)
    assert labelled["label"].to_list() == [1] * 6 + [None]
    assert labelled["outcome"].to_list()[-1] == "past"
    assert until_label(TICKET, label).events.filter(interaction_id="a").height == 3


def test_ratings_of_others_are_not_its_own():
    table = features(TICKET, moments_of("b", [60, DAY - 1, 2 * DAY]))
    assert table["resolution_rated_n"].to_list() == [0, 0, 1]


def test_a_record_says_the_same_as_the_tables():
    moments = moments_of("a", SECONDS)
    assert of_records(records(TICKET, moments)).equals(
        features(TICKET, moments).select(*EXPECTED), null_equal=True
    )


def test_records_from_tables_always_have_the_field_because_tables_always_say():
    tables = TICKET.replace(feedback=TICKET.feedback.filter(interaction_id="b"))
    assert [one["earlier_ratings"] for one in records(tables, moments_of("a", SECONDS))] == [[]] * len(
        SECONDS
    )


@pytest.mark.parametrize("ratings", [None, [], "[]", "missing"])
def test_a_field_left_out_null_or_empty_holds_no_rating(ratings):
    record = records(TICKET, moments_of("a", [5 * DAY]))[0] | {"earlier_ratings": ratings}
    if ratings == "missing":
        del record["earlier_ratings"]
    assert of_records([record]).rows() == [(0, None)]


@pytest.mark.parametrize(
    ("ratings", "has_it"),
    [(None, False), (" ", False), ("null", False), (float("nan"), False), ([], True), ("[]", True)],
)
def test_only_an_empty_list_says_that_there_is_no_rating(ratings, has_it):
    rows = records(TICKET, moments_of("a", [DAY, 5 * DAY]))
    del rows[0]["earlier_ratings"]
    rows[1]["earlier_ratings"] = ratings
    circumstances = sources_of_records(rows, Standards(), FrozenFacts([], {}, {})).circumstances
    assert circumstances.has_ratings.tolist() == [False, has_it]


def test_a_rating_off_the_scale_without_a_time_or_after_the_moment_does_not_count():
    ratings = [
        {"rating": 9, "rated_at": at(5)},
        {"rating": 3, "rated_at": None},
        {"rating": 4, "rated_at": at(6 * DAY)},
        {"rating": 2, "rated_at": at(7)},
        {"rating": 5, "rated_at": at(7)},
    ]
    record = records(TICKET, moments_of("a", [5 * DAY]))[0] | {"earlier_ratings": ratings}
    assert of_records([record], scale=(1, 5)).rows() == [(1, 2)]


def test_so_few_moments_that_nothing_can_be_learnt():
    sources = sources_of(TICKET, Standards())
    for n, expected in ((MIN_MOMENTS - 1, False), (MIN_MOMENTS, True)):
        assert know_earlier_ratings(sources, *locate(sources, moments_of("a", [2 * DAY] * n))) is expected
    assert not know_earlier_ratings(sources, *locate(sources, moments_of("a", [0] * 100)))
