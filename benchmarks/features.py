"""Features of many moments, beside a hand-written group-by of 40 aggregates in the same run.

    python benchmarks/features.py [INTERACTIONS]

Prints moments per second of both, their ratio, words per second on a line of its own, and the peak memory.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.moment_features import FAMILIES, Standards
from forestall.moment_features.table import features_at, locate, plan_of
from forestall.moment_features.table_sources import sources_of
from forestall.moment_features.word_counts import score_words

KINDS = ["arrived", "greeted", "served", "message", "hold_started", "hold_ended", "transferred", "issue_raised",
         "responded", "resolved", "reopened", "returned", "refunded", "closed"]  # fmt: skip
TEXTS = ["Good morning, welcome", "Thank you, I am sorry for the delay", "What do you want", "It still does not work",
         "Goeie môre, baie dankie", "Undskyld, vi ringer tilbage"]  # fmt: skip
PER_INTERACTION = 3


def company(n: int, seed: int = 1) -> Tables:
    """Return `n` interactions of about ten events each, of a fifth as many customers."""
    rng = np.random.default_rng(seed)
    ids = pl.Series("interaction_id", np.arange(n)).cast(pl.String)
    start = np.sort(rng.integers(0, 500 * 86_400_000_000, n)) + 1_700_000_000_000_000
    name = lambda what, k: pl.Series([f"{what}{i}" for i in range(k)])[rng.integers(0, k, n)]  # noqa: E731
    interactions = pl.DataFrame(
        {
            "interaction_id": ids,
            "started_at": pl.Series(start).cast(pl.Datetime("us", "UTC")),
            "customer_id": name("c", max(n // 5, 1)),
            "channel": name("channel", 6), "venue": name("venue", 24), "locale": name("l", 6),
            "product": name("p", 60), "product_category": name("k", 8),
            "price": np.round(rng.gamma(2, 40, n), 2), "staff": name("s", 200),
        }
    )  # fmt: skip
    n_events = rng.integers(6, 15, n)
    of = np.repeat(np.arange(n), n_events)
    kind = rng.integers(1, len(KINDS), len(of))
    first_of = np.cumsum(n_events) - n_events
    kind[first_of], kind[first_of + n_events - 1] = 0, len(KINDS) - 1
    step = rng.exponential(60e6, len(of)).astype(np.int64)
    step[first_of] = 0
    total = np.cumsum(step)
    at = start[of] + total - np.repeat(total[first_of], n_events)
    has_text = np.isin(kind, [KINDS.index("greeted"), KINDS.index("message")])
    events = pl.DataFrame(
        {
            "interaction_id": ids[of],
            "at": pl.Series(at).cast(pl.Datetime("us", "UTC")),
            "kind": pl.Series(KINDS)[kind],
            "actor": pl.Series(["customer", "staff"])[rng.integers(0, 2, len(of))],
            "text": pl.select(
                pl.when(pl.Series(has_text)).then(pl.Series(TEXTS)[rng.integers(0, len(TEXTS), len(of))])
            ).to_series(),
            "value": np.where(np.isin(kind, [11, 12]), 9.99, np.nan),
        }
    )
    rated = rng.random(n) < 0.3
    ends = pl.Series(at[first_of + n_events - 1] + 3_600_000_000).cast(pl.Datetime("us", "UTC"))
    feedback = pl.DataFrame(
        {"interaction_id": ids, "rating": rng.integers(1, 6, n).astype(float), "rated_at": ends}
    )
    return Tables(interactions, events, feedback.filter(pl.Series(rated)))


def moments_of(tables: Tables, seed: int = 2) -> pl.DataFrame:
    """Return moments spread over the first quarter of an hour of each interaction."""
    rng = np.random.default_rng(seed)
    repeated = tables.interactions.select("interaction_id", "started_at")[
        np.repeat(np.arange(tables.interactions.height), PER_INTERACTION)
    ]
    ahead = pl.Series(rng.integers(0, 900_000_000, repeated.height)).cast(pl.Duration("us"))
    return repeated.select("interaction_id", as_of=pl.col("started_at") + ahead)


def by_hand(tables: Tables, moments: pl.DataFrame) -> pl.DataFrame:
    """Return 40 aggregates of each moment: for each kind a count, a first and a last time where they fit."""
    at, kind = pl.col("at"), pl.col("kind")
    aggregates = [pl.len().alias("n"), at.max().alias("last")]
    for one in KINDS:
        aggregates += [
            pl.when(kind == one).then(1).otherwise(0).sum().alias(f"n_{one}"),
            pl.when(kind == one).then(at).min().alias(f"first_{one}"),
            pl.when(kind == one).then(at).max().alias(f"last_{one}"),
        ]
    events = tables.events.lazy().select("interaction_id", "at", kind.cast(pl.Categorical))
    moments = moments.with_row_index("m")
    known = moments.lazy().join(events, on="interaction_id").filter(at <= pl.col("as_of"))
    counted = known.group_by("m").agg(aggregates[:40])
    return moments.lazy().join(counted, on="m", how="left").collect(engine="streaming")


def clock(what: str, n: int, unit: str, call) -> tuple[float, object]:  # type: ignore[no-untyped-def]
    """Return the seconds that `call` takes, and its result; print the speed."""
    begin = time.perf_counter()
    result = call()
    seconds = time.perf_counter() - begin
    print(f"{what:<44}{seconds:8.2f} s{n / seconds:14,.0f} {unit}/s", flush=True)
    return seconds, result


def main(n: int) -> None:
    """Measure and print."""
    tables = company(n)
    moments = moments_of(tables)
    print(f"{n:,} interactions, {tables.events.height:,} events, {moments.height:,} moments")
    clock(
        "words, each event's text once",
        tables.events.height,
        "events",
        lambda: score_words(tables.events["text"]),
    )
    ready, sources = clock(
        "tables made ready (words included)",
        moments.height,
        "moments",
        lambda: sources_of(tables, Standards()),
    )
    place, as_of = locate(sources, moments)  # type: ignore[arg-type]
    made, table = clock(
        "features, all families",
        moments.height,
        "moments",
        lambda: features_at(sources, place, as_of, plan_of(FAMILIES)),
    )  # type: ignore[arg-type]
    n_features = table.width  # type: ignore[attr-defined]
    print(f"peak memory of these {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB")
    hand = clock(
        "by hand: group-by of 40 aggregates", moments.height, "moments", lambda: by_hand(tables, moments)
    )[0]
    print(f"{n_features} features; speed against the group-by by hand: {hand / (ready + made):.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
