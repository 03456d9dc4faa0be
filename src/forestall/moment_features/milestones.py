"""Milestones of interactions: when the wait ended, and when each was served, resolved, reopened and ended."""

from __future__ import annotations

import numpy as np
import polars as pl

from forestall.moment_features import shared_terms as terms
from forestall.moment_features.event_columns import First, Last
from forestall.moment_features.events import Events
from forestall.moment_features.events_so_far import events_so_far
from forestall.moment_features.feature_plan import FeaturePlan
from forestall.moment_features.terms import Term, largest
from forestall.moments.timeline import NEVER, Ints

FOREVER = NEVER - 1  # a moment after everything that has happened


def terms_of_events(
    events: Events, place: Ints, as_of: Ints, started_at: Ints, **wanted: Term
) -> pl.DataFrame:
    """Return terms that read only the start and the events of interactions, at moments.

    Parameters
    ----------
    events
        The events of all interactions.
    place, as_of
        The moments: the interaction's place, and the time in microseconds, both of shape (n_moments,).
    started_at
        When each interaction started, microseconds, shape (n_interactions,).
    wanted
        The terms.
    """
    plan = FeaturePlan(wanted)
    times = {terms.AS_OF.name: as_of, terms.START.name: started_at[place]}
    return plan.frame({**times, **events_so_far(events, place, as_of, plan.columns.events)})


def milestones(events: Events, started_at: Ints) -> pl.DataFrame:
    """Return the milestones of each interaction, microseconds; null where one was never reached.

    `is_resolved` (0 or 1) is the final state, known from `settled_at` on: when the interaction was last resolved or
    reopened.
    """
    everyone = np.arange(len(started_at))
    return terms_of_events(
        events, everyone, np.full(len(everyone), FOREVER), started_at,
        wait_end=terms.WAIT_END, served_at=terms.SERVED, resolved_at=First("resolved"), reopened_at=First("reopened"),
        ended_at=terms.ENDED, raised_at=terms.RAISED, settled_at=largest(Last("resolved"), Last("reopened")),
        is_resolved=terms.IS_RESOLVED.or_else(False),
    ).cast(pl.Int64)  # fmt: skip


def never_if_null(times: pl.Series) -> Ints:
    """Return microseconds, `NEVER` where there is no time."""
    return times.fill_null(int(NEVER)).to_numpy()
