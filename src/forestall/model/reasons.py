"""Reasons: contributions by family, and the features that raise a risk most, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.features import Family, Feature
from forestall.features.plan import Values

Floats = npt.NDArray[np.float64]
N_REASONS = 3
REASON_TYPE = pl.List(
    pl.Struct({"family": pl.String, "feature": pl.String, "contribution": pl.Float64, "text": pl.String})
)
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def family_sums(contributions: Floats, families: Sequence[Family], names: Sequence[str]) -> dict[str, Floats]:
    """Return the contributions of moments by family, and the base.

    Parameters
    ----------
    contributions
        (n, p + 1) of each feature, and last the base: log-odds.
    families
        The model's families, in the order of the columns.
    names
        The names of all families to be told of.

    Returns
    -------
    dict of arrays
        `contribution_<name>` and `contribution_base`, (n,) each.
    """
    sums, begin = {name: np.zeros(len(contributions)) for name in names}, 0
    for family in families:
        end = begin + len(family.features)
        sums[family.name] = contributions[:, begin:end].sum(axis=1)
        begin = end
    return {
        **{f"contribution_{name}": values for name, values in sums.items()},
        "contribution_base": contributions[:, -1],
    }


def reasons(
    contributions: Floats,
    frame: Values,
    standard_s: Floats,
    features: Mapping[str, tuple[str, Feature]],
) -> list[list[dict[str, Any]]]:
    """Return for each moment the features that raise its risk most, strongest first.

    Parameters
    ----------
    contributions
        (n, p + 1) log-odds.
    frame
        (n, p) the features' values.
    standard_s
        (n,) the standard of each moment, seconds.
    features
        Family and declaration of each column.
    """
    columns = list(features)
    strongest = np.argsort(-contributions[:, :-1], axis=1, kind="stable")[:, :N_REASONS]
    rows = []
    for row, places in enumerate(strongest):
        found = []
        for place in places:
            column, contribution = columns[place], float(contributions[row, place])
            if contribution <= 0:
                break
            family, feature = features[column]
            text = in_words(feature, frame[column][row], standard_s[row])
            found.append({"family": family, "feature": column, "contribution": contribution, "text": text})
        rows.append(found)
    return rows


def in_words(feature: Feature, value: float | str | None, standard_s: float) -> str:
    """Return a feature's value in words.

    Examples
    --------
    >>> from forestall.features.service import SERVICE
    >>> in_words(SERVICE.features[0], 250.0, 90.0)
    'waited 4 min 10 s to be served, the standard is 90 s'
    """
    if value is None:
        return f"{feature.description.rstrip('.')}: not known"
    said = feature.reason or f"{feature.description.rstrip('.')}: {{value}}"
    return said.format(value=_shown(feature, value), standard=duration(standard_s))


def _shown(feature: Feature, value: float | str) -> str:
    if isinstance(value, str):
        return value
    if feature.low == 0 and feature.high == 1:
        return ("yes" if value else "no") if value in (0, 1) else f"{value:.0%}"
    if feature.name.endswith("_s"):
        return duration(value)
    if feature.name.endswith("_days"):
        return duration(value * _DAY_S)
    if feature.name.endswith("_share"):
        return f"{value:.0%}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.3g}"


def duration(seconds: float) -> str:
    """Return a duration in its two largest units.

    Examples
    --------
    >>> duration(90), duration(250), duration(3 * 86400 + 7200)
    ('90 s', '4 min 10 s', '3 d 2 h')
    """
    whole = round(seconds)
    if abs(whole) < 2 * _MINUTE_S:
        return f"{whole} s"
    for big, small, size, part in (
        ("min", "s", _MINUTE_S, 1),
        ("h", "min", _HOUR_S, _MINUTE_S),
        ("d", "h", _DAY_S, _HOUR_S),
    ):
        limit = {"min": _HOUR_S, "h": 2 * _DAY_S}.get(big, float("inf"))
        if abs(whole) < limit:
            n, rest = divmod(abs(whole), size)
            sign = "-" if whole < 0 else ""
            return f"{sign}{n} {big} {rest // part} {small}" if rest // part else f"{sign}{n} {big}"
    raise AssertionError(whole)
