"""The estimator: the checks of scikit-learn, its quality, its invariances, its files and its errors."""

import pickle
import re

import numpy as np
import polars as pl
import pytest
from scipy.special import expit
from sklearn.utils.estimator_checks import parametrize_with_checks
from worlds import World, auc, world

from forestall.model.calibration import CALIBRATORS
from forestall.model.estimator import RiskClassifier

FAST = {"learning_rate": 0.2}


@parametrize_with_checks(
    [RiskClassifier(max_rounds=30, n_members=2, n_refits=2)],
    expected_failed_checks=lambda estimator: {
        "check_sample_weight_equivalence_on_dense_data": (
            "folds are drawn over interactions, and a repeated row is another interaction"
        )
    },
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def train() -> World:
    return world(2000, seed=1)


@pytest.fixture(scope="module")
def new() -> World:
    return world(2000, moments=1, seed=2)


def fit(train: World, X=None, **options) -> RiskClassifier:
    options = {"lightgbm": FAST, "n_refits": 4} | options
    return RiskClassifier(**options).fit(train.X if X is None else X, *train.fit_args[1:])


@pytest.fixture(scope="module")
def fitted(train: World) -> RiskClassifier:
    return fit(train, n_jobs=1)


@pytest.fixture(scope="module")
def fitted_by_two(train: World) -> RiskClassifier:
    return fit(train, n_jobs=2)


def risk(estimator: RiskClassifier, X) -> np.ndarray:
    return estimator.predict_proba(X)[:, 1]


def test_the_risk_is_near_the_true_risk(fitted, new):
    lift, best = (auc(new.y, score) - 0.5 for score in (risk(fitted, new.X), new.truth))
    assert lift / best > 0.85
    assert np.mean(risk(fitted, new.X)) == pytest.approx(new.truth.mean(), abs=0.02)


def test_on_noise_the_model_is_not_better_than_noise(train, new):
    """One shuffle of the labels may agree with the true risk by chance; the mean of several does not."""
    risks = []
    for seed in range(6):
        shuffled = np.random.default_rng(seed).permutation(2000)
        noise = World(train.X, train.y[::2][shuffled].repeat(2), *train.fit_args[2:], train.truth)
        risks.append(risk(fit(noise, n_refits=0, n_members=2), new.X))
    assert np.mean([auc(new.y, one) for one in risks]) == pytest.approx(0.5, abs=0.1)
    assert max(one.std() for one in risks) < 0.05


@pytest.mark.parametrize("given", ["time", "groups", "neither"])
def test_time_and_groups_may_be_left_out(train, new, given):
    time = train.time if given == "time" else None
    groups = train.groups if given == "groups" else None
    one = RiskClassifier(lightgbm=FAST, n_refits=0).fit(
        train.X[::2], train.y[::2], time=None if time is None else time[::2],
        groups=None if groups is None else groups[::2, 0],
    )  # fmt: skip
    assert auc(new.y, risk(one, new.X)) > 0.7


def test_the_same_seed_gives_the_same_model_whatever_the_threads(train, new, fitted, fitted_by_two):
    for a, b in zip(
        *(one.predict_encoded(one.encode(new.X)) for one in (fitted, fitted_by_two)), strict=True
    ):
        assert np.array_equal(a, b)
    assert not np.array_equal(risk(fitted, new.X), risk(fit(train, random_state=1, n_refits=0), new.X))


def test_the_number_of_threads_is_not_saved(fitted, fitted_by_two, tmp_path):
    kept = []
    for one in (fitted, fitted_by_two):
        one.save(tmp_path / str(one.n_jobs))
        kept.append([file.read_bytes() for file in sorted((tmp_path / str(one.n_jobs)).iterdir())])
    assert kept[0] == kept[1]
    assert RiskClassifier.load(tmp_path / "1").n_jobs == -1


def test_pandas_and_polars_give_equal_risks(train, new, fitted):
    from_pandas = fit(train, X=train.X.to_pandas())
    expected = risk(fitted, new.X)
    assert np.array_equal(risk(from_pandas, new.X.to_pandas()), expected)
    assert np.array_equal(risk(fitted, new.X.to_pandas()), expected)


def test_columns_of_categories_equal_columns_of_strings(train, new, fitted):
    kinds = [
        pl.col("channel").cast(pl.Categorical),
        pl.col("topic").cast(pl.Enum(sorted(train.X["topic"].unique()))),
    ]
    assert np.array_equal(risk(fitted, new.X.with_columns(kinds)), risk(fitted, new.X))
    as_category = new.X.to_pandas().astype({"channel": "category"})
    assert np.array_equal(risk(fitted, as_category), risk(fitted, new.X))


def test_the_score_of_a_row_does_not_depend_on_other_rows(new, fitted):
    together = fitted.predict_encoded(fitted.encode(new.X))
    alone = [fitted.predict_encoded(fitted.encode(new.X[k : k + 1])) for k in range(50)]
    for k, column in enumerate(together):
        assert np.array_equal(column[:50], np.concatenate([row[k] for row in alone]))


def test_an_unknown_category_and_a_missing_value_are_scored(fitted, new):
    odd = new.X[:4].with_columns(
        topic=pl.lit("never seen"), agent=pl.lit(None, pl.String), wait_s=pl.lit(None)
    )
    assert np.isfinite(risk(fitted, odd)).all()


def test_a_missing_number_is_not_read_as_zero(fitted, new):
    long = new.X.filter(pl.col("wait_s") > 2)
    lost, none = (risk(fitted, long.with_columns(wait_s=pl.lit(wait))) for wait in (np.nan, 0.0))
    assert lost.mean() > none.mean() + 0.03


@pytest.mark.parametrize("direction", [1, -1])
def test_a_direction_holds_for_every_row(train, new, direction):
    one = fit(train, directions={"wait_s": direction}, n_refits=0)
    waits = np.linspace(0, 5, 30)
    raws = [one.decision_function(new.X[:200].with_columns(wait_s=pl.lit(wait))) for wait in waits]
    assert (direction * np.diff(raws, axis=0) >= 0).all()


def test_moments_that_repeat_with_less_weight_change_little(train, new):
    once, rows = train.X[::2], np.repeat(np.arange(0, 4000, 2), 4)
    options = {"lightgbm": FAST, "n_refits": 0, "calibration": "none"}
    single = RiskClassifier(**options).fit(once, train.y[::2], None, train.time[::2], train.groups[::2])
    many = RiskClassifier(**options).fit(
        train.X[rows], train.y[rows], np.full(8000, 0.25), train.time[rows], train.groups[rows]
    )
    gap = np.abs(single.decision_function(new.X) - many.decision_function(new.X))
    reseeded = RiskClassifier(**options, random_state=1).fit(
        once, train.y[::2], None, train.time[::2], train.groups[::2]
    )
    chance = np.abs(single.decision_function(new.X) - reseeded.decision_function(new.X))
    assert gap.mean() < 1.5 * chance.mean()


def test_rows_without_weight_change_nothing(train, new):
    weight = train.weight.copy()
    weight[:500] = 0
    kept = World(*(part[500:] for part in train.fit_args), train.truth[500:])
    with_zeros = RiskClassifier(lightgbm=FAST, n_refits=0).fit(
        train.X, train.y, weight, train.time, train.groups
    )
    # a category that occurs only in these rows gets the base rate
    assert risk(with_zeros, new.X) == pytest.approx(risk(fit(kept, n_refits=0), new.X), abs=1e-12)


def test_contributions_add_up_to_the_log_odds(fitted, new):
    parts = fitted.contributions(new.X[:300])
    assert parts.shape == (300, new.X.width + 1)
    assert parts.sum(axis=1) == pytest.approx(fitted.decision_function(new.X[:300]), abs=1e-9)
    assert np.ptp(parts[:, -1]) == 0


def test_the_risk_is_the_calibration_of_the_log_odds(fitted, new):
    value, _, _, raw = fitted.predict_encoded(fitted.encode(new.X))
    assert np.array_equal(value, fitted.calibrator_(raw))
    assert np.array_equal(value, risk(fitted, new.X))
    assert np.array_equal(fitted.predict(new.X), (value > 0.5).astype(int))


@pytest.mark.parametrize("calibration", CALIBRATORS)
def test_a_saved_estimator_predicts_exactly_the_same(train, new, tmp_path, calibration):
    one = fit(train, calibration=calibration, max_rounds=50)
    one.save(tmp_path)
    again = RiskClassifier.load(tmp_path)
    for a, b in zip(
        one.predict_encoded(one.encode(new.X)), again.predict_encoded(again.encode(new.X)), strict=True
    ):
        assert np.array_equal(a, b)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["booster.txt", "estimator.json", "spread.txt"]
    assert again.calibrator_.kind == calibration


def test_a_saved_estimator_keeps_labels_that_are_strings(train, tmp_path):
    words = np.array(["content", "dissatisfied"])[train.y]
    one = RiskClassifier(max_rounds=5, n_refits=0).fit(train.X, words)
    one.save(tmp_path)
    assert list(RiskClassifier.load(tmp_path).predict(train.X[:9])) == list(one.predict(train.X[:9]))


def test_a_pickled_estimator_predicts_the_same(fitted, new):
    assert np.array_equal(risk(pickle.loads(pickle.dumps(fitted)), new.X), risk(fitted, new.X))


def test_an_interaction_with_a_missing_customer_is_a_customer(train):
    groups = train.groups.astype(str).astype(object)
    groups[:1000, 0] = None
    frame = pl.DataFrame({"customer": groups[:, 0].tolist(), "interaction": groups[:, 1].tolist()})
    by_array, by_frame = (
        RiskClassifier(lightgbm=FAST, n_refits=0).fit(train.X, train.y, train.weight, train.time, one)
        for one in (groups, frame)
    )
    assert np.array_equal(risk(by_array, train.X), risk(by_frame, train.X))


def test_times_may_be_whole_numbers_or_times(train):
    as_times = pl.Series(train.time).cast(pl.Datetime("us", "UTC"))
    plain, timed, pandas = (
        RiskClassifier(max_rounds=20, n_refits=0).fit(train.X, train.y, train.weight, time, train.groups)
        for time in (train.time, as_times, as_times.to_pandas())
    )
    assert np.array_equal(risk(plain, train.X), risk(timed, train.X))
    assert np.array_equal(risk(plain, train.X), risk(pandas, train.X))


def test_a_category_with_an_effect_is_used_and_one_of_noise_is_not():
    rng = np.random.default_rng(0)
    n, row = 3000, np.repeat(np.arange(3000), 4)
    code = rng.integers(40, size=n)
    y = (rng.random(n) < expit(rng.normal(size=40) - 1.5)[code]).astype(int)
    frame = pl.DataFrame(
        {"real": [f"r{k}" for k in code[row]], "noise": [f"n{k}" for k in rng.integers(500, size=n)[row]]}
    )
    one = RiskClassifier(lightgbm=FAST, n_refits=0).fit(
        frame, y[row], np.full(4 * n, 0.25), groups=np.column_stack([row, row])
    )
    real, noise, _ = np.abs(one.contributions(frame)).mean(axis=0)
    assert real > 20 * noise


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"y": np.zeros(4000)}, "one class"),
        ({"y": np.arange(4000) % 3}, "Only binary classification"),
        ({"sample_weight": np.zeros(4000)}, "at least one non-zero"),
        ({"sample_weight": np.full(4000, -1.0)}, "Negative values"),
        ({"time": np.arange(3)}, "a time for each of 4000 rows"),
        ({"time": ["noon"] * 4000}, "whole numbers or times"),
        ({"groups": np.zeros((4000, 3))}, "customer and interaction"),
    ],
)
def test_wrong_input_is_named(train, change, says):
    given = dict(zip(("X", "y", "sample_weight", "time", "groups"), train.fit_args, strict=True))
    with pytest.raises(ValueError, match=says):
        RiskClassifier().fit(**(given | change))


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"lightgbm": {"is_unbalance": True}}, "it breaks the calibration"),
        ({"lightgbm": {"n_estimators": 10}}, "see max_rounds"),
        ({"lightgbm": {"learning_rat": 0.1}}, "no setting 'learning_rat', did you mean 'learning_rate'"),
        ({"max_rounds": 0}, "max_rounds must be at least 1"),
        ({"directions": {"wait": 1}}, "did you mean 'wait_s'?"),
        ({"directions": {"wait_s": 2}}, "must be 1, 0 or -1"),
        ({"calibration": "beta"}, "calibration must be"),
        ({"n_folds": 1}, "n_folds must be at least 2"),
        ({"calibration_share": 0}, "calibration_share must be between"),
    ],
)
def test_wrong_options_are_named(train, option, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        RiskClassifier(**option).fit(*train.fit_args)


def test_wrong_columns_are_named(fitted, new):
    with pytest.raises(ValueError, match="topic"):
        fitted.predict_proba(new.X.drop("topic"))
    with pytest.raises(ValueError, match="'age' must hold finite"):
        fitted.predict_proba(new.X.with_columns(age=pl.lit(np.inf)))
    with pytest.raises(ValueError, match="'age' must hold numbers"):
        fitted.predict_proba(new.X.with_columns(age=pl.lit("old")))
    with pytest.raises(ValueError, match="must be a frame"):
        fitted.predict_proba(np.zeros((2, new.X.width)))
