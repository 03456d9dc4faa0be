"""Registering a run's model as a new version."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path

import mlflow

from forestall.registry.aliases import CHALLENGER, Version, by_number
from forestall.registry.package_files import FILES_TAG, files_tag
from forestall.registry.tracking import registry_errors

log = logging.getLogger(__name__)

Client = mlflow.MlflowClient
"""The client of a tracking server, see `tracking.connect`."""


def register_challenger(
    client: mlflow.MlflowClient, model_uri: str, name: str, tags: Mapping[str, str]
) -> Version:
    """Register a logged model as a new version with the alias `challenger`, and return it.

    A tag of the version holds the digest of each file of the package, see `package_files`.

    If the alias cannot be set, the version is deleted again, so that no version is half registered.
    """
    with registry_errors(f"{name} could not be registered"):
        with contextlib.redirect_stderr(io.StringIO()):  # MLflow prints each step; one line is enough
            own = {FILES_TAG: _files_tag(model_uri)}
            made = mlflow.register_model(model_uri, name, tags={**tags, **own})
        try:
            client.set_registered_model_alias(name, CHALLENGER, made.version)
        except Exception:
            client.delete_model_version(name, made.version)
            raise
    log.info("registered %s version %s as challenger", name, made.version)
    return by_number(client, name, str(made.version))


def _files_tag(model_uri: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return files_tag(Path(mlflow.artifacts.download_artifacts(model_uri, dst_path=folder)))


def ensure_challenger(
    client: mlflow.MlflowClient, model_uri: str, run_id: str, name: str, tags: Mapping[str, str]
) -> Version:
    """Return the version of a run; it is registered as `register_challenger` does if there is none.

    A version that a failed registration left without an alias becomes challenger, unless there is a newer one.
    """
    with registry_errors(f"{name} could not be registered"):
        versions = sorted(client.search_model_versions(f"name = '{name}'"), key=lambda one: int(one.version))
        own = [one for one in versions if one.run_id == run_id]
        if own and own[-1] is versions[-1] and not client.get_model_version(name, own[-1].version).aliases:
            client.set_registered_model_alias(name, CHALLENGER, own[-1].version)
    if own:
        return by_number(client, name, str(own[-1].version))
    return register_challenger(client, model_uri, name, tags)
