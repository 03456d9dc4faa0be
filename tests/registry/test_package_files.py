"""The tag of a version says what its package's files were, and each change of one is named."""

from pathlib import Path

import mlflow
import pytest

from forestall.registry import RegistryError, load
from forestall.registry.aliases import by_number
from forestall.registry.package_files import FILES_TAG, check_files, files_tag, package_files
from forestall.registry.tracking import connect
from workshop import Work


@pytest.fixture
def package(work: Work, tmp_path: Path) -> Path:
    connect(work.tracking_uri)
    return Path(mlflow.artifacts.download_artifacts(work.champion, dst_path=str(tmp_path / "package")))


def test_every_file_of_the_package_is_covered(package: Path) -> None:
    names = {file.relative_to(package).as_posix() for file in package.rglob("*") if file.is_file()}
    covered = set(package_files(package))
    assert names - covered == {"registered_model_meta"}
    assert {"loader.py", "requirements.txt", "MLmodel", "artifacts/risk_model/booster.txt"} <= covered
    assert any(name.endswith(".whl") for name in covered)


def test_a_registered_version_has_the_tag_of_its_files(work: Work, package: Path) -> None:
    model = load(work.champion, work.tracking_uri)
    tags = by_number(connect(work.tracking_uri), model.name, str(model.version)).tags
    assert tags[FILES_TAG] == files_tag(package)
    check_files(package, tags, "it")


def test_each_changed_added_and_removed_file_is_named(package: Path) -> None:
    tags = {FILES_TAG: files_tag(package)}
    for name in package_files(package):
        file, content = package / name, (package / name).read_bytes()
        file.write_bytes(content + b"\n")
        with pytest.raises(RegistryError, match=f"is not what was registered: {name} changed"):
            check_files(package, tags, "version 1 of risk")
        file.unlink()
        with pytest.raises(RegistryError, match=name):
            check_files(package, tags, "version 1 of risk")
        file.symlink_to(package / "registered_model_meta")
        with pytest.raises(RegistryError, match=name):
            check_files(package, tags, "version 1 of risk")
        file.unlink()
        file.write_bytes(content)
    (package / "sitecustomize.py").write_text("")
    with pytest.raises(RegistryError, match=r"sitecustomize.py changed"):
        check_files(package, tags, "version 1 of risk")
    check_files(package, {}, "a version without the tag")
    with pytest.raises(RegistryError, match="must be JSON"):
        check_files(package, {FILES_TAG: "x"}, "it")


def test_a_version_whose_loader_was_changed_is_not_loaded(
    client: mlflow.MlflowClient, package: Path, tmp_path: Path
) -> None:
    """It would run in `mlflow.pyfunc.load_model`; here it is never run at all."""
    tag = files_tag(package)
    with (package / "loader.py").open("a") as file:
        file.write("\nraise SystemExit('changed')\n")
    client.create_registered_model("tampered-risk")
    client.create_model_version("tampered-risk", str(package), tags={FILES_TAG: tag})
    with pytest.raises(RegistryError, match=r"version 1 of tampered-risk is not .*loader.py"):
        load("models:/tampered-risk/1", f"sqlite:///{tmp_path}/mlflow.db")
