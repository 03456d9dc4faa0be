"""Bad input: one line, an exit code, and nothing half-written."""

import json
import time
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from forestall.registry.tracking import connect
from workshop import Run, Work, error_of, spoil

BAD = {
    "missing table": ({"events": None}, 1, "must have events.parquet"),
    "missing required column": ({"events": lambda f: f.drop("at")}, 1, "'at'"),
    "wrong type": ({"events": lambda f: f.with_columns(at=pl.lit("soon"))}, 1, "events"),
    "empty table": ({"interactions": lambda f: f.clear()}, 1, "interactions must have rows"),
    "all rows rejected": (
        {"interactions": lambda f: f.with_columns(interaction_id=pl.lit("x"))},
        1,
        "interactions",
    ),
    "events before start": (
        {"events": lambda f: f.with_columns(at=pl.col("at") - timedelta(days=999))},
        1,
        "event_before_start",
    ),
    "ratings off the scale": (
        {"feedback": lambda f: f.with_columns(rating=pl.lit(9.0))},
        1,
        "rating_off_scale",
    ),
    "infinite ratings": (
        {"feedback": lambda f: f.with_columns(rating=pl.lit(float("inf")))},
        1,
        "infinite_number",
    ),
    "one class": ({"feedback": lambda f: f.with_columns(rating=pl.lit(5.0))}, 1, "labels of both kinds"),
    "no feedback": ({"feedback": None}, 1, "labels of both kinds"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_data_stop_the_training_with_one_line(run: Run, work: Work, tmp_path: Path, name: str) -> None:
    changes, expected, said = BAD[name]
    spoil(work.data, tmp_path / "data", **changes)
    before = len(connect(work.tracking_uri).search_model_versions("name = 'quick-risk'"))
    code, out, err = run("train", "data", "--model", work.model, "--tracking-uri", work.tracking_uri)
    assert (code, out) == (expected, "")
    assert said in error_of(err)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert len(connect(work.tracking_uri).search_model_versions("name = 'quick-risk'")) == before


@pytest.mark.parametrize(
    "name", ["missing table", "wrong type", "empty table", "all rows rejected", "events before start"]
)
def test_bad_data_stop_the_scoring_before_anything_is_written(
    run: Run, work: Work, tmp_path: Path, name: str
) -> None:
    changes, expected, said = BAD[name]
    spoil(work.data, tmp_path / "data", **changes)
    words = ["score", work.champion, "data", "--output", "out", "--tracking-uri", work.tracking_uri]
    code, out, err = run(*words)
    assert (code, out) == (expected, "")
    assert said in error_of(err)
    assert not (tmp_path / "out").exists()


def test_an_error_never_shows_a_customers_data(run: Run, work: Work, tmp_path: Path) -> None:
    spoil(work.data, tmp_path / "data", events=lambda f: f.with_columns(at=pl.lit("Mrs Secret")))
    assert "Secret" not in "".join(map(str, run("check", "data")))


def test_rejected_rows_are_kept_even_when_they_are_too_many(run: Run, work: Work, tmp_path: Path) -> None:
    spoil(work.data, tmp_path / "data", events=lambda f: f.with_columns(kind=pl.lit("?!")))
    code, out, err = run("check", "data", "--rejected", "bad", "--format", "json")
    assert code == 1
    assert json.loads(out)["rejected_share"]["events"] == 1
    assert "kind_is_no_word" in error_of(err)
    assert (
        pl.read_parquet(tmp_path / "bad" / "events.parquet").height
        == pl.read_parquet(work.data / "events.parquet").height
    )
    assert run("check", "data", "--max-rejected", 1)[0] == 0


def test_unknown_kinds_mixed_zones_and_duplicates_are_taken_and_counted(
    run: Run, work: Work, tmp_path: Path
) -> None:
    def zones(frame: pl.DataFrame) -> pl.DataFrame:
        there = pl.col("at").dt.convert_time_zone("Asia/Kolkata").dt.to_string("%Y-%m-%dT%H:%M:%S%.6f%:z")
        here = pl.col("at").dt.to_string("%Y-%m-%dT%H:%M:%S%.6f%:z")
        return frame.with_columns(at=pl.when(pl.int_range(pl.len()) % 2 == 0).then(there).otherwise(here))

    def with_dance(frame: pl.DataFrame) -> pl.DataFrame:
        return zones(pl.concat([frame, frame.head(3).with_columns(kind=pl.lit("danced"))]))

    spoil(work.data, tmp_path / "data", events=with_dance, interactions=lambda f: pl.concat([f, f.head(4)]))
    code, out, _ = run("check", "data", "--format", "json")
    found = json.loads(out)
    assert code == 0
    assert found["unknown_kinds"] == {"danced": 3}
    assert found["rejected"] == {"interactions": {"duplicate_key": 4}}
    _, out, _ = run("check", work.data, "--format", "json")
    assert found["time_span"] == json.loads(out)["time_span"]


def test_a_category_that_training_never_saw_is_scored(run: Run, work: Work, tmp_path: Path) -> None:
    spoil(work.data, tmp_path / "data", interactions=lambda f: f.with_columns(channel=pl.lit("telepathy")))
    words = ["score", work.champion, "data", "--output", "out", "--tracking-uri", work.tracking_uri]
    assert run(*words)[0] == 0
    assert (
        pl.read_parquet(tmp_path / "out" / "scores" / "*.parquet")["dissatisfaction_risk"]
        .is_between(0, 1)
        .all()
    )


def test_a_model_yaml_with_an_unknown_key_names_the_nearest(run: Run, work: Work, tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text((work.model / "model.yaml").read_text().replace("seed:", "sede:"))
    code, _, err = run("train", work.data, "--model", tmp_path)
    assert code == 2
    assert "unknown key 'sede', did you mean 'seed'?" in error_of(err)
    assert not (tmp_path / "mlflow.db").exists()


def test_a_server_that_is_not_there_stops_the_job_before_its_work(
    run: Run, work: Work, tmp_path: Path
) -> None:
    begin = time.monotonic()
    for words in (
        ["train", work.data, "--model", work.model],
        ["promote"],
        ["score", work.champion, work.data, "--output", "out"],
    ):
        code, out, err = run(*words, "--tracking-uri", "http://127.0.0.1:9")
        assert (code, out) == (1, "")
        assert "http://127.0.0.1:9 cannot be reached" in error_of(err)
    assert time.monotonic() - begin < 10
    assert list(tmp_path.iterdir()) == []
