"""What a company can do about a risk, and what it is worth: the policy, and the bands that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from forestall.config import Strict

FIRST_SHARE = 0.25
"""The share of a day's contacts that goes to those who come first: the band `critical`."""

_LEAST, _MOST = 0.001, 0.999


def _check_rising(*thresholds: float | None) -> None:
    given = [one for one in thresholds if one is not None]
    if given != sorted(given):
        raise ValueError(
            f"must rise from 'medium' to 'high' to 'critical'; they are {', '.join(f'{one:g}' for one in given)}"
        )


class Bands(Strict):
    """The lowest risk of each band above `low`."""

    medium: float = Field(default=0.2, gt=0, lt=1)
    high: float = Field(default=0.4, gt=0, lt=1)
    critical: float = Field(default=0.7, gt=0, lt=1)

    @model_validator(mode="after")
    def _check_rising(self) -> Self:
        _check_rising(self.medium, self.high, self.critical)
        return self


class Thresholds(Strict):
    """Bands set by hand, which come before those that follow from the policy, and who set them."""

    medium: float | None = Field(default=None, gt=0, lt=1)
    high: float | None = Field(default=None, gt=0, lt=1)
    critical: float | None = Field(default=None, gt=0, lt=1)
    set_by: str = ""

    @model_validator(mode="after")
    def _check_rising(self) -> Self:
        _check_rising(self.medium, self.high, self.critical)
        return self


class Policy(Strict):
    """What can be done a day, what it costs, and what it is hoped to bring.

    Parameters
    ----------
    capacity_per_day
        How many customers can be contacted in a day, at least 1: a list of a part of a customer would stay empty.
    cost_per_contact
        In the currency of `customer_value`.
    saved_share
        Of the customers contacted who would end dissatisfied, the share that is won back. An assumption: nothing in
        the data measures it, and it is shown as an assumption wherever it is used.
    customer_value
        What a customer is worth a year where the column is null.
    thresholds
        Bands set by hand.
    """

    capacity_per_day: float = Field(ge=1)
    cost_per_contact: float = Field(ge=0)
    saved_share: float = Field(gt=0, le=1)
    customer_value: float = Field(gt=0)
    thresholds: Thresholds = Field(default_factory=Thresholds)

    @model_validator(mode="after")
    def _can_pay(self) -> Self:
        best = self.saved_share * self.customer_value
        if self.cost_per_contact >= best:
            raise ValueError(
                f"'cost_per_contact' must be below saved_share x customer_value = {best:g}; else no contact can pay"
            )
        return self

    def break_even(self, customer_value: float) -> float:
        """Return the risk from which on contacting a customer of that value pays."""
        return self.cost_per_contact / (self.saved_share * customer_value)


def bands_by_policy(
    policy: Policy,
    plain: Bands,
    risks: npt.NDArray[np.float64],
    customer_value: float,
    capacity_share: float | None,
) -> Bands:
    """Return the bands that follow from a policy.

    - `medium` begins where contacting a typical customer pays: cost / (saved share x value).
    - `high`, the alert threshold, begins at the risk above which lie as many customers of a usual day as can be
      contacted; never below `medium`, since a contact that does not pay is no use of the capacity.
    - `critical` begins where the first quarter of these contacts lies; never below `high`.

    A threshold set by hand stays as it is, and the others give way to it.

    Parameters
    ----------
    policy, plain
        The policy, and the bands of `model.yaml`, which count where no day is known.
    risks
        (n,) risks of a usual day's customers, of rows not learnt from.
    customer_value
        Of a typical customer.
    capacity_share
        The share of a day's customers that can be contacted; None without a clock.
    """
    hand = policy.thresholds
    known = risks[~np.isnan(risks)]
    high, critical = plain.high, plain.critical
    if capacity_share is not None and len(known):
        share = min(capacity_share, 1.0)
        high, critical = (float(np.quantile(known, 1 - share * part)) for part in (1.0, FIRST_SHARE))
    first = _clip(policy.break_even(customer_value)) if hand.medium is None else hand.medium
    second = _clip(max(high, first)) if hand.high is None else hand.high
    third = _clip(max(critical, second)) if hand.critical is None else hand.critical
    if hand.high is None:
        second = min(second, third)
    if hand.medium is None:
        first = min(first, second)
    return Bands(medium=first, high=second, critical=third)


def _clip(risk: float) -> float:
    return min(max(round(risk, 4), _LEAST), _MOST)


def bands_of(plain: Bands, info: Mapping[str, Any]) -> Bands:
    """Return the bands of a model: those that follow from its policy, else those of its `model.yaml`."""
    settled = info.get("policy")
    return Bands(**settled["bands"]) if settled else plain


def banded(risk: npt.NDArray[np.float64], bands: Bands) -> list[str | None]:
    """Return the band of each risk; None where there is none."""
    names = np.array(["low", "medium", "high", "critical", None], dtype=object)
    place = np.searchsorted([bands.medium, bands.high, bands.critical], risk, side="right")
    return list(names[np.where(np.isnan(risk), 4, place)])


def worth(policy: Policy | None, customer_value: Any) -> Any:
    """Return what customers are worth, (n,): with a policy, its value where the column is null (NaN)."""
    if policy is None:
        return customer_value
    return np.where(np.isnan(customer_value), policy.customer_value, customer_value)
