"""The versions of a registered model and their aliases: `champion`, `challenger` and `previous`."""

from __future__ import annotations

import re
from dataclasses import dataclass

import mlflow
from mlflow.exceptions import MlflowException

from forestall.errors import UsageError, must_be, nearest
from forestall.names import check_name
from forestall.registry.tracking import RegistryError, first_line, registry_errors, without_credentials

_NAME, _EXAMPLE = "the name of a model", "dissatisfaction-risk"
_NUMBER = re.compile(r"[1-9]\d{0,8}")
CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"


@dataclass(frozen=True)
class Version:
    """A registered version of a model."""

    name: str
    version: str
    run_id: str
    tags: dict[str, str]

    @property
    def uri(self) -> str:
        """The version's address, `models:/NAME/VERSION`."""
        return f"models:/{self.name}/{self.version}"


def only_name(client: mlflow.MlflowClient) -> str:
    """Return the name of the registered model, if there is exactly one.

    Raises
    ------
    UsageError
        There is none, or more than one: then `--name` must name it.
    """
    with registry_errors("registered models"):
        names = sorted(model.name for model in client.search_registered_models())
    if len(names) == 1:
        return str(names[0])
    if not names:
        store = without_credentials(client.tracking_uri)
        raise UsageError(
            f"no model is registered in {store}; train one first, or choose another --tracking-uri"
        )
    raise UsageError(f"--name must name one of the registered models: {', '.join(names)}")


def by_alias(client: mlflow.MlflowClient, name: str, alias: str) -> Version | None:
    """Return the version that has the alias, or None.

    The registry is asked for the alias itself, because its searches return versions without aliases.
    """
    try:
        found = client.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return None
        raise RegistryError(f"alias {alias} of {name}: {str(error).splitlines()[0]}") from error
    return _version(found)


def by_number(client: mlflow.MlflowClient, name: str, number: str | int) -> Version:
    """Return a version by its number.

    Raises
    ------
    UsageError
        The name or the number is none.
    RegistryError
        There is no such version.
    """
    check_name(name, _NAME, example=_EXAMPLE)
    number = str(number)
    if not _NUMBER.fullmatch(number):
        raise UsageError(must_be("the version", "a whole number from 1", do=f"see the versions of {name}"))
    try:
        return _version(client.get_model_version(name, number))
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise RegistryError(f"version {number} of {name}: {str(error).splitlines()[0]}") from error
        raise RegistryError(f"{name} has no version {number}; {_known(client, name)}") from None


def newest(client: mlflow.MlflowClient, name: str) -> str:
    """Return the number of the newest version of a model.

    Raises
    ------
    UsageError
        The name is none.
    RegistryError
        There is no version.
    """
    check_name(name, _NAME, example=_EXAMPLE)
    with registry_errors(f"versions of {name}"):
        versions = client.search_model_versions(f"name = '{name}'")
    if not versions:
        raise RegistryError(f"{name} has no version; {_known(client, name)}")
    return str(max(int(one.version) for one in versions))


def must_have(client: mlflow.MlflowClient, name: str, alias: str) -> Version:
    """Return the version that has the alias.

    Raises
    ------
    UsageError
        The name or the alias is none.
    RegistryError
        No version has the alias.
    """
    check_name(name, _NAME, example=_EXAMPLE)
    check_name(alias, "the alias of a version", example=CHAMPION)
    found = by_alias(client, name, alias)
    if found is None:
        raise RegistryError(f"{name} has no version with the alias '{alias}'; {_known(client, name)}")
    return found


def is_registered(client: mlflow.MlflowClient, name: str) -> bool:
    """Return whether a model has this name."""
    try:
        client.get_registered_model(name)
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return False
        raise RegistryError(f"the model {name}: {first_line(error)}") from error
    return True


def _known(client: mlflow.MlflowClient, name: str) -> str:
    """Return the names or versions in the registry, as a hint."""
    with registry_errors("registered models"):
        names = [model.name for model in client.search_registered_models()]
        if not names:
            return nothing_in(client.tracking_uri)
        if name not in names:
            return f"no model of that name is registered, {nearest(name, names)}"
        versions = client.search_model_versions(f"name = '{name}'")
    return "versions: " + ", ".join(sorted((str(one.version) for one in versions), key=int))


def nothing_in(uri: str) -> str:
    """Return what is said of a registry without models."""
    return (
        f"nothing is registered in {without_credentials(uri)}; work in the folder of the training, or give "
        "--tracking-uri or MLFLOW_TRACKING_URI"
    )


def _version(found: mlflow.entities.model_registry.ModelVersion) -> Version:
    return Version(str(found.name), str(found.version), str(found.run_id or ""), dict(found.tags or {}))
