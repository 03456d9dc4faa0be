"""What the least count of customers costs, and what it hides.

`privacy.py loss [SEEDS] [N]` fits models with and without a least count, on simulated companies of N interactions and,
where FORESTALL_DATA has them, on the DeepCSAT tickets; it prints the difference of the log-loss on the test part with a
95 % interval from whole customers. `privacy.py membership [N]` trains on a company in which N customers have been
once in a venue, and N once with a product, that nobody else has seen; then it tries to recover their facts.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import forestall
from forestall.evaluation.metrics import paired_gain
from forestall.model import RiskModel
from forestall.model.privacy import Privacy
from forestall.simulation import simulate
from forestall.training.learn import learn

ROOT = Path(__file__).parents[1]
BEFORE = Privacy(least_customers=1, staff=True)
SEEN_ONCE = ("venue", "product")


def log_loss_gain(tables: forestall.Tables, spec: forestall.Spec) -> dict[str, float]:
    """Return by how much the log-loss on the test part is lower with the least count than without."""
    keys, found = ["interaction_id", "as_of"], []
    for privacy in (spec.privacy, BEFORE):
        test = learn(tables, spec.model_copy(update={"privacy": privacy}), allow_small=True).test
        found.append(test.filter("is_last"))
    rows = found[0].join(found[1].select(*keys, risk_before="risk"), on=keys).drop("weight")
    return paired_gain(rows, "risk", "risk_before", seed=7)._asdict()


def with_canaries(tables: forestall.Tables, n: int, seed: int) -> tuple[forestall.Tables, pl.DataFrame]:
    """Return tables in which `n` customers have a venue, and `n` others a product, that nobody else has.

    The frame has their interactions, with `venue` or `product`.
    """
    rng = np.random.default_rng(seed)
    rows = tables.interactions
    rated = rows.join(tables.feedback.select("interaction_id").unique(), on="interaction_id", how="semi")
    single = rated.filter(pl.col("customer_id").is_not_null()).unique("customer_id", maintain_order=True)
    places = rng.permutation(single.height)[: 2 * n]
    chosen = single[np.sort(places)].select("interaction_id").with_row_index("number")
    marked = chosen.with_columns(
        (pl.when(pl.col("number") % 2 == k).then(pl.format("canary-{}-{}", pl.lit(what), "number"))).alias(
            f"new_{what}"
        )
        for k, what in enumerate(SEEN_ONCE)
    )
    changed = rows.join(marked.drop("number"), on="interaction_id", how="left", maintain_order="left")
    changed = changed.with_columns(pl.coalesce(f"new_{what}", what).alias(what) for what in SEEN_ONCE)
    names = marked.select("interaction_id", *(pl.col(f"new_{what}").alias(what) for what in SEEN_ONCE))
    return tables.replace(interactions=changed.select(rows.columns)), names


def recovered(model: RiskModel, names: pl.DataFrame, truth: pl.DataFrame) -> dict[str, Any]:
    """Return the errors of two attackers on customers seen once: one has the model, one the company's means.

    Parameters
    ----------
    model
        The model, read from its package.
    names
        `interaction_id`, and the venue or the product that only it has.
    truth
        By interaction its facts, such as `wait_s` and `rating`.
    """
    found: dict[str, Any] = {}
    for what in SEEN_ONCE:
        mine = names.drop_nulls(what).join(truth, on="interaction_id")
        table = model.facts.tables.get(what, {"key": []})
        place = {key: number for number, key in enumerate(table["key"])}
        for fact in [one for one in table if one in truth.columns]:
            usual = model.facts.company[fact]
            known = mine.drop_nulls(fact)
            if usual is None or not known.height:
                continue
            # the stored mean of one customer is (fact + 20 means) / 21
            guess = np.array(
                [21 * table[fact][place[key]] - 20 * usual if key in place else usual for key in known[what]]
            )
            value = known[fact].to_numpy()
            found[f"{what} {fact}"] = {
                "customers": known.height,
                "error_with_model": float(np.abs(guess - value).mean()),
                "error_with_company_mean": float(np.abs(usual - value).mean()),
            }
        found[f"{what} names in the model"] = sum(
            key in place or any(key in values for values in model.estimator.encoder_.values.values())
            for key in mine[what]
        )
    return found


def truth_of(tables: forestall.Tables) -> pl.DataFrame:
    """Return the facts that an attacker wants: wait and rating of each interaction, as the model learns them."""
    ends = (
        tables.events.filter(pl.col("kind").is_in(["served", "responded"]))
        .group_by("interaction_id")
        .agg(pl.col("at").min())
    )
    rows = tables.interactions.select("interaction_id", "started_at", "price").join(
        ends, on="interaction_id", how="left"
    )
    wait = rows.with_columns(wait_s=(pl.col("at") - pl.col("started_at")).dt.total_microseconds() / 1e6)
    rating = (
        tables.feedback.sort("rated_at")
        .unique("interaction_id", keep="last")
        .select("interaction_id", "rating")
    )
    return wait.join(rating, on="interaction_id", how="left").select(
        "interaction_id", "wait_s", "price", "rating"
    )


def membership(n: int) -> dict[str, Any]:
    """Return what is recovered of `n` customers seen once, with the least count and without."""
    with tempfile.TemporaryDirectory() as folder:
        simulate(Path(folder) / "data", n_interactions=max(20 * n, 3000), seed=5)
        tables, names = with_canaries(forestall.read_tables(Path(folder) / "data"), n, seed=3)
        spec, found = forestall.read_spec(ROOT / "models" / "dissatisfaction"), {}
        for name, privacy in (("least count 20", spec.privacy), ("no least count", BEFORE)):
            work = spec.model_copy(update={"privacy": privacy})
            model = learn(tables, work, allow_small=True, evaluate=False).model
            model.save(Path(folder) / name)
            found[name] = recovered(RiskModel.load(Path(folder) / name), names, truth_of(tables))
    return found


def losses(n_seeds: int, n: int) -> None:
    """Print the gain in log-loss on each company."""
    spec = forestall.read_spec(ROOT / "models" / "dissatisfaction")
    for seed in range(n_seeds):
        with tempfile.TemporaryDirectory() as folder:
            simulate(Path(folder) / "data", n_interactions=n, seed=100 + seed)
            print(
                f"simulated, seed {100 + seed}:",
                log_loss_gain(forestall.read_tables(Path(folder) / "data"), spec),
                flush=True,
            )
    tickets = Path(os.environ.get("FORESTALL_DATA", "data")) / "deepcsat" / "tickets.csv"
    if tickets.is_file():
        tables = forestall.import_records(ROOT / "pipelines" / "mappings" / "deepcsat.yaml", [tickets])
        print(
            "deepcsat:", log_loss_gain(tables, forestall.read_spec(ROOT / "models" / "deepcsat")), flush=True
        )


def main(what: str, *numbers: str) -> None:
    """Print the figures of one of the two questions."""
    if what == "loss":
        losses(*map(int, numbers or ("5", "5000")))
    else:
        print(json.dumps(membership(*map(int, numbers or ("1000",))), indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
