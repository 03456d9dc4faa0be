"""A pipe instead of a file ends a command with one line; reading it would never end."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import forestall
from companies import simulated
from forestall.errors import ForestallError
from forestall.monitoring.past_scores import read_scores
from forestall.plain_files import is_special
from forestall.publishing.disk import read_json


@pytest.fixture(autouse=True)
def alarm() -> Iterator[None]:
    """End a test that waits for a pipe."""
    signal.alarm(60)
    yield
    signal.alarm(0)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return simulated(n=30, seed=1).write(tmp_path / "data")


def in_place_of(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    os.mkfifo(file)
    return file


def test_a_pipe_and_a_device_are_special(tmp_path: Path) -> None:
    assert is_special(in_place_of(tmp_path / "pipe"))
    assert is_special("/dev/null")
    assert not is_special(tmp_path)
    assert not is_special(tmp_path / "nothing")
    assert not is_special("a\0b")


@pytest.mark.parametrize("name", ["interactions.parquet", "events.parquet", "feedback.parquet", "about.json"])
def test_a_pipe_among_the_tables_is_named(data: Path, name: str) -> None:
    in_place_of(data / name)
    with pytest.raises(ForestallError, match=rf"{name} must be a .*file, is a pipe or a device"):
        forestall.read_tables(data)


def test_a_pipe_among_the_parts_of_a_table_is_named(data: Path) -> None:
    (data / "events").mkdir()
    (data / "events.parquet").rename(data / "events" / "1.parquet")
    in_place_of(data / "events" / "2.parquet")
    with pytest.raises(ForestallError, match=r"2.parquet must be a Parquet file, is a pipe"):
        forestall.read_tables(data)


def calls(data: Path, folder: Path) -> dict[str, Callable[[], object]]:
    """Return what reads a pipe, by the kind of input."""
    mapping = folder / "mapping.yaml"
    mapping.write_text("interactions: {interaction_id: a, started_at: b}\n")
    pipe = in_place_of(folder / "pipe.csv")
    scores, model = (in_place_of(folder / name) for name in ("s/scores/1.parquet", "model/model.yaml"))
    (folder / "s" / "summary.json").write_text('{"run_id": "1"}')
    return {
        "source": lambda: forestall.import_records(mapping, pipe),
        "mapping": lambda: forestall.import_records(pipe, folder / "x.csv"),
        "specification": lambda: forestall.read_spec(model.parent),
        "moments": lambda: forestall.features(data, moments=pipe),
        "scores": lambda: read_scores(scores.parents[1], "risk"),
        "suggestion": lambda: forestall.suggest(pipe, output=folder / "suggested"),
    }


@pytest.mark.parametrize("what", ["source", "mapping", "specification", "moments", "scores", "suggestion"])
def test_a_pipe_for_each_other_input_is_named(data: Path, tmp_path: Path, what: str) -> None:
    call = calls(data, tmp_path)[what]
    with pytest.raises(ForestallError, match="is a pipe or a device"):
        call()


def test_a_manifest_that_is_a_pipe_is_none(tmp_path: Path) -> None:
    assert read_json(in_place_of(tmp_path / "manifest.json")) is None
