"""`features`: the feature table of moments."""

from datetime import timedelta

import pandas as pd
import polars as pl
import pytest

import forestall
from forestall.errors import InputError, UsageError
from forestall.jobs.features import features


def test_a_table_of_the_last_moments_is_returned_and_written_only_if_asked_for(company, tmp_path):
    table = features(company, output=tmp_path / "new" / "table.parquet")
    tables = forestall.read_tables(company)
    assert table.equals(forestall.feature_table(tables))
    assert pl.read_parquet(tmp_path / "new" / "table.parquet").equals(table)
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["table.parquet"]


def test_moments_are_a_frame_or_a_file_in_their_order(company, tmp_path):
    tables = forestall.read_tables(company)
    moments = forestall.default_moments(tables).head(5).reverse()
    moments.write_parquet(tmp_path / "moments.parquet")
    by_frame = features(tables, moments=moments)
    assert by_frame["interaction_id"].to_list() == moments["interaction_id"].to_list()
    assert features(company, moments=tmp_path / "moments.parquet").equals(by_frame)
    assert features(company, moments=moments.to_pandas()).equals(by_frame)


def test_a_time_takes_the_open_interactions_and_with_all_the_closed_ones(company):
    starts = forestall.read_tables(company).interactions["started_at"].sort()
    soon = starts[2500] + timedelta(seconds=2)  # this customer is still there
    some, every = features(company, as_of=soon), features(company, as_of=soon, all=True)
    assert 0 < some.height < every.height
    assert set(some["interaction_id"]) < set(every["interaction_id"])


def test_tables_from_pandas_give_pandas(company):
    tables = forestall.read_tables(company)
    few = tables.interactions.head(20)
    events = tables.events.join(few.select("interaction_id"), on="interaction_id", how="semi")
    table = features(forestall.Tables(few.to_pandas(), events.to_pandas()))
    assert isinstance(table, pd.DataFrame)
    assert table["interaction_id"].to_list() == few["interaction_id"].to_list()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"output": "table.txt"}, "--output must be a .parquet or .csv file, is table.txt"),
        ({"as_of": "2026-02-02", "moments": "m.csv"}, "give one of them"),
        ({"all": True}, "--all must be given with --as-of"),
    ],
)
def test_options_that_contradict_each_other_are_refused(company, options, said):
    with pytest.raises(UsageError, match=said):
        features(company, **options)


def test_a_moment_of_an_unknown_interaction_is_refused(company):
    moments = pl.DataFrame({"interaction_id": ["nobody"], "as_of": ["2026-02-02T12:00:00Z"]})
    with pytest.raises(InputError, match="moments names 1 moments of interactions that are not in the data"):
        features(company, moments=moments)
