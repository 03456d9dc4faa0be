"""The feature table as a transformer: scikit-learn's checks, learnt facts, pipelines and errors.

`check_estimator` gives arrays of numbers, and a moment is a key and a time, so its checks of data cannot run on
`FeatureTable` itself (its tags say so). `OfNumbers` names a moment by a row of numbers; on it they all run.
"""

import json
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted, validate_data

import forestall
from companies import simulated
from forestall.errors import InputError, UsageError
from forestall.model import Spec
from forestall.scikit_learn import FeatureTable, LabelledMoments, TimeSplit

SPEC = Spec.model_validate(
    {
        "name": "a",
        "label": {"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 5},
        "moments": {"per_interaction": 1},
        "families": ["service", "resolution", "history", "expectation"],
    }
)
TABLES = simulated(240)
MOMENTS = forestall.default_moments(TABLES).sort("as_of")


class OfNumbers(TransformerMixin, BaseEstimator):
    """A feature table of moments that are named by the first number of a row."""

    def __init__(self, names: bool = False) -> None:
        self.names = names

    def fit(self, X, y=None):
        self.table_ = FeatureTable(TABLES, model=SPEC, names=self.names).fit(self._moments(X, reset=True), y)
        return self

    def transform(self, X):
        check_is_fitted(self)
        return self.table_.transform(self._moments(X, reset=False)).fill_nan(None).fill_null(0).to_numpy()

    def get_feature_names_out(self, input_features=None):
        check_is_fitted(self)
        return self.table_.get_feature_names_out()

    def _moments(self, X, *, reset):
        rows = validate_data(self, X, reset=reset, dtype=np.float64)
        # equal numbers name one moment, at any place and among any others
        return MOMENTS[[int(abs(row[0]) * 1000) % MOMENTS.height for row in rows]]


@pytest.mark.slow
@parametrize_with_checks([OfNumbers()])
def test_scikit_learns_checks_with_data(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_estimator_tags_renamed,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_mixin_order,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_set_params,
        estimator_checks.check_valid_tag_types,
    ],
    ids=lambda check: check.__name__,
)
def test_scikit_learns_checks_without_data(check):
    check("FeatureTable", FeatureTable())


@pytest.fixture(scope="module")
def labelled() -> LabelledMoments:
    return forestall.labelled_moments(TABLES, SPEC)


@pytest.fixture(scope="module")
def fitted(labelled) -> FeatureTable:
    return FeatureTable(TABLES, model=SPEC).fit(labelled.X[:100])


def test_in_training_facts_are_as_of_each_moment(labelled):
    found = FeatureTable(TABLES, model=SPEC).fit_transform(labelled.X)
    expected = forestall.feature_table(TABLES, labelled.X)
    own = [name for name in found.columns if name in expected.columns and found.schema[name] == pl.Float64]
    assert len(own) > 40
    assert all(found[name].null_count() < len(labelled.X) for name in found.columns)
    assert found.select(own).equals(expected.select(own).cast(pl.Float64), null_equal=True)


def test_later_facts_are_frozen_at_the_last_training_moment(labelled, fitted):
    """What comes after the training moments changes no feature that is learnt from others."""
    last = labelled.X["as_of"][99]
    later = TABLES.interactions.filter(pl.col("started_at") > last)["interaction_id"]
    fewer = TABLES.replace(
        feedback=TABLES.feedback.filter((pl.col("rated_at") <= last).fill_null(False)),
        interactions=TABLES.interactions.filter(~pl.col("interaction_id").is_in(later.implode())),
        events=TABLES.events.filter(
            (pl.col("at") <= last) & ~pl.col("interaction_id").is_in(later.implode())
        ),
    )
    assert FeatureTable(fewer, model=SPEC).fit(labelled.X[:100]).facts_ == fitted.facts_
    assert FeatureTable(TABLES, model=SPEC).fit(labelled.X[:101]).facts_ != fitted.facts_
    table, again = fitted.transform(labelled.X), fitted.fit_transform(labelled.X[:100])
    assert not table[:100].equals(again)
    fitted.fit(labelled.X[:100])


def test_labels_are_no_features(labelled, fitted):
    other = FeatureTable(TABLES, model=SPEC).fit(labelled.X[:100], 1 - labelled.y[:100])
    assert other.transform(labelled.X[100:]).equals(fitted.transform(labelled.X[100:]))


def test_rows_do_not_depend_on_one_another(labelled, fitted):
    X = labelled.X[100:]
    whole = fitted.transform(X)
    assert fitted.transform(X.reverse()).equals(whole.reverse())
    assert fitted.transform(X[3:4]).equals(whole[3:4])


def test_the_output_is_what_set_output_says(labelled, fitted):
    X = labelled.X[:5]
    names = clone(fitted).fit(X).get_feature_names_out().tolist()
    assert isinstance(fitted.transform(X), pl.DataFrame)
    indexed = X.to_pandas().set_axis([7, 8, 9, 10, 11])
    out = FeatureTable(TABLES, model=SPEC).fit(indexed).transform(indexed)
    assert isinstance(out, pd.DataFrame)
    assert out.index.tolist() == [7, 8, 9, 10, 11]
    for library, kind in (("pandas", pd.DataFrame), ("polars", pl.DataFrame)):
        one = clone(fitted).set_output(transform=library).fit(X)
        assert isinstance(one.transform(X), kind)
        assert list(one.transform(X).columns) == names
        assert isinstance(clone(one).fit_transform(X), kind)
    with sklearn.config_context(transform_output="pandas"):
        assert isinstance(fitted.transform(X), pd.DataFrame)


