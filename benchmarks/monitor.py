"""What monitoring finds: false alarms in worlds that stay as they are, and what it sees in worlds that change.

python benchmarks/monitor.py [SEEDS] [CASE]

Simulated companies, and DeepCSAT by time where FORESTALL_DATA names a folder with it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import polars as pl

import forestall
from forestall.importing.import_tables import import_tables
from forestall.model import Spec
from forestall.monitoring.examine import examine
from forestall.monitoring.monitored_records import WholeRecords
from forestall.monitoring.result import Monitoring
from forestall.registry import LoadedModel
from forestall.simulation import simulate_tables
from forestall.training.learn import learn

N_LEARNT, N_NOW, N_SMALL = 12_000, 8_000, 150
DATA = Path(os.environ.get("FORESTALL_DATA", "data"))
SPEC = Spec.model_validate(
    {
        "name": "monitor-proof",
        "label": {"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 30},
        "moments": {"per_interaction": 2},
        "lightgbm": {"learning_rate": 0.1, "num_leaves": 7},
    }
)
SHOWN = ("calibration_error", "mean_risk_off", "auc_short", "drift_weight", "risk_moved", "promised_auc_lost")
Tables = forestall.Tables
Change = Callable[[Tables], Tables]


def company(n: int, seed: int, response_rate: float = 0.33) -> Tables:
    """Return the tables of a simulated company."""
    frames = simulate_tables(n, seed=seed, response_rate=response_rate)
    frames.pop("truth")
    return Tables(**frames)


def learnt(tables: Tables, spec: Spec) -> LoadedModel:
    """Return a model learnt from tables, as if it had been registered."""
    model = learn(tables, spec, evaluate=False, n_jobs=1).model
    return LoadedModel(model, spec.name, "1", None, "")


# ---- what changes


def some(tables: Tables, share: int) -> pl.Expr:
    """Return which interactions are of one customer in `share`, whom a number at the end of the name draws."""
    return pl.col("interaction_id").str.extract(r"(\d+)$").cast(pl.Int64) % share == 0


def slower(times: int) -> Change:
    """Let every customer wait so many times as long to be served; all that follows comes so much later."""

    def changed(tables: Tables) -> Tables:
        start = tables.interactions.select("interaction_id", "started_at")
        served = tables.events.filter(pl.col("kind") == "served").group_by("interaction_id")
        waits = served.agg(pl.col("at").min()).join(start, on="interaction_id")
        more = (pl.col("at") - pl.col("started_at")) * (times - 1)
        waits = waits.select("interaction_id", served_at="at", more=more)

        def later(frame: pl.DataFrame, when: str) -> pl.DataFrame:
            joined = frame.join(waits, on="interaction_id", how="left", maintain_order="left")
            is_after = (pl.col(when) >= pl.col("served_at")).fill_null(False)
            moved = pl.when(is_after).then(pl.col(when) + pl.col("more")).otherwise(pl.col(when))
            return joined.with_columns(moved.alias(when)).select(frame.columns)

        return tables.replace(events=later(tables.events, "at"), feedback=later(tables.feedback, "rated_at"))

    return changed


def judged_otherwise(tables: Tables) -> Tables:
    """Let those who phone rate the other way round: what pleased them displeases them now."""
    phoned = tables.interactions.filter(pl.col("channel") == "phone")["interaction_id"].implode()
    rating = pl.col("rating")
    turned = pl.when(pl.col("interaction_id").is_in(phoned)).then(6 - rating).otherwise(rating)
    return tables.replace(feedback=tables.feedback.with_columns(rating=turned))


def harsher(tables: Tables) -> Tables:
    """Let one rating in twelve be a 1, whatever it was."""
    rating = pl.when(some(tables, 12)).then(1.0).otherwise("rating")
    return tables.replace(feedback=tables.feedback.with_columns(rating=rating))


def new_venue(tables: Tables) -> Tables:
    """Move every fifth interaction to a venue that is new."""
    venue = pl.when(some(tables, 5)).then(pl.lit("The Opened Door")).otherwise("venue")
    return tables.replace(interactions=tables.interactions.with_columns(venue=venue))


def without_column(name: str) -> Change:
    return lambda tables: tables.replace(
        interactions=tables.interactions.with_columns(pl.lit(None, pl.String).alias(name))
    )


def without_kind(kind: str) -> Change:
    return lambda tables: tables.replace(events=tables.events.filter(pl.col("kind") != kind))


def without_words(tables: Tables) -> Tables:
    return tables.replace(events=tables.events.with_columns(text=pl.lit(None, pl.String)))


def silent(tables: Tables) -> Tables:
    return tables.replace(feedback=tables.feedback.clear())


# each change, and whether it is looked at without ratings too
CHANGES: dict[str, tuple[Change, bool]] = {
    "waits twice as long, ratings as they were": (slower(2), True),
    "waits four times as long, ratings as they were": (slower(4), True),
    "callers rate the other way round": (judged_otherwise, False),
    "one rating in twelve made a 1": (harsher, False),
    "a new venue for a fifth": (new_venue, True),
    "the column staff lost": (without_column("staff"), False),
    "the column channel lost": (without_column("channel"), True),
    "greetings no longer recorded": (without_kind("greeted"), True),
    "closings no longer recorded": (without_kind("closed"), False),
    "words no longer recorded": (without_words, False),
}


# ---- what is found


@dataclass(frozen=True)
class Found:
    """What a monitoring found, in short."""

    case: str
    retraining: bool
    repair: bool
    failed: list[str]
    figures: dict[str, float]

    @classmethod
    def of(cls, case: str, found: Monitoring) -> Found:
        """Return it."""
        figures = {one.check: one.figure for one in found.checks}
        failed = [one.check for one in found.failed]
        return cls(case, found.retraining_due, found.repair_due, failed, figures)


def cases(seed: int) -> Iterator[tuple[str, Tables, Tables]]:
    """Yield each case: its name, the reference, and the data of today."""
    before, now = company(N_LEARNT, 100 + seed), company(N_NOW, 200 + seed)
    yield "unchanged", before, now
    yield "unchanged, few ratings", before, company(N_NOW, 300 + seed, 0.005)
    yield "unchanged, no ratings", before, silent(now)
    for name, (change, is_silent_too) in CHANGES.items():
        yield name, before, change(now)
        if is_silent_too:
            yield f"{name}, no ratings", before, change(silent(now))
    yield f"{N_SMALL} interactions without any past", before, head(now, N_SMALL)


def head(tables: Tables, n: int) -> Tables:
    """Return the first interactions of the tables."""
    rows = tables.interactions.sort("started_at").head(n)
    return only(tables, rows)


def only(tables: Tables, rows: pl.DataFrame) -> Tables:
    """Return some interactions with what belongs to them."""
    ids = rows["interaction_id"].implode()
    events, feedback = (
        frame.filter(pl.col("interaction_id").is_in(ids)) for frame in (tables.events, tables.feedback)
    )
    return tables.replace(interactions=rows, events=events, feedback=feedback)


def until(tables: Tables, share: float) -> Tables:
    """Return the tables as they were when a share of the interactions had started: no later event or rating."""
    starts = tables.interactions["started_at"].sort()
    then = starts[int(len(starts) * share)]
    return tables.replace(
        interactions=tables.interactions.filter(pl.col("started_at") < then),
        events=tables.events.filter(pl.col("at") < then),
        feedback=tables.feedback.filter(pl.col("rated_at") < then),
    )


def silent_after(tables: Tables, before: Tables) -> Tables:
    """Return the tables with no rating that the earlier ones do not have."""
    return tables.replace(feedback=before.feedback)


def one_company(seed: int, only_case: str = "") -> list[Found]:
    """Return what is found of each case of one company, or of those whose names hold some words."""
    model, found = None, []
    for name, before, now in cases(seed):
        if only_case not in name:
            continue
        model = model or learnt(before, SPEC)
        found.append(Found.of(name, examine(model, WholeRecords(before), WholeRecords(now))))
    if only_case:
        return found
    whole = company(2 * N_LEARNT, 400 + seed)
    half = until(whole, 0.5)
    model = learnt(half, SPEC)
    soon = until(whole, 0.5 + N_SMALL / whole.interactions.height)
    for name, now in (
        ("unchanged, the reference doubled", whole),
        ("unchanged, the reference doubled, no new ratings", silent_after(whole, half)),
        (f"unchanged, the reference and {N_SMALL} more", soon),
    ):
        found.append(Found.of(name, examine(model, WholeRecords(half), WholeRecords(now))))
    return found


def deepcsat() -> Iterator[str]:
    """Yield what is found of DeepCSAT's last two fifths, with a model learnt from the first three."""
    whole = import_tables("pipelines/mappings/deepcsat.yaml", [DATA / "deepcsat" / "tickets.csv"])
    before = until(whole, 0.6)
    model = learnt(before, forestall.read_spec("models/deepcsat"))
    for name, now in (("with ratings", whole), ("without new ratings", silent_after(whole, before))):
        found = examine(model, WholeRecords(before), WholeRecords(now))
        yield f"DeepCSAT, {name}: {found.verdict}"
        for one in found.checks:
            yield (
                f"  {one.check:<18} {one.figure:.4f} of at most {one.bound:.4f}  "
                f"{'' if one.passed else 'FAILED: '}{one.says}"
            )


