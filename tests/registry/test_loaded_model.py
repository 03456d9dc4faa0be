"""Loading a model by its address, and the errors if its files are missing."""

import shutil
import tempfile
from pathlib import Path

import mlflow
import pytest

from forestall.errors import UsageError
from forestall.registry import RegistryError, load
from forestall.registry.loaded_model import LoadedModel, run_figures
from forestall.registry.package import log_package, save_risk_model
from forestall.registry.registration import register_challenger
from forestall.registry.tracking import connect, running
from workshop import Work


@pytest.fixture(scope="module")
def model(work: Work) -> LoadedModel:
    return load(work.champion, work.tracking_uri)


@pytest.fixture
def registered(client: mlflow.MlflowClient, model: LoadedModel, tmp_path: Path) -> tuple[str, Path, str]:
    """Return a registered version's address, the folder of its artifacts, and the tracking server's address."""
    with running("moving"), tempfile.TemporaryDirectory() as folder:
        made = log_package(model.risk_model, save_risk_model(model.risk_model, Path(folder) / "risk_model"))
    register_challenger(client, made.model_uri, "moving-risk", {})
    logged = client.get_logged_model(made.model_id)
    return (
        "models:/moving-risk/1",
        Path(logged.artifact_location.removeprefix("file://")),
        f"sqlite:///{tmp_path}/mlflow.db",
    )


def test_a_model_whose_artifacts_were_moved_is_named_with_the_place_looked_in(
    registered: tuple[str, Path, str],
) -> None:
    uri, place, tracking_uri = registered
    assert load(uri, tracking_uri).version == "1"
    shutil.rmtree(place)
    for address in (uri, "models:/moving-risk@challenger"):
        with pytest.raises(RegistryError) as caught:
            load(address, tracking_uri)
        said = str(caught.value)
        assert said.startswith("version 1 of moving-risk cannot be loaded; its artifacts were looked for in ")
        assert str(place) in said
        assert tempfile.gettempdir() not in said.replace(str(place), "")
        assert "\n" not in said


def test_a_model_with_missing_files_is_named_too(registered: tuple[str, Path, str]) -> None:
    uri, place, tracking_uri = registered
    shutil.rmtree(place / "artifacts" / "risk_model")
    with pytest.raises(RegistryError, match="version 1 of moving-risk cannot be loaded") as caught:
        load(uri, tracking_uri)
    assert str(place) in str(caught.value)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=f"{tmp_path} must hold a packaged model"):
        load(tmp_path)


def test_a_loaded_model_stands_for_its_address(model: LoadedModel) -> None:
    """Jobs take it, but not where a signature is required: what was loaded cannot be checked any more."""
    assert load(model) is model
    with pytest.raises(UsageError, match="an address with --require-signature, is a model that is loaded"):
        load(model, require_signature="key.pem")


def test_the_figures_of_a_model_are_those_of_its_run(work: Work, model: LoadedModel) -> None:
    connect(work.tracking_uri)
    figures = run_figures(model)
    assert 0.5 < figures.metrics["auc"] < 1
    assert not [name for name in figures.metrics if "/" in name]
    assert set(figures.windows) == {"train_from", "train_until", "test_from", "test_until"}


def test_a_model_from_a_folder_has_no_figures(model: LoadedModel, tmp_path: Path) -> None:
    save_risk_model(model.risk_model, tmp_path / "risk_model")
    loaded = load(tmp_path / "risk_model")
    assert (loaded.name, loaded.version, loaded.run_id) == ("quick-risk", None, None)
    assert run_figures(loaded).metrics == {}
