"""Made experiments whose true effects are known: as arrays, and as the tables of a company."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.evaluation.effects.trial import Trial

START = datetime(2026, 1, 1, tzinfo=UTC)
REACHED_SHARE = 0.6


def made_trial(
    rng: np.random.Generator, n: int = 1000, saved: float = 0.3, held_out: float = 0.2
) -> tuple[Trial, float]:
    """Return a trial with a binary outcome that a contact prevents in a share of the reached, and its true effect."""
    risk = rng.beta(1.0, 1.6, n)
    treated = rng.random(n) >= held_out
    reached = treated & (rng.random(n) < REACHED_SHARE)
    y = rng.random(n) < np.where(reached, risk * (1 - saved), risk)
    trial = Trial.of(
        y,
        treated,
        is_reached=reached,
        probability=np.where(treated, 1 - held_out, held_out),
        covariates=risk[:, None],
    )
    return trial, -saved * REACHED_SHARE / 2.6


def made_company(
    n: int = 2000, saved: float = 0.5, seed: int = 0, held_out: float = 0.3, more_rate: float = 0.0
) -> tuple[Tables, pl.DataFrame]:
    """Return the tables of a company with an experiment, and its contacts.

    A contact prevents a bad rating and a complaint in the share `saved` of those who are reached; those rate more often
    by the share `more_rate`.
    """
    rng = np.random.default_rng(seed)
    at = [START + timedelta(minutes=float(m)) for m in np.sort(rng.uniform(0, 60 * 1440, n))]
    risk = rng.beta(1.0, 1.6, n)
    treated = rng.random(n) >= held_out
    reached = treated & (rng.random(n) < REACHED_SHARE)
    is_bad = rng.random(n) < np.where(reached, risk * (1 - saved), risk)
    has_rated = rng.random(n) < np.where(reached, 0.5 + more_rate, 0.5)
    complains = is_bad & (rng.random(n) < 0.4)
    back = rng.random(n) < np.where(is_bad, 0.1, 0.4)
    ids = np.array([f"i{k}" for k in range(n)])
    owner = np.array([f"c{k}" for k in range(n)])
    later = lambda rows, **delay: [at[k] + timedelta(**delay) for k in np.flatnonzero(rows)]  # noqa: E731
    interactions = pl.DataFrame(
        {
            "interaction_id": [*ids, *(f"{one}b" for one in ids[back])],
            "started_at": [*at, *later(back, days=40)],
            "customer_id": [*owner, *owner[back]],
            "channel": [*np.where(rng.random(n) < 0.5, "phone", "chat"), *["phone"] * int(back.sum())],
            "customer_value": [*rng.gamma(2, 100, n), *[100.0] * int(back.sum())],
        }
    )
    events = pl.DataFrame(
        {
            "interaction_id": [*ids, *ids[complains], ids[-1]],
            "at": [
                *later(np.ones(n, dtype=bool), hours=1),
                *later(complains, days=2),
                at[-1] + timedelta(days=95),
            ],
            "kind": [*["closed"] * n, *["complained"] * int(complains.sum()), "note"],
        }
    )
    feedback = pl.DataFrame(
        {
            "interaction_id": ids[has_rated],
            "rating": np.where(is_bad[has_rated], 1.0, 5.0),
            "rated_at": later(has_rated, days=3),
        }
    )
    contacts = pl.DataFrame(
        {
            "contact_id": ids,
            "interaction_id": ids,
            "customer_id": owner,
            "risk": risk,
            **_offered(at, treated, reached, held_out),
        }
    )
    return Tables(interactions, events, feedback, {"clock": "times"}), contacts


def _offered(at: list[datetime], treated: Any, reached: Any, held_out: float) -> dict[str, Any]:
    """Return the columns of offers two hours after each interaction began: the arm, and what was done."""
    return {
        "at": [one + timedelta(hours=2) for one in at],
        "experiment": ["spring"] * len(at),
        "arm": np.where(treated, "contact", "holdout"),
        "probability": np.where(treated, 1 - held_out, held_out),
        "done_at": [
            one + timedelta(hours=20) if is_one else None for one, is_one in zip(at, treated, strict=True)
        ],
        "result": [
            ("reached" if is_reached else "not_reached") if is_one else None
            for is_one, is_reached in zip(treated, reached, strict=True)
        ],
    }


def made_differing_company(n: int = 3000, seed: int = 0, differs: float = 0.35) -> Tables:
    """Return the tables of a company whose contacts help customers of the chat and annoy those of the phone.

    Everybody is offered a contact, half are held out, everybody is reached and rates. A contact moves the risk by
    `differs`, up by the phone and down in the chat. All outcomes but those of the last hundred customers are known.
    """
    rng = np.random.default_rng(seed)
    at = [START + timedelta(minutes=float(m)) for m in np.sort(rng.uniform(0, 60 * 1440, n))]
    risk, is_chat = rng.uniform(0.4, 0.6, n), rng.random(n) < 0.5
    treated = rng.random(n) < 0.5
    moved = np.where(treated, np.where(is_chat, -differs, differs), 0.0)
    is_bad = rng.random(n) < np.clip(risk + moved, 0, 1)
    ids, owner = np.array([f"i{k}" for k in range(n)]), np.array([f"c{k}" for k in range(n)])
    later = lambda **delay: [one + timedelta(**delay) for one in at]  # noqa: E731
    open_from = n - 100
    interactions = pl.DataFrame(
        {
            "interaction_id": ids, "started_at": at, "customer_id": owner,
            "channel": np.where(is_chat, "chat", "phone"), "customer_value": rng.gamma(4, 50, n),
        }
    )  # fmt: skip
    end = at[open_from - 1] + timedelta(days=30, hours=3)
    notes = [
        end - timedelta(hours=12 * k) for k in range(60)
    ]  # the records go on until the horizons are over
    events = pl.DataFrame(
        {
            "interaction_id": [*ids, *ids[:60]],
            "at": [*later(hours=1), *notes],
            "kind": [*["closed"] * n, *["note"] * 60],
        }
    )
    feedback = pl.DataFrame(
        {"interaction_id": ids, "rating": np.where(is_bad, 1.0, 5.0), "rated_at": later(hours=12)}
    ).head(open_from)
    contacts = pl.DataFrame(
        {
            "contact_id": ids, "interaction_id": ids, "customer_id": owner, "at": later(hours=2),
            "experiment": ["spring"] * n, "arm": np.where(treated, "contact", "holdout"),
            "probability": 0.5, "risk": risk,
            "done_at": [one if k else None for one, k in zip(later(hours=3), treated, strict=True)],
            "result": ["reached" if k else None for k in treated],
        }
    ).head(open_from)  # fmt: skip
    end = at[open_from - 1] + timedelta(days=30, hours=3)
    return Tables(
        interactions, events, feedback, {"clock": "times", "exported_at": end.isoformat()}, contacts
    )
