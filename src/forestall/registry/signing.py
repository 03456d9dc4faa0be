"""Signing a registered version, after its files were compared with its registration."""

from __future__ import annotations

import tempfile
from pathlib import Path

import mlflow

from forestall.errors import UsageError
from forestall.registry.addresses import fetch_package, resolve
from forestall.registry.aliases import Version
from forestall.registry.package import read_risk_model, risk_model_folder
from forestall.registry.package_files import FILES_TAG
from forestall.registry.signatures import PrivateKey
from forestall.registry.tracking import RegistryError, registry_errors


def sign_version(client: mlflow.MlflowClient, model_uri: str, key: PrivateKey) -> Version:
    """Sign the version that an address names, by a tag of it, and return the version.

    A version may have signatures of several keys, so that a key can be replaced.

    Parameters
    ----------
    client
        The client of the registry.
    model_uri
        `models:/NAME@ALIAS` or `models:/NAME/VERSION`.
    key
        The private key.

    Raises
    ------
    UsageError
        The address names no registered version.
    RegistryError
        The version has no tag of its files, or its files differ from it, or the model in it is broken.
    """
    version = resolve(client, model_uri)
    if version is None:
        raise UsageError(
            "MODEL_URI must be models:/NAME@ALIAS or models:/NAME/VERSION: only a registered version can be signed"
        )
    whose = f"version {version.version} of {version.name}"
    if FILES_TAG not in version.tags:
        raise RegistryError(
            f"{whose} must have the tag {FILES_TAG}, which is what a signature covers; it has none. Train and register "
            "the model again"
        )
    with tempfile.TemporaryDirectory() as temporary:
        package = fetch_package(client, model_uri, version, Path(temporary))
        read_risk_model(risk_model_folder(package))
    name, value = key.signature(version)
    with registry_errors(f"{whose} could not be signed"):
        client.set_model_version_tag(version.name, version.version, name, value)
    return version
