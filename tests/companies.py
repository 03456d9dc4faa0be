"""Companies for tests: made by hand in seconds of one day, simulated, or drawn at random."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from hypothesis import strategies as st

from forestall.data import CORE_KINDS, Tables
from forestall.moment_features import Standards, feature_table
from forestall.moment_features.frozen_facts import FrozenFacts
from forestall.moment_features.learnt_facts import DIMENSIONS, MEANS
from forestall.moment_features.state_columns import Usual
from forestall.moment_features.table_sources import sources_of
from forestall.moments import default_moments
from forestall.simulation import simulate_tables

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = 86_400
EXPORTED_AT = "2036-03-02T09:00:00Z"  # after all that tests make up
TIMES = ("promised_at", "purchased_at")
_TIME = pl.Datetime("us", "UTC")
_COLUMNS = {
    **dict.fromkeys(
        ["customer_id", "channel", "venue", "locale", "product", "product_category", "staff"], pl.String
    ),
    **dict.fromkeys(["price", "customer_value"], pl.Float64),
    **dict.fromkeys(TIMES, _TIME),
    "is_commodity": pl.Boolean,
}
_EVENT = {"kind": pl.String, "actor": pl.String, "text": pl.String, "value": pl.Float64}

Features = Callable[[Tables, pl.DataFrame], pl.DataFrame]


def at(second: float) -> datetime:
    """Return the time so many seconds after nine o'clock."""
    return NINE + timedelta(seconds=second)


