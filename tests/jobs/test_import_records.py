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
    assert sorted(item.name for item in (export / "data").iterdir()) == ["manifest.json", "rejected"]
    assert pl.read_parquet(export / "data" / "rejected" / "interactions.parquet")["raw"].to_list() == [
        "yesterday"
    ]
    (export / "map.yaml").write_text(MAPPING.replace("stars", "star"))
    with pytest.raises(UsageError, match="did you mean 'stars'"):
        forestall.import_records(export / "map.yaml", export / "one.csv")


def test_the_same_files_again_are_not_imported_again(export, caplog):
    sources, steps = [export / "one.csv", export / "two.csv"], []
    how = {"output": export / "data", "max_rejected": 0.5}
    first = forestall.import_records(export / "map.yaml", sources, **how)
    with caplog.at_level("INFO", "forestall"):
        again = forestall.import_records(export / "map.yaml", sources, **how, progress=steps.append)
    assert "nothing to do" in caplog.text
    assert steps == []
    assert again.digest() == first.digest()
    assert again.about == first.about
    assert again.rejections.counts() == first.rejections.counts()
    assert again.rejections.rows_in == first.rejections.rows_in
    (export / "one.csv").write_text("id,when,stars\na,2026-03-02 09:00,4\n")
    changed = forestall.import_records(export / "map.yaml", sources, **how, progress=steps.append)
    assert changed.feedback["rating"].to_list() == [4, 1]
    assert steps == ["reading the sources", "writing the data folder"]


def test_an_import_that_is_refused_keeps_the_tables_and_writes_only_what_was_rejected(export):
    how = {"output": export / "data"}
    first = forestall.import_records(export / "map.yaml", export / "one.csv", **how)
    with pytest.raises(InputError, match=f"the rows are in {export}/data/rejected"):
        forestall.import_records(export / "map.yaml", export / "two.csv", **how)
    assert forestall.read_tables(export / "data").digest() == first.digest()
    assert (export / "data" / "rejected" / "interactions.parquet").is_file()
    assert forestall.import_records(export / "map.yaml", export / "one.csv", **how).digest() == first.digest()
    assert not (export / "data" / "rejected").exists()


def test_what_the_user_has_in_the_output_is_refused_and_kept(export):
    (export / "data").mkdir()
    (export / "data" / "interactions.parquet").write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"no run of this kind wrote: 'interactions\.parquet'; nothing"):
        forestall.import_records(export / "map.yaml", export / "one.csv", output=export / "data")
    assert (export / "data" / "interactions.parquet").read_bytes() == b"mine"


def test_imports_of_single_months_are_put_together_as_parts_of_one_folder(export):
    whole = forestall.import_records(
        export / "map.yaml", [export / "one.csv", export / "two.csv"], max_rejected=0.5
    )
    for name in ("one", "two"):
        forestall.import_records(
            export / "map.yaml", export / f"{name}.csv", output=export / name, max_rejected=0.5
        )
    for table in ("interactions", "events", "feedback"):
        (export / "all" / table).mkdir(parents=True)
        for name in ("one", "two"):
            (export / name / f"{table}.parquet").rename(export / "all" / table / f"{name}.parquet")
    (export / "one" / "about.json").rename(export / "all" / "about.json")
    assert forestall.read_tables(export / "all").digest() == whole.digest()
