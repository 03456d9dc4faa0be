"""Standards: how often commitments and standards were met."""

from forestall.data_report.standards import Met, standards
from forestall.model import Spec
from made_records import made, name_of, starts

DAY = "2024-03-02T"
LABEL = {"scale": (1, 5), "dissatisfied_at_or_below": 2}


def spec(**given):
    return Spec(name="m", label=LABEL, standards=given)


def test_a_wait_is_compared_with_the_commitment_else_with_the_channel_else_with_the_default():
    rows = starts(
        *[f"{DAY}09:00:00Z"] * 4,
        channel=["phone", "phone", "web", "web"],
        promised_at=[None, None, None, f"{DAY}09:10:00Z"],
    )
    waits = ("09:00:30", "09:02:00", "09:01:20", "09:05:00")  # 30, 120, 80 and 300 s
    events = [(name_of(place), f"{DAY}{time}Z", "served", "staff") for place, time in enumerate(waits)]
    found = standards(made(rows, events), spec(default=90, channels={"phone": 60}))
    assert found.waits == [
        Met("all", 4, None, 100.0, 0.75),  # 30 <= 60, 120 > 60, 80 <= 90, 300 <= 600
        Met("phone", 2, 60.0, 75.0, 0.5),
        Met("web", 2, None, 190.0, 1.0),
    ]
    assert standards(made(rows, events), None).waits == []


def test_a_commitment_is_kept_if_the_matter_is_settled_by_then():
    rows = starts(*[f"{DAY}09:00:00Z"] * 4, promised_at=[f"{DAY}12:00:00Z"] * 3 + [None])
    events = [
        ("a", f"{DAY}11:00:00Z", "resolved"),
        ("b", f"{DAY}13:00:00Z", "closed"),
        ("d", f"{DAY}10:00:00Z", "closed"),
    ]
    found = standards(made(rows, events), None)
    assert (found.n_promised, found.n_settled, found.promise_met) == (3, 2, 0.5)


def test_a_commitment_before_the_start_is_found():
    found = standards(made(starts(f"{DAY}09:00:00Z", promised_at=f"{DAY}08:00:00Z")), None)
    assert found.n_bad_promises == 1
    assert "In 1 of 1 interactions with a committed time (100.0\u00a0%)" in found.findings[0].found


def test_a_standard_that_nobody_meets_proposes_one_near_the_median_wait():
    rows = starts(*[f"{DAY}09:00:00Z"] * 60)
    events = [(name_of(place), f"{DAY}10:02:00Z", "served", "staff") for place in range(60)]
    (finding,) = standards(made(rows, events), spec(default=90)).findings
    assert "within the standard of 90 seconds in 0.0\u00a0%; the median wait is 62 minutes" in finding.found
    assert finding.line.startswith("standards: {default: 3600}")
    assert standards(made(rows, events), spec(default=5000)).findings[0].found.count("100.0\u00a0%") == 1


def test_without_a_clock_nothing_is_compared():
    assert standards(made(starts(f"{DAY}09:00:00Z"), clock="none"), spec()) is None


def test_a_standard_with_a_misspelt_name_is_named():
    rows = starts(*[f"{DAY}09:00:00Z"] * 4, channel=["phone", "phone", "web", "chat"], venue=["Oslo"] * 4)
    wanted = spec(channels={"phnoe": 60, "web": 30, "email": 9}, venues={"oslo": 20})
    found = [one.found for one in standards(made(rows), wanted).findings]
    assert [one for one in found if "did you mean" in one] == [
        "model.yaml has a standard for the channel phnoe, which no interaction has; did you mean phone?",
        "model.yaml has a standard for the venue oslo, which no interaction has; did you mean Oslo?",
    ]
