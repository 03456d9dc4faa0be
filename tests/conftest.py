"""What every test may use."""

import os
import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sqlalchemy import Engine, create_engine, inspect

from forestall.simulation import simulate
from made_once import copy_of_store, made_once
from object_store import optional_library, s3_server
from postgresql import postgresql
from refits import FEW, refits
from run_order import LONG_FILES, SLOW_FILES, SLOW_FIXTURES, FilesTogether
from workshop import QUICK_MODEL, Run, Work

HERE = Path(__file__).parent
# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
# Java starts sooner, and works less beside the tests, with its quick compiler and one thread that collects garbage.
_SPARK = (
    "--master local[2,4] --driver-memory 1g --conf spark.ui.enabled=false"
    " --driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' pyspark-shell"
)


def pytest_configure(config: pytest.Config) -> None:
    """Keep compiled loops in pytest's cache, for all processes of this run and of later ones."""
    os.environ["NUMBA_CACHE_DIR"] = str(config.cache.mkdir("compiled_loops"))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether | None:
    """Deal the tests out by file, as `make test` asks for."""
    return FilesTogether(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow tests, leave out the proofs, and let workers begin with the files that take longest."""
    is_left_out = pytest.mark.skip(reason="a proof with a smaller twin: `make prove` runs it")
    for item in items:
        if item.get_closest_marker("proof") and "FORESTALL_PROVE" not in os.environ:
            item.add_marker(is_left_out)
        is_slow_file = _file_of(item) in SLOW_FILES
        if is_slow_file or SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    if "PYTEST_XDIST_WORKER" in os.environ:
        slow_files = {_file_of(item) for item in items if item.get_closest_marker("slow")}
        ranks = dict.fromkeys(slow_files, len(LONG_FILES)) | {name: k for k, name in enumerate(LONG_FILES)}
        items.sort(key=lambda item: ranks.get(_file_of(item), len(LONG_FILES) + 1))


def _file_of(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).as_posix()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Give the folder of the real data sets; without it the test is skipped, or fails where CI is set."""
    folder = Path(os.environ.get("FORESTALL_DATA", "data"))
    if (folder / "deepcsat" / "tickets.csv").is_file():
        return folder
    if os.environ.get("CI"):
        pytest.fail("FORESTALL_DATA must name the folder of the real data sets")
    pytest.skip("FORESTALL_DATA names no folder with the real data sets")


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """Give a Spark session on this machine; without Spark the test is skipped, or fails where CI is set."""
    from forestall.errors import UsageError
    from forestall.spark.session import spark_session

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYSPARK_SUBMIT_ARGS", _SPARK)
        try:
            with spark_session() as session:
                session.sparkContext.setLogLevel("ERROR")
                yield session
        except UsageError as error:
            if os.environ.get("CI") and not os.environ.get("FORESTALL_NO_JAVA"):
                pytest.fail(str(error))
            pytest.skip(str(error))


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """Give a client of an S3 server on this machine, with the bucket `company`; the environment leads to it."""
    with s3_server() as client:
        yield client


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a new PostgreSQL database."""
    optional_library("adbc_driver_postgresql", "postgres")
    with postgresql(tmp_path_factory.mktemp("postgresql")) as address:
        yield address


@pytest.fixture(scope="session", autouse=True)
def _new_stores_are_copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Copy the tables of each new SQLite store from one that MLflow has laid out, which takes it a second each time."""
    from mlflow.store.db import utils

    lay_out = utils._initialize_tables

    def make(folder: Path) -> None:
        engine = create_engine(f"sqlite:///{folder}/mlflow.db")
        lay_out(engine)
        engine.dispose()

    def copy(engine: Engine) -> None:
        if engine.dialect.name != "sqlite" or inspect(engine).get_table_names():
            lay_out(engine)
            return
        laid_out = made_once(tmp_path_factory, "store", make) / "mlflow.db"
        with closing(sqlite3.connect(laid_out)) as source, closing(engine.raw_connection()) as target:
            source.backup(target.driver_connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, "_initialize_tables", copy)
        yield


@pytest.fixture(scope="session", autouse=True)
def _few_refits() -> Iterator[None]:
    """Train with few refits where a test does not ask for those that are shipped."""
    with refits(FEW):
        yield


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data folder of 5,000 simulated interactions; tests must not change it."""
    return (
        made_once(tmp_path_factory, "company", lambda folder: simulate(folder / "data", 5000, seed=1))
        / "data"
    )


@pytest.fixture(scope="session")
def quick_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a model that is learnt in seconds."""
    folder = tmp_path_factory.mktemp("models") / "quick"
    folder.mkdir()
    (folder / "model.yaml").write_text(QUICK_MODEL)
    return folder


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory, company: Path, quick_model: Path) -> Work:
    """Give a working folder in which a model was trained and promoted; tests may add versions to it."""
    from forestall.jobs.promote import promote
    from forestall.jobs.train import train

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            patch.delenv("MLFLOW_TRACKING_URI", raising=False)
            uri = f"sqlite:///{folder}/mlflow.db"
            report = train(company, quick_model, tracking_uri=uri)
            gate = promote(report.name, tracking_uri=uri)
        (folder / "reports.pickle").write_bytes(pickle.dumps((report, gate)))

    # one training for all workers; each adds versions to a copy of its own
    source, folder = made_once(tmp_path_factory, "work", make), tmp_path_factory.mktemp("work") / "folder"
    copy_of_store(source, folder)
    report, gate = pickle.loads((source / "reports.pickle").read_bytes())
    return Work(folder, company, quick_model, report, gate)


@pytest.fixture(autouse=True)
def _connected(request: pytest.FixtureRequest) -> None:
    """Connect MLflow with the store of the work before each test that uses it; others connect with their own."""
    if "work" in request.fixturenames:
        from forestall.registry.tracking import connect

        if isinstance(used := request.getfixturevalue("work"), Work):
            connect(used.tracking_uri)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in an empty working folder; give its exit code, stdout and stderr."""
    from forestall.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(
        "MLFLOW_TRACKING_URI", raising=False
    )  # MLflow sets it where an earlier test named a store

    def call(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call
