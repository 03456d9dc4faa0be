"""`forestall train`: learn, evaluate, log, and register as challenger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from forestall.contacts.tables_with_ledger import with_ledger
from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.job_files import Engine, OnStep, check_engine, no_progress, read_data
from forestall.jobs.train_report import TrainReport
from forestall.jobs.training_run import Training
from forestall.locations import location_of
from forestall.model.fit_progress import OnPart, listening
from forestall.model.spec import read_spec
from forestall.names import check_name
from forestall.own_features import read_own_features
from forestall.registry import connect
from forestall.registry.tracking import check_experiment
from forestall.training.tuning import Progress


def train(
    data: Tables | str | Path,
    model: str | Path,
    *,
    experiment_name: str | None = None,
    register: bool = True,
    deep: bool = False,
    tune: int | None = None,
    allow_small: bool = False,
    engine: Engine = "local",
    examples: bool = False,
    ledger: str | None = None,
    effect: bool = False,
    max_rejected: float = MAX_REJECTED,
    rejected: str | Path | None = None,
    tracking_uri: str | None = None,
    n_jobs: int | None = None,
    progress: OnStep = no_progress,
    on_trial: Callable[[Progress], None] | None = None,
    on_part: OnPart | None = None,
) -> TrainReport:
    """Train a model, log it as a run and register it as `challenger`.

    Parameters
    ----------
    data, model, experiment_name
        A data folder, or tables; the folder with `model.yaml`; MLflow's experiment, by default the model's name.
    register, deep, allow_small, tune
        Whether to register the model; to fit without each family in turn too; and to learn from less data than the
        gate requires (such a version is never promoted). How many settings to try first: earlier trials count.
    engine, examples, ledger, effect
        Whether Spark's executors make the feature rows; whether report and run show some interactions with their ids;
        the URL of a ledger of contacts, which counts beside the table `contacts`; and whether to learn the effect of a
        contact too, from the customers held out: contact lists are ordered by it if that saves more beyond chance.
    max_rejected, rejected, tracking_uri
        See `forestall.jobs`; the folder for rejected rows.
    n_jobs, progress, on_trial, on_part
        Threads, by default all; called when a long step begins, after each trial, and after each part of a fit.

    Raises
    ------
    UsageError, InputError, FeatureError
        `model.yaml` is not valid; the data are too few or not valid; an own feature breaks a rule of all features.
    RegistryError
        The tracking server does not answer or the experiment was deleted; both are checked first. Or the training
        could not be logged; the message names the folder that keeps it, for `forestall.log_training`.
    """
    check_engine(engine)
    spec = read_spec(model)
    own_features = read_own_features(spec.features, *spec.folders)
    client = connect(tracking_uri)
    experiment = spec.name if experiment_name is None else experiment_name
    check_name(experiment, "--experiment-name", example=spec.name, slash=True)
    check_experiment(experiment)
    progress("reading the tables")
    tables = with_ledger(read_data(data, spec=spec, max_rejected=max_rejected, rejected=rejected), ledger)
    options = (experiment, register, deep, allow_small, n_jobs, tune, progress, on_trial, engine, examples)
    folder = None if isinstance(data, Tables) else location_of(data)
    with listening(on_part):
        return Training(tables, spec, folder, *options, own_features, effect).run(client)
