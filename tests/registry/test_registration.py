"""Registration: a new version is challenger, or there is no new version."""

import json
from pathlib import Path

import mlflow
import pytest
from mlflow.exceptions import MlflowException

from forestall.registry.aliases import by_alias
from forestall.registry.package_files import FILES_TAG
from forestall.registry.registration import register_challenger
from forestall.registry.tracking import RegistryError, running


@pytest.fixture
def logged(client: mlflow.MlflowClient, tmp_path: Path) -> str:
    """Return the address of a small logged model."""
    code = tmp_path / "model.py"
    code.write_text(
        "import mlflow\n"
        "class Echo(mlflow.pyfunc.PythonModel):\n"
        "    def predict(self, context, model_input: list[str], params=None) -> list[str]:\n"
        "        return model_input\n"
        "mlflow.models.set_model(Echo())\n"
    )
    with running("trial"):
        return str(mlflow.pyfunc.log_model(name="model", python_model=str(code)).model_uri)


@pytest.mark.slow
def test_each_new_version_becomes_challenger(client: mlflow.MlflowClient, logged: str) -> None:
    first, second = (register_challenger(client, logged, "risk", {"n": n}) for n in ("1", "2"))
    assert (first.version, second.version) == ("1", "2")
    assert by_alias(client, "risk", "challenger") == second
    assert second.tags["n"] == "2"
    assert "MLmodel" in json.loads(second.tags[FILES_TAG])
    assert second.run_id


@pytest.mark.slow
def test_a_version_whose_alias_cannot_be_set_is_deleted(
    client: mlflow.MlflowClient, logged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise MlflowException("no aliases today")

    monkeypatch.setattr(client, "set_registered_model_alias", refuse)
    with pytest.raises(RegistryError, match="risk could not be registered: no aliases today"):
        register_challenger(client, logged, "risk", {})
    assert not client.search_model_versions("name = 'risk'")
