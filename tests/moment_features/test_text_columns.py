"""Learnt texts of a conversation so far: by hand, by turn, blind to the future, equal in all translations."""

from functools import partial

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import checks
from companies import at, company, random_moments, simulated, visit
from forestall.moment_features import Family, feature_table, text_columns
from forestall.moment_features.greeting import GREETING
from forestall.moment_features.text_buckets import all_buckets
from forestall.moment_features.text_features import with_text_scores
from forestall.moment_features.text_score import DECAY, EARLIER, ROLES, UNIT
from made_conversations import WORDS, weights

WEIGHTS = weights()
FAMILIES = with_text_scores([GREETING], WEIGHTS)
learnt = partial(feature_table, families=FAMILIES)


def score(role: str, *texts: str) -> float:
    """Return the sum of scores of texts, each read alone."""
    return sum(WEIGHTS.scores(all_buckets([one]))[0, ROLES.index(role)] for one in texts) / UNIT


def over_time(*events, seconds) -> dict[str, list[float | None]]:
    tables = company(visit("a", 0, *events))
    moments = pl.DataFrame({"interaction_id": "a", "as_of": [at(one) for one in seconds]})
    table = learnt(tables, moments)
    return {name.removeprefix("greeting_"): table[name].to_list() for name in table.columns[2:]}


def test_scores_of_a_conversation():
    found = over_time(
        (10, "message", "customer", "tamel orvin"),
        (20, "message", "staff", "shoka?"),
        (30, "message", "customer", "plind"),
        (40, "message", "customer", "tamel orvin"),
        seconds=[5, 10, 20, 30, 40],
    )
    one, two = (score("customer, last", text) for text in ("tamel orvin", "plind"))
    before = [score("customer, earlier", text) for text in ("tamel orvin", "plind")]
    staff = score("staff, last", "shoka?")
    mean = one + (two - one) / (1 + DECAY)
    assert found["customer_text_last"] == [None, one, one, two, one]
    assert found["customer_text_worst"] == [None, one, one, max(one, two), max(one, two)]
    assert found["customer_text_mean"][3] == pytest.approx(mean)
    assert found["customer_text_change"] == [None, None, None, two - one, pytest.approx(one - mean)]
    assert found["staff_text_last"] == [None, None, staff, staff, staff]
    assert found["customer_text_turns_n"] == [None, 1, 1, 2, 3]
    assert found["customer_text_last_words_n"] == [None, 2, 2, 1, 2]
    assert found["staff_text_last_questions_n"] == [None, None, 1, 1, 1]
    assert found["customer_text_repeated_share"][4] == 1
    assert found["customer_text_repeated_share"][:3] == [None] * 3
    assert 0 <= found["customer_text_repeated_share"][3] < 0.2
    total = [
        -1,
        -1 + one,
        -1 + one + staff,
        -1 + two + EARLIER * before[0] + staff,
        -1 + one + EARLIER * before[1] + DECAY * EARLIER * before[0] + staff,
    ]
    assert found["texts_log_odds"] == pytest.approx(total)


def test_texts_at_one_time_are_one_turn():
    """The rows of a table have no order, so none of them is the last."""
    texts = ("tamel", "orvin", "shoka")
    one, other = (
        over_time(*[(10, "message", "customer", text) for text in order], seconds=[10])
        for order in (texts, texts[::-1])
    )
    assert one == other
    assert one["customer_text_last"] == [pytest.approx(score("customer, last", *texts))]
    assert one["customer_text_turns_n"] == [1]


def test_a_manager_is_staff_and_others_are_neither():
    found = over_time(
        (10, "message", "manager", "tamel"), (20, "message", "system", "orvin"), (30, "message", None, "shoka"),
        seconds=[30],
    )  # fmt: skip
    assert found["staff_text_last"] == [score("staff, last", "tamel")]
    assert found["customer_text_last"] == [None]


@pytest.mark.slow
@pytest.mark.parametrize(
    "check",
    [
        checks.check_blind_to_future,
        checks.check_blind_to_order,
        checks.check_blind_to_ids,
        checks.check_blind_to_shifted_time,
        checks.check_blind_to_other_moments,
    ],
)
def test_what_every_feature_must_pass(check):
    tables = simulated()
    check(learnt, tables, random_moments(tables, 200, seed=1))


def test_declared_ranges_hold():
    tables = simulated()
    table = learnt(tables, random_moments(tables, 300, seed=2))
    shares = table["greeting_customer_text_repeated_share"].drop_nulls()
    assert len(shares)
    assert shares.is_between(0, 1).all()


def test_conversations_in_parts_are_conversations_at_once(monkeypatch):
    tables = simulated()
    moments = random_moments(tables, 200, seed=1)
    at_once = learnt(tables, moments)
    monkeypatch.setattr(text_columns, "_TEXTS_AT_ONCE", 7)
    checks.assert_same(at_once, learnt(tables, moments), "the same in parts")


_EVENTS = st.lists(
    st.tuples(
        st.integers(0, 60),
        st.just("message"),
        st.sampled_from(["customer", "staff", "manager", "system"]),
        st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join),
    ),
    max_size=8,
)


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_EVENTS, st.integers(0, 70))
def test_turns_equal_a_plain_reading(events, second):
    """An oracle: plain Python over the events up to the moment."""
    found = over_time(*events, seconds=[second])
    turns: dict[int, list[str]] = {}
    for when, _, who, text in events:
        if when <= second and who == "customer" and text:  # an empty text is none
            turns.setdefault(when, []).append(text)
    scores = [score("customer, last", *turns[when]) for when in sorted(turns)]
    mean, weight = None, 0.0
    for one in scores:
        weight = DECAY * weight + 1
        mean = one if mean is None else mean + (one - mean) / weight
    assert found["customer_text_last"] == [scores[-1] if scores else None]
    assert found["customer_text_worst"] == [max(scores) if scores else None]
    assert found["customer_text_mean"] == [None if mean is None else pytest.approx(mean)]
    assert found["customer_text_turns_n"] == [len(scores) or None]


def test_a_family_without_weights_is_as_before():
    assert with_text_scores([GREETING], None) == (GREETING,)
    other = Family("service", "Time.")
    assert with_text_scores([other], WEIGHTS) == (other,)
