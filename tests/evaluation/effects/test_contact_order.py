"""The gate of the order of contacts: on customers not learnt from, with their money."""

import numpy as np
import pytest

from forestall.evaluation.effects.contact_order import ContactOrder, contact_order
from forestall.evaluation.effects.trial import Trial
from forestall.model.effect_model import fit_and_hold_out


def judged(seed: int, differs: float, n: int = 3000, objections: tuple[str, ...] = ()) -> ContactOrder:
    """Return the order of an experiment: a contact takes 0.3 of the risk, more or less by `differs` in two halves."""
    rng = np.random.default_rng(seed)
    x, risk = rng.random((n, 5)), rng.uniform(0.2, 0.8, n)
    treated = rng.random(n) < 0.5
    share = 0.3 + np.where(x[:, 2] > 0.5, differs, -differs)
    y = (rng.random(n) < np.clip(risk * (1 - share * treated), 0, 1)).astype(float)
    trial = Trial.of(y, treated, covariates=risk)
    found = fit_and_hold_out(x, y, treated, trial.probability, trial.customer, risk)
    worth = rng.gamma(4, 50, n)
    return contact_order(trial, found.predicted, found.pseudo_outcome, worth, found.model.trust, objections)


def test_an_order_by_differing_effects_passes_and_says_what_it_saves() -> None:
    order = judged(0, 0.6)
    assert order.passed
    assert order.gain.low > 0
    assert order.saved_by_effect - order.saved_by_risk == pytest.approx(order.gain.value)
    assert order.says().startswith("The contact list is ordered by value × effect")
    assert order.qini.is_above_chance
    assert order.metrics()["effect/passed"] == 1
    # the most helped come first, and the experiment agrees with the predictions
    predicted = [one.predicted for one in order.groups]
    assert predicted == sorted(predicted)
    assert order.groups[0].observed.value < order.groups[-1].observed.value


def test_customers_whom_a_contact_harms_are_named() -> None:
    order = judged(1, 0.9)
    assert order.sleeping is not None
    assert order.sleeping.share == pytest.approx(0.45, abs=0.1)
    assert order.sleeping.observed.low > 0
    assert judged(2, 0.0).sleeping is None


def test_where_effects_do_not_differ_the_gate_keeps_risk_times_value() -> None:
    orders = [judged(100 + seed, 0.0, 1000) for seed in range(40)]
    assert sum(one.passed for one in orders) <= 3
    kept = next(one for one in orders if not one.passed)
    assert kept.says().startswith("The contact list stays ordered by risk × value")
    assert kept.verdict()["passed"] is False


def test_an_objection_keeps_the_order_whatever_the_gain() -> None:
    order = judged(0, 0.6, objections=("A contact changes who rates.",))
    assert order.gain.low > 0
    assert not order.passed
    assert order.says().endswith("A contact changes who rates.")
