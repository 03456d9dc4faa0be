"""The effect of a contact in a packaged model, and whether contact lists are ordered by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl

from forestall.model.effect_columns import EffectColumns
from forestall.model.effect_model import EffectModel
from forestall.statistics import Floats

FILE = "contact_effect.json"
EFFECT = "effect"
"""The column of a score row: by how much a contact changes the risk, below 0 if it lowers it."""


@dataclass(frozen=True)
class ContactEffect:
    """A model of the effect of a contact that belongs to a risk model.

    Parameters
    ----------
    model
        The model of the effect.
    columns
        What it learns from.
    verdict
        What was found on held-out customers: `passed`, whether an order by it saves more than one by risk x value
        beyond chance; `says`, the same in a sentence; and figures.
    """

    model: EffectModel
    columns: EffectColumns
    verdict: Mapping[str, Any]

    @property
    def orders_contacts(self) -> bool:
        """Whether contact lists are ordered by the effect."""
        return bool(self.verdict["passed"])

    def predict(self, features: pl.DataFrame | Mapping[str, Any], risk: Floats) -> Floats:
        """Return by how much a contact changes the risk of moments, shape (n,); NaN where the risk is NaN."""
        known = np.nan_to_num(risk, nan=0.0)
        effect = self.model.predict(self.columns.matrix(features, known), known)
        # the risk stays between 0 and 1
        return np.where(np.isnan(risk), np.nan, np.clip(effect, -known, 1 - known))

    def save(self, folder: Path) -> None:
        """Write `contact_effect.json`."""
        content = {
            "model": self.model.as_dict(),
            "columns": [list(one) for one in self.columns.columns],
            "verdict": dict(self.verdict),
        }
        text = json.dumps(content, allow_nan=False, ensure_ascii=False)
        (folder / FILE).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Return what `save` wrote; None if the folder has no model of the effect."""
        file = folder / FILE
        if not file.is_file():
            return None
        content = json.loads(file.read_text(encoding="utf-8"))
        columns = EffectColumns(tuple((str(name), value) for name, value in content["columns"]))
        return cls(EffectModel.from_dict(content["model"]), columns, content["verdict"])