def test_without_names_all_columns_are_numbers(labelled):
    found = FeatureTable(TABLES, names=False).fit_transform(labelled.X[:20])
    assert set(found.dtypes) == {pl.Float64}
    with_names = FeatureTable(TABLES).fit_transform(labelled.X[:20])
    assert {"expectation_venue", "quality_product"} <= set(with_names.columns) - set(found.columns)


def test_a_clone_shares_the_tables_and_a_pickle_gives_the_same(labelled, fitted):
    assert clone(fitted).tables is TABLES
    assert not hasattr(clone(fitted), "facts_")
    assert clone(fitted).get_params() == fitted.get_params()
    again = pickle.loads(pickle.dumps(fitted))
    assert again.transform(labelled.X[:9]).equals(fitted.transform(labelled.X[:9]))


def classifiers() -> Iterator[object]:
    yield make_pipeline(HistGradientBoostingClassifier(max_iter=3, max_bins=16))
    yield make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(C=0.01))


@pytest.mark.slow
@pytest.mark.parametrize("classifier", [*classifiers()], ids=["histograms", "logistic"])
def test_a_pipeline_is_cross_validated(labelled, classifier):
    model = make_pipeline(FeatureTable(TABLES, model=SPEC, names=False), classifier)
    split = TimeSplit(2, horizon_days=5, test_share=0.25)
    scores = cross_val_score(
        model, labelled.X, labelled.y, groups=labelled.groups, cv=split, scoring="neg_log_loss"
    )
    assert np.isfinite(scores).all()


@pytest.mark.slow
def test_metadata_is_routed_through_a_pipeline(labelled):
    with sklearn.config_context(enable_metadata_routing=True):
        risk = forestall.RiskClassifier(n_refits=0, max_rounds=5, n_members=1, preset="noisy")
        risk.set_fit_request(sample_weight=True, time=True, groups=True)
        params = {"groups": labelled.groups, "times": labelled.times, "time": labelled.times}
        scorer = sklearn.metrics.get_scorer("neg_log_loss").set_score_request(sample_weight=True)
        scores = cross_val_score(
            make_pipeline(FeatureTable(TABLES, model=SPEC), risk), labelled.X, labelled.y, scoring=scorer,
            cv=TimeSplit(2, horizon_days=5, test_share=0.25), params=params | {"sample_weight": labelled.sample_weight},
        )  # fmt: skip
    assert np.isfinite(scores).all()


def test_a_grid_search_chooses_a_parameter_of_the_table(labelled):
    model = make_pipeline(
        FeatureTable(TABLES, model=SPEC), HistGradientBoostingClassifier(max_iter=2, max_bins=8)
    )
    grid = {"featuretable__names": [False]}
    split = TimeSplit(1, horizon_days=5, test_share=0.3)
    found = GridSearchCV(model, grid, cv=split).fit(labelled.X, labelled.y, groups=labelled.groups)
    assert found.best_params_ == {"featuretable__names": False}
    assert found.predict_proba(labelled.X[:3]).shape == (3, 2)


def test_it_stands_in_a_column_transformer_beside_columns_of_ones_own(labelled):
    X = labelled.X.to_pandas().assign(budget=1.0)
    table = FeatureTable(TABLES, model=SPEC, names=False)
    parts = [("facts", table, ["interaction_id", "as_of"]), ("own", "passthrough", ["budget"])]
    both = ColumnTransformer(parts).set_output(transform="pandas")
    found = both.fit_transform(X)
    assert list(found.columns)[-1] == "own__budget"
    assert found.columns.tolist() == both.get_feature_names_out().tolist()
    assert found.shape[0] == len(X)


@pytest.mark.slow
def test_own_features_that_the_model_names_are_columns(tmp_path, labelled):
    feature = (
        "Feature('late', flag(WAIT_S > 60), 'Whether it is over a minute.', +1, 'waited long', low=0, high=1)"
    )
    (tmp_path / "desk.py").write_text(
        '"""Own features."""\nfrom forestall.feature_terms import WAIT_S, Family, Feature, flag\n'
        f"DESK = Family('desk', 'Delays.', [{feature}], contributes_to='service')\n"
    )
    spec = SPEC.model_dump(mode="json", exclude_defaults=True) | {"features": ["desk"]}
    (tmp_path / "model.yaml").write_text(json.dumps(spec))
    table = FeatureTable(TABLES, model=tmp_path, names=False).set_output(transform="polars")
    found = clone(table).fit_transform(labelled.X)
    again = table.fit(labelled.X).transform(labelled.X)
    wait = found["service_wait_s"]
    late = pl.select(pl.when(wait.is_not_null()).then((wait > 60).cast(pl.Float64))).to_series()
    assert found["desk_late"].to_list() == again["desk_late"].to_list() == late.to_list()
    assert found["desk_late"].n_unique() > 1


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (np.zeros((3, 2)), InputError, "X must be a pandas or polars frame with interaction_id and as_of"),
        (pl.DataFrame({"interaction_id": ["x"]}), InputError, "missing: as_of"),
        (
            pl.DataFrame({"interaction_id": ["x"], "as_of": [datetime(2026, 1, 1, tzinfo=UTC)]}),
            InputError,
            "each interaction_id must be in interactions",
        ),
        (MOMENTS[:0], InputError, "at least one moment"),
    ],
)
def test_what_is_no_moment_is_refused(X, error, message):
    with pytest.raises(error, match=message):
        FeatureTable(TABLES).fit(X)


def test_missing_tables_and_other_columns_are_refused(labelled, fitted):
    with pytest.raises(UsageError, match="tables must be the company's records"):
        FeatureTable().fit(labelled.X)
    with pytest.raises(ValueError, match="feature names"):
        fitted.transform(labelled.X.with_columns(more=pl.lit(1)))
