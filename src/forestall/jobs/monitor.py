"""The monitoring of a model: what has drifted, what its risks promise, and whether it came true."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.errors import InputError
from forestall.evaluation.bootstrap import bootstrap_intervals
from forestall.evaluation.curves import Points, reliability_points
from forestall.evaluation.drift import Drift, drift, family_shifts
from forestall.evaluation.metrics import Floats, metrics
from forestall.evaluation.monitor_page import write_page
from forestall.evaluation.monitoring import Monitoring, Outcome, Part, Queued
from forestall.evaluation.promise import promised
from forestall.jobs.driving import Looked, by_family, look
from forestall.jobs.due import State, signs
from forestall.jobs.learn import labelled_moments
from forestall.jobs.output import job_id, replaced, write_summary
from forestall.jobs.reading import read_data
from forestall.jobs.record import label_in_words
from forestall.jobs.scored import Acted, come_true, read_scores
from forestall.jobs.segmenting import groups_learnt, segments_of
from forestall.json_text import json_text
from forestall.model import RiskModel
from forestall.moments import default_moments
from forestall.moments.chance import drawn
from forestall.moments.moments import ENDS
from forestall.registry import LoadedModel, load

log = logging.getLogger(__name__)

REPORT, RESULT, FEATURES = "report.html", "monitoring.json", "features.parquet"
MOST_INTERACTIONS = 50_000  # of each data folder: what bounds the time
MOST_LOOKED = 3000  # contributions are slow; a distance of 0.05 is beyond chance by then
_ENDED = 0.5  # where more of the reference's interactions than this end, only ended ones are compared
_N_BARS = 25


@dataclass(frozen=True)
class Seen:
    """The interactions of a data folder as the model sees them, each at its last moment; the risks of those scored."""

    rows: pl.DataFrame
    risk: Floats
    looked: Looked


def monitor(
    model_uri: str,
    reference: Tables | str | Path,
    current: Tables | str | Path,
    output: str | Path,
    *,
    scores: str | Path | None = None,
    max_rejected: float = 0.05,
    tracking_uri: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Compare what a model sees now with what it saw, hold its risks to their promise, and return what was found.

    Parameters
    ----------
    model_uri
        The model.
    reference
        The data of a time when the model was right: best those that it was learnt from.
    current
        The data of today. They should hold the customers' past too; interactions that the reference has are part of
        that past and not compared.
    output
        Gets `report.html`, `monitoring.json`, `features.parquet`, `summary.json` and, if rows of the current data were
        rejected, `rejected/`: all of them or, when the job fails, none.
    scores
        What scoring jobs wrote, a folder with `scores/*.parquet` anywhere below it: then these risks are held to what
        came true. Else the model scores the rated interactions now.

    Returns
    -------
    dict
        `retraining_due`, `reasons`, `checks` and the figures.

    Raises
    ------
    InputError
        The current data hold no interaction that the reference has not, or the data are not as they must be.
    """
    tell = progress or (lambda step: None)
    tell("fetching the model")
    model = load(model_uri, tracking_uri)
    tell("reading the tables")
    before, now = (read_data(one, spec=model.spec, max_rejected=max_rejected) for one in (reference, current))
    old, new, notes = _compared(before, now, model.spec.seed)
    tell("scoring the reference, and what is new")
    parts = [_part(model.risk_model, *one) for one in (("reference", before, old), ("current", now, new))]
    tell("what has moved, and what came true")
    acted = read_scores(scores, model.name) if scores is not None else None
    rated, queued = _outcomes(model.risk_model, now, before, acted)
    found = _found(model, parts, rated, queued, [*notes, *_scored_by(acted)])
    run_id = job_id("monitor", model.name, model.version or model.uri, before.digest(), now.digest(), scores)
    summary = _summary(model, found, now, run_id)
    with replaced(Path(output), run_id, (REPORT, RESULT, FEATURES, "rejected")) as folder:
        write_page(found, folder / REPORT)
        (folder / RESULT).write_text(json_text(found.to_dict()), encoding="utf-8")
        pl.DataFrame([vars(one) for one in found.drift.features]).write_parquet(folder / FEATURES)
        now.rejections.write(folder / "rejected")
        write_summary(folder, summary)
    log.info("monitored %s: %s", model.uri, found.verdict)
    return {"report": str(Path(output) / REPORT), **summary}


