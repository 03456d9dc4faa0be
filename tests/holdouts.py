"""A twin and its test part without the refits for the interval, which take half of a training's time."""

import polars as pl

import forestall
from forestall.model import RiskModel, Spec
from forestall.training.labelled_moments import IS_DRAWN, asks_to_draw, labelled_moments, split
from forestall.training.training_set import TrainingSet


def training_set(tables: forestall.Tables, spec: Spec) -> TrainingSet:
    """Return the labelled moments with their features, as `learn` makes them."""
    is_drawn = asks_to_draw(tables, spec.label)
    moments, _ = split(tables, labelled_moments(tables, spec, is_drawn)[0], spec)
    return TrainingSet.of(tables, moments, spec, 2, {IS_DRAWN: is_drawn})


def holdout(tables: forestall.Tables, spec: Spec) -> tuple[RiskModel, pl.DataFrame]:
    """Return the twin, and the test moments with its risks and those of the baselines, as `learn` makes them."""
    return training_set(tables, spec).judge(n_refits=0)
