"""What a run's artifacts hold, read back as text or as a frame."""

from __future__ import annotations

import tempfile

import mlflow
import polars as pl

from forestall.registry.tracking import registry_errors


def artifact_text(run_id: str, path: str) -> str:
    """Return a text artifact of a run.

    Raises
    ------
    RegistryError
        The run has no such artifact.
    """
    with registry_errors(f"{path} of run {run_id}"):
        return str(mlflow.artifacts.load_text(f"runs:/{run_id}/{path}"))


def artifact_frame(run_id: str, path: str) -> pl.DataFrame:
    """Return a Parquet artifact of a run.

    Raises
    ------
    RegistryError
        The run has no such artifact.
    """
    with tempfile.TemporaryDirectory() as temporary, registry_errors(f"{path} of run {run_id}"):
        file = mlflow.artifacts.download_artifacts(f"runs:/{run_id}/{path}", dst_path=temporary)
        return pl.read_parquet(file)
