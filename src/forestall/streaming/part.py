"""A part of whole customers, and its scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.data.schemas import TABLES
from forestall.data.whole_tables import WholeTables
from forestall.model.input_tables import tables_for
from forestall.model.reason_texts import DEFAULT
from forestall.model.risk_model import RiskModel
from forestall.moment_features.queue import COLUMNS
from forestall.moment_features.queue_facts import QueueFacts, QueueStates
from forestall.moment_features.sources import Sources
from forestall.moment_features.table_sources import sources_of
from forestall.moments.timeline import Ints
from forestall.streaming.wanted import Wanted

MOMENTS = "moments"
FILES = (*TABLES, MOMENTS)
"""The frames of a part on the disk."""


@dataclass(frozen=True)
class Part:
    """Tables of whole customers, and their moments.

    Parameters
    ----------
    tables
        The checked tables.
    moments
        The moments: `place` (of the interaction in the table), `as_of` (microseconds) and, in a part of larger tables,
        the facts of the queue, the columns of `queue.COLUMNS`.
    is_whole
        Whether the tables are whole, so that the queues are computed from them.
    """

    tables: Tables
    moments: pl.DataFrame
    is_whole: bool = False

    @classmethod
    def of(cls, tables: Tables, wanted: Wanted) -> Part:
        """Return whole tables as the only part."""
        return cls(tables, wanted.moments(tables), is_whole=True)

    @classmethod
    def of_frames(cls, frames: Mapping[str, pl.DataFrame], about: Mapping[str, Any]) -> Part:
        """Return a part of larger tables.

        Parameters
        ----------
        frames
            The checked rows of the three tables, and the moments in any order.
        about
            The `about` of the whole tables.
        """
        return cls(Tables.of_checked(frames, about), frames[MOMENTS].sort("place"))

    @property
    def places_and_times(self) -> tuple[Ints, Ints]:
        """The moments: the interaction's place, and the time in microseconds, both of shape (n_moments,)."""
        return self.moments["place"].to_numpy(), self.moments["as_of"].to_numpy()

    def sources(self, model: RiskModel, queues: QueueStates | None = None) -> Sources:
        """Return the sources of the part, with the facts that a model learnt.

        Parameters
        ----------
        model
            The model.
        queues
            The queues of the whole tables, by place in the part; by default those that the moments have.
        """
        tables = tables_for(
            self.tables,
            model.spec,
            is_scored=True,
            hides_label_event=model.hides_label_event,
            reads=model.inputs.reads,
            part_of=None if self.is_whole else WholeTables(None),
        )
        if queues is None and COLUMNS[0] in self.moments.columns:
            queues = QueueFacts.of(self.moments, tables.interactions.height)
        return sources_of(tables, model.spec.standards, model.facts, queues)


def empty_moments(*, has_queue: bool) -> pl.DataFrame:
    """Return no moments, with the columns that the moments of a part have."""
    facts = (
        {"n_waiting": pl.Int64, "n_served_first": pl.Int64, "mean_wait_s": pl.Float64} if has_queue else {}
    )
    return pl.DataFrame(schema={"place": pl.Int64, "as_of": pl.Int64, **facts})


def features_of_part(model: RiskModel, part: Part) -> pl.DataFrame:
    """Return what `RiskModel.features` returns, for the moments of a part in their order."""
    return model.features_at(part.sources(model), *part.places_and_times)


def score_part(
    model: RiskModel, part: Part, *, reasons: bool | str = False, language: str = DEFAULT
) -> pl.DataFrame:
    """Return what `RiskModel.score` returns, for the moments of a part in their order.

    Parameters
    ----------
    model
        The model.
    part
        The part.
    reasons
        Whether to compute contributions and reasons; or the lowest band whose moments get them.
    language
        The language of the reasons.
    """
    return model.score_at(part.sources(model), *part.places_and_times, reasons=reasons, language=language)
