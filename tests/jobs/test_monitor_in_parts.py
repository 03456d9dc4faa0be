"""Monitoring of large data folders: the same figures in any number of parts."""

import json

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import forestall
from forestall.data import Tables
from forestall.errors import InputError
from forestall.jobs.monitor import monitor
from forestall.simulation import simulate_tables
from forestall.streaming.partition import Partition
from forestall.streaming.source import Source

N_NOW = 1500


@pytest.fixture(scope="module")
def now(work, tmp_path_factory):
    """Return newer data of the same company, with some interactions of the reference and some rows that are bad."""
    frames = simulate_tables(N_NOW, seed=2)
    frames.pop("truth")
    own = pl.concat_str(pl.lit("new "), pl.col("interaction_id"))
    frames = {name: frame.with_columns(interaction_id=own) for name, frame in frames.items()}
    before = forestall.read_tables(work.data)
    known = before.interactions.head(300).select("interaction_id")
    of_known = {
        name: getattr(before, name).join(known, on="interaction_id", how="semi", maintain_order="left")
        for name in frames
    }
    folder = tmp_path_factory.mktemp("now") / "data"
    Tables(**{name: pl.concat([of_known[name], frames[name]], how="diagonal") for name in frames}).write(
        folder
    )
    events = pl.read_parquet(folder / "events.parquet").with_row_index("row")
    kind = pl.when(pl.col("row") % 911 != 5).then("kind").otherwise(pl.lit("two words"))
    events.with_columns(kind=kind).drop("row").write_parquet(folder / "events.parquet")
    return folder


@pytest.fixture(scope="module")
def in_parts(work, now, tmp_path_factory):
    """Return a function that monitors in a number of parts and returns the output."""
    made = {}

    def run(n, **options):
        if n not in made or options:
            out = tmp_path_factory.mktemp("out") / "out"
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Source, "n_parts", n)
                for name, most in (("cohorts", 1000), ("outcomes", 300)):  # so that interactions are drawn
                    patch.setattr(f"forestall.monitoring.{name}.MOST_INTERACTIONS", most)
                patch.setattr("forestall.monitoring.scored_cohort.MOST_EXPLAINED", 200)
                monitor(work.champion, work.data, now, output=out, tracking_uri=work.tracking_uri, **options)
            if options:
                return out
            made[n] = out
        return made[n]

    return run


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_figures_and_the_page_are_the_same_in_parts(in_parts):
    whole, parted = (in_parts(n) for n in (1, 3))
    for name in ("monitoring.json", "report.html"):
        assert (parted / name).read_text(encoding="utf-8") == (whole / name).read_text(encoding="utf-8")
    assert read(whole / "monitoring.json")["reference"]["n"] == 1000
    drifts = [pl.read_parquet(out / "features.parquet") for out in (whole, parted)]
    assert_frame_equal(*drifts, check_exact=True)


def test_the_summary_and_the_rejected_rows_are_the_same(in_parts):
    whole, parted = (read(in_parts(n) / "summary.json") | {"run_id": ""} for n in (1, 3))
    assert parted == whole
    assert whole["rejected_events"] > 0
    rows = [
        pl.read_parquet(in_parts(n) / "rejected" / "events.parquet").sort("interaction_id", "at", "actor")
        for n in (1, 3)
    ]
    assert_frame_equal(*rows)
    assert not list(in_parts(3).glob(".forestall*"))


def test_past_scores_are_compared_in_parts_too(in_parts, work, now, tmp_path):
    forestall.score(
        work.champion, now, output=tmp_path / "night", contacts=50, tracking_uri=work.tracking_uri
    )
    outs = [in_parts(n, scores=tmp_path) for n in (1, 3)]
    whole, parted = (read(out / "monitoring.json") for out in outs)
    assert parted == whole
    assert read(outs[1] / "summary.json")["metrics"]["realised/n"] > 100


def test_data_that_hold_nothing_new_are_the_same_error(in_parts, work, tmp_path, monkeypatch):
    monkeypatch.setattr(Source, "n_parts", 3)
    with pytest.raises(
        InputError, match="the current data must hold interactions that the reference has not"
    ):
        monitor(work.champion, work.data, work.data, output=tmp_path / "out", tracking_uri=work.tracking_uri)
    assert not (tmp_path / "out").exists()


def test_whole_tables_are_never_made(in_parts, monkeypatch):
    """A twin of the benchmark: what is held at once does not grow with the data."""
    heights, part = [], Partition.part

    def noted(self, *arguments, **options):
        found = part(self, *arguments, **options)
        heights.append(found.tables.interactions.height)
        return found

    monkeypatch.setattr(Partition, "part", noted)
    monkeypatch.setattr(Tables, "__init__", None)
    in_parts(5, max_rejected=0.06)
    assert 0 < max(heights) < 2 * 5000 / 5
