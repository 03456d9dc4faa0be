"""The cohorts that are compared: new interactions only, and only those that have had time to end or to be rated."""

import polars as pl
import pytest

from companies import DAY, company, visit
from forestall.data import Tables
from forestall.errors import InputError
from forestall.moments import Label
from forestall.monitoring import cohorts as chosen
from forestall.monitoring.monitored_records import WholeRecords

STARS = Label(scale=(1, 5), dissatisfied_at_or_below=2)
HOUR = 3600


def choose_cohorts(before: Tables, now: Tables, seed: int) -> chosen.Cohorts:
    return chosen.choose_cohorts(WholeRecords(before), WholeRecords(now), seed)


def mature_outcomes(
    moments: pl.DataFrame, before: Tables, now: Tables, label: Label
) -> tuple[pl.DataFrame, str]:
    return chosen.mature_outcomes(moments, WholeRecords(before), WholeRecords(now), label)


def visits(name: str, first_day: int, n: int, *, hours: float = 1, ended: bool = True) -> list:
    """Return one visit a day; each ends after so many hours, or stays open."""
    kind = "closed" if ended else "served"
    return [
        visit(f"{name}{i}", (first_day + i) * DAY, ((first_day + i) * DAY + hours * HOUR, kind, "staff"))
        for i in range(n)
    ]


@pytest.fixture
def reference() -> Tables:
    return company(*visits("old", 0, 40))


def ids(moments: pl.DataFrame) -> list[str]:
    return moments["interaction_id"].to_list()


def test_interactions_of_the_reference_are_skipped_with_a_note(reference):
    now = company(*visits("old", 0, 40), *visits("new", 40, 3))
    cohorts = choose_cohorts(reference, now, seed=1)
    assert cohorts.new_ids.to_list() == ["new0", "new1", "new2"]
    assert ids(cohorts.current) == ["new0", "new1", "new2"]
    assert ids(cohorts.reference) == [f"old{i}" for i in range(40)]
    assert cohorts.notes == ["40 interactions that the reference has too are not compared."]


def test_a_reused_id_with_another_start_is_a_new_interaction(reference):
    cohorts = choose_cohorts(reference, company(*visits("old", 100, 2)), seed=1)
    assert cohorts.new_ids.to_list() == ["old0", "old1"]


def test_interactions_without_time_to_end_are_left_out(reference):
    open_one = visit("open", 50 * DAY - 60, (50 * DAY, "served", "staff"))
    long_one = visit("long", 44 * DAY, (44 * DAY + 60, "served", "staff"))
    now = company(*visits("new", 41, 3), long_one, open_one)
    cohorts = choose_cohorts(reference, now, seed=1)
    # `open` is a minute old, and interactions of the reference took an hour
    assert ids(cohorts.current) == ["new0", "new1", "new2", "long"]
    assert cohorts.current["has_ended"].to_list() == [True, True, True, False]
    assert cohorts.notes == ["1 of the newest interactions are not compared: they have not had time to end."]


def test_if_the_reference_is_mostly_open_all_interactions_are_compared():
    reference = company(*visits("old", 0, 10, ended=False))
    now = company(*visits("new", 20, 3), visit("open", 30 * DAY, (30 * DAY + 1, "served", "staff")))
    assert ids(choose_cohorts(reference, now, seed=1).current) == ["new0", "new1", "new2", "open"]


def test_without_a_clock_nothing_is_left_out_by_age(reference):
    now = company(
        *visits("new", 41, 3), visit("open", 45 * DAY, (45 * DAY + 1, "served", "staff")),
        about={"clock": "none"},
    )  # fmt: skip
    cohorts = choose_cohorts(reference, now, seed=1)
    assert cohorts.current.height == 4
    assert cohorts.notes == ["The data have no clock, so it is unknown which interactions came first."]


def test_data_with_nothing_to_compare_are_an_error(reference):
    with pytest.raises(InputError, match="the reference must hold interactions; it holds none"):
        choose_cohorts(reference.replace(interactions=reference.interactions.clear()), reference, seed=1)
    with pytest.raises(InputError, match="must hold interactions that the reference has not"):
        choose_cohorts(reference, reference, seed=1)
    still_open = company(visit("open", 50 * DAY, (50 * DAY + 1, "served", "staff")))
    with pytest.raises(InputError, match="must hold new interactions that have ended"):
        choose_cohorts(reference, still_open, seed=1)


def test_labels_younger_than_the_usual_delay_of_ratings_are_left_out():
    rated = [(f"old{i}", 5, i * DAY + 3 * DAY) for i in range(40)]  # about three days after the end
    before = company(*visits("old", 0, 40), ratings=rated)
    now = company(*visits("new", 50, 10))
    moments = pl.DataFrame({"interaction_id": [f"new{i}" for i in range(10)]}).join(
        now.events.select("interaction_id", as_of="at"), on="interaction_id", maintain_order="left"
    )
    mature, note = mature_outcomes(moments, before, now, STARS)
    assert mature["interaction_id"].to_list() == [f"new{i}" for i in range(7)]
    assert note.startswith("3 of the newest ratings do not count yet: nine of ten ratings come within 3 days")
    by_event = mature_outcomes(moments, before, now, Label(event="complained"))
    assert (by_event[0].height, by_event[1]) == (10, "")
    unrated = mature_outcomes(moments, before.replace(feedback=before.feedback.clear()), now, STARS)
    assert (unrated[0].height, unrated[1]) == (10, "")
