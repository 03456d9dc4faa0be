"""Cautions about possible target leakage."""

from types import SimpleNamespace

from forestall.evaluation.questions.leaks import Leak
from forestall.reporting.text.leaks import leak_warnings


def test_a_warning_names_the_fact_and_whether_the_model_uses_it():
    leak = Leak(
        "event survey_sent", "event", False, ("late",), 0.6, 0.5, 0.7, "count", 0.9, 0.1, "late: known when?"
    )
    assert leak_warnings(SimpleNamespace(leaks=[leak])) == [
        "Possible target leakage: the event “survey sent” (not used by the model) may be known only together with the "
        "outcome: late: known when?"
    ]
