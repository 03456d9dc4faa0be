"""The training set: labelled moments with their features, and the models that are fitted on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.data.schemas import TIME
from forestall.errors import InputError
from forestall.evaluation.questions.baselines import baselines
from forestall.model import RiskModel, Spec
from forestall.model.columns_of_own_features import with_columns_read
from forestall.model.estimators import RiskEstimator
from forestall.model.families import ASKS_AGAIN
from forestall.model.input_tables import tables_for
from forestall.model.prepared_tables import PreparedTables
from forestall.moment_features import Family
from forestall.moment_features.catalogue import STAFF_COLUMN
from forestall.moment_features.earlier_ratings import know_earlier_ratings
from forestall.moment_features.feature_plan import FeaturePlan
from forestall.moment_features.own_kinds import NO_KINDS, OwnKinds
from forestall.moment_features.sources import Sources
from forestall.moment_features.stage import STAGE
from forestall.moment_features.standards import Standards
from forestall.moment_features.table import features_at, locate, plan_of
from forestall.moment_features.table_sources import sources_of
from forestall.moment_features.text_features import FAMILY as TEXT_FAMILY
from forestall.moment_features.text_score import TextWeights
from forestall.moments import end_of_records
from forestall.moments.labels import has_no_clock
from forestall.moments.timeline import Ints
from forestall.own_features import NO_FEATURES, OwnFeatures
from forestall.pseudonyms import salt_of
from forestall.statistics import Floats
from forestall.training.baseline_features import measured_features, reference_features
from forestall.training.families_learnt import families_learnt
from forestall.training.fit_model import fit_model
from forestall.training.labelled_moments import JUDGED
from forestall.training.labelled_rows import Rows
from forestall.training.new_estimator import new_estimator
from forestall.training.own_kinds import chosen_kinds
from forestall.training.raw_columns import RawColumns
from forestall.training.text_scores import TextScores
from forestall.training.text_vectors import with_embedding, with_embedding_columns

MakeFeatures = Callable[[Tables, Sources, Standards, Ints, Ints, FeaturePlan], pl.DataFrame]
"""Returns what `features_at` does, for sources of tables with standards, moments and a plan."""
# with a smaller training part, refits on all rows tell more of the interval than the twin's do
_MOST = 0.5


@dataclass(frozen=True)
class TrainingSet:
    """Labelled moments with everything that fitting needs.

    Attributes
    ----------
    tables
        The company's records.
    spec
        What is predicted, and how.
    n_jobs
        Threads.
    info
        The `info` of the models.
    rows
        The labelled moments with their part of the split, and their features.
    sources
        The timelines of the tables, with the facts as of each moment.
    preset
        The preset of LightGBM's settings; `auto`: each fit finds its own.
    own_kinds, own_features
        The company's own kinds of events that have features, and its own features.
    text_weights
        The weights of texts, learnt on the training part; None if texts have no scores.
    """

    tables: Tables
    spec: Spec
    n_jobs: int
    info: dict[str, Any]
    rows: Rows
    sources: Sources
    preset: str = "auto"
    own_kinds: OwnKinds = NO_KINDS
    own_features: OwnFeatures = NO_FEATURES
    text_weights: TextWeights | None = None

    @classmethod
    def of(
        cls,
        tables: Tables,
        moments: pl.DataFrame,
        spec: Spec,
        n_jobs: int,
        info: dict[str, Any],
        sources: Sources | None = None,
        own_kinds: OwnKinds | None = None,
        own_features: OwnFeatures = NO_FEATURES,
        make_features: MakeFeatures | None = None,
        scores_texts: bool | None = None,
    ) -> TrainingSet:
        """Return the training set of labelled moments.

        `sources` of the same tables are used if given. Without `own_kinds`, those that go with the label are chosen.
        `make_features` makes the feature rows elsewhere. `scores_texts` says whether texts have learnt scores; None:
        if `words.score` in the specification allows it and they tell more than the other features.

        Raises
        ------
        InputError
            A column of the model's context is missing, or not as it must be.
        """
        tables, spec = tables_for(tables, spec), with_embedding_columns(spec, tables)
        sources = sources or sources_of(tables, spec.standards)
        place, as_of = locate(sources, moments)
        if spec.label.event is None and know_earlier_ratings(sources, place, as_of):
            info = {**info, ASKS_AGAIN: True}
        if own_kinds is None:
            own_kinds = chosen_kinds(tables, moments, spec, sources)
        families = families_learnt(tables, spec, info, own_kinds, own_features)
        reference = reference_features(families, has_clock=not has_no_clock(tables))
        plan = plan_of(families, {"stage": STAGE, **reference})
        if make_features is None:
            table = features_at(sources, place, as_of, plan)
        else:
            table = make_features(tables, sources, spec.standards, place, as_of, plan)
        rows = Rows(moments, table.drop("stage", *reference), table["stage"], table.drop("stage"))
        found = cls(tables, spec, n_jobs, info, rows, sources, own_kinds=own_kinds, own_features=own_features)
        return found._with_texts(scores_texts)

    @property
    def families(self) -> tuple[Family, ...]:
        """The families of the features."""
        return families_learnt(
            self.tables, self.spec, self.info, self.own_kinds, self.own_features, self.text_weights
        )

    def fit(self, twin: RiskModel | None = None) -> RiskModel:
        """Return the model fitted on all rows.

        Parameters
        ----------
        twin
            The twin of `judge`. If it learnt from most rows, its refits tell how wide the model's interval is too.
        """
        everywhere = pl.repeat(True, self.rows.moments.height, eager=True)
        work = self if self.text_weights is None else self._scored(everywhere)
        spread, share = None if twin is None else twin.estimator.spread_, work.rows.share_of("train")
        if spread is not None:
            spread = spread.of_more_rows(share) if share >= _MOST else None
        return fit_model(work, work.rows, self._end(), spread=spread)

    def judge(
        self, n_refits: int | None = None, *, with_baselines: bool = True
    ) -> tuple[RiskModel, pl.DataFrame]:
        """Return the twin, fitted on the training part, and the test moments with its risks and those of the baselines.

        The twin's facts are frozen before the test part begins, like those of a packaged model.
        """
        train, test = self.rows.part("train"), self.rows.part("test")
        for part, name in ((train, "training"), (test, "test")):
            if part.moments["label"].n_unique() < 2:
                raise InputError(_of_one_kind(part.moments, name))
        # without a clock there is no time before the test part; its ratings have no time, so they are no facts either
        first_test = int(test.moments["as_of"].dt.timestamp("us").to_numpy().min())
        until = first_test - 1 if train.has_clock else self._end()
        twin = fit_model(self, train, until, n_refits=n_refits)
        prepared = self.prepared(twin)
        scores = prepared.score(test.moments)
        others = self.baseline_risks(train, prepared, test.moments) if with_baselines else {}
        judged = test.moments.select(JUDGED).with_columns(
            stage=test.stage, risk=scores["dissatisfaction_risk"],
            risk_low=scores["risk_low"], risk_high=scores["risk_high"],
            **{f"risk_{name}": pl.Series(values) for name, values in others.items()},
        )  # fmt: skip
        return twin, judged

    def baseline_risks(
        self, rows: Rows, prepared: PreparedTables, moments: pl.DataFrame
    ) -> dict[str, Floats]:
        """Return the risks of moments of prepared tables by the baselines, fitted on rows of this training set."""
        learnt, raw = rows.learning(), RawColumns.of(self.tables, self.spec)
        return baselines(
            rows.measured,
            learnt["y"],
            learnt["sample_weight"],
            measured_features(prepared, moments),
            self.spec.seed,
            time=learnt["time"],
            groups=learnt["groups"],
            raw=(raw.at(self.sources, rows.moments), raw.at(prepared.sources, moments)),
        )

    def prepared(self, model: RiskModel) -> PreparedTables:
        """Return the tables, prepared for a model that was fitted on them."""
        return PreparedTables.of(model, self.tables, self.sources)

    def without(self, name: str) -> pl.DataFrame:
        """Return the test moments, evaluated without a kind of event or a column of the context."""
        own = self.spec.context
        context = own.model_copy(
            update={
                "categorical": [one for one in own.categorical if one != name],
                "numeric": [one for one in own.numeric if one != name],
            }
        )
        spec = with_columns_read(self.spec.model_copy(update={"context": context}), self.own_features)
        fewer = self.tables.replace(events=self.tables.events.filter(pl.col("kind") != name))
        if name in spec.context.read:  # own features that read it stay, and know nothing of it
            column = pl.lit(None, spec.context.types[name]).alias(name)
            fewer = fewer.replace(interactions=fewer.interactions.with_columns(column))
        work = TrainingSet.of(
            fewer, self.rows.moments, spec, self.n_jobs, self.info, own_kinds=self.own_kinds,
            own_features=self.own_features, scores_texts=self.text_weights is not None,
        )  # fmt: skip
        return replace(work, preset=self.preset).judge(n_refits=0)[1]

    def without_family(self, family: str) -> pl.DataFrame:
        """Return the test moments, evaluated without the features of one family on the same rows."""
        spec = self.spec.model_copy(update={"families": [one for one in self.spec.families if one != family]})
        return self.with_settings(spec).judge(n_refits=0, with_baselines=False)[1]

    def with_settings(self, spec: Spec) -> TrainingSet:
        """Return the same training set with other LightGBM settings, or fewer families."""
        fewer = replace(self, spec=spec)
        kept = [one.column(feature) for one in fewer.families for feature in one.features]
        return replace(fewer, rows=replace(self.rows, frame=self.rows.frame.select(kept)))

    def with_preset(self) -> TrainingSet:
        """Return the same training set with the settings of the preset that suits its training part best.

        Settings in `model.yaml` come first.
        """
        train = self.rows.part("train")
        settings = self.estimator().find_settings(train.frame, **train.learning())
        return self.with_settings(self.spec.model_copy(update={"lightgbm": settings}))

    def estimator(self) -> RiskEstimator:
        """Return the estimator, not yet fitted."""
        salts = {STAFF_COLUMN: salt_of(STAFF_COLUMN, self.tables.digest(), self.spec.seed)}
        return new_estimator(self.spec, self.families, self.preset, salts, self.n_jobs)

    def _with_texts(self, wanted: bool | None) -> TrainingSet:
        """Return the same training set with the scores of texts, if they are wanted or tell more."""
        spec, moments = self.spec, self.rows.moments
        may_score = spec.words.score == "auto" if wanted is None else wanted
        if TEXT_FAMILY not in spec.families or not may_score:
            return self
        texts, is_train = self._texts(), (moments["part"] == "train").fill_null(False)
        found = texts if wanted else texts.chosen(self.rows.frame, is_train)
        if found is None:
            return self
        return replace(self, spec=with_embedding(spec, found.columns))._scored(is_train)

    def _texts(self) -> TextScores:
        has_clock = not has_no_clock(self.tables)
        return TextScores.of(self.sources, self.rows.moments, self.spec, has_clock=has_clock)

    def _scored(self, learnt: pl.Series) -> TrainingSet:
        """Return a training set whose features have the scores of texts, learnt from some of its rows."""
        weights, columns = self._texts().scored(learnt)
        found = replace(self, text_weights=weights)
        frame = self.rows.frame.drop(columns.columns, strict=False).hstack(columns)
        order = [family.column(one) for family in found.families for one in family.features]
        return replace(found, rows=replace(self.rows, frame=frame.select(order)))

    def _end(self) -> int:
        """Return the end of the records, microseconds."""
        return int(pl.Series([end_of_records(self.tables)], dtype=TIME).dt.timestamp("us")[0])


def _of_one_kind(moments: pl.DataFrame, name: str) -> str:
    """Return the message for a part of the rows whose labels are all the same."""
    what = "dissatisfied" if moments["label"][0] else "satisfied"
    first = moments["as_of"].min()
    since = f" from {first:%Y-%m-%d} on" if isinstance(first, datetime) else ""
    n = moments["interaction_id"].n_unique()
    return (
        f"the {name} part must have labels of both kinds; its {n:,} interactions{since} are all {what}. Check "
        "whether ratings are still recorded as before, or change split.test_share"
    )