def main(n_seeds: int, only_case: str = "") -> None:
    """Monitor and print."""
    begin = time.perf_counter()
    cases_found: dict[str, list[Found]] = {}
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        for seed, found in enumerate(pool.map(partial(one_company, only_case=only_case), range(n_seeds))):
            for one in found:
                cases_found.setdefault(one.case, []).append(one)
            print(f"company {seed}: {time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)
    print(
        f"{n_seeds} companies, learnt from {N_LEARNT:,} interactions, monitored on {N_NOW:,} of another seed"
    )
    print(f"{'case':<62}retraining  repair   failed")
    for case, some_found in cases_found.items():
        failed: dict[str, int] = {}
        for one in some_found:
            for check in one.failed:
                failed[check] = failed.get(check, 0) + 1
        why = ", ".join(f"{check} {n}" for check, n in failed.items())
        n_due, n_repair = (sum(getattr(one, what) for one in some_found) for what in ("retraining", "repair"))
        print(f"{case:<62}{n_due:>5}/{n_seeds}    {n_repair:>3}/{n_seeds}   {why}".rstrip())
    print("figures, lowest to highest")
    for case, some_found in cases_found.items():
        spans = []
        for name in SHOWN:
            figures = [one.figures[name] for one in some_found if name in one.figures]
            spans += [f"{name} {min(figures):.3f} to {max(figures):.3f}"] if figures else []
        print(f"  {case}: {', '.join(spans)}")
    if (DATA / "deepcsat" / "tickets.csv").is_file() and not only_case:
        print(*deepcsat(), sep="\n")
    print(f"in {(time.perf_counter() - begin) / 60:.0f} minutes")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8, *sys.argv[2:3])
