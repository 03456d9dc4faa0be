"""What the tests of the evaluation share."""

import polars as pl
import pytest

from evaluated_moments import moments


@pytest.fixture(scope="session")
def frame() -> pl.DataFrame:
    return moments(2000)
