"""The content of a training run: parameters, metrics, tags, files, report and model card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from forestall.assessment.assess import Assessment
from forestall.assessment.run_predictions import run_salt, without_ids
from forestall.data import Tables
from forestall.evaluation import Evaluation
from forestall.evaluation.effects.contact_order import ContactOrder
from forestall.evaluation.metrics import paired_gain, risk_metrics
from forestall.evaluation.metrics.customers import one_each
from forestall.json_text import json_text
from forestall.model.spec import Spec
from forestall.moments import Label
from forestall.moments.row_order import with_own_rows
from forestall.registry.package import spec_yaml
from forestall.registry.tracking import RunContent, environment, flat
from forestall.registry.wheel import code_digest
from forestall.reporting import Context
from forestall.reporting.card import FILE as CARD
from forestall.reporting.card import card
from forestall.reporting.charts.report_charts import report_charts
from forestall.reporting.charts.run_figure import run_figure
from forestall.training.learn import TUNING, TrainingResult

PREDICTIONS = "test/predictions.parquet"
CONTACT_ORDER = "contact_order.json"
REPORT, SPEC, FIGURE = "report.html", "model.yaml", "plots/main_charts.html"
# Tags of a run and a version: their data and their training.
DATA_PATH, DATA_DIGEST = "forestall.data_path", "forestall.data_digest"
# The digest without contacts, if there were any: a ledger goes on after the training.
RECORDS_DIGEST = "forestall.records_digest"
# What the model learnt from that may be known only with the label, in words; a tag holds at most 5,000 characters.
LEAKS, MOST_LEAKS = "forestall.leaks", 8
# Those of them that alone tell the label nearly for certain: their names, as JSON.
NEAR_LABEL = "forestall.near_label"
N_LABELLED, N_DISSATISFIED = "forestall.n_labelled", "forestall.n_dissatisfied"
EXPERIMENTAL = "forestall.experimental"
# Tags of a tuned model and of its trials: the study, and the trial with the best settings.
STUDY, BEST_TRIAL = "forestall.tuning", "forestall.best_trial"
# Settings that are logged as one parameter: their keys are names of the company, possibly hundreds.
_WHOLE = ("standards.channels", "standards.venues", "calendars")
# The metrics of an ablation that are logged.
ABLATED = ("auc", "log_loss", "average_precision")


@dataclass(frozen=True)
class TrainingRecord:
    """A training, and what its run will hold.

    Parameters
    ----------
    learnt, assessment, tables
        The trained model, its evaluation, and its data.
    path
        The data folder; empty if the tables came from memory.
    study
        The name of the hyperparameter study; None without trials.
    contact_order
        How well the effect of a contact orders contacts; None if it was not learnt.
    """

    learnt: TrainingResult
    assessment: Assessment
    tables: Tables
    path: str
    study: str | None = None
    contact_order: ContactOrder | None = None

    @property
    def evaluation(self) -> Evaluation:
        """The evaluation of the twin model."""
        return self.assessment.evaluation

    @property
    def spec(self) -> Spec:
        """The specification of the model."""
        spec: Spec = self.learnt.model.spec
        return spec

    def tags(self) -> dict[str, str]:
        """Return the tags of the run and of the version."""
        return {
            DATA_PATH: self.path,
            DATA_DIGEST: self.tables.digest(),
            N_LABELLED: str(self.learnt.counts["labelled"]),
            N_DISSATISFIED: str(self.learnt.counts["dissatisfied"]),
            EXPERIMENTAL: str(bool(self.learnt.model.info.get("experimental"))).lower(),
            "forestall.clock": str(self.tables.about["clock"]),
            **({} if self.tables.contacts.is_empty() else {RECORDS_DIGEST: records_digest(self.tables)}),
            **self._leaks(),
            **self._tuning_tags(),
        }

    def _leaks(self) -> dict[str, str]:
        """Return tags of what the model learnt from and may be known only with the label, but for Forestall's features.

        When a fact of such a feature is known, Forestall itself sees to.
        """
        found = [one for one in self.evaluation.leaks if one.is_used and one.kind != "feature"]
        if not found:
            return {}
        names = [one.name.removeprefix("event ") for one in found]
        said = [f"{one.kind} {name}: {one.why}" for one, name in zip(found, names, strict=True)][:MOST_LEAKS]
        near = [name for one, name in zip(found, names, strict=True) if one.is_near_label][:MOST_LEAKS]
        return {LEAKS: "; ".join(said), NEAR_LABEL: json_text(near)}

    def _tuning_tags(self) -> dict[str, str]:
        tuned = self.learnt.tuned
        return {STUDY: self.study or "", BEST_TRIAL: str(tuned.best.number)} if tuned else {}

    def tuning(self) -> dict[str, Any]:
        """Return the result of the trials, and the gain from tuning on the test part; empty without trials."""
        tuned = self.learnt.tuned
        if tuned is None:
            return {}
        gain = self.ablations()[f"without {TUNING}"]["gain"] if TUNING in self.learnt.ablations else None
        return {
            "verdict": tuned.verdict(gain),
            "best_trial": tuned.best.number,
            "parameters": tuned.best.params,
            **{name.removeprefix("tuning/"): value for name, value in tuned.metrics().items()},
        } | ({"gain": gain} if gain else {})

    def context(self, run_id: str) -> Context:
        """Return what the report shows beside the evaluation."""
        return Context(
            model_name=self.spec.name,
            run_id=run_id,
            label=label_in_words(self.spec.label),
            event=self.spec.label.event or "",
            notes=list(self.learnt.notes),
            counts=dict(self.learnt.counts),
            windows=dict(self.learnt.windows),
            importance=self.assessment.importance,
            quality=self.assessment.quality,
            ablations=self.ablations(),
            tuning=self.tuning().get("verdict", ""),
            contact_order=self.contact_order,
            rejections=self.tables.rejections.counts(),
            settings=spec_yaml(self.spec),
            lineage={
                "data digest": self.tables.digest(),
                "seed": self.spec.seed,
                "code digest": code_digest(),
            }
            | environment(),
        )

    def card(self, run_id: str) -> str:
        """Return the model card."""
        return card(self.evaluation, self.context(run_id), self.spec, self.learnt.model.info)

    def content(self, html: str, model_card: str) -> RunContent:
        """Return what the run holds beside the model and its twin.

        Parameters
        ----------
        html, model_card
            The report and the model card.
        """
        ablated = {
            f"ablation/{name}/{metric}": one["metrics"][metric]
            for name, one in self.ablations().items()
            for metric in ABLATED
        }
        counts = {f"count/{name}": float(value) for name, value in self.learnt.counts.items()}
        tuned = self.learnt.tuned.metrics() if self.learnt.tuned else {}
        effect = self.contact_order.metrics() if self.contact_order else {}
        figure = run_figure(report_charts(self.evaluation, {}))
        return RunContent(
            params=flat(self.spec.model_dump(mode="json"), whole=_WHOLE)
            | flat({"found": self.learnt.model.estimator.found()})
            | self.learnt.windows,
            metrics=self.evaluation.metrics() | counts | ablated | tuned | effect,
            tags=self.tags() | {f"version.{name}": value for name, value in environment().items()},
            texts={
                SPEC: spec_yaml(self.spec),
                REPORT: html,
                CARD: model_card,
                "evaluation.json": self.evaluation.to_json(),
                **({CONTACT_ORDER: json_text(self.contact_order)} if self.contact_order else {}),
            },
            frames={PREDICTIONS: self._predictions()},
            figures={FIGURE: figure} if figure else {},
        )

    def _predictions(self) -> pl.DataFrame:
        rows = with_own_rows(self.learnt.test, self.tables)
        return without_ids(rows, run_salt(self.spec.name))

    def ablations(self) -> dict[str, dict[str, Any]]:
        """Return by ablation the metrics without a part, and the gain of the full model over it."""
        full = self.learnt.test.filter("is_last").select("interaction_id", "as_of", risk_full="risk")
        found = {}
        for name, frame in self.learnt.ablations.items():
            both = frame.filter("is_last").join(full, on=["interaction_id", "as_of"], maintain_order="left")
            both = both.drop_nulls("risk")
            gain = paired_gain(one_each(both), "risk_full", "risk", seed=self.spec.seed)
            found[f"without {name}"] = {"metrics": _figures(both), "gain": gain._asdict()}
        return found


def _figures(rows: pl.DataFrame) -> dict[str, float]:
    return risk_metrics(rows["label"], rows["risk"])


def records_digest(tables: Tables) -> str:
    """Return the digest of the tables without contacts: no score depends on them."""
    return tables.replace(contacts=tables.contacts.clear()).digest()


def label_in_words(label: Label) -> str:
    """Return the definition of dissatisfied, in words."""
    if label.event is not None:
        return f"the event “{label.event}” within {label.horizon_days:g} days"
    low, high = label.scale or (0, 0)
    bad = label.dissatisfied_at_or_below or 0
    return f"a rating of {bad:g} or less on the scale from {low:g} to {high:g}, within {label.horizon_days:g} days"
