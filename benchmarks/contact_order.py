"""Whether ordering contacts by their effect saves more than ordering them by risk × value, at the same capacity.

    python benchmarks/contact_order.py [--companies 8] [--interactions 120000]

Each company offers a contact to the riskiest quarter of its customers and holds half of them out by chance. The effect
is learnt as `forestall train --effect` learns it, and the gate decides by what contacts are ordered. Then a company
that contacts nobody makes two contact lists, as `forestall score` does, for a tenth of its interactions: by risk ×
value, and by what the gate let pass. The risk is the true one in both, so that only the order is compared. The saving
is the true one: value × what being assigned to a contact takes off the true risk.

Effects differ by facts that are recorded (channel, category, locale, kinds of events), by other ones in each company;
or all customers are helped by the same share of their risk. `best` is the order by the true effect.
"""

from __future__ import annotations

import argparse
import gc
from datetime import UTC, datetime

import numpy as np
import polars as pl

from forestall.contacts.contact_list import contact_list
from forestall.data import Tables
from forestall.evaluation.effects.contact_order import ContactOrder
from forestall.jobs.simulate_policy import POLICY, play_policy
from forestall.model import Spec, families_of
from forestall.model.contact_effect import EFFECT, ContactEffect
from forestall.moment_features.table import features_at, locate, plan_of
from forestall.moment_features.table_sources import sources_of
from forestall.moments import Label, default_moments
from forestall.simulation import simulate_tables
from forestall.simulation.contacts import REACHED, with_both_risks
from forestall.simulation.tables import END, Frames
from forestall.simulation.whom_contacts_help import Helps
from forestall.training.effect_training import learn_effect

N_FRESH, CAPACITY_SHARE, HELD_OUT = 20_000, 0.1, 0.5
CLEARLY = 0.02
"""A saving that is lower by this share is clearly worse."""
NOTHING_KNOWN_YET = datetime(2025, 1, 1, tzinfo=UTC)
SPEC = Spec(
    name="contact-order",
    label=Label(scale=(1, 5), dissatisfied_at_or_below=2, horizon_days=30),
    policy=POLICY.model_copy(update={"experiment": None, "holdout_share": 0.0, "cost_per_contact": 0.0}),
)


def tables_of(frames: Frames) -> Tables:
    """Return the tables of a simulated company."""
    three = (frames["interactions"], frames["events"], frames["feedback"])
    return Tables(*three, {"exported_at": END.isoformat()}, frames.get("contacts"))


def learnt_by(frames: Frames, seed: int, helps: Helps) -> tuple[ContactEffect, ContactOrder]:
    """Return the effect that a company has learnt, and how it orders contacts."""
    policy = POLICY.model_copy(update={"holdout_share": HELD_OUT})
    tables = tables_of(play_policy(frames, seed, policy=policy, helps=helps))
    sources = sources_of(tables, SPEC.standards)
    found = learn_effect(tables, SPEC, sources, families_of(SPEC, {}))
    assert found.effect is not None
    assert found.order is not None
    return found.effect, found.order


def fresh_rows(frames: Frames, effect: ContactEffect) -> tuple[pl.DataFrame, Tables]:
    """Return score rows of a company that contacts nobody, with the effect; no outcome is known yet."""
    plain = tables_of(frames)
    tables = plain.replace(
        feedback=plain.feedback.clear(), events=plain.events.filter(pl.col("kind") != "complained")
    )
    sources = sources_of(tables, SPEC.standards)
    moments = default_moments(tables).join(
        frames["truth"].select("interaction_id", dissatisfaction_risk="true_risk"),
        on="interaction_id", maintain_order="left",
    )  # fmt: skip
    risk = moments["dissatisfaction_risk"].to_numpy()
    features = features_at(sources, *locate(sources, moments), plan_of(families_of(SPEC, {})))
    own = tables.interactions.select("interaction_id", "customer_id", "customer_value")
    value = pl.col("customer_value").fill_null(POLICY.customer_value)
    none = pl.lit(None)
    rows = moments.with_columns(pl.Series(EFFECT, effect.predict(features, risk)))
    return rows.join(own, on="interaction_id", maintain_order="left").select(
        "interaction_id", "customer_id", "as_of", "dissatisfaction_risk", EFFECT,
        risk_low=none, risk_high=none, risk_band=none, data_quality=pl.lit("ok"),
        expected_loss=pl.col("dissatisfaction_risk") * value,
        reasons=pl.lit(None, pl.List(pl.Struct({"text": pl.String}))),
    ), tables  # fmt: skip


