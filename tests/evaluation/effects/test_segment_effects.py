import numpy as np

from forestall.evaluation.effects.segment_effects import segment_effects
from forestall.evaluation.effects.trial import Trial


def made(rng: np.random.Generator, effects: list[float], n: int = 400) -> tuple[Trial, dict]:
    segment = np.repeat(np.arange(len(effects)), n)
    treated = rng.random(len(segment)) < 0.5
    y = rng.random(len(segment)) < 0.5 + np.array(effects)[segment] * treated
    return Trial.of(y, treated), {"venue": {str(k): segment == k for k in range(len(effects))}}


def test_segments_without_differences_are_moved_to_the_common_effect() -> None:
    rng = np.random.default_rng(0)
    errors, shrunk, false_findings = [], [], 0
    for _ in range(60):
        found = segment_effects(*made(rng, [-0.1] * 6))
        errors += [one.own.value + 0.1 for one in found]
        shrunk += [one.value + 0.1 for one in found]
        false_findings += any(one.is_different for one in found)
    assert np.std(shrunk) < 0.6 * np.std(errors)
    assert false_findings <= 8


def test_a_segment_that_is_harmed_is_found_and_keeps_its_effect() -> None:
    found = segment_effects(*made(np.random.default_rng(1), [-0.2, -0.2, -0.2, 0.3], n=800))
    assert [one.segment for one in found if one.is_different][-1] == "venue: 3"
    assert found[3].low > 0
    assert all(one.high < 0 for one in found[:3])


def test_small_segments_and_single_ones_are_left_out() -> None:
    rng = np.random.default_rng(2)
    trial, segments = made(rng, [-0.1, -0.1])
    segments["venue"]["tiny"] = np.arange(trial.n) < 20
    assert [one.segment for one in segment_effects(trial, segments)] == ["venue: 0", "venue: 1"]
    assert segment_effects(trial, {"venue": {"0": np.ones(trial.n, dtype=bool)}}) == []
