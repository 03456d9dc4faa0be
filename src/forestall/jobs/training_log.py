"""What a training learnt is logged to MLflow, or kept in a folder if that fails."""

from __future__ import annotations

import logging
import os
import re
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from forestall.assessment.run_content import ABLATED, REPORT, TrainingRecord
from forestall.errors import ForestallError
from forestall.jobs.train_report import TrainReport
from forestall.publishing import Job, open_output, writing
from forestall.registry import RegistryError
from forestall.registry.package import ARTIFACT
from forestall.registry.registration import Client, ensure_challenger
from forestall.registry.tracking import first_line
from forestall.registry.training_folder import (
    JOB,
    NOTE,
    RUN_FILES,
    TrainingNote,
    log_folder,
    params_and_metrics,
    text_of,
    write_content,
    write_models,
)
from forestall.reporting import write_report
from forestall.reporting.card import FILE as CARD
from forestall.reporting.text.leaks import leak_warnings

log = logging.getLogger(__name__)

UNLOGGED = "forestall-unlogged"


@dataclass(frozen=True)
class Trained:
    """A training that is to be logged.

    Parameters
    ----------
    record
        What was learnt and how good it is.
    experiment, register
        MLflow's experiment; whether to register the model.
    training_id
        The id of the training.
    """

    record: TrainingRecord
    experiment: str
    register: bool
    training_id: str

    def write(self, folder: Path, run_id: str) -> TrainingNote:
        """Write everything that belongs to the run to a folder, and return its note.

        Parameters
        ----------
        folder
            The folder, which exists.
        run_id
            The run that the report and the card name.
        """
        record, learnt = self.record, self.record.learnt
        (folder / RUN_FILES).mkdir()
        page = write_report(record.evaluation, record.context(run_id), folder / RUN_FILES / REPORT)
        content = record.content(page.read_text(encoding="utf-8"), record.card(run_id))
        write_content(content, folder)
        write_models(learnt.model, learnt.twin, folder)
        params, metrics = params_and_metrics(content)
        report = asdict(_report(record, self.experiment))
        note = TrainingNote(
            name=record.spec.name,
            experiment=self.experiment,
            training_id=self.training_id,
            run_id=run_id,
            register=self.register,
            params=params,
            metrics=metrics,
            tags=content.tags,
            version_tags=record.tags(),
            report=report,
        )
        note.write(folder)
        return note


def log_or_keep(
    trained: Trained, client: Client, open_run: Callable[[], str], opened: ExitStack
) -> TrainReport:
    """Log a training and register its model; if that fails, keep it in a folder.

    Parameters
    ----------
    trained
        The training.
    client
        The client of the tracking server.
    open_run
        Opens the run, unless it is open, and returns its id.
    opened
        Ends the run.

    Raises
    ------
    RegistryError
        The training could not be logged. The message names the folder, and how to log it later.
    """
    run_id = trained.training_id
    try:
        run_id = open_run()
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            with opened.pop_all():
                note = trained.write(folder, run_id)
                model_uri = log_folder(folder, note, trained.record.learnt.model, run_id)
            return register(client, folder, note, run_id, model_uri)
    except KeyboardInterrupt:
        log.warning("the training was not logged; %s", _kept(trained, run_id))
        raise
    except Exception as error:
        why = f"the training could not be logged: {reason(error)}"
        raise RegistryError(f"{why}; {_kept(trained, run_id)}") from error


def register(client: Client, folder: Path, note: TrainingNote, run_id: str, model_uri: str) -> TrainReport:
    """Register a logged model, if it is to be registered, and return the report of its training."""
    version = None
    if note.register:
        version = ensure_challenger(client, model_uri, run_id, note.name, note.version_tags).version
    log.info("run %s of experiment %s holds the model", run_id, note.experiment)
    logged = {
        "run_id": run_id,
        "version": version,
        "html": text_of(folder / RUN_FILES / REPORT, note, run_id),
        "card": text_of(folder / RUN_FILES / CARD, note, run_id),
    }
    return TrainReport(**{**note.report, **logged})


def reason(error: Exception) -> str:
    """Return why something failed, in one line that holds no data."""
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    if isinstance(error, ForestallError) or type(error).__module__.partition(".")[0] in {
        "mlflow",
        "requests",
    }:
        return first_line(error).rstrip(".")
    return type(error).__name__


def _kept(trained: Trained, run_id: str) -> str:
    """Write a training to a new folder below the working folder, and say what became of it and what to do."""
    try:
        folder = _keep(trained, run_id)
    except Exception as error:
        return (
            f"it could not be kept in a folder either: {reason(error)}; make room on the disk and train again"
        )
    return f"nothing learnt is lost: {folder} keeps it; log it later with `forestall log {folder}`"


def _keep(trained: Trained, run_id: str) -> Path:
    """Write a training to a new folder below the working folder, in one step, and return the folder."""
    name = re.sub(r"[^\w.-]", "_", trained.record.spec.name)
    folder = Path(UNLOGGED) / f"{name}-{datetime.now():%Y%m%d-%H%M%S}-{trained.training_id[:4]}"
    job = Job(
        JOB,
        trained.training_id,
        (NOTE, RUN_FILES, ARTIFACT),
        inputs={"data": trained.record.tags()},
        options={"experiment": trained.experiment, "register": trained.register},
    )
    with open_output(folder) as output, writing(folder), output.publication(job) as publication:
        trained.write(publication.folder, run_id)
    return folder


def _report(record: TrainingRecord, experiment: str) -> TrainReport:
    """Return the report of a training that is not logged yet."""
    learnt, evaluation = record.learnt, record.evaluation
    return TrainReport(
        name=record.spec.name,
        version=None,
        run_id="",
        experiment=experiment,
        metrics=evaluation.metrics(),
        ablations={
            name: {metric: one["metrics"][metric] for metric in ABLATED}
            for name, one in record.ablations().items()
        },
        counts=dict(learnt.counts),
        windows=dict(learnt.windows),
        notes=[*learnt.notes, *evaluation.notes, *leak_warnings(evaluation)],
        is_experimental=bool(learnt.model.info.get("experimental")),
        html="",
        card="",
        tuning=record.tuning(),
        contact_order=record.contact_order.verdict() if record.contact_order else {},
    )
