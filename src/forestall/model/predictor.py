"""Predictions of the blend of trees and a linear part, and its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import lightgbm as lgb
import numpy as np
from sklearn.utils.validation import check_is_fitted

from forestall.model.booster_text import read_booster, seen_ranges
from forestall.model.encoded_estimator import EncodedEstimator
from forestall.model.linear import LinearPart
from forestall.model.tree_contributions import tree_contributions
from forestall.model.tree_log_odds import tree_log_odds
from forestall.statistics import Floats


class RiskPredictor(EncodedEstimator):
    """The predictions of an estimator; `fit` of the subclass sets these attributes."""

    lightgbm: Mapping[str, Any] | None
    preset_: str
    rounds_: int
    strength_: float
    booster_: lgb.Booster
    linear_: LinearPart | None
    weight_: float

    def describe(self) -> str:
        """Return in a sentence what the model is made of."""
        check_is_fitted(self)
        n_trees, trees, linear = self.booster_.num_trees(), self.weight_, 1 - self.weight_
        own = " with the settings of model.yaml" if self.lightgbm else ""
        return (
            f"The log-odds are {trees:.0%} of {n_trees} boosted trees (preset {self.preset_}{own}) and "
            f"{linear:.0%} of a logistic regression on ranks (ridge {self.strength_:.2g}), as found on folds of the "
            f"training rows; {self.calibrator_.describe()}."
        )

    def found(self) -> dict[str, Any]:
        """Return the settings that training found, by name: what `model.yaml` does not say."""
        return super().found() | {
            "preset": self.preset_,
            "trees": self.booster_.num_trees(),
            "ridge": float(f"{self.strength_:.4g}"),
            "weight_of_trees": round(self.weight_, 4),
        }

    def log_odds_of_learner(self, matrix: Floats) -> Floats:
        """Return the log-odds of the trees for encoded rows, shape (n,)."""
        return tree_log_odds(self.booster_, matrix, self._n_threads(len(matrix)))

    def _raw(self, matrix: Floats, learnt: Floats | None = None) -> Floats:
        trees = self.log_odds_of_learner(matrix) if learnt is None else learnt
        if self.linear_ is None:
            return trees
        return self.weight_ * trees + (1 - self.weight_) * self.linear_.log_odds(matrix)

    def contributions_encoded(self, matrix: Floats, learnt: Floats | None = None) -> Floats:
        """Return the contributions of encoded rows: see `contributions`, and `predict_encoded` for the parameters."""
        found = tree_contributions(self.booster_, matrix, self._n_threads(len(matrix)))
        if self.linear_ is not None:
            found *= self.weight_
            found[:, :-1] += (1 - self.weight_) * self.linear_.contributions(matrix)
            found[:, -1] += (1 - self.weight_) * self.linear_.base
        return found

    def gains(self) -> Floats | None:
        """Return by how much the splits of each column lowered the loss in training, shape (p,)."""
        return np.asarray(self.booster_.feature_importance("gain"), dtype=np.float64)

    def seen_ranges(self) -> list[tuple[float, float] | None]:
        """Return the smallest and largest value of each column in training; None if all its values were the same."""
        return seen_ranges(self.booster_)

    def save(self, folder: str | Path) -> None:
        """Write `booster.txt`, `spread.txt` and `estimator.json` into a folder."""
        check_is_fitted(self)
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "booster.txt").write_text(self.booster_.model_to_string(), encoding="utf-8")
        content = {
            # seed and threads belong to the training and its machine
            "params": {**self.get_params(), "random_state": None, "n_jobs": None},  # type: ignore[attr-defined]
            "preset": self.preset_,
            "rounds": self.rounds_,
            "strength": self.strength_,
            "weight": self.weight_,
            "linear": None if self.linear_ is None else self.linear_.as_dict(),
            **self._save_shared(folder),
        }
        (folder / "estimator.json").write_text(json.dumps(content, allow_nan=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Return the estimator that `save` wrote. Its predictions are equal to the last bit; it uses all threads."""
        folder = Path(folder)
        content = json.loads((folder / "estimator.json").read_text(encoding="utf-8"))
        self = cls(**{**content["params"], "n_jobs": -1})
        self.rounds_ = content["rounds"]
        # a model of version 0.1 has no linear part
        self.preset_, self.strength_ = content.get("preset", ""), content.get("strength", 0.0)
        self.weight_, linear = content.get("weight", 1.0), content.get("linear")
        self.linear_ = None if linear is None else LinearPart.from_dict(linear)
        self.booster_ = read_booster(folder / "booster.txt", content["n_columns"])
        self._load_shared(folder, content)
        return self
