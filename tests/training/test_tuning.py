"""Tuning: what a trial sees, that chance and threads do not matter, and that a kill loses nothing."""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import yaml

import forestall
from forestall.errors import InputError
from forestall.jobs.train import train
from forestall.model import Spec
from forestall.registry.tracking import connect
from forestall.simulation import simulate, simulate_tables
from forestall.training.labelled_moments import labelled_moments, split
from forestall.training.training_set import TrainingSet
from forestall.training.tuning import Tuned, tune

N_TRIALS = 9
# settings that are easily beaten, and trials that are soon over
SETTINGS = {
    "name": "tuned",
    "label": {"scale": [1, 5], "dissatisfied_at_or_below": 2},
    "families": ["service", "resolution", "history"],
    "moments": {"per_interaction": 1},
    "lightgbm": {"learning_rate": 0.3, "num_leaves": 63, "extra_trees": False, "lambda_l2": 0},
    "tuning": {"windows": 2, "together": 2, "leave_out": ["history"], "space": {"learning_rate": [0.1, 0.3]}},
    "gate": {"min_labelled": 100, "min_dissatisfied": 20},
    "privacy": {"least_customers": 1, "staff": True},  # with fewer facts the first settings are hard to beat
}
SPEC = Spec(**SETTINGS)


def company() -> forestall.Tables:
    frames = simulate_tables(2500, seed=1)
    frames.pop("truth")
    return forestall.Tables(**frames)


def work_of(tables: forestall.Tables, spec: Spec = SPEC, n_jobs: int = 2) -> TrainingSet:
    moments, _ = split(tables, labelled_moments(tables, spec)[0], spec)
    return TrainingSet.of(tables, moments, spec, n_jobs, {})


@pytest.fixture(scope="module")
def tables() -> forestall.Tables:
    return company()


@pytest.fixture(scope="module")
def work(tables) -> TrainingSet:
    return work_of(tables)


@pytest.fixture(scope="module")
def tuned(work) -> Tuned:
    return tune(work, N_TRIALS)


def turned_round(tables: forestall.Tables, moments: pl.DataFrame, part: str) -> forestall.Tables:
    """Give the tables with the ratings of a part of the split turned round."""
    names = moments.filter(pl.col("part") == part)["interaction_id"].unique()
    is_in = pl.col("interaction_id").is_in(names.implode())
    rating = pl.when(is_in).then(6 - pl.col("rating")).otherwise(pl.col("rating"))
    return tables.replace(feedback=tables.feedback.with_columns(rating=rating))


def test_no_trial_depends_on_the_test_part(tables, work, tuned):
    moments = work.rows.moments
    other = work_of(turned_round(tables, moments, "test"))
    assert not other.rows.moments["label"].equals(moments["label"])
    assert tune(other, N_TRIALS) == tuned
    assert tune(work_of(turned_round(tables, moments, "train")), 1).trials != tuned.trials[:1]


def test_the_number_of_threads_does_not_matter(work, tuned):
    assert tune(replace(work, n_jobs=1), N_TRIALS) == tuned


def test_the_settings_as_they_are_come_first_and_the_best_are_those_of_the_model(tuned):
    own = tuned.trials[0].params
    assert {name: own[name] for name in SETTINGS["lightgbm"]} == SETTINGS["lightgbm"]
    assert tuned.best.losses[-1] == min(one.losses[-1] for one in tuned.trials if not one.is_pruned)
    assert tuned.is_changed
    left_out = {"history"} if not tuned.best.params["family_history"] else set()
    assert set(tuned.spec.families) == set(SPEC.families) - left_out
    assert tuned.spec.lightgbm == {k: v for k, v in tuned.best.params.items() if not k.startswith("family_")}


KILLED = """
import os, signal, sys
sys.path.insert(0, {tests!r})
from training.test_tuning import N_TRIALS, company, work_of
from forestall.training.tuning import tune

def tell(progress):
    if progress.done == 4:
        os.kill(os.getpid(), signal.SIGKILL)

tune(work_of(company()), N_TRIALS, storage={storage!r}, tell=tell)
"""


def test_a_killed_process_is_gone_on_with_as_if_nothing_had_happened(tmp_path, work, tuned):
    storage = f"sqlite:///{tmp_path}/tuning.db"
    script = KILLED.format(tests=str(Path(__file__).parents[1]), storage=storage)
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    made: list[int] = []
    again = tune(
        work,
        N_TRIALS,
        storage=storage,
        log_trial=lambda one: str(one.number),
        tell=lambda one: made.append(one.done),
    )
    # three were over; the fourth, and its neighbour, were cut off
    assert made == list(range(4, N_TRIALS + 1))
    assert again == tuned


def test_what_falls_behind_is_cut_short(tuned):
    short = [one for one in tuned.trials if one.is_pruned]
    assert 0 < len(short) == tuned.n_pruned < N_TRIALS - 4
    assert {len(one.losses) for one in short} == {1}
    assert short[0].losses[0] > tuned.best.losses[0]


def test_too_little_to_tune_on_is_refused(work):
    few = work.rows.moments.with_columns(
        label=pl.when(pl.col("part") == "train").then(0).otherwise(pl.col("label"))
    )
    with pytest.raises(InputError, match="at least two windows in time with labels of both kinds"):
        tune(replace(work, rows=replace(work.rows, moments=few)), N_TRIALS)


def test_training_tunes_first_and_says_what_it_brought(tmp_path, tuned):
    simulate(tmp_path / "data", 2500, seed=1)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.yaml").write_text(SPEC.model_dump_json(exclude_defaults=True))
    uri = f"sqlite:///{tmp_path}/mlflow.db"

    report = train(tmp_path / "data", tmp_path / "model", tracking_uri=uri, tune=N_TRIALS, register=False)
    client = connect(uri)
    run = client.get_run(report.run_id)
    nested = client.search_runs(
        [run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{report.run_id}'", order_by=["start_time"]
    )
    assert [float(one.data.params["lambda_l2"]) for one in nested] == [
        one.params["lambda_l2"] for one in tuned.trials
    ]
    assert run.data.tags["forestall.best_trial"] == str(tuned.best.number)
    assert run.data.params["lightgbm.lambda_l2"] == str(tuned.best.params["lambda_l2"])
    settings = client.download_artifacts(report.run_id, "model.yaml", str(tmp_path))
    assert Spec(**yaml.safe_load(Path(settings).read_text())) == tuned.spec
    assert report.tuning["verdict"].startswith(
        "On the test part, which no trial used, the tuned settings (9 trials"
    )
    assert report.tuning["verdict"] in report.html
    assert "without tuning" in report.html
