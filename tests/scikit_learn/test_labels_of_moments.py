"""Labelled moments for scikit-learn: those that a training learns from."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import forestall
from companies import simulated
from forestall.errors import UsageError
from forestall.model import Spec
from forestall.training import labelled_moments as training_labels

SPEC = Spec.model_validate(
    {
        "name": "a",
        "label": {"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 14},
        "moments": {"per_interaction": 2},
    }
)


@pytest.fixture(scope="module")
def tables() -> forestall.Tables:
    return simulated(150)


def test_they_are_the_moments_of_a_training(tables):
    found = forestall.labelled_moments(tables, SPEC)
    expected, _ = training_labels.labelled_moments(tables, SPEC)
    expected = expected.sort("as_of", "interaction_id")
    assert found.X.equals(expected.select("interaction_id", "as_of"))
    assert found.y.tolist() == expected["label"].to_list()
    assert found.sample_weight.tolist() == expected["weight"].to_list()
    assert (np.diff(found.times) >= np.timedelta64(0)).all()
    assert len(found.X) == len(found.y) == len(found.groups) == len(found.times)


def test_an_interaction_without_a_customer_is_a_group_of_its_own(tables):
    unknown = tables.interactions.with_columns(customer_id=pl.lit(None, pl.String))
    found = forestall.labelled_moments(tables.replace(interactions=unknown), SPEC)
    assert len(set(found.groups)) == found.X["interaction_id"].n_unique()


def test_pandas_in_is_pandas_out_and_a_folder_is_read(tables, tmp_path):
    (tmp_path / "model.yaml").write_text(
        "name: a\nlabel: {scale: [1, 5], dissatisfied_at_or_below: 2, horizon_days: 14}\n"
    )
    frames = {name: getattr(tables, name).to_pandas() for name in ("interactions", "events", "feedback")}
    found = forestall.labelled_moments(forestall.Tables(**frames), tmp_path)
    assert isinstance(found.X, pd.DataFrame)
    assert list(found.X.columns) == ["interaction_id", "as_of"]
    with pytest.raises(UsageError, match=r"model\.yaml"):
        forestall.labelled_moments(tables, tmp_path / "none")


def test_without_a_clock_there_are_no_times(tables):
    plain = forestall.Tables(tables.interactions, tables.events, tables.feedback, about={"clock": "none"})
    assert np.isnat(forestall.labelled_moments(plain, SPEC).times).all()
