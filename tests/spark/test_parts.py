"""Parts that Spark's executors make have the scores, the rejected rows and the account of whole tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

import forestall
from forestall.data.plausible_times import latest_time
from forestall.errors import ForestallError, InputError
from forestall.registry import LoadedModel, load
from forestall.spark.scored_files import ScoredFile
from forestall.spark.scoring import SparkParts
from forestall.spark.stages import Stages
from forestall.streaming.median import NumberFile
from forestall.streaming.shared_facts import SharedFacts
from forestall.streaming.source import Source
from forestall.streaming.wanted import Wanted
from workshop import Work, spoil

N = 600


class Found(NamedTuple):
    """The rows of all parts by interaction, what the parts share, the rejected rows, and all files written."""

    rows: pl.DataFrame
    shared: SharedFacts
    rejected: dict[str, pl.DataFrame]
    done: list[ScoredFile]
    files: list[str]


@pytest.fixture(scope="module")
def model(work: Work) -> LoadedModel:
    return load(work.champion, work.tracking_uri)


@pytest.fixture(scope="module")
def small(work: Work, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder of the first interactions, each table in two files."""
    tables = forestall.read_tables(work.data)
    first = tables.interactions.head(N)
    folder = tmp_path_factory.mktemp("small")
    for name in ("interactions", "events", "feedback"):
        rows = getattr(tables, name).join(first.select("interaction_id"), on="interaction_id", how="semi")
        (folder / name).mkdir()
        for number, part in enumerate((rows.head(rows.height // 3), rows.slice(rows.height // 3))):
            part.write_parquet(folder / name / f"part-{number}.parquet")
    (folder / "about.json").write_bytes((work.data / "about.json").read_bytes())
    return folder


@pytest.fixture
def score(spark: Any, model: LoadedModel, tmp_path: Path) -> Callable[..., Found]:
    """Return a function that scores a data folder in parts."""

    def run(data: Path, part_interactions: int = 150, as_of: Any = None, **how: Any) -> Found:
        target = tmp_path / "scores"
        target.mkdir()
        wanted = Wanted.by(model.risk_model, as_of, end=as_of is None, typical_value=True)
        source = Source.open(data)
        with SparkParts.of(spark, source, wanted, latest_time(source.about), part_interactions) as parts:
            shared = parts.shared(NumberFile(tmp_path / "values"))
            rejected = {
                table: pl.concat(frames.values(), how="diagonal_relaxed")
                for table in ("interactions", "events", "feedback", "cells")
                if (frames := parts.rejected(table))
            }
            done = [one.file for one in parts.score(model.risk_model, shared, target, **how)]
        files = sorted(file.name for file in target.glob("*.parquet"))
        rows = pl.concat([pl.read_parquet(target / file.name) for file in done])
        return Found(rows.sort("interaction_id"), shared, rejected, done, files)

    return run


def expected(model: LoadedModel, data: Path, **how: Any) -> pl.DataFrame:
    tables = forestall.read_tables(data, max_rejected=1)
    return model.risk_model.score(tables, **how).sort("interaction_id")


def changed(small: Path, target: Path, **changes: Callable[[pl.DataFrame], pl.DataFrame]) -> Path:
    """Write a data folder with some tables changed."""
    whole = target.with_name("whole")
    whole.mkdir()
    for name in ("interactions", "events", "feedback"):
        pl.read_parquet(small / name / "*.parquet").write_parquet(whole / f"{name}.parquet")
    spoil(whole, target, **changes)
    (target / "about.json").write_bytes((small / "about.json").read_bytes())
    return target


def test_parts_have_the_scores_and_the_facts_of_the_whole(
    score: Callable[..., Found], small: Path, model: LoadedModel
) -> None:
    found = score(small)
    tables = forestall.read_tables(small)
    assert len(found.done) == 4
    assert found.rows.equals(expected(model, small), null_equal=True)
    assert found.shared.end == forestall.moments.end_of_records(tables)
    assert found.shared.typical_value == tables.interactions["customer_value"].median()
    assert found.shared.about == tables.about
    assert found.shared.account.n_rows["events"] == tables.events.height
    assert found.rejected == {}
    assert found.files == sorted(file.name for file in found.done)


def test_reasons_and_a_time_pass_to_the_workers(
    score: Callable[..., Found], small: Path, model: LoadedModel
) -> None:
    soon = forestall.read_tables(small).interactions["started_at"].sort()[N // 2]
    found = score(small, as_of=soon, reasons="medium", language="da")
    wanted = expected(model, small, as_of=soon, reasons_from="medium", language="da")
    assert 0 < wanted.height < N
    assert found.rows.equals(wanted, null_equal=True)


def test_a_customer_with_most_of_the_interactions_stays_whole(
    score: Callable[..., Found], small: Path, model: LoadedModel, tmp_path: Path
) -> None:
    is_often = pl.int_range(pl.len()) % 4 != 0
    data = changed(
        small, tmp_path / "skewed",
        interactions=lambda frame: frame.with_columns(
            pl.when(is_often).then(pl.lit("the one")).otherwise("customer_id").alias("customer_id")
        ),
    )  # fmt: skip
    found = score(data, part_interactions=20)
    assert max(file.rows for file in found.done) >= 450
    assert found.rows.equals(expected(model, data), null_equal=True)


def test_unknown_customers_have_no_past_and_are_spread(
    score: Callable[..., Found], small: Path, model: LoadedModel, tmp_path: Path
) -> None:
    data = changed(
        small, tmp_path / "unknown", interactions=lambda frame: frame.with_columns(customer_id=pl.lit(None, pl.String))
    )  # fmt: skip
    found = score(data, part_interactions=100)
    assert max(file.rows for file in found.done) < N / 3
    assert found.rows.equals(expected(model, data), null_equal=True)


def test_parts_without_rows_are_left_out(
    score: Callable[..., Found], small: Path, model: LoadedModel, tmp_path: Path
) -> None:
    first = pl.read_parquet(small / "interactions" / "*.parquet").head(3)
    data = changed(
        small, tmp_path / "few",
        interactions=lambda frame: frame.head(3),
        events=lambda frame: frame.join(first, on="interaction_id", how="semi"),
        feedback=lambda frame: frame.clear(),
    )  # fmt: skip
    found = score(data, part_interactions=1)
    assert len(found.done) <= 3
    assert found.rows.equals(expected(model, data), null_equal=True)
    assert found.rows.height == 3


def test_bad_rows_are_rejected_as_in_the_whole_tables(
    score: Callable[..., Found], small: Path, model: LoadedModel, tmp_path: Path
) -> None:
    def interactions(frame: pl.DataFrame) -> pl.DataFrame:
        """Double keys, with other customers and in other files; the first of one pair has no time."""
        again = frame.slice(5, 20).with_columns(pl.format("other {}", "customer_id").alias("customer_id"))
        timeless = frame.slice(40, 4).with_columns(
            started_at=pl.lit(None, frame.schema["started_at"]), customer_id=pl.lit("nobody")
        )
        keyless = frame.slice(50, 2).with_columns(interaction_id=pl.lit(None, pl.String))
        return pl.concat([timeless, frame, again, keyless])

    def events(frame: pl.DataFrame) -> pl.DataFrame:
        orphans = frame.head(7).with_columns(interaction_id=pl.lit("nowhere 🙂"))
        worded = frame.slice(9, 3).with_columns(kind=pl.lit("no word"))
        return pl.concat([frame, orphans, worded])

    data = changed(small, tmp_path / "bad", interactions=interactions, events=events)
    found, tables = score(data), forestall.read_tables(data, max_rejected=1)
    assert found.rows.equals(expected(model, data), null_equal=True)
    assert found.shared.account.rejected == tables.rejections.tally
    assert {rule for counts in tables.rejections.counts().values() for rule in counts} == {
        "duplicate_key", "no_time", "no_interaction_id", "orphan_event", "kind_is_no_word",
    }  # fmt: skip
    for table, rows in tables.rejections.frames.items():
        told = found.rejected[table].select(rows.columns)
        assert told.sort(rows.columns).equals(rows.sort(rows.columns), null_equal=True)
    with pytest.raises(InputError, match=r"the rejected share of each table must be at most 0\.001"):
        found.shared.account.check(0.001)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[int], Path]:
    """Return a function that lets each task that scores fail so many times, when its file is written."""
    whole = Stages.working

    def let_fail(times: int) -> Path:
        marks = tmp_path / "marks"
        marks.mkdir()

        def working(self: Stages, stage: str) -> Callable[[Iterator[Any]], Iterator[Any]]:
            run, folder = whole(self, stage), str(marks)

            def once(batches: Iterator[Any]) -> Iterator[Any]:
                from pyspark import TaskContext

                context = TaskContext.get()
                answer = list(run(batches))
                if stage == "score" and answer and context.attemptNumber() < times:
                    (Path(folder) / f"{context.partitionId()}-{context.attemptNumber()}").touch()
                    raise RuntimeError("a customer's own words")
                yield from answer

            return once

        monkeypatch.setattr(Stages, "working", working)
        return marks

    return let_fail


def test_a_task_that_failed_and_was_retried_neither_loses_nor_doubles_rows(
    score: Callable[..., Found], failing: Callable[[int], Path], small: Path, model: LoadedModel
) -> None:
    marks = failing(1)
    found = score(small)
    assert len(list(marks.iterdir())) == len(found.done) == 4
    assert len(found.files) == 8
    assert found.rows.equals(expected(model, small), null_equal=True)


@pytest.mark.proof  # its twin is in test_stages.py
def test_a_task_that_fails_again_and_again_ends_the_job_without_a_traceback(
    score: Callable[..., Found], failing: Callable[[int], Path], small: Path
) -> None:
    failing(9)
    with pytest.raises(ForestallError, match="Spark must finish all tasks") as raised:
        score(small)
    assert "words" not in str(raised.value)
    assert "Error" not in str(raised.value)


def test_a_file_that_changes_is_named(spark: Any, model: LoadedModel, small: Path, tmp_path: Path) -> None:
    data = changed(small, tmp_path / "changes")
    source = Source.open(data)
    said = r"events\.parquet must stay the same while it is read, it was changed"
    with SparkParts.of(spark, source, Wanted.by(model.risk_model), None, 150) as parts:
        pl.read_parquet(data / "events.parquet").head(9).write_parquet(data / "events.parquet")
        with pytest.raises(InputError, match=said):
            parts.shared(NumberFile(tmp_path / "values"))
