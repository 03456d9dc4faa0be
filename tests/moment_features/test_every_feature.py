"""Every feature: blind to what it must not see, of its type, in its range, null where unobserved."""

from datetime import timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

import checks
from companies import DAY, companies, company, features_of, frozen_facts, random_moments, simulated, visit
from forestall.data import Tables
from forestall.moment_features import FAMILIES, columns_of, dictionary, feature_table

COLUMNS = columns_of(FAMILIES)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return simulated()


@pytest.fixture(scope="module")
def moments(tables: Tables) -> pl.DataFrame:
    return random_moments(tables, 500, seed=1)


@pytest.fixture(scope="module")
def table(tables: Tables, moments: pl.DataFrame) -> pl.DataFrame:
    return feature_table(tables, moments)


def test_blind_to_the_future(tables, moments):
    """Dropping all that was recorded after a moment changes none of its features."""
    checks.check_blind_to_future(feature_table, tables, moments)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(companies())
def test_blind_to_the_future_in_any_order_of_events(drawn):
    """Nor does it where a process runs in an order that nobody has thought of."""
    checks.check_blind_to_future(feature_table, *drawn, n_times=3)


def test_a_flag_is_yes_or_no_and_a_share_says_so(table):
    """What is neither 0 nor 1 is a share, and has `share` at the end of its name: reasons tell them apart by it."""
    for family in FAMILIES:
        for feature in family.features:
            if feature.is_flag:
                assert set(table[family.column(feature)].drop_nulls()) <= {0, 1}, feature.name


def test_blind_to_the_order_of_rows(tables, moments):
    """Shuffled tables give exactly the same features."""
    checks.check_blind_to_order(feature_table, tables, moments)


def test_blind_to_names(tables, moments):
    """New ids for interactions and customers change nothing."""
    checks.check_blind_to_ids(feature_table, tables, moments)


def test_blind_to_the_names_of_staff(tables, moments, table):
    """New names for staff change the staff's name and nothing else."""
    other = tables.replace(interactions=tables.interactions.with_columns(staff="new " + pl.col("staff")))
    again = feature_table(other, moments)
    checks.assert_same(
        table.drop("service_staff"), again.drop("service_staff"), "blind to the names of staff"
    )
    assert again["service_staff"].equals("new " + table["service_staff"], null_equal=True)


def test_blind_to_shifted_time(tables, moments):
    """The same four weeks later is the same."""
    checks.check_blind_to_shifted_time(feature_table, tables, moments)


def test_blind_to_other_moments(tables, moments):
    """A moment alone has the features that it has among others."""
    checks.check_blind_to_other_moments(feature_table, tables, moments)


@pytest.mark.slow
def test_blind_to_its_own_rating(tables):
    """Neither another rating nor none changes the features of the interaction rated."""
    checks.check_blind_to_own_rating(feature_table, tables)


def test_a_rating_without_a_time_is_no_feature(tables, moments):
    """Ratings whose time is not known are as if they were not there."""
    feedback = tables.feedback.with_columns(
        rated_at=pl.when(pl.int_range(pl.len()) % 2 == 0).then("rated_at")
    )
    known = feedback.filter(pl.col("rated_at").is_not_null())
    left, right = (feature_table(tables.replace(feedback=one), moments) for one in (feedback, known))
    checks.assert_same(left, right, "blind to ratings without a time")


PAST = [
    name
    for name in COLUMNS
    if name.startswith("history_") and name not in ("history_is_known", "history_customer_value")
]


@pytest.mark.parametrize(
    ("kept_whole", "may_differ"),
    [
        (["interaction_id"], [*PAST, *checks.QUEUE]),
        (["customer_id"], [*checks.QUEUE]),
        (["venue", "channel"], PAST),
    ],
    ids=["interaction", "customer", "queue"],
)
def test_blind_to_other_rows(tables, moments, kept_whole, may_differ):
    """What is usual held still, only queue and past come from other rows: of the same queue and customer."""
    facts = frozen_facts(tables, tables.events["at"].max())
    keys = tables.interactions.select(kept_whole).unique(maintain_order=True).sample(fraction=0.3, seed=2)
    interactions = tables.interactions.join(
        keys, on=kept_whole, how="semi", nulls_equal=True, maintain_order="left"
    )
    kept = {
        name: getattr(tables, name).join(interactions, on="interaction_id", how="semi", maintain_order="left")
        for name in ("events", "feedback")
    }
    some = moments.join(interactions, on="interaction_id", how="semi", maintain_order="left")
    assert some.height > 50
    left = feature_table(tables, some, facts=facts)
    right = feature_table(tables.replace(interactions=interactions, **kept), some, facts=facts)
    checks.assert_same(left.drop(may_differ), right.drop(may_differ), "blind to other rows")


