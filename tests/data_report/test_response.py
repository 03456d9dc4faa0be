"""Response: who rates, over time and by channel."""

from datetime import datetime, timedelta

from forestall.data_report.response import Rated, response
from forestall.model import Spec
from made_records import hourly, made, name_of, starts

SPEC = Spec(name="m", label={"scale": (1, 5), "dissatisfied_at_or_below": 2, "horizon_days": 30})
EVENT = Spec(name="m", label={"event": "complained"})


def daily(n):
    begin = datetime(2025, 1, 1, 9, 30, 7)
    return [f"{(begin + timedelta(days=place)).isoformat()}Z" for place in range(n)]


def rate(places, times, days=1):
    def later(place):
        return (datetime.fromisoformat(times[place][:-1]) + timedelta(days=days)).isoformat() + "Z"

    return [(name_of(place), 4.0, later(place)) for place in places]


def test_the_rate_is_of_interactions_by_period_and_channel():
    times = [*["2024-01-01T09:00:00Z"] * 3, "2024-01-02T09:00:00Z"]
    rows = starts(*times, channel=["web", "web", "phone", "phone"])
    found = response(made(rows, feedback=rate([0, 3], times, days=2)), None)
    assert (found.n, found.n_rated, found.median_days) == (4, 2, 2.0)
    assert found.periods == [Rated("2024-01-01", 3, 1), Rated("2024-01-02", 1, 1)]
    assert found.channels == [Rated("phone", 2, 1), Rated("web", 2, 1)]


def test_no_rating_is_an_error_only_for_a_model_of_ratings():
    records = made(starts("2024-01-01T09:00:00Z"))
    for spec, severity in ((SPEC, "error"), (EVENT, "note"), (None, "note")):
        assert [one.severity for one in response(records, spec).findings] == [severity]


def test_ratings_of_all_and_ratings_of_hardly_anyone_are_found():
    times = hourly(200)
    every = response(made(starts(*times), feedback=rate(range(200), times)), SPEC)
    assert any("the export holds only rated ones" in one.found for one in every.findings)
    few = response(made(starts(*times), feedback=rate([7, 100, 190], times)), SPEC)
    assert few.findings[0].found == "Only 1.5\u00a0% of the interactions are rated (3 of 200)."


def test_ratings_that_end_months_before_the_interactions_are_found():
    times = daily(400)
    found = response(made(starts(*times), feedback=rate(range(0, 200, 2), times)), SPEC)
    assert any(one.found.startswith("Ratings end early") for one in found.findings)
    found = response(made(starts(*times), feedback=rate(range(0, 400, 2), times)), SPEC)
    assert not any(one.found.startswith("Ratings end early") for one in found.findings)


def test_a_change_of_the_rate_between_the_halves_is_found():
    times = daily(600)
    rated = [*range(0, 300, 10), *range(300, 600, 2)]
    found = response(made(starts(*times), feedback=rate(rated, times)), SPEC)
    (change,) = [one for one in found.findings if one.found.startswith("The response rate is")]
    assert change.severity == "warning"
    assert "10.5\u00a0% in the first half of the time and 50.2\u00a0% in the second" in change.found


def test_ratings_without_a_time_are_named():
    found = response(
        made(starts("2024-01-01T09:00:00Z", "2024-01-01T10:00:00Z"), feedback=[("a", 3.0)]), SPEC
    )
    assert any(one.found == "No rating has a time." for one in found.findings)


def test_several_ratings_of_one_interaction_are_told_with_what_becomes_of_them():
    times = ["2024-01-01T09:00:00Z"] * 2
    again = [(name_of(0), 2.0, "2024-01-09T09:00:00Z"), (name_of(0), 1.0, None)]
    found = response(made(starts(*times), feedback=[*rate([0, 1], times, days=2), *again]), None)
    (told,) = [one for one in found.findings if "more than once" in one.found]
    assert told.found == "1 interactions were rated more than once."
    assert "1 earlier ratings are facts" in told.means
    assert "1 ratings without a time are not used" in told.means
    once = response(made(starts(*times), feedback=rate([0, 1], times, days=2)), None)
    assert not [one for one in once.findings if "more than once" in one.found]
