"""The commands that make versions of a model: train, log, promote, rollback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forestall.cli.options import (
    Data,
    Deep,
    Engine,
    Examples,
    FormatOption,
    LearnsEffect,
    LedgerUrl,
    MaxRejected,
    Name,
    Rejected,
    TrackingUri,
    Tune,
)
from forestall.cli.printing import Format, show, show_result
from forestall.cli.progress import Steps
from forestall.defaults import MAX_REJECTED
from forestall.errors import EXIT_NOT_PASSED

if TYPE_CHECKING:
    from forestall.training.tuning import Progress


def train(
    data: Data,
    model: Annotated[Path, typer.Option(help="The model's folder, with its model.yaml.")],
    experiment_name: Annotated[
        str | None, typer.Option(help="MLflow's experiment; by default the model's name.")
    ] = None,
    register: Annotated[bool, typer.Option(help="Register the model as challenger.")] = True,
    deep: Deep = False,
    examples: Examples = False,
    tune: Tune = None,
    allow_small: Annotated[
        bool,
        typer.Option(help="Learn from less data than the gate requires; the version is marked experimental."),
    ] = False,
    engine: Annotated[
        Engine, typer.Option(help="Make the feature rows here, or by Spark's executors.")
    ] = Engine.local,
    ledger: LedgerUrl = None,
    effect: LearnsEffect = False,
    max_rejected: MaxRejected = MAX_REJECTED,
    rejected: Rejected = None,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Fit, calibrate, evaluate and log a model, and register it as challenger."""
    from forestall.jobs.train import train as run

    with Steps() as steps:

        def report_trial(trial: Progress) -> None:
            losses = (
                f"best log-loss {trial.loss:.4f}, {trial.as_configured:.4f} with the settings of model.yaml"
            )
            steps.advance(trial.done, trial.total, losses)

        report = run(
            data,
            model,
            experiment_name=experiment_name,
            register=register,
            deep=deep,
            examples=examples,
            tune=tune,
            allow_small=allow_small,
            engine=engine.value,
            ledger=ledger,
            effect=effect,
            max_rejected=max_rejected,
            rejected=rejected,
            tracking_uri=tracking_uri,
            progress=steps,
            on_trial=report_trial,
            on_part=steps.part,
        )
    show_result(report, style)


def log(
    folder: Annotated[
        Path, typer.Argument(help="The folder that the training named: forestall-unlogged/NAME-TIME-ID.")
    ],
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Log a training that could not be logged when it ended, and register its model as challenger."""
    from forestall.jobs.log_training import log_training as run

    with Steps() as steps:
        report = run(folder, tracking_uri=tracking_uri, progress=steps)
    show_result(report, style)


def promote(
    name: Name = None,
    version: Annotated[str | None, typer.Option(help="The version; by default the challenger.")] = None,
    data: Annotated[
        str | None,
        typer.Option(help="Data to compare on; by default those that the version was trained on."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, but change nothing.")] = False,
    ledger: LedgerUrl = None,
    max_rejected: MaxRejected = MAX_REJECTED,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Check the challenger at the gate; if it passes, it becomes champion. Exit code 3 if it does not pass."""
    from forestall.jobs.promote import promote as run

    with Steps() as steps:
        result = run(
            name,
            version=version,
            data=data,
            dry_run=dry_run,
            ledger=ledger,
            max_rejected=max_rejected,
            tracking_uri=tracking_uri,
            progress=steps,
        )
    show_result(result, style)
    if not result.passed:
        raise typer.Exit(EXIT_NOT_PASSED)


def rollback(name: Name = None, tracking_uri: TrackingUri = None, style: FormatOption = Format.text) -> None:
    """Make the previous champion champion again."""
    from forestall.jobs.promote import rollback as run

    show(run(name, tracking_uri=tracking_uri), style)


def sign(
    model_uri: Annotated[
        str | None, typer.Argument(metavar="[MODEL_URI]", help="models:/NAME@champion or models:/NAME/3.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="File of the private key, PEM.")] = None,
    new_key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Make keys instead: the private one in FILE, the public one in FILE.pub."
        ),
    ] = None,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Sign a registered version, for --require-signature of serve and score; or make the keys for it."""
    from forestall.jobs.sign import sign as run

    show_result(run(model_uri, key=key, new_key=new_key, tracking_uri=tracking_uri), style)


COMMANDS: dict[str, Callable[..., None]] = {
    "train": train,
    "log": log,
    "promote": promote,
    "rollback": rollback,
    "sign": sign,
}
