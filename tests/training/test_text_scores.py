"""Learnt scores of texts in a training: chosen by what they add, by other customers' labels, the same everywhere."""

from dataclasses import replace

import numpy as np
import pytest

import forestall
from forestall.data import Tables
from forestall.model import RiskModel, Spec
from forestall.moment_features.text_features import LOG_ODDS
from forestall.training.labelled_moments import labelled_moments, split
from forestall.training.training_set import TrainingSet
from made_conversations import conversations

N = 420


def spec(**settings) -> Spec:
    label = {"scale": [1, 5], "dissatisfied_at_or_below": 2, "target": "next"}
    return Spec(name="words", label=label, families=["greeting"], **settings)


def work_of(tables: Tables, **settings) -> TrainingSet:
    what = spec(**settings)
    moments, _ = split(tables, labelled_moments(tables, what)[0], what)
    return TrainingSet.of(tables, moments, what, 1, {"name": "words", "has_clock": True})


@pytest.fixture(scope="module")
def tables() -> Tables:
    return conversations(N, seed=2)


@pytest.fixture(scope="module")
def work(tables: Tables) -> TrainingSet:
    return work_of(tables)


@pytest.fixture(scope="module")
def model(work: TrainingSet) -> RiskModel:
    return work.fit()


@pytest.mark.slow
def test_texts_that_tell_more_have_scores(work):
    assert work.text_weights is not None
    scores = work.rows.frame[LOG_ODDS]
    assert scores.null_count() == 0
    bad = work.rows.moments["label"] == 1
    assert scores.filter(bad).mean() > scores.filter(~bad).mean() + 1


@pytest.mark.slow
def test_left_out_without_a_gain_or_with_too_few_texts(tables):
    for other in (conversations(N, seed=2, is_noise=True), conversations(120, seed=2)):
        assert work_of(other).text_weights is None
    left_out = work_of(tables, words={"score": "none"})
    assert left_out.text_weights is None
    assert not [name for name in left_out.rows.frame.columns if "text_" in name]


@pytest.mark.slow
def test_own_labels_have_no_part_in_the_scores_of_a_customer(work):
    """With the labels of one customer turned round, the scores of this very customer stay, and others' change."""
    train = (work.rows.moments["part"] == "train").fill_null(False)
    texts = work._texts().rows(train.arg_true().to_numpy())
    own = texts.customer == 0
    turned = replace(texts, y=np.where(own, 1 - texts.y, texts.y))
    before, after = texts._crossfitted(), turned._crossfitted()
    assert before.filter(own).equals(after.filter(own))
    assert not before.equals(after)


@pytest.mark.slow
def test_a_record_scores_as_its_moment_and_so_does_the_saved_model(tables, model, tmp_path):
    model.save(tmp_path)
    loaded = RiskModel.load(tmp_path)
    assert loaded.text_weights == model.text_weights
    moments = tables.feedback.select("interaction_id", as_of="rated_at").gather_every(29)
    batch = model.score(tables, moments=moments, reasons=True)
    records = forestall.records(tables, moments)
    risk = batch["dissatisfaction_risk"].to_list()
    assert loaded.score(tables, moments=moments)["dissatisfaction_risk"].to_list() == risk
    assert loaded.score(records)["dissatisfaction_risk"].to_list() == risk
    one_by_one = [loaded.score_as_lists([one])["dissatisfaction_risk"][0] for one in records]
    assert one_by_one == risk


@pytest.mark.slow
def test_reasons_never_repeat_the_words(tables, model):
    moments = tables.feedback.select("interaction_id", as_of="rated_at").gather_every(29)
    said = set(" ".join(tables.events["text"]).split())
    for language in ("en", "af", "da"):
        told = model.score(tables, moments=moments, reasons=True, language=language)["reasons"]
        texts = " ".join(one["text"] for reasons in told for one in reasons)
        assert not said & set(texts.split())
        assert "as learnt" in texts or "geleer" in texts or "lært" in texts
