"""The built manual, and a runner of its examples."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from page_examples import ROOT, ExampleRunner

from made_once import made_once


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> ExampleRunner:
    """Return the runner of the manual's examples."""
    return ExampleRunner(tmp_path_factory)


@pytest.fixture(scope="session")
def manual_tools() -> None:
    """Skip the test without MkDocs, or fail it where CI is set."""
    missing = [
        name for name in ("mkdocs", "material", "mkdocstrings") if importlib.util.find_spec(name) is None
    ]
    if missing:
        why = f"{', '.join(missing)} not installed: pip install '.[docs]'"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)


@pytest.fixture(scope="session")
def site(manual_tools: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the manual, built as `make docs` builds it; a warning fails the test."""
    return made_once(tmp_path_factory, "site", _build)


def _build(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    assert not done.stderr.strip(), done.stderr[-4000:]
