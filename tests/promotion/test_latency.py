"""The latency of two models, measured with a clock of the test."""

from collections.abc import Callable, Iterable
from itertools import chain, repeat
from types import SimpleNamespace

import pytest

from forestall.promotion.latency import N_REPEATS, Latency, measure_latency


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch) -> Callable[[Iterable[float], Iterable[float]], Latency]:
    """Return a function that measures two calls; each takes the given durations, in seconds, one after another."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr("forestall.promotion.latency.time", SimpleNamespace(perf_counter=lambda: clock.now))

    def call(durations: Iterable[float]) -> Callable[[], None]:
        left = iter(durations)

        def advance() -> None:
            clock.now += next(left)

        return advance

    return lambda new, old: measure_latency(call(new), call(old))


def test_the_ratio_is_that_of_the_durations(measure) -> None:
    latency = measure(repeat(0.3), repeat(0.1))
    assert latency == pytest.approx(Latency(0.3, 0.1, 3))


def test_the_first_call_of_each_is_not_measured(measure) -> None:
    assert measure(chain([60], repeat(0.1)), repeat(0.1)).ratio == pytest.approx(1)


@pytest.mark.parametrize("n_slow", [1, N_REPEATS // 2, N_REPEATS - 1])
def test_load_on_the_machine_during_some_calls_does_not_change_the_ratio(measure, n_slow: int) -> None:
    latency = measure(chain(repeat(0.1, 1), repeat(5, n_slow), repeat(0.1)), repeat(0.1))
    assert latency.ratio == pytest.approx(1)


def test_both_calls_run_equally_often_in_alternation() -> None:
    calls: list[str] = []
    measure_latency(lambda: calls.append("new"), lambda: calls.append("old"), n_repeats=4)
    assert calls[:2] == ["new", "old"]  # warm up
    rounds = [calls[i : i + 2] for i in range(2, len(calls), 2)]
    assert rounds == [["old", "new"], ["new", "old"]] * 2