def _compared(before: Tables, now: Tables, seed: int) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Return the moments of the reference and of what is new, and what was left out, in sentences."""
    notes = []
    fresh = _fresh(before, now)
    n_known = now.interactions.height - fresh.height
    if not fresh.height:
        raise InputError("the current data must hold interactions that the reference has not; they hold none")
    if n_known:
        notes.append(f"{n_known:,} interactions that the reference has too are not compared.")
    if "none" in {before.about["clock"], now.about["clock"]}:
        notes.append("The data have no clock: which came first cannot be told from their times.")
    moments = [_lasts(tables, rows) for tables, rows in ((before, before.interactions), (now, fresh))]
    if (
        _share_ended(moments[0]) > _ENDED
    ):  # else the newest, still open, would look like a drift of all of them
        n_open = [int((~one["has_ended"]).sum()) for one in moments]
        moments = [one.filter("has_ended") for one in moments]
        if any(n_open):
            notes.append(f"{n_open[0]:,} and {n_open[1]:,} interactions that had not ended are not compared.")
    old, new = (drawn(one, MOST_INTERACTIONS, seed, "monitored") for one in moments)
    return old, new, notes


def _fresh(before: Tables, now: Tables) -> pl.DataFrame:
    """Return the interactions that the reference has not: by id and start, since ids may begin anew."""
    key = ["interaction_id", "started_at"]
    return now.interactions.join(before.interactions.select(key), on=key, how="anti", maintain_order="left")


def _lasts(tables: Tables, interactions: pl.DataFrame) -> pl.DataFrame:
    """Return the last moment of each interaction, and whether it has ended."""
    ended = tables.events.filter(pl.col("kind").is_in(ENDS))["interaction_id"].unique()
    return (
        interactions.select("interaction_id", "customer_id", "started_at")
        .join(default_moments(tables), on="interaction_id", how="left", maintain_order="left")
        .with_columns(has_ended=pl.col("interaction_id").is_in(ended.implode()))
        .sort("started_at", maintain_order=True)
    )


def _share_ended(moments: pl.DataFrame) -> float:
    return float(moments["has_ended"].sum()) / max(moments.height, 1)


def _part(model: RiskModel, name: str, tables: Tables, moments: pl.DataFrame) -> Seen:
    """Return the interactions of a data folder as the model sees them."""
    scores = model.score(tables, moments=moments.select("interaction_id", "as_of"))
    rows = moments.hstack(scores.select("dissatisfaction_risk", "risk_band", "data_quality")).join(
        segments_of(tables), on="interaction_id", how="left", maintain_order="left"
    )
    scored = rows.filter(pl.col("dissatisfaction_risk").is_not_null())
    if not scored.height:
        raise InputError(
            f"the {name} data must hold interactions that the model scores; it abstains from all"
        )
    return Seen(
        rows, scored["dissatisfaction_risk"].to_numpy(), look(model, tables, scored, most=MOST_LOOKED)
    )


def _outcomes(
    model: RiskModel, now: Tables, before: Tables, acted: Acted | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the new interactions whose label has come, with the risk that is judged: those left alone, and queued."""
    if acted is not None:
        rows = come_true(acted, now, model.spec.label)
    else:
        rows = labelled_moments(now, model.spec)[0].filter("is_last")
        scores = model.score(now, moments=rows.select("interaction_id", "as_of"))
        rows = rows.with_columns(risk=scores["dissatisfaction_risk"], is_queued=pl.lit(False))
    is_new = pl.col("interaction_id").is_in(_fresh(before, now)["interaction_id"].implode())
    judged = rows.filter(is_new, pl.col("risk").is_not_null()).select(
        "interaction_id", "customer_id", "as_of", "label", "risk", "is_queued"
    )
    return judged.filter(~pl.col("is_queued")), judged.filter("is_queued")


def _found(
    model: LoadedModel, parts: Sequence[Seen], rated: pl.DataFrame, queued: pl.DataFrame, notes: list[str]
) -> Monitoring:
    """Return all that was found, judged."""
    spec, (old, new) = model.spec, parts
    reference, current = (_told(one, spec.seed) for one in parts)
    state = State(
        rated=rated,
        word=promised(rated["risk"], seed=spec.seed),
        promised_before=reference.promised["auc"].mean,
        promised_now=current.promised["auc"].mean,
        drift=_drift(model.risk_model, old.looked, new.looked),
        risk_moved=_moved(old.risk, new.risk),
        unknown=_unknown(model.risk_model, new.rows),
        quality_before=reference.quality,
        quality_now=current.quality,
    )
    checks, is_enough = signs(state, spec.gate, spec.seed)
    if not is_enough:
        notes = [*notes, _few(rated)]
    return Monitoring(
        model_name=model.name,
        model_version=model.version or "",
        label=label_in_words(spec.label),
        reference=reference,
        current=current,
        outcome=_outcome(state, spec.seed),
        queued=_queued(queued),
        is_decided_by_ratings=is_enough,
        checks=checks,
        drift=state.drift,
        spread=_spread(old.risk, new.risk),
        unknown=state.unknown,
        notes=notes,
    )


