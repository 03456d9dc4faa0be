"""What a job wants to know of checked rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from forestall.data import Tables
from forestall.model.risk_model import RiskModel
from forestall.model.scored_moments import scored_moments
from forestall.model.spec import Spec


@dataclass(frozen=True)
class Wanted:
    """What a job wants to know of checked rows.

    Parameters
    ----------
    spec
        The model's specification.
    as_of, closed
        Which moments are computed; see `model.scored_moments`.
    has_queue
        Whether the queue at the moments is wanted.
    hidden_kind
        The kind of event that is no fact for the model, None for none.
    end
        Whether the end of the records is wanted.
    typical_value
        Whether the median of the customers' values is wanted.
    """

    spec: Spec
    as_of: datetime | str | None = None
    closed: bool = False
    has_queue: bool = True
    hidden_kind: str | None = None
    end: bool = False
    typical_value: bool = False

    @classmethod
    def by(
        cls,
        model: RiskModel,
        as_of: datetime | str | None = None,
        *,
        closed: bool = False,
        end: bool = False,
        typical_value: bool = False,
    ) -> Wanted:
        """Return what a model needs to score rows, and what else is wanted of them."""
        hidden = model.spec.label.event if model.hides_label_event else None
        has_queue = bool(model.plan.columns.queue)
        return cls(model.spec, as_of, closed, has_queue, hidden, end, typical_value)

    def moments(self, tables: Tables) -> pl.DataFrame:
        """Return the moments of tables: `place` (of the interaction) and `as_of` (microseconds), by place."""
        chosen = scored_moments(self.spec, tables, self.as_of, closed=self.closed)
        places = tables.interactions.select("interaction_id").with_row_index("place")
        return chosen.join(places, on="interaction_id", maintain_order="left").select(
            pl.col("place").cast(pl.Int64), pl.col("as_of").dt.timestamp("us")
        )
