"""The commands about data: simulate, import, check, features."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from forestall.cli.output import Format, Steps, say, show
from forestall.defaults import MAX_REJECTED

FormatOption = Annotated[Format, typer.Option("--format", help="How results are written to stdout.")]
MaxRejected = Annotated[
    float, typer.Option(min=0, max=1, help="The share of a table's rows that may be rejected.")
]
RejectedFolder = Annotated[
    Path | None, typer.Option(help="Folder for the rejected rows, each with its rule.")
]
TrackingUri = Annotated[
    str | None,
    typer.Option(help="MLflow's server or database; else MLFLOW_TRACKING_URI, else mlflow.db here."),
]
AsOf = Annotated[
    str | None,
    typer.Option(help="Moments at this time (ISO 8601, UTC without a zone) of all that is open then."),
]
All = Annotated[bool, typer.Option("--all", help="With --as-of: closed interactions too, at their closing.")]
Data = Annotated[Path, typer.Argument(help="A data folder.")]


def simulate(
    out: Annotated[Path, typer.Argument(help="The data folder to make.")],
    interactions: Annotated[int, typer.Option(min=1, help="How many.")] = 50_000,
    seed: Annotated[int, typer.Option(help="Draws people and days; the world stays.")] = 0,
    response_rate: Annotated[
        float, typer.Option(min=0, max=1, help="The share of customers who rate.")
    ] = 0.33,
    style: FormatOption = Format.text,
) -> None:
    """Make a data folder of a made-up company, whose true risks are known (truth.parquet)."""
    from forestall.jobs.simulate import simulate as run

    with Steps() as steps:
        rows = run(out, interactions=interactions, seed=seed, response_rate=response_rate, progress=steps)
    show({"data": str(out), "seed": seed, "rows": rows}, style)


def import_(
    mapping: Annotated[Path, typer.Argument(help="The mapping file.")],
    sources: Annotated[list[Path], typer.Argument(help="Files: CSV, TSV, Parquet or XES.")],
    output: Annotated[Path, typer.Option(help="The data folder to write.")],
    max_rejected: MaxRejected = MAX_REJECTED,
    style: FormatOption = Format.text,
) -> None:
    """Turn a table or event log into a data folder, by a mapping file."""
    from forestall.data import check_tables
    from forestall.jobs.import_records import import_records as run

    with Steps() as steps:
        tables = run(mapping, sources, output=output, max_rejected=max_rejected, progress=steps)
    show({"data": str(output), **check_tables(tables)}, style)


def check(
    data: Data,
    max_rejected: MaxRejected = MAX_REJECTED,
    rejected: RejectedFolder = None,
    style: FormatOption = Format.text,
) -> None:
    """Check a data folder: count rows, kinds, time span, ratings, and rejections by rule."""
    from forestall.jobs.check import check as run

    with Steps() as steps:
        result = run(data, max_rejected=max_rejected, rejected=rejected, progress=steps)
    show(result.to_dict(), style)
    if result.error is not None:
        raise result.error


def features(
    data: Data,
    output: Annotated[Path, typer.Option(help="The Parquet or CSV file to write.")],
    as_of: AsOf = None,
    closed: All = False,
    moments: Annotated[
        Path | None, typer.Option(help="Parquet or CSV file with interaction_id and as_of.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="The model whose learnt facts are used; else those known at each moment."),
    ] = None,
    max_rejected: MaxRejected = MAX_REJECTED,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Write the feature table of moments."""
    from forestall.jobs.features import features as run

    with Steps() as steps:
        table = run(
            data,
            output=output,
            as_of=as_of,
            all=closed,
            moments=moments,
            model=model,
            max_rejected=max_rejected,
            tracking_uri=tracking_uri,
            progress=steps,
        )
    show({"output": str(output), "rows": table.height, "features": table.width - 2}, style)
    if not table.height:
        say("no interaction has a moment then")


COMMANDS: dict[str, Callable[..., None]] = {
    "simulate": simulate,
    "import": import_,
    "check": check,
    "features": features,
}
