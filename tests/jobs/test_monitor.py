"""The job `monitor`: its files, its exit code and its result."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import forestall
from forestall.data import Tables
from forestall.errors import UsageError
from forestall.evaluation.check import MonitoringCheck
from forestall.jobs.monitor import MonitoringResult, monitor
from forestall.simulation import simulate_tables


@pytest.fixture(scope="module")
def before(company) -> Tables:
    return forestall.read_tables(company)


@pytest.fixture(scope="module")
def now() -> Tables:
    """Return newer data of the same company, with other customers and ids, and without ratings."""
    frames = simulate_tables(3000, seed=2)
    new_id = pl.concat_str(pl.lit("new "), pl.col("interaction_id"))
    return Tables(*(frames[name].with_columns(interaction_id=new_id) for name in ("interactions", "events")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("monitor") / "out"


@pytest.fixture(scope="module")
def result(work, before, now, folder) -> MonitoringResult:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "forestall.monitoring.scored_cohort.MOST_EXPLAINED", 500
        )  # contributions are slow to compute
        return monitor(work.champion, before, now, output=folder, tracking_uri=work.tracking_uri)


def test_the_folder_has_the_report_and_the_figures(result, folder):
    names = {one.name for one in folder.iterdir()}
    assert names == {"report.html", "monitoring.json", "features.parquet", "summary.json", "manifest.json"}
    assert not result.retraining_due
    assert result.exit_code == 0
    assert result.to_dict() == {"report": str(folder / "report.html"), **result.figures}


def test_results_of_another_run_are_never_replaced(result, work, before, now, folder):
    other = now.replace(interactions=now.interactions.head(100))
    with pytest.raises(UsageError, match="holds the results of run"):
        monitor(work.champion, before, other, output=folder, tracking_uri=work.tracking_uri)


@pytest.mark.parametrize(
    ("calls_for", "exit_code"),
    [([], 0), (["retraining"], 3), (["repair"], 4), (["retraining", "repair"], 3)],
)
def test_the_exit_code_is_4_only_if_nothing_but_repair_is_due(result, calls_for, exit_code):
    checks = [
        MonitoringCheck("any", 1, "be at most", 0, False, "it is 1", calls_for=one) for one in calls_for
    ]
    changed = MonitoringResult(replace(result.monitoring, checks=checks), {}, None)
    assert (changed.retraining_due, changed.repair_due) == ("retraining" in calls_for, "repair" in calls_for)
    assert changed.exit_code == exit_code


def test_without_an_output_nothing_is_written(work, now, before, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("forestall.monitoring.scored_cohort.MOST_EXPLAINED", 500)
    result = forestall.monitor(work.champion, before, now, tracking_uri=work.tracking_uri)
    assert list(tmp_path.iterdir()) == []
    assert result.output is None
    assert result.to_dict() == result.figures
    assert {one["passed"] for one in result.summary()["checks"]} == {"yes"}
    assert len(result.summary()["metrics"]) < len(result.figures["metrics"])
