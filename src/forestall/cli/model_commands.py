"""The commands about models: train, promote, rollback, evaluate, score, explain, monitor."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from forestall.cli.data_commands import (
    All,
    AsOf,
    Data,
    FormatOption,
    MaxRejected,
    RejectedFolder,
    TrackingUri,
)
from forestall.cli.output import Format, Steps, show
from forestall.defaults import MAX_REJECTED

ModelUri = Annotated[
    str,
    typer.Argument(metavar="MODEL_URI", help="models:/NAME@champion, models:/NAME/3, runs:/… or a folder."),
]
Name = Annotated[
    str | None, typer.Option(help="The registered model; may be left out when there is only one.")
]
Language = Annotated[str, typer.Option(help="Of the reasons: a file of model/languages, such as en, af, da.")]


# of a monitoring's figures, those for reading; JSON has them all
SHOWN = (
    *("realised/n", "realised/auc", "promised/auc", "realised/log_loss", "promised/log_loss"),
    *("realised/base_rate", "realised/mean_risk", "reference/promised_auc", "current/promised_auc"),
    *("drift/moved", "drift/weight_moved"),
)


class Engine(StrEnum):
    """Where a scoring job is computed."""

    local = "local"
    spark = "spark"


def train(
    data: Data,
    model: Annotated[Path, typer.Option(help="The model's folder, with its model.yaml.")],
    experiment_name: Annotated[str | None, typer.Option(help="Else the model's name.")] = None,
    register: Annotated[bool, typer.Option(help="Register the model as challenger.")] = True,
    deep: Annotated[
        bool, typer.Option("--deep", help="Also fit without each family in turn, to see what it adds.")
    ] = False,
    tune: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="TRIALS",
            help="Try so many settings first, on windows in time of the training part; those tried before count.",
        ),
    ] = None,
    allow_small: Annotated[
        bool,
        typer.Option(help="Learn from less data than the gate wants; the version is marked experimental."),
    ] = False,
    max_rejected: MaxRejected = MAX_REJECTED,
    rejected: RejectedFolder = None,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Fit, calibrate, evaluate and log a model, and register it as challenger."""
    from forestall.jobs.train import train as run

    with Steps() as steps:
        report = run(
            data,
            model,
            experiment_name=experiment_name,
            register=register,
            deep=deep,
            allow_small=allow_small,
            max_rejected=max_rejected,
            rejected=rejected,
            tracking_uri=tracking_uri,
            tune=tune,
            progress=steps,
            on_trial=lambda one: steps.advance(
                one.done,
                one.total,
                f"best log-loss {one.loss:.4f}, {one.as_configured:.4f} with the settings as they are",
            ),
        )
    show(report.to_dict() if style is Format.json else report.summary(), style)


