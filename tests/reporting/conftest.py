"""What the tests of the reports share."""

import polars as pl
import pytest

from evaluated_moments import moments
from forestall.evaluation import Evaluation, evaluate


@pytest.fixture(scope="session")
def frame() -> pl.DataFrame:
    return moments(2000)


@pytest.fixture(scope="session")
def evaluation(frame: pl.DataFrame) -> Evaluation:
    return evaluate(frame, segments=["channel"], n_resamples=60)
