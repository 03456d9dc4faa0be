"""The simulated tables are those that a company would have."""

import polars as pl

from forestall.data import CORE_KINDS


def test_tables_are_what_a_company_would_have(tables: dict[str, pl.DataFrame]) -> None:
    interactions, events, feedback = tables["interactions"], tables["events"], tables["feedback"]
    assert interactions.height == 12_000
    assert interactions["interaction_id"].is_unique().all()
    assert set(events["kind"].unique()) == CORE_KINDS
    assert 8 <= events.height / interactions.height <= 12
    starts = events.join(interactions, on="interaction_id").select(pl.col("at") >= pl.col("started_at"))
    assert starts["at"].all()
    assert feedback["rating"].is_in([1.0, 2.0, 3.0, 4.0, 5.0]).all()
    assert interactions["customer_id"].null_count() > 0
    known = interactions.drop_nulls("customer_id")
    assert 3.5 <= known.height / known["customer_id"].n_unique() <= 6
    assert interactions["customer_value"].is_null().equals(interactions["customer_id"].is_null())


def test_each_interaction_ends_once_or_is_open_at_the_end(tables: dict[str, pl.DataFrame]) -> None:
    endings = tables["events"].filter(pl.col("kind").is_in(["closed", "abandoned"]))
    assert endings["interaction_id"].is_unique().all()
    assert set(endings["interaction_id"]) == set(tables["truth"]["interaction_id"])
    last = tables["events"]["at"].max()
    still_open = tables["interactions"].join(endings, on="interaction_id", how="anti")
    assert still_open.filter(pl.col("started_at") < last - pl.duration(days=9)).is_empty()
    ratings = tables["feedback"].join(endings, on="interaction_id")
    assert ratings.height == tables["feedback"].height
    assert ratings.select(pl.col("rated_at") > pl.col("at")).to_series().all()
