"""Moving the alias `champion`, so that of two promotions at the same time only one succeeds.

MLflow cannot move an alias on condition that it has not moved meanwhile: the last write wins, without an error. But a
parameter of a run can be written only once. So each promotion first writes a numbered parameter, its claim, to the run
of the champion (without a champion, to the run of the oldest version). Of two promotions that read the same state only
one can write the next number. A promotion that ends after its claim does not block others: they count the claims when
they read the state, and continue with the next number.
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
    """Another promotion or rollback moved the champion first."""


@dataclass(frozen=True)
class ChampionState:
    """The champion of a model at one time, and the run that holds the claims.

    Parameters
    ----------
    name
        The registered model.
    champion
        Its champion, if it has one.
    run_id
        The run that holds the claims; empty if no version has a run, or the run was deleted.
    n_claims
        The number of its claims.
    """

    name: str
    champion: Version | None
    run_id: str
    n_claims: int


def read_champion_state(client: mlflow.MlflowClient, name: str) -> ChampionState:
    """Return the champion of a model and its claims now, for a later `move_champion`."""
    champion = by_alias(client, name, CHAMPION)
    run_id = _if_writable(client, champion.run_id if champion else _oldest_run(client, name))
    n_claims = _n_claims(client, run_id)
    # read the champion again after counting the claims: one of the counted claims may have moved it
    again = by_alias(client, name, CHAMPION)
    if _number(again) != _number(champion):
        return read_champion_state(client, name)
    return ChampionState(name, champion, run_id, n_claims)


def move_champion(client: mlflow.MlflowClient, state: ChampionState, new: Version) -> None:
    """Make `new` the champion, and the champion of the state `previous`.

    `previous` is set first, so that a failure between the two writes leaves the champion unchanged.

    Raises
    ------
    OvertakenError
        Another promotion or rollback moved the champion after the state was read.
    """
    _check_unmoved(client, state, new)
    _claim(client, state, new)
    _check_unmoved(client, state, new)
    with registry_errors(f"aliases of {new.name}"):
        if state.champion is not None:
            client.set_registered_model_alias(new.name, PREVIOUS, state.champion.version)
        client.set_registered_model_alias(new.name, CHAMPION, new.version)


def promote_to_champion(
    client: mlflow.MlflowClient, new: Version, state: ChampionState | None = None
) -> Version | None:
    """Make `new` the champion, and return the old champion, which becomes `previous`.

    Parameters
    ----------
    state
        The state that `new` was compared with. Default: the state now.

    Raises
    ------
    OvertakenError
        Another promotion or rollback moved the champion after the state was read.
    """
    state = state or read_champion_state(client, new.name)
    if _number(state.champion) == new.version:
        return None
    move_champion(client, state, new)
    log.info("champion of %s is now version %s", new.name, new.version)
    return state.champion


def rollback(client: mlflow.MlflowClient, name: str) -> tuple[Version, Version]:
    """Swap `champion` and `previous`; return the new and the old champion.

    Raises
    ------
    RegistryError
        There is no champion or no previous version.
    OvertakenError
        Another promotion or rollback moved the champion at the same time.
    """
    old = must_have(client, name, CHAMPION)
    state = read_champion_state(client, name)
    new = must_have(client, name, PREVIOUS)
    move_champion(client, state, new)
    log.info("champion of %s is version %s again; a second rollback would undo this", name, new.version)
    return new, state.champion or old


def _check_unmoved(client: mlflow.MlflowClient, state: ChampionState, new: Version) -> None:
    now = by_alias(client, state.name, CHAMPION)
    if _number(now) != _number(state.champion):
        raise OvertakenError(
            f"{_what(state)} when version {new.version} began to be compared, and {_is_now(now)}: "
            f"somebody else moved it; version {new.version} was not promoted, run it again"
        )


def _claim(client: mlflow.MlflowClient, state: ChampionState, new: Version) -> None:
    """Write the next claim, and check that no other was written since the state was read."""
    if not state.run_id:
        log.warning(
            "no run of %s can hold claims: a promotion at the same time would not be noticed", state.name
        )
        return
    key, value = f"{CLAIM}{state.n_claims + 1}", f"version {new.version} ({uuid4().hex[:12]})"
    try:
        client.log_param(state.run_id, key, value)
    except MlflowException as error:
        if _claims(client, state.run_id).get(key) is None:
            raise RegistryError(
                f"run {state.run_id}, which holds the claims of promotions of {state.name}, cannot be written to: "
                f"{str(error).splitlines()[0]}"
            ) from error
    claims = _claims(client, state.run_id)
    if claims.get(key) != value or len(claims) > state.n_claims + 1:
        raise OvertakenError(
            f"{_what(state)}, and another promotion or rollback at the same time came first; "
            f"version {new.version} was not promoted, run it again"
        )


def _what(state: ChampionState) -> str:
    return (
        f"version {state.champion.version} of {state.name} was champion"
        if state.champion
        else f"{state.name} had no champion"
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


def _if_writable(client: mlflow.MlflowClient, run_id: str | None) -> str:
    """Return the run if it can be written to, else an empty text: a run may be deleted while its model is in use."""
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
