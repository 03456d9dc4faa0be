"""Sentences on the expected saving under a contact policy."""

from __future__ import annotations

import math

from forestall.evaluation.evaluation import Evaluation
from forestall.reporting.text.formats import amount, given_percent, percent


def saving(evaluation: Evaluation) -> str:
    """Return the expected saving and its assumption; empty without a policy."""
    found = evaluation.value
    if found is None:
        return ""
    saved = given_percent(found.saved_share)
    if not found.contacts_per_day:
        how = "measured" if found.measured else "assumed"
        return f"If {saved} of the contacted dissatisfied customers are saved ({how}), no contact pays off."
    basis = (
        f"This uses the measured share of {saved} of the contacted dissatisfied customers who are saved "
        f"({found.measured})."
        if found.measured
        else f"This assumes that {saved} of the contacted dissatisfied customers are saved, which these data do not "
        "measure."
    )
    return (
        f"With a capacity of {amount(found.capacity_per_day)} contacts a day at a cost of "
        f"{amount(found.cost_per_contact)} each, {amount(found.contacts_per_day)} contacts a day pay off and save "
        f"{amount(found.saving_per_day)} a day. {basis}"
    )


def saving_details(evaluation: Evaluation) -> str:
    """Return random contacts, the break-even share and the saving by known outcomes; empty if no contact pays."""
    found = evaluation.value
    if found is None or not found.contacts_per_day:
        return ""
    text = (
        f"The same number of random contacts saves {amount(found.random_per_day)} a day. The contacts break even if "
        f"{percent(found.least_saved_share)} are saved. Customers count with their annual value, or with "
        f"{amount(found.customer_value)} if it is unknown."
    )
    if math.isnan(found.counted_low):
        return text
    interval = f"{amount(found.counted_low)} to {amount(found.counted_high)}"
    return text + (
        f" Computed from the {amount(found.n_rated)} contacts with a known outcome, the saving is "
        f"{amount(found.counted_per_day)} a day (95\u00a0% interval {interval})."
    )
