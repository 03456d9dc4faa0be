"""The classifier that `estimator` in model.yaml names: the key, the class, and whether it can be used."""

from __future__ import annotations

import inspect
import tempfile
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, field_validator, model_serializer, model_validator
from sklearn.base import ClassifierMixin, is_classifier
from sklearn.utils.validation import has_fit_parameter

from forestall.config import CLASS_FORM, Strict
from forestall.errors import UsageError, must_be, nearest
from forestall.model.classifier_file import FILE, BrokenClassifierError, read_classifier, write_classifier

_PLAIN = bool | int | float | str | None
_N_TRIAL_ROWS, _N_TRIAL_COLUMNS = 200, 3
# Forestall gives these itself, or its contributions need features of their own
_TAKEN = {
    "monotonic_cst": "the directions of the features are given to it",
    "categorical_features": "categories are encoded as numbers",
    "class_weight": "it breaks the calibration of probabilities",
    "warm_start": "each fit begins anew",
    "random_state": "see `seed`",
}


class EstimatorChoice(Strict):
    """A classifier that is learnt in place of LightGBM and the linear part; its name alone will do."""

    class_path: str = Field(
        alias="class",
        pattern=CLASS_FORM,
        description="Full name of a class with `predict_proba`, such as "
        "`sklearn.ensemble.HistGradientBoostingClassifier`.",
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="Its parameters, under the names of the class."
    )

    @model_validator(mode="before")
    @classmethod
    def _read_short_form(cls, content: Any) -> Any:
        return {"class": content} if isinstance(content, str) else content

    @field_validator("parameters")
    @classmethod
    def _check_parameters(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        for name, value in parameters.items():
            if name in _TAKEN:
                raise ValueError(f"must not set '{name}': {_TAKEN[name]}")
            values = value if isinstance(value, list) else [value]
            if not all(isinstance(one, _PLAIN) for one in values):
                raise ValueError(f"'{name}' must be a plain value or a list of them")
        return parameters

    @model_serializer
    def _as_written(self) -> dict[str, Any]:
        return {"class": self.class_path, "parameters": dict(self.parameters)}


def chosen_classifier(choice: EstimatorChoice, seed: int) -> Any:
    """Return the classifier that model.yaml names, not yet fitted, after trying it on made rows.

    It is tried because a training takes long: one that cannot be fitted with weights, or cannot be packaged, is refused
    before.

    Raises
    ------
    UsageError
        There is no such class, it refuses its parameters, or Forestall cannot learn with it or package it.
    """
    kind = _class_of(choice.class_path)
    taken = inspect.signature(kind).parameters
    known = [name for name, one in taken.items() if one.kind is not one.VAR_KEYWORD]
    for name in choice.parameters:
        if name not in known and len(known) == len(taken):
            hint = nearest(name, known)
            raise UsageError(f"estimator.parameters: {kind.__name__} has no parameter '{name}', {hint}")
    try:
        classifier = kind(**choice.parameters)
    except Exception as error:  # a constructor may raise anything
        raise UsageError(f"estimator.parameters must suit {kind.__name__}: {_first_line(error)}") from error
    _check_abilities(classifier, choice.class_path)
    if "random_state" in known:
        classifier.set_params(random_state=seed)
    _try_out(classifier)
    return classifier


def _class_of(path: str) -> type:
    module, _, name = path.rpartition(".")
    try:
        found = getattr(import_module(module), name, None)
    except ImportError as error:
        raise UsageError(
            must_be("estimator.class", "a class that can be imported", path, do=f"{_first_line(error)}")
        ) from None
    if found is None:
        classes = {one: value for one, value in vars(import_module(module)).items() if inspect.isclass(value)}
        known = [one for one, value in classes.items() if issubclass(value, ClassifierMixin)] or list(classes)
        raise UsageError(f"estimator.class: {module} has no class '{name}', {nearest(name, known)}")
    if not inspect.isclass(found):
        raise UsageError(must_be("estimator.class", "a class", f"{path}, which is none"))
    return found


def _check_abilities(classifier: Any, path: str) -> None:
    if not hasattr(classifier, "set_params") or not is_classifier(classifier):
        raise UsageError(must_be("estimator.class", "a classifier as scikit-learn defines it", path))
    if not hasattr(classifier, "predict_proba"):
        raise UsageError(
            must_be("estimator.class", "a classifier with predict_proba", path, do="a risk is a probability")
        )
    if not has_fit_parameter(classifier, "sample_weight"):
        raise UsageError(
            must_be(
                "estimator.class",
                "a classifier whose fit takes sample_weight",
                path,
                do="the moments of an interaction share a weight of 1",
            )
        )


def _try_out(classifier: Any) -> None:
    """Fit the classifier on made rows, write it, and read it again."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(_N_TRIAL_ROWS, _N_TRIAL_COLUMNS))
    labels = (rows[:, 0] + rng.normal(size=_N_TRIAL_ROWS) > 0).astype(np.int64)
    name = type(classifier).__name__
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")  # made rows say nothing about the company's
        try:
            classifier.fit(rows, labels, sample_weight=np.ones(_N_TRIAL_ROWS))
            risk = np.asarray(classifier.predict_proba(rows))
        except Exception as error:  # a fit may raise anything
            raise UsageError(f"estimator.parameters must suit {name}: {_first_line(error)}") from error
        if risk.shape != (_N_TRIAL_ROWS, 2) or not np.isfinite(risk).all():
            raise UsageError(must_be("estimator.class", "a classifier that gives two probabilities", name))
        file = Path(folder) / FILE
        write_classifier(classifier, file)
        try:
            again = read_classifier(file, _N_TRIAL_COLUMNS)
        except BrokenClassifierError as error:
            raise UsageError(f"estimator.class: {name} cannot be packaged: {error}") from None
        if not np.array_equal(np.asarray(again.predict_proba(rows)), risk):
            raise UsageError(f"estimator.class: {name} cannot be packaged: read again, it gives other risks")


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
