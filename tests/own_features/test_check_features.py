"""The checks that every feature must pass find what they are there to find, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from companies import simulated
from forestall.data import Tables
from forestall.errors import FeatureError, InputError
from forestall.moment_features import Standards
from forestall.moment_features.operations import OPERATIONS
from forestall.own_features import OwnFeatures, blindness, later_facts
from forestall.own_features.blindness import ALONE, DATE, KEYS, ORDER, OTHERS, RATING
from forestall.own_features.check_features import Checked, check_own_features, refuse_faults
from forestall.own_features.fault import Fault
from forestall.own_features.later_facts import RULE as FUTURE
from forestall.own_features.sample import Sample
from forestall.own_features.translations import RANGE, SAME
from own_feature_modules import features_of, module_of

SAY = "reason='it is {value}'"


@pytest.fixture(scope="module")
def tables() -> Tables:
    """Return a company whose till notes a code when it closes an interaction, and a mood at each event."""
    some = simulated(160)
    rows = pl.int_range(pl.len(), dtype=pl.Int64)
    noted = some.interactions.with_columns(
        code=pl.lit("c") + (rows % 3).cast(pl.String),
        weight=(rows % 7) * 0.3 + 1,
        handled_s=(rows % 50).cast(pl.Float64),
        closed_at=(pl.col("started_at") + pl.duration(hours=3)).dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    about = {**some.about, "known_at": {"code": "closed", "handled_s": "closed"}}
    events = some.events.with_columns(mood=(rows % 5).cast(pl.Float64))
    return Tables(noted, events, some.feedback, about=about)


def family_of(features: list[tuple[str, str]]) -> OwnFeatures:
    """Return own features `own_x0`, `own_x1`, … of values, each with its further options."""
    declared = [
        f"Feature('x{number}', {value}, 'A number.', {options})"
        for number, (value, options) in enumerate(features)
    ]
    return OwnFeatures((module_of(f"F = Family('own', 'Own.', [{', '.join(declared)}])"),))


def checked(tables: Tables, value: str, options: str = SAY) -> Checked:
    return check_own_features(features_of(value, options), tables, Standards())


GOOD = [
    "WAIT_S",
    "recorded(Count('hold_started'), 'hold_started')",
    "log_ratio(WAIT_S, Usual('venue', 'wait_s'))",
    "Queue('n_waiting') + EarlierCount('is_rated')",
    "ratio(amount('refunded'), number('price'))",
    "only_if(has_happened('closed'), number('handled_s')) / 60",
    "Attribute('mood', 'mean') * number('weight')",
    "flag(text('venue').equals('Grill 7') | (Words('staff', 'n_thanks') > 1))",
    "case((START % 86_400_000_000 < 9 * 3_600_000_000, 1.0), (WAIT_S > 60, 2.0), otherwise=3.0)",
    "flag(text('customer_id').is_known())",
]


@pytest.mark.slow
def test_features_that_know_only_what_is_known_pass(tables: Tables) -> None:
    found = check_own_features(family_of([(value, SAY) for value in GOOD]), tables, Standards())
    assert found.faults == ()
    assert found.n_interactions == 160
    assert found.n_moments == 640
    assert set(found.rules) == {FUTURE, RATING, OTHERS, ORDER, KEYS, DATE, ALONE, RANGE, SAME}
    refuse_faults(found)


CATEGORY = SAY + ", is_category=True"
BAD = [
    ("number('handled_s')", SAY, FUTURE, "takes the column 'handled_s' from after the moment: it is known only "
     "from the first event 'closed' on, which comes at 20"),
    ("text('code')", CATEGORY, FUTURE, "only_if(has_happened('closed'), text('code'))"),
    ("WAIT_S + number('handled_s').or_else(0.0)", SAY, FUTURE, "'handled_s'"),
    ("flag(text('closed_at').is_known())", SAY, FUTURE, "from the time that it holds on, which comes at 20"),
    ("text('customer_id')", CATEGORY, KEYS, "depends on the keys of interactions or customers"),
    ("(1.76e15 - START) / 1e6", SAY, DATE, "a model would learn when it was trained"),
    ("START / 86_400e6 % 7 / 3 + AS_OF / 1e6", SAY, DATE, "four weeks later"),
    ("WAIT_S / Count('message')", SAY, RANGE, "is not a finite number at some moments"),
    ("WAIT_S - 100", SAY + ", low=0", RANGE, "is below its low, 0, at "),
    ("WAIT_S", SAY + ", high=10", RANGE, "is above its high, 10, at "),
]  # fmt: skip


@pytest.mark.slow
def test_features_that_break_a_rule_are_named_with_a_sentence_each(tables: Tables) -> None:
    found = check_own_features(
        family_of([(value, options) for value, options, *_ in BAD]), tables, Standards()
    )
    faults = {fault.feature: fault for fault in found.faults}
    assert len(faults) == len(BAD)
    for number, (value, _, rule, said) in enumerate(BAD):
        assert faults[f"own_x{number}"].rule == rule, value
        assert said in faults[f"own_x{number}"].sentence
    with pytest.raises(FeatureError, match=r"the feature own_x0 .* \(9 more; `forestall check-features`"):
        refuse_faults(found)


def leaking(tables: Tables, leak: Callable[[Tables, pl.DataFrame], pl.Series]) -> Sample:
    """Return a sample whose feature is computed otherwise than its term says."""
    own = features_of("WAIT_S")
    sample = Sample.of(tables, own.families, Standards(), 200)

    def compute(of: Tables, moments: pl.DataFrame, facts: Any = None) -> pl.DataFrame:
        del facts
        return pl.DataFrame({"own_x": leak(of, moments).cast(pl.Float64)})

    return sample.with_compute(compute)


def of_interactions(tables: Tables, moments: pl.DataFrame, value: pl.Expr) -> pl.Series:
    ratings = tables.feedback.select("interaction_id", "rating").unique("interaction_id", keep="first")
    frame = tables.interactions.with_row_index("row")
    for other in (ratings, tables.events.group_by("interaction_id").len()):
        frame = frame.join(other, on="interaction_id", how="left", maintain_order="left")
    return (
        moments.join(frame, on="interaction_id", how="left", maintain_order="left").select(value).to_series()
    )


def test_each_check_finds_what_it_is_there_to_find(tables: Tables) -> None:
    """Terms cannot do these things; were one added that can, it would be found."""

    def faults(check: Any, value: pl.Expr) -> list[Fault]:
        sample = leaking(tables, lambda of, moments: of_interactions(of, moments, value))
        return list(check(sample))

    (fault,) = faults(later_facts.faults_of_events, pl.col("len"))
    assert re.match("takes the event '[a-z_]+' of 20.* from after the moment, which is 20", fault.sentence)
    (fault,) = faults(later_facts.faults_of_events, pl.col("rating"))
    assert re.match("takes a rating of 20.* from after the moment, which is 20", fault.sentence)
    assert [one.rule for one in faults(blindness.faults_of_rating, pl.col("rating"))] == [RATING]
    assert [one.rule for one in faults(blindness.faults_of_order, pl.col("row"))] == [ORDER]
    keys = pl.col("interaction_id").hash(1) % 1000
    assert [one.rule for one in faults(blindness.faults_of_keys, keys)] == [KEYS]
    assert [one.rule for one in faults(blindness.faults_of_date, pl.col("as_of").dt.ordinal_day())] == [DATE]
    assert [one.rule for one in faults(blindness.faults_of_moments, pl.int_range(pl.len()))] == [ALONE]
    for check in (later_facts.faults_of_events, blindness.faults_of_rating, blindness.faults_of_order):
        assert faults(check, pl.col("price")) == []
    crowd = leaking(tables, lambda of, moments: pl.Series([of.interactions.height] * moments.height))
    assert [one.rule for one in blindness.faults_of_others(crowd)] == [OTHERS]


@pytest.mark.slow
def test_ways_to_compute_that_disagree_are_found(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operation whose Python is not its Polars."""
    changed = replace(OPERATIONS["log"], python=lambda value: f"log({value}) + 1e-9")
    monkeypatch.setitem(OPERATIONS, "log", changed)
    (fault,) = checked(tables, "(WAIT_S + 1.0).log()").faults
    assert fault.rule == SAME
    assert "has another value from Python than in a batch" in fault.sentence


