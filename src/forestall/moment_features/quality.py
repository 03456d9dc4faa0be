"""Quality: the product, and what its failures cost."""

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
# External failure cost: what it costs to put right what has reached the customer.
_COST = amount("defect") + amount("returned") + amount("refunded")
_PRICE_RATIO = log_ratio(_PRICE, Usual("product_category", "price"))
_AGE_DAYS = days(AS_OF - Own("purchased_at"))

_PUT_RIGHT = smallest(
    *(only_if(time >= First("defect"), time) for time in (First("resolved"), First("refunded")))
)

QUALITY = Family(
    "quality",
    "The product, and what its failures cost.",
    [
        Feature("defect_n", recorded(Count("defect"), "defect"), "Defects so far.", +1, "{value} {defect|defects} so far", low=0),
        Feature("return_n", recorded(Count("returned"), "returned"), "Returns so far.", reason="{value} {return|returns} so far", low=0),
        Feature("refund_n", recorded(Count("refunded"), "refunded"), "Refunds so far.", reason="{value} {refund|refunds} so far", low=0),
        Feature("complaint_n", recorded(Count("complained"), "complained"), "Complaints so far.", +1,
                "{value} {complaint|complaints} so far", low=0),
        Feature("failure_cost", recorded(_COST, "defect", "returned", "refunded"), "External failure cost so far.",
                reason="failures have cost {value}", low=0),
        Feature("failure_cost_ratio", recorded(ratio(_COST, _PRICE), "defect", "returned", "refunded"),
                "External failure cost over the price.", reason="failures have cost {value} times the price", low=0),
        Feature("refund_share", recorded(ratio(amount("refunded"), _PRICE), "refunded"), "Share of the price refunded.",
                reason="{value} of the price is refunded", low=0),
        Feature("defect_s", elapsed(First("defect"), _PUT_RIGHT),
                "Seconds with a defect not put right, up to now.", +1, "{value} with a defect", low=0),
        Feature("product_defect_share", recorded(Usual("product", "defect_share"), "defect"), "Defects per interaction about the product so far.",
                reason="defects in {value} of the contacts about this product", low=0),
        Feature("product_return_share", recorded(Usual("product", "return_share"), "returned"), "Returns per interaction about the product so far.",
                reason="this product is returned in {value} of contacts", low=0),
        Feature("product_failure_cost", recorded(Usual("product", "failure_cost"), "defect", "returned", "refunded"),
                "External failure cost per interaction about the product so far.",
                reason="failures of this product cost {value} per contact", low=0),
        Feature("product_rating", Usual("product", "rating"), "Mean rating with the product so far.",
                reason="interactions about this product are rated {value}"),
        Feature("category_defect_share", recorded(Usual("product_category", "defect_share"), "defect"),
                "Defects per interaction in the product's category so far.",
                reason="defects in {value} of the contacts in this category", low=0),
        Feature("category_failure_cost", recorded(Usual("product_category", "failure_cost"), "defect", "returned", "refunded"),
                "External failure cost per interaction in the category so far.",
                reason="failures in this category cost {value} per contact", low=0),
        Feature("category_rating", Usual("product_category", "rating"), "Mean rating with the product's category so far.",
                reason="interactions in this category are rated {value}"),
        Feature("age_days", _AGE_DAYS, "Days since the product was bought.", reason="the product is {value} old"),
        Feature("price", _PRICE, "Price of the product.", reason="a price of {value}", low=0),
        Feature("price_ratio", _PRICE_RATIO, "Price against the category's mean, log ratio.",
                reason="the price is {value} times its category's", is_log=True),
        Feature("is_commodity", flag(_COMMODITY), "Whether the product can be had anywhere.",
                reason="can be had anywhere", low=0, high=1),
        Feature("commodity_price_ratio", case((_COMMODITY, _PRICE_RATIO), (~_COMMODITY, 0.0)),
                "Price against the category's, for what can be had anywhere; 0 for what can not.",
                reason="for what can be had anywhere, {value} times the category's price", is_log=True),
        Feature("product", text("product"), "The product.", is_category=True, reason="about {value}"),
        Feature("product_category", text("product_category"), "The product's category.", is_category=True,
                reason="about {value}"),
    ],
)  # fmt: skip
