"""One part of the data: week by week, who comes, what happens, how it is taken, and who comes again."""

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
    """Return n visits of one part with all that happened in and after them, in order of their start.

    Parameters
    ----------
    n
        How many visits.
    seed
        Draws people and days.
    response_rate
        The mean chance to rate; changes who rates and nothing else.
    effect
        What share of the explained spread there is: 1 is the world, 0 is noise alone.
    part, n_parts
        Which part of how many: customers belong to one part, and no hour is in two.
    """
    earth, scale = world(), reactions.Scale(effect)
    staff_trait = np.random.default_rng([seed, STAFF]).normal(0, reactions.SD_STAFF, N_STAFF)
    slots = draw_slots(earth, n, np.random.default_rng([seed, DAYS, part]), part, n_parts)
    rng = np.random.default_rng([seed, PEOPLE, part])
    customers = Customers(earth, n)
    edges = np.searchsorted(slots["start"] // WEEK_S, np.arange(int(SPAN_S // WEEK_S) + 1))
    weeks: list[Columns] = []
    for week in range(len(edges) - 1):
        chosen = {name: values[edges[week] : edges[week + 1]] for name, values in slots.items()}
        if not len(chosen["start"]):
            continue
        visit = customers.visit(chosen, customers.match(chosen, week, rng), rng)
        add_service(earth, visit, rng)
        reactions.add_reactions(visit, dissatisfaction(visit), staff_trait, scale, rng)
        customers.remember(visit, visit["does_return"], visit["gap_s"])
        weeks.append(visit)
    visits = {name: np.concatenate([one[name] for one in weeks]) for name in weeks[0]}
    respond = reactions.response_chance(visits, response_rate)
    visits["does_rate"] = visits["response_draw"] < respond[np.arange(n), visits["rating"] - 1]
    visits["true_risk"], visits["true_risk_all"] = true_risk(visits, scale, response_rate)
    return visits
