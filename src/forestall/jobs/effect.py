"""`forestall effect`: what contacts saved, from customers who were held out by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import UsageError, must_be
from forestall.evaluation.effects.measure import measure_effect
from forestall.evaluation.effects.outcomes import ALWAYS
from forestall.evaluation.effects.result import ExperimentEffect
from forestall.job_files import (
    SUMMARY,
    OnStep,
    job_id,
    no_progress,
    read_data,
    rejection_counts,
    tables_as_input,
    write_summary,
)
from forestall.jobs.job_result import JobResult
from forestall.json_text import json_text
from forestall.locations import Location
from forestall.model.spec import read_spec
from forestall.moments import Label
from forestall.publishing import Job, Output, open_if_given, writing
from forestall.registry.tracking import RunContent, check_experiment, connect, log_content, running
from forestall.reporting.effect_page import write_effect_page

REPORT, RESULT = "report.html", "effect.json"
RUNS = "forestall-effect"
"""The experiment in MLflow that the runs are written to."""
COMPLAINED = "complained"
_RESULTS = (REPORT, RESULT, "rejected", SUMMARY)
_LABEL = Label(scale=(1, 5), dissatisfied_at_or_below=2)


@dataclass(frozen=True, repr=False)
class EffectResult(JobResult):
    """What an experiment shows.

    Attributes
    ----------
    effect
        Everything that the report shows.
    figures
        What `summary.json` holds.
    output
        Where the results were written, if anywhere.
    """

    effect: ExperimentEffect
    figures: dict[str, Any]
    output: Location | None

    def to_dict(self) -> dict[str, Any]:
        """Return the content of `effect.json`, with the address of the report."""
        return ({"report": str(self.output / REPORT)} if self.output else {}) | self.effect.to_dict()

    def summary(self) -> dict[str, Any]:
        """Return the figures for a reader."""
        return ({"report": str(self.output / REPORT)} if self.output else {}) | self.figures


def effect(
    data: Tables | str | Path,
    *,
    experiment: str | None = None,
    outcome: Sequence[str] = (),
    output: str | Path | None = None,
    model: str | Path | None = None,
    final: bool = False,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
) -> EffectResult:
    """Measure what contacts saved, in an experiment in which chance held customers out.

    Parameters
    ----------
    data
        A data folder, or tables, with the table `contacts`.
    experiment
        The name of the experiment; may be left out when there is only one.
    outcome
        Kinds of events to measure the effect on; by default `complained`. The rating, coming back and the customer
        value are always measured.
    output
        Gets `effect.json`, `report.html`, `summary.json` and, if rows were rejected, `rejected/`; a run is written to
        MLflow's experiment `forestall-effect`. None writes nothing.
    model
        A model's folder: its `model.yaml` defines who is dissatisfied. By default a rating of at most 2, on a scale
        from 1 to 5, within 30 days.
    final
        Whether this is the one look that was planned before the experiment began. Then the fixed interval decides;
        otherwise the confidence sequence does, which may be looked at every night.
    max_rejected, tracking_uri, progress
        See `forestall.jobs`.

    Raises
    ------
    UsageError
        There is no such experiment, or `output` holds anything that Forestall did not write.
    InputError
        The data have no contacts, or are not valid.
    """
    label, kinds = _LABEL if model is None else read_spec(model).label, _kinds(outcome)
    with open_if_given(output) as place:
        if place is not None:
            connect(tracking_uri)
            check_experiment(RUNS)
        progress("reading the tables")
        tables = _on_scale(read_data(data, max_rejected=max_rejected), label, max_rejected)
        progress("measuring the effect")
        found = measure_effect(tables, label, experiment=experiment, kinds=kinds, is_final=final)
        job = _job(tables, found.experiment, label, kinds, is_final=final)
        figures = _figures(found, tables, job.run_id)
        if place is None:
            return EffectResult(found, figures, None)
        result = EffectResult(found, figures, place.location)
        _write(result, tables, place, job)
    return result


def _kinds(outcome: Sequence[str]) -> tuple[str, ...]:
    given = (outcome,) if isinstance(outcome, str) else tuple(outcome)
    for kind in given:
        if not kind.strip():
            raise UsageError(must_be("--outcome", "a kind of event", "empty"))
        if kind in ALWAYS:
            do = "leave it out: it is always measured"
            raise UsageError(must_be("--outcome", "a kind of event", kind, do=do))
    return tuple(dict.fromkeys(given or (COMPLAINED,)))


def _on_scale(tables: Tables, label: Label, max_rejected: float) -> Tables:
    if label.scale is None:
        return tables
    kept = tables.reject_off_scale(*label.scale)
    kept.rejections.check(max_rejected)
    return kept


def _job(tables: Tables, experiment: str, label: Label, kinds: tuple[str, ...], *, is_final: bool) -> Job:
    options = {
        "experiment": experiment,
        "label": label.model_dump(),
        "outcomes": list(kinds),
        "is_final": is_final,
    }
    run_id = job_id("effect", tables.digest(), json_text(options))
    return Job("effect", run_id, _RESULTS, {"data": tables_as_input(tables)}, options, any_run=True)


def _figures(found: ExperimentEffect, tables: Tables, run_id: str) -> dict[str, Any]:
    outcomes = {
        name: {
            "effect": one.intention_to_treat.value,
            "low": one.deciding_interval[0],
            "high": one.deciding_interval[1],
            "n": one.n,
            "verdict": one.verdict,
        }
        for name, one in found.outcomes.items()
    }
    return {
        "experiment": found.experiment,
        "main_outcome": found.main,
        "is_sound": found.is_sound,
        "n_by_arm": found.n_by_arm,
        "outcomes": outcomes,
        "measured_saved_share": found.measured_saved_share,
        "checks": [
            {"check": one.check, "passed": "yes" if one.passed else "NO", "finding": one.says}
            for one in found.checks
        ],
        "notes": list(found.notes),
        "run_id": run_id,
        **rejection_counts(tables.rejections.tally),
    }


def _write(result: EffectResult, tables: Tables, place: Output, job: Job) -> None:
    found = result.effect
    content = json_text(found.to_dict())
    with place.publication(job) as publication, writing(place.folder):
        folder = publication.folder
        write_effect_page(found, folder / REPORT)
        (folder / RESULT).write_text(content, encoding="utf-8")
        tables.rejections.write(folder / "rejected")
        write_summary(folder, result.figures)
        page = (folder / REPORT).read_text(encoding="utf-8")
        with running(RUNS, f"effect {found.experiment}"):
            log_content(
                RunContent(
                    params={
                        "experiment": found.experiment,
                        "label": found.label,
                        "data_digest": tables.digest(),
                    },
                    metrics=found.metrics(),
                    tags={
                        "forestall.job": "effect",
                        "forestall.is_sound": str(found.is_sound).lower(),
                    },
                    texts={REPORT: page, RESULT: content},
                )
            )
