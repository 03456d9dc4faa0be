"""What every test may use."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Give the folder of the real data sets; without it the test is skipped, or fails where CI is set."""
    folder = Path(os.environ.get("FORESTALL_DATA", "data"))
    if (folder / "deepcsat" / "tickets.csv").is_file():
        return folder
    if os.environ.get("CI"):
        pytest.fail("FORESTALL_DATA must name the folder of the real data sets")
    pytest.skip("FORESTALL_DATA names no folder with the real data sets")
