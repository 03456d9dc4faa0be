"""The confidence sequence: an interval that may be looked at every night.

A fixed 95 % interval that is looked at every night excludes the truth at some look far more often than in 5 % of the
experiments. A confidence sequence holds the truth at all looks together with 95 %. This is the asymptotic confidence
sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas ("Time-uniform central limit theory and asymptotic
confidence sequences", Annals of Statistics 2024, equation 7). After t customers it is

    effect ± error * sqrt(2 (t r² + 1) / (t r²) * log(sqrt(t r² + 1) / alpha)),

where `error` is the standard error of the fixed interval. The parameter r decides where the sequence is narrowest
(their appendix B.2): r² = (-2 log alpha + log(1 - 2 log alpha)) / t*, for t* customers. t* is fixed before the data are
seen, else the guarantee would be lost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from forestall.evaluation.effects.arm_means import LEVEL

NARROWEST_AT = 2000
"""The number of customers at which the sequence is narrowest, in relation to the fixed interval."""
FEWEST = 50
"""The fewest customers in each arm for a look: the sequence rests on the central limit theorem."""


@dataclass(frozen=True)
class Look:
    """The effect as it was seen at one time.

    Parameters
    ----------
    at
        The day of the look, ISO 8601.
    n
        The number of customers with a known outcome.
    value
        The effect.
    low, high
        The ends of the confidence sequence.
    fixed_low, fixed_high
        The ends of the fixed interval.
    """

    at: str
    n: int
    value: float
    low: float
    high: float
    fixed_low: float
    fixed_high: float


def sequence_half_width(
    error: float, n: int, narrowest_at: int = NARROWEST_AT, level: float = LEVEL
) -> float:
    """Return half the width of the confidence sequence.

    Parameters
    ----------
    error
        The standard error of the effect.
    n
        The number of customers so far.
    narrowest_at
        The number of customers at which the sequence is to be narrowest; fixed before the experiment.
    level
        Of the sequence.

    Examples
    --------
    >>> round(sequence_half_width(1.0, 2000), 2)
    3.04
    """
    alpha = 1 - level
    rho2 = (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / narrowest_at
    grown = n * rho2 + 1
    return error * math.sqrt(2 * grown / (n * rho2) * math.log(math.sqrt(grown) / alpha))