def _told(seen: Seen, seed: int) -> Part:
    starts = seen.rows["started_at"].dt.to_string("iso:strict")
    return Part(
        n=seen.rows.height,
        begins=str(starts.min()),
        ends=str(starts.max()),
        mean_risk=float(seen.risk.mean()),
        promised=promised(seen.risk, seed=seed),
        bands=_shares(seen.rows["risk_band"].drop_nulls()),
        quality=_shares(seen.rows["data_quality"]),
    )


def _shares(names: pl.Series) -> dict[str, float]:
    counts = names.value_counts(normalize=True, name="share").sort(names.name)
    return dict(counts.iter_rows())


def _drift(model: RiskModel, before: Looked, now: Looked) -> Drift:
    columns = {
        name: (family, feature.description, feature.is_category)
        for name, (family, feature) in model.columns.items()
    }
    old, new = ((one.matrix, one.contributions[:, :-1]) for one in (before, now))
    shifts = family_shifts(by_family(before), by_family(now), model.spec.seed)
    return Drift(drift(old, new, columns), shifts)


def _moved(before: Floats, now: Floats) -> float:
    """Return how far the mean of the log-odds has moved, in their standard deviations before."""
    old, new = (
        np.log(one) - np.log1p(-one) for one in (np.clip(some, 1e-6, 1 - 1e-6) for some in (before, now))
    )
    spread = float(old.std())
    return float(new.mean() - old.mean()) / spread if spread else 0.0


def _unknown(model: RiskModel, rows: pl.DataFrame) -> dict[str, float]:
    """Return by column the share of the interactions whose group was never learnt from; a gap is known."""
    return {
        name: float((~rows[name].is_in(known) & rows[name].is_not_null()).mean())  # type: ignore[arg-type]
        for name, known in groups_learnt(model).items()
    }


def _spread(before: Floats, now: Floats) -> Points:
    edges = np.linspace(
        0, min(1.0, max(0.05, float(np.quantile(np.append(before, now), 0.999)))), _N_BARS + 1
    )
    points = {"start": edges[:-1].tolist(), "stop": edges[1:].tolist()}
    for name, risk in (("before", before), ("now", now)):
        counts, _ = np.histogram(np.clip(risk, 0, edges[-1]), edges)
        points[name] = (counts / len(risk)).tolist()
    return points


def _outcome(state: State, seed: int) -> Outcome:
    rows = state.rated
    label, risk = rows["label"].cast(pl.Float64).to_numpy(), rows["risk"].to_numpy()
    return Outcome(
        metrics=metrics(label, risk, seed=seed),
        intervals=bootstrap_intervals(rows, seed=seed) if rows.height else {},
        promised=state.word,
        reliability=reliability_points(label, risk, np.ones(len(risk)), n_bins=10) if rows.height else {},
    )


def _queued(rows: pl.DataFrame) -> Queued | None:
    if not rows.height:
        return None
    risk, rate = rows.select(pl.col("risk").mean(), pl.col("label").cast(pl.Float64).mean()).row(0)
    return Queued(rows.height, risk, rate)


def _few(rated: pl.DataFrame) -> str:
    return (
        f"Only {rated.height:,} labels of new interactions have come, {int(rated['label'].sum()):,} of them "
        "dissatisfied: too few to say whether the risks come true, so what has moved decides."
    )


def _scored_by(acted: Acted | None) -> list[str]:
    if acted is None:
        return ["The labelled interactions were scored now, by this version."]
    versions = ", ".join(acted.versions) or "not told"
    return [f"What came true is held against the scores that were given at the time, by version {versions}."]


def _summary(model: LoadedModel, found: Monitoring, now: Tables, run_id: str) -> dict[str, Any]:
    told = found.to_dict()
    return {
        "retraining_due": found.retraining_due,
        "repair_due": found.repair_due,
        "reasons": found.reasons,
        "checks": told["checks"],
        "notes": found.notes,
        "is_decided_by_ratings": found.is_decided_by_ratings,
        "metrics": found.metrics(),
        "model_name": model.name,
        "model_version": model.version,
        "run_id": run_id,
        "rejected": now.rejections.count("interactions"),
        "rejected_events": now.rejections.count("events"),
        "rejected_by_rule": now.rejections.counts(),
    }
