"""The stages of a job, one after another without Spark, in any order of arrival."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import forestall
from forestall.data.plausible_times import latest_time
from forestall.model import RiskModel
from forestall.registry import load
from forestall.spark import worker
from forestall.spark.frame_rows import FrameRow, Numbered, frames_of, object_in, to_batches
from forestall.spark.scored_files import ScoredPart
from forestall.spark.shipped_model import ShippedModel
from forestall.spark.slices import slices_of
from forestall.streaming.account import Account
from forestall.streaming.shared_facts import SharedFacts
from forestall.streaming.source import Source
from forestall.streaming.wanted import Wanted
from workshop import Work

N = 300


@pytest.fixture(scope="module")
def model(work: Work) -> RiskModel:
    return load(work.champion, work.tracking_uri).risk_model


@pytest.fixture
def data(work: Work, tmp_path: Path) -> Path:
    tables = forestall.read_tables(work.data)
    first = tables.interactions.head(N)
    some = {
        name: getattr(tables, name).join(first.select("interaction_id"), on="interaction_id", how="semi")
        for name in ("events", "feedback")
    }
    tables.replace(interactions=first, **some).write(tmp_path / "data")
    return tmp_path / "data"


def shuffled(rows: Iterable[FrameRow], seed: int) -> dict[int, dict[str, Numbered]]:
    """Give the frames of each destination, after they arrived in any order."""
    some = list(rows)
    random.Random(seed).shuffle(some)
    return frames_of(to_batches(some))


def stage(
    function: Callable[..., Iterator[FrameRow]], job: Any, given: dict[int, dict[str, Numbered]]
) -> list[FrameRow]:
    return [row for dest, kinds in given.items() for row in function(job, dest, kinds)]


@pytest.mark.parametrize(("has_queue", "seed"), [(True, 1), (True, 2), (False, 3)])
def test_the_stages_give_the_scores_of_whole_tables(
    model: RiskModel, data: Path, tmp_path: Path, has_queue: bool, seed: int
) -> None:
    source, wanted = Source.open(data), replace(Wanted.by(model), has_queue=has_queue)
    empty = {table: stream.empty for table, stream in source.tables.items()}
    slices = tuple(slices_of(source, rows=97))
    whole = source.whole(latest_time(source.about))
    division = worker.Division(slices, empty, whole, source.about, N, wanted, n_parts=5)
    checked = stage(worker.check, division, shuffled(worker.read(division, range(len(slices))), seed))
    account = Account()
    for row in checked:
        if row.kind == worker.ACCOUNT:
            account = account.plus(object_in(row.frame))
    shared = SharedFacts.of(source.about, empty["interactions"].columns, account)
    parts = [row for row in checked if row.kind in worker.OF_PARTS]
    waits = [row for row in checked if row.kind == worker.WAITS]
    assert bool(waits) is has_queue
    parts += stage(worker.queues, division, shuffled(waits, seed))
    target = tmp_path / "scores"
    target.mkdir()
    own = pl.DataFrame({"run_id": ["night"]})
    job = worker.Scoring(
        ShippedModel.of(model),
        shared.about,
        division.no_valid_rows,
        has_queue,
        target,
        False,
        "en",
        own,
        None,
        {},
    )
    done: list[ScoredPart] = [object_in(row.frame) for row in stage(worker.score, job, shuffled(parts, seed))]
    rows = pl.concat([pl.read_parquet(target / one.file.name) for one in done])
    assert rows["run_id"].unique().to_list() == ["night"]
    assert sum(one.file.rows for one in done) == rows.height == N
    expected = model.score(forestall.read_tables(data)).sort("interaction_id")
    found = rows.drop("run_id").sort("interaction_id")
    if has_queue:
        assert found.equals(expected, null_equal=True)
    else:  # each part has only some of the customers of a queue
        assert found["interaction_id"].equals(expected["interaction_id"])
        assert not found.equals(expected, null_equal=True)


def test_a_part_that_was_scored_before_is_only_added_up(model: RiskModel, data: Path, tmp_path: Path) -> None:
    class Totals:
        n = 0

        def add(self, rows: pl.DataFrame, tables: forestall.Tables) -> None:
            self.n = rows.height + tables.interactions.height

    written = tmp_path / "part.parquet"
    pl.DataFrame({"a": [1, 2]}).write_parquet(written)
    tables = forestall.read_tables(data)
    frames: dict[str, Numbered] = {
        name: {0: getattr(tables, name)} for name in ("interactions", "events", "feedback")
    }
    empty = {name: getattr(tables, name).clear() for name in frames}
    totals = Totals()
    job = worker.Scoring(
        ShippedModel.of(model),
        tables.about,
        empty,
        False,
        tmp_path,
        False,
        "en",
        pl.DataFrame(),
        totals,
        {3: written},
    )
    part = worker.part_of(job, frames)
    totals_of_part = []
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:  # the class of this test cannot be pickled
        patch.setattr(worker, "of_object", lambda one: totals_of_part.append(one) or pl.DataFrame({"a": [0]}))
        rows = list(worker.score(job, 3, frames))
    assert len(rows) == 1
    assert totals_of_part[0].file.name == ""
    assert totals_of_part[0].totals.n == 2 + part.tables.interactions.height
    assert totals.n == 0
    assert sorted(file.name for file in tmp_path.glob("*.parquet")) == ["part.parquet"]
