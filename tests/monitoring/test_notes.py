"""The notes of the monitoring report."""

from types import SimpleNamespace

import polars as pl
import pytest

from forestall.monitoring.notes import monitoring_notes
from forestall.monitoring.past_scores import PastScores

LABELLED = pl.DataFrame({"label": [1, 0, 0]})
SCORES = PastScores(pl.DataFrame({"model_version": ["3", "12", "3"]}), pl.Series("interaction_id", ["a"]))


def notes(n_new: int = 500, rated: pl.DataFrame = LABELLED, scores=None, *, experimental=False, **options):
    options = {"is_enough": True, "n_incomplete": 0, "others": ()} | options
    model = SimpleNamespace(info={"experimental": experimental})
    return monitoring_notes(model, n_new, rated, scores, **options)


def test_with_enough_outcomes_only_the_source_of_the_risks_is_noted():
    assert notes() == ["The interactions with a known outcome were scored now, by this version."]
    assert notes(scores=SCORES) == [
        "The outcomes are compared with the risks of earlier scoring jobs (version 3, 12)."
    ]


def test_too_few_outcomes_are_noted_with_their_number():
    first, _ = notes(is_enough=False)
    assert first.startswith("Only 3 outcomes of new interactions are known, 1 of them dissatisfied")
    assert first.endswith("Drift decides.")
    assert "that have a score and were on no contact list" in notes(is_enough=False, scores=SCORES)[0]
    assert notes(rated=LABELLED.clear(), is_enough=False) == [
        "No outcome is known yet, so the risks cannot be compared with outcomes. Drift decides."
    ]


@pytest.mark.parametrize(("n", "words"), [(1, "1 new interaction:"), (199, "199 new interactions:")])
def test_on_too_few_interactions_drift_is_not_checked(n: int, words: str):
    first, second, *_ = notes(n, is_enough=False)
    assert "Drift decides" not in first
    assert words in second
    assert not any("Drift" in note for note in notes(200))


def test_other_notes_and_incomplete_interactions_are_noted():
    found = notes(experimental=True, n_incomplete=4, others=["Something else."])
    assert found[0].startswith("The model is experimental")
    assert found[1] == "Something else."
    assert found[2].startswith("4 outcomes are left out because their interactions lack a fact")
