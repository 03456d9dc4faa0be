"""Champion, challenger and previous: who is who, and how they move."""

import mlflow
import pytest

from forestall.errors import UsageError
from forestall.registry.aliases import (
    by_alias,
    by_number,
    must_have,
    only_name,
)
from forestall.registry.succession import promote_to_champion, rollback
from forestall.registry.tracking import RegistryError


@pytest.fixture
def named(client: mlflow.MlflowClient) -> str:
    """Give the name of a registered model with versions 1 to 3."""
    client.create_registered_model("risk")
    for _ in range(3):
        client.create_model_version("risk", source="runs:/none/model")
    return "risk"


def holders(client: mlflow.MlflowClient, name: str) -> dict[str, str | None]:
    found = {alias: by_alias(client, name, alias) for alias in ("champion", "previous")}
    return {alias: version.version if version else None for alias, version in found.items()}


def test_champions_follow_one_another_and_come_back(client: mlflow.MlflowClient, named: str) -> None:
    first, second = by_number(client, named, "1"), by_number(client, named, "2")
    assert promote_to_champion(client, first) is None
    assert holders(client, named) == {"champion": "1", "previous": None}
    assert promote_to_champion(client, second) == first
    assert holders(client, named) == {"champion": "2", "previous": "1"}
    assert rollback(client, named) == (first, second)
    assert holders(client, named) == {"champion": "1", "previous": "2"}


def test_promoting_the_champion_changes_nothing(client: mlflow.MlflowClient, named: str) -> None:
    for number in ("1", "2", "2"):
        promote_to_champion(client, by_number(client, named, number))
    assert holders(client, named) == {"champion": "2", "previous": "1"}


def test_rollback_without_a_previous_champion_is_refused(client: mlflow.MlflowClient, named: str) -> None:
    promote_to_champion(client, by_number(client, named, "1"))
    with pytest.raises(RegistryError, match="no version with the alias 'previous'; versions: 1, 2, 3"):
        rollback(client, named)
    assert holders(client, named) == {"champion": "1", "previous": None}


def test_what_is_not_there_is_named_with_what_is(client: mlflow.MlflowClient, named: str) -> None:
    with pytest.raises(RegistryError, match="risk has no version 9; versions: 1, 2, 3"):
        by_number(client, named, "9")
    with pytest.raises(RegistryError, match="did you mean 'risk'"):
        must_have(client, "rsik", "champion")


def test_the_only_model_needs_no_name(client: mlflow.MlflowClient) -> None:
    with pytest.raises(UsageError, match="no model is registered"):
        only_name(client)
    client.create_registered_model("one")
    assert only_name(client) == "one"
    client.create_registered_model("two")
    with pytest.raises(UsageError, match="registered: one, two"):
        only_name(client)
