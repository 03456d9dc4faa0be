"""A training on the disk: everything that its run holds, in a folder that can be logged now or later.

FOLDER/
training.json   experiment, parameters, metrics, tags, and what `train` reports
run_files/      the files of the run: report, model card, predictions, twin
risk_model/     the model
manifest.json   the digest of every file, if the folder was kept
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mlflow

from forestall.errors import InputError, UsageError
from forestall.model import RiskModel
from forestall.publishing import MANIFEST, read_manifest
from forestall.registry.open_runs import finished_run
from forestall.registry.package import ARTIFACT, check_package, log_package, save_risk_model
from forestall.registry.tracking import RunContent, log_content, plain

JOB = "train"
NOTE, RUN_FILES = "training.json", "run_files"
# Tags of a run: its training, and the address of its packaged model once that is checked.
TRAINING, MODEL_URI = "forestall.training", "forestall.model_uri"


@dataclass(frozen=True)
class TrainingNote:
    """What `training.json` holds.

    Parameters
    ----------
    name, experiment
        The registered model and MLflow's experiment.
    training_id
        The id of the training. Its run has it as a tag, so that it is logged once.
    run_id
        The run that the report and the model card name. If the run could not be opened, the id of the training.
    register
        Whether the model is to be registered.
    params, metrics, tags
        Of the run.
    version_tags
        Tags of the version.
    report
        What `train` reports, without what is known only when the run is logged.
    """

    name: str
    experiment: str
    training_id: str
    run_id: str
    register: bool
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    version_tags: Mapping[str, str]
    report: Mapping[str, Any]

    def write(self, folder: Path) -> None:
        """Write the note to the folder of the training."""
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        (folder / NOTE).write_text(text + "\n", encoding="utf-8")


def write_content(content: RunContent, folder: Path) -> None:
    """Write the files of a run to the folder of its training; parameters, metrics and tags belong to the note."""
    files = folder / RUN_FILES
    for path in [*content.texts, *content.frames, *content.figures]:
        (files / path).parent.mkdir(parents=True, exist_ok=True)
    for path, text in content.texts.items():
        (files / path).write_text(text, encoding="utf-8")
    for path, frame in content.frames.items():
        frame.write_parquet(files / path)
    for path, figure in content.figures.items():
        figure.write_html(files / path, include_plotlyjs=True, auto_open=False)


def write_models(model: RiskModel, twin: RiskModel | None, folder: Path) -> None:
    """Write the model and its twin to the folder of a training."""
    save_risk_model(model, folder / ARTIFACT)
    if twin is not None:
        save_risk_model(twin, folder / RUN_FILES / "twin")


def params_and_metrics(content: RunContent) -> tuple[dict[str, str], dict[str, float]]:
    """Return the parameters and metrics of a run as MLflow takes them."""
    params = {plain(name): str(value)[:500] for name, value in content.params.items()}
    return params, {plain(name): float(value) for name, value in content.metrics.items()}


def log_folder(folder: Path, note: TrainingNote, model: RiskModel, run_id: str) -> str:
    """Write a training to the open run, check the packaged model, and return its address."""
    files = folder / RUN_FILES
    log_content(
        RunContent(
            params=note.params,
            metrics=note.metrics,
            tags={**note.tags, TRAINING: note.training_id},
            texts={
                file.name: text_of(file, note, run_id) for file in sorted(files.iterdir()) if file.is_file()
            },
            folders={one.name: one for one in sorted(files.iterdir()) if one.is_dir()},
        )
    )
    model_uri = str(log_package(model, folder / ARTIFACT).model_uri)
    check_package(model_uri, model.spec)
    mlflow.set_tag(MODEL_URI, model_uri)
    return model_uri


def text_of(file: Path, note: TrainingNote, run_id: str) -> str:
    """Return a text of the run, with the run's own id."""
    return file.read_text(encoding="utf-8").replace(note.run_id, run_id)


def logged_before(note: TrainingNote) -> tuple[str, str] | None:
    """Return the run that holds all of a training and the address of its model; None if there is none."""
    run_id = finished_run(note.experiment, {TRAINING: note.training_id})
    if run_id is None:
        return None
    model_uri = mlflow.get_run(run_id).data.tags.get(MODEL_URI)
    return (run_id, str(model_uri)) if model_uri else None


def read_training(folder: Path) -> TrainingNote:
    """Return the note of a training that was kept, after checking that no file was changed.

    Raises
    ------
    UsageError
        The folder was not written by a training.
    InputError
        A file was changed, removed or added.
    """
    manifest = read_manifest(folder) if folder.is_dir() else None
    if manifest is None or manifest.job != JOB or not (folder / NOTE).is_file():
        raise UsageError(
            f"{folder} must be a folder that a training kept (forestall-unlogged/NAME-TIME-ID), it has no {MANIFEST} "
            "of one; give the folder that the error of `forestall train` named"
        )
    known = {part.path: part for part in manifest.parts}
    present = {
        path
        for file in folder.rglob("*")
        if file.is_file() and not (path := file.relative_to(folder).as_posix()).startswith(".")
    } - {MANIFEST}
    same = {path for path in present & known.keys() if known[path].is_unchanged_in(folder)}
    if changed := sorted((present | known.keys()) - same):
        raise InputError(
            f"{folder} must hold what the training wrote, changed, removed or added: {', '.join(changed[:5])}; "
            "restore it, or train again"
        )
    return TrainingNote(**json.loads((folder / NOTE).read_text(encoding="utf-8")))
