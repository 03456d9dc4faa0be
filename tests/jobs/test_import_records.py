"""`forestall.import_records`: an export to the three tables."""

import polars as pl
import pytest

import forestall
from forestall.errors import InputError, UsageError

MAPPING = """
interactions: {interaction_id: id, started_at: {column: when, format: "%Y-%m-%d %H:%M"}}
events: [{kind: arrived, at: {column: when, format: "%Y-%m-%d %H:%M"}}]
feedback: {rating: stars}
"""


@pytest.fixture
def export(tmp_path):
    (tmp_path / "map.yaml").write_text(MAPPING)
    (tmp_path / "one.csv").write_text("id,when,stars\na,2026-03-02 09:00,5\n")
    (tmp_path / "two.csv").write_text("id,when,stars\nb,2026-03-02 10:00,1\nc,yesterday,2\n")
    return tmp_path


def test_one_source_or_several_become_tables_and_nothing_is_written(export):
    before = sorted(export.iterdir())
    one = forestall.import_records(export / "map.yaml", export / "one.csv")
    assert one.interactions["interaction_id"].to_list() == ["a"]
    assert sorted(export.iterdir()) == before
    sources = [export / "one.csv", export / "two.csv"]
    both = forestall.import_records(str(export / "map.yaml"), sources, max_rejected=0.5)
    assert both.interactions["interaction_id"].to_list() == ["a", "b"]
    assert both.feedback["rating"].to_list() == [5, 1]


def test_with_an_output_the_data_folder_is_written(export):
    steps = []
    tables = forestall.import_records(
        export / "map.yaml", [export / "one.csv"], output=export / "data", progress=steps.append
    )
    assert forestall.read_tables(export / "data").digest() == tables.digest()
    assert steps == ["reading the sources", "writing the data folder"]


def test_too_many_rejected_rows_and_a_wrong_mapping_are_refused(export):
    with pytest.raises(InputError, match="the rejected share of each table must be at most"):
        forestall.import_records(export / "map.yaml", export / "two.csv", output=export / "data")
    assert [item.name for item in (export / "data").iterdir()] == ["rejected"]
    assert pl.read_parquet(export / "data" / "rejected" / "interactions.parquet")["raw"].to_list() == [
        "yesterday"
    ]
    (export / "map.yaml").write_text(MAPPING.replace("stars", "star"))
    with pytest.raises(UsageError, match="did you mean 'stars'"):
        forestall.import_records(export / "map.yaml", export / "one.csv")
