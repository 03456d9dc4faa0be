"""Reasons: contributions by family, the features that raise a risk most, and lost values, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.model.reason_texts import Messages
from forestall.moment_features import Family, Feature
from forestall.moment_features.feature_plan import Lists

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
N_REASONS = 3
N_LOST = 3  # at most so many features that were lost without their column are named
REASON_TYPE = pl.List(
    pl.Struct({"family": pl.String, "feature": pl.String, "contribution": pl.Float64, "text": pl.String})
)
_DAY_S = 86_400


def family_sums(contributions: Floats, families: Sequence[Family], names: Sequence[str]) -> dict[str, Floats]:
    """Return the contributions of moments by family, and the base.

    Parameters
    ----------
    contributions
        (n_moments, n_features + 1) log-odds of each feature; the last column is the base.
    families
        The model's families, in the order of the columns.
    names
        The families to return; one that the model does not use has zeros.

    Returns
    -------
    dict of arrays
        `contribution_<name>` and `contribution_base`, (n_moments,) each.
    """
    sums, begin = {name: np.zeros(len(contributions)) for name in names}, 0
    for family in families:
        end = begin + len(family.features)
        own = contributions[:, begin:end].sum(axis=1)
        # a family of the company's own adds to another
        sums[family.group] = own if family.group == family.name else sums[family.group] + own
        begin = end
    return {
        **{f"contribution_{name}": values for name, values in sums.items()},
        "contribution_base": contributions[:, -1],
    }


def strongest_reasons(
    contributions: Floats,
    frame: pl.DataFrame | Lists,
    standard_s: Floats,
    features: Mapping[str, tuple[str, Feature]],
    messages: Messages,
    lost: Bools | None = None,
) -> list[list[dict[str, Any]]]:
    """Return for each moment the features that raise its risk most, the strongest first.

    A missing value may raise the risk too, but it names nothing that can be put right, so it is left out.

    Parameters
    ----------
    contributions
        (n_moments, n_features + 1) log-odds.
    frame
        (n_moments, n_features) the features' values.
    standard_s
        (n_moments,) the standard of each moment, in seconds.
    features
        Family and declaration of each column.
    messages
        The language.
    lost
        (n_moments, n_features) lost values, which `lost_reasons` names.
    """
    columns = list(features)
    own = contributions[:, :-1] if lost is None else np.where(lost, 0, contributions[:, :-1])
    rows, read = [], cache(lambda column: list(frame[column]))
    for row, places in enumerate(np.argsort(-own, axis=1, kind="stable")):
        found: list[dict[str, Any]] = []
        for place in places:
            column, contribution = columns[place], float(own[row, place])
            if contribution <= 0 or len(found) == N_REASONS:
                break
            value = read(column)[row]
            if value is None:
                continue
            family, feature = features[column]
            text = feature_text(column, feature, value, standard_s[row], messages)
            found.append({"family": family, "feature": column, "contribution": contribution, "text": text})
        rows.append(found)
    return rows


def lost_reasons(
    contributions: Floats,
    lost: Bools,
    by_column: Mapping[str, Bools],
    standard_s: float,
    features: Mapping[str, tuple[str, Feature]],
    messages: Messages,
) -> list[dict[str, Any]]:
    """Return what one moment has lost: columns by name, then single features, the largest contribution first.

    Parameters
    ----------
    contributions
        (n_features + 1,) log-odds.
    lost
        (n_features,) the features that are lost.
    by_column
        By lost column, the features lost with it, (n_features,).
    standard_s
        The moment's standard, in seconds.
    features, messages
        As in `strongest_reasons`.

    Returns
    -------
    list of dict
        The family and feature of a lost column are those of its feature with the largest contribution; its
        contribution is the sum over its features.
    """
    columns, weight = list(features), np.abs(contributions[:-1])
    is_named, found = np.zeros(len(lost), dtype=bool), []
    for name, part in sorted(by_column.items()):
        if part.any():
            column = columns[int(np.argmax(np.where(part, weight, -1)))]
            text = messages.language.sentences.lost_column.format(column=name)
            found.append((column, float(contributions[:-1][part].sum()), text))
            is_named |= part
    alone = np.flatnonzero(lost & ~is_named)
    for place in alone[np.argsort(-weight[alone], kind="stable")][:N_LOST]:
        column = columns[place]
        text = lost_feature_text(column, features[column][1], standard_s, messages)
        found.append((column, float(contributions[place]), text))
    return [
        {"family": features[column][0], "feature": column, "contribution": contribution, "text": text}
        for column, contribution, text in found
    ]


def feature_text(
    column: str, feature: Feature, value: float | str, standard_s: float, messages: Messages
) -> str:
    """Return a feature's value in words.

    Examples
    --------
    >>> from forestall.moment_features.service import SERVICE
    >>> from forestall.model.reason_texts import read_messages
    >>> feature_text("service_wait_s", SERVICE.features[0], 250.0, 90.0, read_messages("en"))
    'waited 4 min 10 s to be served, the standard is 90 s'
    >>> feature_text("service_wait_s", SERVICE.features[0], 250.0, 90.0, read_messages("da"))
    'ventede 4 min 10 s på at blive betjent, standarden er 90 s'
    """
    template = text_template(column, feature, messages)
    standard = messages.duration(standard_s)
    language = messages.language
    count = value if isinstance(value, float | int) else None
    text = messages.fill(template, _shown(feature, value, messages), standard, count)
    # a text without a value states that something is so
    is_denied = value == 0 and feature.is_flag and "{value}" not in template
    return language.sentences.denied.format(text=text) if is_denied else text


def lost_feature_text(column: str, feature: Feature, standard_s: float, messages: Messages) -> str:
    """Return the text for a feature whose value is lost."""
    template, language = text_template(column, feature, messages), messages.language
    text = messages.fill(template, language.words.gap, messages.duration(standard_s), None)
    return language.sentences.lost.format(text=text)


def text_template(column: str, feature: Feature, messages: Messages) -> str:
    """Return a feature's text in a language, with its placeholders; a company's own column has one text for all."""
    language = messages.language
    text = language.own.get(feature.text_key) if feature.text_key else language.features.get(column)
    return (text or feature.reason).replace("{kind}", feature.subject)


def _shown(feature: Feature, value: float | str, messages: Messages) -> str:
    if isinstance(value, str):
        return value
    words = messages.language.words
    if feature.is_flag:
        return words.yes if value else words.no
    if feature.is_log:
        return messages.number(math.exp(value))
    ways = {
        "s": messages.duration,
        "days": lambda days: messages.duration(days * _DAY_S),
        "hour": messages.clock,
        "weekday": messages.weekday,
    }
    other = messages.percent if feature.is_share else messages.number
    return ways.get(feature.unit, other)(value)
