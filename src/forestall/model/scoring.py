"""From moments to the columns of a score row: features, risk with its interval, quality and reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from forestall.model.contact_effect import EFFECT
from forestall.model.matrix import Columns
from forestall.model.missing import Bools, Floats, Losses
from forestall.model.policy import banded, bands_of, lowest_risk, worth
from forestall.model.reason_lists import ReasonLists
from forestall.model.reason_texts import Messages
from forestall.model.reasons import family_sums, lost_reasons, strongest_reasons
from forestall.model.spec import FAMILY_NAMES
from forestall.moment_features.feature_plan import Lists
from forestall.moment_features.name_columns import Names, is_there, take
from forestall.moment_features.record_events import NO_TIME
from forestall.moment_features.sources import Sources
from forestall.moment_features.table import values_at
from forestall.moments.timeline import Ints

if TYPE_CHECKING:
    from forestall.model.risk_model import RiskModel

Table = pl.DataFrame | Mapping[str, Any]  # lists with None for null, or arrays with NaN
_QUALITY = np.array(["ok", "partial", "abstained"], dtype=object)


class Prediction(NamedTuple):
    """The risk of moments.

    Attributes
    ----------
    risk, low, high
        (n_moments,) the risk and its 90 % interval.
    matrix
        (n_moments, n_features) the encoded features that this risk belongs to: with medians in place of lost values
        where these gave the higher risk.
    learnt
        (n_moments,) the `log_odds_of_learner` for this matrix.
    """

    risk: Floats
    low: Floats
    high: Floats
    matrix: Floats
    learnt: Floats


def score_moments(
    model: RiskModel,
    sources: Sources,
    place: Ints,
    as_of: Ints,
    messages: Messages | None,
    reasons_from: str | None = None,
    *,
    effects: bool = True,
) -> dict[str, Any]:
    """Return the columns of the score rows of moments, by name.

    Parameters
    ----------
    model
        The model that scores.
    sources
        Where the moments come from.
    place, as_of
        (n_moments,) their interactions in `sources`, and their times in microseconds.
    messages
        The language of the reasons; None for no contributions and no reasons.
    reasons_from
        The lowest band whose moments get contributions and reasons; None: all.
    effects
        Whether the effect of a contact is computed too, if contacts are ordered by it.
    """
    table = values_at(sources, place, as_of, model.plan, are_told=messages is not None)
    matrix, gaps = encode_table(model, table)
    losses = model.typical.losses(gaps, table["stage"], sources, place, as_of, model.inputs)
    prediction = predict_cautiously(model, matrix, losses.features, model.typical.medians(table["stage"]))
    abstains = np.asarray(table["n_events"]) == 0
    for values in prediction[:3]:
        values[abstains] = np.nan
    interactions = sources.interactions
    value = np.array(take(interactions["customer_value"], place), dtype=np.float64)
    bands = bands_of(model.spec.bands, model.info)
    columns = {
        "interaction_id": take(interactions["interaction_id"], place),
        "customer_id": take(interactions["customer_id"], place),
        "as_of": _times(as_of, abstains),
        "dissatisfaction_risk": prediction.risk,
        "risk_low": prediction.low,
        "risk_high": prediction.high,
        "risk_band": banded(prediction.risk, bands),
        "expected_loss": prediction.risk * worth(model.spec.policy, value),
        "data_quality": _QUALITY[np.where(abstains, 2, losses.features.any(axis=1))].tolist(),
    }
    if effects and model.effect is not None and model.effect.orders_contacts:
        columns[EFFECT] = model.effect.predict(table, prediction.risk)
    if messages is not None and len(place):
        lowest = lowest_risk(bands, reasons_from)
        columns |= _explanations(model, prediction, table, abstains, messages, losses, lowest)
    return columns


def encode_table(model: RiskModel, table: Table) -> tuple[Floats, Bools]:
    """Return the encoded features of moments and where they are missing, (n_moments, n_features) each.

    The estimator's `encode` gives the same matrix for any table, after checking its columns.
    """
    names = list(model.columns)
    numeric, categorical = model.numeric_and_categorical
    numbers = np.full((len(table["stage"]), len(names)), np.nan)
    if isinstance(table, pl.DataFrame):
        numbers[:, numeric] = table.select([names[place] for place in numeric]).to_numpy()
    else:  # None becomes NaN
        numbers[:, numeric] = np.array([table[names[place]] for place in numeric], dtype=np.float64).T
    categories = {place: _names(table[names[place]]) for place in categorical}
    gaps = np.isnan(numbers)
    for place, column in categories.items():
        gaps[:, place] = ~is_there(column)
    return model.estimator.encoder_.matrix(Columns(numbers, categories)), gaps


def _names(column: Any) -> Names:
    names: Names = column.tolist() if isinstance(column, np.ndarray) else column
    return names


def predict_cautiously(model: RiskModel, matrix: Floats, lost: Bools, medians: Floats) -> Prediction:
    """Return the risk of moments; of a moment with a lost value the higher of two risks.

    Parameters
    ----------
    model
        The model that predicts.
    matrix
        (n_moments, n_features) the encoded features.
    lost
        (n_moments, n_features) which of them are lost.
    medians
        (n_moments, n_features) what stands in their place the second time.
    """
    if not len(matrix):
        return Prediction(np.empty(0), np.empty(0), np.empty(0), matrix, np.empty(0))
    estimator = model.estimator
    learnt = estimator.log_odds_of_learner(matrix)
    risk, low, high, _ = estimator.predict_encoded(matrix, learnt)
    rows = np.flatnonzero(lost.any(axis=1))
    if len(rows):
        filled = np.where(lost[rows], medians[rows], matrix[rows])
        learnt_again = estimator.log_odds_of_learner(filled)
        again = estimator.predict_encoded(filled, learnt_again)
        is_higher = again[0] > risk[rows]
        for first, second in zip((risk, low, high, learnt), (*again[:3], learnt_again), strict=True):
            first[rows[is_higher]] = second[is_higher]
        matrix = matrix.copy()
        matrix[rows[is_higher]] = filled[is_higher]
    return Prediction(risk, low, high, matrix, learnt)


def _explanations(
    model: RiskModel,
    prediction: Prediction,
    table: Table,
    abstains: Bools,
    messages: Messages,
    losses: Losses,
    lowest: float,
) -> dict[str, Any]:
    """Return the contributions by family and base, and the reasons.

    Where the model abstains, contributions are missing and there are no reasons; where the risk is below `lowest`, both
    are missing.
    """
    matrix, learnt, rows = prediction.matrix, prediction.learnt, np.flatnonzero(prediction.risk >= lowest)
    if len(rows) < len(matrix):
        matrix, learnt, table, losses = matrix[rows], learnt[rows], _at(table, rows), losses.at(rows)
    contributions = np.zeros((0, matrix.shape[1] + 1))
    if len(rows):
        contributions = model.estimator.contributions_encoded(matrix, learnt)
    standard_s = np.asarray(table["beside_standard_s"], dtype=np.float64)
    columns: dict[str, Any] = {}
    for name, one in family_sums(contributions, model.families, (*FAMILY_NAMES, "context")).items():
        columns[name] = np.full(len(abstains), np.nan)
        columns[name][rows] = one
    if isinstance(table, pl.DataFrame):
        told = ReasonLists(contributions[:, :-1], table, standard_s, model.columns, messages, losses).series()
        where = pl.Series(np.where(abstains, len(rows), -1)).scatter(rows, np.arange(len(rows)))
        told = told.append(pl.Series([[]], dtype=told.dtype)).gather(where.replace(-1, None))
        return {**columns, "reasons": told}
    reasons: list[Any] = [[] if one else None for one in abstains]
    for row, own in zip(
        rows, _reasons_of_few(model, contributions, table, standard_s, messages, losses), strict=True
    ):
        reasons[row] = own
    return {**columns, "reasons": reasons}


def _at(table: Table, rows: Ints) -> Table:
    """Return some rows of a table."""
    if isinstance(table, pl.DataFrame):
        return table[rows]
    return {name: [values[row] for row in rows] for name, values in table.items()}


def _reasons_of_few(
    model: RiskModel,
    contributions: Floats,
    table: Lists,
    standard_s: Floats,
    messages: Messages,
    losses: Losses,
) -> list[list[dict[str, Any]]]:
    """Return the reasons of moments one by one, which takes less time for up to a hundred."""
    reasons = strongest_reasons(contributions, table, standard_s, model.columns, messages, losses.features)
    for row in np.flatnonzero(losses.features.any(axis=1)):
        by_column = {name: lost[row] for name, lost in losses.by_column.items()}
        reasons[row] += lost_reasons(
            contributions[row], losses.features[row], by_column, standard_s[row], model.columns, messages
        )
    return reasons


def _times(as_of: Ints, abstains: Bools) -> Ints | list[int | None]:
    """Return the moments; None for a record without any time."""
    unknown = abstains & (as_of == NO_TIME)
    if not unknown.any():
        return as_of
    return [None if one else at for one, at in zip(unknown.tolist(), as_of.tolist(), strict=True)]
