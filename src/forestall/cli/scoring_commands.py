"""The commands that use a model or its contacts: evaluate, score, explain, monitor, effect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from forestall.cli.options import (
    All,
    AsOf,
    Data,
    Deep,
    Engine,
    Examples,
    FormatOption,
    Language,
    LedgerUrl,
    MaxRejected,
    ModelUri,
    RequireSignature,
    RunId,
    Texts,
    TrackingUri,
    read_changes,
)
from forestall.cli.printing import Format, show_result
from forestall.cli.progress import Steps
from forestall.defaults import MAX_REJECTED


def evaluate(
    model_uri: ModelUri,
    data: Data,
    output: Annotated[
        str, typer.Option(help="Folder for report.html, evaluation.json and predictions.parquet.")
    ],
    deep: Deep = False,
    examples: Examples = False,
    ledger: LedgerUrl = None,
    max_rejected: MaxRejected = MAX_REJECTED,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Evaluate a model on the labelled interactions of a data folder."""
    from forestall.jobs.evaluate import evaluate as run

    with Steps() as steps:
        result = run(
            model_uri,
            data,
            output=output,
            deep=deep,
            examples=examples,
            ledger=ledger,
            max_rejected=max_rejected,
            tracking_uri=tracking_uri,
            progress=steps,
        )
    show_result(result, style)


def score(
    model_uri: ModelUri,
    data: Data,
    output: Annotated[
        str,
        typer.Option(help="Folder, address in a store or database: gets scores, summary.json and the lists."),
    ],
    as_of: AsOf = None,
    all_: All = False,
    reasons: Annotated[bool, typer.Option("--reasons", help="Contributions and reasons too.")] = False,
    reasons_from: Annotated[
        str | None,
        typer.Option(
            metavar="BAND",
            help="Contributions and reasons, but only from this band on: medium, high or critical.",
        ),
    ] = None,
    language: Language = "en",
    contacts: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Write contact_list.parquet and its page with at most N contacts; by default by the policy.",
        ),
    ] = None,
    texts: Texts = False,
    engine: Annotated[Engine, typer.Option(help="Compute here, or by Spark's executors.")] = Engine.local,
    ledger: LedgerUrl = None,
    run_id: RunId = None,
    require_signature: RequireSignature = None,
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
            all=all_,
            reasons=reasons,
            reasons_from=reasons_from,
            language=language,
            contacts=contacts,
            texts=texts,
            engine=engine.value,
            ledger=ledger,
            run_id=run_id,
            require_signature=require_signature,
            max_rejected=max_rejected,
            tracking_uri=tracking_uri,
            progress=steps,
            on_part=steps.part,
        )
    show_result(result, style)


def explain(
    model_uri: ModelUri,
    data: Data,
    interaction: Annotated[str, typer.Option(help="The interaction_id.")],
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            metavar="FEATURE=VALUE",
            help="Also the risk had this fact been otherwise, such as service_wait_s=60; may be given several times.",
        ),
    ] = None,
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
            what_if=read_changes(what_if),
            language=language,
            max_rejected=max_rejected,
            tracking_uri=tracking_uri,
            progress=steps,
        )
    show_result(result, style)


def monitor(
    model_uri: ModelUri,
    reference: Annotated[
        str,
        typer.Option(
            help="Data folder of a time when the model was right; best the data that it was trained on."
        ),
    ],
    current: Annotated[
        str,
        typer.Option(
            help="Data folder of today, with the customers' past; interactions of the reference are skipped."
        ),
    ],
    output: Annotated[
        str, typer.Option(help="Folder for report.html, monitoring.json, features.parquet and rejected/.")
    ],
    scores: Annotated[
        str | None,
        typer.Option(
            help="Results of earlier scoring jobs: their risks are compared with what was observed."
        ),
    ] = None,
    ledger: LedgerUrl = None,
    max_rejected: MaxRejected = MAX_REJECTED,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Compare a model's risks with what was observed, and current data with a reference.

    Exit code 3: retraining is due. Exit code 4: only the data must be repaired, because facts are lost.
    """
    from forestall.jobs.monitor import monitor as run

    with Steps() as steps:
        result = run(
            model_uri,
            reference,
            current,
            output=output,
            scores=scores,
            ledger=ledger,
            max_rejected=max_rejected,
            tracking_uri=tracking_uri,
            progress=steps,
            on_part=steps.part,
        )
    show_result(result, style)
    raise typer.Exit(result.exit_code)


def effect(
    data: Data,
    output: Annotated[str, typer.Option(help="Folder for effect.json and report.html.")],
    experiment: Annotated[
        str | None, typer.Option(help="The experiment; may be left out when there is only one.")
    ] = None,
    outcome: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Kind of event to measure the effect on, may be repeated; by default complained. The rating, coming "
            "back and the customer value are always measured.",
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            help="The model's folder: its model.yaml says who is dissatisfied. By default a rating of at most 2 of 5."
        ),
    ] = None,
    final: Annotated[
        bool,
        typer.Option(
            "--final",
            help="This is the one look that was planned before the start: the fixed interval decides.",
        ),
    ] = False,
    max_rejected: MaxRejected = MAX_REJECTED,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Measure what contacts saved, from customers who were held out by chance."""
    from forestall.jobs.effect import effect as run

    with Steps() as steps:
        result = run(
            data,
            experiment=experiment,
            outcome=outcome or (),
            output=output,
            model=model,
            final=final,
            max_rejected=max_rejected,
            tracking_uri=tracking_uri,
            progress=steps,
        )
    show_result(result, style)


COMMANDS: dict[str, Callable[..., None]] = {
    "evaluate": evaluate,
    "score": score,
    "explain": explain,
    "monitor": monitor,
    "effect": effect,
}
