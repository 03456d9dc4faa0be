"""Tables prepared for one model: their timelines are built once, and scored and explained many times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.model.reason_texts import DEFAULT
from forestall.model.risk_model import RiskModel
from forestall.moment_features.feature_plan import FeaturePlan
from forestall.moment_features.sources import Sources
from forestall.moment_features.table import features_at, locate, moments_frame


@dataclass(frozen=True)
class PreparedTables:
    """A company's tables, prepared for one model.

    Parameters
    ----------
    model
        The model.
    tables
        The company's records.
    sources
        Their timelines, with the facts that the model learnt.
    """

    model: RiskModel
    tables: Tables
    sources: Sources

    @classmethod
    def of(cls, model: RiskModel, tables: Tables, sources: Sources | None = None) -> PreparedTables:
        """Return tables prepared for a model.

        Parameters
        ----------
        model, tables
            The model and the records.
        sources
            The timelines of the same tables, built for a model with the same standards and context; by default they
            are built.
        """
        if sources is None:
            return cls(model, tables, model.sources(tables))
        return cls(model, tables, replace(sources, facts=model.facts))

    def score(self, moments: Any, *, reasons: bool = False, language: str = DEFAULT) -> pl.DataFrame:
        """Return what `RiskModel.score` does for moments of the tables (`interaction_id`, `as_of`)."""
        place, as_of = locate(self.sources, moments_frame(moments))
        return self.model.score_at(self.sources, place, as_of, reasons=reasons, language=language)

    def features(self, moments: Any, plan: FeaturePlan) -> pl.DataFrame:
        """Return the columns of a plan, one row a moment, with the facts that the model learnt."""
        return features_at(self.sources, *locate(self.sources, moments_frame(moments)), plan)
