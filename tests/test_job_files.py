"""Results of a job are written all at once, and never over those of another run."""

from pathlib import Path

import polars as pl
import pytest

from forestall.errors import UsageError
from forestall.job_files import results_folder, write_parts, write_summary

NAMES = ("scores", "rejected")


def write(output: Path, run_id: str, rows: int = 3, rejected: bool = False) -> None:
    frame = pl.DataFrame({"interaction_id": [str(i) for i in range(rows)], "run_id": [run_id] * rows})
    with results_folder(output, run_id, NAMES) as folder:
        write_parts(frame, folder / "scores", rows=2)
        if rejected:
            (folder / "rejected").mkdir()
        write_summary(folder, {"run_id": run_id})


def entries(output: Path) -> list[str]:
    return sorted(path.name for path in output.iterdir())


def test_results_are_written_in_parts(tmp_path: Path) -> None:
    write(tmp_path / "out", "a")
    assert entries(tmp_path / "out") == ["scores", "summary.json"]
    assert len(list((tmp_path / "out" / "scores").glob("*.parquet"))) == 2
    assert pl.read_parquet(tmp_path / "out" / "scores" / "*.parquet").height == 3


def test_a_run_replaces_all_of_its_own_results(tmp_path: Path) -> None:
    write(tmp_path, "a", rows=5, rejected=True)
    write(tmp_path, "a", rows=1)
    assert entries(tmp_path) == ["scores", "summary.json"]
    assert pl.read_parquet(tmp_path / "scores" / "*.parquet").height == 1


def test_another_run_is_refused_with_what_to_do(tmp_path: Path) -> None:
    write(tmp_path, "a")
    with pytest.raises(UsageError, match="holds the results of run a; choose another --output"):
        write(tmp_path, "b")
    assert pl.read_parquet(tmp_path / "scores" / "*.parquet")["run_id"].unique().to_list() == ["a"]


def test_scores_without_a_summary_belong_to_their_run_too(tmp_path: Path) -> None:
    write(tmp_path, "a")
    (tmp_path / "summary.json").unlink()
    with pytest.raises(UsageError, match="run a"):
        write(tmp_path, "b")


def test_a_summary_that_no_job_wrote_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text("my own")
    with pytest.raises(UsageError, match="no run of this kind wrote"):
        write(tmp_path, "a")
    assert (tmp_path / "summary.json").read_text() == "my own"


def test_a_job_that_fails_changes_nothing(tmp_path: Path) -> None:
    def fail(output: Path) -> None:
        with results_folder(output, "a", NAMES) as folder:
            write_parts(pl.DataFrame({"run_id": ["a"]}), folder / "scores")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    write(tmp_path / "old", "a")
    with pytest.raises(ZeroDivisionError):
        fail(tmp_path / "old")
    assert entries(tmp_path / "old") == ["scores", "summary.json"]
    assert pl.read_parquet(tmp_path / "old" / "scores" / "*.parquet").height == 3


def test_an_output_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="must be a folder"):
        write(tmp_path / "out", "a")


@pytest.mark.parametrize("run_id", ["2026/11/01", "", "a" * 300, "night\n"])
def test_an_invalid_id_is_refused_before_anything_is_written(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(UsageError, match="--run-id must be a name"):
        write(tmp_path / "out", run_id)
    assert entries(tmp_path) == []