def test_the_cutoff_is_at_the_moment(tables):
    """An event at the moment counts, one a microsecond later does not."""
    checks.check_boundary(feature_table, tables)


def test_ratings_of_others_count_from_the_time_at_which_they_came():
    """A rating is a feature of others at its very microsecond and not before."""
    visits = [visit("a", 0, venue="Shop", customer_id="Ann"), visit("b", 10, venue="Shop", customer_id="Ann")]
    shop = company(*visits, ratings=[("a", 2, 500)])
    names = ["expectation_venue_rating", "history_rating_last", "history_rated_n"]
    assert [features_of(shop, "b", 500)[name] for name in names] == [2, 2, 1]
    assert [features_of(shop, "b", 500 - 1e-6)[name] for name in names] == [None, None, 0]


def test_types_and_ranges(table):
    """Every column is of its type, finite and in its declared range."""
    checks.check_types_and_ranges(table)


def test_a_moment_without_events_keeps_its_row():
    """Every moment has its row, in the order asked for: without events, twice, or none at all."""
    shop = company(visit("a", 0), visit("b", 0, (5, "greeted", "staff")))
    moments = pl.DataFrame(
        {"interaction_id": ["b", "a", "b"], "as_of": [shop.interactions["started_at"][0]] * 3}
    )
    table = feature_table(shop, moments)
    assert table["interaction_id"].to_list() == ["b", "a", "b"]
    assert table["resolution_events_n"].to_list() == [0, 0, 0]
    assert feature_table(shop, moments.clear()).columns == table.columns
    assert feature_table(company(visit("a", 0))).height == 1


def test_declarations(tables):
    """Each feature has what a reader, the model and a reason need; the dictionary has each."""
    assert len(COLUMNS) >= 80
    assert [family.name for family in FAMILIES] == [
        "service",
        "quality",
        "greeting",
        "resolution",
        "expectation",
        "history",
    ]
    assert all(name.split("_")[0] in {family.name for family in FAMILIES} for name in COLUMNS)
    assert all(name.isidentifier() and name.islower() for name in COLUMNS)
    wrong = []
    for name, feature in COLUMNS.items():
        is_needed = name not in ("service_standard_s", "service_promise_s")
        if (
            not feature.description
            or feature.direction not in (-1, 0, 1)
            or (is_needed and not feature.reason.strip())
        ):
            wrong.append(name)
        if feature.is_category and feature.direction:
            wrong.append(name)
    assert not wrong
    described = dictionary()
    assert described.filter(pl.col("needs").is_null())["column"].to_list() == list(COLUMNS)
    assert dictionary(FAMILIES)["column"].to_list() == list(COLUMNS)
    assert feature_table(tables).columns[2:] == list(COLUMNS)


