"""`forestall.evaluate`: the evaluation of a model on any data."""

import json

import polars as pl
import pytest

import forestall
from forestall.errors import InputError, UsageError


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    folder = tmp_path_factory.mktemp("other") / "data"
    forestall.simulate(folder, interactions=1500, seed=9)
    return folder


def test_it_returns_what_it_writes_and_never_replaces_another_run(work, other, tmp_path):
    result = forestall.evaluate(work.champion, other, output=tmp_path / "out", tracking_uri=work.tracking_uri)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary == json.loads(json.dumps(result.figures))
    assert result.to_dict() == {"report": str(tmp_path / "out" / "report.html"), **result.figures}
    assert pl.read_parquet(tmp_path / "out" / "predictions.parquet").equals(result.predictions)
    assert result.metrics == result.evaluation.metrics()
    assert "/" not in "".join(result.summary()["metrics"])
    steps = []
    with pytest.raises(UsageError, match="holds the results of run"):
        forestall.evaluate(
            work.champion,
            work.data,
            output=tmp_path / "out",
            tracking_uri=work.tracking_uri,
            progress=steps.append,
        )
    assert "evaluating" not in steps  # it is refused before the work, not after


def test_without_labels_it_is_refused(work, other):
    tables = forestall.read_tables(other)
    silent = tables.replace(feedback=tables.feedback.clear())
    with pytest.raises(InputError, match="must have labelled interactions"):
        forestall.evaluate(work.champion, silent, tracking_uri=work.tracking_uri)
