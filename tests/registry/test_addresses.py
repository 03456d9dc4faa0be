"""Addresses of models: what they name, and what is no address."""

from pathlib import Path

import mlflow
import pytest

from forestall.errors import UsageError
from forestall.registry import load
from forestall.registry.addresses import alias_of, fetch_package, is_missing
from forestall.registry.aliases import only_name
from forestall.registry.tracking import RegistryError


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("models:/../../x@champion", "MODEL_URI must be models:/NAME@ALIAS"),
        ("models:/risk/../x", "MODEL_URI must be"),
        ("runs:/../../x/model", "MODEL_URI must be"),
        ("models:/" + "x" * 5000 + "/1", "MODEL_URI must be"),
        ("models:/x\ny/1", "MODEL_URI must be"),
        ("models:/" + "x" * 300 + "/1", "the name of a model must be a name of 1 to 200"),
        ("models:/risk/0", "the version must be a whole number from 1"),
        ("models:/risk/" + "9" * 26, "the version must be a whole number from 1"),
        ("models:/risk@ ", "the alias of a version must be a name"),
    ],
)
def test_an_address_with_an_odd_name_is_refused_before_the_registry_is_asked(
    client: mlflow.MlflowClient, tmp_path: Path, uri: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said) as error:
        load(uri, f"sqlite:///{tmp_path}/mlflow.db")
    assert len(str(error.value)) < 250


def test_an_alias_is_read_from_the_address() -> None:
    assert alias_of("models:/risk@champion") == "champion"
    assert alias_of("models:/risk/3") is None
    assert alias_of("models:/risk/latest") is None
    assert alias_of("some/folder") is None


def test_files_that_cannot_be_downloaded_are_named(client: mlflow.MlflowClient, tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "MLmodel").write_text("name: x", encoding="utf-8")
    (tmp_path / "elsewhere").touch()
    (package / "conda.yaml").symlink_to(tmp_path / "elsewhere")  # MLflow follows no link that leads out
    client.create_registered_model("odd")
    client.create_model_version("odd", str(package))
    (tmp_path / "target").mkdir()
    with pytest.raises(RegistryError, match=r"these files cannot be read: \S*conda\.yaml$"):
        fetch_package(client, "models:/odd/1", None, tmp_path / "target")


def test_a_name_without_a_version_is_told_how_to_name_one(
    client: mlflow.MlflowClient, tmp_path: Path
) -> None:
    client.create_registered_model("risk")
    with pytest.raises(
        RegistryError, match=r"name a version of it: models:/risk@champion or models:/risk/1$"
    ):
        load("models:/risk", client.tracking_uri)
    with pytest.raises(RegistryError, match=r"not found\.?$"):
        load("models:/risc", client.tracking_uri)


def test_files_that_were_moved_away_are_told_apart(client: mlflow.MlflowClient, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    client.create_registered_model("moved")
    client.create_model_version("moved", str(tmp_path / "package"))
    (tmp_path / "package").rename(tmp_path / "elsewhere")
    with pytest.raises(
        RegistryError, match=r"if their folder was moved, move it back \(MLflow keeps whole paths\)"
    ):
        load("models:/moved/1", client.tracking_uri)
    assert is_missing(f"file://{tmp_path}/package")
    assert not is_missing(f"{tmp_path}/elsewhere")
    assert not any(map(is_missing, [None, "s3://bucket/model", "mlflow-artifacts:/1/models/m"]))


def test_the_folder_of_a_specification_is_no_package(client: mlflow.MlflowClient, tmp_path: Path) -> None:
    (tmp_path / "model.yaml").touch()
    with pytest.raises(RegistryError, match=r"it has a model\.yaml, so it says what to learn"):
        load(tmp_path, client.tracking_uri)


def test_an_empty_store_is_named(client: mlflow.MlflowClient) -> None:
    """A job of cron that works in a wrong folder makes an empty store there."""
    with pytest.raises(RegistryError, match=r"nothing is registered in sqlite:///\S+; work in the folder of"):
        load("models:/risk@champion", client.tracking_uri)
    with pytest.raises(UsageError, match="no model is registered in sqlite:///"):
        only_name(client)
