"""Which of a company's own kinds of events become features: those that go with the label beyond chance."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.data.own_kinds import common_kinds, is_own
from forestall.errors import InputError, nearest
from forestall.evaluation.metrics.multiple_testing import adjusted_p_values
from forestall.model import Spec
from forestall.model.encoding import base_rate, crossfit_values
from forestall.model.folds import customer_folds
from forestall.model.training_sample import CROSSFIT, as_codes, read_groups
from forestall.moment_features import Family
from forestall.moment_features.name_columns import codes
from forestall.moment_features.own_kinds import NO_KINDS, OwnKinds
from forestall.moment_features.sources import Sources
from forestall.moment_features.table import features_at, locate, plan_of
from forestall.statistics import Ints
from forestall.training.association import LabelledRows

log = logging.getLogger(__name__)

_MIN_HAPPENED = 20  # of fewer interactions no test says anything
MOST_TRIED, MOST_KINDS = 500, 100
FALSE_SHARE = 0.05  # the expected share of kinds without an effect among those chosen
N_PERIODS = 5
_AT_ONCE = 25  # kinds whose features are computed together, which limits memory
_CLOSED = "closed"  # other features know that an interaction has ended: what came before says more

_LAST = ""  # no kind has this name: the kind of the last event


def chosen_kinds(tables: Tables, moments: pl.DataFrame, spec: Spec, sources: Sources) -> OwnKinds:
    """Return the company's own kinds of events that become features, chosen on the training part of the split.

    Parameters
    ----------
    tables
        The company's records.
    moments
        Labelled moments with their part.
    spec
        The specification: which kinds are considered.
    sources
        The timelines of the tables.

    Raises
    ------
    InputError
        The specification names a kind that the records do not have.
    """
    wanted = spec.kinds.own
    if wanted == "none":
        return NO_KINDS
    has_clock = tables.about.get("clock") != "none"
    train = moments.filter((pl.col("part") == "train").fill_null(False) & pl.col("is_last"))
    common = _common_kinds(tables, train, spec.label.event)
    if isinstance(wanted, list):
        _check_there(wanted, tables)
        kinds = tuple(sorted(set(wanted)))
        found = OwnKinds(kinds, kinds if has_clock else (), has_clock=has_clock)
    else:
        found = OwnKinds(has_clock=has_clock)
    own = [kind for kind in common if is_own(kind)][:MOST_TRIED]
    if train["label"].n_unique() < 2 or not (own or found.counted):
        return found
    search = _Search.of(train, sources, has_clock=has_clock)
    if isinstance(wanted, list):
        return replace(found, last_among=search.chosen([], common).last_among)
    found = search.chosen(own, common)
    log.info("own kinds of events: %d common enough, features of %d", len(own), len(found.all))
    return found


def _common_kinds(tables: Tables, train: pl.DataFrame, label_event: str | None) -> list[str]:
    """Return the kinds that are common enough, the most common first, without the label's own event."""
    events = tables.events.join(train, on="interaction_id", how="semi")
    return [kind for kind in common_kinds(events, train.height) if kind != label_event]


def _check_there(wanted: list[str], tables: Tables) -> None:
    kinds = set(tables.events["kind"])
    for kind in wanted:
        if kind not in kinds:
            raise InputError(
                f"kinds.own in model.yaml: the events must have the kind '{kind}'; {nearest(kind, kinds)}"
            )


@dataclass(frozen=True)
class _Search:
    """Tests of the features of own kinds, on one moment of each interaction of the training part."""

    rows: LabelledRows
    sources: Sources
    place: Ints
    as_of: Ints
    has_clock: bool

    @classmethod
    def of(cls, train: pl.DataFrame, sources: Sources, *, has_clock: bool) -> _Search:
        """Return the search on the training moments."""
        place, as_of = locate(sources, train)
        customer, _ = read_groups(train.select("customer_id", "interaction_id").to_numpy(), train.height)
        rank = train["started_at"].rank("ordinal").to_numpy() - 1
        period = rank * N_PERIODS // train.height if has_clock else np.zeros(train.height)
        rows = LabelledRows(
            train["label"].to_numpy().astype(np.float64), as_codes(customer), period.astype(np.int64)
        )
        return cls(rows, sources, place, as_of, has_clock)

    def chosen(self, own: list[str], common: list[str]) -> OwnKinds:
        """Return the kinds that go with the label beyond chance, corrected for their number."""
        p_values: dict[str, float] = {}
        for begin in range(0, len(own), _AT_ONCE):
            part = tuple(own[begin : begin + _AT_ONCE])
            table = self._features(OwnKinds(part, self._timed(part), has_clock=self.has_clock))
            p_values |= {kind: self._of_kind(kind, table) for kind in part}
        among = self._timed(tuple(sorted(kind for kind in common if kind != _CLOSED)))
        if among:
            p_values[_LAST] = self._of_category(
                self._features(OwnKinds(last_among=among))["context_kind_last"]
            )
        adjusted = dict(zip(p_values, adjusted_p_values(list(p_values.values())), strict=True))
        passed = [name for name in adjusted if adjusted[name] <= FALSE_SHARE]
        kinds = sorted(set(passed) - {_LAST}, key=lambda kind: (p_values[kind], kind))[:MOST_KINDS]
        kept = tuple(sorted(kinds))
        return OwnKinds(kept, self._timed(kept), among if _LAST in passed else (), self.has_clock)

    def _timed(self, kinds: tuple[str, ...]) -> tuple[str, ...]:
        """Return the kinds if there is a clock: without one, nothing has a time or an order."""
        return kinds if self.has_clock else ()

    def _features(self, kinds: OwnKinds) -> pl.DataFrame:
        plan = plan_of([Family("context", "", kinds.features)])
        return features_at(self.sources, self.place, self.as_of, plan)

    def _of_kind(self, kind: str, features: pl.DataFrame) -> float:
        """Return the p-value of a kind: whether, how often and how lately it happened; NaN if it rarely did."""
        count = features[f"context_kind_{kind}_n"].to_numpy()
        has_happened = count > 0
        if has_happened.sum() < _MIN_HAPPENED:
            return np.nan
        is_known = ~np.isnan(count)
        values = [np.where(is_known, has_happened, np.nan), np.log1p(count)]
        if self.has_clock:
            ago = features[f"context_kind_{kind}_ago_s"].to_numpy()
            usual = np.nanmedian(ago)
            values += [
                np.log1p(ago),
                np.where(is_known, np.nan_to_num(1 / (1 + ago / max(usual, 1))), np.nan),
            ]
        return _smallest([self.rows.p_value(one) for one in values])

    def _of_category(self, column: pl.Series) -> float:
        """Return the p-value of a category, from its rate among other customers."""
        code, known = codes(column)
        rows, label = self.rows, self.rows.label
        fold = customer_folds(rows.customer, CROSSFIT, np.random.default_rng(0))
        weight = np.ones(len(label))
        values = crossfit_values(code + 1, len(known) + 1, label, weight, fold, base_rate(label, weight))
        return rows.p_value(values, is_rising=True)


def _smallest(p_values: list[float]) -> float:
    """Return the smallest p-value of several tests, corrected for their number (Bonferroni)."""
    known = [p for p in p_values if not np.isnan(p)]
    return min(1.0, len(known) * min(known)) if known else np.nan
