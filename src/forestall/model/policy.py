"""The policy: how many customers can be contacted, what a contact costs and saves, and the bands that follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator, model_validator

from forestall.config import NAME_FORM, Strict
from forestall.errors import UsageError, must_be
from forestall.names import LONGEST

FIRST_SHARE = 0.25
"""The share of a day's contacts that the band `critical` holds."""

BANDS = ("low", "medium", "high", "critical")
"""The names of the bands, from the lowest risks to the highest."""

_LOWEST, _HIGHEST = 0.001, 0.999


class Bands(Strict):
    """The lowest risk of each band above `low`."""

    medium: float = Field(default=0.2, gt=0, lt=1, description="Lowest risk of the band `medium`.")
    high: float = Field(default=0.4, gt=0, lt=1, description="Lowest risk of the band `high`.")
    critical: float = Field(default=0.7, gt=0, lt=1, description="Lowest risk of the band `critical`.")

    def check_rising(self) -> None:
        """Check that each band of `model.yaml` begins above the band below it.

        Bands that follow from a policy may begin at the same risk: then the lower band is empty.

        Raises
        ------
        ValueError
            The thresholds do not rise.
        """
        if not self.medium < self.high < self.critical:
            given = f"{self.medium:g}, {self.high:g} and {self.critical:g}"
            raise ValueError(must_be("'medium', 'high' and 'critical'", "rising risks", given))


class Thresholds(Strict):
    """Thresholds set by hand, which take precedence over those that follow from the policy, and who set them."""

    medium: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Lowest risk of `medium`, instead of the risk at which a contact pays.",
    )
    high: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Lowest risk of `high`, instead of the risk that uses up the capacity.",
    )
    critical: float | None = Field(
        default=None, gt=0, lt=1,
        description="Lowest risk of `critical`, instead of the risk of the first quarter of the contacts.",
    )  # fmt: skip
    set_by: str = Field(default="", description="Who set the thresholds. The model card names them.")

    @model_validator(mode="after")
    def _check_rising(self) -> Self:
        given = [one for one in (self.medium, self.high, self.critical) if one is not None]
        if given != sorted(given):
            raise ValueError("must rise from 'medium' to 'high' to 'critical'")
        return self


class Policy(Strict):
    """How many customers can be contacted, what a contact costs, and what it is assumed to save."""

    capacity_per_day: float = Field(
        allow_inf_nan=False, description="How many customers can be contacted in a day, at least 1."
    )
    cost_per_contact: float = Field(
        ge=0, description="Cost of a contact, in the currency of `customer_value`."
    )
    saved_share: float = Field(
        gt=0, le=1,
        description="Share of the contacted customers who would end dissatisfied and are won back. A number is an "
        "assumption, and reports say so; `measured` takes the lower end from `effect.json` beside `model.yaml`.",
    )  # fmt: skip
    measured: str | None = Field(
        default=None,
        description="Where a measured `saved_share` comes from; set by `saved_share: measured`.",
    )
    customer_value: float = Field(
        gt=0, description="What a customer is worth per year where the column is null."
    )
    experiment: str | None = Field(
        default=None,
        pattern=NAME_FORM,
        max_length=LONGEST,
        description="Name of the experiment that measures what contacts save. Another name draws the arms anew.",
    )
    holdout_share: float = Field(
        default=0.0, ge=0, lt=1,
        description="Share of the customers who are not contacted, so that the effect of contacts can be measured.",
    )  # fmt: skip
    explore_share: float = Field(
        default=0.0, ge=0, lt=1,
        description="Share of the contacts that go to customers below the threshold, to know the effect there.",
    )  # fmt: skip
    thresholds: Thresholds = Field(
        default_factory=Thresholds,
        description="Thresholds set by hand, which take precedence over the policy's.",
    )

    @field_validator("capacity_per_day")
    @classmethod
    def _check_capacity(cls, capacity: float) -> float:
        # A contact list has whole customers, so a list of fewer than one is always empty.
        if capacity < 1:
            do = "for fewer contacts set 1 and schedule the scoring job less often than daily"
            raise ValueError(must_be("the capacity", "at least 1 contact a day", f"{capacity:g}", do=do))
        return capacity

    @model_validator(mode="after")
    def _check_cost(self) -> Self:
        best = self.saved_share * self.customer_value
        if self.cost_per_contact >= best:
            required = f"below saved_share x customer_value = {best:g}"
            do = "else no contact pays"
            raise ValueError(must_be("'cost_per_contact'", required, f"{self.cost_per_contact:g}", do=do))
        return self

    @model_validator(mode="after")
    def _check_experiment(self) -> Self:
        if (self.holdout_share or self.explore_share) and self.experiment is None:
            raise ValueError(
                "'experiment' must be given with 'holdout_share' and 'explore_share'; such as 2026-spring"
            )
        if self.experiment is not None and not self.holdout_share:
            raise ValueError(
                "'holdout_share' must be above 0 in an experiment; without a holdout nothing is measured"
            )
        if self.holdout_share + self.explore_share >= 1:
            raise ValueError("'holdout_share' and 'explore_share' must sum to less than 1")
        return self

    def break_even(self, customer_value: float) -> float:
        """Return the lowest risk at which contacting a customer of that value pays."""
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
    - `high`, the alert threshold, begins at the risk that as many customers of a usual day exceed as can be
      contacted. It is never below `medium`, because a contact that does not pay wastes capacity.
    - `critical` begins where the first quarter of these contacts begins. It is never below `high`.

    A threshold set by hand is kept. The other thresholds move so that none lies above a higher band's.

    Parameters
    ----------
    policy
        The policy.
    plain
        The bands of `model.yaml`, used where the data have no clock and so no usual day.
    risks
        Risks of a usual day's customers, shape (n,), of interactions that the model did not learn from.
    customer_value
        What a typical customer is worth.
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
    return min(max(round(risk, 4), _LOWEST), _HIGHEST)


def bands_of(plain: Bands, info: Mapping[str, Any]) -> Bands:
    """Return the bands of a model: those that follow from its policy, else those of its `model.yaml`."""
    policy = info.get("policy")
    return Bands(**policy["bands"]) if policy else plain


def check_band(name: str | None) -> None:
    """Check a band from which on reasons are wanted.

    Raises
    ------
    UsageError
        There is no such band.
    """
    if name not in (None, *BANDS):
        raise UsageError(must_be("reasons_from", f"{', '.join(BANDS[:-1])} or {BANDS[-1]}", name))


def lowest_risk(bands: Bands, name: str | None) -> float:
    """Return the lowest risk of a band; 0 for None."""
    return 0.0 if name in (None, BANDS[0]) else float(getattr(bands, str(name)))


def banded(risk: npt.NDArray[np.float64], bands: Bands) -> list[str | None]:
    """Return the band of each risk, None where the risk is NaN."""
    names = np.array([*BANDS, None], dtype=object)
    place = np.searchsorted([bands.medium, bands.high, bands.critical], risk, side="right")
    return list(names[np.where(np.isnan(risk), 4, place)])


def worth(policy: Policy | None, customer_value: Any) -> Any:
    """Return the value of each customer, shape (n,): with a policy, the policy's value where the column is NaN."""
    if policy is None:
        return customer_value
    return np.where(np.isnan(customer_value), policy.customer_value, customer_value)
