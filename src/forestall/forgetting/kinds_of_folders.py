"""What a folder is, by the files in it."""

from __future__ import annotations

from pathlib import Path

from forestall.data.data_folder import REJECTED
from forestall.errors import UsageError, must_be
from forestall.publishing import read_manifest

PREDICTIONS = "predictions.parquet"
SCORES, SCORE_FILES = "scores", ("contact_list.parquet", "queue.parquet", "partings.parquet")


def kind_of_folder(folder: Path) -> str:
    """Return what a folder is: `data`, `scores`, `run` or `job`.

    A run is a folder with a `predictions.parquet` at any depth: the artifacts of a run or of many, a training that
    could not be logged, or what `evaluate` wrote. A job is what another job wrote, such as `monitor`: it has the rows
    that were rejected, or a manifest.

    Raises
    ------
    UsageError
        There is no such folder, or it is none of these.
    """
    if not folder.is_dir():
        raise UsageError(
            must_be(str(folder), "a folder with data, scores or a run", do="there is no such folder")
        )
    if (folder / "interactions.parquet").is_file() or (folder / "interactions").is_dir():
        return "data"
    if (folder / SCORES).is_dir() or any((folder / name).is_file() for name in SCORE_FILES):
        return "scores"
    if next(folder.rglob(PREDICTIONS), None) is not None:
        return "run"
    if any((folder / REJECTED).glob("*.parquet")) or read_manifest(folder) is not None:
        return "job"
    raise UsageError(
        must_be(
            str(folder),
            "a folder with data (interactions.parquet), scores (scores/), a run (predictions.parquet) or the output of "
            "a job (rejected/)",
            do="it has none of these files; name the folder that has them",
        )
    )
