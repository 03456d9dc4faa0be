"""The estimator that a specification asks for, not yet fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forestall.errors import UsageError
from forestall.model import RiskClassifier, Spec
from forestall.model.chosen_classifier import NOT_TUNED, ChosenClassifier
from forestall.model.classifier_choice import chosen_classifier
from forestall.model.estimators import RiskEstimator
from forestall.moment_features import Family


def new_estimator(
    spec: Spec, families: Sequence[Family], preset: str, salts: Mapping[str, str], n_jobs: int
) -> RiskEstimator:
    """Return the blend, or the classifier that `estimator` names.

    Parameters
    ----------
    spec
        What is learnt, and how.
    families
        The families of the features.
    preset
        The preset of LightGBM's settings.
    salts
        By column with names of people: the salt of the hashes that are kept in their place.
    n_jobs
        Threads.

    Raises
    ------
    UsageError
        The classifier cannot be used: see `chosen_classifier`.
    """
    options: dict[str, Any] = {
        "directions": {f.column(one): one.direction for f in families for one in f.features if one.direction},
        "calibration_share": spec.split.calibration_share,
        "least_customers": spec.privacy.least_customers,
        "salts": dict(salts),
        "random_state": spec.seed,
        "n_jobs": n_jobs,
    }
    if spec.estimator is not None:
        return ChosenClassifier(chosen_classifier(spec.estimator, spec.seed), **options)
    return RiskClassifier(lightgbm=spec.lightgbm, preset=preset, **options)


def check_choice(spec: Spec, *, is_tuned: bool) -> None:
    """Check before a training that its classifier can be used, and that no tuning is asked for beside it.

    Raises
    ------
    UsageError
        It cannot be used, or would be tuned.
    """
    if spec.estimator is None:
        return
    if is_tuned:
        raise UsageError(NOT_TUNED)
    chosen_classifier(spec.estimator, spec.seed)
