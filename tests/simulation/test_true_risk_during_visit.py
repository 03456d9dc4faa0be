"""The true risk during a visit: right on average at every stage, and equal to the true risk at the closing."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from forestall.simulation.true_risk_during_visit import risk_during_visit
from forestall.simulation.visits import draw_visits

RATE = 0.33


@pytest.fixture(scope="module")
def visits():
    return draw_visits(12_000, 11, RATE)


def moments(visits):
    """Return the mask of visits, and the seconds, of each stage of a visit."""
    served = visits["is_served"]
    return {
        "arrived": (np.ones(len(served), dtype=bool), np.zeros(len(served))),
        "served": (served, visits["wait"]),
        "responded": (served, visits["responded"]),
        "resolved": (visits["was_resolved"], visits["first_resolved"]),
        "last second": (np.ones(len(served), dtype=bool), visits["closed"] - 0.01),
    }


@pytest.fixture(scope="module")
def risks(visits):
    # the moments of all stages at once: the posteriors of traits are then computed once
    stages = {
        name: (np.flatnonzero(where)[:4000], seconds) for name, (where, seconds) in moments(visits).items()
    }
    all_rows = np.concatenate([rows for rows, _ in stages.values()])
    all_seconds = np.concatenate([seconds[rows] for rows, seconds in stages.values()])
    risk = risk_during_visit(visits, all_rows, all_seconds, RATE, n_copies=32)
    ends = np.cumsum([len(rows) for rows, _ in stages.values()])[:-1]
    return {
        name: (rows, part)
        for (name, (rows, _)), part in zip(stages.items(), np.split(risk, ends), strict=True)
    }


def test_it_is_right_on_average_in_every_bin_of_every_stage(visits, risks):
    for name, (rows, risk) in risks.items():
        end = visits["true_risk"][rows]
        for some in np.array_split(np.argsort(risk), 5):
            error = end[some].std() / np.sqrt(len(some))
            # a second before the end, few copies agree with a visit that has not ended yet
            slack = 0.02 if name == "last second" else 0.006
            assert abs(risk[some].mean() - end[some].mean()) < 4 * error + slack, name


def test_more_is_known_from_stage_to_stage(visits, risks):
    rows = np.intersect1d(risks["served"][0], risks["last second"][0])
    rated = rows[visits["does_rate"][rows]]
    losses = []
    for name in ("served", "responded", "last second"):
        known = dict(zip(*risks[name], strict=True))
        losses.append(log_loss(visits["rating"][rated] <= 2, [known[row] for row in rated]))
    assert losses[0] > losses[1] > losses[2]


def test_at_the_closing_it_is_the_true_risk(visits):
    rows = np.arange(200)
    assert np.array_equal(
        risk_during_visit(visits, rows, visits["closed"][rows], RATE), visits["true_risk"][rows]
    )


def test_a_solution_that_does_not_come_raises_the_risk(visits):
    """The risk of visits that are never resolved rises from the first answer to the closing."""
    rows = np.flatnonzero(visits["is_served"] & ~visits["was_resolved"])[:300]
    early, late = (
        risk_during_visit(visits, rows, seconds[rows], RATE)
        for seconds in (visits["responded"] + 0.01, visits["closed"] - 0.01)
    )
    assert late.mean() > early.mean() + 0.05