# by kind of event, what nothing is known of where the company never records it
UNOBSERVED = {
    "greeted": "greeting_greeted greeting_greet_s greeting_greet_ratio greeting_ignored_s "
    "greeting_by_manager expectation_greeted_vs_venue expectation_venue_greeted_share",
    "hold_started": "service_hold_n service_hold_s service_hold_share service_on_hold",
    "attempted": "service_self_service_n service_self_service_s",
    "human_requested": "service_human_requested service_human_wait_s",
    "abandoned": "service_abandoned",
    "defect": "quality_defect_n quality_defect_s quality_product_defect_share quality_category_defect_share",
    "returned": "quality_return_n quality_product_return_share",
    "refunded": "quality_refund_n quality_refund_share",
    "complained": "quality_complaint_n",
    "issue_raised": "resolution_raised resolution_raised_s",
    "resolved": "resolution_resolved resolution_resolve_s resolution_open_at_end resolution_by_system "
    "resolution_first_contact expectation_venue_resolved_share expectation_channel_resolved_share "
    "expectation_resolve_vs_venue history_unresolved_n history_unresolved_share history_last_unresolved",
    "reopened": "resolution_reopened_n",
    "transferred": "resolution_transfer_n",
    "escalated": "resolution_escalation_n",
    "message": "resolution_customer_messages_n resolution_unanswered_s",
    "informed": "resolution_informed_n resolution_anticipated",
    "delivered": "resolution_delivered",
    "tipped": "resolution_tip expectation_venue_tip_share",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", UNOBSERVED)
def test_what_is_never_recorded_is_null(tables, moments, kind):
    """Where a company never records a kind of event, its features are null and not 0."""
    names = UNOBSERVED[kind].split()
    less = tables.replace(events=tables.events.filter(pl.col("kind") != kind))
    observed = feature_table(less, moments[:100]).select(names).null_count().row(0, named=True)
    assert [name for name, n in observed.items() if n < 100] == []


def test_what_is_recorded_is_known_somewhere(table):
    """No feature is null throughout a company that records all."""
    empty = {name for name in COLUMNS if table[name].null_count() == table.height}
    # the simulated company delivers nothing, and so small a one cannot tell where rudeness is the act
    assert empty <= {"resolution_delivered", "expectation_manner_for_style"}


def test_nothing_is_read_out_of_silence():
    """In a company that records only a kind of its own, all is null but clock, names and counts."""
    quiet = company(
        *(
            visit(
                name, 0, (10, "noted"), venue="Shop", channel="phone", product="Pen", product_category="ink"
            )
            for name in "ab"
        )
    )
    row = features_of(quiet, "a", 100)
    observed = """
        service_wait_s service_wait_ratio service_wait_over_s service_wait_breached service_is_waiting
        service_standard_s service_total_s service_silence_s service_staff_silence_s service_queue_n
        service_start_hour service_start_weekday quality_product quality_product_category greeting_served_first_n
        resolution_response_s resolution_response_ratio resolution_attended_s resolution_out_of_order_n
        resolution_events_n expectation_venue expectation_channel history_is_known
    """
    assert {name for name in COLUMNS if row[name] is not None} - set(observed.split()) == set()


def test_a_kind_is_unobserved_until_the_company_first_records_it():
    """Until the first greeting anywhere, not being greeted says nothing."""
    shop = company(visit("a", 0), visit("b", 0, (50, "greeted", "staff")))
    assert features_of(shop, "a", 49)["greeting_greeted"] is None
    assert features_of(shop, "a", 50)["greeting_greeted"] == 0


def test_silence_is_never_good_news(tables):
    """As time passes with no event, what speaks for risk never falls, what speaks against never rises."""
    ends = tables.events["at"].unique().sort()
    now = ends[len(ends) // 2]
    quiet = checks.known_by(tables, now)
    waits = [timedelta(0), timedelta(seconds=1), timedelta(minutes=5), timedelta(hours=3), timedelta(days=40)]
    states = [
        feature_table(quiet, quiet.interactions.select("interaction_id", as_of=pl.lit(now + wait)))
        for wait in waits
    ]
    wrong = set()
    for before, after in pairwise(states):
        for name, feature in COLUMNS.items():
            if feature.direction:
                change = (after[name] - before[name]) * feature.direction
                wrong |= (
                    {name}
                    if (change < 0).any() or (before[name].is_not_null() & after[name].is_null()).any()
                    else set()
                )
        is_waiting = before["service_is_waiting"] == 1
        assert (after["service_wait_s"] > before["service_wait_s"]).filter(is_waiting).all()
    assert not wrong


def test_a_customer_who_waits_has_waited_until_now():
    """A wait that nobody has ended grows with the clock, day after day."""
    shop = company(visit("a", 0, (0, "arrived", "customer")))
    assert [features_of(shop, "a", second)["service_wait_s"] for second in (0, 30, DAY)] == [0, 30, DAY]
