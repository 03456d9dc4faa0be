"""Noise does not pass the gate, and a modest signal does: made-up companies of many shapes, whose truth is known.

python benchmarks/noise_gate.py [NOISE] [SIGNAL]

Each company is finished on its own, and kept in build/noise_gate.jsonl: a run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import brentq
from sklearn.metrics import roc_auc_score

import forestall
from forestall.errors import InputError
from forestall.evaluation.metrics import risk_metrics
from forestall.model import Spec
from forestall.promotion.gate import Check, comparison_checks, data_checks
from forestall.registry.wheel import code_digest
from forestall.training.labelled_moments import labelled_moments, split
from forestall.training.segments import SEGMENTS
from forestall.training.training_set import TrainingSet

KEPT = Path(__file__).parents[1] / "build" / "noise_gate.jsonl"
N_NOISE, N_SIGNAL = 200, 100
N_LABELS, TRUE_AUC = 8000, 0.70
BEGIN, SPAN_DAYS = datetime(2025, 1, 1), 300
# Fewer labels than by default are allowed, so that the checks of skill decide and not those of size.
GATE = {"min_labelled": 300, "min_dissatisfied": 40}
RATING = {"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 30}
EVENT = {"event": "complained", "horizon_days": 30}


@dataclass(frozen=True)
class Shape:
    """What a company's records look like.

    Parameters
    ----------
    n, base_rate, n_names
        Interactions; the share of dissatisfied; the number of venues, products and teams.
    label
        `rating`, or an event that comes `after` the end, at `any` time from the start on (in interactions that last for
        days, so that it often comes before the end), or is `answered` by staff after the end.
    is_closed, has_clock
        Whether a closing event ends each interaction; whether there are times.
    skill
        How much the label depends on what happened; 0 is noise.
    """

    n: int
    base_rate: float
    n_names: int
    label: str
    is_closed: bool
    has_clock: bool = True
    skill: float = 0.0


def noise_shape(seed: int) -> Shape:
    """Return a shape of noise drawn by a seed."""
    rng = np.random.default_rng([seed, 1])
    label = str(rng.choice(["rating", "after", "any", "answered"]))
    has_clock = bool(rng.random() < 0.85)
    if (
        not has_clock and label == "answered"
    ):  # without a clock an answer to a complaint is a fact as any other
        label = "after"
    return Shape(
        n=int(rng.choice([1000, 2000, 4000, 8000])),
        base_rate=float(rng.choice([0.03, 0.05, 0.1, 0.2, 0.35, 0.5])),
        n_names=int(rng.choice([3, 30, 400])),
        label=label,
        is_closed=bool(rng.random() < 0.5),
        has_clock=has_clock,
    )


def signal_shape(seed: int) -> Shape:
    """Return a shape with `N_LABELS` ratings that depend a little on what happened."""
    rng = np.random.default_rng([seed, 2])
    return Shape(
        n=N_LABELS,
        base_rate=float(rng.choice([0.1, 0.15, 0.2, 0.3])),
        n_names=int(rng.choice([5, 20])),
        label="rating",
        is_closed=bool(rng.random() < 0.5),
        skill=1.0,
    )


def company(shape: Shape, seed: int) -> tuple[forestall.Tables, float]:
    """Return a company's tables, and the AUC of the true risk."""
    rng = np.random.default_rng([seed, 3])
    n = shape.n
    start = np.sort(rng.uniform(0, SPAN_DAYS * 86_400, n))
    pace = 300 if shape.label == "any" else 1
    wait, work, tail = rng.lognormal(5, 1.2, n), pace * rng.lognormal(7, 1, n), pace * rng.exponential(300, n)
    names = {what: rng.integers(shape.n_names, size=n) for what in ("venue", "product", "team")}
    is_resolved, n_transfers = rng.random(n) < 0.8, rng.poisson(0.3, n)
    usual = rng.normal(size=shape.n_names)
    # What angers: waiting beyond a threshold and all the more if nothing is settled, transfers, and the venue.
    anger = np.maximum(np.log(wait / 90), 0) * np.where(is_resolved, 0.6, 1.4) + 0.7 * n_transfers
    anger = (anger - anger.mean()) / anger.std() + 0.5 * usual[names["venue"]]
    risk, true_auc = _risks(anger, shape)
    is_bad = rng.random(n) < risk
    ids = [f"i{k:06d}" for k in range(n)]
    interactions = pl.DataFrame(
        {
            "interaction_id": ids,
            "started_at": _times(start),
            "customer_id": [f"c{k}" for k in rng.integers(n // 2, size=n)],
            "channel": rng.choice(["phone", "chat", "email"], n),
            "price": rng.lognormal(3, 1, n).round(2),
            "age": rng.integers(18, 90, n).astype(float),
            **{what: [f"{what}{k}" for k in number] for what, number in names.items()},
        }
    )
    served, resolved = start + wait, start + wait + work
    end = resolved + tail
    many = np.repeat(np.arange(n), n_transfers)
    moved = served[many] + rng.random(len(many)) * work[many]
    kinds = [
        ("issue_raised", np.arange(n), start),
        ("served", np.arange(n), served),
        ("transferred", many, moved),
        ("resolved", np.flatnonzero(is_resolved), resolved[is_resolved]),
    ]
    if shape.is_closed:
        kinds.append(("closed", np.arange(n), end))
    kinds += _label_events(shape, np.flatnonzero(is_bad), start, end, rng)
    events = pl.concat(
        [pl.DataFrame({"interaction_id": [ids[k] for k in who], "at": _times(at), "kind": [kind] * len(who)})
         for kind, who, at in kinds]
    )  # fmt: skip
    feedback = _ratings(ids, is_bad, end, rng) if shape.label == "rating" else None
    if feedback is not None and not shape.has_clock:
        feedback = feedback.drop("rated_at")
    about = {"clock": "times" if shape.has_clock else "none", "exported_at": "2027-01-01"}
    return forestall.Tables(interactions, events, feedback, about), true_auc


def _risks(anger: Any, shape: Shape) -> tuple[Any, float]:
    """Return the true risk of each interaction, and its AUC: `TRUE_AUC` for a company with skill."""

    def risks(slope: float) -> Any:
        def mean_off(middle: float) -> float:
            return float((1 / (1 + np.exp(-(middle + slope * anger)))).mean() - shape.base_rate)

        return 1 / (1 + np.exp(-(brentq(mean_off, -30, 30) + slope * anger)))

    def auc(slope: float) -> float:
        risk = risks(slope)
        both = np.concatenate([np.ones(len(risk)), np.zeros(len(risk))])
        return float(
            roc_auc_score(both, np.concatenate([risk, risk]), sample_weight=np.concatenate([risk, 1 - risk]))
        )

    if not shape.skill:
        return np.full(len(anger), shape.base_rate), 0.5
    slope = brentq(lambda one: auc(one) - TRUE_AUC, 0.01, 5, xtol=1e-4)
    return risks(slope), auc(slope)


def _label_events(shape: Shape, bad: Any, start: Any, end: Any, rng: Any) -> list[tuple[str, Any, Any]]:
    """Return the label's events of the dissatisfied, and what staff do about them."""
    if shape.label == "rating":
        return []
    if shape.label == "any":  # at a constant rate, so that no state has more of them to come than another
        rate = -np.log(1 - shape.base_rate) / 30
        days = rng.exponential(1 / rate, len(start))
        bad = np.flatnonzero(days < 60)
        at = start[bad] + days[bad] * 86_400
    else:
        at = end[bad] + rng.uniform(0.5, 10, len(bad)) * 86_400
    found = [("complained", bad, at)]
    if shape.label == "answered":
        found.append(("responded", bad, at + rng.exponential(86_400, len(bad))))
    return found


def _ratings(ids: list[str], is_bad: Any, end: Any, rng: Any) -> pl.DataFrame:
    rating = np.where(is_bad, rng.integers(1, 3, len(ids)), rng.integers(3, 6, len(ids))).astype(float)
    rated_at = _times(end + rng.exponential(2 * 86_400, len(ids)))
    return pl.DataFrame({"interaction_id": ids, "rating": rating, "rated_at": rated_at})


def _times(seconds: Any) -> list[datetime]:
    return [BEGIN + timedelta(seconds=float(one)) for one in seconds]


def spec_of(shape: Shape, **more: Any) -> Spec:
    """Return the specification of a model of a company: the settings as shipped."""
    return Spec.model_validate(
        {
            "name": "noise-gate",
            "label": RATING if shape.label == "rating" else EVENT,
            "context": {"categorical": ["team"], "numeric": ["age"]},
            "gate": GATE,
            **more,
        }
    )


def judged(tables: forestall.Tables, spec: Spec, n_jobs: int = 2) -> tuple[list[Check], float]:
    """Return the gate's checks of a first version, and the AUC of its twin; the intervals of risks are not fitted."""
    moments, counts = labelled_moments(tables, spec)
    n, bad = counts["labelled"], counts["dissatisfied"]
    of_data = data_checks(spec.gate, n, bad, is_experimental=False)
    if not all(check.passed for check in of_data):
        return of_data, float("nan")
    work = TrainingSet.of(tables, split(tables, moments, spec)[0], spec, n_jobs, {"name": spec.name})
    rows = work.judge(n_refits=0)[1]
    last = rows.filter("is_last")
    checks = comparison_checks(rows, spec.gate, segments=SEGMENTS, seed=spec.seed, n_labelled=n)
    return [*of_data, *checks], risk_metrics(last["label"], last["risk"])["auc"]


def one_company(kind: str, seed: int) -> dict[str, Any]:
    """Return what the gate said of a company's model, ready for JSON."""
    shape = noise_shape(seed) if kind == "noise" else signal_shape(seed)
    tables, true_auc = company(shape, seed)
    begin = time.perf_counter()
    try:
        checks, auc = judged(tables, spec_of(shape))
        refused = [check.check for check in checks if not check.passed]
        told = any("more" in check.says for check in checks if not check.passed)
        gain = next((check.figure for check in checks if check.check == "gain_share"), float("nan"))
    except InputError as error:
        auc, refused, told, gain = float("nan"), [f"not trained: {str(error)[:60]}"], False, float("nan")
    return {
        "kind": kind, "seed": seed, **asdict(shape), "true_auc": true_auc, "auc": auc, "gain_share": gain,
        "refused_by": refused, "told": told, "seconds": round(time.perf_counter() - begin, 1),
    }  # fmt: skip


def main(n_noise: int, n_signal: int) -> None:
    """Judge the companies that are not kept yet, and print the table."""
    digest = code_digest()
    KEPT.parent.mkdir(exist_ok=True)
    lines = KEPT.read_text(encoding="utf-8").splitlines() if KEPT.is_file() else []
    known = {
        (one["kind"], one["seed"]): one for one in map(json.loads, lines) if one["code_digest"] == digest
    }
    wanted = [("noise", seed) for seed in range(n_noise)] + [("signal", seed) for seed in range(n_signal)]
    for key in wanted:
        if key not in known:
            known[key] = one_company(*key)
            with KEPT.open("a", encoding="utf-8") as file:
                file.write(json.dumps(known[key] | {"code_digest": digest}) + "\n")
            print(
                f"{key}: {known[key]['seconds']} s, {known[key]['refused_by']}", file=sys.stderr, flush=True
            )
    _print_table([known[key] for key in wanted])


def _print_table(found: list[dict[str, Any]]) -> None:
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        clock = "" if one["has_clock"] else ", no clock"
        ending = "closed" if one["is_closed"] else "nothing closes"
        groups.setdefault(f"{one['kind']}: {one['label']}, {ending}{clock}", []).append(one)
        for what in ("n", "base_rate", "n_names"):
            groups.setdefault(f"{one['kind']}: {what} {one[what]}", []).append(one)
        groups.setdefault(f"{one['kind']}: all", []).append(one)
    print(f"{'companies':<52}{'passed':>10}   mean AUC   mean gain   refused by")
    for name, some in sorted(
        groups.items(), key=lambda item: (item[0].split(":")[0], "all" in item[0], item[0])
    ):
        refused: dict[str, int] = {}
        for one in some:
            for check in one["refused_by"]:
                refused[check] = refused.get(check, 0) + 1
        why = ", ".join(f"{check} {n}" for check, n in sorted(refused.items(), key=lambda pair: -pair[1]))
        passed = sum(not one["refused_by"] for one in some)
        auc, gain = (_mean([one[what] for one in some]) for what in ("auc", "gain_share"))
        print(f"{name:<52}{f'{passed}/{len(some)}':>10}   {auc:8.3f}   {gain:9.2%}   {why}")
    print(f"{sum(one['seconds'] for one in found) / 60:.0f} minutes of training and checking")


def _mean(figures: list[float]) -> float:
    """Return the mean of the figures that are defined; NaN if none is."""
    defined = [one for one in figures if not np.isnan(one)]
    return float(np.mean(defined)) if defined else float("nan")


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:]] or [N_NOISE, N_SIGNAL]
    main(counts[0], counts[1] if len(counts) > 1 else counts[0] // 2)
