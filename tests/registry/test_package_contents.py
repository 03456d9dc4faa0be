"""The contents of the packaged model: every file is opened."""

import os
import pickletools
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

import forestall
from forestall.registry.tracking import connect
from workshop import Work

HOUSE = Path(__file__).parents[2]
KINDS = {"", ".txt", ".json", ".yaml", ".py", ".whl"}
SIMULATOR = "forestall/simulation/"


@pytest.fixture(scope="module")
def package(work: Work, tmp_path_factory: pytest.TempPathFactory) -> Path:
    connect(work.tracking_uri)
    target = tmp_path_factory.mktemp("fetched")
    return Path(mlflow.artifacts.download_artifacts(work.champion, dst_path=str(target)))


def contents(package: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each file of the package, and of the wheel in it; not what Python compiles where a package is loaded."""
    for file in package.rglob("*"):
        if file.is_file() and file.parent.name != "__pycache__":
            yield file.relative_to(package).as_posix(), file.read_bytes()
        if file.suffix == ".whl":
            with zipfile.ZipFile(file) as wheel:
                yield from ((name, wheel.read(name)) for name in wheel.namelist())


def is_pickle(data: bytes) -> bool:
    """Return whether the bytes are one whole pickle."""
    try:
        return sum(1 for _ in pickletools.genops(data)) > 1
    except Exception:
        return False


def test_the_package_is_text_and_one_wheel_without_pickle(package: Path) -> None:
    kinds = {Path(name).suffix for name, _ in contents(package)} - {".md", ".j2", ".css", ".js", ".typed"}
    assert kinds <= KINDS
    for name, data in contents(package):
        if not name.endswith(".whl"):
            data.decode("utf-8")
        assert not is_pickle(data), name
        assert b"joblib" not in data[:64]
        assert b"PAR1" not in data[:4]


def test_a_pickle_would_be_found() -> None:
    import pickle

    assert is_pickle(pickle.dumps({"a": 1}, protocol=0))
    assert is_pickle(pickle.dumps({"a": 1}))


def test_the_package_holds_no_row_of_the_training_data(package: Path, work: Work) -> None:
    tables = forestall.read_tables(work.data)
    ids = {*tables.interactions["interaction_id"], *tables.interactions["customer_id"].drop_nulls()}
    said = {text for text in tables.events["text"].drop_nulls() if len(text) > 12}
    starts = {f"{time:%Y-%m-%dT%H:%M:%S.%f}" for time in tables.interactions["started_at"]}
    assert min(map(len, (ids, said, starts))) > 100
    for name, data in contents(package):
        if name.endswith(".whl"):
            continue
        text = data.decode("utf-8")
        words = {word.strip('"') for word in text.replace(",", " ").replace(":", " ").split()}
        assert not ids & words, name
        assert not [one for one in said if one in text], name
        assert not [one for one in starts if one in text], name


def test_the_package_holds_no_path_of_this_machine(package: Path, work: Work) -> None:
    places = {Path.home(), HOUSE, Path.cwd(), work.folder, work.data, Path(tempfile.gettempdir()), Path(sys.prefix),
              Path(os.environ.get("TMPDIR", "/tmp"))}  # fmt: skip
    places |= {place.resolve() for place in places} | {Path(os.path.abspath(place)) for place in places}
    names = {str(place) for place in places if len(place.parts) > 1}
    for name, data in contents(package):
        if name.endswith(".whl"):
            continue
        text = data.decode("utf-8")
        assert not [place for place in names if place in text], name
        assert os.uname().nodename not in text.split(), name


def test_the_requirements_name_the_wheel_and_every_library(package: Path) -> None:
    lines = (package / "requirements.txt").read_text().splitlines()
    wheel = package / lines[0]
    assert wheel.is_file()
    assert wheel.name == f"forestall-{forestall.__version__}-py3-none-any.whl"
    names = {line.partition("==")[0] for line in lines[1:]}
    assert {"mlflow", "lightgbm", "polars", "numpy", "pandas", "babel"} <= names
    assert all("==" in line for line in lines[1:])


def test_the_wheel_holds_the_code_of_this_process(package: Path) -> None:
    (file,) = (package / "artifacts").glob("*.whl")
    root = Path(str(forestall.__file__)).parent
    with zipfile.ZipFile(file) as wheel:
        inside = {name for name in wheel.namelist() if name.startswith("forestall/")}
        for name in inside:
            assert wheel.read(name) == (root.parent / name).read_bytes()
        code = {f"forestall/{path.relative_to(root).as_posix()}" for path in root.rglob("*.py")}
        assert {name for name in code if not name.startswith(SIMULATOR)} <= inside
        assert not [name for name in inside if name.startswith(SIMULATOR)]
        assert (
            f"Version: {forestall.__version__}"
            in wheel.read(f"forestall-{forestall.__version__}.dist-info/METADATA").decode()
        )
