"""Label preview: who counts as dissatisfied, and how many are labelled."""

from forestall.data_report.labels import labels
from forestall.model import Spec
from made_records import made, name_of, starts

SPEC = Spec(
    name="m",
    label={"scale": (1, 5), "dissatisfied_at_or_below": 2, "horizon_days": 30},
    gate={"min_labelled": 3, "min_dissatisfied": 1},
)
START = "2024-01-01T09:00:00Z"


def test_labelled_censored_and_undecided_are_counted():
    rows = starts(START, START, START, START, "2024-05-30T09:00:00Z")
    rated = [
        (one, rating, "2024-01-05T09:00:00Z") for one, rating in zip("abc", (1.0, 2.0, 3.0), strict=True)
    ]
    records = made(rows, [("e", "2024-06-01T09:00:00Z", "served")], rated)
    found = labels(records, SPEC)
    assert (
        found.meaning
        == "a rating of 2 or less, on a scale of 1 to 5, within 30 days; a higher one is satisfied"
    )
    assert {name: found.counts[name] for name in ("labelled", "dissatisfied", "censored", "undecided")} == {
        "labelled": 3,
        "dissatisfied": 2,
        "censored": 1,
        "undecided": 1,
    }
    assert found.base_rate == 2 / 3
    assert found.ratings == {"1": 1, "2": 1, "3": 1}
    assert [one.severity for one in found.findings] == ["warning"]  # two of three


def test_too_few_labels_for_the_gate_are_an_error():
    strict = SPEC.model_copy(update={"gate": SPEC.gate.model_copy(update={"min_labelled": 500})})
    found = labels(made(starts(START), [], [("a", 1.0, "2024-01-05T09:00:00Z")]), strict)
    assert found.findings[0].severity == "error"
    assert "1 interactions are labelled, 1 of them dissatisfied; the gate asks for 500 and 1" in (
        found.findings[0].found
    )


def test_an_event_that_never_happens_is_an_error():
    spec = Spec(name="m", label={"event": "complained"})
    found = labels(made(starts(START), [("a", "2024-01-01T10:00:00Z", "closed")]), spec)
    assert [one.severity for one in found.findings] == ["error"]
    assert found.meaning == "the event “complained” within 30 days"


def test_mostly_undecided_interactions_propose_a_shorter_horizon():
    rows = starts(*["2024-01-01T09:00:00Z"] * 3, *["2024-03-01T09:00:00Z"] * 9)
    rated = [(name_of(place), 5.0 - place, "2024-01-02T09:00:00Z") for place in range(3)]
    found = labels(
        made(rows, [], rated),
        SPEC.model_copy(update={"gate": SPEC.gate.model_copy(update={"min_dissatisfied": 0})}),
    )
    (finding,) = [one for one in found.findings if "undecided" in one.found]
    assert "horizon_days: 15" in finding.line


def test_without_a_model_the_ratings_propose_a_label():
    rows = starts(*[START] * 5)
    rated = [(name_of(place), float(place + 1), "2024-01-02T09:00:00Z") for place in range(5)]
    found = labels(made(rows, [], rated), None)
    assert found.counts == {}
    assert found.findings[0].line == "label: {scale: [1, 5], dissatisfied_at_or_below: 2, horizon_days: 30}"
    assert labels(made(rows), None).findings == []


def test_ratings_in_one_half_of_the_scale_may_be_of_another():
    rated = [(name_of(i), 1.0 + i % 5, "2024-01-05T09:00:00Z") for i in range(30)]
    records = made(starts(*[START] * 30), [], rated)
    wide = SPEC.model_copy(update={"label": SPEC.label.model_copy(update={"scale": (1.0, 10.0)})})
    (finding,) = [one for one in labels(records, wide).findings if "half" in one.found]
    assert finding.found == "All ratings lie from 1 to 5, in one half of the scale from 1 to 10."
    assert "scale: [1, 5]" in finding.line
    assert not [one for one in labels(records, SPEC).findings if "half" in one.found]


def test_a_misspelt_event_is_named_by_the_nearest_kind():
    spec = Spec(name="m", label={"event": "closd"})
    (finding,) = labels(made(starts(START), [("a", "2024-01-01T10:00:00Z", "closed")]), spec).findings
    assert "event: closed" in finding.line
