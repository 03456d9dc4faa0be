"""Simulated data in memory and in a data folder."""

import json

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from forestall.data import read_tables
from forestall.errors import UsageError
from forestall.simulation import data_folder, simulate, simulate_tables
from forestall.simulation.data_folder import part_sizes


def test_the_seed_draws_people_and_days_of_one_world(tables: dict[str, pl.DataFrame]) -> None:
    again, other = simulate_tables(12_000, seed=1), simulate_tables(12_000, seed=3)
    for name, frame in tables.items():
        assert_frame_equal(frame, again[name])
    mine, theirs = tables["interactions"], other["interactions"]
    assert not mine["started_at"].equals(theirs["started_at"])
    for column in ("venue", "product", "locale", "channel"):
        assert set(mine[column].drop_nulls()) == set(theirs[column].drop_nulls()), column
    staff = [set(frame.drop_nulls("staff").select("venue", "staff").rows()) for frame in (mine, theirs)]
    assert len(staff[0] & staff[1]) > 0.9 * len(staff[0] | staff[1])
    pairs = [
        set(frame.select("product", "product_category", "is_commodity").rows()) for frame in (mine, theirs)
    ]
    assert pairs[0] == pairs[1]


def test_the_response_rate_only_changes_who_rates(tables: dict[str, pl.DataFrame]) -> None:
    fewer = simulate_tables(12_000, seed=1, response_rate=0.25)
    assert_frame_equal(fewer["interactions"], tables["interactions"])
    assert_frame_equal(fewer["events"], tables["events"])
    assert set(fewer["feedback"].rows()) < set(tables["feedback"].rows())
    assert fewer["feedback"].height / 12_000 == pytest.approx(0.25, abs=0.015)
    assert tables["feedback"].height / 12_000 == pytest.approx(0.33, abs=0.015)


@pytest.mark.parametrize("part_size", [5000, 700])
def test_a_folder_reads_back_as_the_tables(tmp_path, monkeypatch: pytest.MonkeyPatch, part_size: int) -> None:
    monkeypatch.setattr(data_folder, "PART_SIZE", part_size)
    rows = simulate(tmp_path / "data", 2000, seed=5, response_rate=0.4)
    expected = simulate_tables(2000, seed=5, response_rate=0.4)
    assert rows == {name: frame.height for name, frame in expected.items()}
    read = read_tables(tmp_path / "data")
    assert read.rejections.counts() == {}
    for name in ("interactions", "events", "feedback"):
        assert_frame_equal(getattr(read, name), expected[name], check_row_order=False)
    assert_frame_equal(pl.read_parquet(tmp_path / "data" / "truth.parquet"), expected["truth"])
    assert expected["interactions"]["interaction_id"].is_unique().all()
    about = json.loads((tmp_path / "data" / "about.json").read_text())
    assert about["simulated"] == {"interactions": 2000, "seed": 5, "response_rate": 0.4}
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_simulated_folder_is_replaced_and_no_other(tmp_path) -> None:
    out = tmp_path / "data"
    simulate(out, 300, seed=1)
    assert simulate(out, 200, seed=1)["interactions"] == 200
    assert pl.read_parquet(out / "interactions.parquet").height == 200
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("mine")
    with pytest.raises(
        UsageError, match=r"holds what no run of this kind wrote: 'notes\.txt'; nothing was changed"
    ):
        simulate(other, 200, seed=1)
    assert [path.name for path in other.iterdir()] == ["notes.txt"]
    (out / "manifest.json").unlink()  # as version 0.1 wrote it
    assert simulate(out, 100, seed=1)["interactions"] == 100
    read_tables(out).write(out)
    with pytest.raises(UsageError, match="holds the results of another job, `write`"):
        simulate(out, 200, seed=1)


def test_the_same_company_again_is_not_simulated_again(tmp_path, caplog) -> None:
    rows = simulate(tmp_path, 300, seed=1)
    before = (tmp_path / "events.parquet").stat().st_mtime_ns
    with caplog.at_level("INFO", "forestall"):
        assert simulate(tmp_path, 300, seed=1) == rows
    assert "nothing to do" in caplog.text
    assert (tmp_path / "events.parquet").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"n_interactions": 0}, "interactions must be between 1"),
        ({"seed": -1}, "seed must be between 0"),
        ({"response_rate": 1.5}, "response rate must be between 0 and 1, is 1.5"),
        ({"response_rate": float("nan")}, "response rate must be between 0 and 1, is nan"),
    ],
)
def test_numbers_out_of_range_are_refused_and_leave_nothing(tmp_path, numbers: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        simulate(tmp_path / "data", **({"n_interactions": 100} | numbers))
    assert list(tmp_path.iterdir()) == []


def test_the_smallest_company_has_one_interaction() -> None:
    tables = simulate_tables(1, seed=0)
    assert tables["interactions"].height == 1
    assert tables["events"]["interaction_id"].n_unique() == 1


@pytest.mark.parametrize("n", [1, 200_000, 200_001, 999_999])
def test_parts_hold_all_interactions_in_nearly_equal_numbers(n: int) -> None:
    sizes = part_sizes(n)
    assert sum(sizes) == n
    assert max(sizes) <= data_folder.PART_SIZE
    assert max(sizes) - min(sizes) <= 1
