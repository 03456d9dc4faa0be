"""Quality: the product, and what its failures cost."""

from __future__ import annotations

import polars as pl

from forestall.features.family import Family, Feature
from forestall.features.terms import (
    AS_OF,
    amount,
    days,
    earliest,
    elapsed,
    first,
    flag,
    log_ratio,
    n,
    ratio,
    recorded,
    usual,
)

_PRICE = pl.col("price")
_COMMODITY = flag(pl.col("is_commodity"))
# External failure cost: what it costs to put right what has reached the customer.
_COST = amount("defect") + amount("returned") + amount("refunded")
_PRICE_RATIO = log_ratio(_PRICE, usual("product_category", "price"))
_AGE_DAYS = days(AS_OF - pl.col("purchased_at"))

_PUT_RIGHT = earliest(
    *(pl.when(time >= first("defect")).then(time) for time in (first("resolved"), first("refunded")))
)

QUALITY = Family(
    "quality",
    "The product, and what its failures cost.",
    [
        Feature("defect_n", recorded(n("defect"), "defect"), "Defects so far.", +1, "{value} {defect|defects} so far", low=0),
        Feature("return_n", recorded(n("returned"), "returned"), "Returns so far.", reason="{value} {return|returns} so far", low=0),
        Feature("refund_n", recorded(n("refunded"), "refunded"), "Refunds so far.", reason="{value} {refund|refunds} so far", low=0),
        Feature("complaint_n", recorded(n("complained"), "complained"), "Complaints so far.", +1,
                "{value} {complaint|complaints} so far", low=0),
        Feature("failure_cost", recorded(_COST, "defect", "returned", "refunded"), "External failure cost so far.",
                reason="failures have cost {value}", low=0),
        Feature("failure_cost_ratio", recorded(ratio(_COST, _PRICE), "defect", "returned", "refunded"),
                "External failure cost over the price.", reason="failures have cost {value} times the price", low=0),
        Feature("refund_share", recorded(ratio(amount("refunded"), _PRICE), "refunded"), "Share of the price refunded.",
                reason="{value} of the price is refunded", low=0),
        Feature("defect_s", elapsed(first("defect"), _PUT_RIGHT),
                "Seconds with a defect not put right, up to now.", +1, "{value} with a defect", low=0),
        Feature("product_defect_share", recorded(usual("product", "defect_share"), "defect"), "Defects per interaction about the product so far.",
                reason="defects in {value} of the contacts about this product", low=0),
        Feature("product_return_share", recorded(usual("product", "return_share"), "returned"), "Returns per interaction about the product so far.",
                reason="this product is returned in {value} of contacts", low=0),
        Feature("product_failure_cost", recorded(usual("product", "failure_cost"), "defect", "returned", "refunded"),
                "External failure cost per interaction about the product so far.",
                reason="failures of this product cost {value} per contact", low=0),
        Feature("product_rating", usual("product", "rating"), "Mean rating with the product so far.",
                reason="interactions about this product are rated {value}"),
        Feature("category_defect_share", recorded(usual("product_category", "defect_share"), "defect"),
                "Defects per interaction in the product's category so far.",
                reason="defects in {value} of the contacts in this category", low=0),
        Feature("category_failure_cost", recorded(usual("product_category", "failure_cost"), "defect", "returned", "refunded"),
                "External failure cost per interaction in the category so far.",
                reason="failures in this category cost {value} per contact", low=0),
        Feature("category_rating", usual("product_category", "rating"), "Mean rating with the product's category so far.",
                reason="interactions in this category are rated {value}"),
        Feature("age_days", _AGE_DAYS, "Days since the product was bought.", reason="the product is {value} old"),
        Feature("price", _PRICE, "Price of the product.", reason="a price of {value}", low=0),
        Feature("price_ratio", _PRICE_RATIO, "Price against the category's mean, log ratio.",
                reason="the price is {value} times its category's", is_log=True),
        Feature("is_commodity", _COMMODITY, "Whether the product can be had anywhere.",
                reason="can be had anywhere", low=0, high=1),
        Feature("commodity_price_ratio", pl.when(_COMMODITY == 1).then(_PRICE_RATIO).when(_COMMODITY == 0).then(0.0),
                "Price against the category's, for what can be had anywhere; 0 for what can not.",
                reason="for what can be had anywhere, {value} times the category's price", is_log=True),
        Feature("product", pl.col("product"), "The product.", is_category=True, reason="about {value}"),
        Feature("product_category", pl.col("product_category"), "The product's category.", is_category=True,
                reason="about {value}"),
    ],
)  # fmt: skip
