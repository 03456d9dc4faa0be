"""Records in parts give what the whole tables give."""

import polars as pl
import pytest

import forestall
from forestall.monitoring.monitored_records import PartedRecords, WholeRecords
from forestall.monitoring.scored_cohort import score_moments
from forestall.registry import load
from forestall.streaming.partition import Partition
from forestall.streaming.source import Source
from forestall.streaming.wanted import Wanted


@pytest.fixture(scope="module")
def model(work):
    return load(work.champion, work.tracking_uri).risk_model


@pytest.fixture(scope="module")
def whole(work):
    return WholeRecords(forestall.read_tables(work.data))


@pytest.fixture(scope="module")
def parted(work, model, tmp_path_factory):
    wanted = Wanted(model.spec, has_queue=False, end=True)
    partition = Partition(Source.open(work.data), tmp_path_factory.mktemp("parts"), 4, wanted)
    return PartedRecords(partition, partition.divide(lambda *_: None, None))


def test_each_interaction_is_in_one_part_and_the_records_end_at_the_same_time(whole, parted):
    ids = [tables.interactions["interaction_id"] for tables in parted.each()]
    assert len(ids) == 4
    assert sorted(pl.concat(ids)) == sorted(whole.tables.interactions["interaction_id"])
    assert parted.end == whole.end
    assert parted.about["clock"] == whole.about["clock"]


def test_the_parts_are_read_more_than_once(parted):
    first, second = (sum(tables.events.height for tables in parted.each()) for _ in range(2))
    assert first == second > 0


def test_any_moment_of_an_interaction_has_the_same_score(model, whole, parted):
    """The queue is known at any moment, not only at the end of an interaction."""
    starts = whole.tables.interactions.select("interaction_id", "started_at")[::37]
    moments = starts.select("interaction_id", as_of=pl.col("started_at") + pl.duration(seconds=40))
    rows = [score_moments(records, model, moments) for records in (whole, parted)]
    assert rows[0].equals(rows[1])
    assert rows[0]["dissatisfaction_risk"].n_unique() > 50
    assert rows[0]["interaction_id"].equals(moments["interaction_id"])


def test_a_part_holds_the_customers_of_its_moments_only(model, parted):
    one = next(parted.each()).interactions.filter(pl.col("customer_id").is_not_null())[:1]
    moments = one.select("interaction_id", as_of="started_at")
    (prepared, here), *others = parted.prepared(model, moments)
    assert here.equals(moments)
    assert not others
    assert prepared.tables.interactions["customer_id"].unique().to_list() == one["customer_id"].to_list()


def test_without_moments_there_is_one_part_without_rows(model, parted):
    moments = pl.DataFrame(schema={"interaction_id": pl.String, "as_of": pl.Datetime("us", "UTC")})
    assert score_moments(parted, model, moments).height == 0
