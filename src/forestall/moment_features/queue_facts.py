"""The queue of one moment of each interaction, computed before, where an interaction's queue is not in its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.moment_features import shared_terms as terms
from forestall.moment_features.columns_by_source import ColumnsBySource
from forestall.moment_features.event_columns import EventColumn
from forestall.moment_features.events import Events
from forestall.moment_features.milestones import FOREVER, never_if_null, terms_of_events
from forestall.moment_features.name_columns import codes, joined_name
from forestall.moment_features.queue import COLUMNS, Queues
from forestall.moment_features.row_aggregates import Array
from forestall.moments.timeline import Ints

QUEUE, STARTED, WAIT_END, SERVED, AS_OF = "queue", "started_at", "wait_end", "served_at", "as_of"
WAITS = {QUEUE: pl.String, STARTED: pl.Int64, WAIT_END: pl.Int64, SERVED: pl.Int64}
"""The columns of `waits_of`; times are in microseconds."""
_TERMS = {WAIT_END: terms.WAIT_END, SERVED: terms.SERVED}


class QueueStates(Protocol):
    """The queues of interactions at moments."""

    def state(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the facts of the queue at moments, each of shape (n_moments,)."""


@dataclass(frozen=True)
class QueueFacts:
    """The facts of the queue at one moment of each interaction.

    Parameters
    ----------
    as_of
        The moment in microseconds, shape (n_interactions,); the facts of an interaction without a moment are not read.
    facts
        The columns of `queue.COLUMNS`, each of shape (n_interactions,).
    """

    as_of: Ints
    facts: Mapping[str, Array]

    @classmethod
    def of(cls, moments: pl.DataFrame, n_interactions: int) -> QueueFacts:
        """Return the facts of moments, which have `place` (of the interaction), `as_of` and the facts as columns."""
        place = moments["place"].to_numpy()
        columns = {}
        for name in (AS_OF, *COLUMNS):
            values = moments[name].to_numpy()
            columns[name] = np.zeros(n_interactions, dtype=values.dtype)
            columns[name][place] = values
        return cls(columns.pop(AS_OF), columns)

    def state(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the facts of the queue at moments, each of shape (n_moments,).

        Raises
        ------
        ValueError
            A moment is not the one whose facts were computed.
        """
        if not np.array_equal(self.as_of[place], as_of):
            raise ValueError("the queue is known at one moment of each interaction only")
        return {name: values[place] for name, values in self.facts.items()}


def waits_of(tables: Tables) -> pl.DataFrame:
    """Return the queue and the wait of each interaction, in the order of the table, with the columns of `WAITS`.

    Times that have not come are `timeline.NEVER`. Only the events that these times depend on are read.
    """
    interactions = tables.interactions
    started_at = interactions["started_at"].dt.timestamp("us").to_numpy()
    read = [one for one in ColumnsBySource(_TERMS.values()).all if isinstance(one, EventColumn)]
    place = interactions.select("interaction_id").with_row_index("place")
    events = (
        tables.events.select("interaction_id", "kind", "actor", at=pl.col("at").dt.timestamp("us"))
        .filter(pl.col("kind").is_in(sorted({one.event_kind for one in read})))
        .join(place, on="interaction_id", how="left", maintain_order="left")
        .with_columns(text=pl.lit(None, pl.String), value=pl.lit(None, pl.Float64))
    )
    owner = events["place"].cast(pl.Int64).to_numpy()
    everyone = np.arange(len(started_at))
    reached = terms_of_events(
        Events.of(events, owner, started_at, interactions["locale"]),
        everyone, np.full(len(everyone), FOREVER), started_at, **_TERMS,
    ).cast(pl.Int64)  # fmt: skip
    return pl.DataFrame(
        {
            QUEUE: _queues(interactions),
            STARTED: started_at,
            **{name: never_if_null(reached[name]) for name in _TERMS},
        },
        schema=WAITS,
    )


def queue_facts(waits: pl.DataFrame) -> pl.DataFrame:
    """Return the facts of the queue at moments.

    Parameters
    ----------
    waits
        All interactions of some queues: the columns of `WAITS`, and `as_of`, the moment in microseconds or null for
        none.

    Returns
    -------
    polars.DataFrame
        The columns of `queue.COLUMNS`, a row for each row that has a moment.
    """
    owner = codes(waits[QUEUE])[0]
    queues = Queues.of(owner, *(waits[name].to_numpy() for name in (STARTED, WAIT_END, SERVED)))
    place = waits[AS_OF].is_not_null().arg_true().cast(pl.Int64).to_numpy()
    return pl.DataFrame(queues.state(place, waits[AS_OF].drop_nulls().to_numpy())).select(COLUMNS)


def _queues(interactions: pl.DataFrame) -> pl.Series:
    """Return the queue of each interaction."""
    places = interactions.select("venue", "channel").unique()
    names = pl.Series(QUEUE, [joined_name(*pair) for pair in places.rows()], pl.String)
    found = interactions.select("venue", "channel").join(
        places.with_columns(names),
        on=["venue", "channel"],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    return found[QUEUE]