@pytest.mark.slow
def test_notes_name_kinds_that_never_come_and_features_without_a_difference(tables: Tables) -> None:
    found = checked(tables, "Count('servd')")
    assert found.faults == ()
    assert (
        "own_x reads events of the kind 'servd', and these records have none; did you mean 'served'?"
        in found.notes
    )
    assert "own_x has the same value at all moments of these records" in found.notes
    assert checked(tables, "recorded(WAIT_S, 'parked')").known == {"own_x": 0.0}


def test_columns_that_the_tables_do_not_have_are_named(tables: Tables) -> None:
    with pytest.raises(
        FeatureError, match=r"interactions must have the column 'wieght'.*did you mean 'weight'"
    ):
        checked(tables, "number('wieght')")
    with pytest.raises(FeatureError, match=r"events must have the column 'modo'.*did you mean 'mood'"):
        checked(tables, "Attribute('modo', 'last')")
    nothing = tables.replace(interactions=tables.interactions.clear())
    with pytest.raises(InputError, match="there must be interactions"):
        checked(nothing, "WAIT_S")


def test_a_sample_is_of_whole_customers_and_always_the_same(tables: Tables) -> None:
    families = features_of("WAIT_S").families
    first, again = (Sample.of(tables, families, Standards(), 60) for _ in range(2))
    assert first.tables.interactions.equals(again.tables.interactions)
    assert 60 <= first.tables.interactions.height < 100
    whole = tables.interactions.join(first.tables.interactions, on="customer_id", how="semi")
    assert whole.height == first.tables.interactions.filter(pl.col("customer_id").is_not_null()).height
    starts = first.tables.interactions["started_at"]
    assert all((one["as_of"] >= starts).all() for one in first.rounds)
    assert first.all_moments.equals(again.all_moments)
