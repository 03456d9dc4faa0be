"""Addresses of models: what they name, and what is no address."""

from pathlib import Path

import mlflow
import pytest

from forestall.errors import UsageError
from forestall.registry import load
from forestall.registry.addresses import alias_of, fetch_package
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
