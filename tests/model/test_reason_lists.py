"""Reasons of many moments at once: the same as moment by moment, to the last bit."""

import numpy as np
import polars as pl
import pytest

from forestall.model import reason_lists as module
from forestall.model.missing import Losses
from forestall.model.reason_lists import ReasonLists
from forestall.model.reason_texts import read_messages
from forestall.model.reasons import lost_reasons, strongest_reasons
from forestall.model.score_columns import REASON_TYPE
from forestall.moment_features import FAMILIES, Feature
from forestall.moment_features.terms import term_of

ALL = {family.column(one): (family.name, one) for family in FAMILIES for one in family.features}
FEATURES = {
    **{name: ALL[name] for name in list(ALL)[::4]},
    "expectation_venue": ALL["expectation_venue"],
    "context_vip": ("context", Feature("vip", term_of(0.0), "", reason="vip: {value}", low=0, high=1)),
}
N = 700


def values(feature: Feature, rng: np.random.Generator) -> pl.Series:
    """Return values of a feature: whole ones, both zeros, large ones, and some that are missing."""
    if feature.is_category:
        drawn = pl.Series(rng.choice(["Leeds", "leeds", "Ærø", ""], N))
    elif feature.is_log:
        drawn = pl.Series(rng.normal(size=N))
    elif feature.is_flag:
        drawn = pl.Series(rng.choice([0.0, 1.0], N))
    elif feature.unit in {"hour", "weekday"} or feature.is_share:
        drawn = pl.Series(rng.uniform(0, 1, N).round(2))
    else:
        drawn = pl.Series(rng.choice([0.0, -0.0, 1.0, 2.0, 59.6, 250.0, 1e5, 3e16, *rng.normal(size=50)], N))
    return pl.select(pl.when(pl.Series(rng.random(N) > 0.2)).then(drawn)).to_series()


def case(seed: int) -> tuple[np.ndarray, pl.DataFrame, np.ndarray, Losses]:
    rng = np.random.default_rng(seed)
    frame = pl.DataFrame({name: values(feature, rng) for name, (_, feature) in FEATURES.items()})
    frame = frame.with_columns(pl.Series("context_vip", rng.random(N) > 0.5))
    # few different numbers, so that most rows have ties
    contributions = rng.choice([-0.5, -0.0, 0.0, 0.1, 0.1 + 2e-17, 0.3, 0.7], (N, len(FEATURES) + 1))
    contributions[: N // 2] += rng.normal(size=(N // 2, 1)) * 1e-3
    lost = rng.random((N, len(FEATURES))) < 0.05
    with_venue = np.outer(rng.random(N) < 0.3, rng.random(len(FEATURES)) < 0.4)
    with_queue = np.outer(rng.random(N) < 0.1, rng.random(len(FEATURES)) < 0.2)
    by_column = {"venue": with_venue, "channel": with_queue, "price": np.zeros_like(lost)}
    # rows with every value missing or lost, and with no contribution
    frame = frame.with_row_index().with_columns(pl.when(pl.col("index") > 9).then(pl.all())).drop("index")
    lost[:5], contributions[10:20] = True, 0.0
    return (
        contributions,
        frame,
        rng.choice([60.0, 90.0], N),
        Losses(lost | with_venue | with_queue, by_column),
    )


def one_by_one(contributions, frame, standard_s, losses, messages):
    told = strongest_reasons(contributions, frame, standard_s, FEATURES, messages, losses.features)
    for row in np.flatnonzero(losses.features.any(axis=1)):
        by_column = {name: part[row] for name, part in losses.by_column.items()}
        told[row] += lost_reasons(
            contributions[row], losses.features[row], by_column, standard_s[row], FEATURES, messages
        )
    return told


@pytest.mark.parametrize("language", ["en", "af", "da"])
@pytest.mark.parametrize("rows_at_once", [64, 10_000])
def test_many_moments_have_the_reasons_of_each(monkeypatch, language, rows_at_once):
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", rows_at_once)
    messages = read_messages(language)
    contributions, frame, standard_s, losses = case(rows_at_once)
    found = ReasonLists(contributions[:, :-1], frame, standard_s, FEATURES, messages, losses).series()
    assert found.dtype == REASON_TYPE
    expected = one_by_one(contributions, frame, standard_s, losses, messages)
    assert found.to_list() == expected
    assert min(map(len, expected)) == 0
    assert max(map(len, expected)) > 6


def test_moments_without_any_reason_have_empty_lists():
    _, frame, standard_s, losses = case(0)
    nothing = Losses(np.zeros_like(losses.features), {})
    lists = ReasonLists(
        np.full((N, len(FEATURES)), -1.0), frame, standard_s, FEATURES, read_messages("en"), nothing
    )
    assert lists.series().to_list() == [[]] * N
    none = np.zeros(0, dtype=int)
    empty = ReasonLists(
        np.empty((0, len(FEATURES))), frame[none], standard_s[none], FEATURES, read_messages("en"),
        Losses(losses.features[none], {}),
    )  # fmt: skip
    assert empty.series().to_list() == []
