"""The sources of a company's tables: made once, then asked for the state of many moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.moment_features.customer_past import EarlierInteractions, earlier_places
from forestall.moment_features.event_attributes import attribute_types
from forestall.moment_features.events import Events
from forestall.moment_features.fact_changes import facts_in_time
from forestall.moment_features.interaction_lists import QUEUE_KEY, with_queue_and_standard
from forestall.moment_features.learnt_facts import Facts
from forestall.moment_features.milestones import milestones, never_if_null, terms_of_events
from forestall.moment_features.name_columns import codes
from forestall.moment_features.queue import Queues
from forestall.moment_features.queue_facts import QueueStates
from forestall.moment_features.ratings_in_time import RatingsInTime
from forestall.moment_features.row_aggregates import Array, Bools, places_in_runs
from forestall.moment_features.shared_terms import IS_RESOLVED
from forestall.moment_features.sources import TIMES, Sources
from forestall.moment_features.standards import Standards
from forestall.moments.timeline import Ints, is_known


def sources_of(
    tables: Tables, standards: Standards, facts: Facts | None = None, queues: QueueStates | None = None
) -> Sources:
    """Return the sources of a company's tables.

    Parameters
    ----------
    tables
        The company's records.
    standards
        What is promised.
    facts
        Learnt facts; by default those as of each moment.
    queues
        The queues; by default computed from the tables.
    """
    interactions = with_queue_and_standard(
        tables.interactions.with_columns(_microseconds(pl.col(name)) for name in TIMES), standards
    )
    place = pl.DataFrame({"interaction_id": interactions["interaction_id"]}).with_row_index("place")
    owner = _places(tables.events["interaction_id"], place)
    started_at = interactions["started_at"].to_numpy()
    events = Events.of(
        tables.events.with_columns(_microseconds(pl.col("at"))), owner, started_at, interactions["locale"],
        attribute_types(tables.events),
    )  # fmt: skip
    reached = milestones(events, started_at)
    feedback = tables.feedback.with_columns(
        place=_places(tables.feedback["interaction_id"], place), rated_at=_microseconds(pl.col("rated_at"))
    )
    if facts is None:
        facts = facts_in_time(interactions, events, reached, feedback)
        if tables.about["clock"] == "none":
            facts = facts.with_all_recorded()
    circumstances = TableCircumstances.of(interactions, events, reached, feedback, queues)
    return Sources(interactions, events, facts, circumstances)


def _microseconds(time: pl.Expr) -> pl.Expr:
    return time.dt.timestamp("us")


def _places(ids: pl.Series, place: pl.DataFrame) -> Ints:
    found = ids.to_frame().join(place, on="interaction_id", how="left", maintain_order="left")
    return found["place"].cast(pl.Int64).to_numpy()


@dataclass(frozen=True)
class TableCircumstances:
    """The queue and the customers' past, computed from the tables.

    Parameters
    ----------
    queues
        The queue of each venue and channel.
    started_at, venue, channel
        When each interaction started, microseconds, and the numbers of its venue and channel, -1 where not known.
    milestones
        See `moment_features.milestones`; `NEVER` where one was never reached.
    ratings
        The rating of each rated interaction: several where it was rated more than once.
    events
        The events of all interactions.
    customer
        The number of each interaction's customer, -1 where not known.
    earlier
        See `moment_features.customer_past.earlier_places`.
    """

    queues: QueueStates
    started_at: Ints
    venue: Ints
    channel: Ints
    milestones: Mapping[str, Ints]
    ratings: RatingsInTime
    events: Events
    customer: Ints
    earlier: tuple[Ints, Ints, Ints]

    @classmethod
    def of(
        cls,
        interactions: pl.DataFrame,
        events: Events,
        reached: pl.DataFrame,
        feedback: pl.DataFrame,
        queues: QueueStates | None = None,
    ) -> TableCircumstances:
        """Return the circumstances of all interactions; `queues` are by default computed from them."""
        # made once here, since they are of all interactions, and asked for by each chunk of moments
        started_at = interactions["started_at"].to_numpy()
        queue, venue, channel, customer = (
            codes(interactions[name])[0] for name in (QUEUE_KEY, "venue", "channel", "customer_id")
        )
        times = {name: never_if_null(reached[name]) for name in reached.columns}
        if queues is None:
            queues = Queues.of(queue, started_at, times["wait_end"], times["served_at"])
        ratings = RatingsInTime.of(feedback, interactions.height)
        earlier = earlier_places(customer, started_at, interactions["interaction_id"])
        return cls(queues, started_at, venue, channel, times, ratings, events, customer, earlier)

    def queue(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the facts of the queue, each of shape (n_moments,)."""
        return self.queues.state(place, as_of)

    def own_ratings(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the number of the interaction's known ratings (`n`) and the newest, each of shape (n_moments,)."""
        return self.ratings.own(place, as_of)

    def past(self, place: Ints, as_of: Ints) -> tuple[EarlierInteractions, Ints, Bools]:
        """Return the earlier interactions, when the moments' own started, and which customers are known."""
        earlier, _ = self.earlier_of(place, as_of)
        return earlier, self.started_at[place], self.customer[place] >= 0

    def earlier_of(self, place: Ints, as_of: Ints) -> tuple[EarlierInteractions, Ints]:
        """Return the earlier interactions of moments, and their places in the table."""
        begin, end, order = self.earlier
        positions, which = places_in_runs(begin[place], end[place])
        them, when = order[positions], as_of[which]
        own = place[which]
        lengths = np.cumsum(end[place] - begin[place])
        started = self.started_at[them]
        wait_until = np.minimum(self.milestones["wait_end"][them], when)
        venue, channel = self.venue, self.channel
        rated_at, rating = self.ratings.newest(them, when)
        facts = {
            "started_at": started,
            "ended_at": self.milestones["ended_at"][them],
            "rated_at": rated_at,
            "rating": rating,
            "resolved": self._resolved(them, when).astype(np.float64),
            "wait_s": (wait_until - started) / 1e6,
            "same_venue": (venue[them] == venue[own]) & (venue[them] >= 0),
            "same_channel": (channel[them] == channel[own]) & (channel[them] >= 0),
        }
        return EarlierInteractions(lengths - (end[place] - begin[place]), lengths, facts), them

    def _resolved(self, place: Ints, as_of: Ints) -> Array:
        """Return whether interactions were resolved at the moments."""
        reached = self.milestones
        is_settled = is_known(reached["settled_at"][place], as_of)
        is_resolved = reached["is_resolved"][place] == 1
        resolved = np.where(is_settled, is_resolved, is_known(reached["resolved_at"][place], as_of))
        again = np.flatnonzero(~is_settled & is_known(reached["reopened_at"][place], as_of))
        if len(again):  # only what was reopened and is not settled yet needs a look at all its events
            now = terms_of_events(
                self.events, place[again], as_of[again], self.started_at, resolved=IS_RESOLVED
            )
            resolved[again] = now["resolved"].fill_null(False).to_numpy()
        return resolved
