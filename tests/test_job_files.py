"""Results of a job: its parts, the id of its run, and results of version 0.1."""

import json
from pathlib import Path

import polars as pl
import pytest

from forestall.errors import ForestallError, UsageError
from forestall.job_files import check_run_id, earlier_results, write_parts
from forestall.publishing import Job, Publication, open_output

NAMES = ("scores", "rejected", "summary.json")


def frame(rows: int, run_id: str = "a") -> pl.DataFrame:
    return pl.DataFrame({"interaction_id": [str(i) for i in range(rows)], "run_id": [run_id] * rows})


def test_results_are_written_in_parts(tmp_path: Path) -> None:
    with open_output(tmp_path) as place, place.publication(Job("score", "a", NAMES)) as publication:
        write_parts(frame(3), publication, "scores", rows=2)
    assert len(list((tmp_path / "scores").glob("*.parquet"))) == 2
    assert pl.read_parquet(tmp_path / "scores" / "*.parquet").height == 3
    parts = json.loads((tmp_path / "manifest.json").read_text())["parts"]
    assert [part["rows"] for part in parts] == [2, 1]


def test_no_rows_are_one_part(tmp_path: Path) -> None:
    with open_output(tmp_path) as place, place.publication(Job("score", "a", NAMES)) as publication:
        write_parts(frame(0), publication, "scores")
    assert pl.read_parquet(tmp_path / "scores" / "*.parquet").schema == frame(0).schema


def test_parts_with_another_number_of_rows_are_never_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Publication, "n_rows", lambda self, entry: 2)

    def publish() -> None:
        with (
            open_output(tmp_path / "out") as place,
            place.publication(Job("score", "a", NAMES)) as publication,
        ):
            write_parts(frame(3), publication, "scores")

    with pytest.raises(
        ForestallError, match="scores must have 3 rows, 2 were written; nothing was published"
    ):
        publish()
    assert list(tmp_path.iterdir()) == []


def test_results_of_version_0_1_are_found_by_their_summary_or_else_by_their_scores(tmp_path: Path) -> None:
    find = earlier_results(*NAMES)
    assert find(tmp_path) is None
    (tmp_path / "scores").mkdir()
    frame(2).write_parquet(tmp_path / "scores" / "part-00000.parquet")
    found = find(tmp_path)
    assert found is not None
    assert found.run_id == "a"
    (tmp_path / "summary.json").write_text('{"run_id": "b"}')
    found = find(tmp_path)
    assert found is not None
    assert found.run_id == "b"
    assert found.files == {"scores": "part-*.parquet", "rejected": "*.parquet", "summary.json": ""}


@pytest.mark.parametrize("text", ["my own", "{}", "[]"])
def test_a_summary_that_no_job_wrote_is_not_ours(tmp_path: Path, text: str) -> None:
    (tmp_path / "summary.json").write_text(text)
    assert earlier_results(*NAMES)(tmp_path) is None


@pytest.mark.parametrize("run_id", ["2026/11/01", "", "a" * 300, "night\n"])
def test_an_invalid_id_is_refused(run_id: str) -> None:
    with pytest.raises(UsageError, match="--run-id must be a name"):
        check_run_id(run_id)
