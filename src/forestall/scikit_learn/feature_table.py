"""The feature table as a transformer of scikit-learn: moments in, features out."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
from sklearn import get_config
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted, validate_data

from forestall.data import Tables
from forestall.data.frames import in_library, is_frame, library_of
from forestall.errors import InputError, UsageError, must_be
from forestall.model import Spec, families_of, read_spec
from forestall.model.columns_of_own_features import with_columns_read
from forestall.model.input_tables import tables_for
from forestall.moment_features import Family
from forestall.moment_features.catalogue import columns_of
from forestall.moment_features.earlier_ratings import know_earlier_ratings
from forestall.moment_features.facts_in_time import freeze
from forestall.moment_features.frozen_facts import FrozenFacts
from forestall.moment_features.sources import Sources
from forestall.moment_features.table import features_at, locate, moments_frame, plan_of
from forestall.moment_features.table_sources import sources_of
from forestall.moments.labels import has_no_clock
from forestall.own_features import OwnFeatures, read_own_features

# the timelines of tables, by the specification that they were prepared for: every fold of a cross-validation needs them
_prepared: WeakKeyDictionary[Tables, dict[str, Sources]] = WeakKeyDictionary()

_ALL = Spec.model_validate({"name": "features", "label": {"scale": [1, 5], "dissatisfied_at_or_below": 2}})


class FeatureTable(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A transformer from moments to their features.

    `X` is a frame of moments with the columns `interaction_id` and `as_of`, pandas or Polars. The records are a
    parameter, because a fold of a cross-validation chooses moments, not records: the features of a moment come from
    all records that were known by then, of this customer and of others, and from none that came later.

    What is learnt from many interactions (what is usual at a venue, the ratings of a product) is known *as of each
    moment* in `fit_transform`, and *frozen at the last training moment* in `transform`, as in training and in a
    packaged model. So `fit(X).transform(X)` differs from `fit_transform(X)`, as it does for
    `sklearn.preprocessing.TargetEncoder`.

    Parameters
    ----------
    tables
        The company's records. A clone shares them.
    model
        A model's folder or `model.yaml`, or what `read_spec` returns: its families, standards, calendars, context,
        own features and privacy count. By default all families, with a standard of 90 s. The company's own kinds of
        events and the learnt scores of texts are features in `forestall train` only, where labels choose them.
    names
        Whether columns of names are in the result: venue, channel, locale, product and its category, context.
        `RiskClassifier` takes them; most classifiers want numbers alone.

    Attributes
    ----------
    families_
        The families of the features.
    own_features_
        The company's own features, those of the modules under `features` in the specification.
    facts_
        The learnt facts at the last training moment.
    columns_
        The names of the features. Those without any value at the training moments are left out: nothing can be learnt
        from them, and some classifiers fail on such a column.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Examples
    --------
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(FeatureTable(names=False), HistGradientBoostingClassifier())
    """

    families_: tuple[Family, ...]
    own_features_: OwnFeatures
    facts_: FrozenFacts
    columns_: list[str]

    def __init__(
        self, tables: Tables | None = None, *, model: Spec | str | Path | None = None, names: bool = True
    ) -> None:
        self.tables = tables
        self.model = model
        self.names = names

    def fit(self, X: Any, y: Any = None) -> FeatureTable:
        """Learn the facts that are known at the last of the moments, and return the transformer.

        Parameters
        ----------
        X
            Moments of the training part, a frame with `interaction_id` and `as_of`.
        y
            Not used: labels are no features.

        Raises
        ------
        InputError
            X is no frame of moments, or an interaction is not in the tables.
        UsageError
            `tables` are missing, or `model` is not valid.
        FeatureError
            A module of own features breaks a rule of its text. The checks on data are those of
            `forestall.check_features`.
        """
        self._fit(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Fit, and return the features of the moments with the learnt facts as of each of them; see `fit`."""
        return self._output(X, self._fit(X))

    def transform(self, X: Any) -> Any:
        """Return the features of moments, with the facts that were learnt.

        Parameters
        ----------
        X
            Moments, a frame with `interaction_id` and `as_of`.

        Returns
        -------
        pandas.DataFrame, polars.DataFrame or array
            A row for each moment in the order given: as `set_output` says, by default a frame of the library of X.
        """
        check_is_fitted(self)
        moments = self._moments(X, reset=False)
        sources = replace(self._sources(self.own_features_), facts=self.facts_)
        return self._output(X, features_at(sources, *locate(sources, moments), plan_of(self.families_)))

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the names of the features, shape (n_features,); `input_features` is not used."""
        check_is_fitted(self)
        return np.array(self.columns_, dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False  # a frame of keys and times, not an array of numbers
        tags.input_tags.string = True
        tags.requires_fit = True
        return tags

    def __sklearn_clone__(self) -> FeatureTable:
        """Return a copy that is not fitted; it shares the tables, which are never changed and may be large."""
        params = {
            name: clone(one, safe=False)
            for name, one in self.get_params(deep=False).items()
            if name != "tables"
        }
        copy = type(self)(self.tables, **params)
        for name in ("_metadata_request", "_sklearn_output_config"):
            if hasattr(self, name):
                setattr(copy, name, deepcopy(getattr(self, name)))
        return copy

    def _fit(self, X: Any) -> pl.DataFrame:
        """Set the attributes; return the features of the moments, with the facts as of each of them."""
        spec, moments = self._spec(), self._moments(X, reset=True)
        own = read_own_features(spec.features, *spec.folders)
        sources = self._sources(own)
        place, as_of = locate(sources, moments)
        if not len(as_of):
            raise InputError(must_be("X", "a frame of at least one moment", do="none was given"))
        self.own_features_ = own
        self.families_ = families_of(
            with_columns_read(spec, own),
            self._records().about.get("known_at", {}),
            own_features=own,
            has_clock=not has_no_clock(self._records()),
            asks_again=spec.label.event is None and know_earlier_ratings(sources, place, as_of),
        )
        plan = plan_of(self.families_)
        self.facts_ = freeze(
            sources.facts, int(as_of.max()), plan.columns.facts, spec.privacy.least_customers
        )
        table = features_at(sources, place, as_of, plan)
        self.columns_ = [
            name
            for name, feature in columns_of(self.families_).items()
            if table[name].null_count() < table.height and (self.names or not feature.is_category)
        ]
        return table

    def _output(self, X: Any, features: pl.DataFrame) -> Any:
        """Return the columns of the result, in the library that is wanted."""
        table = features.select(self.columns_).with_columns(pl.exclude(pl.String).cast(pl.Float64))
        wanted = getattr(self, "_sklearn_output_config", {}).get(
            "transform", get_config()["transform_output"]
        )
        frame = in_library(table, wanted if wanted in ("pandas", "polars") else library_of(X))
        if isinstance(X, pd.DataFrame) and isinstance(frame, pd.DataFrame):
            frame.index = X.index
        return frame

    def _moments(self, X: Any, *, reset: bool) -> pl.DataFrame:
        """Return X as moments, checked as scikit-learn checks columns."""
        if not is_frame(X):
            raise InputError(
                must_be("X", "a pandas or polars frame with interaction_id and as_of", type(X).__name__)
            )
        validate_data(self, X, reset=reset, skip_check_array=True)
        return moments_frame(X)

    def _records(self) -> Tables:
        if not isinstance(self.tables, Tables):
            raise UsageError(
                must_be("tables", "the company's records, as forestall.read_tables returns them")
            )
        return self.tables

    def _spec(self) -> Spec:
        if self.model is None:
            return _ALL
        return self.model if isinstance(self.model, Spec) else read_spec(self.model)

    def _sources(self, own_features: OwnFeatures) -> Sources:
        """Return the timelines of the tables, with the facts as of each moment; within a process they are made once."""
        spec, tables = with_columns_read(self._spec(), own_features), self._records()
        known = _prepared.setdefault(tables, {})
        read = {"label", "standards", "context"} if self.model is not None else {"standards"}
        key = spec.model_dump_json(include=read)
        if key not in known:
            own = tables if self.model is None else tables_for(tables, spec)
            known[key] = sources_of(own, spec.standards)
        return known[key]
