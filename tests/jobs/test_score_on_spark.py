"""A scoring job whose parts Spark makes writes what the job of one process writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import forestall
from forestall.errors import InputError
from forestall.jobs.score import ScoreResult
from forestall.publishing import Publication, read_manifest
from forestall.spark.scored_files import Published
from workshop import Work

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
N = 900


@pytest.fixture
def data(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a data folder with bad rows that counts as large."""
    monkeypatch.setattr("forestall.streaming.source.PART_INTERACTIONS", 300)
    tables = forestall.read_tables(work.data)
    first = tables.interactions.head(N)
    events, feedback = (
        frame.join(first.select("interaction_id"), on="interaction_id", how="semi")
        for frame in (tables.events, tables.feedback)
    )
    again = first.slice(7, 5).with_columns(customer_id=pl.lit("someone else"))
    folder = tmp_path / "data"
    folder.mkdir()
    pl.concat([first, again]).write_parquet(folder / "interactions.parquet")
    pl.concat([events, events.head(3).with_columns(kind=pl.lit("two words"))]).write_parquet(
        folder / "events.parquet"
    )
    feedback.write_parquet(folder / "feedback.parquet")
    (folder / "about.json").write_bytes((work.data / "about.json").read_bytes())
    return folder


@pytest.fixture
def score(work: Work, data: Path, tmp_path: Path) -> Callable[..., ScoreResult]:
    def run(engine: str, output: str = "", **options: Any) -> ScoreResult:
        how = {"scored_at": NOON, "run_id": "night", "contacts": 9, "reasons_from": "high"} | options
        place = tmp_path / (output or engine)
        return forestall.score(
            work.champion, data, output=place, engine=engine, tracking_uri=work.tracking_uri, **how
        )

    return run


def files_of(output: Path) -> list[str]:
    return sorted(file.relative_to(output).as_posix() for file in output.rglob("*") if file.is_file())


def test_both_engines_write_the_same(score: Callable[..., ScoreResult], spark: Any, tmp_path: Path) -> None:
    here, there = score("local"), score("spark")
    assert here.figures == there.figures
    assert here.figures["rejected"] == 5
    one, other = (result.scores.sort("interaction_id") for result in (here, there))
    assert one.schema == other.schema
    assert one.equals(other, null_equal=True)
    assert here.contact_list is not None
    assert there.contact_list is not None
    assert here.contact_list.equals(there.contact_list, null_equal=True)
    for table in ("interactions", "events"):
        rows = [
            pl.read_parquet(tmp_path / engine / "rejected" / f"{table}.parquet")
            for engine in ("local", "spark")
        ]
        assert rows[0].sort(pl.all()).equals(rows[1].sort(pl.all()), null_equal=True)
    page = [
        (tmp_path / engine / "contact_list.html").read_text(encoding="utf-8") for engine in ("local", "spark")
    ]
    assert page[0] == page[1]
    manifest = read_manifest(tmp_path / "spark")
    assert manifest is not None
    assert manifest.is_whole(tmp_path / "spark")
    assert [name for name in files_of(tmp_path / "spark") if name.startswith("scores/")] == [
        f"scores/part-{number:05d}.parquet" for number in range(4)
    ]
    assert not [item for item in (tmp_path / "spark").iterdir() if item.name.startswith(".")]


def test_a_job_that_was_killed_goes_on_with_the_parts_that_are_done(
    score: Callable[..., ScoreResult], spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    whole, taken = Published.take, []

    def take(self: Published, part: Any) -> None:
        if len(taken) == 2:
            raise Killed
        taken.append(part)
        whole(self, part)

    with monkeypatch.context() as patch:
        patch.setattr(Published, "take", take)
        patch.setattr(Published, "look", lambda self: None)
        patch.setattr("forestall.publishing.staging.Staging.remove", lambda self: None)
        with pytest.raises(Killed):
            score("spark", "out", scored_at=None)
    left = next((tmp_path / "out").glob(".forestall-*"))
    begun = json.loads((left / "job.json").read_text())["started"]["scored_at"]
    files = sorted((left / "new" / "scores").iterdir())
    assert len(files) == 2
    stamps = [file.stat().st_ino for file in files]
    result = score("spark", "out", scored_at=None)
    assert [(tmp_path / "out" / "scores" / file.name).stat().st_ino for file in files] == stamps
    assert result.figures["scored_at"] == begun
    expected = score("local", scored_at=datetime.fromisoformat(begun))
    assert result.figures == expected.figures
    assert result.scores.sort("interaction_id").equals(
        expected.scores.sort("interaction_id"), null_equal=True
    )
    assert not list((tmp_path / "out").glob(".forestall-*"))


def test_too_many_rejected_rows_stop_the_job_before_it_scores(
    score: Callable[..., ScoreResult], spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Publication, "write_part", lambda *_: pytest.fail("a part was written"))
    with pytest.raises(InputError, match=r"interactions lost 5 of 905 rows \(duplicate_key 5\)"):
        score("spark", max_rejected=0.001)
    assert files_of(tmp_path / "spark") == []
