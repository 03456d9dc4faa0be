"""A signed version loads where its signature is required; a changed one neither loads nor is signed."""

from __future__ import annotations

import sys
from pathlib import Path

import mlflow
import pytest

import forestall
from forestall.errors import UsageError
from forestall.registry import RegistryError, load
from forestall.registry.package_files import FILES_TAG, files_tag
from forestall.registry.signatures import write_new_key
from forestall.registry.tracking import connect
from workshop import Work

NAME = "signed-risk"
CHANGED = "import pathlib\npathlib.Path(__file__).with_name('it-ran').write_text('')\n"


@pytest.fixture
def package(work: Work, tmp_path: Path) -> Path:
    connect(work.tracking_uri)
    return Path(mlflow.artifacts.download_artifacts(work.champion, dst_path=str(tmp_path / "package")))


@pytest.fixture
def key(tmp_path: Path) -> Path:
    write_new_key(tmp_path / "key")
    return tmp_path / "key"


def register(client: mlflow.MlflowClient, package: Path, *, has_tag: bool = True) -> str:
    """Register a package as the next version, and return its address."""
    if not client.search_registered_models(f"name = '{NAME}'"):
        client.create_registered_model(NAME)
    tags = {FILES_TAG: files_tag(package)} if has_tag else {}
    made = client.create_model_version(NAME, str(package), tags=tags)
    return f"models:/{NAME}/{made.version}"


def sign(client: mlflow.MlflowClient, uri: str, key: Path) -> str | None:
    return forestall.sign(uri, key=key, tracking_uri=client.tracking_uri).version


def test_a_signed_version_loads_where_its_signature_is_required(
    client: mlflow.MlflowClient, package: Path, key: Path
) -> None:
    uri, store, public = register(client, package), client.tracking_uri, f"{key}.pub"
    with pytest.raises(RegistryError, match=f"version 1 of {NAME} must be signed.* it has no signature"):
        load(uri, store, require_signature=public)
    assert sign(client, uri, key) == "1"
    for address in (uri, f"models:/{NAME}/latest"):
        assert load(address, store, require_signature=public).version == "1"
    assert load(uri, store).version == "1"
    (package / "loader.py").write_text(CHANGED)
    with pytest.raises(RegistryError, match=f"version 1 of {NAME} is not .*: loader.py changed"):
        load(uri, store, require_signature=public)
    client.set_model_version_tag(NAME, "1", FILES_TAG, files_tag(package))
    with pytest.raises(RegistryError, match="its signature is not of this name, version and files"):
        load(uri, store, require_signature=public)


def test_only_registered_versions_satisfy_a_required_signature(
    client: mlflow.MlflowClient, package: Path, key: Path
) -> None:
    assert load(package).name
    with pytest.raises(UsageError, match="with --require-signature: only registered versions are signed"):
        load(package, require_signature=f"{key}.pub")
    with pytest.raises(UsageError, match="only a registered version can be signed"):
        sign(client, str(package), key)


def test_a_changed_version_is_not_signed(client: mlflow.MlflowClient, package: Path, key: Path) -> None:
    untagged = register(client, package, has_tag=False)
    with pytest.raises(RegistryError, match=r"must have the tag forestall\.package_files"):
        sign(client, untagged, key)
    uri = register(client, package)
    (package / "requirements.txt").write_text("evil\n")
    with pytest.raises(RegistryError, match=r"requirements.txt changed"):
        sign(client, uri, key)
    booster = package / "artifacts" / "risk_model" / "booster.txt"
    booster.write_text(booster.read_text() + "\n")
    with pytest.raises(RegistryError, match=r"booster.txt"):
        sign(client, register(client, package), key)
    for version in ("1", "2", "3"):
        tags = client.get_model_version(NAME, version).tags
        assert not [name for name in tags if name.startswith("forestall.signature")]


def test_a_version_by_an_address_that_names_no_number_is_compared_too(
    client: mlflow.MlflowClient, package: Path
) -> None:
    register(client, package)
    (package / "loader.py").write_text(CHANGED)
    with pytest.raises(RegistryError, match=r"loader.py changed"):
        load(f"models:/{NAME}/latest", client.tracking_uri)
    with pytest.raises(RegistryError, match=r"no model of that name is registered"):
        load("models:/signed-rsk/latest", client.tracking_uri)


def test_no_job_runs_a_changed_loader(
    client: mlflow.MlflowClient, package: Path, work: Work, tmp_path: Path
) -> None:
    """With the tag of registration each job names the file; without it the loader is not what our code runs."""
    tagged = register(client, package)
    (package / "loader.py").write_text(CHANGED)
    untagged = register(client, package, has_tag=False)
    client.set_registered_model_alias(NAME, "challenger", "1")
    data, store, out = work.data, client.tracking_uri, tmp_path / "out"
    sys.addaudithook(hook := _Watch())
    jobs = {
        "score": lambda uri: forestall.score(uri, data, output=out, tracking_uri=store),
        "spark": lambda uri: forestall.score(uri, data, output=out, engine="spark", tracking_uri=store),
        "evaluate": lambda uri: forestall.evaluate(uri, data, output=out, tracking_uri=store),
        "explain": lambda uri: forestall.explain(uri, data, "i1", tracking_uri=store),
        "monitor": lambda uri: forestall.monitor(uri, data, data, output=out, tracking_uri=store),
        "features": lambda uri: forestall.features(
            data, output=out / "f.parquet", model=uri, tracking_uri=store
        ),
        "serve": lambda uri: forestall.serve(uri, tracking_uri=store, port=0),
        "promote": lambda uri: forestall.promote(NAME, data=data, tracking_uri=store),
    }
    for job in jobs.values():
        with pytest.raises(RegistryError, match=r"is not what was registered: loader.py changed"):
            job(tagged)
    assert load(untagged, store).score(forestall.read_tables(data)).height
    assert not hook.opened
    assert not list(tmp_path.rglob("it-ran"))


class _Watch:
    """Notes loaders that are run."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "exec" and getattr(arguments[0], "co_filename", "").endswith("loader.py"):
            names = getattr(arguments[0], "co_names", ())
            if "pathlib" in names:
                self.opened.append(str(arguments[0].co_filename))  # type: ignore[attr-defined]