def promote(
    name: Name = None,
    version: Annotated[str | None, typer.Option(help="The version; else the challenger.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Data to compare on; else those that the version was trained on.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, but change nothing.")] = False,
    max_rejected: MaxRejected = MAX_REJECTED,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Put the challenger through the gate; if it passes, it becomes champion."""
    from forestall.jobs.promote import promote as run

    with Steps() as steps:
        result = run(
            name,
            version=version,
            data=data,
            dry_run=dry_run,
            max_rejected=max_rejected,
            tracking_uri=tracking_uri,
            progress=steps,
        )
    show(result.to_dict() if style is Format.json else result.summary(), style)
    if not result.passed:
        raise typer.Exit(3)


def rollback(name: Name = None, tracking_uri: TrackingUri = None, style: FormatOption = Format.text) -> None:
    """Make the previous champion champion again."""
    from forestall.jobs.promote import rollback as run

    show(run(name, tracking_uri=tracking_uri), style)


def evaluate(
    model_uri: ModelUri,
    data: Data,
    output: Annotated[
        Path, typer.Option(help="Folder for report.html, evaluation.json and predictions.parquet.")
    ],
    deep: Annotated[
        bool, typer.Option("--deep", help="Also fit without each family in turn, to see what it adds.")
    ] = False,
    max_rejected: MaxRejected = MAX_REJECTED,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Evaluate a model on the rated interactions of a data folder."""
    from forestall.jobs.evaluate import evaluate as run

    with Steps() as steps:
        result = run(
            model_uri,
            data,
            output=output,
            deep=deep,
            max_rejected=max_rejected,
            tracking_uri=tracking_uri,
            progress=steps,
        )
    shown = {"report": str(output / "report.html"), **result.to_dict()}
    if style is Format.text:
        shown["metrics"] = {name: value for name, value in shown["metrics"].items() if "/" not in name}
    show(shown, style)


def score(
    model_uri: ModelUri,
    data: Data,
    output: Annotated[
        Path, typer.Option(help="Folder for scores/, summary.json, rejected/ and contact_list.parquet.")
    ],
    as_of: AsOf = None,
    closed: All = False,
    reasons: Annotated[bool, typer.Option("--reasons", help="Contributions and reasons too.")] = False,
    language: Language = "en",
    contacts: Annotated[
        int | None,
        typer.Option(
            help="Also write contact_list.parquet: the N to contact first. Else as the model's policy says."
        ),
    ] = None,
    engine: Annotated[Engine, typer.Option(help="Compute here, or by Spark's workers.")] = Engine.local,
    run_id: Annotated[
        str | None, typer.Option(help="The job's id; one that is repeated replaces its results.")
    ] = None,
    max_rejected: MaxRejected = MAX_REJECTED,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Score the interactions of a data folder."""
    from forestall.jobs.score import score as run

    with Steps() as steps:
        result = run(
            model_uri,
            data,
            output=output,
            as_of=as_of,
            all=closed,
            reasons=reasons,
            language=language,
            engine=engine.value,
            contacts=contacts,
            run_id=run_id,
            max_rejected=max_rejected,
            tracking_uri=tracking_uri,
            progress=steps,
        )
    show({"scores": str(output / "scores"), **result.to_dict()}, style)


def monitor(
    model_uri: ModelUri,
    reference: Annotated[
        Path,
        typer.Option(help="The data folder of a time when the model was right: best, what it learnt from."),
    ],
    current: Annotated[
        Path,
        typer.Option(
            help="The data folder of today, with the customers' past; what the reference has is left out."
        ),
    ],
    output: Annotated[
        Path, typer.Option(help="Folder for report.html, monitoring.json, features.parquet and rejected/.")
    ],
    scores: Annotated[
        Path | None,
        typer.Option(
            help="What scoring jobs wrote: then the risks given at the time are held to what came true."
        ),
    ] = None,
    max_rejected: MaxRejected = MAX_REJECTED,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Compare risks with outcomes, and data with a reference.

    Exit code 3: retraining is due; 4: lost facts call for repair.
    """
    from forestall.jobs.monitor import monitor as run

    with Steps() as steps:
        result = run(
            model_uri,
            reference,
            current,
            output=output,
            scores=scores,
            max_rejected=max_rejected,
            tracking_uri=tracking_uri,
            progress=steps,
        )
    shown = {"report": str(output / "report.html"), **result.to_dict()}
    if style is Format.text:
        shown["checks"] = [{**one, "passed": "yes" if one["passed"] else "NO"} for one in shown["checks"]]
        shown["metrics"] = {name: value for name, value in shown["metrics"].items() if name in SHOWN}
    show(shown, style)
    if result.exit_code:
        raise typer.Exit(result.exit_code)


def explain(
    model_uri: ModelUri,
    data: Data,
    interaction: Annotated[str, typer.Option(help="The interaction_id.")],
    language: Language = "en",
    max_rejected: MaxRejected = MAX_REJECTED,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Show the risk of one interaction, moment by moment, with its reasons."""
    from forestall.jobs.explain import explain as run

    with Steps() as steps:
        result = run(
            model_uri,
            data,
            interaction,
            language=language,
            max_rejected=max_rejected,
            tracking_uri=tracking_uri,
            progress=steps,
        )
    if style is Format.text:  # a table has room for the words of a reason
        for moment in result["moments"]:
            moment["reasons"] = [reason["text"] for reason in moment["reasons"]]
    show(result, style)


COMMANDS: dict[str, Callable[..., None]] = {
    "train": train,
    "promote": promote,
    "rollback": rollback,
    "evaluate": evaluate,
    "score": score,
    "explain": explain,
    "monitor": monitor,
}
