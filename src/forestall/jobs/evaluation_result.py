"""What an evaluation returns and writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from forestall.assessment.assess import Assessment
from forestall.assessment.run_content import label_in_words
from forestall.data import Tables
from forestall.evaluation import Evaluation
from forestall.job_files import SUMMARY, earlier_results, rejection_counts, tables_as_input, write_summary
from forestall.jobs.job_result import JobResult
from forestall.locations import Location
from forestall.publishing import Job, Publication, writing
from forestall.registry import LoadedModel
from forestall.registry.package import spec_yaml
from forestall.reporting import Context, write_report
from forestall.reporting.text.leaks import leak_warnings

REPORT, RESULT, PREDICTIONS = "report.html", "evaluation.json", "predictions.parquet"
_RESULTS = (REPORT, RESULT, PREDICTIONS, "rejected", SUMMARY)


@dataclass(frozen=True, repr=False)
class EvaluationResult(JobResult):
    """What `evaluate` found.

    Attributes
    ----------
    evaluation
        Everything that the report shows.
    predictions
        The labelled moments with their risk and label.
    figures
        What `summary.json` holds: the model, counts, notes and metrics.
    output
        Where the results were written, if anywhere.
    """

    evaluation: Evaluation
    predictions: pl.DataFrame
    figures: dict[str, Any]
    output: Location | None

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics, by name."""
        return dict(self.figures["metrics"])

    @property
    def notes(self) -> list[str]:
        """What a reader of the metrics must know, in sentences."""
        return list(self.figures["notes"])

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints."""
        return ({"report": str(self.output / REPORT)} if self.output else {}) | self.figures

    def summary(self) -> dict[str, Any]:
        """Return the figures for a reader: of the metrics the overall ones."""
        overall = {name: value for name, value in self.metrics.items() if "/" not in name}
        return self.to_dict() | {"metrics": overall}


def evaluation_figures(
    model: LoadedModel,
    tables: Tables,
    rows: pl.DataFrame,
    evaluation: Evaluation,
    notes: list[str],
    run_id: str,
) -> dict[str, Any]:
    """Return what `summary.json` holds."""
    return {
        "model_name": model.name,
        "model_version": model.version,
        "run_id": run_id,
        "interactions": rows["interaction_id"].n_unique(),
        "moments": rows.height,
        "notes": [*notes, *leak_warnings(evaluation)],
        **rejection_counts(tables.rejections.tally),
        "metrics": evaluation.metrics(),
    }


def report_context(model: LoadedModel, tables: Tables, found: Assessment, notes: list[str]) -> Context:
    """Return what the report shows beside the evaluation."""
    return Context(
        model_name=model.name,
        model_version=model.version or "",
        run_id=model.run_id or "",
        label=label_in_words(model.spec.label),
        event=model.spec.label.event or "",
        notes=notes,
        settings=spec_yaml(model.spec),
        rejections=tables.rejections.counts(),
        lineage={"data digest": tables.digest(), "model": model.uri},
        importance=found.importance,
        quality=found.quality,
    )


def evaluation_job(model: LoadedModel, tables: Tables, run_id: str, *, deep: bool, examples: bool) -> Job:
    """Return the job as its manifest describes it."""
    inputs = {"model": model.identity(), "data": tables_as_input(tables)}
    options = {"deep": deep, "examples": examples}
    return Job("evaluate", run_id, _RESULTS, inputs, options, find_earlier=earlier_results(*_RESULTS))


def write_evaluation(
    result: EvaluationResult, context: Context, tables: Tables, publication: Publication
) -> None:
    """Write the report, the figures, the predictions and the rejected rows."""
    folder = publication.folder
    with writing(str(result.output)):
        write_report(result.evaluation, context, folder / REPORT)
        (folder / RESULT).write_text(result.evaluation.to_json(), encoding="utf-8")
        result.predictions.write_parquet(folder / PREDICTIONS)
        tables.rejections.write(folder / "rejected")
        write_summary(folder, result.figures)
    publication.account = {
        "interactions": result.figures["interactions"],
        "moments": result.figures["moments"],
    }
