"""Companies for tests: made by hand in seconds of one day, simulated, or drawn at random."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from hypothesis import strategies as st

from forestall.data import Tables
from forestall.data.simulate import simulate_tables
from forestall.features import Standards, feature_table
from forestall.features.learnt import DIMENSIONS, MEANS, FrozenFacts
from forestall.features.sources import sources_of
from forestall.moments import default_moments

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = 86_400
TIMES = ("promised_at", "purchased_at")
_TIME = pl.Datetime("us", "UTC")
_COLUMNS = {
    **dict.fromkeys(["customer_id", "channel", "venue", "locale", "product", "product_category", "staff"], pl.String),
    **dict.fromkeys(["price", "customer_value"], pl.Float64),
    **dict.fromkeys(TIMES, _TIME),
    "is_commodity": pl.Boolean,
}

Features = Callable[[Tables, pl.DataFrame], pl.DataFrame]


def at(second: float) -> datetime:
    """Return the time so many seconds after nine o'clock."""
    return NINE + timedelta(seconds=second)


def visit(name: str, start: float, *events: tuple[Any, ...], **columns: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return an interaction and its events, each (second, kind, actor, text or value), the last two optional."""
    times = {key: at(value) if key in TIMES and value is not None else value for key, value in columns.items()}
    rows = []
    for second, kind, *more in events:
        actor, what = [*more, None, None][:2]
        is_text = isinstance(what, str)
        said = {"text": what if is_text else None, "value": None if is_text else what}
        rows.append({"interaction_id": name, "at": at(second), "kind": kind, "actor": actor, **said})
    return {"interaction_id": name, "started_at": at(start), **times}, rows


def company(*visits: Any, ratings: Any = (), about: dict[str, Any] | None = None) -> Tables:
    """Return the tables of visits and of ratings, each (name, rating, second or None)."""
    extra = {key for row, _ in visits for key in row} - {*_COLUMNS, "interaction_id", "started_at"}
    interactions = pl.DataFrame(
        [row for row, _ in visits],
        schema={"interaction_id": pl.String, "started_at": _TIME, **_COLUMNS, **dict.fromkeys(sorted(extra), pl.String)},
    )
    events = pl.DataFrame(
        [event for _, rows in visits for event in rows],
        schema={"interaction_id": pl.String, "at": _TIME, "kind": pl.String, "actor": pl.String, "text": pl.String, "value": pl.Float64},
    )  # fmt: skip
    feedback = pl.DataFrame(
        [(name, rating, None if second is None else at(second)) for name, rating, second in ratings],
        schema={"interaction_id": pl.String, "rating": pl.Float64, "rated_at": _TIME},
        orient="row",
    )
    tables = Tables(interactions, events, feedback, about=about)
    assert tables.rejections.counts() == {}
    return tables


def features_of(tables: Tables, name: str, second: float, standards: Standards | None = None) -> dict[str, Any]:
    """Return the features of one interaction at one second."""
    moment = pl.DataFrame({"interaction_id": [name], "as_of": [at(second)]})
    return feature_table(tables, moment, standards=standards).row(0, named=True)


def picked(row: dict[str, Any], family: str, names: Any) -> dict[str, Any]:
    """Return some features of a family, without its name before theirs."""
    return {name: row[f"{family}_{name}"] for name in names}


def simulated(n: int = 240, seed: int = 5) -> Tables:
    """Return a small simulated company, whose few customers come often."""
    frames = simulate_tables(n, seed, 0.6)
    often = pl.lit("c") + (pl.col("customer_id").str.slice(1).cast(pl.Int64) % 30).cast(pl.String)
    return Tables(frames["interactions"].with_columns(customer_id=often), frames["events"], frames["feedback"])


def random_moments(tables: Tables, n: int, seed: int) -> pl.DataFrame:
    """Return moments at, just before and just after facts of the company, and at any time between or after them."""
    rng = np.random.default_rng(seed)
    facts = pl.concat([tables.events["at"], tables.feedback["rated_at"].drop_nulls(), tables.interactions["started_at"]])
    lives = tables.interactions.select("interaction_id", "started_at").join(
        default_moments(tables).rename({"as_of": "end"}), on="interaction_id"
    )
    chosen = lives[rng.integers(0, lives.height, n)]
    start, end = (chosen[name].dt.timestamp("us").to_numpy() for name in ("started_at", "end"))
    inside = start + (rng.random(n) * (end - start + 60_000_000)).astype(np.int64)
    own = tables.events.join(chosen.select("interaction_id"), on="interaction_id", how="semi").group_by("interaction_id")
    events = chosen.join(own.agg("at"), on="interaction_id", how="left", maintain_order="left")["at"].to_list()
    of_own = np.array([_us(times[int(rng.integers(len(times)))]) if times else one for times, one in zip(events, start, strict=True)])
    of_all = facts.dt.timestamp("us").to_numpy()[rng.integers(0, len(facts), n)]
    as_of = np.choose(rng.integers(0, 4, n), [inside, of_own, of_own, of_all]) + rng.integers(-1, 2, n)
    return chosen.select("interaction_id", as_of=pl.Series(np.maximum(as_of, start)).cast(_TIME))


def _us(time: datetime) -> int:
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def frozen_facts(tables: Tables, until: datetime) -> FrozenFacts:
    """Return all learnt facts as they were known at a time."""
    names = [f"usual:{dimension}:{fact}" for dimension in DIMENSIONS for fact in MEANS]
    facts: Any = sources_of(tables, Standards()).facts
    frozen = facts.freeze(_us(until), names)
    assert isinstance(frozen, FrozenFacts)
    return frozen


KINDS = (
    "arrived attempted human_requested greeted served message informed hold_started hold_ended transferred escalated "
    "issue_raised responded resolved reopened defect returned refunded complained tipped abandoned delivered closed noted"
).split()


@st.composite
def companies(draw: st.DrawFn) -> tuple[Tables, pl.DataFrame]:
    """Draw a company of a few interactions with events of any kind in any order, often at once, and moments of it."""
    n = draw(st.integers(1, 7))
    starts = draw(st.lists(st.integers(0, 30), min_size=n, max_size=n))
    visits = []
    for i, start in enumerate(starts):
        events = draw(st.lists(st.tuples(
            st.integers(start, 40), st.sampled_from(KINDS), st.sampled_from(["customer", "staff", "manager", "system", None]),
            st.sampled_from([None, 0.1, 2.35, 30.0]),
        ), max_size=9))  # fmt: skip
        columns = draw(st.fixed_dictionaries({
            "customer_id": st.sampled_from(["u", "v", None]), "venue": st.sampled_from(["p", "q", None]),
            "channel": st.sampled_from(["phone", None]), "product": st.sampled_from(["x", None]),
            "price": st.sampled_from([None, 0.0, 12.5]), "promised_at": st.sampled_from([None, start, 25]),
        }))  # fmt: skip
        visits.append(visit(str(i), start, *events, **columns))
    ratings = [
        (str(i), draw(st.integers(1, 5)), draw(st.sampled_from([None, *range(start + 1, 46, 3)])))
        for i, start in enumerate(starts)
        if draw(st.booleans())
    ]
    moments = [
        (str(i), at(start + draw(st.integers(0, 45)))) for i, start in enumerate(starts) for _ in range(2)
    ]
    frame = pl.DataFrame(moments, schema={"interaction_id": pl.String, "as_of": _TIME}, orient="row")
    return company(*visits, ratings=ratings), frame
