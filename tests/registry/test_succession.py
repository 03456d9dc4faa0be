"""Moving champion and previous; of two promotions at the same time one is refused."""

import mlflow
import pytest

from forestall.registry.aliases import by_alias, by_number
from forestall.registry.succession import (
    CLAIM,
    OvertakenError,
    promote_to_champion,
    read_champion_state,
    rollback,
)
from forestall.registry.tracking import RegistryError


@pytest.fixture
def named(client: mlflow.MlflowClient) -> str:
    """Return the name of a registered model with versions 1 to 3, each of a run."""
    client.create_registered_model("risk")
    for _ in range(3):
        run = client.create_run("0")
        client.create_model_version("risk", source=f"runs:/{run.info.run_id}/model", run_id=run.info.run_id)
    return "risk"


def holders(client: mlflow.MlflowClient, name: str) -> tuple[str | None, str | None]:
    """Return the versions that are champion and previous."""
    champion, previous = (by_alias(client, name, alias) for alias in ("champion", "previous"))
    return champion and champion.version, previous and previous.version


def test_champions_follow_one_another_and_come_back(client: mlflow.MlflowClient, named: str) -> None:
    first, second = by_number(client, named, "1"), by_number(client, named, "2")
    assert promote_to_champion(client, first) is None
    assert holders(client, named) == ("1", None)
    assert promote_to_champion(client, second) == first
    assert holders(client, named) == ("2", "1")
    assert rollback(client, named) == (first, second)
    assert holders(client, named) == ("1", "2")
    assert rollback(client, named) == (second, first)
    assert holders(client, named) == ("2", "1")


def test_promoting_the_champion_changes_nothing(client: mlflow.MlflowClient, named: str) -> None:
    for number in ("1", "2", "2"):
        promote_to_champion(client, by_number(client, named, number))
    assert holders(client, named) == ("2", "1")


def test_models_whose_runs_were_deleted_still_move(client: mlflow.MlflowClient, named: str) -> None:
    """Old runs may be deleted; the champion must still be replaced and rolled back."""
    first, second = by_number(client, named, "1"), by_number(client, named, "2")
    promote_to_champion(client, first)
    promote_to_champion(client, second)
    for version in (first, second):
        client.delete_run(version.run_id)
    assert rollback(client, named) == (first, second)
    assert promote_to_champion(client, second) == first
    assert holders(client, named) == ("2", "1")


def test_rollback_without_a_previous_champion_is_refused(client: mlflow.MlflowClient, named: str) -> None:
    promote_to_champion(client, by_number(client, named, "1"))
    with pytest.raises(RegistryError, match="no version with the alias 'previous'; versions: 1, 2, 3"):
        rollback(client, named)
    assert holders(client, named) == ("1", None)


@pytest.mark.parametrize("has_champion", [False, True])
def test_the_second_of_two_promotions_is_refused_with_the_new_champion(
    client: mlflow.MlflowClient, named: str, has_champion: bool
) -> None:
    if has_champion:
        promote_to_champion(client, by_number(client, named, "1"))
    state = read_champion_state(client, named)
    promote_to_champion(client, by_number(client, named, "2"), state)
    with pytest.raises(
        OvertakenError, match="version 2 is now: somebody else moved it; version 3 was not promoted"
    ):
        promote_to_champion(client, by_number(client, named, "3"), state)
    assert holders(client, named) == ("2", "1" if has_champion else None)


def test_after_a_claim_no_other_promotion_with_the_same_state_succeeds(
    client: mlflow.MlflowClient, named: str
) -> None:
    promote_to_champion(client, by_number(client, named, "1"))
    state = read_champion_state(client, named)
    client.log_param(state.run_id, f"{CLAIM}{state.n_claims + 1}", "version 2 (of another process)")
    with pytest.raises(OvertakenError, match="came first; version 3 was not promoted"):
        promote_to_champion(client, by_number(client, named, "3"), state)
    assert holders(client, named) == ("1", None)
    # the other one died: who asks again is not blocked
    promote_to_champion(client, by_number(client, named, "3"))
    assert holders(client, named) == ("3", "1")


@pytest.mark.slow
def test_a_promotion_with_an_outdated_number_of_claims_is_refused(
    client: mlflow.MlflowClient, named: str
) -> None:
    promote_to_champion(client, by_number(client, named, "1"))
    state = read_champion_state(client, named)
    client.log_param(state.run_id, f"{CLAIM}{state.n_claims + 2}", "version 2 (later)")
    with pytest.raises(OvertakenError, match="came first"):
        promote_to_champion(client, by_number(client, named, "3"), state)


def test_a_version_without_a_run_moves_too(client: mlflow.MlflowClient) -> None:
    client.create_registered_model("bare")
    for _ in range(2):
        client.create_model_version("bare", source="runs:/none/model")
    for number in ("1", "2"):
        promote_to_champion(client, by_number(client, "bare", number))
    assert holders(client, "bare") == ("2", "1")
