"""Drawn customers: all their interactions or none, where that is possible."""

from forestall.data import Tables
from forestall.data_report.drawn_customers import drawn_tables
from forestall.simulation import simulate_tables
from made_records import hourly, made, starts


def test_drawn_customers_keep_all_their_interactions():
    frames = simulate_tables(600, seed=1)
    frames.pop("truth")
    tables = Tables(**frames)
    drawn = drawn_tables(tables, 200)
    assert 100 < drawn.interactions.height <= 200
    n = tables.interactions["customer_id"].value_counts()
    kept = drawn.interactions["customer_id"].drop_nulls().value_counts()
    both = kept.join(n, on="customer_id", suffix="_all")
    assert (both["count"] == both["count_all"]).all()
    assert set(drawn.events["interaction_id"]) <= set(drawn.interactions["interaction_id"])


def test_a_customer_with_too_many_interactions_is_passed_over():
    times = hourly(300)
    # 30 customers with 5 interactions each, and one with 150
    who = [f"c{place % 30}" if place < 150 else "everyone" for place in range(300)]
    drawn = drawn_tables(made(starts(*times, customer_id=who)).tables, 120).interactions
    assert drawn["customer_id"].n_unique() == 24
    assert drawn.height == 120
    assert "everyone" not in drawn["customer_id"]


def test_interactions_are_drawn_where_one_customer_has_nearly_all():
    who = ["few", *["everyone"] * 299]
    tables = made(starts(*hourly(300), customer_id=who)).tables
    drawn = drawn_tables(tables, 120).interactions
    assert drawn.height == 120
    assert drawn["customer_id"].to_list().count("few") == 1
    only = made(starts(*hourly(300), customer_id="everyone")).tables
    assert drawn_tables(only, 120).interactions.height == 120
