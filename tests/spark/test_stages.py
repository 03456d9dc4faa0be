"""Errors of tasks reach the driver with their message, and with nothing else."""

import pytest

from forestall.errors import ForestallError, InputError, UsageError
from forestall.spark.stages import errors_of_tasks, told_to_driver


class OwnError(InputError):
    """An error of a kind that the driver does not know."""


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (InputError, InputError),
        (UsageError, UsageError),
        (OwnError, InputError),
        (ForestallError, ForestallError),
    ],
)
def test_an_error_that_can_be_corrected_keeps_its_kind_and_message(
    raised: type[ForestallError], told: type[ForestallError]
) -> None:
    errors = pytest.importorskip("pyspark.errors")
    with pytest.raises(RuntimeError) as in_worker, told_to_driver():
        raise raised('events must have "a" column\nof 🙂 times')
    with pytest.raises(ForestallError) as at_driver, errors_of_tasks():
        raise errors.PythonException(
            message=f"Job aborted\nTraceback …\nRuntimeError: {in_worker.value}\n at java"
        )
    assert type(at_driver.value) is told
    assert str(at_driver.value) == 'events must have "a" column\nof 🙂 times'


def test_any_other_failure_says_what_to_do_without_the_words_of_the_data() -> None:
    errors = pytest.importorskip("pyspark.errors")
    with pytest.raises(ForestallError, match="Spark must finish all tasks") as raised, errors_of_tasks():
        raise errors.PythonException(message="ValueError: a customer's own words")
    assert "words" not in str(raised.value)
