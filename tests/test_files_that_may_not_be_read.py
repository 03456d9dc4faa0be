"""Files that the user of a job may not read: the error says so, and not that the file is damaged.

Root reads everything, so the files are damaged, and the system is made to say that they are forbidden.
"""

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forestall.cli import exit_code_of
from forestall.data.storage import reading
from forestall.data.table_files import _unreadable
from forestall.errors import ForestallError, cannot_read
from forestall.forgetting.rows_of_customers import columns_of
from forestall.importing.readers.content import read_content
from forestall.jobs.features import _read_file
from forestall.jobs.ledger import _read as read_results
from forestall.monitoring.past_scores import _read as read_scores
from forestall.yaml_text import read_yaml

SAID = "may not be read by this user; change its permissions, or run the command as another user"


def read_frame(file: Path) -> None:
    with reading(file):
        raise OSError


def read_part(file: Path) -> None:
    raise _unreadable(str(file), str(file), "a Parquet file", OSError())


READERS: dict[str, Callable[[Path], Any]] = {
    "a table": read_frame,
    "a part of a table": read_part,
    "an export": read_content,
    "moments": _read_file,
    "results of contacts": lambda file: read_results(file.rename(file.with_suffix(".parquet"))),
    "past scores": lambda file: read_scores(file, {"interaction_id": None}),
    "a file to forget in": columns_of,
    "a configuration": read_yaml,
}


@pytest.mark.parametrize("name", READERS)
def test_a_forbidden_file_is_named_as_such(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_bytes(gzip.compress(b"x" * 1000)[:20] + b"\xff")
    with pytest.raises(ForestallError) as damaged:
        READERS[name](file)
    assert SAID not in str(damaged.value)
    file.write_bytes(gzip.compress(b"x" * 1000)[:20] + b"\xff")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ForestallError) as forbidden:
        READERS[name](file)
    assert str(forbidden.value).endswith(SAID)


def test_a_file_in_a_forbidden_folder_is_forbidden_and_a_missing_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cannot_read(tmp_path / "none", "it is missing") == "it is missing"
    assert cannot_read("a\0b", "it is no path") == "it is no path"

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", refuse)
    assert cannot_read("folder/file", "it is damaged") == f"folder/file {SAID}"


def test_a_command_that_is_refused_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    def run() -> None:
        raise PermissionError(13, "Permission denied", "data/events.parquet")

    assert exit_code_of(run) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: data/events.parquet may not be read or written by this user; change its")
    assert "--debug" not in said
