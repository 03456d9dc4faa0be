import numpy as np
import pytest

from forestall.evaluation.effects.confidence_sequence import sequence_half_width

N_NIGHTS, PER_NIGHT, N_EXPERIMENTS = 60, 50, 1000


def test_it_excludes_the_truth_at_some_look_in_at_most_5_percent_where_the_fixed_interval_does_so_often() -> (
    None
):
    rng = np.random.default_rng(0)
    n = np.arange(1, N_NIGHTS + 1) * PER_NIGHT
    # the mean of each night of outcomes that are 0 or 1, with no effect: the difference of two arms
    nightly = rng.binomial(PER_NIGHT, 0.3, (2, N_EXPERIMENTS, N_NIGHTS)).cumsum(axis=2) / n
    difference = nightly[0] - nightly[1]
    error = np.sqrt(sum(one * (1 - one) for one in nightly) / n)
    half = np.array([sequence_half_width(1.0, 2 * int(one)) for one in n])
    assert (np.abs(difference) > half * error).any(axis=1).mean() <= 0.05
    assert (np.abs(difference) > 1.96 * error).any(axis=1).mean() > 0.2


def test_it_is_never_narrower_than_the_fixed_interval_and_narrowest_where_it_is_said() -> None:
    at = {n: sequence_half_width(1.0, n) for n in (50, 500, 2000, 20_000, 1_000_000)}
    assert min(at.values()) == at[2000]
    assert at[2000] > 1.96
    assert sequence_half_width(2.0, 500) == pytest.approx(2 * at[500])
