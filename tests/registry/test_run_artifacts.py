"""Artifacts of a run, read back."""

import mlflow
import polars as pl
import pytest

from forestall.registry.run_artifacts import artifact_frame, artifact_text
from forestall.registry.tracking import RegistryError, RunContent, log_content, running


@pytest.fixture
def run_id(client: mlflow.MlflowClient) -> str:
    frame = pl.DataFrame({"risk": [0.25, None], "label": [1, 0]})
    with running("trial") as run_id:
        log_content(RunContent(texts={"model.yaml": "name: é\n"}, frames={"test/rows.parquet": frame}))
    return run_id


def test_text_and_frames_come_back_as_they_were_logged(run_id: str) -> None:
    assert artifact_text(run_id, "model.yaml") == "name: é\n"
    frame = artifact_frame(run_id, "test/rows.parquet")
    assert frame.to_dict(as_series=False) == {"risk": [0.25, None], "label": [1, 0]}


@pytest.mark.parametrize("read", [artifact_text, artifact_frame])
def test_an_artifact_that_is_missing_is_named_with_its_run(run_id: str, read) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RegistryError, match=f"nothing.json of run {run_id}: "):
        read(run_id, "nothing.json")
