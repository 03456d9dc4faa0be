"""A company's own kinds of events: what is found of 3 among 200, and what 200 kinds of noise cost.

python benchmarks/own_kinds.py [SEEDS] [INTERACTIONS]

The risk of a made-up company depends on the wait and, unless the kinds are noise, on three of its 200 kinds: on whether
one happened, on how often another did, and on how long ago the third did. Each company is learnt three times: with the
kinds that Forestall chooses (`auto`), with the three (`told`), and with none.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from sklearn.metrics import log_loss, roc_auc_score

import forestall
from forestall.model import Spec
from forestall.training.labelled_moments import labelled_moments, split
from forestall.training.training_set import TrainingSet

N_SEEDS, N_INTERACTIONS, N_KINDS = 10, 5000, 200
HAPPENED, OFTEN, AGO = MATTER = ("step_020", "step_110", "step_150")
BEGIN, SPAN_DAYS, HOUR_S = datetime(2026, 1, 1), 300, 3600
MEAN_EVENTS = 14
SETTINGS = {"auto": "auto", "told": list(MATTER), "none": "none"}


def company(n: int, seed: int, *, is_noise: bool) -> forestall.Tables:
    """Return the tables of a company, each interaction of which is rated."""
    rng = np.random.default_rng(seed)
    start = np.sort(rng.random(n)) * SPAN_DAYS * 86_400
    length = HOUR_S * (4 + rng.exponential(20, n))
    wait = np.minimum(rng.exponential(1200, n), 0.9 * length)
    n_events = rng.poisson(MEAN_EVENTS, n)
    owner = np.repeat(np.arange(n), n_events)
    weights = 1 / (5 + np.random.default_rng(7).permutation(N_KINDS))  # some kinds are common, most are not
    weights[[int(kind[-3:]) for kind in MATTER]] = np.quantile(weights, 0.8)
    kind = rng.choice(N_KINDS, len(owner), p=weights / weights.sum())
    after = rng.random(len(owner)) * length[owner]
    raw = -2.0 + 0.5 * np.minimum(wait / 1200, 3)
    if not is_noise:
        happened, often = (
            np.bincount(owner[kind == int(one[-3:])], minlength=n) for one in (HAPPENED, OFTEN)
        )
        last = np.full(n, -np.inf)
        is_it = kind == int(AGO[-3:])
        np.maximum.at(last, owner[is_it], after[is_it])
        raw += (
            1.8 * (happened > 0) + 1.1 * np.minimum(often, 3) + 2.5 * np.exp(-(length - last) / (8 * HOUR_S))
        )
    risk = 1 / (1 + np.exp(-raw))
    names = [f"step_{number:03d}" for number in range(N_KINDS)]
    return _tables(rng, start, length, wait, owner, after, [names[one] for one in kind], rng.random(n) < risk)


def _tables(rng, start, length, wait, owner, after, kind, is_bad) -> forestall.Tables:
    def times(seconds: np.ndarray) -> list[datetime]:
        return [BEGIN + timedelta(seconds=float(one)) for one in seconds]

    ids = np.array([f"i{number:06d}" for number in range(len(start))])
    interactions = pl.DataFrame(
        {
            "interaction_id": ids,
            "started_at": times(start),
            "customer_id": [f"c{one}" for one in rng.integers(len(start), size=len(start))],
        }
    )
    parts = [
        (ids, start, "arrived", "customer"),
        (ids, start + wait, "served", "staff"),
        (ids[owner], (start[owner] + after), kind, "staff"),
        (ids, start + length, "closed", "system"),
    ]
    events = pl.concat(
        pl.DataFrame({"interaction_id": who, "at": times(when)}).with_columns(
            kind=pl.lit(what) if isinstance(what, str) else pl.Series(what), actor=pl.lit(actor)
        )
        for who, when, what, actor in parts
    )
    feedback = pl.DataFrame(
        {"interaction_id": ids, "rating": np.where(is_bad, 1, 5), "rated_at": times(start + length + HOUR_S)}
    )
    return forestall.Tables(interactions, events, feedback)


def judged(
    tables: forestall.Tables, own: str | list[str], **settings: object
) -> tuple[TrainingSet, pl.DataFrame]:
    """Return what was learnt from with one setting of `kinds.own`, and the risks of the test part at the end."""
    spec = Spec(
        name="own-kinds",
        label={"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 30},
        kinds={"own": own},
        **settings,
    )
    moments, _ = labelled_moments(tables, spec)
    moments, _ = split(tables, moments, spec)
    work = TrainingSet.of(tables, moments, spec, 2, {"name": spec.name, "has_clock": True})
    _, test = work.judge(n_refits=0, with_baselines=False)
    return work, test.filter("is_last")


def figures(test: pl.DataFrame) -> tuple[float, float]:
    """Return AUC and log-loss."""
    label, risk = test["label"].to_numpy(), test["risk"].to_numpy()
    return float(roc_auc_score(label, risk)), float(log_loss(label, risk))


def main(n_seeds: int, n: int) -> None:
    """Print the figures of each company, and their means with 95 % intervals."""
    for is_noise in (False, True):
        print("200 kinds of noise" if is_noise else "3 of 200 kinds matter", f"- {n} interactions")
        rows = []
        for seed in range(n_seeds):
            tables = company(n, seed, is_noise=is_noise)
            found = {
                name: judged(tables, own) for name, own in SETTINGS.items() if name != "told" or not is_noise
            }
            auc, loss = ({name: figures(test)[k] for name, (_, test) in found.items()} for k in (0, 1))
            own = found["auto"][0].own_kinds
            chosen = sorted({*own.counted, *own.timed})
            rows.append({"auc": auc, "loss": loss})
            print(
                f"  seed {seed}: AUC {auc}, log-loss {loss}, chosen {chosen}, last {bool(own.last_among)}",
                flush=True,
            )
        _print_means(rows, is_noise=is_noise)


def _print_means(rows: list[dict[str, dict[str, float]]], *, is_noise: bool) -> None:
    def mean(values: list[float]) -> str:
        spread = 1.96 * np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
        return f"{np.mean(values):+.4f} ± {spread:.4f}"

    for what in ("auc", "loss"):
        print(f"  {what}: auto - none {mean([row[what]['auto'] - row[what]['none'] for row in rows])}")
        if not is_noise:
            print(f"  {what}: told - none {mean([row[what]['told'] - row[what]['none'] for row in rows])}")
    if not is_noise:
        shares = [
            (row["auc"]["auto"] - row["auc"]["none"]) / (row["auc"]["told"] - row["auc"]["none"])
            for row in rows
        ]
        print(f"  share of the lift in AUC of the told: {mean(shares)}")


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:]]
    main(counts[0] if counts else N_SEEDS, counts[1] if len(counts) > 1 else N_INTERACTIONS)
