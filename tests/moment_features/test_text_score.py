"""Scores of texts: sums of weights, whole numbers, and written without pickle."""

import numpy as np
import pytest

from forestall.moment_features.text_buckets import all_buckets
from forestall.moment_features.text_score import FILE, NO_WEIGHTS, ROLES, UNIT, TextWeights
from made_conversations import weights


def test_a_score_is_the_sum_of_weights_over_the_root_of_their_number():
    read = all_buckets(["tamel orvin"])
    known = np.unique(read.buckets)[:7]
    values = np.arange(28, dtype=np.float32).reshape(7, 4)
    found = TextWeights(known, values, 0.0).scores(read)
    assert found.shape == (1, len(ROLES))
    assert found[0] == pytest.approx(np.rint(values.sum(axis=0) / np.sqrt(7) * UNIT), abs=1)


def test_a_text_without_known_buckets_scores_0():
    assert NO_WEIGHTS.scores(all_buckets(["tamel", None, ""])).tolist() == [[0] * 4] * 3


def test_scores_do_not_depend_on_the_texts_beside():
    texts, learnt = ["tamel", "orvin shoka?", "kerra " * 40], weights()
    together = learnt.scores(all_buckets(texts))
    for text, score in zip(texts, together, strict=True):
        assert np.array_equal(learnt.scores(all_buckets([text]))[0], score)


def test_weights_that_are_read_are_those_that_were_written(tmp_path):
    written = TextWeights(np.array([3, 70_000]), np.ones((2, 4), dtype=np.float32) / 3, -1.25)
    assert TextWeights.load(tmp_path) is None
    written.save(tmp_path)
    assert TextWeights.load(tmp_path) == written
    assert written != NO_WEIGHTS
    with (tmp_path / FILE).open("rb") as file:
        np.load(file, allow_pickle=False)
    first = (tmp_path / FILE).read_bytes()
    written.save(tmp_path)
    assert (tmp_path / FILE).read_bytes() == first
