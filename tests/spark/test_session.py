"""A session keeps its settings."""

from typing import Any

import pytest

from forestall.spark.session import frames_as_rows

ROWS = "spark.sql.execution.arrow.maxRecordsPerBatch"
OTHER = "spark.sql.inMemoryColumnarStorage.batchSize"


class Session:
    """A session with settings only."""

    def __init__(self, **_: Any) -> None:
        self.values: dict[str, str] = {ROWS: "10000"}
        self.conf = self

    def get(self, name: str, default: Any) -> Any:
        return self.values.get(name, default)

    def set(self, name: str, value: str) -> None:
        self.values[name] = value

    def unset(self, name: str) -> None:
        del self.values[name]


def test_settings_are_restored_also_after_an_error() -> None:
    session = Session()

    def fail() -> None:
        with frames_as_rows(session):
            assert session.values[ROWS] == "8"
            assert OTHER in session.values
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert session.values == {ROWS: "10000"}
