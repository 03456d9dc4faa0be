"""Threads that read, compute and write keep the order, and pass errors on."""

import threading
from collections.abc import Iterator

import pytest

from forestall.streaming.ahead import Writer, ahead, in_order


def test_items_are_made_one_ahead_and_in_their_order() -> None:
    made = []

    def items() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            yield number

    for number in ahead(items()):
        assert len(made) <= number + 2
    assert list(ahead(items())) == [0, 1, 2, 3, 4]


def test_results_are_in_the_order_of_the_items_whichever_is_done_first() -> None:
    second_is_done = threading.Event()

    def compute(number: int) -> int:
        if number == 0:
            assert second_is_done.wait(60)
        if number == 1:
            second_is_done.set()
        return number * 10

    assert list(in_order(compute, range(4), 2)) == [0, 10, 20, 30]
    assert list(in_order(compute, [], 2)) == []


def test_no_more_results_wait_than_there_are_threads() -> None:
    begun = []
    for result in in_order(lambda number: begun.append(number) or number, range(10), 2):
        assert len(begun) <= result + 2


def test_an_error_of_a_thread_is_raised() -> None:
    def compute(number: int) -> float:
        return 1 / number

    with pytest.raises(ZeroDivisionError):
        list(in_order(compute, [1, 0, 2], 2))
    with pytest.raises(ZeroDivisionError):
        list(ahead(compute(number) for number in (1, 0)))


def test_a_writer_writes_in_order_and_passes_errors_on() -> None:
    written: list[int] = []
    with Writer() as writer:
        for number in range(100):
            writer.write(written.append, number)
    assert written == list(range(100))

    def failing() -> None:
        with Writer() as writer:
            writer.write(compute_nothing)

    def compute_nothing() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        failing()
