"""The true risk in the middle of a visit: right on average at every stage, and at the end the true risk itself."""

import json

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import log_loss

from forestall.simulation import simulate_tables, true_risk_at
from forestall.simulation.true_risk_during_visit import risk_during_visit
from forestall.simulation.visits import draw_visits

RATE = 0.33


@pytest.fixture(scope="module")
def visits():
    return draw_visits(12_000, 11, RATE)


def moments(visits):
    """Give the visits and seconds of each stage: at the start, at service, at the answer, at the solution."""
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
    found = {}
    for name, (where, seconds) in moments(visits).items():
        rows = np.flatnonzero(where)[:4000]
        found[name] = (rows, risk_during_visit(visits, rows, seconds[rows], RATE, n_copies=32))
    return found


def test_it_is_right_on_average_in_every_bin_of_every_stage(visits, risks):
    for name, (rows, risk) in risks.items():
        end = visits["true_risk"][rows]
        for some in np.array_split(np.argsort(risk), 5):
            error = end[some].std() / np.sqrt(len(some))
            # seconds before the end those that would have ended are known not to have: the copies are few
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
    """Of those who are never helped the risk at the answer is that of many; without a solution it rises."""
    rows = np.flatnonzero(visits["is_served"] & ~visits["was_resolved"])[:300]
    early, late = (
        risk_during_visit(visits, rows, seconds[rows], RATE)
        for seconds in (visits["responded"] + 0.01, visits["closed"] - 0.01)
    )
    assert late.mean() > early.mean() + 0.05


def test_tables_tell_how_they_were_drawn(company):
    about = json.loads((company / "about.json").read_text())
    rows = pl.read_parquet(company / "interactions.parquet").head(50).select("interaction_id", "started_at")
    truth = pl.read_parquet(company / "truth.parquet")
    late = rows.with_columns(as_of=pl.col("started_at") + pl.duration(days=60))
    known = rows.join(truth, on="interaction_id", how="left", maintain_order="left")["true_risk"]
    risk = true_risk_at(about, late)
    assert risk is not None
    assert np.nanmax(np.abs((risk - known).to_numpy())) < 1e-12
    # other data, or none that were simulated, have no true risk
    assert true_risk_at({}, late) is None
    shifted = late.with_columns(pl.col("started_at") + pl.duration(seconds=1))
    assert true_risk_at(about, shifted) is None
    frames = simulate_tables(50, seed=3)
    assert (
        true_risk_at(about, frames["interactions"].select("interaction_id", "started_at", as_of="started_at"))
        is None
    )
