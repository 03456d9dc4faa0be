"""The stages of a job on Spark: functions from Arrow batches to Arrow batches, and the errors of their tasks."""

from __future__ import annotations

import json
import os
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from forestall.errors import ForestallError, InputError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    Batches = Iterator[pa.RecordBatch]

_TOLD = re.compile(r"<forestall (\[.*?\]) forestall>", re.DOTALL)
_ERRORS = {one.__name__: one for one in (ForestallError, InputError, UsageError)}


class Stages:
    """The stages that share a job, which is sent to each executor once.

    Parameters
    ----------
    spark
        The session.
    job
        What the tasks know: a `worker.Division`, a `worker.Scoring` or a `feature_rows.FeatureJob`.
    """

    def __init__(self, spark: Any, job: object) -> None:
        # A worker learns its threads before it unpickles the job, which imports the libraries that compute.
        self._job = spark.sparkContext.broadcast(pickle.dumps(job))
        self._n_threads = int(spark.conf.get("spark.task.cpus", "1"))

    def __enter__(self) -> Stages:
        return self

    def __exit__(self, *error: object) -> None:
        self._job.unpersist()

    def reading(self, stage: str = "read") -> Callable[[Batches], Batches]:
        """Return the function of a stage that takes numbers, such as those of slices, and gives frames."""
        variable, n_threads = self._job, self._n_threads

        def run(batches: Batches) -> Batches:
            prepare_worker(n_threads)
            from forestall.spark import frame_rows, worker

            job = pickle.loads(variable.value)
            numbers = (number for batch in batches for number in batch.column(0).to_pylist())
            with told_to_driver():
                yield from frame_rows.to_batches(getattr(worker, stage)(job, numbers))

        return run

    def working(self, stage: str) -> Callable[[Batches], Batches]:
        """Return the function of a stage that is called in `worker` for each destination of the frames that come."""
        variable, n_threads = self._job, self._n_threads

        def run(batches: Batches) -> Batches:
            prepare_worker(n_threads)
            from forestall.spark import frame_rows, worker

            job = pickle.loads(variable.value)
            with told_to_driver():
                for dest, kinds in frame_rows.frames_of(batches).items():
                    yield from frame_rows.to_batches(getattr(worker, stage)(job, dest, kinds))

        return run


def prepare_worker(n_threads: int) -> None:
    """Let a worker process use as many threads as its task has cores: its neighbours use the others."""
    os.environ.setdefault("POLARS_MAX_THREADS", str(n_threads))


@contextmanager
def told_to_driver() -> Iterator[None]:
    """Let an error that a user can correct reach the driver with its message."""
    try:
        yield
    except ForestallError as error:
        kind = next(name for name, one in reversed(_ERRORS.items()) if isinstance(error, one))
        raise RuntimeError(f"<forestall {json.dumps([kind, str(error)])} forestall>") from None


@contextmanager
def errors_of_tasks() -> Iterator[None]:
    """Turn the failure of a job on Spark into an error that a user can correct.

    Raises
    ------
    ForestallError
        As it was raised in a task; or a task failed too often for another reason.
    """
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        told = _TOLD.search(str(error))
        if told is None:
            raise ForestallError(
                "Spark must finish all tasks, one failed too often; nothing was published; see the log of Spark's "
                "executors (memory is the usual cause: see the guide on scale), and give the command again"
            ) from error
        kind, message = json.loads(told[1])
        raise _ERRORS[kind](message) from None
