"""A feature table of large data: the same rows in any number of parts, and no part is computed twice after a kill."""

import json
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import forestall
from forestall.errors import InputError
from forestall.jobs.features import features, write_features
from forestall.publishing import Publication
from forestall.streaming.part import features_of_part
from forestall.streaming.partition import Partition
from forestall.streaming.source import Source


@pytest.fixture
def write(work, tmp_path, monkeypatch):
    """Return a function that writes the features of the work's data in a number of parts."""

    def run(name, n=4, **options):
        monkeypatch.setattr(Source, "n_parts", n)
        return write_features(
            work.data, tmp_path / name, model=work.champion, tracking_uri=work.tracking_uri, **options
        )

    return run


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort("interaction_id", "as_of")


def visible(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def killed_at_part(n, write, name, monkeypatch):
    """Kill the job when `n` parts are written."""
    written, keep = [], Publication.write_part

    def write_part(self, path, content):
        if len(written) == n:
            raise KeyboardInterrupt
        written.append(path)
        keep(self, path, content)

    with monkeypatch.context() as patch:
        patch.setattr("forestall.publishing.staging.Staging.remove", lambda self: None)  # as after a kill
        patch.setattr(Publication, "write_part", write_part)
        with pytest.raises(KeyboardInterrupt):
            write(name)


@pytest.mark.parametrize("options", [{}, {"as_of": "2026-02-20T12:00:00Z", "all": True}])
def test_the_rows_are_the_same_in_any_number_of_parts(write, tmp_path, options):
    sizes = {n: write(f"{n}.parquet", n, **options) for n in (1, 4)}
    whole, parted = (pl.read_parquet(tmp_path / f"{n}.parquet") for n in (1, 4))
    assert_frame_equal(in_order(parted), in_order(whole), check_exact=True)
    assert sizes[4].n_moments == whole.height > 100
    assert sizes[4].n_features == whole.width - 2
    assert sizes[4].rows is None
    assert "4.parquet.manifest.json" in visible(tmp_path)
    assert not [name for name in visible(tmp_path) if name.startswith(".4")]


def test_a_csv_file_holds_the_same_text(write, tmp_path):
    for n in (1, 4):
        write(f"{n}.csv", n)
    whole, parted = ((tmp_path / f"{n}.csv").read_text(encoding="utf-8").splitlines() for n in (1, 4))
    assert parted[0] == whole[0]
    assert sorted(parted) == sorted(whole)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_time_before_all_interactions_gives_a_table_without_rows(write, tmp_path, ending):
    sizes = [write(f"{n}.{ending}", n, as_of="2000-01-01") for n in (1, 4)]
    assert [size.n_moments for size in sizes] == [0, 0]
    if ending == "csv":
        assert (tmp_path / "4.csv").read_text() == (tmp_path / "1.csv").read_text()
    else:
        assert_frame_equal(*(pl.read_parquet(tmp_path / f"{n}.parquet") for n in (1, 4)))


def test_python_gets_the_rows(write, work, tmp_path):
    write("table.parquet")
    rows = features(
        work.data, output=tmp_path / "table.parquet", model=work.champion, tracking_uri=work.tracking_uri
    )
    assert rows.equals(pl.read_parquet(tmp_path / "table.parquet"))


def test_a_killed_job_goes_on_with_the_parts_that_are_done(write, tmp_path, monkeypatch):
    write("table.parquet")
    first = (tmp_path / "table.parquet").read_bytes()
    killed_at_part(2, write, "killed.parquet", monkeypatch)
    assert not (tmp_path / "killed.parquet").exists()
    assert (tmp_path / ".killed.parquet.forestall-parts").is_dir()

    computed = []
    with monkeypatch.context() as patch:
        patch.setattr(
            "forestall.jobs.feature_parts.features_of_part",
            lambda *one: computed.append(1) or features_of_part(*one),
        )
        write("killed.parquet")
    assert len(computed) == 2
    assert (tmp_path / "killed.parquet").read_bytes() == first
    assert not (tmp_path / ".killed.parquet.forestall-parts").exists()


def test_another_job_does_not_take_the_parts_of_a_killed_one(write, tmp_path, monkeypatch):
    killed_at_part(2, write, "table.parquet", monkeypatch)
    write("table.parquet", as_of="2026-02-20T12:00:00Z", all=True)
    write("other.parquet", 1, as_of="2026-02-20T12:00:00Z", all=True)
    table, other = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("table", "other"))
    assert in_order(table).equals(in_order(other))
    assert not (tmp_path / ".table.parquet.forestall-parts").exists()


def test_a_folder_of_the_parts_name_that_is_not_ours_stays(write, tmp_path):
    mine = tmp_path / ".table.parquet.forestall-parts" / "notes.txt"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    write("table.parquet")
    assert mine.read_text(encoding="utf-8") == "mine"
    assert [item.name for item in mine.parent.iterdir()] == ["notes.txt"]


def test_the_same_job_again_has_nothing_to_do(write, tmp_path, monkeypatch):
    first = write("table.parquet")
    manifest = json.loads((tmp_path / "table.parquet.manifest.json").read_text(encoding="utf-8"))
    assert list(manifest["started"]) == ["read_at"]
    monkeypatch.setattr(Partition, "divide", None)
    assert write("table.parquet") == first


def test_after_an_error_nothing_is_left_and_the_old_file_stays(write, tmp_path, monkeypatch):
    write("table.parquet")
    before = (tmp_path / "table.parquet").read_bytes()

    def full(self, number, shared):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Partition, "part", full)
    with pytest.raises(
        InputError, match=r"table\.parquet must be written, the disk refuses it: No space left"
    ):
        write("table.parquet", as_of="2026-02-20T12:00:00Z")
    assert (tmp_path / "table.parquet").read_bytes() == before
    assert not (tmp_path / ".table.parquet.forestall-parts").exists()


def test_too_many_rejected_rows_stop_the_job(write, work, tmp_path):
    data = tmp_path / "data"
    forestall.read_tables(work.data).write(data)
    events = pl.read_parquet(data / "events.parquet").with_row_index("row")
    spoiled = events.with_columns(
        kind=pl.when(pl.col("row") % 9 > 0).then("kind").otherwise(pl.lit("two words"))
    )
    spoiled.drop("row").write_parquet(data / "events.parquet")
    with pytest.raises(InputError, match="events"):
        write_features(data, tmp_path / "table.parquet", model=work.champion, tracking_uri=work.tracking_uri)
    assert visible(tmp_path) == ["data"]


def test_whole_tables_are_never_made(write, monkeypatch):
    """A twin of the benchmark: what is held at once does not grow with the data."""
    heights = []
    of_checked = forestall.Tables.of_checked.__func__

    def noted(cls, frames, about):
        heights.append(frames["interactions"].height)
        return of_checked(cls, frames, about)

    monkeypatch.setattr(forestall.Tables, "of_checked", classmethod(noted))
    monkeypatch.setattr(forestall.Tables, "__init__", None)
    write("table.parquet")
    assert len(heights) == 4
    assert sum(heights) == 5000
    assert max(heights) < 2 * 5000 / 4
