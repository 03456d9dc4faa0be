"""The small inputs with the right result beside each, where the project's shared folder is there."""

import importlib.util
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from forestall.cli.main import main

FOLDER = Path(os.environ.get("FORESTALL_DATA", "/nowhere")).parent / "cases"
CASES = sorted(path for path in (FOLDER / "import").glob("*") if path.is_dir())


@pytest.mark.skipif(not CASES, reason="the shared cases are not beside FORESTALL_DATA")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_shared_case_is_imported_as_expected(
    case: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(command: list[str], **_: object) -> Any:
        code = main([str(part) for part in command[1:]])
        said = capsys.readouterr()
        return SimpleNamespace(returncode=code, stdout=said.out, stderr=said.err)

    found = importlib.util.spec_from_file_location("run_import", FOLDER / "run_import.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    monkeypatch.setattr(module, "subprocess", SimpleNamespace(run=run))
    assert module.faults(case) == []
