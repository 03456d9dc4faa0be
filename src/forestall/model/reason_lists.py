"""Reasons of many moments at once: the same as `forestall.model.reasons` gives moment by moment.

The features are chosen for blocks of moments, and a text is written once for each distinct value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from forestall.model.missing import Floats, Losses, gaps_of
from forestall.model.reason_texts import Messages
from forestall.model.reasons import N_LOST, N_REASONS, feature_text, lost_feature_text, text_template
from forestall.moment_features import Feature
from forestall.statistics import Ints

_ROWS_AT_ONCE = 10_000  # more rows would take more memory, and no less time
_COLUMNS, _ALONE = N_REASONS, 10_000  # the places of lost columns and of lost features, after the strongest


class _Part(NamedTuple):
    """Some reasons: the row of each, its place in the row's list, its feature, contribution and text."""

    row: Ints
    order: Ints
    place: Ints
    contribution: Floats
    text: pl.Series


@dataclass(frozen=True)
class ReasonLists:
    """The moments whose reasons are wanted.

    Attributes
    ----------
    contributions
        (n_moments, n_features) log-odds.
    frame
        (n_moments, n_features) the features' values.
    standard_s
        (n_moments,) the standard of each moment, in seconds.
    features
        Family and declaration of each column.
    messages
        The language.
    losses
        What the moments have lost.
    """

    contributions: Floats
    frame: pl.DataFrame
    standard_s: Floats
    features: Mapping[str, tuple[str, Feature]]
    messages: Messages
    losses: Losses

    def series(self) -> pl.Series:
        """Return for each moment the list of `strongest_reasons` and, after it, that of `lost_reasons`."""
        parts = [self._strongest(), *self._lost_columns(), self._lost_alone()]
        row, order, place, contribution = (
            np.concatenate(some) for some in list(zip(*parts, strict=True))[:4]
        )
        text = pl.concat([part.text for part in parts])
        by_row = np.lexsort((order, row))
        names = pl.Series(list(self.features), dtype=pl.String)
        families = pl.Series([family for family, _ in self.features.values()], dtype=pl.String)
        reasons = pl.DataFrame(
            {
                "family": families.gather(place[by_row]),
                "feature": names.gather(place[by_row]),
                "contribution": contribution[by_row],
                "text": text.gather(by_row),
            }
        )
        ends = np.cumsum(np.bincount(row, minlength=len(self.contributions)))
        offsets = pa.array(np.concatenate([[0], ends]), pa.int64())
        lists = pa.LargeListArray.from_arrays(offsets, reasons.to_struct("").to_arrow())
        return pl.Series("reasons", lists)

    def _strongest(self) -> _Part:
        """Return the features that raise a risk most; one that is missing or lost is none."""
        gaps, lost = gaps_of(self.frame.select(list(self.features))), self.losses.features

        def weights(rows: slice) -> Floats:
            own = self.contributions[rows]
            return np.where((own > 0) & ~lost[rows] & ~gaps[rows], own, -np.inf)

        row, order, place = self._largest(weights, N_REASONS)

        def texts(column: str, feature: Feature, rows: Ints) -> pl.Series:
            standard_s = self._standards(column, feature, rows)
            values = self.frame[column].gather(rows)
            distinct, which = _distinct(_keys(values), _keys(pl.Series(standard_s)))
            shown = zip(values.gather(distinct).to_list(), standard_s[distinct].tolist(), strict=True)
            written = [feature_text(column, feature, *one, self.messages) for one in shown]
            return pl.Series(written, dtype=pl.String).gather(which)

        return _Part(row, order, place, self.contributions[row, place], self._texts(row, place, texts))

    def _lost_columns(self) -> Iterator[_Part]:
        """Yield the lost columns by name, each with the sum of the contributions of the features lost with it."""
        for number, (name, part) in enumerate(sorted(self.losses.by_column.items())):
            rows = np.flatnonzero(part.any(axis=1))
            if not len(rows):
                continue
            place, total = np.empty(len(rows), dtype=np.int64), np.empty(len(rows))
            # rows that have lost the same features are summed together
            _, first, which = np.unique(
                np.packbits(part[rows], axis=1).view(np.dtype((np.void, -(-part.shape[1] // 8)))).ravel(),
                return_index=True,
                return_inverse=True,
            )
            for k, one in enumerate(first):
                some = np.flatnonzero(which == k)
                features = np.flatnonzero(part[rows[one]])
                own = self.contributions[np.ix_(rows[some], features)]
                place[some] = features[np.abs(own).argmax(axis=1)]
                total[some] = own.sum(axis=1)
            text = self.messages.language.sentences.lost_column.format(column=name)
            texts = pl.Series([text], dtype=pl.String).new_from_index(0, len(rows))
            yield _Part(rows, np.full(len(rows), _COLUMNS + number), place, total, texts)

    def _lost_alone(self) -> _Part:
        """Return the features that are lost without their column, those with the largest contributions."""
        alone = self.losses.features.copy()
        for part in self.losses.by_column.values():
            alone &= ~part

        def weights(rows: slice) -> Floats:
            return np.where(alone[rows], np.abs(self.contributions[rows]), -np.inf)

        row, order, place = self._largest(weights, N_LOST)

        def texts(column: str, feature: Feature, rows: Ints) -> pl.Series:
            standard_s = self._standards(column, feature, rows)
            distinct, which = _distinct(_keys(pl.Series(standard_s)))
            written = [
                lost_feature_text(column, feature, one, self.messages)
                for one in standard_s[distinct].tolist()
            ]
            return pl.Series(written, dtype=pl.String).gather(which)

        text = self._texts(row, place, texts)
        return _Part(row, order + _ALONE, place, self.contributions[row, place], text)

    def _largest(self, weights: Callable[[slice], Floats], n: int) -> tuple[Ints, Ints, Ints]:
        """Return the row, rank and place of the largest `n` weights of each row; of equal ones the first counts."""
        found: list[tuple[Ints, Ints, Ints]] = []
        for begin in range(0, max(len(self.contributions), 1), _ROWS_AT_ONCE):
            weight = weights(slice(begin, begin + _ROWS_AT_ONCE))
            rows = np.arange(len(weight))
            for rank in range(n):
                place = weight[rows].argmax(axis=1) if rank else weight.argmax(axis=1)
                is_one = weight[rows, place] > -np.inf
                rows, place = rows[is_one], place[is_one]
                weight[rows, place] = -np.inf
                found.append((begin + rows, np.full(len(rows), rank), place))
        row, order, place = (np.concatenate(part) for part in zip(*found, strict=True))
        return row, order, place

    def _standards(self, column: str, feature: Feature, rows: Ints) -> Floats:
        """Return the standards of rows; of a feature whose text has none, 0."""
        has_standard = "{standard}" in text_template(column, feature, self.messages)
        return self.standard_s[rows] if has_standard else np.zeros(len(rows))

    def _texts(self, row: Ints, place: Ints, texts: Callable[[str, Feature, Ints], pl.Series]) -> pl.Series:
        """Return the texts of features, written feature by feature."""
        by_place = np.argsort(place, kind="stable")
        columns, begins = np.unique(place[by_place], return_index=True)
        declared = list(self.features.items())
        written = [pl.Series(dtype=pl.String)]
        for one, rows in zip(columns.tolist(), np.split(row[by_place], begins[1:]), strict=False):
            column, (_, feature) = declared[one]
            written.append(texts(column, feature, rows))
        back = np.empty(len(place), dtype=np.int64)
        back[by_place] = np.arange(len(place))
        return pl.concat(written).gather(back)


def _keys(values: pl.Series) -> Ints:
    """Return whole numbers that differ where values do, to the last bit."""
    if values.dtype == pl.Float64:
        return np.ascontiguousarray(values.to_numpy()).view(np.int64)
    if values.dtype == pl.String:
        values = values.cast(pl.Categorical).to_physical()
    return values.cast(pl.Int64).to_numpy()


def _distinct(*keys: Ints) -> tuple[Ints, Ints]:
    """Return a place of each distinct combination of keys, and for each place the number of its combination."""
    together = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        known, which = np.unique(key, return_inverse=True)
        together = together * len(known) + which
    _, first, which = np.unique(together, return_index=True, return_inverse=True)
    return first, which
