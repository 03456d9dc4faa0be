"""The measured effects of an experiment, as the report and JSON show them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from forestall.evaluation.effects.confidence_sequence import Look
from forestall.evaluation.effects.design_checks import DesignCheck
from forestall.evaluation.effects.estimates import Estimate
from forestall.evaluation.effects.lee_bounds import LeeBounds
from forestall.evaluation.effects.segment_effects import SegmentEffect

FIXED, SEQUENCE = "fixed interval", "confidence sequence"


@dataclass(frozen=True)
class OutcomeEffect:
    """The effect of a contact on one outcome.

    Parameters
    ----------
    name, title, is_bad, is_amount
        See `outcomes.Outcome`.
    n, n_waiting
        The units with a known outcome, and those whose horizon is not over.
    n_by_arm, mean_by_arm
        The units with a known outcome by arm, and their plain mean.
    intention_to_treat
        The effect of being assigned to a contact, with the fixed interval.
    unadjusted
        The same as a plain comparison of the arms.
    complier_effect
        The effect on those who are reached.
    saved_share, saved_share_sequence
        The share of the bad outcomes that the assignment prevents, with the fixed interval and with the confidence
        sequence; not defined for good outcomes.
    looks
        The effect as it was seen day by day; the last one is that of today.
    bounds
        Lee's bounds where some customers did not rate.
    response
        The effect on the share of customers who rate; not defined where all outcomes are known.
    segments
        The effect by segment.
    decides
        Which interval decides: `fixed interval` or `confidence sequence`.
    """

    name: str
    title: str
    is_bad: bool
    is_amount: bool
    n: int
    n_waiting: int
    n_by_arm: dict[str, int]
    mean_by_arm: dict[str, float]
    intention_to_treat: Estimate
    unadjusted: Estimate
    complier_effect: Estimate
    saved_share: Estimate
    saved_share_sequence: Estimate
    looks: Sequence[Look]
    bounds: LeeBounds | None
    response: Estimate
    segments: Sequence[SegmentEffect]
    decides: str

    @property
    def changes_who_rates(self) -> bool:
        """Whether a contact changes who rates, beyond chance: then the bounds decide."""
        return self.response.excludes_zero

    @property
    def deciding_interval(self) -> tuple[float, float]:
        """The ends of the interval that decides; NaN before the first look."""
        if self.changes_who_rates and self.bounds is not None:
            return self.bounds.low, self.bounds.high
        if self.decides == FIXED:
            return self.intention_to_treat.low, self.intention_to_treat.high
        return (self.looks[-1].low, self.looks[-1].high) if self.looks else (float("nan"), float("nan"))

    @property
    def verdict(self) -> str:
        """`helps`, `harms`, `not shown`, or `too early` before the first look."""
        low, high = self.deciding_interval
        if math.isnan(low) or math.isnan(high):
            return "too early"
        if low <= 0 <= high:
            return "not shown"
        return "helps" if (high < 0) == self.is_bad else "harms"

    def to_dict(self) -> dict[str, Any]:
        """Return the effect as JSON shows it."""
        last = self.looks[-1] if self.looks else None
        low, high = self.deciding_interval
        return {
            "title": self.title,
            "better": "lower" if self.is_bad else "higher",
            "n": self.n,
            "n_waiting": self.n_waiting,
            "n_by_arm": self.n_by_arm,
            "mean_by_arm": self.mean_by_arm,
            "intention_to_treat": asdict(self.intention_to_treat),
            "unadjusted": asdict(self.unadjusted),
            "complier_effect": asdict(self.complier_effect),
            "saved_share": asdict(self.saved_share),
            "saved_share_sequence": asdict(self.saved_share_sequence),
            "confidence_sequence": None
            if last is None
            else {"low": last.low, "high": last.high, "n": last.n},
            "looks": [asdict(one) for one in self.looks],
            "response": asdict(self.response),
            "changes_who_rates": self.changes_who_rates,
            "lee_bounds": None if self.bounds is None else asdict(self.bounds),
            "segments": [asdict(one) for one in self.segments],
            "decides": "Lee bounds" if self.changes_who_rates and self.bounds else self.decides,
            "deciding_interval": {"low": low, "high": high},
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class ExperimentEffect:
    """What an experiment shows.

    Parameters
    ----------
    experiment
        Its name.
    begins, ends
        The first and the last assignment, ISO 8601.
    as_of
        The end of the records, ISO 8601.
    label
        The definition of dissatisfied, in words.
    main
        The outcome of the label: it decides about the saved share.
    n_entries, n_units, n_by_arm
        The entries of the ledger; the units that are analysed, one per customer; and these by arm.
    outcomes
        By name.
    checks
        The checks of the design.
    below_threshold
        The effect on the main outcome for customers offered below the threshold, to explore; None if there are none.
    notes
        Notes for the reader, in sentences.
    """

    experiment: str
    begins: str
    ends: str
    as_of: str
    label: str
    main: str
    n_entries: int
    n_units: int
    n_by_arm: dict[str, int]
    outcomes: dict[str, OutcomeEffect]
    checks: Sequence[DesignCheck]
    below_threshold: OutcomeEffect | None = None
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def is_sound(self) -> bool:
        """Whether no check failed that makes all figures useless."""
        return all(one.passed or not one.invalidates for one in self.checks)

    @property
    def measured_saved_share(self) -> dict[str, Any] | None:
        """The saved share that a policy may use, the lower end, with its source; None if no saving is shown."""
        main = self.outcomes[self.main]
        if not self.is_sound or main.verdict != "helps":
            return None
        share = main.saved_share if main.decides == FIXED else main.saved_share_sequence
        low = share.low
        if main.changes_who_rates and main.bounds is not None:
            held_out = main.mean_by_arm["holdout"]
            low = min(low, -main.bounds.high / held_out) if held_out > 0 else float("nan")
        if not low > 0:
            return None
        return {
            "saved_share": low,
            "estimate": share.value,
            "experiment": self.experiment,
            "outcome": self.main,
            "date": self.as_of[:10],
            "decides": main.to_dict()["decides"],
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON shows it."""
        return {
            "experiment": self.experiment,
            "begins": self.begins,
            "ends": self.ends,
            "as_of": self.as_of,
            "label": self.label,
            "main_outcome": self.main,
            "n_entries": self.n_entries,
            "n_units": self.n_units,
            "n_by_arm": self.n_by_arm,
            "is_sound": self.is_sound,
            "checks": [one.to_dict() for one in self.checks],
            "outcomes": {name: one.to_dict() for name, one in self.outcomes.items()},
            "below_threshold": None if self.below_threshold is None else self.below_threshold.to_dict(),
            "measured_saved_share": self.measured_saved_share,
            "notes": list(self.notes),
        }

    def metrics(self) -> dict[str, float]:
        """Return flat names and numbers, such as `effect/rating/intention_to_treat`."""
        found: dict[str, float] = {}
        for name, one in self.outcomes.items():
            for what in ("intention_to_treat", "complier_effect", "saved_share"):
                estimate: Estimate = getattr(one, what)
                for end, figure in (("", estimate.value), ("_low", estimate.low), ("_high", estimate.high)):
                    if not math.isnan(figure):
                        found[f"effect/{name}/{what}{end}"] = figure
        return found
