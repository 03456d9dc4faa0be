"""Scores of data in parts: the rows in PostgreSQL are those of a folder."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import forestall
from workshop import Work


def test_data_that_are_scored_in_parts_have_the_same_rows(
    work: Work, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forestall.streaming.source.PART_INTERACTIONS", 1_000)
    how = {"scored_at": datetime(2026, 11, 1, tzinfo=UTC), "tracking_uri": work.tracking_uri, "contacts": 5}
    here, there, again = (
        forestall.score(work.champion, work.data, output=output, run_id="parts", **how)
        for output in (tmp_path / "out", database, database)
    )
    assert len(list((tmp_path / "out" / "scores").iterdir())) > 1
    assert there.scores.equals(here.scores)
    assert there.figures == here.figures
    assert again.was_done
    assert again.scores.equals(here.scores)
