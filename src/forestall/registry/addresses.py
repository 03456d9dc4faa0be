"""The addresses of models: what they name in the registry, and the package that is downloaded from one."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import mlflow
from mlflow.exceptions import MlflowException

from forestall.errors import UsageError
from forestall.registry.aliases import (
    CHAMPION,
    Version,
    by_alias,
    by_number,
    is_registered,
    must_have,
    newest,
)
from forestall.registry.package import DIGESTS, has_risk_model, registered_as
from forestall.registry.package_files import check_files
from forestall.registry.tracking import RegistryError, without_credentials

_REGISTERED = re.compile(r"models:/(?P<name>[^/@]+)(?:@(?P<alias>[^/@]+)|/(?:(?P<number>\d+)|latest))")
_FAILED = re.compile(r"^##### File (.+) #####$", re.MULTILINE)  # in MLflow's message
_LONGEST_ADDRESS = 2_000
WHERE_FILES_ARE = (
    "if their folder was moved, move it back (MLflow keeps whole paths); or let this user read it"
)
"""What to do where the files of a version are not seen."""
DOWNLOADED = (
    "models:/", "runs:/", "mlflow-artifacts:/", "s3://", "gs://", "abfss://", "wasbs://", "dbfs:/", "http",
)  # fmt: skip
"""The beginnings of addresses that MLflow downloads from."""


def check_address(uri: str) -> None:
    """Check that an address is printable, not too long, and that no part of a name in it leads out of a folder."""
    of_registry = uri.startswith(("models:/", "runs:/", "mlflow-artifacts:/"))
    parts = uri.partition(":/")[2].strip("/").split("/") if of_registry else []
    if not uri.isprintable() or len(uri) > _LONGEST_ADDRESS or not {"", ".", ".."}.isdisjoint(parts):
        raise UsageError(
            f"MODEL_URI must be models:/NAME@ALIAS, models:/NAME/VERSION, runs:/… or a folder, of at most "
            f"{_LONGEST_ADDRESS:,} printable characters and without .. in it"
        )


def resolve(client: mlflow.MlflowClient, uri: str) -> Version | None:
    """Return the registered version that an address names; None if it names none.

    Raises
    ------
    UsageError
        A name or a number in it is none.
    RegistryError
        There is no such version.
    """
    match = _REGISTERED.fullmatch(uri)
    if match is None:
        return None
    if match["alias"]:
        return must_have(client, match["name"], match["alias"])
    return by_number(client, match["name"], match["number"] or newest(client, match["name"]))


def alias_of(uri: str) -> str | None:
    """Return the alias that an address names; None if it names none.

    Examples
    --------
    >>> alias_of("models:/risk@champion"), alias_of("models:/risk/3")
    ('champion', None)
    """
    match = _REGISTERED.fullmatch(uri)
    return match["alias"] if match else None


def fetch_package(client: mlflow.MlflowClient, uri: str, found: Version | None, target: Path) -> Path:
    """Download a package into a folder, and return it after comparing its files with its registration.

    Parameters
    ----------
    client
        The client of the registry.
    uri
        The address.
    found
        The registered version that it names, see `resolve`.
    target
        The folder.

    Raises
    ------
    RegistryError
        There is no such package, or its files are not those that were registered.
    """
    try:
        fetched = Path(mlflow.artifacts.download_artifacts(found.uri if found else uri, dst_path=str(target)))
    except (MlflowException, OSError) as error:
        raise RegistryError(_not_found(client, uri, found, _why(error))) from error
    if not has_risk_model(fetched):
        raise RegistryError(
            _not_found(client, uri, found, f"there is no {DIGESTS} of a packaged model there")
        )
    found = found or _as_downloaded(client, uri, fetched)
    if found is not None:
        check_files(fetched, found.tags, f"version {found.version} of {found.name}")
    return fetched


def _why(error: Exception) -> str:
    """Return why a download failed: the files that MLflow could not read, else the first line of its message."""
    files = _FAILED.findall(str(error))
    return f"these files cannot be read: {', '.join(files)}" if files else str(error).splitlines()[0]


def _as_downloaded(client: mlflow.MlflowClient, uri: str, package: Path) -> Version | None:
    """Return the registered version that MLflow downloaded for an address that it alone reads, such as a stage's."""
    name, version = registered_as(package) if uri.startswith("models:/") else (None, None)
    return by_number(client, name, version) if name and version else None


def _not_found(client: mlflow.MlflowClient, uri: str, found: Version | None, reason: str) -> str:
    """Return the message for a model whose files are not where the tracking server says they are."""
    if found is None:
        bare = uri.removeprefix("models:/") if uri.startswith("models:/") else ""
        is_name = bare and "/" not in bare and is_registered(client, bare)
        hint = f"; name a version of it: models:/{bare}@champion or models:/{bare}/1" if is_name else ""
        return f"model {uri} cannot be loaded; {reason}{hint}"
    place = artifact_location(client, found)
    where = f"its artifacts were looked for in {without_credentials(place)}: " if place else ""
    moved = f"; {WHERE_FILES_ARE}" if is_missing(place) else ""
    return f"version {found.version} of {found.name} cannot be loaded; {where}{reason}{moved}"


def lost_champions(client: mlflow.MlflowClient, names: list[str]) -> list[str]:
    """Return the champions whose files should be in a folder of this machine, and are not there.

    Parameters
    ----------
    client
        The client of the registry.
    names
        The registered models.
    """
    lost = []
    for name in names:
        champion = by_alias(client, name, CHAMPION)
        place = None if champion is None else artifact_location(client, champion)
        if is_missing(place):
            lost.append(f"champion of {name} in {place}")
    return lost


def is_missing(location: str | None) -> bool:
    """Return whether artifacts are kept in a folder of this machine, and it is not there.

    Parameters
    ----------
    location
        Their address, None if it is not known.
    """
    if location is None or (":" in location and not location.startswith("file:")):
        return False
    return not os.path.isdir(url2pathname(urlsplit(location).path))


def artifact_location(client: mlflow.MlflowClient, version: Version) -> str | None:
    """Return where the artifacts of a version are stored; None if the tracking server does not say."""
    try:
        source = str(client.get_model_version_download_uri(version.name, version.version))
        logged = source.removeprefix("models:/")
        return source if logged == source else str(client.get_logged_model(logged).artifact_location)
    except MlflowException:
        return None
