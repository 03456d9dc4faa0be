"""What drives a model: contributions, partial dependence, and models without one family."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forestall.evaluation.questions.drivers import (
    MOST_CURVES,
    SAID,
    Drivers,
    claim_by_loss,
    family_shares,
    with_losses,
)
from forestall.evaluation.questions.partial_dependence import Curve, partial_dependence
from forestall.model import RiskModel
from forestall.model.prepared_tables import PreparedTables
from forestall.model.reasons import family_sums
from forestall.model.spec import FAMILY_NAMES
from forestall.moment_features.shared_terms import STANDARD_S
from forestall.moment_features.table import plan_of
from forestall.training.training_set import TrainingSet

MOST_MOMENTS = 1000  # contributions are slow, and their means are stable with this number
# features of the interaction itself that are measured in standards, and in seconds
_RATIOS = ("service_wait_ratio", "service_promise_ratio", "greeting_greet_ratio")
_SECONDS = ("service_wait_s", "greeting_greet_s")
_FEW_VALUES = 8  # with fewer values a curve is a step, which the contributions show


@dataclass(frozen=True)
class ExplainedMoments:
    """Moments with their encoded features and contributions.

    Parameters
    ----------
    moments
        interaction_id and customer_id.
    matrix, contributions
        (n, p) encoded features; (n, p + 1) log-odds, last the base.
    standard_s
        (n,) the standard of each moment.
    """

    model: RiskModel
    moments: pl.DataFrame
    matrix: Any
    contributions: Any
    standard_s: Any


def explain_moments(
    prepared: PreparedTables, moments: pl.DataFrame, most: int = MOST_MOMENTS
) -> ExplainedMoments:
    """Return the encoded features and contributions of moments; of more than `most`, a systematic sample.

    Parameters
    ----------
    prepared
        The model, and the records.
    moments
        `interaction_id`, `customer_id` and `as_of`.
    """
    model = prepared.model
    some = sample_of(moments, most).select("interaction_id", "customer_id", "as_of")
    frame = prepared.features(some, model.plan).select(list(model.columns))
    standard = prepared.features(some, plan_of((), {"standard": STANDARD_S}))["standard"]
    matrix = model.estimator.encode(frame)
    contributions = model.estimator.contributions_encoded(matrix)
    return ExplainedMoments(model, some, matrix, contributions, standard.cast(pl.Float64).to_numpy())


def sample_of(moments: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return a systematic sample of at most so many moments, all if they are no more."""
    return moments[:: max(1, -(-moments.height // most))]


def importance(explained: ExplainedMoments) -> list[dict[str, Any]]:
    """Return the importance of each feature, the highest first.

    Returns
    -------
    list of dict
        `feature`, `family`, `gain` (the total by which its splits lowered the loss in training; None if unknown),
        `contribution` (the mean size of what it adds to the log-odds, either way) and `description`.
    """
    sizes = np.abs(explained.contributions[:, :-1]).mean(axis=0)
    found = explained.model.estimator.gains()
    gains = [None] * len(sizes) if found is None else found.tolist()
    rows = [
        {
            "feature": column,
            "family": family,
            "gain": gain,
            "contribution": float(size),
            "description": feature.description,
        }
        for (column, (family, feature)), gain, size in zip(
            explained.model.columns.items(), gains, sizes, strict=True
        )
    ]
    return sorted(rows, key=lambda row: -float(row["contribution"]))


def by_family(explained: ExplainedMoments) -> pl.DataFrame:
    """Return interaction_id, customer_id and the contributions by family; the customers' own words are separate."""
    model, contributions = explained.model, explained.contributions
    is_sign = np.array([feature.is_sign for _, feature in model.columns.values()] + [False])
    sums = family_sums(np.where(is_sign, 0, contributions), model.families, (*FAMILY_NAMES, "context"))
    sums.pop("contribution_base")
    sums[f"contribution_{SAID}"] = contributions[:, is_sign].sum(axis=1)
    return explained.moments.select("interaction_id", "customer_id").with_columns(
        **{name: pl.Series(values) for name, values in sums.items()}
    )


def drivers(
    explained: ExplainedMoments,
    *,
    full: pl.DataFrame | None = None,
    work: TrainingSet | None = None,
    tell: Callable[[str], None] = lambda step: None,
) -> Drivers:
    """Return what is associated with dissatisfaction in the model.

    Parameters
    ----------
    explained
        What `explain_moments` returned.
    full, work
        With both, a model is fitted without each family in turn, without refits for the interval; `full` holds the
        same test moments, evaluated with all families.
    tell
        Called with each fit.
    """
    model = explained.model
    shares, claim = family_shares(by_family(explained), model.spec.seed)
    by_loss = None
    if work is not None and full is not None and len(model.spec.families) > 1:
        without: dict[str, pl.DataFrame] = {}
        for family in model.spec.families:
            tell(f"fitting without the family {family}")
            without[family] = work.without_family(family).filter("is_last")
        shares = with_losses(shares, full.filter("is_last"), without, model.spec.seed)
        by_loss = claim_by_loss(shares, without, model.spec.seed)
    return Drivers(shares, claim, _curves(explained), by_loss)


def _curves(explained: ExplainedMoments) -> list[Curve]:
    """Return the partial dependence of the risk on the most important numeric features."""
    model = explained.model
    places = {column: place for place, column in enumerate(model.columns)}
    used = [one for one in importance(explained) if one["contribution"]]
    graded = [
        one for one in used if len(np.unique(explained.matrix[:, places[one["feature"]]])) > _FEW_VALUES
    ]
    # the curve of a feature that is measured against the standard is always shown, if the model uses one
    promised = [one for one in graded if not math.isnan(_standard(one["feature"], explained.standard_s)[0])][
        :1
    ]
    shown = [*promised, *(one for one in graded if one not in promised)]
    curves: list[Curve] = []
    for one in shown:
        column = one["feature"]
        if len(curves) == MOST_CURVES:
            break
        if model.columns[column][1].is_category:
            continue
        mark, text = _standard(column, explained.standard_s)
        curve = partial_dependence(
            explained.matrix,
            places[column],
            lambda rows: np.asarray(model.estimator.predict_encoded(rows)[0]),
            feature=column,
            family=one["family"],
            description=one["description"],
            mark=mark,
            mark_text=text,
        )
        if curve is not None:
            curves.append(curve)
    return curves


def _standard(column: str, standard_s: Any) -> tuple[float, str]:
    """Return where the standard lies on a feature's axis, and its label."""
    if column in _RATIOS:
        return 1.0, "the standard"
    known = standard_s[np.isfinite(standard_s)]
    if column in _SECONDS and len(known):
        return float(np.median(known)), "the usual standard"
    return math.nan, ""
