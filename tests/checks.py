"""What every feature must keep to, whoever computes it: `features(tables, moments)` gives the feature table.

A broken rule is an AssertionError that names the columns.
"""

from datetime import timedelta

import polars as pl

from companies import Features
from forestall.data import Tables
from forestall.moment_features import FAMILIES, columns_of

QUEUE = ("service_queue_n", "service_venue_wait_ratio", "service_venue_lean", "greeting_served_first_n")


def assert_same(left: pl.DataFrame, right: pl.DataFrame, rule: str) -> None:
    """Assert that two feature tables hold exactly the same, gaps too."""
    assert left.columns == right.columns
    assert left.height == right.height
    differ = [name for name in left.columns if not left[name].equals(right[name], null_equal=True)]
    assert not differ, f"not {rule}: {differ}"


def values(table: pl.DataFrame) -> pl.DataFrame:
    """Return the features alone, without whose they are and when."""
    return table.drop("interaction_id", "as_of")


def known_by(tables: Tables, time: object) -> Tables:
    """Return what a company had recorded at a time."""
    interactions = tables.interactions.filter(pl.col("started_at") <= time)
    return tables.replace(
        interactions=interactions,
        events=tables.events.filter(pl.col("at") <= time),
        feedback=tables.feedback.filter(pl.col("rated_at") <= time),
    )


def check_blind_to_future(
    features: Features, tables: Tables, moments: pl.DataFrame, n_times: int = 12
) -> None:
    """Check that whatever comes after a moment may be dropped from all three tables."""
    table = features(tables, moments)
    times = moments["as_of"].unique().sort()
    for time in times.gather(range(len(times) - 1, -1, -max(1, len(times) // n_times))):
        past = moments.with_row_index().filter(pl.col("as_of") <= time).top_k(40, by="as_of")
        now = features(known_by(tables, time), past.drop("index"))
        assert_same(table[past["index"]], now, "blind to the future")


def check_blind_to_order(features: Features, tables: Tables, moments: pl.DataFrame) -> None:
    """Check that the rows of the tables may come in any order."""
    shuffled = tables.replace(
        **{
            name: getattr(tables, name).sample(fraction=1, shuffle=True, seed=3)
            for name in ("interactions", "events", "feedback")
        }
    )
    assert_same(features(tables, moments), features(shuffled, moments), "blind to the order of rows")


def check_blind_to_ids(features: Features, tables: Tables, moments: pl.DataFrame) -> None:
    """Check that interactions and customers may have any other names."""

    def renamed(frame: pl.DataFrame) -> pl.DataFrame:
        names = [name for name in ("interaction_id", "customer_id") if name in frame.columns]
        return frame.with_columns(
            (pl.col(name).str.reverse() + pl.lit("·") + pl.col(name).hash(11).cast(pl.String))
            for name in names
        )

    other = tables.replace(
        interactions=renamed(tables.interactions),
        events=renamed(tables.events),
        feedback=renamed(tables.feedback),
    )
    assert_same(
        values(features(tables, moments)), values(features(other, renamed(moments))), "blind to names"
    )


def check_blind_to_shifted_time(features: Features, tables: Tables, moments: pl.DataFrame) -> None:
    """Check that all may have happened 28 days later: on the same weekday, at the same hour."""

    def later(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(pl.selectors.datetime() + timedelta(days=28))

    other = tables.replace(
        interactions=later(tables.interactions), events=later(tables.events), feedback=later(tables.feedback)
    )
    assert_same(
        values(features(tables, moments)), values(features(other, later(moments))), "blind to shifted time"
    )


def check_blind_to_other_moments(features: Features, tables: Tables, moments: pl.DataFrame) -> None:
    """Check that a moment has the same features alone as among others, in whatever order."""
    table = features(tables, moments)
    backwards = features(tables, moments.reverse())
    assert_same(table, backwards.reverse(), "blind to the order of moments")
    for place in range(0, moments.height, max(1, moments.height // 8)):
        assert_same(table[place], features(tables, moments[place]), "blind to other moments")


def check_blind_to_own_rating(features: Features, tables: Tables, n: int = 8) -> None:
    """Check that what a customer says of an interaction is no feature of it, even once it has been said."""
    rated = tables.feedback.filter(pl.col("rated_at").is_not_null())
    for place in range(0, rated.height, max(1, rated.height // n)):
        own = pl.col("interaction_id") == rated["interaction_id"][place]
        moment = pl.DataFrame(
            {"interaction_id": [rated["interaction_id"][place]], "as_of": [rated["rated_at"][place]]}
        )
        moment = moment.with_columns(pl.col("as_of") + timedelta(hours=1))
        other = pl.when(own).then(6 - pl.col("rating")).otherwise("rating")
        table = features(tables, moment)
        for feedback in (tables.feedback.with_columns(rating=other), tables.feedback.filter(~own)):
            assert_same(table, features(tables.replace(feedback=feedback), moment), "blind to its own rating")


def check_boundary(features: Features, tables: Tables) -> None:
    """Check that an event at the moment counts, and that one a microsecond later does not."""
    events = tables.events.select("interaction_id", "at")
    for offset in (0, -1):
        moments = events.select("interaction_id", as_of=pl.col("at") + timedelta(microseconds=offset))
        moments = moments.join(
            tables.interactions.select("interaction_id", "started_at"),
            on="interaction_id",
            how="left",
            maintain_order="left",
        )
        moments = (
            moments.filter(pl.col("as_of") >= pl.col("started_at"))
            .drop("started_at")
            .unique(maintain_order=True)
        )
        by_then = moments.join(events, on="interaction_id").filter(pl.col("at") <= pl.col("as_of"))
        counts = by_then.group_by("interaction_id", "as_of").len()
        counted = moments.join(counts, on=["interaction_id", "as_of"], how="left", maintain_order="left")[
            "len"
        ].fill_null(0)
        n_events = features(tables, moments)["resolution_events_n"]
        assert (n_events == counted.cast(pl.Float64)).all(), (
            "the cutoff is not at the moment: ['resolution_events_n']"
        )


def check_types_and_ranges(table: pl.DataFrame) -> None:
    """Check that every column is there, of its type, finite and within the range that it declares."""
    declared = columns_of(FAMILIES)
    assert table.columns == ["interaction_id", "as_of", *declared]
    wrong = []
    for name, feature in declared.items():
        column = table[name]
        if column.dtype != (pl.String if feature.is_category else pl.Float64):
            wrong.append(f"{name} is {column.dtype}")
        elif not feature.is_category:
            known = column.drop_nulls()
            low = known.min() if feature.low is not None else None
            high = known.max() if feature.high is not None else None
            if (
                not known.is_finite().all()
                or (low is not None and low < feature.low)
                or (high is not None and high > feature.high)
            ):
                wrong.append(f"{name} is out of range")
    assert not wrong, wrong
