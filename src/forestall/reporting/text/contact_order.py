"""The effect of a contact and the order of contacts that follows from it, in sentences and as a table."""

from __future__ import annotations

import math

from forestall.evaluation.effects.contact_order import ContactOrder
from forestall.evaluation.effects.estimates import Estimate
from forestall.reporting.charts.chart import Table
from forestall.reporting.text.formats import (
    UNDEFINED,
    amount,
    enumeration,
    number,
    number_range,
    percent,
    points,
)


def verdict(order: ContactOrder | None) -> str:
    """Return by what contact lists are ordered and why; empty if the effect was not learnt."""
    if order is None:
        return ""
    if order.objections:
        return f"Contact lists stay ordered by risk × customer value. {' '.join(order.objections)}"
    gain = order.gain
    figures = (
        f"For each customer offered it saves {_money(gain.value)} more than risk × customer value (95\u00a0% interval "
        f"{_money(gain.low)} to {_money(gain.high)}), on {number(order.n)} customers that the model had not learnt "
        "from, if a twentieth to a half of them can be contacted"
    )
    if order.passed:
        return f"Contact lists are ordered by customer value × effect. {figures}."
    return (
        "Contact lists stay ordered by risk × customer value: it is not shown, beyond sampling noise, that an order by "
        f"effect saves more. {figures}."
    )


def effect(order: ContactOrder | None) -> str:
    """Return the mean effect, and how much of it differs; empty if the effect was not learnt."""
    if order is None:
        return ""
    differs = (
        "That customers differ in it, beyond their risk, is not shown."
        if order.trust == 0
        else "Its Qini coefficient (0: a random order), on customers that the model had not learnt from, is "
        f"{number(order.qini.value, 4)} (95\u00a0% interval {number_range(order.qini.low, order.qini.high, 4)})."
    )
    return (
        f"Being assigned to a contact changes the risk by {_interval(order.effect)} percentage points on average, from "
        f"{number(order.n_contacted)} contacted and {number(order.n_held_out)} held-out customers. {differs}"
    )


def sleeping_dogs(order: ContactOrder | None) -> str:
    """Return whom a contact makes unhappier; empty if nobody, or if the effect was not learnt."""
    if order is None or order.sleeping is None:
        return ""
    found = order.sleeping
    text = (
        f"A contact is predicted to make {percent(found.share, 1)} of the customers unhappier (sleeping dogs), by "
        f"{points(found.predicted)} percentage points; the experiment shows {_interval(found.observed)}."
    )
    if found.marks:
        marks = [
            f"{value} ({percent(own)} of them, {percent(other)} of the others)"
            for _, value, own, other in found.marks
        ]
        text += f" More often than others they have {enumeration(marks)}."
    return text + (" They are never on a contact list." if order.passed else "")


def groups(order: ContactOrder | None) -> Table | None:
    """Return the calibration of the effect: groups of customers by their predicted effect; None without one."""
    if order is None:
        return None
    rows = [
        [
            str(place),
            number(one.n),
            points(one.predicted),
            points(one.observed.value),
            UNDEFINED
            if math.isnan(one.observed.low)
            else f"{points(one.observed.low)} to {points(one.observed.high)}",
        ]
        for place, one in enumerate(order.groups, start=1)
    ]
    heads = ["group, most helped first", "customers", "predicted effect", "observed effect", "95 % interval"]
    return Table(heads, rows)


def _interval(one: Estimate) -> str:
    if math.isnan(one.value):
        return UNDEFINED
    return f"{points(one.value)} ({points(one.low)} to {points(one.high)})"


def _money(value: float) -> str:
    return UNDEFINED if math.isnan(value) else amount(value) if abs(value) >= 10 else f"{value:.2f}"
