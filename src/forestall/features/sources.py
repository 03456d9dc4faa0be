"""Where the state of a moment comes from: a company's tables, made ready once and asked for many moments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.features import terms
from forestall.features.changes import facts_in_time, known_at, lives, never
from forestall.features.few import ONE_BY_ONE, Listed, few_happened, few_past
from forestall.features.happened import PREFIXES, Events, happened
from forestall.features.keys import codes, listed, places_in, take
from forestall.features.learnt import (
    QUEUE_KEY,
    Facts,
    FactsInTime,
    FrozenFacts,
    queue_key,
)
from forestall.features.past import Bools, Earlier, earlier_places, past, ranges
from forestall.features.plan import Array, State, Values, units
from forestall.features.queue import Queue
from forestall.features.standards import Standards
from forestall.moments.timeline import Ints, is_known

TIMES = ("started_at", "promised_at", "purchased_at")


class Circumstances(Protocol):
    """What surrounds an interaction at a moment: the queue and the customer's past."""

    def queue(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the columns `queue:*`."""

    def before(self, place: Ints, as_of: Ints) -> tuple[Earlier, Ints, Bools]:
        """Return the customers' earlier interactions, when the moments' own began, and whose customer is known."""


class _Asked(NamedTuple):
    """The columns of a state that are asked for, by where they come from."""

    units: list[str]
    happened: tuple[str, ...]
    facts: list[str]
    others: frozenset[str]
    has_queue: bool
    has_past: bool


@lru_cache(maxsize=64)
def _asked(names: tuple[str, ...]) -> _Asked:
    prefixes = [name.partition(":")[0] for name in names]
    return _Asked(
        [name for name in names if name.startswith("unit:")],
        tuple(name for name in names if name.startswith(PREFIXES)),
        [name for name in names if name.startswith(("usual:", "recorded:"))],
        frozenset(names),
        "queue" in prefixes,
        "past" in prefixes,
    )


@dataclass(frozen=True)
class Sources:
    """All that the state of a moment is made from.

    Parameters
    ----------
    interactions
        The interactions, their times in microseconds, with their standard.
    events
        Their events.
    facts
        Learnt facts.
    circumstances
        The queue and the past.
    """

    interactions: pl.DataFrame | Listed
    events: Events
    facts: Facts
    circumstances: Circumstances

    @property
    def frame(self) -> pl.DataFrame:
        """The interactions as a frame."""
        return self.interactions.frame() if isinstance(self.interactions, Listed) else self.interactions

    def freeze(self, as_of: int, names: list[str]) -> FrozenFacts:
        """Return the learnt facts known at `as_of` (microseconds), for any later moment.

        Raises
        ------
        TypeError
            The facts are frozen already.
        """
        if not isinstance(self.facts, FactsInTime):
            raise TypeError("only facts as of each moment can be frozen")
        return self.facts.freeze(as_of, names)

    def state(self, place: Ints, as_of: Ints, names: list[str]) -> State:
        """Return the columns `names` of the state of moments, and `as_of`.

        Parameters
        ----------
        place
            The interactions' places in the table, shape (n_moments,).
        as_of
            Microseconds, shape (n_moments,).
        """
        asked, frame = _asked(tuple(names)), self.frame
        own = asked.others.intersection(frame.columns)
        return {
            **{name: take(frame[name], place) for name in own},
            "as_of": as_of,
            **units(asked.units, len(as_of)),
            **happened(self.events, place, as_of, asked.happened),
            **self.facts.state(frame, place, as_of, asked.facts),
            **(self.circumstances.queue(place, as_of) if asked.has_queue else {}),
            **(self._past(past, place, as_of) if asked.has_past else {}),
        }

    def few(self, place: Ints, as_of: Ints, names: list[str]) -> Values:
        """Return what `state` does, of a few moments, as lists; None for null."""
        asked = _asked(tuple(names))
        own = asked.others.intersection(self.interactions.columns)
        is_one_by_one = len(place) <= ONE_BY_ONE
        events = (few_happened if is_one_by_one else happened)(self.events, place, as_of, asked.happened)
        queue = self.circumstances.queue(place, as_of) if asked.has_queue else {}
        before = self._past(few_past if is_one_by_one else past, place, as_of) if asked.has_past else {}
        return {
            **{name: listed(take(self.interactions[name], place)) for name in own},
            "as_of": as_of.tolist(),
            **{name: [float(name[5:])] * len(as_of) for name in asked.units},
            **{name: listed(values) for name, values in events.items()},
            **self.facts.few(self.interactions, place, as_of, asked.facts),
            **{name: listed(values) for name, values in queue.items()},
            **{name: listed(values) for name, values in before.items()},
        }

    def _past(self, compute: Callable[..., Any], place: Ints, as_of: Ints) -> Any:
        """Return the columns `past:*`, which `past` or `few_past` compute."""
        earlier, started_at, is_known_customer = self.circumstances.before(place, as_of)
        return compute(earlier, as_of, started_at, is_known_customer)


def sources_of(tables: Tables, standards: Standards, facts: Facts | None = None) -> Sources:
    """Return the sources of a company's tables; without `facts`, those as of each moment."""
    interactions = prepared(
        tables.interactions.with_columns(_timestamp(pl.col(name)) for name in TIMES), standards
    )
    place = pl.DataFrame({"interaction_id": interactions["interaction_id"]}).with_row_index("place")
    owner = _places(tables.events["interaction_id"], place)
    started_at = interactions["started_at"].to_numpy()
    events = Events.of(
        tables.events.with_columns(_timestamp(pl.col("at"))), owner, started_at, interactions["locale"]
    )
    life = lives(events, started_at)
    feedback = tables.feedback.with_columns(
        place=_places(tables.feedback["interaction_id"], place), rated_at=_timestamp(pl.col("rated_at"))
    )
    if facts is None:
        facts = facts_in_time(interactions, events, life, feedback)
    circumstances = TableCircumstances.of(interactions, events, life, feedback)
    return Sources(interactions, events, facts, circumstances)


def prepared(interactions: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Return interactions, whose times are microseconds, with their standard and queue."""
    by_channel, by_venue = (
        np.array([*some.values(), np.nan, np.nan])[
            places_in(interactions[name], {key: i for i, key in enumerate(some)})
        ]
        for name, some in (("channel", standards.channels), ("venue", standards.venues))
    )
    standard = np.where(np.isnan(by_channel), standards.default, by_channel)
    standard = np.where(np.isnan(by_venue), standard, by_venue)
    return interactions.hstack([queue_key(interactions), pl.Series(terms.STANDARD, standard)])


def _timestamp(time: pl.Expr) -> pl.Expr:
    return time.dt.timestamp("us")


def _places(ids: pl.Series, place: pl.DataFrame) -> Ints:
    found = ids.to_frame().join(place, on="interaction_id", how="left", maintain_order="left")
    return found["place"].cast(pl.Int64).to_numpy()


@dataclass(frozen=True)
class TableCircumstances:
    """The queue and the past, from the tables."""

    queues: Queue
    interactions: pl.DataFrame  # started_at, venue, channel
    life: pl.DataFrame
    ratings: pl.DataFrame  # rating, rated_at of each interaction
    events: Events
    customer: Ints
    earlier: tuple[Ints, Ints, Ints]

    @classmethod
    def of(
        cls, interactions: pl.DataFrame, events: Events, life: pl.DataFrame, feedback: pl.DataFrame
    ) -> TableCircumstances:
        """Return the circumstances of all interactions."""
        started_at = interactions["started_at"].to_numpy()
        wait_end, served_at = never(life["wait_end"]), never(life["served_at"])
        queues = Queue.of(codes(interactions[QUEUE_KEY])[0], started_at, wait_end, served_at)
        rated = feedback.select("place", "rating", "rated_at").filter(pl.col("rated_at").is_not_null())
        everyone = pl.DataFrame({"place": np.arange(interactions.height)})
        ratings = everyone.join(rated, on="place", how="left", maintain_order="left")
        customer = codes(interactions["customer_id"])[0]
        kept = interactions.select("started_at", "venue", "channel")
        earlier = earlier_places(customer, started_at, interactions["interaction_id"])
        return cls(queues, kept, life, ratings, events, customer, earlier)

    def queue(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the columns `queue:*`."""
        return self.queues.state(place, as_of)

    def before(self, place: Ints, as_of: Ints) -> tuple[Earlier, Ints, Bools]:
        """Return the customers' earlier interactions, when the moments' own began, and whose customer is known."""
        earlier, _ = self.earlier_of(place, as_of)
        return earlier, self.interactions["started_at"].to_numpy()[place], self.customer[place] >= 0

    def earlier_of(self, place: Ints, as_of: Ints) -> tuple[Earlier, Ints]:
        """Return the earlier interactions of the moments, and their places."""
        begin, end, order = self.earlier
        positions, which = ranges(begin[place], end[place])
        them, when = order[positions], as_of[which]
        own = place[which]
        lengths = np.cumsum(end[place] - begin[place])
        started = self.interactions["started_at"].to_numpy()[them]
        wait_until = np.minimum(never(self.life["wait_end"])[them], when)
        venue, channel = (codes(self.interactions[name])[0] for name in ("venue", "channel"))
        facts = {
            "started_at": started,
            "ended_at": never(self.life["ended_at"])[them],
            "rated_at": never(self.ratings["rated_at"])[them],
            "rating": self.ratings["rating"].to_numpy()[them],
            "resolved": self._resolved(them, when).astype(np.float64),
            "wait_s": (wait_until - started) / 1e6,
            "same_venue": (venue[them] == venue[own]) & (venue[them] >= 0),
            "same_channel": (channel[them] == channel[own]) & (channel[them] >= 0),
        }
        return Earlier(lengths - (end[place] - begin[place]), lengths, facts), them

    def _resolved(self, place: Ints, as_of: Ints) -> Array:
        """Return whether interactions were resolved at the moments."""
        is_settled = is_known(never(self.life["settled_at"])[place], as_of)
        is_resolved = self.life["is_resolved"].to_numpy()[place] == 1
        resolved = np.where(is_settled, is_resolved, is_known(never(self.life["resolved_at"])[place], as_of))
        again = np.flatnonzero(~is_settled & is_known(never(self.life["reopened_at"])[place], as_of))
        if len(again):  # only what has been reopened, and is not settled, needs a look at all its events
            started_at = self.interactions["started_at"].to_numpy()
            now = known_at(self.events, place[again], as_of[again], started_at, resolved=terms.IS_RESOLVED)
            resolved[again] = now["resolved"].fill_null(False).to_numpy()
        return resolved