def true_saving(listed: pl.DataFrame, truth: pl.DataFrame) -> float:
    """Return what the contacts of a list save in truth."""
    rows = listed.join(truth, on="interaction_id", how="left", maintain_order="left")
    return float((rows["customer_value"] * rows["saved"]).sum())


def one_company(seed: int, n: int, helps: Helps, frames: Frames, fresh: Frames) -> dict[str, float]:
    """Return the savings of a company by all orders, and what its gate said."""
    effect, order = learnt_by(frames, seed, helps)
    rows, tables = fresh_rows(fresh, effect)
    # with the seed of the company the same facts decide whom a contact helps
    both = with_both_risks(fresh, helps, np.random.default_rng([seed, 15]))
    off = (pl.col("true_risk") - pl.col("true_risk_contacted")) * REACHED
    truth = both.select("interaction_id", saved=off)
    limit = round(CAPACITY_SHARE * rows.height)

    def saving(these: pl.DataFrame) -> float:
        return true_saving(contact_list(these, tables, SPEC, limit, NOTHING_KNOWN_YET)[0], truth)

    true_effect = rows.join(truth, on="interaction_id", how="left", maintain_order="left")["saved"]
    by_risk, by_effect = saving(rows.drop(EFFECT)), saving(rows)
    return {
        "n": float(order.n),
        "z": order.gain.low,
        "passed": float(order.passed),
        "risk": by_risk,
        "effect": by_effect,
        "shipped": by_effect if order.passed else by_risk,
        "best": saving(rows.with_columns((-true_effect).alias(EFFECT))),
    }


def main() -> int:
    """Print the savings, and return 1 if a requirement is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=8)
    parser.add_argument("--interactions", type=int, default=120_000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first company")
    given = parser.parse_args()
    found: dict[str, list[dict[str, float]]] = {"visible": [], "alike": []}
    print("gain in true saving over risk × value, at the same capacity")
    print(f"{'effects':<10}{'company':>8}{'customers':>11}{'gate':>8}{'effect':>9}{'shipped':>9}{'best':>8}")
    for seed in range(given.first, given.first + given.companies):
        frames = simulate_tables(given.interactions, seed=3000 + seed, response_rate=1.0)
        fresh = simulate_tables(N_FRESH, seed=6000 + seed)
        for helps, rows in found.items():
            one = one_company(seed, given.interactions, helps, frames, fresh)  # type: ignore[arg-type]
            gains = [one[name] / one["risk"] - 1 for name in ("effect", "shipped", "best")]
            gate = "passed" if one["passed"] else "kept"
            shown = "".join(f"{gain:>+8.1%} " for gain in gains)
            print(f"{helps:<10}{seed:>8}{one['n']:>11,.0f}{gate:>8} {shown}", flush=True)
            rows.append(one)
            gc.collect()
    return report(found)


def report(found: dict[str, list[dict[str, float]]]) -> int:
    """Print the means and the requirements, and return 1 if one is not met."""
    total = {
        helps: {
            name: sum(one[name] for one in rows) for name in ("risk", "effect", "shipped", "best", "passed")
        }
        for helps, rows in found.items()
    }
    differing, alike = total["visible"], total["alike"]
    by_effect, best = (differing[name] / differing["risk"] - 1 for name in ("effect", "best"))
    shipped = differing["shipped"] / differing["risk"] - 1
    worst = min(one["shipped"] / one["risk"] - 1 for one in found["alike"])
    n, n_alike = len(found["visible"]), len(found["alike"])
    print()
    print(f"effects differ: by effect            {by_effect:+.1%}   (required at least +20%)")
    print(f"effects differ: by the true effect   {best:+.1%}   (no order saves more)")
    print(
        f"effects differ: what the gate ships  {shipped:+.1%}   (passed {differing['passed']:.0f} of {n} companies)"
    )
    print(
        f"effects alike: the gate keeps risk × value in {n_alike - alike['passed']:.0f} of {n_alike} companies"
    )
    print(f"effects alike: the worst that ships  {worst:+.1%}   (required above {-CLEARLY:+.0%})")
    return 0 if by_effect >= 0.2 and worst > -CLEARLY else 1


if __name__ == "__main__":
    raise SystemExit(main())
