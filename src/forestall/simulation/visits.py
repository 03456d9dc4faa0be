"""The visits of one part of the data, drawn week by week: arrivals, service, reactions and returns."""

from __future__ import annotations

import numpy as np

from forestall.simulation import reactions
from forestall.simulation.customers import WEEK_S, Customers
from forestall.simulation.effects import dissatisfaction
from forestall.simulation.queues import draw_slots
from forestall.simulation.service import add_service
from forestall.simulation.true_risk import true_risk
from forestall.simulation.world import N_STAFF, SPAN_S, Columns, world

PEOPLE, DAYS, STAFF = range(3)


def draw_visits(
    n: int, seed: int, response_rate: float, *, effect: float = 1.0, part: int = 0, n_parts: int = 1
) -> Columns:
    """Return n visits of one part with all their facts, in order of their start.

    Parameters
    ----------
    n
        Number of visits.
    seed
        Seed of customers and days.
    response_rate
        Mean probability of rating. It changes only who rates.
    effect
        Strength of all causes of dissatisfaction: 1 is the default world, 0 leaves only noise.
    part, n_parts
        Index of the part, and number of parts. Each customer and each hour belongs to one part.

    Returns
    -------
    dict of arrays
        Each of shape (n,).
    """
    the_world, scale = world(), reactions.Scale(effect)
    staff_trait = np.random.default_rng([seed, STAFF]).normal(0, reactions.SD_STAFF, N_STAFF)
    slots = draw_slots(the_world, n, np.random.default_rng([seed, DAYS, part]), part, n_parts)
    rng = np.random.default_rng([seed, PEOPLE, part])
    customers = Customers(the_world, n)
    edges = np.searchsorted(slots["start"] // WEEK_S, np.arange(int(SPAN_S // WEEK_S) + 1))
    weeks: list[Columns] = []
    for week in range(len(edges) - 1):
        chosen = {name: values[edges[week] : edges[week + 1]] for name, values in slots.items()}
        if not len(chosen["start"]):
            continue
        visit = customers.visit(chosen, customers.match(chosen, week, rng), rng)
        add_service(the_world, visit, rng)
        reactions.add_reactions(visit, dissatisfaction(visit), staff_trait, scale, rng)
        customers.remember(visit, visit["does_return"], visit["gap_s"])
        weeks.append(visit)
    visits = {name: np.concatenate([one[name] for one in weeks]) for name in weeks[0]}
    respond = reactions.response_chance(visits, response_rate)
    visits["does_rate"] = visits["response_draw"] < respond[np.arange(n), visits["rating"] - 1]
    visits["true_risk"], visits["true_risk_all"] = true_risk(visits, scale, response_rate)
    return visits
