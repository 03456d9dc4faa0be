"""Reasons: contributions by family, the features that raise a risk most, and what was lost, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.features import Family, Feature
from forestall.features.feature_plan import Lists
from forestall.model.reason_texts import Messages

Floats = npt.NDArray[np.float64]
N_REASONS = 3
N_LOST = 3  # of the features lost on their own so many are told
REASON_TYPE = pl.List(
    pl.Struct({"family": pl.String, "feature": pl.String, "contribution": pl.Float64, "text": pl.String})
)
_DAY_S = 86_400


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
    frame: pl.DataFrame | Lists,
    standard_s: Floats,
    features: Mapping[str, tuple[str, Feature]],
    messages: Messages,
    lost: npt.NDArray[np.bool_] | None = None,
) -> list[list[dict[str, Any]]]:
    """Return for each moment the features that raise its risk most, strongest first; those that are not known left out.

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
    messages
        The language.
    lost
        (n, p) what was lost and is told of by `reasons_lost`.
    """
    columns = list(features)
    own = contributions[:, :-1] if lost is None else np.where(lost, 0, contributions[:, :-1])
    rows = []
    for row, places in enumerate(np.argsort(-own, axis=1, kind="stable")):
        found: list[dict[str, Any]] = []
        for place in places:
            column, contribution = columns[place], float(own[row, place])
            if contribution <= 0 or len(found) == N_REASONS:
                break
            value = frame[column][row]
            if (
                value is None
            ):  # that a fact is not there raises a risk too, but tells nobody what to put right
                continue
            family, feature = features[column]
            text = in_words(column, feature, value, standard_s[row], messages)
            found.append({"family": family, "feature": column, "contribution": contribution, "text": text})
        rows.append(found)
    return rows


def reasons_lost(
    contributions: Floats,
    lost: npt.NDArray[np.bool_],
    with_columns: Mapping[str, npt.NDArray[np.bool_]],
    standard_s: float,
    features: Mapping[str, tuple[str, Feature]],
    messages: Messages,
) -> list[dict[str, Any]]:
    """Return what was lost of one moment: columns, then single features, those that weigh most first.

    Parameters
    ----------
    contributions
        (p + 1,) log-odds.
    lost
        (p,) the features that were lost.
    with_columns
        By column that is gone, the features lost with it, (p,).
    standard_s
        The moment's standard, seconds.
    features, messages
        As in `reasons`.

    Returns
    -------
    list of dict
        Of a column, the family and feature are those of its features that weigh most, and the contribution is that
        of all of them.
    """
    columns, weight = list(features), np.abs(contributions[:-1])
    told, found = np.zeros(len(lost), dtype=bool), []
    for name, part in sorted(with_columns.items()):
        if part.any():
            column = columns[int(np.argmax(np.where(part, weight, -1)))]
            text = messages.language.sentences.lost_column.format(column=name)
            found.append((column, float(contributions[:-1][part].sum()), text))
            told |= part
    alone = np.flatnonzero(lost & ~told)
    for place in alone[np.argsort(-weight[alone], kind="stable")][:N_LOST]:
        column = columns[place]
        text = in_words_lost(column, features[column][1], standard_s, messages)
        found.append((column, float(contributions[place]), text))
    return [
        {"family": features[column][0], "feature": column, "contribution": contribution, "text": text}
        for column, contribution, text in found
    ]


def in_words(column: str, feature: Feature, value: float | str, standard_s: float, messages: Messages) -> str:
    """Return a feature's value in words.

    Examples
    --------
    >>> from forestall.features.service import SERVICE
    >>> from forestall.model.reason_texts import read_messages
    >>> in_words("service_wait_s", SERVICE.features[0], 250.0, 90.0, read_messages("en"))
    'waited 4 min 10 s to be served, the standard is 90 s'
    >>> in_words("service_wait_s", SERVICE.features[0], 250.0, 90.0, read_messages("da"))
    'ventede 4 min 10 s på at blive betjent, standarden er 90 s'
    """
    said = text_of(column, feature, messages)
    standard = messages.duration(standard_s)
    language = messages.language
    count = value if isinstance(value, float | int) else None
    text = messages.fill(said, _shown(feature, value, messages), standard, count)
    # a text without a value says that it is so
    is_denied = value == 0 and feature.is_flag and "{value}" not in said
    return language.sentences.denied.format(text=text) if is_denied else text


def in_words_lost(column: str, feature: Feature, standard_s: float, messages: Messages) -> str:
    """Return what is said of a feature that was lost."""
    said, language = text_of(column, feature, messages), messages.language
    text = messages.fill(said, language.words.gap, messages.duration(standard_s), None)
    return language.sentences.lost.format(text=text)


def text_of(column: str, feature: Feature, messages: Messages) -> str:
    """Return a feature's text in a language; the company's own columns have one for all."""
    return messages.language.features.get(column) or feature.reason


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
