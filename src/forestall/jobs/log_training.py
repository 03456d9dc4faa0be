"""`forestall log`: log a training that could not be logged when it ended."""

from __future__ import annotations

import logging
from pathlib import Path

from forestall.job_files import OnStep, no_progress
from forestall.jobs.train_report import TrainReport
from forestall.jobs.training_log import register
from forestall.publishing import locked
from forestall.registry import connect
from forestall.registry.package import ARTIFACT, read_risk_model
from forestall.registry.tracking import check_experiment, running
from forestall.registry.training_folder import TRAINING, log_folder, logged_before, read_training

log = logging.getLogger(__name__)


def log_training(
    folder: str | Path, *, tracking_uri: str | None = None, progress: OnStep = no_progress
) -> TrainReport:
    """Log a training that `train` kept in a folder, and register its model as `challenger`, as `train` would have.

    A training is logged once: if its run is finished and its version registered, nothing is written. The folder stays.

    Parameters
    ----------
    folder
        The folder, `forestall-unlogged/NAME-TIME-ID`; the error of the training named it.
    tracking_uri, progress
        See `forestall.jobs`.

    Raises
    ------
    UsageError
        The folder was not written by a training, cannot be written, or another process logs it.
    InputError
        A file in the folder was changed.
    RegistryError
        The tracking server does not answer, or refuses a request. The command can be given again.
    """
    place = Path(folder)
    note = read_training(place)
    with locked(place, task="logged"):
        model = read_risk_model(place / ARTIFACT)
        client = connect(tracking_uri)
        check_experiment(note.experiment)
        done = logged_before(note)
        if done is not None:
            log.info("nothing to log: run %s holds this training", done[0])
            return register(client, place, note, *done)
        progress("logging the run")
        with running(note.experiment, tags={TRAINING: note.training_id}) as run_id:
            model_uri = log_folder(place, note, model, run_id)
        return register(client, place, note, run_id, model_uri)
