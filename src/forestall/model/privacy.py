"""What a model and its run may hold of people: the section `privacy` of `model.yaml`."""

from __future__ import annotations

from pydantic import Field

from forestall.config import Strict

LEAST_CUSTOMERS = 20


class Privacy(Strict):
    """What the package and the run may hold of customers and staff."""

    least_customers: int = Field(
        default=LEAST_CUSTOMERS,
        ge=1,
        description="Fewest distinct customers from whom a category, a learnt fact or an encoding is learnt. "
        "With fewer, the category counts as an average one, and neither its name nor its facts are stored. "
        "An interaction without `customer_id` is a customer of its own.",
    )
    staff: bool = Field(
        default=False,
        description="Whether the agent or team that serves is a feature. Their names are stored as salted hashes.",
    )