def visit(
    name: str, start: float, *events: tuple[Any, ...], **columns: Any
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return an interaction and its events: (second, kind, actor, text or value), the last two optional."""
    times = {
        key: at(value) if key in TIMES and value is not None else value for key, value in columns.items()
    }
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
        schema={
            "interaction_id": pl.String,
            "started_at": _TIME,
            **_COLUMNS,
            **dict.fromkeys(sorted(extra), pl.String),
        },
    )
    events = pl.DataFrame(
        [event for _, rows in visits for event in rows],
        schema={"interaction_id": pl.String, "at": _TIME, **_EVENT},
    )
    feedback = pl.DataFrame(
        [(name, rating, None if second is None else at(second)) for name, rating, second in ratings],
        schema={"interaction_id": pl.String, "rating": pl.Float64, "rated_at": _TIME},
        orient="row",
    )
    tables = Tables(interactions, events, feedback, about={"exported_at": EXPORTED_AT, **(about or {})})
    assert tables.rejections.counts() == {}
    return tables


def features_of(
    tables: Tables, name: str, second: float, standards: Standards | None = None
) -> dict[str, Any]:
    """Return the features of one interaction at one second."""
    moment = pl.DataFrame({"interaction_id": [name], "as_of": [at(second)]})
    return feature_table(tables, moment, standards=standards).row(0, named=True)


def is_same(found: Any, expected: Any) -> bool:
    """Tell whether two values are both gaps, the same word, or numbers that agree to the last digits."""
    if found is None or expected is None or isinstance(found, str) or isinstance(expected, str):
        return bool(found == expected)
    return math.isclose(found, expected, rel_tol=1e-12, abs_tol=1e-12)


def assert_over_time(
    tables: Tables,
    name: str,
    family: str,
    seconds: list[float],
    expected: dict[str, list[Any]],
    *,
    standards: Standards | None = None,
) -> None:
    """Assert the values of a family's features of one interaction at some seconds."""
    moments = pl.DataFrame(
        {"interaction_id": [name] * len(seconds), "as_of": [at(second) for second in seconds]}
    )
    table = feature_table(tables, moments, standards=standards)
    wrong = {}
    for feature, values in expected.items():
        found = table[f"{family}_{feature}"].to_list()
        assert len(found) == len(values)
        if not all(map(is_same, found, values)):
            wrong[feature] = {"found": found, "expected": values}
    assert not wrong


def picked(row: dict[str, Any], family: str, names: Any) -> dict[str, Any]:
    """Return some features of a family, without its name before theirs."""
    return {name: row[f"{family}_{name}"] for name in names}


def simulated(n: int = 240, seed: int = 5) -> Tables:
    """Return a small simulated company, whose few customers come often."""
    frames = simulate_tables(n, seed, 0.6)
    often = pl.lit("c") + (pl.col("customer_id").str.slice(1).cast(pl.Int64) % 30).cast(pl.String)
    return Tables(
        frames["interactions"].with_columns(customer_id=often), frames["events"], frames["feedback"]
    )


def random_moments(tables: Tables, n: int, seed: int) -> pl.DataFrame:
    """Return moments at facts of the company, a microsecond before and after, and at any time between."""
    rng = np.random.default_rng(seed)
    facts = pl.concat(
        [tables.events["at"], tables.feedback["rated_at"].drop_nulls(), tables.interactions["started_at"]]
    )
    lives = tables.interactions.select("interaction_id", "started_at").join(
        default_moments(tables).rename({"as_of": "end"}), on="interaction_id"
    )
    chosen = lives[rng.integers(0, lives.height, n)]
    start, end = (chosen[name].dt.timestamp("us").to_numpy() for name in ("started_at", "end"))
    inside = start + (rng.random(n) * (end - start + 60_000_000)).astype(np.int64)
    own = tables.events.join(chosen.select("interaction_id"), on="interaction_id", how="semi").group_by(
        "interaction_id"
    )
    events = chosen.join(own.agg("at"), on="interaction_id", how="left", maintain_order="left")[
        "at"
    ].to_list()
    of_own = np.array(
        [
            _us(times[int(rng.integers(len(times)))]) if times else one
            for times, one in zip(events, start, strict=True)
        ]
    )
    of_all = facts.dt.timestamp("us").to_numpy()[rng.integers(0, len(facts), n)]
    as_of = np.choose(rng.integers(0, 4, n), [inside, of_own, of_own, of_all]) + rng.integers(-1, 2, n)
    return chosen.select("interaction_id", as_of=pl.Series(np.maximum(as_of, start)).cast(_TIME))


def _us(time: datetime) -> int:
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def frozen_facts(tables: Tables, until: datetime) -> FrozenFacts:
    """Return all learnt facts as they were known at a time."""
    columns = [Usual(dimension, fact) for dimension in DIMENSIONS for fact in MEANS]
    facts: Any = sources_of(tables, Standards()).facts
    frozen = facts.freeze(_us(until), columns)
    assert isinstance(frozen, FrozenFacts)
    return frozen


STEPS = ("issue_raised", "served", "responded", "resolved")


def chance_complaints(seed: int, *, is_closed: bool, after_days: float | None = None) -> Tables:
    """Return tickets of whom three in ten complain by chance: while they last, and then nothing more is recorded.

    With `after_days` they complain so long after their end.
    """
    rng, visits = np.random.default_rng(seed), []
    for i in range(2000):
        start = i * 3600
        kinds = (*STEPS, "closed") if is_closed else STEPS
        steps = list(zip(start + rng.exponential(6 * 3600, len(kinds)).cumsum(), kinds, strict=True))
        if rng.random() < 0.3:
            end = steps[-1][0]
            came = end + after_days * DAY if after_days is not None else start + rng.random() * (end - start)
            steps = [*(step for step in steps if step[0] < came), (came, "complained")]
        visits.append(visit(str(i), start, *steps))
    return company(*visits, visit("last", 2000 * 3600 + 60 * DAY))


KINDS = [*sorted(CORE_KINDS), "noted"]
ACTORS = ["customer", "staff", "manager", "system", None]


@st.composite
def visits(draw: st.DrawFn, name: str) -> Any:
    """Draw a visit with events of any kind by anybody, in any order and often at once."""
    start = draw(st.integers(0, 30))
    values = st.sampled_from([None, 0.1, 2.35, 30.0])
    event = st.tuples(st.integers(start, 40), st.sampled_from(KINDS), st.sampled_from(ACTORS), values)
    choices = {
        "customer_id": ["u", "v", None],
        "venue": ["p", "q", None],
        "channel": ["phone", None],
        "product": ["x", None],
        "price": [None, 0.0, 12.5],
        "promised_at": [None, start, 25],
    }
    columns = {column: draw(st.sampled_from(some)) for column, some in choices.items()}
    return visit(name, start, *draw(st.lists(event, max_size=9)), **columns)


@st.composite
def companies(draw: st.DrawFn) -> tuple[Tables, pl.DataFrame]:
    """Draw a company of a few visits, some of them rated, and two moments of each."""
    drawn = [draw(visits(str(i))) for i in range(draw(st.integers(1, 7)))]
    starts = {row["interaction_id"]: round((row["started_at"] - NINE).total_seconds()) for row, _ in drawn}
    ratings = [
        (name, draw(st.integers(1, 5)), draw(st.sampled_from([None, *range(start + 1, 46, 3)])))
        for name, start in starts.items()
        if draw(st.booleans())
    ]
    moments = [
        (name, at(start + draw(st.integers(0, 45)))) for name, start in starts.items() for _ in range(2)
    ]
    frame = pl.DataFrame(moments, schema={"interaction_id": pl.String, "as_of": _TIME}, orient="row")
    return company(*drawn, ratings=ratings), frame
