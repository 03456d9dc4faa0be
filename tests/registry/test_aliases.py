"""Versions and aliases of a registered model."""

import mlflow
import pytest

from forestall.errors import UsageError
from forestall.registry.aliases import (
    by_number,
    must_have,
    only_name,
)
from forestall.registry.tracking import RegistryError


@pytest.fixture
def named(client: mlflow.MlflowClient) -> str:
    """Return the name of a registered model with versions 1 to 3."""
    client.create_registered_model("risk")
    for _ in range(3):
        client.create_model_version("risk", source="runs:/none/model")
    return "risk"


def test_a_missing_version_or_name_is_refused_with_the_known_ones(
    client: mlflow.MlflowClient, named: str
) -> None:
    with pytest.raises(RegistryError, match="risk has no version 9; versions: 1, 2, 3"):
        by_number(client, named, "9")
    assert by_number(client, named, 2) == by_number(client, named, "2")
    with pytest.raises(UsageError, match="the version must be a whole number from 1"):
        by_number(client, named, "")
    with pytest.raises(RegistryError, match="did you mean 'risk'"):
        must_have(client, "rsik", "champion")


def test_the_only_model_needs_no_name(client: mlflow.MlflowClient) -> None:
    with pytest.raises(UsageError, match="no model is registered"):
        only_name(client)
    client.create_registered_model("one")
    assert only_name(client) == "one"
    client.create_registered_model("two")
    with pytest.raises(UsageError, match="one of the registered models: one, two"):
        only_name(client)
