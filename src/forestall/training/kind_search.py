"""Tests of own kinds and attributes of events, on one moment of each interaction of the training part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import rankdata

from forestall.model.encoding import base_rate, crossfit_values
from forestall.model.folds import customer_folds
from forestall.model.training_sample import CROSSFIT, as_codes, read_groups
from forestall.moment_features import Family
from forestall.moment_features.name_columns import codes
from forestall.moment_features.own_kinds import OwnKinds
from forestall.moment_features.sources import Sources
from forestall.moment_features.table import features_at, locate, plan_of
from forestall.statistics import Floats, Ints
from forestall.training.association import LabelledRows

Tested = tuple[str, str]
"""What is tested: `kind`, `attribute` or `last`, and its name."""
LAST: Tested = ("last", "")
N_PERIODS = 5
_MIN_KNOWN = 20  # of fewer interactions no test says anything
_MOST_TEXTS = 1000  # an attribute with more texts is no category
_AT_ONCE = 25  # kinds whose features are computed together, which limits memory


@dataclass(frozen=True)
class KindSearch:
    """P-values of the features of own kinds and attributes.

    Attributes
    ----------
    rows
        The labels.
    sources, place, as_of
        The moments: their timelines, interactions, and times in microseconds.
    has_clock
        Whether the records have a clock.
    """

    rows: LabelledRows
    sources: Sources
    place: Ints
    as_of: Ints
    has_clock: bool

    @classmethod
    def of(cls, train: pl.DataFrame, sources: Sources, *, has_clock: bool) -> KindSearch:
        """Return the search on the training moments, one of each interaction."""
        place, as_of = locate(sources, train)
        customer, _ = read_groups(train.select("customer_id", "interaction_id").to_numpy(), train.height)
        rank = train["started_at"].rank("ordinal").to_numpy() - 1
        period = rank * N_PERIODS // train.height if has_clock else np.zeros(train.height)
        label = train["label"].to_numpy().astype(np.float64)
        rows = LabelledRows(label, as_codes(customer), period.astype(np.int64))
        return cls(rows, sources, place, as_of, has_clock)

    def of_kinds(self, kinds: list[str]) -> dict[Tested, float]:
        """Return the p-values of kinds of events; NaN where a kind rarely happened."""
        found: dict[Tested, float] = {}
        for begin in range(0, len(kinds), _AT_ONCE):
            part = tuple(kinds[begin : begin + _AT_ONCE])
            own = OwnKinds(part, part if self.has_clock else (), has_clock=self.has_clock)
            table = self._features(own)
            found |= {("kind", kind): self._of_kind(kind, table) for kind in part}
        return found

    def of_last(self, among: tuple[str, ...]) -> float:
        """Return the p-value of the kind of the last event."""
        return self._of_category(self._features(OwnKinds(last_among=among))["context_kind_last"])

    def of_attributes(self, own: OwnKinds) -> dict[Tested, float]:
        """Return the p-values of attributes of events; NaN where few interactions have one."""
        table = self._features(OwnKinds((), (), (), own.has_clock, own.numbers, own.texts, own.label_event))
        found: dict[Tested, float] = {}
        for name in own.numbers:
            columns = [table[f"context_event_{name}_{what}"] for what in ("mean", "highest")]
            columns += [table[f"context_event_{name}_last"]] if self.has_clock else []
            found["attribute", name] = self._of_numbers([one.to_numpy() for one in columns])
        for name in own.texts:
            column = table[f"context_event_{name}_last"]
            has_many = column.n_unique() > _MOST_TEXTS
            found["attribute", name] = np.nan if has_many else self._of_category(column)
        return found

    def _features(self, own: OwnKinds) -> pl.DataFrame:
        return features_at(
            self.sources, self.place, self.as_of, plan_of([Family("context", "", own.features)])
        )

    def _of_kind(self, kind: str, features: pl.DataFrame) -> float:
        """Return the p-value of whether, how often and how lately a kind happened."""
        count = features[f"context_kind_{kind}_n"].to_numpy()
        if (count > 0).sum() < _MIN_KNOWN:
            return np.nan
        is_known = ~np.isnan(count)
        values = [np.where(is_known, count > 0, np.nan), np.log1p(count)]
        if self.has_clock:
            ago = features[f"context_kind_{kind}_ago_s"].to_numpy()
            lateness = np.nan_to_num(1 / (1 + ago / max(np.nanmedian(ago), 1)))
            values += [np.log1p(ago), np.where(is_known, lateness, np.nan)]
        return self._smallest(values)

    def _of_numbers(self, columns: list[Floats]) -> float:
        """Return the p-value of whether an attribute is known, and of its values by rank."""
        is_known = ~np.isnan(columns[0])
        if is_known.sum() < _MIN_KNOWN:
            return np.nan
        ranks = [rankdata(one, nan_policy="omit") / is_known.sum() for one in columns]
        return self._smallest([is_known.astype(np.float64), *ranks])

    def _of_category(self, column: pl.Series) -> float:
        """Return the p-value of a category, from its rate among other customers."""
        code, known = codes(column)
        rows, label = self.rows, self.rows.label
        fold = customer_folds(rows.customer, CROSSFIT, np.random.default_rng(0))
        weight = np.ones(len(label))
        values = crossfit_values(code + 1, len(known) + 1, label, weight, fold, base_rate(label, weight))
        return rows.p_value(values, is_rising=True)

    def _smallest(self, values: list[Floats]) -> float:
        """Return the smallest p-value of several tests, corrected for their number (Bonferroni)."""
        p_values = [p for p in map(self.rows.p_value, values) if not np.isnan(p)]
        return min(1.0, len(p_values) * min(p_values)) if p_values else np.nan
