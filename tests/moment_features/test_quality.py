"""Quality: hand examples of defects and what they cost, the product's record, its age and price."""

import math

import pytest

from companies import DAY, assert_over_time, company, features_of, picked, visit

# second  what               cost
RETURN = visit(
    "a", 0,
    (100, "defect", "customer", 5.10),
    (200, "complained", "customer"),
    (300, "returned", "customer", 7.25),
    (400, "refunded", "staff", 30.0),
    (500, "defect", "customer"),
    product="Pen", product_category="ink", price=40.0, is_commodity=True, purchased_at=-2 * DAY,
)  # fmt: skip


def test_failures_and_what_they_cost():
    """Defects, returns, refunds and complaints count as they come; their values add up to a cost."""
    expected = {
        "defect_n": [None, 1, 1, 2],
        "return_n": [None, None, 1, 1],
        "refund_n": [None, None, None, 1],
        "complaint_n": [None, None, 1, 1],
        "failure_cost": [None, 5.1, 12.35, 42.35],
        "failure_cost_ratio": [None, 5.1 / 40, 12.35 / 40, 42.35 / 40],
        "refund_share": [None, None, None, 0.75],
    }
    assert_over_time(company(RETURN), "a", "quality", [99, 100, 300, 600], expected)


def test_a_defect_lasts_until_it_is_put_right():
    """From the first defect until the refund, or until now."""
    assert_over_time(
        company(RETURN), "a", "quality", [99, 250, 400, 450], {"defect_s": [None, 150, 300, 300]}
    )


def test_a_defect_after_a_resolution_is_not_put_right_by_it():
    """What was resolved before the product broke has put nothing right."""
    shop = company(visit("a", 0, (10, "resolved", "staff"), (100, "defect", "customer")))
    assert features_of(shop, "a", 160)["quality_defect_s"] == 60


def test_cents_are_whole_numbers():
    """Ten times ten cents is one unit exactly."""
    shop = company(visit("a", 0, *((i, "returned", "customer", 0.1) for i in range(10)), price=1.0))
    assert features_of(shop, "a", 20)["quality_failure_cost"] == 1.0


def test_the_record_of_product_and_category_without_oneself():
    """A product's share of defects is drawn to the company's as by twenty interactions, itself left out."""
    # others: one about the pen, with a defect of 8.00; one about other ink, without
    shop = company(
        RETURN,
        visit("b", 0, (50, "defect", "customer", 8.0), product="Pen", product_category="ink"),
        visit("c", 0, product="Pot", product_category="ink"),
        ratings=[("b", 1, 900), ("c", 5, 950)],
    )
    row = features_of(shop, "a", 1000)
    expected = {
        "product_defect_share": (1 + 20 * 0.5) / 21, "category_defect_share": (1 + 20 * 0.5) / 22,
        "product_failure_cost": (8 + 20 * 4) / 21, "category_failure_cost": (8 + 20 * 4) / 22,
        "product_return_share": 0, "product_rating": (1 + 20 * 3) / 21, "category_rating": 3,
    }  # fmt: skip
    assert picked(row, "quality", expected) == pytest.approx(expected)
    assert features_of(shop, "a", 49)["quality_product_defect_share"] is None


def test_age_and_price():
    """Age since purchase until now; price against the category's mean, also for commodities alone."""
    shop = company(
        RETURN,
        visit("b", 0, product_category="ink", price=20.0, is_commodity=False),
        visit("c", 0, product_category="ink", price=30.0),
    )
    against = math.log((40 + 1) / (25 + 1))
    row = features_of(shop, "a", DAY)
    expected = {
        "age_days": 3,
        "price": 40,
        "price_ratio": against,
        "is_commodity": 1,
        "commodity_price_ratio": against,
    }
    assert picked(row, "quality", expected) == pytest.approx(expected)
    assert picked(row, "quality", ["product", "product_category"]) == {
        "product": "Pen",
        "product_category": "ink",
    }
    assert features_of(shop, "b", DAY)["quality_commodity_price_ratio"] == 0
    gaps = ["age_days", "is_commodity", "commodity_price_ratio"]
    assert set(picked(features_of(shop, "c", DAY), "quality", gaps).values()) == {None}
