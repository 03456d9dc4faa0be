"""Learnt scores of texts in a training: chosen by what they add, and by other customers' labels."""

from dataclasses import replace

import numpy as np
import pytest

from forestall.moment_features.text_features import LOG_ODDS
from forestall.training.training_set import TrainingSet
from made_conversations import conversations, talks, work, work_of


@pytest.fixture(scope="module", name="work")
def _work() -> TrainingSet:
    return work()


@pytest.mark.slow
def test_texts_that_tell_more_have_scores(work):
    assert work.text_weights is not None
    scores = work.rows.frame[LOG_ODDS]
    assert scores.null_count() == 0
    bad = work.rows.moments["label"] == 1
    assert scores.filter(bad).mean() > scores.filter(~bad).mean() + 1


@pytest.mark.slow
def test_left_out_without_a_gain_or_with_too_few_texts():
    for other in (conversations(420, seed=2, is_noise=True), conversations(120, seed=2)):
        assert work_of(other).text_weights is None
    left_out = work_of(talks(), words={"score": "none"})
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
