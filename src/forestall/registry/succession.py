"""One successor for each champion: two who want its place at once do not both get it.

The registry knows no "move this alias if it is still there": the last one to write wins, and nobody is told. But a
run's parameter is written once and never changed. So who wants to succeed first writes a parameter, with the next
number, to the run of the champion (without a champion, of the oldest version). Of two who saw the same reign only one
can write it. Whoever died after that blocks nobody: a reign that is read later counts what was written, and goes on
from there.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from uuid import uuid4

import mlflow
from mlflow.exceptions import MlflowException

from forestall.registry.aliases import CHAMPION, PREVIOUS, Version, by_alias, must_have
from forestall.registry.tracking import RegistryError, registry_errors

log = logging.getLogger(__name__)

CLAIM = "forestall.succession."


class OvertakenError(RegistryError):
    """Somebody else moved the champion first."""


@dataclass(frozen=True)
class Reign:
    """Who was champion when it was asked, and where a successor says so first.

    Parameters
    ----------
    name
        The registered model.
    champion
        Its champion; None if there is none.
    run_id
        The run that takes the claims; empty if no version has one, or it was deleted.
    n_claims
        How many it had.
    """

    name: str
    champion: Version | None
    run_id: str
    n_claims: int


def read_reign(client: mlflow.MlflowClient, name: str) -> Reign:
    """Return who is champion of the model now, to be handed to `succeed` later."""
    champion = by_alias(client, name, CHAMPION)
    run_id = _if_open(client, champion.run_id if champion else _oldest_run(client, name))
    n_claims = _n_claims(client, run_id)
    # the champion is asked for after the claims were counted: a claim that is counted may have been carried out
    again = by_alias(client, name, CHAMPION)
    if _number(again) != _number(champion):
        return read_reign(client, name)
    return Reign(name, champion, run_id, n_claims)


def succeed(client: mlflow.MlflowClient, reign: Reign, new: Version) -> None:
    """Make `new` the champion after the reign, and the champion of the reign `previous`.

    `previous` is set first, so that a failure between the two leaves the champion in its place.

    Raises
    ------
    OvertakenError
        Somebody else moved the champion since the reign was read.
    """
    _check_reigns(client, reign, new)
    _claim(client, reign, new)
    _check_reigns(client, reign, new)
    with registry_errors(f"aliases of {new.name}"):
        if reign.champion is not None:
            client.set_registered_model_alias(new.name, PREVIOUS, reign.champion.version)
        client.set_registered_model_alias(new.name, CHAMPION, new.version)


def promote_to_champion(
    client: mlflow.MlflowClient, new: Version, reign: Reign | None = None
) -> Version | None:
    """Make `new` the champion; the champion before it becomes `previous` and is returned.

    Parameters
    ----------
    reign
        What `new` was compared with; else who is champion now.

    Raises
    ------
    OvertakenError
        Somebody else moved the champion since.
    """
    reign = reign or read_reign(client, new.name)
    if _number(reign.champion) == new.version:
        return None
    succeed(client, reign, new)
    log.info("champion of %s is now version %s", new.name, new.version)
    return reign.champion


def rollback(client: mlflow.MlflowClient, name: str) -> tuple[Version, Version]:
    """Swap `champion` and `previous`; return the champions after and before.

    Raises
    ------
    RegistryError
        There is no champion, or no previous one to go back to.
    OvertakenError
        Somebody else moved the champion at the same time.
    """
    old = must_have(client, name, CHAMPION)
    reign = read_reign(client, name)
    new = must_have(client, name, PREVIOUS)
    succeed(client, reign, new)
    log.info("champion of %s is version %s again", name, new.version)
    return new, reign.champion or old


def _check_reigns(client: mlflow.MlflowClient, reign: Reign, new: Version) -> None:
    now = by_alias(client, reign.name, CHAMPION)
    if _number(now) != _number(reign.champion):
        raise OvertakenError(
            f"{_what(reign)} when version {new.version} began to be compared, and {_is_now(now)}: "
            f"somebody else moved it; version {new.version} was not promoted, run it again"
        )


def _claim(client: mlflow.MlflowClient, reign: Reign, new: Version) -> None:
    """Write the next claim, and see that it is the reign's only one since."""
    if not reign.run_id:
        log.warning("no run of %s takes claims: a promotion at the same time would not be seen", reign.name)
        return
    key, value = f"{CLAIM}{reign.n_claims + 1}", f"version {new.version} ({uuid4().hex[:12]})"
    try:
        client.log_param(reign.run_id, key, value)
    except MlflowException as error:
        if _claims(client, reign.run_id).get(key) is None:
            raise RegistryError(
                f"run {reign.run_id}, where promotions of {reign.name} are agreed on, cannot be written to: "
                f"{str(error).splitlines()[0]}"
            ) from error
    claims = _claims(client, reign.run_id)
    if claims.get(key) != value or len(claims) > reign.n_claims + 1:
        raise OvertakenError(
            f"{_what(reign)}, and another promotion or rollback at the same time came first; "
            f"version {new.version} was not promoted, run it again"
        )


def _what(reign: Reign) -> str:
    return (
        f"version {reign.champion.version} of {reign.name} was champion"
        if reign.champion
        else f"{reign.name} had no champion"
    )


def _is_now(champion: Version | None) -> str:
    return f"version {champion.version} is now" if champion else "there is none now"


def _number(version: Version | None) -> str | None:
    return version.version if version else None


def _claims(client: mlflow.MlflowClient, run_id: str) -> dict[str, str]:
    with registry_errors(f"run {run_id}"):
        params = client.get_run(run_id).data.params
    return {key: value for key, value in params.items() if key.startswith(CLAIM)}


def _n_claims(client: mlflow.MlflowClient, run_id: str) -> int:
    return len(_claims(client, run_id)) if run_id else 0


def _if_open(client: mlflow.MlflowClient, run_id: str | None) -> str:
    """Return the run if it can be written to: old runs are deleted, and the models made by them live on."""
    if not run_id:
        return ""
    try:
        run = client.get_run(run_id)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return ""
        raise RegistryError(f"run {run_id}: {str(error).splitlines()[0]}") from error
    return run_id if run.info.lifecycle_stage == "active" else ""


def _oldest_run(client: mlflow.MlflowClient, name: str) -> str:
    with registry_errors(f"versions of {name}"):
        versions = client.search_model_versions(f"name = '{name}'")
    with_run = sorted((one for one in versions if one.run_id), key=lambda one: int(one.version))
    return str(with_run[0].run_id) if with_run else ""
