"""Quality: the product, and the cost of its failures."""

from __future__ import annotations

from forestall.moment_features.event_columns import Count, First
from forestall.moment_features.family import Family, Feature
from forestall.moment_features.operations import Kind
from forestall.moment_features.shared_terms import (
    AS_OF,
    amount,
    days,
    elapsed,
    log_ratio,
    ratio,
    recorded,
    text,
)
from forestall.moment_features.state_columns import Own, Usual
from forestall.moment_features.terms import case, flag, only_if, smallest

_PRICE = Own("price")
_COMMODITY = Own("is_commodity", Kind.TRUTH)
# External failure cost: the cost of failures that have reached the customer.
_COST = amount("defect") + amount("returned") + amount("refunded")
_PRICE_RATIO = log_ratio(_PRICE, Usual("product_category", "price"))
_AGE_DAYS = days(AS_OF - Own("purchased_at"))

_PUT_RIGHT = smallest(
    *(only_if(time >= First("defect"), time) for time in (First("resolved"), First("refunded")))
)

QUALITY = Family(
    "quality",
    "The product, and the cost of its failures.",
    [
        Feature("defect_n", recorded(Count("defect"), "defect"), "Number of defects so far.", +1, "{value} {defect|defects} so far", low=0),
        Feature("return_n", recorded(Count("returned"), "returned"), "Number of returns so far.", reason="{value} {return|returns} so far", low=0),
        Feature("refund_n", recorded(Count("refunded"), "refunded"), "Number of refunds so far.", reason="{value} {refund|refunds} so far", low=0),
        Feature("complaint_n", recorded(Count("complained"), "complained"), "Number of complaints so far.", +1,
                "{value} {complaint|complaints} so far", low=0),
        Feature("failure_cost", recorded(_COST, "defect", "returned", "refunded"), "External failure cost so far.",
                reason="failures have cost {value}", low=0),
        Feature("failure_cost_ratio", recorded(ratio(_COST, _PRICE), "defect", "returned", "refunded"),
                "External failure cost so far, divided by the price.", reason="failures have cost {value} times the price", low=0),
        Feature("refund_share", recorded(ratio(amount("refunded"), _PRICE), "refunded"), "Share of the price refunded.",
                reason="{value} of the price is refunded", low=0),
        Feature("defect_s", elapsed(First("defect"), _PUT_RIGHT),
                "Seconds from the first defect until resolved or refunded, or until the moment.", +1, "{value} with a defect", low=0),
        Feature("product_defect_share", recorded(Usual("product", "defect_share"), "defect"), "Defects per interaction about this product.",
                reason="defects in {value} of the contacts about this product", low=0),
        Feature("product_return_share", recorded(Usual("product", "return_share"), "returned"), "Returns per interaction about this product.",
                reason="this product is returned in {value} of contacts", low=0),
        Feature("product_failure_cost", recorded(Usual("product", "failure_cost"), "defect", "returned", "refunded"),
                "External failure cost per interaction about this product.",
                reason="failures of this product cost {value} per contact", low=0),
        Feature("product_rating", Usual("product", "rating"), "Mean rating of interactions about this product.",
                reason="interactions about this product are rated {value}"),
        Feature("category_defect_share", recorded(Usual("product_category", "defect_share"), "defect"),
                "Defects per interaction about this category.",
                reason="defects in {value} of the contacts in this category", low=0),
        Feature("category_failure_cost", recorded(Usual("product_category", "failure_cost"), "defect", "returned", "refunded"),
                "External failure cost per interaction about this category.",
                reason="failures in this category cost {value} per contact", low=0),
        Feature("category_rating", Usual("product_category", "rating"), "Mean rating of interactions about this category.",
                reason="interactions in this category are rated {value}"),
        Feature("age_days", _AGE_DAYS, "Days since the product was bought.", reason="the product is {value} old"),
        Feature("price", _PRICE, "Price of the product.", reason="a price of {value}", low=0),
        Feature("price_ratio", _PRICE_RATIO, "Log ratio of the price to the mean price of the category.",
                reason="the price is {value} times its category's", is_log=True),
        Feature("is_commodity", flag(_COMMODITY), "Whether the product is available anywhere, so that customers compare prices.",
                reason="can be had anywhere", low=0, high=1),
        Feature("commodity_price_ratio", case((_COMMODITY, _PRICE_RATIO), (~_COMMODITY, 0.0)),
                "Log ratio of the price to the mean price of the category for a commodity; 0 for other products.",
                reason="for what can be had anywhere, {value} times the category's price", is_log=True),
        Feature("product", text("product"), "The product.", is_category=True, reason="about {value}"),
        Feature("product_category", text("product_category"), "The product's category.", is_category=True,
                reason="about {value}"),
    ],
)  # fmt: skip
