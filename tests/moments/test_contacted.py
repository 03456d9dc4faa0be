"""Labels after a contact are censored, and the held-out stand for the contacted."""

import numpy as np
import polars as pl
import pytest

from companies import DAY, at, company, visit
from forestall.data import Tables
from forestall.moments import Label, label_moments
from forestall.moments.contacted import contact_notes

RATING = Label(scale=(1, 5), dissatisfied_at_or_below=2, horizon_days=30)
EVENT = Label(event="complained", horizon_days=30)


def with_contacts(tables, *offers):
    """Each offer: interaction, second, arm, and the experiment (spring by default)."""
    rows = [
        {
            "contact_id": f"{name} {second}", "interaction_id": name, "at": at(second), "arm": arm,
            "experiment": more[0] if more else "spring", "risk": 0.5,
            "probability": 0.1 if arm == "holdout" else 0.9,
        }
        for name, second, arm, *more in offers
    ]  # fmt: skip
    made = Tables(
        tables.interactions, tables.events, tables.feedback, tables.about, contacts=pl.DataFrame(rows)
    )
    assert made.rejections.counts() == {}
    return made


def labels(tables, label, *moments):
    asked = pl.DataFrame({"interaction_id": [n for n, _ in moments], "as_of": [at(s) for _, s in moments]})
    found = label_moments(tables, asked, label)
    return found.select("label", "outcome", "holdout_weight").rows()


def rated():
    return company(
        visit("rated before", 0, customer_id="a"),
        visit("rated after", 0, customer_id="b"),
        visit("other", 50, customer_id="b"),
        visit("later", 5 * DAY, customer_id="b"),
        visit("held out", 0, customer_id="c"),
        visit("never offered", 0, customer_id="d"),
        visit("end", 90 * DAY),
        ratings=[
            (name, 1, 10 * DAY) for name in ("rated after", "other", "later", "held out", "never offered")
        ]
        + [("rated before", 1, DAY)],
    )


def test_a_rating_counts_if_it_came_before_the_contact_or_without_one():
    """Moments before and after the contact of `rated after` share its fate: the rating came after the contact."""
    day = 2 * DAY
    tables = with_contacts(
        rated(),
        ("rated before", day, "contact"),
        ("rated after", day, "contact"),
        ("held out", day, "holdout"),
    )
    asked = [("rated before", 0), ("rated after", 0), ("rated after", 3 * DAY), ("other", 50)]
    gone = (None, "contacted", 1.0)
    assert labels(tables, RATING, *asked) == [(1, "decided", 1.0), gone, gone, gone]
    rest = [("later", 5 * DAY), ("held out", 0), ("never offered", 0)]
    assert labels(tables, RATING, *rest) == [(1, "decided", 1), (1, "decided", 10), (1, "decided", 1)]


def test_a_customer_is_held_out_once_in_an_experiment_and_in_each_of_two():
    offers = [("held out", DAY * k, "holdout") for k in (2, 3)]
    assert labels(with_contacts(rated(), *offers), RATING, ("held out", 0)) == [(1, "decided", 10.0)]
    both = [*offers, ("held out", 2 * DAY + 1, "holdout", "autumn")]
    (row,) = labels(with_contacts(rated(), *both), RATING, ("held out", 0))
    assert row == (1, "decided", pytest.approx(100))


def complaints():
    return company(
        visit("complained before", 0, (DAY, "complained", "customer"), customer_id="a"),
        visit("complained after", 0, (9 * DAY, "complained", "customer"), customer_id="b"),
        visit("silent", 0, customer_id="c"),
        visit("held out", 0, customer_id="d"),
        visit("end", 90 * DAY),
    )


def test_an_event_label_is_open_until_the_event_or_the_end_of_its_horizon():
    names = ("complained before", "complained after", "silent")
    tables = with_contacts(
        complaints(), *((name, 2 * DAY, "contact") for name in names), ("held out", 2 * DAY, "holdout")
    )
    gone = (None, "contacted", 1.0)
    found = labels(tables, EVENT, *((name, 0) for name in (*names, "held out")))
    assert found == [(1, "decided", 1.0), gone, gone, (0, "decided", 10.0)]
    late = with_contacts(complaints(), ("silent", 31 * DAY, "contact"))
    assert labels(late, EVENT, ("silent", 0)) == [(0, "decided", 1.0)]


def test_weights_give_the_rate_of_uncontacted_customers():
    """Of 4,000 customers the riskier half is offered; a contact saves three of four."""
    draw = np.random.default_rng(3)
    n = 4000
    risk = np.where(np.arange(n) < n / 2, 0.6, 0.1)
    would = draw.random(n) < risk
    is_held = draw.random(n) < 0.3
    is_saved = (risk > 0.5) & ~is_held & (draw.random(n) < 0.75)
    visits = [visit(f"v{k}", 0, customer_id=f"c{k}") for k in range(n)]
    ratings = [(f"v{k}", 1 if would[k] and not is_saved[k] else 5, 10 * DAY) for k in range(n)]
    plain = company(*visits, visit("end", 90 * DAY), ratings=ratings)
    contacts = pl.DataFrame(
        {
            "contact_id": [f"{k}" for k in range(n // 2)],
            "interaction_id": [f"v{k}" for k in range(n // 2)],
            "at": at(DAY), "experiment": "spring", "risk": 0.5,
            "arm": np.where(is_held, "holdout", "contact")[: n // 2],
            "probability": np.where(is_held, 0.3, 0.7)[: n // 2],
        }
    )  # fmt: skip
    tables = Tables(plain.interactions, plain.events, plain.feedback, plain.about, contacts=contacts)
    asked = pl.DataFrame({"interaction_id": [f"v{k}" for k in range(n)], "as_of": at(0)})
    found = label_moments(tables, asked, RATING).drop_nulls("label")
    honest = (found["label"] * found["holdout_weight"]).sum() / found["holdout_weight"].sum()
    naive = label_moments(plain, asked, RATING)["label"].mean()
    assert honest == pytest.approx(would.mean(), abs=0.02)
    assert naive < would.mean() - 0.1


def test_without_a_holdout_what_is_lost_is_said():
    assert contact_notes(rated()) == []
    (note,) = contact_notes(with_contacts(rated(), ("rated after", DAY, "contact")))
    assert "no customer was held out, so this model will learn its own effect" in note
    (note,) = contact_notes(
        with_contacts(rated(), ("rated after", DAY, "contact"), ("held out", DAY, "holdout"))
    )
    assert "outcomes after 1 contacts are censored" in note
